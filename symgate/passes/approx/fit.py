"""Slopes and curvatures of the segments of a windowed function, by least squares and by widest
margin.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from symgate.passes.approx.base import BIG, Ints, Spec
from symgate.passes.approx.fields import Address, Field

Floats = NDArray[np.float64]
_STEPS = 14
_GOLDEN = 0.6180339887498949
#: Slopes of functions of more bits are fitted on samples; the constants are then chosen on all
#: codes.
_FITTED_BITS = 13


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

    def scaled(self, guard: int) -> tuple[Ints, Ints]:
        """The windows in units of ``2**-guard`` output ulps: what may be cut to an allowed output."""
        if guard not in self._scaled:
            (low, high), free = self.spec.bounded, self.spec.free
            above = np.where(free, BIG << guard, ((high + 1) << guard) - 1)
            self._scaled[guard] = np.where(free, -BIG << guard, low << guard), above
        return self._scaled[guard]

    @cached_property
    def _scaled(self) -> dict[int, tuple[Ints, Ints]]:
        return {}

    @cached_property
    def tightest(self) -> float:
        """The width of the narrowest window."""
        return float(np.min(self.hi - self.lo))

    @cached_property
    def falling(self) -> bool:
        """Whether the function comes down from its first to its last code that matters."""
        used = np.flatnonzero(~self.spec.free)
        return bool(used.size and self.middle[used[-1]] < self.middle[used[0]])


def centred(field: Field) -> Floats:
    """The field of every code, from the middle of its range."""
    return np.asarray(field.values - ((1 << field.size) - 1) / 2, dtype=np.float64)


def margins(lo: Floats, hi: Floats, p: Floats, starts: Ints) -> Floats:
    """Per segment, how far a constant may move while ``constant + p`` stays inside: negative where
    there is none.
    """
    return np.minimum.reduceat(hi - p, starts) - np.maximum.reduceat(lo - p, starts)


def least_squares(weight: Floats, y: Floats, x: Floats, starts: Ints) -> tuple[Floats, Floats]:
    """Per segment, the slope of ``y`` over ``x`` and the largest distance from that line."""
    s, sx, sy, sxx, sxy = (
        np.add.reduceat(weight * v, starts) for v in (np.ones_like(x), x, y, x * x, x * y)
    )
    det = s * sxx - sx * sx
    slope = np.where(det > 1e-9, (s * sxy - sx * sy) / np.where(det > 1e-9, det, 1.0), 0.0)
    offset = (sy - slope * sx) / np.maximum(s, 1.0)
    lengths = np.diff(np.append(starts, x.size))
    off = np.abs(y - np.repeat(offset, lengths) - np.repeat(slope, lengths) * x) * weight
    return slope, np.maximum.reduceat(off, starts)


def best_slopes(
    w: Windows, minus: Floats, inner: Address, outer: Address, field: Field
) -> tuple[Floats, Floats]:
    """Per segment of ``outer`` the slope with the widest margin in its worst segment of ``inner``,
    and that margin.

    ``minus`` is taken off the function first. The margin is concave in the slope, so a golden
    section finds it.
    """
    x, (inner_starts, starts), take = centred(field), (inner.starts, outer.starts), slice(None)
    if (step := _step(inner_starts, x.size)) > 1:
        take, x, inner_starts, starts = (
            slice(0, None, step),
            x[::step],
            inner_starts // step,
            starts // step,
        )
    minus = minus[take]
    slope, residual = least_squares(w.weight[take], w.middle[take] - minus, x, starts)
    lengths = np.diff(np.append(starts, x.size))
    groups = np.searchsorted(inner_starts, starts)
    lo, hi = w.lo[take] - minus, w.hi[take] - minus

    def margin(s: Floats) -> Floats:
        return np.asarray(
            np.minimum.reduceat(margins(lo, hi, np.repeat(s, lengths) * x, inner_starts), groups)
        )

    reach = np.maximum.reduceat(x, starts) - np.minimum.reduceat(x, starts)
    spread = (2 * residual + 2) / np.maximum(1, reach)
    return _golden(margin, slope - spread, slope + spread)


def _step(starts: Ints, size: int) -> int:
    """How many codes to go on from one sample to the next, so that segments keep at least eight."""
    shortest = int(np.diff(np.append(starts, size)).min())
    step = max(1, min(size >> _FITTED_BITS, shortest >> 3))
    return 1 << (step.bit_length() - 1) if not (starts % step).any() else 1


def _golden(margin: Callable[[Floats], Floats], a: Floats, b: Floats) -> tuple[Floats, Floats]:
    c, d = b - _GOLDEN * (b - a), a + _GOLDEN * (b - a)
    fc, fd = margin(c), margin(d)
    for _ in range(_STEPS):
        left = fc > fd
        a, b = np.where(left, a, c), np.where(left, d, b)
        new = np.where(left, b - _GOLDEN * (b - a), a + _GOLDEN * (b - a))
        f = margin(new)
        c, d, fc, fd = (
            np.where(left, new, d),
            np.where(left, c, new),
            np.where(left, f, fd),
            np.where(left, fc, f),
        )
    best = fc > fd
    return np.where(best, c, d), np.where(best, fc, fd)


def curvatures(w: Windows, segments: Address, field: Field) -> Floats:
    """Per segment, the factor of ``x**2`` in the least-squares parabola."""
    x, starts, take = centred(field), segments.starts, slice(None)
    if (step := _step(starts, x.size)) > 1:
        take, x, starts = slice(0, None, step), x[::step], starts // step
    weight, middle = w.weight[take], w.middle[take]
    rest, _ = least_squares(weight, middle, x, starts)
    lengths = np.diff(np.append(starts, x.size))
    line = np.repeat(rest, lengths) * x
    square, _ = least_squares(weight, middle - line, x * x, starts)
    return square
