"""A graph as nodes of the fixed-point graph."""

from __future__ import annotations

from collections.abc import Sequence

from symgate.ir.domains import Interval
from symgate.ir.fixed import Builder
from symgate.passes.cmvm.graph import Adder, AdderGraph, Output, bits
from symgate.passes.lowering.adders import add, sub


def emit_adders(builder: Builder, graph: AdderGraph, inputs: Sequence[int]) -> list[int]:
    """The nodes of the outputs of ``graph``, whose inputs are nodes of one binary point.

    A range that only looks wide, because the builder does not see that parts of it cancel, is cut
    to the width that it needs; that changes no value.
    """
    fracs = {builder.nodes[x].frac for x in inputs}
    if len(inputs) != len(graph.inputs) or len(fracs) > 1:
        points = sorted(fracs)
        raise TypeError(
            f"{len(graph.inputs)} inputs of one binary point, got {len(inputs)} of {points}; shl() them"
        )
    frac = max(fracs, default=0)
    nodes = list(inputs)
    for i, adder in enumerate(graph.adders, len(inputs)):
        node = _adder(builder, adder, nodes, frac)
        nodes.append(_narrow(builder, node, graph.ranges[i], frac - adder.lsb))
    return [_output(builder, nodes, output, frac) for output in graph.outputs]


def _adder(builder: Builder, adder: Adder, nodes: Sequence[int], frac: int) -> int:
    moved = (builder.scale(nodes[n], shift) for n, shift, _ in adder.operands)
    left, right = (_operand(builder, node, frac - adder.lsb) for node in moved)
    return sub(builder, left, right) if adder.subtract else add(builder, left, right)


def _operand(builder: Builder, x: int, frac: int) -> int:
    return builder.round(x, max(0, builder.nodes[x].frac - frac))


def _narrow(builder: Builder, x: int, reach: Interval, frac: int) -> int:
    """``x``, whose raw values at ``frac`` are in ``reach``, in no more bits than that takes."""
    width = max(1, bits(reach) - (frac - builder.nodes[x].frac))
    return x if builder.nodes[x].type.width <= width else builder.wrap(x, width, reach.lo < 0)


def _output(builder: Builder, nodes: Sequence[int], output: Output, frac: int) -> int:
    if output.node is None:
        return builder.const(0, frac)
    value = builder.scale(nodes[output.node], output.shift)
    return builder.neg(value) if output.negative else value
