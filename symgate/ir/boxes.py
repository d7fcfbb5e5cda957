"""Vectorised real intervals with outward rounding: one `Box` holds an interval for each of many
sub-boxes.

Bounds are float64. Sums and short products are exact where float64 is, so that a bound of 0 or 1
stays one; whatever rounds is widened for each of its roundings, see `Widening`. `symgate verify`
checks the results with python-flint balls instead, which share no code with this module. A bound
that is not a number becomes infinite, so an enclosure is never wrong, only wide.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from itertools import product
from typing import Any

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]
Rule = Callable[["Box"], "Box"]
_MAX = float(np.finfo(float).max)
_INF = math.inf
_UNDERFLOW = 1e-290  # below it the rounding error of a product may be no float
_MOST_PRODUCTS = 7  # roundings of a power by repeated products; longer ones are the library's


@dataclass(frozen=True)
class Widening:
    """How far bounds move outward for what rounding may have taken.

    NumPy states at most 4 ulp for its elementary functions (its SIMD kernels, PR 19478), glibc's
    manual ("Known Maximum Errors in Math Functions", x86_64, double) at most 4 for those used here,
    `cbrt`. Neither is proved: four times that is assumed, and `tests/ir/test_interval_audit.py`
    fails on a machine whose library is worse. For large angles libraries are worse, so there is a
    largest one.
    """

    rounding: float = (
        2.0**-52
    )  # relative: at least one ulp, where rounding took at most half of one
    library: float = 16 * 2.0**-52  # relative, of an elementary function
    tiny: float = 1e-300  # absolute, added to both: below the normal numbers ulps are not relative
    turning: float = 2.0**-50  # of an angle: what the place of a turning point may be off
    turning_least: float = 2.0**-40  # rad, the same near 0
    largest_angle: float = 1e9  # rad: beyond it sin, cos and tan can be anything


WIDENING = Widening()


def _box(lo: Any, hi: Any) -> Box:
    """A box; bounds that are no numbers, or infinite on the wrong side, are replaced by safe ones."""
    return Box(np.minimum(np.fmax(lo, -_INF), _MAX), np.maximum(np.fmin(hi, _INF), -_MAX))


def outward(lo: Any, hi: Any) -> Box:
    """Widen the bounds of an elementary function."""
    b = _box(lo, hi)
    with np.errstate(over="ignore"):
        below, above = (np.abs(side) * WIDENING.library + WIDENING.tiny for side in (b.lo, b.hi))
        return Box(b.lo - below, b.hi + above)


def _rounded(lo: Array, hi: Array, exact_lo: Any, exact_hi: Any) -> Box:
    """Widen bounds that were rounded to nearest once, except where they are exact."""
    below, above = (np.abs(side) * WIDENING.rounding + WIDENING.tiny for side in (lo, hi))
    return _box(np.where(exact_lo, lo, lo - below), np.where(exact_hi, hi, hi + above))


def _extreme_products(x: Box, y: Box) -> Array:
    """The least and the largest product of the bounds, one above the other; 0 times an open end is
    no number, and is passed over.
    """
    shape = np.broadcast(x.lo, y.lo).shape
    corners, ends = np.empty((4, *shape)), np.empty((2, *shape))
    for i, (a, b) in enumerate(product((x.lo, x.hi), (y.lo, y.hi))):
        np.multiply(a, b, out=corners[i, ...])
    np.fmin.reduce(corners, axis=0, out=ends[0, ...])
    np.fmax.reduce(corners, axis=0, out=ends[1, ...])
    return ends


def _widen(ends: Array, exact: Any) -> None:
    """Move products outward, in place, as `_rounded` does."""
    away = np.abs(ends)
    kept = exact & np.greater(away, _UNDERFLOW) if np.any(exact) else None
    away *= WIDENING.rounding
    away += WIDENING.tiny
    if kept is not None:
        away[kept] = 0.0
    lo, hi = ends[0, ...], ends[1, ...]
    lo -= away[0, ...]
    hi += away[1, ...]
    if not np.isfinite(ends).all():
        np.minimum(np.fmax(lo, -_INF), _MAX, out=lo)
        np.maximum(np.fmin(hi, _INF), -_MAX, out=hi)


def _clip(b: Box, lo: float, hi: float) -> Box:
    """``b`` inside the values that a function can take at all."""
    return Box(np.clip(b.lo, lo, hi), np.clip(b.hi, lo, hi))


def within_sign(b: Box, positive: Any, negative: Any) -> Box:
    """``b`` without what rounding put below 0 where it is ``positive`` (or 0), above 0 where it is
    ``negative``.
    """
    lo = np.where(positive & (b.lo < 0), 0.0, b.lo)
    return Box(lo, np.where(negative & (b.hi > 0), 0.0, b.hi))


def _short(x: Array, bits: int) -> NDArray[np.bool_]:
    """Whether ``x`` has at most ``bits`` significant bits: Veltkamp's split leaves nothing over. 0
    bits: only 0.
    """
    if bits == 0:
        return np.equal(x, 0)
    scaled = x * (2.0 ** (53 - bits) + 1)
    short: NDArray[np.bool_] = (scaled - (scaled - x)) == x
    return short


def _normal(product: Array) -> NDArray[np.bool_]:
    """Whether a product is far from underflow."""
    return np.greater(np.abs(product), _UNDERFLOW)


def _sum(a: Array, b: Array, sign: float) -> Array:
    """``a + b`` rounded up (``sign`` 1) or down (-1): exact where its rounding error, by Knuth's
    TwoSum, is 0. Where TwoSum itself overflows its error is unknown.
    """
    total = a + b
    part = total - a
    error = (a - (total - part)) + (b - part)
    right = error <= 0 if sign > 0 else error >= 0
    outward: Array = total + np.abs(total) * (sign * WIDENING.rounding)
    return np.where(right, total, outward)


# One interval times another costs a fifth in floats of what it costs in arrays. The results are the
# same, bit by bit: Python's floats overflow to infinity and give no number where NumPy's do.

Plain = tuple[float, float, bool]  # the bounds of one interval, and whether both are short
_SPLIT = 2.0**27 + 1  # of Veltkamp: 26 bits are left


def _is_short(x: float) -> bool:
    scaled = x * _SPLIT
    return (scaled - (scaled - x)) == x


def _shaped(ends: tuple[float, float], x: Box, y: Box) -> tuple[Array, Array]:
    """Both ends in the shape that the operands have together."""
    shape = np.broadcast(x.lo, y.lo).shape
    return np.full(shape, ends[0]), np.full(shape, ends[1])


def _within_floats(lo: float, hi: float) -> tuple[float, float]:
    """As `_box`."""
    low = -_INF if math.isnan(lo) else min(lo, _MAX)
    return low, _INF if math.isnan(hi) else max(hi, -_MAX)


def _plain_sum(x: Plain, y: Plain) -> tuple[float, float]:
    """As `_sum` of both ends, and `_box`."""
    ends = []
    for a, b, sign in ((x[0], y[0], -1.0), (x[1], y[1], 1.0)):
        total = a + b
        part = total - a
        error = (a - (total - part)) + (b - part)
        right = error * sign <= 0
        ends.append(total if right else total + abs(total) * (sign * WIDENING.rounding))
    return _within_floats(*ends)


def _plain_product(x: Plain, y: Plain) -> tuple[float, float]:
    """As `Box.__mul__`."""
    corners = [c for a in x[:2] for b in y[:2] if not math.isnan(c := a * b)]
    exact, ends = x[2] and y[2], []
    least, most = min(corners, default=math.nan), max(corners, default=math.nan)
    for end, sign in ((least, -1.0), (most, 1.0)):
        size = abs(end)
        away = 0.0 if exact and size > _UNDERFLOW else size * WIDENING.rounding + WIDENING.tiny
        ends.append(end + sign * away)
    lo, hi = ends
    if not (math.isfinite(lo) and math.isfinite(hi)):
        lo, hi = _within_floats(lo, hi)
    if all(WIDENING.tiny < abs(end) < _INF for end in (lo, hi)):
        return lo, hi
    rising, falling = (x[0] >= 0, y[0] >= 0), (x[1] <= 0, y[1] <= 0)
    if all(rising) or all(falling):
        lo = 0.0 if lo < 0 else lo
    if (rising[0] and falling[1]) or (falling[0] and rising[1]):
        hi = 0.0 if hi > 0 else hi
    return lo, hi


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
        return Box.exact(float_below(value), float_above(value))

    @property
    def mag(self) -> Array:
        """The largest absolute value."""
        return np.maximum(np.abs(self.lo), np.abs(self.hi))

    @cached_property
    def short(self) -> NDArray[np.bool_]:
        """Whether products of the bounds with short ones are exact: at most 26 significant bits."""
        return _short(self.lo, 26) & _short(self.hi, 26)

    @cached_property
    def rises(self) -> NDArray[np.bool_]:
        """Where no value is below 0."""
        return np.greater_equal(self.lo, 0)

    @cached_property
    def falls(self) -> NDArray[np.bool_]:
        """Where no value is above 0."""
        return np.less_equal(self.hi, 0)

    @property
    def span(self) -> tuple[float, float]:
        """The hull over all boxes."""
        return float(np.min(self.lo)), float(np.max(self.hi))

    def union(self, other: Box) -> Box:
        """The hull of two intervals, elementwise."""
        return Box(np.minimum(self.lo, other.lo), np.maximum(self.hi, other.hi))

    def meet(self, other: Box) -> Box:
        """The intersection of two enclosures of the same quantity, elementwise."""
        return Box(np.maximum(self.lo, other.lo), np.minimum(self.hi, other.hi))

    @cached_property
    def plain(self) -> Plain | None:
        """The bounds of a single interval as floats, with whether both are short; None of many."""
        if np.size(self.lo) != 1 or np.size(self.hi) != 1:
            return None
        lo, hi = (float(np.asarray(end).item()) for end in (self.lo, self.hi))
        return lo, hi, _is_short(lo) and _is_short(hi)

    def __add__(self, other: Box) -> Box:
        if self.plain is not None and other.plain is not None:
            ends = _plain_sum(self.plain, other.plain)
            return Box(*_shaped(ends, self, other))
        with np.errstate(invalid="ignore", over="ignore"):
            return _box(_sum(self.lo, other.lo, -1.0), _sum(self.hi, other.hi, 1.0))

    def __sub__(self, other: Box) -> Box:
        return self + -other

    def __neg__(self) -> Box:
        return Box(-self.hi, -self.lo)

    def __mul__(self, other: Box) -> Box:
        if self.plain is not None and other.plain is not None:
            product = _plain_product(self.plain, other.plain)
            return Box(*_shaped(product, self, other))
        with np.errstate(invalid="ignore", over="ignore", under="ignore"):
            ends = _extreme_products(self, other)
            _widen(ends, self.short & other.short)
        out = Box(ends[0, ...], ends[1, ...])
        size = np.abs(ends)
        if ((size > WIDENING.tiny) & (size < _INF)).all():
            return out  # widening has carried no end across 0
        same_sign = (self.rises & other.rises) | (self.falls & other.falls)
        opposite = (self.rises & other.falls) | (self.falls & other.rises)
        return within_sign(out, same_sign, opposite)

    def __truediv__(self, other: Box) -> Box:
        return self * other.reciprocal()

    def reciprocal(self) -> Box:
        """``1 / x``; infinite where ``x`` touches 0, the whole line where it contains 0."""
        across, only_zero = (self.lo < 0) & (self.hi > 0), (self.lo == 0) & (self.hi == 0)
        zero = across | only_zero
        with np.errstate(divide="ignore", over="ignore", invalid="ignore"):
            lo = np.where(zero | (self.hi == 0), -_INF, 1 / self.hi)
            hi = np.where(zero | (self.lo == 0), _INF, 1 / self.lo)
            out = _rounded(lo, hi, _short(self.hi, 1), _short(self.lo, 1))
        return within_sign(out, (self.lo >= 0) & ~zero, (self.hi <= 0) & ~zero)


def nearest(value: Any) -> float:
    """``value`` as the nearest float; infinite where it is too large.

    >>> nearest(-10**400)
    -inf
    """
    try:
        return float(value)
    except OverflowError:
        return math.copysign(_INF, 1 if value > 0 else -1)


def float_below(value: Any) -> float:
    """The largest float that is not above ``value``; -infinity where there is none."""
    close = nearest(value)
    return close if close <= value else math.nextafter(close, -_INF)


def float_above(value: Any) -> float:
    """The smallest float that is not below ``value``; infinity where there is none."""
    return 0.0 - float_below(-value)  # 0, not -0: NumPy draws no numbers in [0, -0]


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
            widen = _box if exact else outward
            out = _clip(widen(fn(np.clip(x.lo, *domain)), fn(np.clip(x.hi, *domain))), *image)
        if not signed:
            return out
        return within_sign(out, x.lo >= 0, x.hi <= 0)

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
            widen = _box if exact else outward
            return _clip(widen(fn(size.lo), fn(size.hi)), *image)

    return rule


def magnitudes(x: Box) -> Box:
    """The absolute value."""
    has_zero = (x.lo <= 0) & (x.hi >= 0)
    return Box(np.where(has_zero, 0.0, np.minimum(np.abs(x.lo), np.abs(x.hi))), x.mag)


def smaller(x: Box, y: Box) -> Box:
    """The minimum of two values."""
    return Box(np.minimum(x.lo, y.lo), np.minimum(x.hi, y.hi))


def larger(x: Box, y: Box) -> Box:
    """The maximum of two values."""
    return Box(np.maximum(x.lo, y.lo), np.maximum(x.hi, y.hi))


def wave(fn: Callable[[Any], Any], top: float) -> Rule:
    """The interval meaning of sin or cos: 1 at ``top + 2 pi k``, -1 half a turn later."""

    def holds(x: Box, at: float) -> Any:
        turn, off = 2 * np.pi, misplaced(x)
        return np.floor((x.hi - at + off) / turn) >= np.ceil((x.lo - at - off) / turn)

    def rule(x: Box) -> Box:
        with np.errstate(invalid="ignore", over="ignore"):
            first, last = fn(x.lo), fn(x.hi)
            far = x.mag > WIDENING.largest_angle
            hi = np.where(far | holds(x, top), 1.0, np.maximum(first, last))
            lo = np.where(far | holds(x, top + np.pi), -1.0, np.minimum(first, last))
        out = outward(lo, hi)
        return _clip(Box(np.where(lo == 0, 0.0, out.lo), np.where(hi == 0, 0.0, out.hi)), -1.0, 1.0)

    return rule


def misplaced(x: Box) -> Array:
    """How far from where floats place it a turning point or a pole in an interval of angles may be.

    With u = 2^-53 and a constant of 2 u, the sum, the quotient by a period rounded to a float, and
    one more sum are off by less than 5 u times the largest angle, and some u: 8 u are allowed.
    """
    return np.asarray(x.mag * WIDENING.turning + WIDENING.turning_least)


def power(x: Box, n: int) -> Box:
    """``x**n`` for an integer ``n >= 0``."""
    if n == 0:
        return Box(np.ones_like(x.lo), np.ones_like(x.hi))
    base = magnitudes(x) if n % 2 == 0 else x
    with np.errstate(all="ignore"):
        lo, hi = _whole_power(base.lo, n), _whole_power(base.hi, n)
        out = outward(lo, hi)
        exact_lo, exact_hi = _is_exact_power(base.lo, lo, n), _is_exact_power(base.hi, hi, n)
    out = Box(np.where(exact_lo, lo, out.lo), np.where(exact_hi, hi, out.hi))
    return within_sign(out, base.lo >= 0, base.hi <= 0)


def _whole_power(x: Array, n: int) -> Array:
    """``x**n``; by repeated products where that is as good as the library, and exact where the
    result is short: up to 7 of them, which `outward` covers.
    """
    if n > _MOST_PRODUCTS + 1:
        return np.asarray(np.power(x, float(n)), float)
    out = x
    for _ in range(n - 1):
        out = out * x
    return out


def _is_exact_power(x: Array, result: Array, n: int) -> NDArray[np.bool_]:
    """Whether `_whole_power` rounds nothing: the result is 0, or fits a float."""
    room = 53 // n if n <= _MOST_PRODUCTS + 1 else 0
    fits = _short(x, room) & _normal(result) & np.isfinite(result)
    return fits | np.equal(x, 0)
