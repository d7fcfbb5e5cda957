"""A network of single bits: sources, functions of at most six bits, and sums that leave carry
chains.

A *literal* is ``2 * node``, plus 1 where the bit is inverted; inverters are free until a netlist is
made. Equal functions of equal bits are one node, constants and repeated bits fold away.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from symgate.backends.xilinx import truth

FALSE, TRUE = 0, 1
LUT_INPUTS = 6


@dataclass(frozen=True, slots=True)
class Source:
    """Bit ``bit`` of node ``node`` of the graph: an input, a register or a product."""

    node: int
    bit: int


@dataclass(frozen=True, slots=True)
class Sum:
    """Bit ``bit`` of chain ``chain``."""

    chain: int
    bit: int


@dataclass(frozen=True, slots=True)
class Chain:
    """``a + b + carry`` modulo 2^bits: a bit of the sum is what ``propagate`` says, xor the carry."""

    a: tuple[int, ...]
    b: tuple[int, ...]
    carry: int
    propagate: tuple[int, ...]  # a xor b


@dataclass(frozen=True, slots=True)
class Feed:
    """What enters a register, bit by bit, or a product, which needs all bits of its operands."""

    operands: tuple[tuple[int, ...], ...]
    bitwise: bool


@dataclass
class Net:
    """The network; nodes are in topological order, node 0 is the constant."""

    pairs: bool = True  # whether a LUT may compute two functions
    fans: list[tuple[int, ...]] = field(default_factory=lambda: [()])  # nodes that a function reads
    tables: list[int] = field(default_factory=lambda: [0])
    origins: list[Source | Sum | None] = field(
        default_factory=lambda: [None]
    )  # of a node that is no function
    chains: list[Chain] = field(default_factory=list)
    outputs: list[tuple[int, ...]] = field(default_factory=list)  # literals, per port
    feeds: dict[int, Feed] = field(
        default_factory=dict
    )  # of the registers and products of the graph
    _index: dict[tuple[int, tuple[int, ...]], int] = field(default_factory=dict)
    _sources: dict[Source, int] = field(default_factory=dict)
    _sums: dict[tuple[tuple[int, ...], tuple[int, ...], int], list[int]] = field(
        default_factory=dict
    )

    def source(self, node: int, bit: int) -> int:
        """The literal of a bit that comes from outside the network."""
        key = Source(node, bit)
        if key not in self._sources:
            self._sources[key] = self._add((), 0, key)
        return 2 * self._sources[key]

    def feed(self, source: Source) -> Sequence[int]:
        """The literals that must be known for the bit ``source``."""
        feed = self.feeds.get(source.node)
        if feed is None:
            return ()
        return (
            (feed.operands[0][source.bit],)
            if feed.bitwise
            else [bit for bits in feed.operands for bit in bits]
        )

    def is_function(self, node: int) -> bool:
        """Whether ``node`` is logic that LUTs have to compute."""
        return bool(self.fans[node])

    def function(self, table: int, literals: Sequence[int]) -> int:
        """The literal of a function; `reduced` says what is left of at most six bits."""
        table, fan = reduced(table, literals)
        assert len(fan) <= LUT_INPUTS, "decompose wider functions first"
        inverted = table & 1
        if inverted:
            table ^= truth.ones(len(fan))
        if not table:
            return inverted
        if len(fan) == 1:
            return 2 * fan[0] ^ inverted
        key = table, fan
        if key not in self._index:
            self._index[key] = self._add(fan, table, None)
        return 2 * self._index[key] ^ inverted

    def chain(self, a: Sequence[int], b: Sequence[int], carry: int) -> list[int]:
        """The literals of a sum modulo 2^len(a), on a carry chain."""
        key = tuple(a), tuple(b), carry
        if key not in self._sums:
            propagate = tuple(self.xor(x, y) for x, y in zip(a, b, strict=True))
            self.chains.append(Chain(*key, propagate))
            place = len(self.chains) - 1
            self._sums[key] = [2 * self._add((), 0, Sum(place, k)) for k in range(len(a))]
        return self._sums[key]

    def _add(self, fan: tuple[int, ...], table: int, origin: Source | Sum | None) -> int:
        self.fans.append(fan)
        self.tables.append(table)
        self.origins.append(origin)
        return len(self.fans) - 1

    # functions by name

    def both(self, x: int, y: int) -> int:
        """``x & y``."""
        return self.function(truth.AND, (x, y))

    def either(self, x: int, y: int) -> int:
        """``x | y``."""
        return self.function(truth.OR, (x, y))

    def xor(self, x: int, y: int) -> int:
        """``x ^ y``."""
        return self.function(truth.XOR, (x, y))

    def mux(self, select: int, then: int, other: int) -> int:
        """``select ? then : other``."""
        return self.function(truth.MUX, (other, then, select))

    def any(self, literals: Sequence[int]) -> int:
        """Whether one of ``literals`` is set."""
        found = FALSE
        for x in literals:
            found = self.either(found, x)
        return found

    def all(self, literals: Sequence[int]) -> int:
        """Whether all of ``literals`` are set."""
        return self.any([x ^ 1 for x in literals]) ^ 1


def reduced(table: int, literals: Sequence[int]) -> tuple[int, tuple[int, ...]]:
    """The same function as a table over different nodes, in order, all of which matter."""
    by_node: dict[int, int] = {}  # node -> its place among the variables that are left
    left = list(literals)
    k = 0
    while k < len(left):
        node, n = left[k] >> 1, len(left)
        if left[k] & 1 and node:
            table = truth.flip(table, n, k)
        if not node:
            table = truth.cofactors(table, n, k)[left[k]]
        elif node in by_node:
            table = truth.merge(table, n, by_node[node], k)
        else:
            by_node[node] = k
            k += 1
            continue
        del left[k]
    return _needed(table, [x >> 1 for x in left])


def _needed(table: int, nodes: list[int]) -> tuple[int, tuple[int, ...]]:
    """Without the variables that do not matter, and with the others in order of their nodes."""
    k = 0
    while k < len(nodes):
        if truth.matters(table, len(nodes), k):
            k += 1
        else:
            table, _ = truth.cofactors(table, len(nodes), k)
            del nodes[k]
    order = sorted(range(len(nodes)), key=nodes.__getitem__)
    return permuted(table, order), tuple(nodes[k] for k in order)


def permuted(table: int, order: list[int]) -> int:
    """The table whose variable ``k`` is variable ``order[k]`` of ``table``."""
    n = len(order)
    if order == list(range(n)):
        return table
    arguments = [0] * n
    for k, old in enumerate(order):
        arguments[old] = truth.variable(n, k)
    return truth.substitute(table, arguments, truth.ones(n))


def cone(net: Net, node: int, leaves: Sequence[int]) -> int:
    """The table of ``node`` over the nodes ``leaves``, between which and ``node`` there is only
    logic.
    """
    full = truth.ones(len(leaves))
    tables = {leaf: truth.variable(len(leaves), k) for k, leaf in enumerate(leaves)}

    def table(n: int) -> int:
        if n not in tables:
            tables[n] = truth.substitute(net.tables[n], [table(fan) for fan in net.fans[n]], full)
        return tables[n]

    return table(node)
