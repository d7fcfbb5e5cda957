"""What a graph costs: LUT, FF, DSP and BRAM from each operator's entry, before any synthesis.

The reference is Yosys ``synth_xilinx -family xcup``, which counts every LUT and does not pair small
ones.
"""

from __future__ import annotations

from dataclasses import dataclass

from symgate.ir.fixed import CONST, INPUT, Graph, users, walk
from symgate.ir.fixed_ops import BLOCK_NS, DSP_MULTIPLIER_NS, DSP_NS, OPS, blocks, slices

#: Operators that fit the LUT in front of a carry chain, together with the adder's own function.
_ABSORBED = frozenset({"booth", "booth_cut", "invert"})
_ADDERS = frozenset({"add", "sub"})


@dataclass(frozen=True)
class Cost:
    """Resources of a graph: LUT6, flip-flops, DSP48 slices, RAMB18 blocks."""

    lut: float
    ff: int
    dsp: int
    bram: int


def estimate(graph: Graph) -> Cost:
    """Resources by the operators' own models; the register behind a block RAM is its own."""
    lut, ff, dsp, bram = 0.0, 0, 0, 0
    free = absorbed(graph)
    for i, n in walk(graph):
        if n.op == "register":
            ff += 0 if graph.nodes[n.args[0]].op == "rom" else n.type.width
        elif n.op in OPS and i not in free:
            lut += OPS[n.op].luts(n.type, graph.operands(i), n.attr)
            dsp += dsps(graph, i)
            bram += blocks(graph.operands(i)[0].width, n.type.width) if n.op == "rom" else 0
    return Cost(round(lut, 1), ff, dsp, bram)


def dsps(graph: Graph, i: int) -> int:
    """DSP48E2 slices of node ``i``: a product that is a node of its own is meant for them."""
    if graph.nodes[i].op not in ("mul", "square"):
        return 0
    types = graph.operands(i)
    return slices(types[0], types[-1])


def registers_inside(graph: Graph, i: int, budget_ns: float) -> int:
    """Registers that must follow node ``i``: of block RAM, or of the slices of a product that
    should keep the clock.
    """
    if graph.nodes[i].op == "rom":
        return 1
    if not dsps(graph, i) or budget_ns >= DSP_NS:
        return 0
    return 1 if budget_ns >= DSP_MULTIPLIER_NS else 2


def absorbed(graph: Graph) -> set[int]:
    """Nodes that cost nothing: one operand of each adder, where its bits are functions of at most
    five signals.
    """
    readers, free = users(graph), set[int]()
    for i, n in walk(graph):
        if n.op == "select" and len(readers[i]) == 1 and _inverts(graph, i):
            free.add(next(a for a in n.args[1:] if graph.nodes[a].op == "invert"))
    for _, n in walk(graph):
        if n.op in _ADDERS:
            fitting = [a for a in n.args if len(readers[a]) == 1 and _fits(graph, a)]
            free.update(fitting[:1])
    return free


def _inverts(graph: Graph, i: int) -> bool:
    """Whether ``select`` chooses between a value and its inverse: an exclusive or."""
    _, then, other = graph.nodes[i].args
    return any(
        graph.nodes[a].op == "invert" and graph.nodes[a].args == (o,)
        for a, o in ((then, other), (other, then))
    )


def _fits(graph: Graph, i: int) -> bool:
    n = graph.nodes[i]
    if n.op == "table":
        return graph.nodes[n.args[0]].type.width <= 5
    return n.op in _ABSORBED or (n.op == "select" and _inverts(graph, i))


def late(graph: Graph, i: int) -> float:
    """When the result of node ``i`` is there in the cycle after the registers inside, ns."""
    return BLOCK_NS if graph.nodes[i].op == "rom" else 0.0


def delay(graph: Graph, i: int) -> float:
    """The delay of node ``i`` with one routed hop, ns."""
    n = graph.nodes[i]
    return 0.0 if n.op in (INPUT, CONST) else OPS[n.op].delay(n.type, graph.operands(i), n.attr)
