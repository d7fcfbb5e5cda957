"""Slopes and curvatures of the segments of a windowed function, by least squares and by widest
margin.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from symgate.passes.approx.base import BIG, Ints, Spec
from symgate.passes.approx.fields import Address, Field, Low
from symgate.passes.approx.generator_settings import FITTING

Floats = NDArray[np.float64]
#: The golden section of a unit.
_GOLDEN = (math.sqrt(5) - 1) / 2


@dataclass(frozen=True, eq=False)
class Windows:
    """A spec as real windows ``[lo, hi)``, with its middle line where it matters."""

    spec: Spec

    @cached_property
    def lo(self) -> Floats:
        return np.where(self.spec.free, -float(BIG), self.spec.bounded[0])

    @cached_property
    def hi(self) -> Floats:
        return np.where(self.spec.free, float(BIG), self.spec.bounded[1] + 1)

    @cached_property
    def weight(self) -> Floats:
        return (~self.spec.free).astype(np.float64)

    @cached_property
    def middle(self) -> Floats:
        return np.where(self.spec.free, 0.0, (self.lo + self.hi) / 2)

    def in_units(self, guard: int) -> tuple[Ints, Ints]:
        """The windows in units of ``2**-guard`` output ulps: what may be cut to an allowed output."""
        if guard not in self._by_guard:
            (low, high), free = self.spec.bounded, self.spec.free
            above = np.where(free, BIG << guard, ((high + 1) << guard) - 1)
            self._by_guard[guard] = np.where(free, -BIG << guard, low << guard), above
        return self._by_guard[guard]

    @cached_property
    def _by_guard(self) -> dict[int, tuple[Ints, Ints]]:
        return {}

    def slopes(self, inner: int, outer: int) -> tuple[Floats, Floats]:
        """`best_slopes` of equal segments of so many address bits, for the bits below ``inner``."""
        if (inner, outer) not in self._by_segments:
            n = self.spec.n
            segments, field = (Address(n, inner), Address(n, outer)), Low(n, n - inner)
            self._by_segments[inner, outer] = best_slopes(self, np.zeros(1 << n), *segments, field)
        return self._by_segments[inner, outer]

    @cached_property
    def _by_segments(self) -> dict[tuple[int, int], tuple[Floats, Floats]]:
        return {}

    def steepest(self, top: int) -> float:
        """What the steepest of the slopes of segments of ``top`` address bits is at least, if every
        segment has a line inside its windows.
        """
        segments = 1 << min(top, self.spec.n - 1)
        middle, half = (a.reshape(segments, -1) for a in (self.middle, (self.hi - self.lo) / 2))
        used = self.weight.reshape(segments, -1)
        change = np.abs(middle[:, -1] - middle[:, 0]) - half[:, -1] - half[:, 0]
        both = used[:, 0] * used[:, -1] > 0
        return float(np.max(change, initial=0.0, where=both)) / (middle.shape[1] - 1)

    @cached_property
    def tightest(self) -> float:
        """The width of the narrowest window."""
        return float(np.min(self.hi - self.lo))

    @cached_property
    def falling(self) -> bool:
        """Whether the function comes down from its first to its last code that matters."""
        used = np.flatnonzero(~self.spec.free)
        return bool(used.size and self.middle[used[-1]] < self.middle[used[0]])


def windows_of(spec: Spec) -> Windows:
    """The windows of ``spec``, with what all generators find of them."""
    found: Windows = spec.found.setdefault(Windows, Windows(spec))
    return found


def centre_field(field: Field) -> Floats:
    """The field of every code, from the middle of its range."""
    return np.asarray(field.values - ((1 << field.size) - 1) / 2, dtype=np.float64)


def margins(lo: Floats, hi: Floats, rest: Floats, starts: Ints) -> Floats:
    """Per segment, how far a constant may move while ``constant + rest`` stays inside: negative
    where there is none.
    """
    return np.minimum.reduceat(hi - rest, starts) - np.maximum.reduceat(lo - rest, starts)


def least_squares(weight: Floats, y: Floats, x: Floats, starts: Ints) -> tuple[Floats, Floats]:
    """Per segment, the slope of ``y`` over ``x`` and the largest distance from that line."""
    total, sum_x, sum_y, sum_xx, sum_xy = (
        np.add.reduceat(weight * each, starts) for each in (np.ones_like(x), x, y, x * x, x * y)
    )
    determinant = total * sum_xx - sum_x * sum_x
    regular = determinant > 1e-9  # else fewer than two codes matter
    safe = np.where(regular, determinant, 1.0)
    slope = np.where(regular, (total * sum_xy - sum_x * sum_y) / safe, 0.0)
    offset = (sum_y - slope * sum_x) / np.maximum(total, 1.0)
    lengths = np.diff(np.append(starts, x.size))
    distance = np.abs(y - np.repeat(offset, lengths) - np.repeat(slope, lengths) * x) * weight
    return slope, np.maximum.reduceat(distance, starts)


def best_slopes(
    windows: Windows, minus: Floats, inner: Address, outer: Address, field: Field
) -> tuple[Floats, Floats]:
    """Per segment of ``outer`` the slope with the widest margin in its worst segment of ``inner``,
    and that margin.

    ``minus`` is taken off the function first. The margin is concave in the slope, so a golden
    section finds it.
    """
    step = _step(inner.starts, 1 << inner.n)
    taken = slice(0, None, step)
    x, minus = centre_field(field)[taken], minus[taken]
    inner_starts, starts = inner.starts // step, outer.starts // step
    middle = windows.middle[taken] - minus
    slope, residual = least_squares(windows.weight[taken], middle, x, starts)
    lengths = np.diff(np.append(starts, x.size))
    groups = np.searchsorted(inner_starts, starts)
    lo, hi = windows.lo[taken] - minus, windows.hi[taken] - minus

    def margin(slopes: Floats) -> Floats:
        per_inner = margins(lo, hi, np.repeat(slopes, lengths) * x, inner_starts)
        return np.asarray(np.minimum.reduceat(per_inner, groups))

    reach = np.maximum.reduceat(x, starts) - np.minimum.reduceat(x, starts)
    spread = (2 * residual + 2) / np.maximum(1, reach)
    return _golden(margin, slope - spread, slope + spread)


def _step(starts: Ints, size: int) -> int:
    """How many codes to go on from one sample to the next, so that segments keep at least eight."""
    shortest = int(np.diff(np.append(starts, size)).min())
    step = max(1, min(size >> FITTING.sampled_bits, shortest >> 3))
    aligned = not (starts % step).any()
    return 1 << (step.bit_length() - 1) if aligned else 1


def _golden(
    margin: Callable[[Floats], Floats], start: Floats, end: Floats
) -> tuple[Floats, Floats]:
    """Where the concave ``margin`` is largest between ``start`` and ``end``, and what it is there;
    for each segment at once.
    """
    low, high = end - _GOLDEN * (end - start), start + _GOLDEN * (end - start)
    at_low, at_high = margin(low), margin(high)
    for _ in range(FITTING.steps):
        falls = at_low > at_high
        start, end = np.where(falls, start, low), np.where(falls, high, end)
        step = _GOLDEN * (end - start)
        new = np.where(falls, end - step, start + step)
        at_new = margin(new)
        low, high = np.where(falls, new, high), np.where(falls, low, new)
        at_low, at_high = np.where(falls, at_new, at_high), np.where(falls, at_low, at_new)
    falls = at_low > at_high
    return np.where(falls, low, high), np.where(falls, at_low, at_high)


def curvatures(windows: Windows, segments: Address, field: Field) -> Floats:
    """Per segment, the factor of ``x**2`` in the least-squares parabola."""
    step = _step(segments.starts, 1 << segments.n)
    taken = slice(0, None, step)
    x, starts = centre_field(field)[taken], segments.starts // step
    weight, middle = windows.weight[taken], windows.middle[taken]
    rest, _ = least_squares(weight, middle, x, starts)
    lengths = np.diff(np.append(starts, x.size))
    line = np.repeat(rest, lengths) * x
    square, _ = least_squares(weight, middle - line, x * x, starts)
    return square
