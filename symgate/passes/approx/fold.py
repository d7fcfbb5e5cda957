"""Reductions to half the codes: symmetry about any of three centres, with or without a change of
sign, and unused bits.

Each only intersects windows, so a symmetry need not hold exactly, only within the windows.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from symgate.ir.fixed import Builder
from symgate.ir.lossy import wrap_raw
from symgate.ir.types import FixedType
from symgate.passes.approx.base import (
    BIG,
    Bound,
    Candidate,
    Generator,
    Ints,
    Spec,
    as_ints,
    bits,
    flip,
    invert_if,
    whole,
)
from symgate.passes.approx.front import front
from symgate.passes.approx.table_cost import LEVEL_NS, carry_delay

REPEAT, MIRROR, NEGATE = "repeat", "mirror", "negate"


def partners(n: int, how: str) -> Ints:
    """For every code of the upper half, the code of the lower half that stands for it.

    The top bit is dropped (``repeat``), or the others are inverted too (``mirror``: about the
    middle), or counted down (``negate``: about the code 2^(n-1), which itself has no partner and is
    read as 0).
    """
    half = 1 << (n - 1)
    low = np.arange(half, dtype=np.int64)
    return {REPEAT: low, MIRROR: half - 1 - low, NEGATE: -low % half}[how]


@dataclass(frozen=True, eq=False)
class Folded:
    """``inner`` of the lower half; in the other half its result ``t`` or, with ``about``, ``about -
    t``.

    ``centre`` is the value at code 2^(n-1) where that has no partner.
    """

    n: int
    how: str
    inner: Candidate
    about: int | None
    centre: int | None
    out: FixedType

    @property
    def name(self) -> str:
        sign = "" if self.about is None else "-"
        return f"{self.how}{sign}({self.inner.name})"

    @property
    def _exact(self) -> bool:
        """Whether ``about - t`` only inverts the bits of ``t``."""
        return self.about is None or self.about == _inverting(self.out)

    @property
    def luts(self) -> float:
        return self.inner.luts + fold_luts(self.n, self.how, self.about, self.centre, self.out)

    @property
    def delay(self) -> float:
        levels = (self.how != REPEAT) + (self.about is not None)
        own = levels * LEVEL_NS
        adders = (self.how == NEGATE) + (not self._exact)
        return self.inner.delay + own + adders * carry_delay(self.n)

    @property
    def brams(self) -> int:
        return self.inner.brams

    @property
    def dsps(self) -> int:
        return self.inner.dsps

    def values(self) -> Ints:
        lower_half = self.inner.values()
        other = lower_half[partners(self.n, self.how)]
        if self.about is not None:
            other = self.about - other
        result = np.concatenate([lower_half, other])
        if self.centre is not None:
            result[lower_half.size] = self.centre
        # codes that do not matter may not fit
        return as_ints(wrap_raw(result, self.out.width, int(self.out.signed)))

    def lower(self, builder: Builder, x: int) -> int:
        x = whole(builder, x)
        top, low = bits(builder, x, self.n - 1, self.n - 1), bits(builder, x, self.n - 2, 0)
        if self.how == MIRROR:
            low = invert_if(builder, top, low, self.n - 1)
        elif self.how == NEGATE:
            count = builder.add(invert_if(builder, top, low, self.n - 1), top)
            low = bits(builder, count, self.n - 2, 0)
        result = self.inner.lower(builder, low)
        if self.about is not None:
            result = builder.select(top, self._other(builder, result), result)
        if self.centre is not None:
            middle = builder.emit("and", top, builder.emit("eq", low, builder.const(0)))
            result = builder.select(middle, builder.const(self.centre), result)
        return builder.wrap(result, self.out.width, self.out.signed)

    def _other(self, builder: Builder, result: int) -> int:
        """``about - t``."""
        if not self._exact:
            return builder.sub(builder.const(self.about or 0), result)
        return builder.invert(result) if self.out.signed else flip(builder, result, self.out.width)


def fold_luts(n: int, how: str, about: int | None, centre: int | None, out: FixedType) -> float:
    """LUTs of all of a `Folded` of ``n`` bits but what it is around."""
    change = {REPEAT: 0.0, MIRROR: 0.5 * (n - 1), NEGATE: n - 1.0}[how]
    patch = 0.0 if centre is None else n / 5  # a LUT sees five bits and a carry
    is_plain = about is None and centre is None
    return change + patch + (0 if is_plain else out.width)


@dataclass(frozen=True)
class Fold:
    """Half the codes where the windows of both halves meet: ``f(x')`` or ``about - f(x')`` serves
    both.

    Covers even and odd functions, half waves (``f(x + half) = -f(x)``), functions such as the
    sigmoid (``1 - f(-x)``), and a top bit that does not matter.
    """

    how: str
    inner: tuple[Generator, ...]

    def __call__(self, spec: Spec, bound: Bound | None = None) -> Iterator[Folded]:
        if spec.n < 3:
            return
        half = 1 << (spec.n - 1)
        back = np.argsort(partners(spec.n, self.how))
        (lo1, lo2), (hi1, hi2) = (np.split(windows, [half]) for windows in spec.bounded)
        free1, free2 = np.split(spec.free, [half])
        lo2, hi2, free2, centre = lo2[back], hi2[back], free2[back], None
        if self.how == NEGATE:
            centre = max(int(lo2[0]), min(int(hi2[0]), 0))
            lo2[0], hi2[0], free2[0] = lo1[0], hi1[0], free1[0]
        about = None
        if bool((np.maximum(lo1, lo2) > np.minimum(hi1, hi2)).any()):
            if self.how == NEGATE:  # code 0 has no partner
                lo2[0], hi2[0] = -BIG, BIG
            if (about := _common_sum(spec, lo1 + lo2, hi1 + hi2)) is None:
                return
            lo2, hi2 = about - hi2, about - lo2
        both = free1 & free2
        lo, hi = np.maximum(lo1, lo2), np.minimum(hi1, hi2)
        inner = Spec(spec.n - 1, False, np.where(both, -BIG, lo), np.where(both, BIG, hi))
        outside = fold_luts(spec.n, self.how, about, centre, spec.format)
        for candidate in front(inner, self.inner, bound and bound.without(outside)):
            yield Folded(spec.n, self.how, candidate, about, centre, spec.format)


def _common_sum(spec: Spec, low: Ints, high: Ints) -> int | None:
    """A number that pairs of windows can sum to; one that only inverts bits, if possible."""
    first, last = int(low.max()), int(high.min())
    if first > last:
        return None
    inverting = _inverting(spec.format)
    return inverting if first <= inverting <= last else first


def _inverting(out: FixedType) -> int:
    """From what a number is subtracted to invert its bits."""
    return -1 if out.signed else out.hi
