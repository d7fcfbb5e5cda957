"""Where the bits of a node come from: wires moved them, and a table may be read by the first source."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

from symgate.ir.fixed import Graph, Node
from symgate.ir.types import Rounding

#: A bit of a node, as (node, bit), or a constant 0 or 1.
Bit = tuple[int, int] | int
Bits = tuple[Bit, ...]
Operand = tuple[Bits, bool]  # with whether it has a sign


def sources(graph: Graph) -> list[Bits]:
    """For each node the bits of its two's complement, the lowest first, as wide as its type."""
    found: list[Bits] = []
    for i, node in enumerate(graph.nodes):
        width = node.type.width
        moved = _moved(graph, node, found)
        own: Bits = tuple((i, k) for k in range(width))
        found.append(own if moved is None else resized(moved, _repeats(graph, node), width))
    return found


def resized(bits: Sequence[Bit], signed: bool, width: int) -> Bits:
    """``bits`` cut to ``width``, or with the sign, or 0, repeated above."""
    above: Bit = bits[-1] if signed and bits else 0
    return (*bits[:width], *[above] * (width - len(bits)))


def is_wire(node: Node) -> bool:
    """Whether a node only moves bits."""
    if node.op == "round":
        return str(node.attr[1]) == Rounding.TRN
    return node.op in _MOVES


def _repeats(graph: Graph, node: Node) -> bool:
    """Whether bits above those that were moved repeat the last one."""
    return bool(node.args) and node.op != "slice" and graph.nodes[node.args[0]].type.signed


def _moved(graph: Graph, node: Node, found: list[Bits]) -> Sequence[Bit] | None:
    """The bits that a wire moved; None where a node computes."""
    if node.range.lo == node.range.hi:
        return [(node.range.lo >> k) & 1 for k in range(node.type.width)]
    if not is_wire(node):
        return None
    return _MOVES[node.op](node, *((found[a], graph.nodes[a].type.signed) for a in node.args))


def _slice(node: Node, x: Operand) -> Sequence[Bit]:
    high, low = node.attr
    return resized(*x, high + 1)[low:]


def _concat(node: Node, high: Operand, low: Operand) -> Sequence[Bit]:
    return (*resized(low[0], False, node.attr[0]), *high[0])


def _round(node: Node, x: Operand) -> Sequence[Bit]:
    bits, signed = x
    return resized(bits, signed, max(len(bits), node.attr[0] + 1))[node.attr[0] :]


def _wrap(node: Node, x: Operand) -> Sequence[Bit]:
    return resized(*x, node.attr[0])


_MOVES: Mapping[str, Callable[..., Sequence[Bit]]] = {
    "slice": _slice,
    "concat": _concat,
    "round": _round,
    "wrap": _wrap,
    "shl": lambda node, x: (*[0] * node.attr[0], *x[0]),
    "scale": lambda node, x: x[0],
    "register": lambda node, x: x[0],
}
