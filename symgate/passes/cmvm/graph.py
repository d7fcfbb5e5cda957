"""The result of the search: a list of shift-and-add nodes with exact intervals, and what it costs.

Values are whole numbers. Node ``i < inputs`` is input ``i``; the adders follow. A node holds
``raw``, which stands for ``raw * 2**lsb``: ``lsb`` is 0 unless low bits were dropped inside the
graph.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from symgate.ir.domains import Interval

Vector = tuple[int, ...]  # one coefficient per input


@dataclass(frozen=True, slots=True)
class Adder:
    """``(left << left_shift) + (right << right_shift)``, or their difference, without the bits
    below ``lsb``.

    Each operand loses its bits below ``2**lsb`` before it is added, so the adder has no carries out
    of them.
    """

    left: int
    right: int
    left_shift: int
    right_shift: int
    subtract: bool
    lsb: int = 0

    @property
    def operands(self) -> tuple[tuple[int, int, int], tuple[int, int, int]]:
        """(node, shift, sign) of both operands."""
        sign = -1 if self.subtract else 1
        return (self.left, self.left_shift, 1), (self.right, self.right_shift, sign)

    def total(self, left: Any, right: Any) -> Any:
        """The sum or the difference of two values of the operands, or of what else can be shifted."""
        left, right = left << self.left_shift, right << self.right_shift
        return left - right if self.subtract else left + right


@dataclass(frozen=True, slots=True)
class Output:
    """``node << shift``, or its negative; ``node`` is None for zero."""

    node: int | None
    shift: int
    negative: bool


ZERO = Output(None, 0, False)


@dataclass(frozen=True)
class AdderGraph:
    """A constant matrix times a vector as shifts and adds.

    ``error`` holds, per output, the interval of (computed - wanted) in whole numbers, 0 and 0 where
    it is exact; ``matrix`` is what was asked for, so the coefficients that the graph has may differ
    from it within a budget.
    """

    inputs: tuple[Interval, ...]
    adders: tuple[Adder, ...]
    outputs: tuple[Output, ...]
    matrix: tuple[Vector, ...]
    seed: int = field(default=0, compare=False)

    @cached_property
    def vectors(self) -> list[Vector]:
        """For each node the coefficients that it would have if no bit were dropped."""
        return [tuple(row.tolist()) for row in self._matrix]

    @cached_property
    def _matrix(self) -> NDArray[Any]:
        """The vectors as one array: of Python integers, where 64 bits do not hold what comes of
        them.
        """
        n = len(self.inputs)
        rows = np.zeros((n + len(self.adders), n), dtype=object if self._large else np.int64)
        rows[range(n), range(n)] = 1
        for i, adder in enumerate(self.adders, n):
            rows[i] = adder.total(rows[adder.left], rows[adder.right])
        return rows

    @cached_property
    def _large(self) -> bool:
        """Whether a bound on every value, not seeing what cancels, is beyond 62 bits."""
        bounds = [max(abs(x.lo), abs(x.hi), 1) for x in self.inputs]
        for adder in self.adders:
            bounds.append(
                (bounds[adder.left] << adder.left_shift)
                + (bounds[adder.right] << adder.right_shift)
            )
        return max(bounds, default=0) >> 62 > 0

    @cached_property
    def transfers(self) -> list[dict[int, int]]:
        """For each node the factors by which it reaches the outputs."""
        factors: list[dict[int, int]] = [{} for _ in range(len(self.inputs) + len(self.adders))]
        for k, output in enumerate(self.outputs):
            if output.node is not None:
                factors[output.node][k] = (-1 if output.negative else 1) << output.shift
        for i in reversed(range(len(self.inputs), len(factors))):
            for node, shift, sign in self.adders[i - len(self.inputs)].operands:
                for k, factor in factors[i].items():
                    factors[node][k] = factors[node].get(k, 0) + ((sign * factor) << shift)
        return factors

    def dropped(
        self, i: int, lsbs: Sequence[int], lsb: int | None = None
    ) -> list[tuple[int, Interval]]:
        """What adder ``i`` drops of its operands, each with its sign, if the nodes' last bits were
        ``lsbs``.
        """
        adder = self.adders[i - len(self.inputs)]
        last = lsbs[i] if lsb is None else lsb
        return [(sign, lost(lsbs[n] + shift, last)) for n, shift, sign in adder.operands]

    @cached_property
    def cuts(self) -> list[Interval]:
        """For each node the interval of what dropped bits changed."""
        found = [Interval(0, 0)] * len(self.inputs)
        for i, adder in enumerate(self.adders, len(self.inputs)):
            (_, left_loss), (_, right_loss) = self.dropped(i, self.lsbs)
            left = (found[adder.left] << adder.left_shift) + left_loss
            right = (found[adder.right] << adder.right_shift) + right_loss
            found.append(left - right if adder.subtract else left + right)
        return found

    @cached_property
    def lsbs(self) -> list[int]:
        """The weight exponent of the last bit of each node."""
        return [0] * len(self.inputs) + [adder.lsb for adder in self.adders]

    @cached_property
    def exact(self) -> list[Interval]:
        """The interval of each node if no bit were dropped."""
        rows = self._matrix
        least = np.array([x.lo for x in self.inputs], dtype=rows.dtype)
        most = np.array([x.hi for x in self.inputs], dtype=rows.dtype)
        up, down = np.maximum(rows, 0), np.minimum(rows, 0)
        low, high = up @ least + down @ most, up @ most + down @ least
        ends = zip(low.tolist(), high.tolist(), strict=True)
        return [Interval(int(lo), int(hi)) for lo, hi in ends]

    @cached_property
    def ranges(self) -> list[Interval]:
        """Every raw value that each node can take: exact where no bit was dropped, else at most a
        bound.
        """
        if not any(self.lsbs):
            return self.exact
        found = []
        for whole, cut, lsb in zip(self.exact, self.cuts, self.lsbs, strict=True):
            found.append(Interval(-(-(whole.lo + cut.lo) >> lsb), (whole.hi + cut.hi) >> lsb))
        return found

    @cached_property
    def depths(self) -> list[int]:
        """Adders on the longest path to each node."""
        found = [0] * len(self.inputs)
        for adder in self.adders:
            found.append(1 + max(found[adder.left], found[adder.right]))
        return found

    @cached_property
    def error(self) -> tuple[Interval, ...]:
        """Per output the interval of (computed - wanted)."""
        wanted = zip(self.outputs, self.matrix, strict=True)
        errors = [span(self._difference(output, row), self.inputs) for output, row in wanted]
        for i in range(len(self.inputs), len(self.lsbs)):
            for sign, cut in self.dropped(i, self.lsbs):
                if cut.lo:
                    for k, factor in self.transfers[i].items():
                        errors[k] = errors[k] + cut * Interval(sign * factor, sign * factor)
        return tuple(errors)

    def _difference(self, output: Output, row: Vector) -> Vector:
        """How far the coefficients of an output are from those wanted."""
        if output.node is None:
            return tuple(-wanted for wanted in row)
        sign = -1 if output.negative else 1
        pairs = zip(self.vectors[output.node], row, strict=True)
        return tuple((sign * have << output.shift) - wanted for have, wanted in pairs)

    @cached_property
    def widths(self) -> list[int]:
        """The bits of each node."""
        return [bits(reach) for reach in self.ranges]

    @cached_property
    def users(self) -> list[list[int]]:
        """For each node the adders that read it."""
        found: list[list[int]] = [[] for _ in self.lsbs]
        for i, adder in enumerate(self.adders, len(self.inputs)):
            for node in {adder.left, adder.right}:
                found[node].append(i)
        return found

    @property
    def offsets(self) -> tuple[Fraction, ...]:
        """Per output what to subtract from it so that the error is as far below zero as above."""
        return tuple(Fraction(error.lo + error.hi, 2) for error in self.error)

    @property
    def count(self) -> int:
        """Adders and negations."""
        negated = {(output.node, output.shift) for output in self.outputs if output.negative}
        return len(self.adders) + len(negated)

    @property
    def depth(self) -> int:
        """Adders on the longest path to an output."""
        return max((self.depths[node] + negative for node, negative in self._ends()), default=0)

    def _ends(self) -> Iterator[tuple[int, bool]]:
        """The nodes of the outputs that are not zero, and whether they are negated."""
        for output in self.outputs:
            if output.node is not None:
                yield output.node, output.negative

    @cached_property
    def luts(self) -> int:
        """An estimate: one LUT for each one-bit adder."""
        negated = {node for node, negative in self._ends() if negative}
        spans = (self.span(i) for i in range(len(self.inputs), len(self.ranges)))
        return sum(spans) + sum(bits(self.ranges[n]) for n in negated)

    def span(self, node: int) -> int:
        """The bits of an adder's carry chain: those where its operands overlap, and those above."""
        adder = self.adders[node - len(self.inputs)]
        low = [max(0, self.lsbs[n] + shift - adder.lsb) for n, shift, _ in adder.operands]
        return chain(adder, low, [self.ranges[n] for n, _, _ in adder.operands], self.ranges[node])

    def nodes(self, x: Sequence[int]) -> list[int]:
        """The raw value of every node for one vector, or for arrays of values."""
        values = list(x)
        for adder in self.adders:
            shifts = [(n, self.lsbs[n] + shift - adder.lsb) for n, shift, _ in adder.operands]
            left, right = (move(values[n], shift) for n, shift in shifts)
            values.append(left - right if adder.subtract else left + right)
        return values

    def evaluate(self, x: Sequence[int]) -> list[int]:
        """The outputs for one vector, or for arrays of values: whole numbers, with what dropped
        bits cost.
        """
        values = self.nodes(x)
        return [_output(values, self.lsbs, output) for output in self.outputs]

    def __str__(self) -> str:
        return "\n".join(self._lines())

    def _lines(self) -> Iterator[str]:
        for i, adder in enumerate(self.adders, len(self.inputs)):
            reach, sign = self.ranges[i], "-" if adder.subtract else "+"
            left = _text(adder.left, adder.left_shift)
            right = _text(adder.right, adder.right_shift)
            unit = f" * 2^{adder.lsb}" if adder.lsb else ""
            yield f"%{i} = {left} {sign} {right} : [{reach.lo}, {reach.hi}]{unit}"
        for k, output in enumerate(self.outputs):
            if output.node is None:
                yield f"y{k} = 0"
            else:
                yield f"y{k} = {'-' * output.negative}{_text(output.node, output.shift)}"


def _text(node: int, shift: int) -> str:
    return f"(%{node} << {shift})" if shift else f"%{node}"


def move(value: int, shift: int) -> int:
    """``value * 2**shift`` rounded down."""
    return value << shift if shift >= 0 else value >> -shift


def _output(values: list[int], lsbs: list[int], output: Output) -> int:
    if output.node is None:
        return values[0] * 0 if values else 0
    value = values[output.node] << (output.shift + lsbs[output.node])
    return -value if output.negative else value


def lost(have: int, lsb: int) -> Interval:
    """What a value whose last bit weighs ``2**have`` loses below ``2**lsb``."""
    return Interval(min(0, (1 << have) - (1 << lsb)), 0)


def span(coefficients: Sequence[int], inputs: Sequence[Interval]) -> Interval:
    """The exact interval of the sum of ``coefficients`` times ``inputs``."""
    terms = zip(coefficients, inputs, strict=True)
    ends = [(factor * x.lo, factor * x.hi) for factor, x in terms]
    return Interval(sum(min(pair) for pair in ends), sum(max(pair) for pair in ends))


def bits(reach: Interval) -> int:
    """The width of the narrowest two's complement or unsigned format for ``reach``."""
    if reach.lo >= 0:
        return reach.hi.bit_length()
    return 1 + max(max(0, reach.hi).bit_length(), (~reach.lo).bit_length())


def chain(adder: Adder, low: Sequence[int], operands: Sequence[Interval], total: Interval) -> int:
    """The one-bit adders of ``adder``; ``low`` are the empty low bits of its operands."""
    if adder.subtract:
        return max(1, bits(total) - low[1])
    for here, other in ((0, 1), (1, 0)):
        if operands[here].lo >= 0 and low[here] + bits(operands[here]) <= low[other]:
            return 0  # side by side: only wires
    return max(1, bits(total) - max(low))
