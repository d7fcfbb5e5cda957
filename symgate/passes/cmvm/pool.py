"""The values that exist so far: each linear form once, up to its sign and powers of two."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from symgate.ir.domains import Interval
from symgate.passes.cmvm.graph import Adder, AdderGraph, Output, Vector, bits


class Digit(NamedTuple):
    """``sign * (node << position)``."""

    node: int
    position: int
    sign: int


class Pool:
    """Inputs and adders with what the search needs to know about them.

    The coefficients of a value are packed into one integer, ``room`` bits each, so that adders add
    those as well.
    """

    def __init__(self, inputs: Sequence[Interval], room: int) -> None:
        n = len(inputs)
        self.inputs = tuple(inputs)
        self.room = room
        self.adders: list[Adder] = []
        self.packed = [1 << (i * room) for i in range(n)]
        self.depths = [0] * n
        self.ranges = list(inputs)
        self.widths = [bits(i) for i in inputs]
        self._index = {self._canonical(v)[0]: Digit(i, 0, 1) for i, v in enumerate(self.packed)}

    def combine(self, x: Digit, y: Digit) -> Digit | None:
        """``x + y`` by an adder or by one that exists; None where it is zero."""
        low = min(x.position, y.position)
        sign = -1 if x.sign < 0 and y.sign < 0 else 1
        if x.sign * sign < 0:
            x, y = y, x
        adder = Adder(x.node, y.node, x.position - low, y.position - low, y.sign * sign < 0)
        packed = self._packed(adder)
        if not packed:
            return None
        key, shift, flip = self._canonical(packed)
        have = self._index.get(key)
        if have is None or low + shift < have.position:
            node = self._append(adder, packed)
            self._index[key] = Digit(node, shift, flip)
            return Digit(node, low, sign)
        return Digit(have.node, low + shift - have.position, sign * flip * have.sign)

    def _packed(self, a: Adder) -> int:
        left, right = self.packed[a.left] << a.left_shift, self.packed[a.right] << a.right_shift
        return left - right if a.subtract else left + right

    def _canonical(self, packed: int) -> tuple[tuple[int, int], int, int]:
        """The same key for all multiples by powers of two and their negatives; the power and the
        sign.
        """
        zeros = (packed & -packed).bit_length() - 1
        first, shift = divmod(zeros, self.room)
        return (first, abs(packed) >> zeros), shift, -1 if packed < 0 else 1

    def _append(self, a: Adder, packed: int) -> int:
        left, right = self.ranges[a.left] << a.left_shift, self.ranges[a.right] << a.right_shift
        self.adders.append(a)
        self.packed.append(packed)
        self.depths.append(1 + max(self.depths[a.left], self.depths[a.right]))
        self.ranges.append(left - right if a.subtract else left + right)
        self.widths.append(bits(self.ranges[-1]))
        return len(self.packed) - 1

    def graph(self, outputs: Sequence[Digit | None], matrix: tuple[Vector, ...]) -> AdderGraph:
        """What the outputs need, in order."""
        ends = [
            Output(None, 0, False) if d is None else Output(d.node, d.position, d.sign < 0)
            for d in outputs
        ]
        return tidy(AdderGraph(self.inputs, tuple(self.adders), tuple(ends), matrix))


def room_of(rows: Sequence[Vector]) -> int:
    """Bits for a coefficient of any value that sums and differences of ``rows`` may need."""
    largest = max((abs(c) for r in rows for c in r), default=0)
    return largest.bit_length() + len(rows).bit_length() + 16


def tidy(g: AdderGraph) -> AdderGraph:
    """``g`` without adders that no output needs."""
    n = len(g.inputs)
    live = {o.node for o in g.outputs}
    for i in reversed(range(len(g.adders))):
        if i + n in live:
            live.update((g.adders[i].left, g.adders[i].right))
    new = {i: i for i in range(n)}
    kept: list[Adder] = []
    for i, a in enumerate(g.adders, n):
        if i in live:
            new[i] = n + len(kept)
            kept.append(
                Adder(new[a.left], new[a.right], a.left_shift, a.right_shift, a.subtract, a.lsb)
            )
    ends = tuple(
        o if o.node is None else Output(new[o.node], o.shift, o.negative) for o in g.outputs
    )
    return AdderGraph(g.inputs, tuple(kept), ends, g.matrix, g.seed)
