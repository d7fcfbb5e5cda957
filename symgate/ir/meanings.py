"""The meanings of operators that are more than one call of a library: on NumPy arrays, balls and
boxes.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from fractions import Fraction
from functools import reduce
from typing import Any

import numpy as np

from symgate.ir.boxes import WIDENING, Box, misplaced, outward, power, rising, within_sign
from symgate.ir.expr import Expr, combined, const, make


def flint() -> Any:
    """The module python-flint, imported at first use."""
    import flint as module

    return module


def arb(value: Any) -> Any:
    """A ball around an exact number."""
    return flint().arb(value)


def hull(*values: Any) -> Any:
    """The smallest ball around balls."""
    return reduce(lambda a, b: a.union(b), values)


def step_ball(x: Any, below: Any, at: Any, above: Any) -> Any:
    """A ball for a function of the sign of ``x``."""
    values = []
    if not x >= 0:
        values.append(arb(below))
    if x.contains(arb(0)):
        values.append(arb(at))
    if not x <= 0:
        values.append(arb(above))
    return hull(*values)


def either() -> Any:
    """A ball around 0 and 1: a condition that is open."""
    return hull(arb(0), arb(1))


def less_ball(x: Any, y: Any) -> Any:
    """1, 0, or both where the balls overlap."""
    if x < y:
        return arb(1)
    return arb(0) if x >= y else either()


def less_box(x: Box, y: Box) -> Box:
    """1, 0, or both where the intervals overlap."""
    return Box(np.where(x.hi < y.lo, 1.0, 0.0), np.where(x.lo < y.hi, 1.0, 0.0))


def less_equal_box(x: Box, y: Box) -> Box:
    """1, 0, or both where the intervals overlap."""
    return Box(np.where(x.hi <= y.lo, 1.0, 0.0), np.where(x.lo <= y.hi, 1.0, 0.0))


def equal_box(x: Box, y: Box) -> Box:
    """1 for one and the same number, 0 for disjoint intervals, else both."""
    point = (x.lo == x.hi) & (y.lo == y.hi) & (x.lo == y.lo)
    return Box(np.where(point, 1.0, 0.0), np.where((x.lo <= y.hi) & (y.lo <= x.hi), 1.0, 0.0))


def not_box(x: Box) -> Box:
    """``1 - x``."""
    return Box(1.0 - x.hi, 1.0 - x.lo)


def equal_ball(x: Any, y: Any) -> Any:
    """1 for one and the same number, 0 for disjoint balls, else both."""
    if not x.overlaps(y):
        return arb(0)
    return arb(1) if x.is_exact() and y.is_exact() else either()


def select_ball(condition: Any, x: Any, y: Any) -> Any:
    """The chosen ball, or both where the condition is open."""
    if condition.is_zero():
        return y
    return x.union(y) if condition.contains(arb(0)) else x


def select_box(condition: Box, x: Box, y: Box) -> Box:
    """The chosen interval, or both where the condition is open."""
    can_hold = (condition.lo != 0) | (condition.hi != 0)
    can_fail = (condition.lo <= 0) & (condition.hi >= 0)
    both = x.union(y)
    return Box(
        np.where(can_hold & can_fail, both.lo, np.where(can_hold, x.lo, y.lo)),
        np.where(can_hold & can_fail, both.hi, np.where(can_hold, x.hi, y.hi)),
    )


def pow_box(x: Box, y: Box) -> Box:
    """Whole constant exponents for every base; otherwise for the part of the base that is not
    negative.
    """
    n = _constant(y)
    if n is None or not n.is_integer():
        found = EXP(y * LOG(x))
        nothing = (x.hi == 0) & (y.lo > 0)  # 0 times the infinite logarithm of 0 may be anything
        found = Box(np.where(nothing, 0.0, found.lo), np.where(nothing, 0.0, found.hi))
        # whole exponents that are no floats are larger than this: powers of either sign
        unknown = (x.lo < 0) & (y.lo < y.hi) & (y.mag >= _WHOLE)
        return Box(np.where(unknown, -np.inf, found.lo), np.where(unknown, np.inf, found.hi))
    return power(x, int(n)) if n >= 0 else power(x, -int(n)).reciprocal()


def _constant(x: Box) -> float | None:
    """The one number that ``x`` is; None for intervals and for several boxes."""
    if x.lo.size > 1 or not np.array_equal(x.lo, x.hi):
        return None
    return float(x.lo.flat[0])


def pow_ball(x: Any, y: Any) -> Any:
    """Whole exponents for every base; others for bases that are not negative."""
    if y.is_exact() and y.is_integer():
        return x ** int(y.unique_fmpz())
    if not (x.contains(arb(0)) and y > 0):
        return x**y
    # the logarithm has a pole at 0, the power has none
    top = x.upper()
    return hull(arb(0), top ** y.lower(), top ** y.upper()) if top > 0 else arb(0)


def pow_derivative(x: Expr, y: Expr) -> tuple[Expr, ...]:
    """Along the base and along the exponent."""
    along_base = y * make("pow", x, y - 1)
    along_exponent = const(0) if y.is_const else make("pow", x, y) * make("log", x)
    return along_base, along_exponent


def others(args: tuple[Expr, ...]) -> list[tuple[Expr, ...]]:
    """For each operand, all the other ones."""
    return [args[:k] + args[k + 1 :] for k in range(len(args))]


def product_derivative(*args: Expr) -> tuple[Expr, ...]:
    """Along each factor, the product of the others."""
    return tuple(combined("mul", rest) for rest in others(args))


def mod_box(x: Box, y: Box) -> Box:
    """``x`` modulo ``y``, with the sign of ``y``; tight where ``x`` is between the same two multiples of
    every ``y``.
    """
    lo, hi = np.minimum(y.lo, 0.0), np.maximum(y.hi, 0.0)
    with np.errstate(all="ignore"):
        # a quotient that is rounded to another whole number gives a remainder outside of [0, y)
        multiple = np.floor(np.where(y.lo > 0, x.lo, x.hi) / y.lo)
        shifted = x - Box.exact(multiple) * y
    above = (y.lo > 0) & (shifted.lo >= 0) & (shifted.hi < y.lo)
    below = (y.hi < 0) & (shifted.hi <= 0) & (shifted.lo > y.hi)
    plain = above | below
    return Box(np.where(plain, shifted.lo, lo), np.where(plain, shifted.hi, hi))


def atan2_box(y: Box, x: Box) -> Box:
    """The angles of a box, which are extreme at its corners; the whole turn where it meets the
    cut.
    """
    corners = [np.arctan2(b, a) for a in (x.lo, x.hi) for b in (y.lo, y.hi)]
    cut = (x.lo <= 0) & (y.lo <= 0) & (y.hi >= 0)
    angles = outward(reduce(np.minimum, corners), reduce(np.maximum, corners))
    angles = within_sign(angles, y.lo >= 0, y.hi <= 0)
    return Box(
        np.where(cut, -HALF_TURN, np.maximum(angles.lo, -HALF_TURN)),
        np.where(cut, HALF_TURN, np.minimum(angles.hi, HALF_TURN)),
    )


def tan_box(x: Box) -> Box:
    """The whole line where there may be a pole."""
    with np.errstate(invalid="ignore", over="ignore"):
        off = misplaced(x)
        branch = [np.floor(end / np.pi + 0.5) for end in (x.lo - off, x.hi + off)]
    safe = (branch[0] == branch[1]) & (x.mag <= WIDENING.largest_angle)
    central = safe & (branch[0] == 0)
    out = within_sign(rising(np.tan)(x), central & (x.lo >= 0), central & (x.hi <= 0))
    return Box(np.where(safe, out.lo, -np.inf), np.where(safe, out.hi, np.inf))


def sqrt_ball(x: Any) -> Any:
    """The root of the part that is not negative."""
    return (x.nonnegative_part() if x.contains(arb(0)) else x).sqrt()


def inside(x: Any, lo: Any, hi: Any) -> Any:
    """The part of a ball inside the domain of a function that is continuous there."""
    return x.max(arb(lo)).min(arb(hi))


def cbrt_ball(x: Any) -> Any:
    """The real cube root, negative for negative operands."""
    if x >= 0:
        return _root(x)
    if x <= 0:
        return -_root(-x)
    return hull(-_root(-x.lower()), _root(x.upper()))


def _root(x: Any) -> Any:
    """The cube root of a ball whose numbers are not negative, but for its radius."""
    ends = [end.root(3) if end > 0 else arb(0) for end in (x.lower(), x.upper())]
    return hull(*ends)


PLUS = (0.0, math.inf)
HALF_TURN = math.nextafter(math.pi, math.inf)  # the float above pi
EXP, LOG = rising(np.exp, image=PLUS), rising(np.log, domain=PLUS)
SQRT = rising(np.sqrt, domain=PLUS, image=PLUS)
ONES = (-1.0, 1.0)
_WHOLE = 2.0**53  # from here on, every float is whole
_erf = np.frompyfunc(math.erf, 1, 1)


def erf(x: Any) -> Any:
    """The error function, which NumPy does not have."""
    return np.asarray(_erf(x), float)


def sigmoid(x: Any) -> Any:
    """Accurate on both sides: no difference of nearly equal numbers."""
    small = np.exp(-np.abs(x))
    return np.where(np.asarray(x) >= 0, 1.0, small) / (1 + small)


def gauss(x: Any) -> Any:
    """``exp(-x^2)``."""
    return np.exp(-np.square(x))


def active(name: str, compare: str) -> Callable[..., tuple[Expr, ...]]:
    """1 along the operand that is the minimum or maximum, 0 along the others."""

    def partials(*args: Expr) -> tuple[Expr, ...]:
        pairs = zip(args, others(args), strict=True)
        return tuple(make(compare, a, combined(name, rest)) for a, rest in pairs)

    return partials


def round_ball(x: Any) -> Any:
    """To the nearest whole number, ties to even."""
    half = arb(1) / 2
    low, high = (x - half).ceil(), (x + half).floor()
    if not (low.is_exact() and high.is_exact()):
        return low.union(high)
    if low == high:
        return low
    if not x.is_exact():
        return low.union(high)
    return low if int(low.unique_fmpz()) % 2 == 0 else high


#: Where a held inverse leaves ``1/x``: closer to 0 it is a line through 0, so that it is continuous
#: and bounded.
HELD = 2.0**-10


def held_inverse(x: Any) -> Any:
    """``1/x`` where ``abs(x) >= HELD``, else ``x / HELD**2``; rounded once, and not at all there.

    The first quotient is 1 or -1, or a division by a power of two; so is the second one below
    `HELD`.
    """
    size = np.maximum(np.abs(x), HELD)
    return x / size / size


def held_ball(x: Any) -> Any:
    """`held_inverse` of a ball: extremes are at its ends, or at +-HELD."""
    edge = arb(HELD)
    if not x.is_finite():
        return hull(1 / edge, -1 / edge)
    if abs(x) >= edge:
        return 1 / x
    lo, hi = x.lower(), x.upper()
    inside = [end for end in (-edge, edge) if lo <= end <= hi]
    return hull(*(_held_point(end) for end in (lo, hi, *inside)))


def _held_point(x: Any) -> Any:
    """`held_inverse` of a ball without radius."""
    edge = arb(HELD)
    return 1 / x if abs(x) >= edge else x / (edge * edge)


def held_box(x: Box) -> Box:
    """`held_inverse` of intervals: extremes are at their ends, or at +-HELD.

    Ends are rounded once, so one unit in the last place outward holds them; at infinity it is 0.
    """
    with np.errstate(invalid="ignore", under="ignore"):
        a, b = (np.nan_to_num(held_inverse(end), nan=0.0) for end in (x.lo, x.hi))
    lo, hi = np.nextafter(np.minimum(a, b), -np.inf), np.nextafter(np.maximum(a, b), np.inf)
    lo = np.where((x.lo <= -HELD) & (x.hi >= -HELD), -1 / HELD, lo)
    hi = np.where((x.lo <= HELD) & (x.hi >= HELD), 1 / HELD, hi)
    return Box(
        np.where(x.lo >= 0, np.maximum(lo, 0.0), lo), np.where(x.hi <= 0, np.minimum(hi, 0.0), hi)
    )


def held_slope(x: Expr) -> Expr:
    """The derivative of `held_inverse`."""
    near = make("lt", make("abs", x), const(Fraction(HELD)))
    return make("where", near, const(Fraction(HELD) ** -2), -make("square", make("held_inv", x)))
