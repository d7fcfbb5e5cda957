"""Reductions that take a cheap exact part away: low bits that do not matter, constant tails, a
shifted input.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from symgate.ir.fixed import Builder
from symgate.passes.approx.base import (
    BIG,
    Bound,
    Candidate,
    Generator,
    Ints,
    Spec,
    bits,
    merge_neighbours,
    whole,
)
from symgate.passes.approx.fit import least_squares, windows_of
from symgate.passes.approx.front import front
from symgate.passes.approx.table_cost import LEVEL_NS, carry_delay


@dataclass(frozen=True, eq=False)
class Reduced:
    """A candidate around ``inner``, a function of ``inner_bits`` of the ``n`` input bits."""

    n: int
    inner_bits: int
    inner: Candidate

    @property
    def luts(self) -> float:
        return self.inner.luts

    @property
    def delay(self) -> float:
        return self.inner.delay

    @property
    def brams(self) -> int:
        return self.inner.brams

    @property
    def dsps(self) -> int:
        return self.inner.dsps


@dataclass(frozen=True, eq=False)
class Coarse(Reduced):
    """``inner`` of the top bits."""

    @property
    def name(self) -> str:
        return f"top{self.inner_bits}({self.inner.name})"

    def values(self) -> Ints:
        return np.repeat(self.inner.values(), 1 << (self.n - self.inner_bits))

    def lower(self, builder: Builder, x: int) -> int:
        top = bits(builder, whole(builder, x), self.n - 1, self.n - self.inner_bits)
        return self.inner.lower(builder, top)


@dataclass(frozen=True)
class DropLow:
    """As few low bits of the input as the windows of neighbouring codes let pass."""

    inner: tuple[Generator, ...]

    def __call__(self, spec: Spec, bound: Bound | None = None) -> Iterator[Candidate]:
        lo, hi = spec.lo, spec.hi
        while lo.size > 2 and (coarser := merge_neighbours(lo, hi)) is not None:
            lo, hi = coarser
        kept = lo.size.bit_length() - 1
        if kept < spec.n:
            for candidate in front(Spec(kept, False, lo, hi), self.inner, bound):
                yield Coarse(spec.n, kept, candidate)


@dataclass(frozen=True, eq=False)
class Tailed(Reduced):
    """``inner`` of the low bits where the others are all 0 (or all 1, with ``high``), else the
    constant ``tail``.

    A bit of the result takes half a LUT to choose, the condition one.
    """

    tail: int
    high: bool

    @property
    def name(self) -> str:
        return f"tail({self.inner.name})"

    @property
    def luts(self) -> float:
        largest = int(np.abs(self.inner.values()).max())
        return self.inner.luts + max(1, largest.bit_length()) / 2 + 1

    @property
    def delay(self) -> float:
        return self.inner.delay + LEVEL_NS

    def values(self) -> Ints:
        result = np.full(1 << self.n, self.tail, dtype=np.int64)
        result[_end(self.inner_bits, self.high)] = self.inner.values()
        return result

    def lower(self, builder: Builder, x: int) -> int:
        x = whole(builder, x)
        top = bits(builder, x, self.n - 1, self.inner_bits)
        wanted = (1 << (self.n - self.inner_bits)) - 1 if self.high else 0
        numbers = range(1 << builder.nodes[top].type.width)
        inside = builder.table(top, [int(number == wanted) for number in numbers])
        result = self.inner.lower(builder, bits(builder, x, self.inner_bits - 1, 0))
        return builder.select(inside, result, builder.const(self.tail))


def _end(kept: int, high: bool) -> slice:
    """The lowest ``2**kept`` codes, or the highest."""
    return slice(-1 << kept, None) if high else slice(0, 1 << kept)


@dataclass(frozen=True)
class Tails:
    """A constant for all codes but the lowest or the highest 2^k, as for functions that saturate."""

    inner: tuple[Generator, ...]

    def __call__(self, spec: Spec, bound: Bound | None = None) -> Iterator[Candidate]:
        for high in (False, True):
            found = self._shortest(spec, high)
            if found is None:
                continue
            kept, tail = found
            part = _end(kept, high)
            inner = Spec(kept, False, spec.lo[part], spec.hi[part])
            for candidate in front(inner, self.inner, bound):
                yield Tailed(spec.n, kept, candidate, tail, high)

    def _shortest(self, spec: Spec, high: bool) -> tuple[int, int] | None:
        """The fewest bits without which all codes have an output in common, and that output."""
        lo, hi = spec.lo, spec.hi
        if high:
            lo, hi = np.flip(lo), np.flip(hi)
        for kept in range(1, spec.n):
            low, top = int(lo[1 << kept :].max()), int(hi[1 << kept :].min())
            if low <= top:
                return kept, min(max(0, low), top)
        return None


@dataclass(frozen=True, eq=False)
class Tilted(Reduced):
    """``inner + sign * (x << shift)``, or ``x >> -shift``."""

    sign: int
    shift: int
    width: int

    @property
    def name(self) -> str:
        sign = "+" if self.sign > 0 else "-"
        return f"{sign}x<<{self.shift}({self.inner.name})"

    @property
    def luts(self) -> float:
        return self.inner.luts + self.width

    @property
    def delay(self) -> float:
        return self.inner.delay + carry_delay(self.width)

    def values(self) -> Ints:
        return self.inner.values() + tilt(self.n, self.sign, self.shift)

    def lower(self, builder: Builder, x: int) -> int:
        x = whole(builder, x)
        if self.shift >= 0:
            part = whole(builder, builder.shl(x, self.shift))
        else:
            part = bits(builder, x, self.n - 1, -self.shift)
        inner = self.inner.lower(builder, x)
        return builder.add(inner, part) if self.sign > 0 else builder.sub(inner, part)


def tilt(n: int, sign: int, shift: int) -> Ints:
    """``sign * (x << shift)`` for every code."""
    x = np.arange(1 << n, dtype=np.int64)
    moved = x << shift if shift >= 0 else x >> -shift
    return sign * moved


@dataclass(frozen=True)
class TakeInput:
    """The input, shifted by a power of two near the mean slope, is added after a function of fewer
    output bits.
    """

    inner: tuple[Generator, ...]
    max_bits: int = 10  # above, other generators win
    max_shift: int = 11  # to the left; a function so steep has no narrower rest

    def __call__(self, spec: Spec, bound: Bound | None = None) -> Iterator[Candidate]:
        windows = windows_of(spec)
        if spec.n > self.max_bits or spec.free.all():
            return
        x = np.arange(1 << spec.n, dtype=np.float64)
        slope, _ = least_squares(windows.weight, windows.middle, x, np.zeros(1, dtype=np.int64))
        if abs(slope[0]) < 2.0**-spec.n:
            return
        near = int(np.floor(np.log2(abs(slope[0]))))
        sign = 1 if slope[0] > 0 else -1
        for shift in (near, near + 1):
            if -spec.n < shift <= self.max_shift:
                yield from self._tilt(spec, sign, shift, bound)

    def _tilt(
        self, spec: Spec, sign: int, shift: int, bound: Bound | None
    ) -> Iterator[Candidate]:
        away = np.where(spec.free, 0, tilt(spec.n, sign, shift))
        low, high = spec.bounded
        lo, hi = np.where(spec.free, -BIG, low - away), np.where(spec.free, BIG, high - away)
        inner = Spec(spec.n, False, lo, hi)
        if inner.format.width < spec.format.width - 1:
            within = bound and bound.without(spec.format.width)
            for candidate in front(inner, self.inner, within):
                yield Tilted(spec.n, spec.n, candidate, sign, shift, spec.format.width)
