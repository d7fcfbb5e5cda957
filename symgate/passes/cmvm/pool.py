"""The values that exist so far: each linear form once, up to its sign and powers of two."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import NamedTuple

from symgate.ir.domains import Interval
from symgate.passes.cmvm.graph import ZERO, Adder, AdderGraph, Output, Vector, bits


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
        self.widths = [bits(port) for port in inputs]
        self._index = {
            self._canonical(packed)[0]: Digit(i, 0, 1) for i, packed in enumerate(self.packed)
        }

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

    def _packed(self, adder: Adder) -> int:
        packed: int = adder.total(self.packed[adder.left], self.packed[adder.right])
        return packed

    def _canonical(self, packed: int) -> tuple[tuple[int, int], int, int]:
        """The same key for all multiples by powers of two and their negatives; the power and the
        sign.
        """
        zeros = (packed & -packed).bit_length() - 1
        first, shift = divmod(zeros, self.room)
        return (first, abs(packed) >> zeros), shift, -1 if packed < 0 else 1

    def _append(self, adder: Adder, packed: int) -> int:
        self.adders.append(adder)
        self.packed.append(packed)
        self.depths.append(1 + max(self.depths[adder.left], self.depths[adder.right]))
        self.ranges.append(adder.total(self.ranges[adder.left], self.ranges[adder.right]))
        self.widths.append(bits(self.ranges[-1]))
        return len(self.packed) - 1

    def graph(self, outputs: Sequence[Digit | None], matrix: tuple[Vector, ...]) -> AdderGraph:
        """What the outputs need, in order."""
        ends = tuple(_output(digit) for digit in outputs)
        return tidy(AdderGraph(self.inputs, tuple(self.adders), ends, matrix))


def _output(digit: Digit | None) -> Output:
    return ZERO if digit is None else Output(digit.node, digit.position, digit.sign < 0)


def room_of(rows: Sequence[Vector]) -> int:
    """Bits for a coefficient of any value that sums and differences of ``rows`` may need."""
    largest = max((abs(coefficient) for row in rows for coefficient in row), default=0)
    return largest.bit_length() + len(rows).bit_length() + 16


def tidy(graph: AdderGraph) -> AdderGraph:
    """``graph`` without adders that no output needs."""
    n = len(graph.inputs)
    live = {output.node for output in graph.outputs}
    for i, adder in reversed(list(enumerate(graph.adders, n))):
        if i in live:
            live.update((adder.left, adder.right))
    new = {i: i for i in range(n)}
    kept: list[Adder] = []
    for i, adder in enumerate(graph.adders, n):
        if i in live:
            new[i] = n + len(kept)
            kept.append(replace(adder, left=new[adder.left], right=new[adder.right]))
    ends = tuple(
        output if output.node is None else replace(output, node=new[output.node])
        for output in graph.outputs
    )
    return replace(graph, adders=tuple(kept), outputs=ends)
