"""Vectorised real intervals with outward rounding: one `Box` holds an interval for each of many
sub-boxes.

Bounds are float64. Sums and short products are exact where float64 is, so that a bound of 0 or 1
stays one; whatever rounds is widened by 2^-48 relative, which covers NumPy's elementary functions
(at most 4 ulp, NumPy's accuracy statement) with a wide margin. `symgate verify` checks the results
with python-flint balls instead, which share no code with this module. A bound that is not a number
becomes infinite, so an enclosure is never wrong, only wide.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]
Rule = Callable[["Box"], "Box"]
_SLACK, _ULP, _TINY = 2.0**-48, 2.0**-52, 1e-300
_MAX = float(np.finfo(float).max)
_INF = math.inf


def _box(lo: Any, hi: Any) -> Box:
    """A box; bounds that are no numbers, or infinite on the wrong side, are replaced by safe ones."""
    return Box(np.minimum(np.fmax(lo, -_INF), _MAX), np.maximum(np.fmin(hi, _INF), -_MAX))


def _outward(lo: Any, hi: Any) -> Box:
    """Widen the bounds of an elementary function."""
    b = _box(lo, hi)
    with np.errstate(over="ignore"):
        return Box(b.lo - (np.abs(b.lo) * _SLACK + _TINY), b.hi + (np.abs(b.hi) * _SLACK + _TINY))


def _rounded(lo: Array, hi: Array, exact_lo: Any, exact_hi: Any) -> Box:
    """Widen bounds that were rounded to nearest by one ulp, except where they are exact."""
    below, above = lo - (np.abs(lo) * _ULP + _TINY), hi + (np.abs(hi) * _ULP + _TINY)
    return _box(np.where(exact_lo, lo, below), np.where(exact_hi, hi, above))


def _clip(b: Box, lo: float, hi: float) -> Box:
    """``b`` inside the values that a function can take at all."""
    return Box(np.clip(b.lo, lo, hi), np.clip(b.hi, lo, hi))


def _signed(b: Box, positive: Any, negative: Any) -> Box:
    """``b`` without what rounding put below 0 where it is ``positive`` (or 0), above 0 where it is
    ``negative``.
    """
    lo, hi = np.where(positive & (b.lo < 0), 0.0, b.lo), np.where(negative & (b.hi > 0), 0.0, b.hi)
    return Box(lo, hi)


def _short(v: Array, bits: int) -> NDArray[np.bool_]:
    """Whether ``v`` has at most ``bits`` significant bits: Veltkamp's split leaves nothing over. 0
    bits: only 0.
    """
    if bits == 0:
        return np.equal(v, 0)
    scaled = v * (2.0 ** (53 - bits) + 1)
    short: NDArray[np.bool_] = (scaled - (scaled - v)) == v
    return short


def _normal(v: Array) -> NDArray[np.bool_]:
    """Whether a product is far from underflow."""
    return np.greater(np.abs(v), 1e-290)


def _sum(a: Array, b: Array, sign: float) -> Array:
    """``a + b`` rounded up (``sign`` 1) or down (-1): exact where its rounding error, by Knuth's
    TwoSum, is 0.
    """
    total = a + b
    part = total - a
    error = (a - (total - part)) + (b - part)
    wrong = error > 0 if sign > 0 else error < 0
    return total + wrong * (np.abs(total) * (sign * _ULP))


@dataclass(frozen=True, eq=False)
class Box:
    """Intervals ``[lo, hi]``, elementwise; shapes broadcast."""

    lo: Array
    hi: Array

    @staticmethod
    def exact(lo: Any, hi: Any = None) -> Box:
        """Bounds that are floats already."""
        lo = np.asarray(lo, float)
        return Box(lo, lo if hi is None else np.asarray(hi, float))

    @staticmethod
    def around(value: Any) -> Box:
        """A number that need not be a float, such as a Fraction."""
        v = nearest(value)
        if v == value:
            return Box.exact(v)
        return Box.exact(
            v if v < value else math.nextafter(v, -_INF),
            v if v > value else math.nextafter(v, _INF),
        )

    @property
    def mag(self) -> Array:
        """The largest absolute value."""
        return np.maximum(np.abs(self.lo), np.abs(self.hi))

    @cached_property
    def short(self) -> NDArray[np.bool_]:
        """Whether products of the bounds with short ones are exact: at most 26 significant bits."""
        return _short(self.lo, 26) & _short(self.hi, 26)

    @property
    def span(self) -> tuple[float, float]:
        """The hull over all boxes."""
        return float(np.min(self.lo)), float(np.max(self.hi))

    def union(self, o: Box) -> Box:
        """The hull of two intervals, elementwise."""
        return Box(np.minimum(self.lo, o.lo), np.maximum(self.hi, o.hi))

    def meet(self, o: Box) -> Box:
        """The intersection of two enclosures of the same quantity, elementwise."""
        return Box(np.maximum(self.lo, o.lo), np.minimum(self.hi, o.hi))

    def __add__(self, o: Box) -> Box:
        with np.errstate(invalid="ignore", over="ignore"):
            return _box(_sum(self.lo, o.lo, -1.0), _sum(self.hi, o.hi, 1.0))

    def __sub__(self, o: Box) -> Box:
        return self + -o

    def __neg__(self) -> Box:
        return Box(-self.hi, -self.lo)

    def __mul__(self, o: Box) -> Box:
        with np.errstate(invalid="ignore", over="ignore", under="ignore"):
            a, b, c, d = self.lo * o.lo, self.lo * o.hi, self.hi * o.lo, self.hi * o.hi
            exact = self.short & o.short
            lo = np.fmin(
                np.fmin(a, b), np.fmin(c, d)
            )  # 0 * inf of an open end is no number, and is passed over
            hi = np.fmax(np.fmax(a, b), np.fmax(c, d))
            out = _rounded(lo, hi, exact & _normal(lo), exact & _normal(hi))
        x, y, z, w = self.lo >= 0, self.hi <= 0, o.lo >= 0, o.hi <= 0
        same, opposite = (x & z) | (y & w), (x & w) | (y & z)
        return _signed(out, same, opposite)

    def __truediv__(self, o: Box) -> Box:
        return self * o.reciprocal()

    def reciprocal(self) -> Box:
        """``1 / x``; infinite where ``x`` touches 0, the whole line where it contains 0."""
        zero = ((self.lo < 0) & (self.hi > 0)) | ((self.lo == 0) & (self.hi == 0))
        with np.errstate(divide="ignore", over="ignore", invalid="ignore"):
            lo = np.where(zero | (self.hi == 0), -_INF, 1 / self.hi)
            hi = np.where(zero | (self.lo == 0), _INF, 1 / self.lo)
            out = _rounded(lo, hi, _short(self.hi, 1), _short(self.lo, 1))
        return _signed(out, (self.lo >= 0) & ~zero, (self.hi <= 0) & ~zero)


def nearest(value: Any) -> float:
    """``value`` as the nearest float; infinite where it is too large.

    >>> nearest(-10**400)
    -inf
    """
    try:
        return float(value)
    except OverflowError:
        return math.copysign(_INF, 1 if value > 0 else -1)


def rising(
    fn: Callable[[Any], Any],
    *,
    domain: tuple[float, float] = (-_INF, _INF),
    image: tuple[float, float] = (-_INF, _INF),
    signed: bool = False,
    exact: bool = False,
) -> Rule:
    """The interval meaning of a non-decreasing function, on the part of ``x`` inside its domain.

    ``image`` bounds its values. ``signed``: it has the sign of its operand. ``exact``: NumPy rounds
    nothing.
    """

    def rule(x: Box) -> Box:
        with np.errstate(all="ignore"):
            widen = _box if exact else _outward
            out = _clip(widen(fn(np.clip(x.lo, *domain)), fn(np.clip(x.hi, *domain))), *image)
        if not signed:
            return out
        return _signed(out, x.lo >= 0, x.hi <= 0)

    return rule


def falling(fn: Callable[[Any], Any], **options: Any) -> Rule:
    """The interval meaning of a non-increasing function; options as for `rising`."""
    domain = options.pop("domain", (-_INF, _INF))
    mirrored = rising(lambda x: fn(-x), domain=(-domain[1], -domain[0]), **options)
    return lambda x: mirrored(-x)


def valley(
    fn: Callable[[Any], Any], *, image: tuple[float, float] = (0.0, _INF), exact: bool = False
) -> Rule:
    """The interval meaning of an even function that rises with the size of its operand."""

    def rule(x: Box) -> Box:
        size = magnitudes(x)
        with np.errstate(all="ignore"):
            widen = _box if exact else _outward
            return _clip(widen(fn(size.lo), fn(size.hi)), *image)

    return rule


def magnitudes(x: Box) -> Box:
    """The absolute value."""
    return Box(
        np.where((x.lo <= 0) & (x.hi >= 0), 0.0, np.minimum(np.abs(x.lo), np.abs(x.hi))), x.mag
    )


def wave(fn: Callable[[Any], Any], top: float) -> Rule:
    """The interval meaning of sin or cos: 1 at ``top + 2 pi k``, -1 half a turn later."""

    def holds(x: Box, at: float) -> Any:
        turn = 2 * np.pi
        slack = 1e-9 + 1e-15 * x.mag
        return np.floor((x.hi - at + slack) / turn) >= np.ceil((x.lo - at - slack) / turn)

    def rule(x: Box) -> Box:
        with np.errstate(invalid="ignore"):
            a, b = fn(x.lo), fn(x.hi)
            far = x.mag > 1e9
            hi = np.where(far | holds(x, top), 1.0, np.maximum(a, b))
            lo = np.where(far | holds(x, top + np.pi), -1.0, np.minimum(a, b))
        out = _outward(lo, hi)
        return _clip(Box(np.where(lo == 0, 0.0, out.lo), np.where(hi == 0, 0.0, out.hi)), -1.0, 1.0)

    return rule


def power(x: Box, n: int) -> Box:
    """``x**n`` for an integer ``n >= 0``."""
    if n == 0:
        return Box(np.ones_like(x.lo), np.ones_like(x.hi))
    base = magnitudes(x) if n % 2 == 0 else x
    with np.errstate(all="ignore"):
        lo, hi = _whole_power(base.lo, n), _whole_power(base.hi, n)
        out = _outward(lo, hi)
        room = 53 // n if n <= 8 else 0
        exact = [
            (_short(v, room) & _normal(p)) | (v == 0) for v, p in ((base.lo, lo), (base.hi, hi))
        ]
    out = Box(np.where(exact[0], lo, out.lo), np.where(exact[1], hi, out.hi))
    return _signed(out, base.lo >= 0, base.hi <= 0)


def _whole_power(v: Array, n: int) -> Array:
    """``v**n``; by repeated products where that is as good as the library, and exact where the
    result is short.
    """
    if n > 8:
        return np.asarray(v**n, float)
    out = v
    for _ in range(n - 1):
        out = out * v
    return out
