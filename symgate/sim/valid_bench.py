"""A bench of the modules that never say they are busy: the plain pipeline, the one with a clock
enable, and the one whose constants are written over AXI4-Lite.

A reset drops the words that are under way; every other word must leave as many enabled cycles later
as the design has, with its own bits, and nothing may be said to be valid besides. A constant is read
back after each write, and what may not be written must be refused and change nothing.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path

from symgate.backends.verilog.lite import held, own_names
from symgate.backends.verilog.names import (
    CLOCK,
    ENABLE,
    IN_VALID,
    OUT_VALID,
    RESET,
    legal,
    port_names,
)
from symgate.ir.fixed import Graph
from symgate.sim import bits
from symgate.sim.bench_run import bench_counts, word_links, write_rows
from symgate.sim.bits import Column

_TOLD = re.compile(r"words (\d+) lost (-?\d+) wrong (\d+) resets (\d+) refusals (\d+)")
#: The modules: the plain one, the one with a clock enable, the one with constants of run time.
PLAIN, PIPE, LITE = "valid", "pipe", "lite"
_SUFFIX = {PLAIN: "", PIPE: "_pipe", LITE: "_lite"}
_BUS = ("awaddr", "awvalid", "awready", "wdata", "wvalid", "wready", "bresp", "bvalid", "bready",
        "araddr", "arvalid", "arready", "rdata", "rresp", "rvalid", "rready")  # fmt: skip
_WORD = 32


@dataclass(frozen=True)
class Passed:
    """What a bench counted: words that left, those that were lost, cycles in which something was
    wrong; resets, and writes that had to be refused.
    """

    words: int
    lost: int
    wrong: int
    resets: int
    refusals: int

    @property
    def right(self) -> bool:
        """Whether all is as it should be."""
        return not (self.lost or self.wrong)


def simulate_valid(
    rtl: Mapping[str, str],
    name: str,
    graph: Graph,
    columns: Mapping[str, Column],
    kind: str,
    constants: Mapping[str, Fraction] | None = None,
    words: int = 2000,
    seed: int = 1,
    tool: str = "icarus",
) -> Passed:
    """Send ``words`` through the module ``kind`` of the files ``rtl``, the rows of raw ``columns``
    (inputs and outputs by port) over and over. Inputs named in ``constants`` are written where a row
    has others than the one before, so rows should be sorted by them.

    Raise `ToolMissing` without the simulator, `CheckFailed` where it does not build or end.
    """
    top, fixed = legal(name), constants or {}
    values = _values(graph, top, columns, kind, fixed)
    values |= {"WORDS": words, "SEED": 2 * seed + 1}

    def write(folder: Path) -> None:
        _write_data(folder, graph, top, columns, fixed)

    return Passed(*bench_counts("valid_bench", rtl, values, write, _TOLD, tool))


def _values(
    graph: Graph,
    top: str,
    columns: Mapping[str, Column],
    kind: str,
    constants: Mapping[str, Fraction],
) -> dict[str, object]:
    """What the text of the bench leaves open about the design."""
    free = [(p.name, p.type) for p in graph.inputs if p.name not in constants]
    outputs = [(p.name, p.type) for p in graph.outputs]
    registers = len(held(graph, top, constants))
    return {
        "ROWS": max(map(len, columns.values())),
        "LATENCY": graph.latency,
        "INTERVAL": graph.interval,
        "HELD": registers,
        "IN": max(bits.width(free), 1) - 1,
        "OUT": bits.width(outputs) - 1,
        "ADDRESS": max(1, (registers - 1).bit_length()) + 1,
        "STOPS": int(kind == PIPE),
        "DUT": _instance(graph, top, kind, constants),
    }


def _write_data(
    folder: Path,
    graph: Graph,
    top: str,
    columns: Mapping[str, Column],
    constants: Mapping[str, Fraction],
) -> None:
    """Write what is sent, what comes of it, the constants of each row, and what is refused."""
    free = [(p.name, p.type) for p in graph.inputs if p.name not in constants]
    outputs = [(p.name, p.type) for p in graph.outputs]
    registers = held(graph, top, constants)
    sent = bits.pack(free, columns) if free else [0] * max(map(len, columns.values()))
    words = [
        sum(_word(int(columns[h.port.name][k])) << _WORD * h.number for h in registers)
        for k in range(len(sent))
    ]
    write_rows(folder / "rows.hex", sent)
    write_rows(folder / "expected.hex", bits.pack(outputs, columns))
    write_rows(folder / "constants.hex", words)
    write_rows(folder / "refused.hex", [_word(h.span[1] + 1) for h in registers] or [0])


def _word(value: int) -> int:
    return value & ((1 << _WORD) - 1)


def _instance(graph: Graph, top: str, kind: str, constants: Mapping[str, Fraction]) -> str:
    """The module, with its words packed as the bench has them."""
    names = port_names(graph, top + _SUFFIX[kind])
    if kind == LITE:
        own = own_names(graph, top)
        links = [f".{own[f's_axi_{n}']}({n})" for n in _BUS]
        links += [f".{own['s_axi_wstrb']}(4'hf)", f".{own['aclk']}(clk)"]
        links.append(f".{own['aresetn']}(~rst)")
    else:
        links = [f".{CLOCK}(clk)", f".{RESET}(rst)"]
        links += [f".{ENABLE}(ce)"] if kind == PIPE else []
    links += [f".{IN_VALID}(in_valid)", f".{OUT_VALID}(out_valid)"]
    links += word_links(names, graph, constants)
    return f"  {top}{_SUFFIX[kind]} dut ({', '.join(links)});"
