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
        return (self.left, self.left_shift, 1), (
            self.right,
            self.right_shift,
            -1 if self.subtract else 1,
        )


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
        return [tuple(v.tolist()) for v in self._matrix]

    @cached_property
    def _matrix(self) -> NDArray[Any]:
        """The vectors as one array: of Python integers, where 64 bits do not hold what comes of
        them.
        """
        n = len(self.inputs)
        out = np.zeros((n + len(self.adders), n), dtype=object if self._large else np.int64)
        out[range(n), range(n)] = 1
        for i, a in enumerate(self.adders, n):
            left, right = out[a.left] << a.left_shift, out[a.right] << a.right_shift
            out[i] = left - right if a.subtract else left + right
        return out

    @cached_property
    def _large(self) -> bool:
        """Whether a bound on every value, not seeing what cancels, is beyond 62 bits."""
        bounds = [max(abs(x.lo), abs(x.hi), 1) for x in self.inputs]
        for a in self.adders:
            bounds.append((bounds[a.left] << a.left_shift) + (bounds[a.right] << a.right_shift))
        return max(bounds, default=0) >> 62 > 0

    @cached_property
    def transfers(self) -> list[dict[int, int]]:
        """For each node the factors by which it reaches the outputs."""
        out: list[dict[int, int]] = [{} for _ in range(len(self.inputs) + len(self.adders))]
        for k, o in enumerate(self.outputs):
            if o.node is not None:
                out[o.node][k] = (-1 if o.negative else 1) << o.shift
        for i in reversed(range(len(self.inputs), len(out))):
            for node, shift, sign in self.adders[i - len(self.inputs)].operands:
                for k, factor in out[i].items():
                    out[node][k] = out[node].get(k, 0) + ((sign * factor) << shift)
        return out

    def dropped(
        self, i: int, lsbs: Sequence[int], lsb: int | None = None
    ) -> list[tuple[int, Interval]]:
        """What adder ``i`` drops of its operands, each with its sign, if the nodes' last bits were
        ``lsbs``.
        """
        a = self.adders[i - len(self.inputs)]
        last = lsbs[i] if lsb is None else lsb
        return [(sign, lost(lsbs[n] + s, last)) for n, s, sign in a.operands]

    @cached_property
    def cuts(self) -> list[Interval]:
        """For each node the interval of what dropped bits changed."""
        out = [Interval(0, 0)] * len(self.inputs)
        for i, a in enumerate(self.adders, len(self.inputs)):
            (_, x), (_, y) = self.dropped(i, self.lsbs)
            left, right = (out[a.left] << a.left_shift) + x, (out[a.right] << a.right_shift) + y
            out.append(left - right if a.subtract else left + right)
        return out

    @cached_property
    def lsbs(self) -> list[int]:
        """The weight exponent of the last bit of each node."""
        return [0] * len(self.inputs) + [a.lsb for a in self.adders]

    @cached_property
    def exact(self) -> list[Interval]:
        """The interval of each node if no bit were dropped."""
        v = self._matrix
        ends = np.array([[x.lo for x in self.inputs], [x.hi for x in self.inputs]], dtype=v.dtype)
        up, down = np.maximum(v, 0), np.minimum(v, 0)
        low, high = up @ ends[0] + down @ ends[1], up @ ends[1] + down @ ends[0]
        return [
            Interval(int(lo), int(hi)) for lo, hi in zip(low.tolist(), high.tolist(), strict=True)
        ]

    @cached_property
    def ranges(self) -> list[Interval]:
        """Every raw value that each node can take: exact where no bit was dropped, else at most a
        bound.
        """
        out = []
        if not any(self.lsbs):
            return self.exact
        for whole, cut, lsb in zip(self.exact, self.cuts, self.lsbs, strict=True):
            out.append(Interval(-(-(whole.lo + cut.lo) >> lsb), (whole.hi + cut.hi) >> lsb))
        return out

    @cached_property
    def depths(self) -> list[int]:
        """Adders on the longest path to each node."""
        out = [0] * len(self.inputs)
        for a in self.adders:
            out.append(1 + max(out[a.left], out[a.right]))
        return out

    @cached_property
    def error(self) -> tuple[Interval, ...]:
        """Per output the interval of (computed - wanted)."""
        out = [
            span(self._off(o, row), self.inputs)
            for o, row in zip(self.outputs, self.matrix, strict=True)
        ]
        for i in range(len(self.inputs), len(self.lsbs)):
            for sign, cut in self.dropped(i, self.lsbs):
                if cut.lo:
                    for k, factor in self.transfers[i].items():
                        out[k] = out[k] + cut * Interval(sign * factor, sign * factor)
        return tuple(out)

    def _off(self, o: Output, row: Vector) -> Vector:
        """How far the coefficients of an output are from those wanted."""
        if o.node is None:
            return tuple(-c for c in row)
        have = ((-c if o.negative else c) << o.shift for c in self.vectors[o.node])
        return tuple(h - c for h, c in zip(have, row, strict=True))

    @cached_property
    def widths(self) -> list[int]:
        """The bits of each node."""
        return [bits(r) for r in self.ranges]

    @cached_property
    def users(self) -> list[list[int]]:
        """For each node the adders that read it."""
        out: list[list[int]] = [[] for _ in self.lsbs]
        for i, a in enumerate(self.adders, len(self.inputs)):
            for node in {a.left, a.right}:
                out[node].append(i)
        return out

    @property
    def offsets(self) -> tuple[Fraction, ...]:
        """Per output what to subtract from it so that the error is as far below zero as above."""
        return tuple(Fraction(e.lo + e.hi, 2) for e in self.error)

    @property
    def count(self) -> int:
        """Adders and negations."""
        return len(self.adders) + len({(o.node, o.shift) for o in self.outputs if o.negative})

    @property
    def depth(self) -> int:
        """Adders on the longest path to an output."""
        return max(
            (self.depths[o.node] + o.negative for o in self.outputs if o.node is not None),
            default=0,
        )

    @cached_property
    def luts(self) -> int:
        """An estimate: one LUT for each one-bit adder."""
        negated = {o.node for o in self.outputs if o.node is not None and o.negative}
        spans = (self.span(i) for i in range(len(self.inputs), len(self.ranges)))
        return sum(spans) + sum(bits(self.ranges[n]) for n in negated)

    def span(self, node: int) -> int:
        """The bits of an adder's carry chain: those where its operands overlap, and those above."""
        a = self.adders[node - len(self.inputs)]
        low = [max(0, self.lsbs[n] + s - a.lsb) for n, s, _ in a.operands]
        return chain(a, low, [self.ranges[n] for n, _, _ in a.operands], self.ranges[node])

    def nodes(self, x: Sequence[int]) -> list[int]:
        """The raw value of every node for one vector, or for arrays of values."""
        values = list(x)
        for a in self.adders:
            left, right = (moved(values[n], self.lsbs[n] + s - a.lsb) for n, s, _ in a.operands)
            values.append(left - right if a.subtract else left + right)
        return values

    def evaluate(self, x: Sequence[int]) -> list[int]:
        """The outputs for one vector, or for arrays of values: whole numbers, with what dropped
        bits cost.
        """
        values = self.nodes(x)
        return [_output(values, self.lsbs, o) for o in self.outputs]

    def __str__(self) -> str:
        return "\n".join(self._lines())

    def _lines(self) -> Iterator[str]:
        for i, a in enumerate(self.adders, len(self.inputs)):
            r, sign = self.ranges[i], "-" if a.subtract else "+"
            text = f"{_shifted(a.left, a.left_shift)} {sign} {_shifted(a.right, a.right_shift)}"
            yield f"%{i} = {text} : [{r.lo}, {r.hi}]" + (f" * 2^{a.lsb}" if a.lsb else "")
        for k, o in enumerate(self.outputs):
            yield (
                f"y{k} = 0"
                if o.node is None
                else f"y{k} = {'-' * o.negative}{_shifted(o.node, o.shift)}"
            )


def _shifted(node: int, shift: int) -> str:
    return f"(%{node} << {shift})" if shift else f"%{node}"


def moved(value: int, shift: int) -> int:
    """``value * 2**shift`` rounded down."""
    return value << shift if shift >= 0 else value >> -shift


def _output(values: list[int], lsbs: list[int], o: Output) -> int:
    if o.node is None:
        return values[0] * 0 if values else 0
    value = values[o.node] << (o.shift + lsbs[o.node])
    return -value if o.negative else value


def lost(have: int, lsb: int) -> Interval:
    """What a value whose last bit weighs ``2**have`` loses below ``2**lsb``."""
    return Interval(min(0, (1 << have) - (1 << lsb)), 0)


def span(v: Sequence[int], inputs: Sequence[Interval]) -> Interval:
    """The exact interval of ``sum(v_i * x_i)``."""
    ends = [(c * x.lo, c * x.hi) for c, x in zip(v, inputs, strict=True)]
    return Interval(sum(min(e) for e in ends), sum(max(e) for e in ends))


def bits(r: Interval) -> int:
    """The width of the narrowest two's complement or unsigned format for ``r``."""
    return (
        r.hi.bit_length()
        if r.lo >= 0
        else 1 + max(r.hi.bit_length() if r.hi > 0 else 0, (~r.lo).bit_length())
    )


def chain(a: Adder, low: Sequence[int], operands: Sequence[Interval], total: Interval) -> int:
    """The one-bit adders of ``a``; ``low`` are the empty low bits of its operands."""
    if a.subtract:
        return max(1, bits(total) - low[1])
    for here, other in ((0, 1), (1, 0)):
        if operands[here].lo >= 0 and low[here] + bits(operands[here]) <= low[other]:
            return 0  # side by side: only wires
    return max(1, bits(total) - max(low))
