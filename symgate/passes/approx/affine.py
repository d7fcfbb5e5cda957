"""Reductions that take a cheap exact part away: low bits that do not matter, constant tails, a
shifted input.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from symgate.ir.fixed import Builder
from symgate.passes.approx.base import BIG, Candidate, Generator, Ints, Spec, bits, whole
from symgate.passes.approx.cost import carry_delay
from symgate.passes.approx.fit import Windows, least_squares
from symgate.passes.approx.front import front


@dataclass(frozen=True, eq=False)
class Reduced:
    """A candidate around ``inner``, a function of ``m`` of the ``n`` input bits."""

    n: int
    m: int
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
        return f"top{self.m}({self.inner.name})"

    def values(self) -> Ints:
        return np.repeat(self.inner.values(), 1 << (self.n - self.m))

    def lower(self, b: Builder, x: int) -> int:
        return self.inner.lower(b, bits(b, whole(b, x), self.n - 1, self.n - self.m))


@dataclass(frozen=True)
class DropLow:
    """As few low bits of the input as the windows of neighbouring codes let pass."""

    inner: tuple[Generator, ...]

    def __call__(self, spec: Spec) -> Iterator[Candidate]:
        lo, hi = spec.lo, spec.hi
        while lo.size > 2:
            low, high = lo.reshape(-1, 2).max(1), hi.reshape(-1, 2).min(1)
            if (low > high).any():
                break
            lo, hi = low, high
        m = lo.size.bit_length() - 1
        if m < spec.n:
            for c in front(Spec(m, False, lo, hi), self.inner):
                yield Coarse(spec.n, m, c)


@dataclass(frozen=True, eq=False)
class Tailed(Reduced):
    """``inner`` of the low bits where the others are all 0 (or all 1, with ``high``), else the
    constant ``tail``.
    """

    tail: int
    high: bool

    @property
    def name(self) -> str:
        return f"tail({self.inner.name})"

    @property
    def luts(self) -> float:
        return (
            self.inner.luts
            + len(format(max(abs(int(v)) for v in self.inner.values()), "b")) / 2
            + 1
        )

    @property
    def delay(self) -> float:
        return self.inner.delay + 0.35

    def values(self) -> Ints:
        out = np.full(1 << self.n, self.tail, dtype=np.int64)
        size = 1 << self.m
        out[-size if self.high else 0 : None if self.high else size] = self.inner.values()
        return out

    def lower(self, b: Builder, x: int) -> int:
        x = whole(b, x)
        top = bits(b, x, self.n - 1, self.m)
        every = (1 << (self.n - self.m)) - 1
        inside = b.table(
            top,
            [int(v == (every if self.high else 0)) for v in range(1 << b.nodes[top].type.width)],
        )
        return b.select(inside, self.inner.lower(b, bits(b, x, self.m - 1, 0)), b.const(self.tail))


@dataclass(frozen=True)
class Tails:
    """A constant for all codes but the lowest or the highest 2^m, as for functions that saturate."""

    inner: tuple[Generator, ...]

    def __call__(self, spec: Spec) -> Iterator[Candidate]:
        for high in (False, True):
            lo, hi = (np.flip(w) if high else w for w in (spec.lo, spec.hi))
            for m in range(1, spec.n):
                low, top = int(lo[1 << m :].max()), int(hi[1 << m :].min())
                if low <= top:
                    part = slice(-1 << m, None) if high else slice(0, 1 << m)
                    inner = Spec(m, False, spec.lo[part], spec.hi[part])
                    tail = min(max(0, low), top)
                    for c in front(inner, self.inner):
                        yield Tailed(spec.n, m, c, tail, high)
                    break


@dataclass(frozen=True, eq=False)
class Tilted(Reduced):
    """``inner + sign * (x << shift)``, or ``x >> -shift``."""

    sign: int
    shift: int
    width: int

    @property
    def name(self) -> str:
        return f"{'+' if self.sign > 0 else '-'}x<<{self.shift}({self.inner.name})"

    @property
    def luts(self) -> float:
        return self.inner.luts + self.width

    @property
    def delay(self) -> float:
        return self.inner.delay + carry_delay(self.width)

    def values(self) -> Ints:
        return self.inner.values() + tilt(self.n, self.sign, self.shift)

    def lower(self, b: Builder, x: int) -> int:
        x = whole(b, x)
        part = (
            whole(b, b.shl(x, self.shift))
            if self.shift >= 0
            else bits(b, x, self.n - 1, -self.shift)
        )
        inner = self.inner.lower(b, x)
        return b.add(inner, part) if self.sign > 0 else b.sub(inner, part)


def tilt(n: int, sign: int, shift: int) -> Ints:
    """``sign * (x << shift)`` for every code."""
    x = np.arange(1 << n, dtype=np.int64)
    return sign * (x << shift if shift >= 0 else x >> -shift)


@dataclass(frozen=True)
class TakeInput:
    """The input, shifted by a power of two near the mean slope, is added after a function of fewer
    output bits.
    """

    inner: tuple[Generator, ...]
    max_bits: int = 10  # above, other generators win

    def __call__(self, spec: Spec) -> Iterator[Candidate]:
        w = Windows(spec)
        if spec.n > self.max_bits or spec.free.all():
            return
        x = np.arange(1 << spec.n, dtype=np.float64)
        slope, _ = least_squares(w.weight, w.middle, x, np.zeros(1, dtype=np.int64))
        if abs(slope[0]) < 2.0**-spec.n:
            return
        near = int(np.floor(np.log2(abs(slope[0]))))
        sign = 1 if slope[0] > 0 else -1
        for shift in (near, near + 1):
            if -spec.n < shift < 12:
                yield from self._with(spec, sign, shift)

    def _with(self, spec: Spec, sign: int, shift: int) -> Iterator[Candidate]:
        away = np.where(spec.free, 0, tilt(spec.n, sign, shift))
        lo, hi = (
            np.where(spec.free, -BIG, spec.bounded[0] - away),
            np.where(spec.free, BIG, spec.bounded[1] - away),
        )
        inner = Spec(spec.n, False, lo, hi)
        if inner.format.width < spec.format.width - 1:
            for c in front(inner, self.inner):
                yield Tilted(spec.n, spec.n, c, sign, shift, spec.format.width)
