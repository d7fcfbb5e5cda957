"""What is taken away before any generator looks: bits that tell no codes apart, and the tails of
wide functions.

The arguments of large functions come from products, whose formats hold more codes than can occur.
Without these bits the generators search a smaller problem; nothing of what they could find is lost.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial

import numpy as np

from symgate.ir.fixed import Builder
from symgate.passes.approx.affine import Coarse, Reduced, Tailed
from symgate.passes.approx.base import (
    Candidate,
    Ints,
    Spec,
    above_low,
    bits,
    flip,
    merge_neighbours,
    whole,
)
from symgate.passes.approx.generator_settings import PEELING
from symgate.passes.approx.table_cost import carry_delay

Wrap = Callable[[Candidate], Candidate]


@dataclass(frozen=True, eq=False)
class Stripped(Reduced):
    """``inner`` of the low ``inner_bits``, the top one of them inverted or not."""

    inverted: bool

    @property
    def name(self) -> str:
        return self.inner.name

    def values(self) -> Ints:
        once = self.inner.values()
        if self.inverted:
            once = np.roll(once, once.size // 2)
        return np.tile(once, 1 << (self.n - self.inner_bits))

    def lower(self, builder: Builder, x: int) -> int:
        low = bits(builder, whole(builder, x), self.inner_bits - 1, 0)
        if self.inverted:
            rest = self.inner_bits - 1
            top = flip(builder, bits(builder, low, rest, rest), 1)
            low = above_low(builder, top, low, rest)
        return self.inner.lower(builder, low)


@dataclass(frozen=True, eq=False)
class Shifted(Reduced):
    """``inner`` of the low ``inner_bits`` of the code minus ``start``."""

    start: int

    @property
    def name(self) -> str:
        return f"shifted({self.inner.name})"

    @property
    def luts(self) -> float:
        return self.inner.luts + self.inner_bits

    @property
    def delay(self) -> float:
        return self.inner.delay + carry_delay(self.inner_bits)

    def values(self) -> Ints:
        place = (np.arange(1 << self.n) - self.start) & ((1 << self.inner_bits) - 1)
        return np.asarray(self.inner.values()[place])

    def lower(self, builder: Builder, x: int) -> int:
        place = builder.sub(whole(builder, x), builder.const(self.start))
        return self.inner.lower(builder, bits(builder, place, self.inner_bits - 1, 0))


def peel(spec: Spec, wide: int = PEELING.wide_bits) -> tuple[Spec, tuple[Wrap, ...]]:
    """What is left of ``spec``, and what to put around its candidates, first the innermost."""
    wraps: list[Wrap] = []
    while True:
        found = _strip_bits(spec)
        if found is None and spec.n > wide:
            found = _drop_low_bit(spec) or _cut_tail(spec) or _shift_start(spec)
        if found is None:
            return spec, tuple(reversed(wraps))
        spec, wrap = found
        wraps.append(wrap)


def _strip_bits(spec: Spec) -> tuple[Spec, Wrap] | None:
    """The codes that matter are told apart by the low bits."""
    live, n = np.flatnonzero(~spec.free), spec.n
    if not live.size:
        return None
    first, last = int(live[0]), int(live[-1])
    for kept in range(1, n):
        for half in (0, 1 << (kept - 1)):
            start = (((first + half) >> kept) << kept) - half
            holds_all = last < start + (1 << kept)
            if holds_all and 0 <= start <= (1 << n) - (1 << kept):
                return _part(spec, start, kept), partial(Stripped, n, kept, inverted=half > 0)
    return None


def _shift_start(spec: Spec) -> tuple[Spec, Wrap] | None:
    """The codes that matter follow each other across the last one, and fewer bits count them from
    the first.
    """
    live, size = np.flatnonzero(~spec.free), 1 << spec.n
    if not live.size:
        return None
    gaps = np.diff(np.append(live, live[0] + size))
    after = int(np.argmax(gaps))
    kept = (size - int(gaps[after])).bit_length()
    if kept >= spec.n:
        return None
    start = int(live[(after + 1) % live.size])
    at = (start + np.arange(1 << kept)) % size
    return Spec(kept, False, spec.lo[at], spec.hi[at]), partial(Shifted, spec.n, kept, start=start)


def _part(spec: Spec, start: int, kept: int) -> Spec:
    part = slice(start, start + (1 << kept))
    return Spec(kept, False, spec.lo[part], spec.hi[part])


def _drop_low_bit(spec: Spec) -> tuple[Spec, Wrap] | None:
    """Neighbouring codes have an output in common."""
    windows = merge_neighbours(spec.lo, spec.hi)
    if windows is None:
        return None
    return Spec(spec.n - 1, False, *windows), partial(Coarse, spec.n, spec.n - 1)


def _cut_tail(spec: Spec) -> tuple[Spec, Wrap] | None:
    """At least half of the codes have an output in common, from one end."""
    for high in (False, True):
        lo, hi = spec.lo, spec.hi
        if high:
            lo, hi = np.flip(lo), np.flip(hi)
        low, top = np.maximum.accumulate(lo[::-1])[::-1], np.minimum.accumulate(hi[::-1])[::-1]
        sizes = [kept for kept in range(1, spec.n) if low[1 << kept] <= top[1 << kept]]
        if sizes:
            kept = sizes[0]
            tail = min(max(0, int(low[1 << kept])), int(top[1 << kept]))
            start = (1 << spec.n) - (1 << kept) if high else 0
            return _part(spec, start, kept), partial(Tailed, spec.n, kept, tail=tail, high=high)
    return None
