"""Which values cost no LUT of their own, because the adder that reads them takes their logic into
its own LUTs.

Each bit of an adder in a carry chain is one LUT6 whose output says whether the two operands differ.
One operand must also be a signal of its own, since it feeds the chain; the other may be any
function of five signals.
"""

from __future__ import annotations

from collections.abc import Callable

from symgate.ir.fixed import CONST, Graph, Node
from symgate.ir.types import Rounding

#: Inputs of a LUT6 that are left for one operand of a sum.
ROOM = 5
#: A signal that a bit is a function of: bit ``place`` of a node, counted from bit 0 or (False) from
#: the bit itself.
Signal = tuple[int, int, bool]
Signals = frozenset[Signal]


def is_wiring(node: Node) -> bool:
    """Whether ``node`` only renames bits."""
    truncates = node.op == "round" and (not node.attr[0] or node.attr[1] == Rounding.TRN)
    return truncates or node.op in ("slice", "concat", "shl", "scale", "wrap")


class Logic:
    """What each bit of ``graph`` is a function of, as an adder that reads it sees it."""

    def __init__(self, graph: Graph) -> None:
        self.graph = graph
        self.readers = self._count_readers()
        self._signals: dict[Signal, Signals] = {}

    def _count_readers(self) -> list[int]:
        """For each node, how many nodes and ports read it; those that only rename its bits stand
        for their readers.
        """
        count = [0] * len(self.graph.nodes)
        for port in self.graph.outputs:
            count[port.node] += 1
        for i in reversed(range(len(count))):
            node = self.graph.nodes[i]
            for operand in node.args:
                count[operand] += count[i] if is_wiring(node) else 1
        return count

    def is_absorbed(self, i: int) -> bool:
        """Whether node ``i`` is logic that its only reader can take in."""
        node = self.graph.nodes[i]
        if is_wiring(node):
            return any(self.is_absorbed(operand) for operand in node.args)
        return (
            self.readers[i] == 1
            and node.op in _FUNCTIONS
            and len(self.function(i, 0, False)) <= ROOM
        )

    def function(self, i: int, place: int, fixed: bool) -> Signals:
        """The signals that a bit of node ``i``, which is logic, is a function of."""
        return _FUNCTIONS[self.graph.nodes[i].op](self, i, place, fixed)

    def signals(self, i: int, place: int, fixed: bool) -> Signals:
        """The signals behind a bit of node ``i``: itself, unless it is wiring or logic that its
        reader takes in.
        """
        key = (i, place, fixed)
        if key not in self._signals:
            self._signals[key] = self._find_signals(i, place, fixed)
        return self._signals[key]

    def _find_signals(self, i: int, place: int, fixed: bool) -> Signals:
        node = self.graph.nodes[i]
        if node.op == CONST or (fixed and place < 0):
            return frozenset()
        if node.op == "concat":
            return self._joined(node, place, fixed)
        if is_wiring(node):
            return self.signals(node.args[0], place + _offset(node), fixed)
        if self.is_absorbed(i):
            return self.function(i, place, fixed)
        return frozenset({(i, place, fixed)})

    def _joined(self, node: Node, place: int, fixed: bool) -> Signals:
        low_width = node.attr[0]
        high = self.signals(node.args[0], place - low_width, fixed)
        low = self.signals(node.args[1], place, fixed)
        if not fixed:
            return max(high, low, key=len)
        return high if place >= low_width else low


def _offset(node: Node) -> int:
    """How far above a bit of ``node``, which is wiring, its source lies in the operand."""
    match node.op:
        case "slice":
            return int(node.attr[1])
        case "round":
            return int(node.attr[0])
        case "shl":
            return -int(node.attr[0])
        case _:
            return 0


def _bits(logic: Logic, i: int, count: int) -> Signals:
    """The signals behind the lowest ``count`` bits of node ``i``."""
    return frozenset[Signal]().union(*(logic.signals(i, k, True) for k in range(count)))


def _bitwise(own: int, conditions: int = 0) -> Callable[[Logic, int, int, bool], Signals]:
    """A function of ``own`` signals, of ``conditions`` operands of one bit and of the same bit of
    the others.
    """

    def rule(logic: Logic, i: int, place: int, fixed: bool) -> Signals:
        args = logic.graph.nodes[i].args
        found = {(i, -1 - k, True) for k in range(own)}
        return frozenset(found).union(
            *(_bits(logic, operand, 1) for operand in args[:conditions]),
            *(logic.signals(operand, place, fixed) for operand in args[conditions:]),
        )

    return rule


def _table(logic: Logic, i: int, place: int, fixed: bool) -> Signals:
    node = logic.graph.nodes[i]
    return _bits(logic, node.args[0], (len(node.attr[0]) - 1).bit_length())


def _booth(logic: Logic, i: int, place: int, fixed: bool) -> Signals:
    node = logic.graph.nodes[i]
    x, digit = node.args
    place += node.attr[0] if node.attr else 0
    return (
        _bits(logic, digit, 3) | logic.signals(x, place, fixed) | logic.signals(x, place - 1, fixed)
    )


_FUNCTIONS: dict[str, Callable[[Logic, int, int, bool], Signals]] = {
    "select": _bitwise(0, 1),
    "and": _bitwise(0, 2),
    "or": _bitwise(0, 2),
    "not": _bitwise(0, 1),
    "invert": _bitwise(0),
    "min": _bitwise(1),
    "max": _bitwise(1),
    "saturate": _bitwise(2),
    "table": _table,
    "booth": _booth,
    "booth_cut": _booth,
}
