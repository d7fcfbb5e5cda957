"""da4ml and alkaid behind one interface: trace a lowering, replay it bit by bit, write its Verilog."""

from __future__ import annotations

import warnings
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from common import Reals, installed
from first_lowering import FirstLowering
from lowering import Lowering, Widths

from symgate.ir.design import Design

Choice = Mapping[str, Widths]  # per output
CUTOFF = 5.0  # latency_cutoff of a pipelined design: alkaid's modelled ns, da4ml's logic levels
THREADS = 2


@dataclass(frozen=True)
class Tool:
    """One of the two tools; their interfaces differ in names only."""

    name: str

    @property
    def available(self) -> bool:
        """Whether it is installed."""
        return installed(self.name) is not None

    def parts(self) -> tuple[Any, Any, Any, Any]:
        """The tool's input array, tracer, quantiser and RTL model."""
        if self.name == "da4ml":
            from da4ml.codegen import RTLModel
            from da4ml.trace import FixedVariableArrayInput, comb_trace
            from da4ml.trace.ops import quantize

            return FixedVariableArrayInput, comb_trace, quantize, RTLModel
        from alkaid.codegen import RTLModel
        from alkaid.trace import FVArrayInput, trace
        from alkaid.trace.ops import quantize

        return FVArrayInput, trace, quantize, RTLModel

    def trace(self, design: Design, choice: Choice | None) -> Any:
        """The combinational logic of the outputs that ``choice`` names, in its order; None: the
        first lowering.
        """
        array, tracer, quantize, _ = self.parts()
        with warnings.catch_warnings(), np.errstate(all="ignore"):
            warnings.simplefilter("ignore")
            source = array(len(design.inputs))
            return tracer(
                source,
                np.concatenate(lowered(design, choice, ports(design, source, quantize), quantize)),
            )

    def model(self, logic: Any, folder: Path, pipelined: bool) -> Any:
        """The RTL model of ``logic``, written to ``folder``."""
        cutoff = CUTOFF if pipelined else -1
        make = self.parts()[3]
        if self.name == "da4ml":
            model = make(logic, "top", str(folder), flavor="verilog", latency_cutoff=cutoff)
        else:
            model = make(
                logic, str(folder), prj_name="top", flavor="verilog", latency_cutoff=cutoff
            )
        model.write()
        return model

    def cycles(self, model: Any) -> int:
        """The pipeline stages that the tool made."""
        return len(model._pipe.solutions) if self.name == "da4ml" else int(model.latency)


TOOLS = {name: Tool(name) for name in ("alkaid", "da4ml")}


def ports(design: Design, source: Any, quantize: Any) -> dict[str, Any]:
    """The inputs in the formats of the ports."""
    formats = np.array(
        [(int(i.type.signed), i.type.integer - i.type.signed, i.type.frac) for i in design.inputs]
    )
    values = quantize(source, *formats.T)
    return {i.name: values[k : k + 1] for k, i in enumerate(design.inputs)}


def lowered(
    design: Design, choice: Choice | None, inputs: Mapping[str, Any], quantize: Any
) -> Sequence[Any]:
    """The outputs; those with equal widths share what they have in common."""
    if choice is None:
        return FirstLowering(inputs, quantize).outputs([e for _, e in design.outputs])
    by_widths = {w: Lowering(inputs, quantize, w) for w in set(choice.values())}
    exprs = dict(design.outputs)
    return [by_widths[w].outputs([exprs[name]])[0] for name, w in choice.items()]


def predict(logic: Any, rows: Reals) -> Reals:
    """The outputs of the tool's own bit-exact interpreter."""
    return np.asarray(logic.predict(rows, n_threads=THREADS))


def verilog(folder: Path) -> dict[str, str]:
    """The Verilog of a written model with its table files, ready for Yosys (`synthesis`)."""
    files = [p for p in sorted((folder / "src").rglob("*")) if p.suffix in (".v", ".mem")]
    return {
        p.name: p.read_text(encoding="utf-8") for p in files if not p.name.endswith("_wrapper.v")
    }
