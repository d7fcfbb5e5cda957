"""hls4ml's symbolic converter: its C++ model, compiled with the ap_types of its wheel.

There is no open path from its C++ to a netlist (it needs Vitis HLS), so it has errors and no LUT
counts here.
"""

from __future__ import annotations

import contextlib
import io
import re
import warnings
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from common import Reals, installed

from symgate.ir.design import Design
from symgate.ir.expr import postorder, substitute, var
from symgate.ir.exprtext import show

TABLED = ("sin", "cos", "exp", "tanh")
PART = "xcvu9p-flga2104-2-e"


@dataclass(frozen=True)
class Setting:
    """How the converter is driven: one format for all, and tables of ``entries`` over [-reach,
    reach].

    With ``built_in``, sines come from hls4ml's own table of an octant, which reduces its operand.
    """

    name: str
    precision: str
    entries: int
    reach: float
    built_in: bool = False

    def functions(self, design: Design) -> dict[str, dict[str, Any]]:
        """The table functions that ``design`` needs, in the converter's form."""
        used = {e.op for e in postorder([e for _, e in design.outputs])}
        own = [f for f in TABLED if f in used and not (self.built_in and f in ("sin", "cos"))]
        bounds = {"range_start": -self.reach, "range_end": self.reach, "table_size": self.entries}
        return {f"{f}_lut": {"math_func": f, **bounds} for f in own}

    def texts(self, design: Design) -> list[str]:
        """The outputs with the names of the table functions."""
        names = "|".join(f.removesuffix("_lut") for f in self.functions(design)) or "$"
        ports = {var(name): var(f"x{k}") for name, k in indices(design).items()}
        outputs = substitute([e for _, e in design.outputs], ports)
        return [re.sub(rf"\b({names})\(", r"\1_lut(", show(e)) for e in outputs]


TUTORIAL = Setting("hls4ml, tutorial", "ap_fixed<16,6>", 256, 8)  # part 8 of hls4ml-tutorial
CAREFUL = Setting("hls4ml, 20 bits", "ap_fixed<20,8>", 4096, 8, built_in=True)


def available() -> bool:
    """Whether hls4ml is installed."""
    return installed("hls4ml") is not None


def model(design: Design, setting: Setting, folder: Path) -> Any:
    """The compiled model; its inputs are x0 ... up to the largest index."""
    from hls4ml.converters import convert_from_symbolic_expression

    with quiet():
        converted = convert_from_symbolic_expression(
            setting.texts(design),
            n_symbols=1 + max(indices(design).values()),
            lut_functions=setting.functions(design),
            use_built_in_lut_functions=setting.built_in,
            output_dir=str(folder),
            precision=setting.precision,
            part=PART,
            clock_period=5,
            compiler="vitis_hls",
            hls_include_path="",
            hls_libs_path="",
        )
        converted.compile()
    return converted


def predict(compiled: Any, design: Design, rows: Reals) -> Reals:
    """The outputs of the compiled C++."""
    where = indices(design)
    full = np.zeros((len(rows), 1 + max(where.values())), np.float32)
    for k, port in enumerate(design.inputs):
        full[:, where[port.name]] = rows[:, k]
    with quiet():
        return np.asarray(compiled.predict(np.ascontiguousarray(full))).reshape(len(rows), -1)


def indices(design: Design) -> Mapping[str, int]:
    """The position of every input: the number in its name, or the order where one has another name."""
    if all(re.fullmatch(r"x\d+", i.name) for i in design.inputs):
        return {i.name: int(i.name[1:]) for i in design.inputs}
    return {i.name: k for k, i in enumerate(design.inputs)}


@contextlib.contextmanager
def quiet() -> Any:
    """Without the converter's own messages."""
    with warnings.catch_warnings(), contextlib.redirect_stdout(io.StringIO()):
        warnings.simplefilter("ignore")
        yield
