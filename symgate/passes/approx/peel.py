"""What is taken away before any generator looks: bits that tell no codes apart, and the tails of
wide functions.

The arguments of large functions come from products, whose formats hold more codes than can occur.
Without these bits the generators search a smaller problem; nothing of what they could find is lost.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial

import numpy as np

from symgate.ir.fixed import Builder
from symgate.passes.approx.affine import Coarse, Reduced, Tailed
from symgate.passes.approx.base import Candidate, Ints, Spec, bits, flip, whole
from symgate.passes.approx.cost import carry_delay

#: Functions of more bits lose their tails and the low bits that do not matter; in smaller ones
#: generators compete.
WIDE = 14
Wrap = Callable[[Candidate], Candidate]


@dataclass(frozen=True, eq=False)
class Stripped(Reduced):
    """``inner`` of the low ``m`` bits, the top one of them inverted or not."""

    inverted: bool

    @property
    def name(self) -> str:
        return self.inner.name

    def values(self) -> Ints:
        once = self.inner.values()
        return np.tile(
            np.roll(once, once.size // 2) if self.inverted else once, 1 << (self.n - self.m)
        )

    def lower(self, b: Builder, x: int) -> int:
        low = bits(b, whole(b, x), self.m - 1, 0)
        if self.inverted:
            top = flip(b, bits(b, low, self.m - 1, self.m - 1), 1)
            low = b.concat(top, bits(b, low, self.m - 2, 0), self.m - 1) if self.m > 1 else top
        return self.inner.lower(b, low)


@dataclass(frozen=True, eq=False)
class Shifted(Reduced):
    """``inner`` of the low ``m`` bits of the code minus ``start``."""

    start: int

    @property
    def name(self) -> str:
        return f"shifted({self.inner.name})"

    @property
    def luts(self) -> float:
        return self.inner.luts + self.m

    @property
    def delay(self) -> float:
        return self.inner.delay + carry_delay(self.m)

    def values(self) -> Ints:
        return np.asarray(
            self.inner.values()[(np.arange(1 << self.n) - self.start) & ((1 << self.m) - 1)]
        )

    def lower(self, b: Builder, x: int) -> int:
        return self.inner.lower(b, bits(b, b.sub(whole(b, x), b.const(self.start)), self.m - 1, 0))


def peel(spec: Spec, wide: int = WIDE) -> tuple[Spec, tuple[Wrap, ...]]:
    """What is left of ``spec``, and what to put around its candidates, first the innermost."""
    wraps: list[Wrap] = []
    while True:
        found = _stripped(spec)
        if found is None and spec.n > wide:
            found = _coarser(spec) or _tailed(spec) or _shifted(spec)
        if found is None:
            return spec, tuple(reversed(wraps))
        spec, wrap = found
        wraps.append(wrap)


def _stripped(spec: Spec) -> tuple[Spec, Wrap] | None:
    """The codes that matter are told apart by the low bits."""
    live, n = np.flatnonzero(~spec.free), spec.n
    if not live.size:
        return None
    first, last = int(live[0]), int(live[-1])
    for m, half in itertools.chain.from_iterable(((k, 0), (k, 1 << (k - 1))) for k in range(1, n)):
        start = (((first + half) >> m) << m) - half
        if last < start + (1 << m) and 0 <= start <= (1 << n) - (1 << m):
            return _part(spec, start, m), partial(Stripped, n, m, inverted=half > 0)
    return None


def _shifted(spec: Spec) -> tuple[Spec, Wrap] | None:
    """The codes that matter follow each other across the last one, and fewer bits count them from
    the first.
    """
    live, size = np.flatnonzero(~spec.free), 1 << spec.n
    gaps = np.diff(np.append(live, live[0] + size)) if live.size else np.array([0])
    after = int(np.argmax(gaps))
    m = (size - int(gaps[after])).bit_length()
    if not live.size or m >= spec.n:
        return None
    start = int(live[(after + 1) % live.size])
    at = (start + np.arange(1 << m)) % size
    return Spec(m, False, spec.lo[at], spec.hi[at]), partial(Shifted, spec.n, m, start=start)


def _part(spec: Spec, start: int, m: int) -> Spec:
    part = slice(start, start + (1 << m))
    return Spec(m, False, spec.lo[part], spec.hi[part])


def _coarser(spec: Spec) -> tuple[Spec, Wrap] | None:
    """Neighbouring codes have an output in common."""
    low, high = spec.lo.reshape(-1, 2).max(1), spec.hi.reshape(-1, 2).min(1)
    if (low > high).any():
        return None
    return Spec(spec.n - 1, False, low, high), partial(Coarse, spec.n, spec.n - 1)


def _tailed(spec: Spec) -> tuple[Spec, Wrap] | None:
    """At least half of the codes have an output in common, from one end."""
    for high in (False, True):
        lo, hi = (np.flip(w) if high else w for w in (spec.lo, spec.hi))
        low, top = (np.maximum.accumulate(lo[::-1])[::-1], np.minimum.accumulate(hi[::-1])[::-1])
        if sizes := [m for m in range(1, spec.n) if low[1 << m] <= top[1 << m]]:
            m = sizes[0]
            tail = min(max(0, int(low[1 << m])), int(top[1 << m]))
            start = (1 << spec.n) - (1 << m) if high else 0
            return _part(spec, start, m), partial(Tailed, spec.n, m, tail=tail, high=high)
    return None
