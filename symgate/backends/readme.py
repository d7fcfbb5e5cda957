"""``README.md`` of a build folder: what its receiver, who may not know symgate, needs to use it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction

from symgate.backends.verilog.names import (
    CLOCK,
    ENABLE,
    IN_VALID,
    OUT_VALID,
    RESET,
    legal,
    port_names,
)
from symgate.ir.design import Input
from symgate.ir.firmware import Firmware
from symgate.ir.fixed import Port
from symgate.ir.saturation import is_partial
from symgate.ir.types import FixedType
from symgate.passes.domains.clamp import held_rules

_ROWS = 64  # of a table of ports; the others are in the Verilog


@dataclass(frozen=True)
class Readme:
    """The text that goes with the firmware."""

    name = "readme"

    def emit(self, firmware: Firmware) -> dict[str, str]:
        """Return the file by its name."""
        parts = (_head, _ports, _constants, _timing, _outside, _files, _checking)
        return {"README.md": "\n".join(line for part in parts for line in part(firmware))}


def _head(firmware: Firmware) -> Iterator[str]:
    name, target = firmware.name, firmware.design.target
    inputs, outputs = len(firmware.graph.inputs), len(firmware.graph.outputs)
    yield f"# {name}"
    yield ""
    yield f"Firmware for {_count(outputs, 'formula')} of {_count(inputs, 'input')}, compiled by symgate for"
    yield f"{target.part} at a clock of {target.clock_ns:g} ns. `report.html` shows all of it in a browser."
    yield ""


def _count(count: int, noun: str) -> str:
    return f"{count:,} {noun}{'' if count == 1 else 's'}"


def _ports(firmware: Firmware) -> Iterator[str]:
    graph, design = firmware.graph, firmware.design
    names = port_names(graph, legal(firmware.name))
    yield "## Ports"
    yield ""
    yield "Each port carries an integer, *raw*, in two's complement where it is signed:"
    yield ""
    yield "    value = raw * 2^-frac        raw = round(value * 2^frac)"
    yield ""
    yield "| port | in Verilog | bits | signed | frac | format | values |"
    yield "|---|---|---|---|---|---|---|"
    for port, name in zip(design.inputs[:_ROWS], names.inputs, strict=False):
        yield _row(f"in {port.name}", name, port.type, (port.lo, port.hi))
    if len(design.inputs) > _ROWS:
        yield f"| {len(design.inputs) - _ROWS} more inputs | `rtl/{legal(firmware.name)}.v` | | | | | |"
    bounds = {bound.output: bound.bound for bound in firmware.certificate.bounds}
    for out, name in zip(graph.outputs, names.outputs, strict=True):
        yield _row(f"out {out.name}", name, out.type, _ends(out.type))
    yield ""
    yield "Proved error of each output, for inputs on the grid of their ports; rounding your data onto it is extra:"
    yield ""
    yield from (
        f"- {out.name}: at most {bounds[out.name]:.3g}{_unit(out)}" for out in graph.outputs
    )
    yield ""


def _unit(out: Port) -> str:
    return f" (one step of the port is {float(out.type.ulp):.3g})"


def _ends(kind: FixedType) -> tuple[Fraction, Fraction]:
    return kind.lo * kind.ulp, kind.hi * kind.ulp


def _row(what: str, name: str, kind: FixedType, ends: tuple[Fraction, Fraction]) -> str:
    signed = "yes" if kind.signed else "no"
    values = " to ".join(f"{float(end):.9g}" for end in ends)
    return f"| {what} | `{name}` | {kind.width} | {signed} | {kind.frac} | `{kind}` | {values} |"


def _timing(firmware: Firmware) -> Iterator[str]:
    yield "## Timing"
    yield ""
    yield from _clocked(firmware) if firmware.graph.latency else _unclocked(firmware)
    yield "- No back-pressure: nothing can stop it. `_stream.v` and `_axis.v` add ready and AXI4-Stream."
    yield ""


def _clocked(firmware: Firmware) -> Iterator[str]:
    cycles, clock = firmware.graph.latency, firmware.design.target.clock_ns
    interval = firmware.graph.interval
    every = "every cycle" if interval == 1 else f"every {interval} cycles, not more often"
    yield f"- `{CLOCK}`: everything happens at its rising edge. A new set of inputs may come in {every}."
    if interval > 1:
        yield f"  Inputs are read in the cycle of `{IN_VALID}`, and kept: products then take turns on multipliers."
        yield "  `_stream.v` and `_axis.v` keep the interval by themselves. There is no VHDL of such a design."
    yield f"- Latency: the outputs of a set of inputs come {_count(cycles, 'cycle')} later ({cycles * clock:g} ns)."
    yield f"- `{IN_VALID}` goes along: `{OUT_VALID}` is 1 in the cycle in which outputs of valid inputs are there."
    yield f"- `{RESET}`: synchronous, active high. It clears the valid bits alone; data registers are never reset,"
    yield f"  so outputs before the first `{OUT_VALID}` mean nothing. One cycle of reset is enough."
    if firmware.design.target.clock_enable:
        yield f"- `_pipe.v` is the same pipeline with `{ENABLE}`: where that is 0, nothing in it moves."


def _unclocked(firmware: Firmware) -> Iterator[str]:
    yield "- Latency 0: the outputs are logic of the inputs, in the same cycle; no register lies between them."
    yield f"- `{OUT_VALID}` is `{IN_VALID}`. `{CLOCK}` and `{RESET}` are ports without use."
    if firmware.design.target.latency == 0:
        yield "- `_core.v` is the same logic without these ports."


def _outside(firmware: Firmware) -> Iterator[str]:
    partial = [port for port in firmware.design.inputs if is_partial(port)]
    yield "## Outside the range"
    yield ""
    if not partial:
        yield "Every code of every input is inside its range: there is no outside."
    elif firmware.design.saturate:
        yield f"{_names(partial)}: a code beyond an end of the range counts as that end (the hardware saturates)."
    else:
        yield f"**{_names(partial)}: a code beyond the range gives any result.** The formats have codes that the"
        yield "ranges leave out. Keep them away, or compile with `--saturate`, which adds comparators."
    yield from _held(firmware)
    yield "Values that do not fit a format have to be clipped before they become codes; that is not done here."
    yield ""


def _held(firmware: Firmware) -> Iterator[str]:
    """Where operands are held at the edge of their domain, which the user asked for."""
    design = firmware.design
    if design.domain != "clamp":
        return
    ranges = {port.name: port.span for port in design.inputs}
    for rule in held_rules(design.program, ranges):
        yield f'Outside of its domain (`domain = "clamp"`): {rule}.'


def _names(ports: list[Input]) -> str:
    shown = ", ".join(port.name for port in ports[:8])
    more = f" and {len(ports) - 8} more" if len(ports) > 8 else ""
    return f"Inputs {shown}{more}" if len(ports) > 1 else f"Input {shown}"


def _files(firmware: Firmware) -> Iterator[str]:
    top = legal(firmware.name)
    wanted = [
        (f"`rtl/{top}.v`", f"Vivado: the module `{top}`; add this file alone to a project of yours"),
        (f"`rtl/{top}_stream.v`, `rtl/{top}_axis.v`", "the module with valid and ready, or as AXI4-Stream"),
        *_registers(firmware),
        (f"`rtl/{top}.xdc`", "its clock and delays of ports, out of context; leave it out in a larger design"),
        ("`rtl/build_vivado.tcl`", "`vivado -mode batch -source build_vivado.tcl`: utilisation and timing"),
        ("`hls/build_prj.tcl`", "`vitis_hls -f build_prj.tcl`: the same function in C++, with its test bench"),
        ("`hls/firmware/`", "the C++ alone, to be called from a design of yours"),
        ("`tests/run.py`", "`python run.py`: cocotb on Verilator or Icarus, with recorded vectors"),
        ("`design.toml`", "what was compiled; `symgate compile design.toml` does it again"),
        ("`certificate.json`", "the proof of the errors; `graph.txt`: the circuit as text"),
        ("`report.json`", "all figures, for programs"),
    ]  # fmt: skip
    yield "## Files"
    yield ""
    yield "| file | for |"
    yield "|---|---|"
    yield from (f"| {file} | {purpose} |" for file, purpose in wanted)
    yield ""


def _registers(firmware: Firmware) -> list[tuple[str, str]]:
    """The module that holds the constants of run time, where there are any."""
    held = ", ".join(firmware.design.constants)
    file = f"`rtl/{legal(firmware.name)}_lite.v`"
    return [(file, f"the module with {held} in registers of AXI4-Lite")] if held else []


def _constants(firmware: Firmware) -> Iterator[str]:
    for name, value in firmware.design.constants.items():
        yield f"`{name}` is a constant of run time, usually {float(value):.9g}: `_lite.v` holds it in a register;"
        yield "the other modules take it as an input. Every value of its range is proved."
        yield ""


def _checking(firmware: Firmware) -> Iterator[str]:
    columns = ", ".join(port.name for port in firmware.design.inputs[:6])
    yield "## Check it"
    yield ""
    yield "With FOLDER the place of this file:"
    yield ""
    yield "    pip install 'symgate[sim]'"
    yield "    symgate verify FOLDER                       # all models on the same vectors, and the proof again"
    yield "    symgate simulate FOLDER --data rows.csv     # your rows against float64"
    yield ""
    yield "From Python, with the bits of the hardware:"
    yield ""
    yield "    import symgate"
    yield f'    y = symgate.load("FOLDER").predict(X)   # a row per event, columns in the order of the ports: {columns}'
    yield ""
    yield "Not known before place and route: whether the clock is met, and the final LUT and FF."
    yield ""
