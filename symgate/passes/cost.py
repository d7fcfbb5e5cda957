"""What a graph costs: LUT, FF, DSP and BRAM from each operator's entry, before any synthesis."""

from __future__ import annotations

from dataclasses import dataclass

from symgate.ir.fixed import INPUT, Graph, walk
from symgate.ir.fixed_ops import OPS


@dataclass(frozen=True)
class Cost:
    """Resources of a graph: LUT6, flip-flops, DSP48 slices, RAMB18 blocks."""

    lut: float
    ff: int
    dsp: int
    bram: int


def estimate(graph: Graph) -> Cost:
    """Resources by the operators' own models; every multiplication in LUTs, every table in LUTs."""
    lut, ff = 0.0, 0
    for i, n in walk(graph):
        if n.op == "register":
            ff += n.type.width
        elif n.op in OPS:
            lut += OPS[n.op].luts(n.type, graph.operands(i), n.attr)
    return Cost(round(lut, 1), ff, 0, 0)


def delay(graph: Graph, i: int) -> float:
    """The delay of node ``i`` with one routed hop, ns."""
    n = graph.nodes[i]
    return 0.0 if n.op in (INPUT, "const") else OPS[n.op].delay(n.type, graph.operands(i), n.attr)
