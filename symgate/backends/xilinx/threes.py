"""Sums of a sum that nothing else reads: three numbers in one chain.

Each bit then adds three bits and saves a carry for the next one: two functions of at most five
inputs, one LUT6_2.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from symgate.backends.xilinx.net import Chain, Net, Sum
from symgate.backends.xilinx.sums import leaves

#: Inputs of a bit of a sum of three numbers; the saved carry is one more.
_INPUTS = 4


@dataclass(frozen=True, slots=True)
class Inner:
    """An operand that is a sum from bit ``offset`` up, or (``inverted``) its complement, which is a
    sum as well.
    """

    sum: Chain
    offset: int
    operand: tuple[int, ...]
    other: tuple[int, ...]
    inverted: int

    @property
    def parts(self) -> tuple[tuple[int, ...], tuple[int, ...], int]:
        """The operands of the sum and its carry; ``~(a + b + c) = ~a + ~b + (1 - c)``."""
        a, b = (tuple(bit ^ self.inverted for bit in bits) for bits in (self.sum.a, self.sum.b))
        return a, b, self.sum.carry ^ self.inverted


class Readers:
    """Who reads what in a network."""

    def __init__(self, net: Net, nodes: Iterable[int], chains: Iterable[int]) -> None:
        self.net = net
        self.functions: dict[int, set[int]] = defaultdict(set)  # node -> functions
        for node in nodes:
            for fan in net.fans[node]:
                self.functions[fan].add(node)
        self.others = Counter(x >> 1 for x in self._wires(chains))

    def _wires(self, chains: Iterable[int]) -> Iterator[int]:
        for bits in self.net.outputs:
            yield from bits
        for feed in self.net.feeds.values():
            yield from (bit for bits in feed.operands for bit in bits)
        for place in chains:
            chain = self.net.chains[place]
            yield from (*chain.a, *chain.b, chain.carry)

    def inner(self, chain: Chain, width: int) -> Inner | None:
        """The operand of the lowest ``width`` bits of ``chain`` that is a sum of its own and read
        by nothing else.
        """
        for operand, other in ((chain.a, chain.b), (chain.b, chain.a)):
            places = [self._place(x) for x in operand[:width]]
            top, inverted = places[-1], operand[width - 1] & 1
            if top is None or top.bit >= width:
                continue
            offset = width - 1 - top.bit
            wanted = [Sum(top.chain, k) for k in range(top.bit + 1)]
            alone = all(
                self._is_alone(operand[k], chain.propagate[k]) for k in range(offset, width)
            )
            if (
                places[offset:] == wanted
                and alone
                and all(x & 1 == inverted for x in operand[offset:width])
            ):
                return Inner(
                    self.net.chains[top.chain], offset, operand[:width], other[:width], inverted
                )
        return None

    def _place(self, x: int) -> Sum | None:
        origin = self.net.origins[x >> 1]
        return origin if isinstance(origin, Sum) else None

    def _is_alone(self, x: int, propagate: int) -> bool:
        return self.others[x >> 1] == 1 and self.functions[x >> 1] <= {propagate >> 1}


def is_worth(net: Net, columns: Sequence[Sequence[int]]) -> bool:
    """Whether each bit of a sum of three fits a LUT6_2."""
    return net.pairs and all(len(leaves(net, column)) <= _INPUTS for column in columns)
