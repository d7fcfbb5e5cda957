"""The part of a network that outputs need, with chains that end at the last bit read and begin late
if they can.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from symgate.backends.xilinx.net import FALSE, Chain, Feed, Net, Source, Sum
from symgate.backends.xilinx.sums import adder, save_carries
from symgate.backends.xilinx.threes import Readers, is_worth


@dataclass
class Needed:
    """What outputs need: nodes, and of each chain the bits that something reads."""

    nodes: set[int] = field(default_factory=set)
    seen: dict[int, set[int]] = field(default_factory=dict)  # chain -> bits


def needed(net: Net) -> Needed:
    """Walk back from the outputs."""
    found = Needed()
    found.nodes.update(bit >> 1 for bits in net.outputs for bit in bits)
    for node in reversed(range(1, len(net.fans))):
        if node in found.nodes:
            found.nodes.update(_read(net, node, found))
    found.nodes.discard(0)
    return found


def _read(net: Net, node: int, found: Needed) -> Sequence[int]:
    """The nodes that ``node`` needs."""
    origin = net.origins[node]
    if isinstance(origin, Source):
        return [x >> 1 for x in net.feed(origin)]
    if isinstance(origin, Sum):
        chain, last = net.chains[origin.chain], origin.bit
        found.seen.setdefault(origin.chain, set()).add(last)
        parts = (chain.a, chain.b, chain.propagate)
        return [chain.carry >> 1, *(bit >> 1 for bits in parts for bit in bits[: last + 1])]
    return net.fans[node]


#: Functions that were found to need less than the network shows: node -> table and nodes that it
#: reads.
Simpler = Mapping[int, tuple[int, tuple[int, ...]]]


def cleaned(net: Net, simpler: Simpler | None = None) -> Net:
    """The same outputs from a network of only what they need."""
    return _Copy(net, simpler or {}).run()


class _Copy:
    def __init__(self, net: Net, simpler: Simpler) -> None:
        self.old, self.new, self.simpler = net, Net(net.pairs), simpler
        self.needed = needed(net)
        self.readers = Readers(net, self.needed.nodes, self.needed.seen)
        self.literals: dict[int, int] = {0: FALSE}
        self.sums: dict[int, list[int]] = {}  # chain -> literals of its sum

    def run(self) -> Net:
        origins = [self.old.origins[node] for node in self.needed.nodes]
        fed = {origin.node for origin in origins if isinstance(origin, Source)}
        for node in sorted(self.needed.nodes):
            self.literals[node] = self._node(node)
        self.new.feeds = {i: self._feed(feed) for i, feed in self.old.feeds.items() if i in fed}
        self.new.outputs = [tuple(map(self._literal, bits)) for bits in self.old.outputs]
        self._forget()
        return self.new

    def _forget(self) -> None:
        """Feed no source that functions, simpler now, have ceased to read."""
        read = {
            origin
            for node in needed(self.new).nodes
            if isinstance(origin := self.new.origins[node], Source)
        }
        alive = {origin.node for origin in read}
        feeds = {i: feed for i, feed in self.new.feeds.items() if i in alive}
        for i, feed in feeds.items():
            if feed.bitwise:
                bits = tuple(
                    operand if Source(i, k) in read else FALSE
                    for k, operand in enumerate(feed.operands[0])
                )
                feeds[i] = Feed((bits,), bitwise=True)
        self.new.feeds = feeds

    def _literal(self, x: int) -> int:
        """A literal of the new network; one that nothing needs is 0."""
        return self.literals[x >> 1] ^ (x & 1) if x >> 1 in self.literals else FALSE

    def _feed(self, feed: Feed) -> Feed:
        return Feed(tuple(tuple(map(self._literal, bits)) for bits in feed.operands), feed.bitwise)

    def _node(self, node: int) -> int:
        origin = self.old.origins[node]
        if isinstance(origin, Source):
            return self.new.source(origin.node, origin.bit)
        if isinstance(origin, Sum):
            return self._sum(origin.chain)[origin.bit]
        table, fans = self.simpler.get(node) or (self.old.tables[node], self.old.fans[node])
        return self.new.function(table, [self._literal(2 * n) for n in fans])

    def _sum(self, place: int) -> list[int]:
        if place not in self.sums:
            chain, seen = self.old.chains[place], self.needed.seen[place]
            width = max(seen) + 1
            a, b = ([self._literal(bit) for bit in bits[:width]] for bits in (chain.a, chain.b))
            if three := self._three(chain, width):
                a, b = three
            flags = [k in seen for k in range(width)]
            self.sums[place] = adder(self.new, a, b, self._literal(chain.carry), flags)
        return self.sums[place]

    def _three(self, chain: Chain, width: int) -> tuple[list[int], list[int]] | None:
        """The operands of a chain of three numbers, where one of its two is a sum that nothing else
        reads.
        """
        if (found := self.readers.inner(chain, width)) is None:
            return None
        low, high = found.offset, width - found.offset
        a, b, carry = found.parts
        operands = (a[:high], b[:high], found.other[low:])
        columns = list(zip(*(map(self._literal, bits) for bits in operands), strict=True))
        if not is_worth(self.new, columns):
            return None
        total, saved = save_carries(self.new, columns, self._literal(carry))
        ends = ([self._literal(bit) for bit in bits[:low]] for bits in (found.operand, found.other))
        first, second = ([*end, *bits] for end, bits in zip(ends, (total, saved), strict=True))
        return first, second
