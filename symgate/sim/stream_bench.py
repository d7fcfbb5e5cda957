"""A bench of the wrappers with back-pressure: random gaps, stalls, bursts and resets in the middle.

A reset drops the words that are under way; every other word must arrive once, in its order, with its
own bits, stay until it is taken, and find the pipeline free while its reader is always ready.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

from symgate.backends.verilog.names import legal, port_names
from symgate.ir.fixed import Graph, Port
from symgate.ir.types import FixedType
from symgate.sim import bits
from symgate.sim.bench_run import bench_counts, word_links, write_rows
from symgate.sim.bits import Column

_TOLD = re.compile(r"words (\d+) lost (-?\d+) wrong (\d+) moved (\d+) stalls (\d+) resets (\d+)")
KINDS = ("stream", "axis")


@dataclass(frozen=True)
class Words:
    """What a bench counted: words that arrived, and those that were lost, wrong or moved while they
    waited; cycles in which the wrapper was not ready though its reader always was; resets.
    """

    words: int
    lost: int
    wrong: int
    moved: int
    stalls: int
    resets: int

    @property
    def right(self) -> bool:
        """Whether all is as it should be."""
        return not (self.lost or self.wrong or self.moved or self.stalls)


def simulate_words(
    rtl: Mapping[str, str],
    name: str,
    graph: Graph,
    columns: Mapping[str, Column],
    kind: str,
    words: int = 2000,
    seed: int = 1,
    tool: str = "icarus",
) -> Words:
    """Send ``words`` through the wrapper ``kind`` of the files ``rtl``, the rows of raw ``columns``
    (inputs and outputs by port) over and over.

    Raise `ToolMissing` without the simulator, `CheckFailed` where it does not build or end.
    """
    values = _values(graph, legal(name), columns, kind)
    values |= {"WORDS": words, "SEED": 2 * seed + 1}

    def write(folder: Path) -> None:
        write_rows(folder / "rows.hex", _rows(graph.inputs, columns, kind))
        write_rows(folder / "expected.hex", _rows(graph.outputs, columns, kind))

    return Words(*bench_counts("stream_bench", rtl, values, write, _TOLD, tool))


def _values(
    graph: Graph, top: str, columns: Mapping[str, Column], kind: str
) -> dict[str, object]:
    """What the text of the bench leaves open about the design."""
    return {
        "ROWS": max(map(len, columns.values())),
        "LATENCY": graph.latency,
        "INTERVAL": graph.interval,
        "IN": _row_bits(graph.inputs, kind) - 1,
        "OUT": _row_bits(graph.outputs, kind) - 1,
        "DUT": instance(graph, top, kind),
    }


def _rows(ports: Iterable[Port], columns: Mapping[str, Column], kind: str) -> list[int]:
    layout = _lanes if kind == "axis" else bits.pack
    return layout([(port.name, port.type) for port in ports], columns)


def _lanes(ports: bits.Ports, columns: Mapping[str, Column]) -> list[int]:
    """One integer per row, each port in whole bytes, filled with its sign."""
    wide = [(name, FixedType(t.signed, -(-t.width // 8) * 8, 0)) for name, t in ports]
    return bits.pack(wide, columns)


def _row_bits(ports: Iterable[Port], kind: str) -> int:
    if kind == "axis":
        return sum(-(-port.type.width // 8) * 8 for port in ports)
    return bits.width([(port.name, port.type) for port in ports])


def instance(graph: Graph, top: str, kind: str) -> str:
    """The wrapper ``kind`` as an instance, with its words packed as the bench has them."""
    return _axis(graph, top) if kind == "axis" else _stream(graph, top)


def _stream(graph: Graph, top: str) -> str:
    names = port_names(graph, top)
    links = [f".{n}({n})" for n in ("clk", "rst", "in_valid", "in_ready", "in_last")]
    links += [f".{n}({n})" for n in ("out_valid", "out_ready", "out_last")]
    links += word_links(names, graph)
    return f"  {top}_stream dut ({', '.join(links)});"


def _axis(graph: Graph, top: str) -> str:
    keep = sum(-(-port.type.width // 8) for port in graph.inputs)
    return (
        f"  {top}_axis dut (.aclk(clk), .aresetn(~rst),\n"
        f"    .s_axis_tdata(in_word), .s_axis_tkeep({{{keep}{{1'b1}}}}), .s_axis_tlast(in_last),\n"
        "    .s_axis_tvalid(in_valid), .s_axis_tready(in_ready), .m_axis_tdata(out_word),\n"
        "    .m_axis_tkeep(), .m_axis_tlast(out_last), .m_axis_tvalid(out_valid),\n"
        "    .m_axis_tready(out_ready));"
    )
