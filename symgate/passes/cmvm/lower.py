"""A graph as nodes of the fixed-point graph."""

from __future__ import annotations

from collections.abc import Sequence

from symgate.ir.domains import Interval
from symgate.ir.fixed import Builder
from symgate.passes.cmvm.graph import Adder, AdderGraph, bits
from symgate.passes.lowering.adders import add, sub


def lower(b: Builder, graph: AdderGraph, inputs: Sequence[int]) -> list[int]:
    """The nodes of the outputs of ``graph``, whose inputs are nodes of one binary point.

    A range that only looks wide, because the builder does not see that parts of it cancel, is cut
    to the width that it needs; that changes no value.
    """
    fracs = {b.nodes[x].frac for x in inputs}
    if len(inputs) != len(graph.inputs) or len(fracs) > 1:
        points = sorted(fracs)
        raise TypeError(
            f"{len(graph.inputs)} inputs of one binary point, got {len(inputs)} of {points}; shl() them"
        )
    frac = max(fracs, default=0)
    nodes = list(inputs)
    for i, a in enumerate(graph.adders, len(inputs)):
        nodes.append(_narrowed(b, _adder(b, a, nodes, frac), graph.ranges[i], frac - a.lsb))
    return [_output(b, nodes, o.node, o.shift, o.negative, frac) for o in graph.outputs]


def _adder(b: Builder, a: Adder, nodes: Sequence[int], frac: int) -> int:
    left, right = (_operand(b, b.scale(nodes[n], s), frac - a.lsb) for n, s, _ in a.operands)
    return sub(b, left, right) if a.subtract else add(b, left, right)


def _operand(b: Builder, x: int, frac: int) -> int:
    return b.round(x, max(0, b.nodes[x].frac - frac))


def _narrowed(b: Builder, x: int, r: Interval, frac: int) -> int:
    """``x``, whose raw values at ``frac`` are in ``r``, in no more bits than that takes."""
    width = max(1, bits(r) - (frac - b.nodes[x].frac))
    return x if b.nodes[x].type.width <= width else b.wrap(x, width, r.lo < 0)


def _output(
    b: Builder, nodes: Sequence[int], node: int | None, shift: int, negative: bool, frac: int
) -> int:
    if node is None:
        return b.const(0, frac)
    value = b.scale(nodes[node], shift)
    return b.neg(value) if negative else value
