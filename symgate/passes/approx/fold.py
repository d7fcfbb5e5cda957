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
from symgate.passes.approx.cost import carry_delay
from symgate.passes.approx.front import front

REPEAT, MIRROR, NEGATE = "repeat", "mirror", "negate"


def folded(n: int, how: str) -> Ints:
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
        return f"{self.how}{'' if self.about is None else '-'}({self.inner.name})"

    @property
    def _exact(self) -> bool:
        """Whether ``about - t`` only inverts the bits of ``t``."""
        return self.about is None or self.about == (-1 if self.out.signed else self.out.hi)

    @property
    def luts(self) -> float:
        change = {REPEAT: 0.0, MIRROR: 0.5 * (self.n - 1), NEGATE: self.n - 1.0}[self.how]
        patch = 0.0 if self.centre is None else self.n / 5
        return (
            self.inner.luts
            + change
            + patch
            + (0 if self.about is None and self.centre is None else self.out.width)
        )

    @property
    def delay(self) -> float:
        own = (0.0 if self.how == REPEAT else 0.35) + (0.0 if self.about is None else 0.35)
        adders = (self.how == NEGATE) + (not self._exact)
        return self.inner.delay + own + adders * carry_delay(self.n)

    @property
    def brams(self) -> int:
        return self.inner.brams

    @property
    def dsps(self) -> int:
        return self.inner.dsps

    def values(self) -> Ints:
        t = self.inner.values()
        other = t[folded(self.n, self.how)]
        out = np.concatenate([t, other if self.about is None else self.about - other])
        if self.centre is not None:
            out[t.size] = self.centre
        return as_ints(
            wrap_raw(out, self.out.width, int(self.out.signed))
        )  # codes that do not matter may not fit

    def lower(self, b: Builder, x: int) -> int:
        x = whole(b, x)
        top, low = bits(b, x, self.n - 1, self.n - 1), bits(b, x, self.n - 2, 0)
        if self.how == MIRROR:
            low = invert_if(b, top, low, self.n - 1)
        elif self.how == NEGATE:
            low = bits(b, b.add(invert_if(b, top, low, self.n - 1), top), self.n - 2, 0)
        t = self.inner.lower(b, low)
        y = t if self.about is None else b.select(top, self._other(b, t), t)
        if self.centre is not None:
            middle = b.emit("and", top, b.emit("eq", low, b.const(0)))
            y = b.select(middle, b.const(self.centre), y)
        return b.wrap(y, self.out.width, self.out.signed)

    def _other(self, b: Builder, t: int) -> int:
        """``about - t``."""
        if not self._exact:
            return b.sub(b.const(self.about or 0), t)
        return b.invert(t) if self.out.signed else flip(b, t, self.out.width)


@dataclass(frozen=True)
class Fold:
    """Half the codes where the windows of both halves meet: ``f(x')`` or ``about - f(x')`` serves
    both.

    Covers even and odd functions, half waves (``f(x + half) = -f(x)``), functions such as the
    sigmoid (``1 - f(-x)``), and a top bit that does not matter.
    """

    how: str
    inner: tuple[Generator, ...]

    def __call__(self, spec: Spec) -> Iterator[Folded]:
        if spec.n < 3:
            return
        half = 1 << (spec.n - 1)
        back = np.argsort(folded(spec.n, self.how))
        (lo1, lo2), (hi1, hi2) = (np.split(w, [half]) for w in spec.bounded)
        free = [part[back] if k else part for k, part in enumerate(np.split(spec.free, [half]))]
        lo2, hi2, centre = lo2[back], hi2[back], None
        if self.how == NEGATE:
            centre = max(int(lo2[0]), min(int(hi2[0]), 0))
            lo2[0], hi2[0], free[1][0] = lo1[0], hi1[0], free[0][0]
        about = None
        if bool((np.maximum(lo1, lo2) > np.minimum(hi1, hi2)).any()):
            if self.how == NEGATE:  # code 0 has no partner
                lo2[0], hi2[0] = -BIG, BIG
            if (about := _about(spec, lo1 + lo2, hi1 + hi2)) is None:
                return
            lo2, hi2 = about - hi2, about - lo2
        both = free[0] & free[1]
        lo, hi = np.maximum(lo1, lo2), np.minimum(hi1, hi2)
        inner = Spec(spec.n - 1, False, np.where(both, -BIG, lo), np.where(both, BIG, hi))
        for c in front(inner, self.inner):
            yield Folded(spec.n, self.how, c, about, centre, spec.format)


def _about(spec: Spec, low: Ints, high: Ints) -> int | None:
    """A number that pairs of windows can sum to; one that only inverts bits, if possible."""
    first, last = int(low.max()), int(high.min())
    free = -1 if spec.format.signed else spec.format.hi
    if first > last:
        return None
    return free if first <= free <= last else first
