"""The DSP slices and block RAMs of a fixed-point graph: its nodes say which they are."""

from __future__ import annotations

from symgate.ir.fixed import Graph
from symgate.ir.fixed_ops import blocks, slices


def dsps(graph: Graph, i: int) -> int:
    """DSP48E2 slices of node ``i``: a product that is a node of its own is meant for them."""
    if graph.nodes[i].op not in ("mul", "square"):
        return 0
    types = graph.operands(i)
    return slices(types[0], types[-1])


def is_shared(graph: Graph, i: int) -> bool:
    """Whether node ``i`` is a product that has a multiplier in turn."""
    return any(slot.node == i for unit in graph.shared for slot in unit)


def saved_slices(graph: Graph) -> int:
    """The DSP slices that ``graph`` has less than products for them, as they take turns."""
    return sum(len(unit) - 1 for unit in graph.shared)


def all_dsps(graph: Graph) -> int:
    """The DSP slices of a whole graph."""
    return sum(dsps(graph, i) for i in range(len(graph.nodes))) - saved_slices(graph)


def brams(graph: Graph, i: int) -> int:
    """RAMB18 of node ``i``."""
    node = graph.nodes[i]
    return blocks(graph.operands(i)[0].width, node.type.width) if node.op == "rom" else 0
