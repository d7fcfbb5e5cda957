"""Which bits of small tables a sum can take into the LUTs of its carry chain, although the table as a
whole reads too much: each bit of a table is a function of its own, often of fewer signals.
"""

from __future__ import annotations

from collections.abc import Iterator

from symgate.backends.verilog.logic import ROOM, Logic
from symgate.ir.fixed import Graph, Node
from symgate.ir.types import FixedType

#: Address bits of a table, each bit of whose entries is one LUT.
_PINS = 6
Leaves = frozenset[tuple[int, int]]


def narrow_bits(logic: Logic, i: int) -> int:
    """How many bits of node ``i``, a table that only one sum reads, are functions of a few signals that
    leave room for another; a signal as it is takes no LUT anyway.
    """
    node = logic.graph.nodes[i]
    if node.op != "table" or logic.readers[i] != 1:
        return 0
    if (len(node.attr[0]) - 1).bit_length() > _PINS:
        return 0
    return sum(1 < len(leaves) <= ROOM for leaves in _columns(logic.graph, node))


def _columns(graph: Graph, node: Node) -> Iterator[Leaves]:
    """The signals behind each bit of the entries."""
    values = node.attr[0]
    size, t = (len(values) - 1).bit_length(), FixedType.holding(min(values), max(values), 0)
    for place in range(t.width):
        column = [value >> place & 1 for value in values]
        pins = [pin for pin in range(size) if _reads(column, pin)]
        yield Leaves().union(*(_leaves(graph, node.args[0], pin) for pin in pins))


def _reads(column: list[int], pin: int) -> bool:
    """Whether the contents of a LUT depend on a pin; entries that are not stated are 0."""
    full = column + [0] * (-len(column) % (2 << pin))
    return any(full[k] != full[k ^ 1 << pin] for k in range(len(full)))


def _leaves(graph: Graph, i: int, place: int) -> Leaves:
    """The signals behind a bit of an address: those of a saturation are in the LUTs of the table."""
    node = graph.nodes[i]
    if node.op != "saturate":
        return Leaves({(i, place)})
    source = node.args[0]
    top, (size, signed, _) = graph.nodes[source].type.width, node.attr
    ends = size - signed
    if signed and place == ends:
        return Leaves({(source, top - 1)})  # the sign stays
    return Leaves({(source, place), *((source, k) for k in range(ends, top))})
