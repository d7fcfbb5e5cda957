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
from symgate.ir.expr import Expr, const, make


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
    values = [
        v for v, can in ((below, not x >= 0), (at, x.contains(arb(0))), (above, not x <= 0)) if can
    ]
    return hull(*(arb(v) for v in values))


def less_ball(x: Any, y: Any) -> Any:
    """1, 0, or both where the balls overlap."""
    return arb(1) if x < y else arb(0) if x >= y else arb(0).union(arb(1))


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
    return arb(1) if x.is_exact() and y.is_exact() else arb(0).union(arb(1))


def select_ball(c: Any, x: Any, y: Any) -> Any:
    """The chosen ball, or both where the condition is open."""
    return y if c.is_zero() else x if not c.contains(arb(0)) else x.union(y)


def select_box(c: Box, x: Box, y: Box) -> Box:
    """The chosen interval, or both where the condition is open."""
    both, holds, fails = x.union(y), (c.lo > 0) | (c.hi < 0), (c.lo == 0) & (c.hi == 0)
    lo = np.where(holds, x.lo, np.where(fails, y.lo, both.lo))
    return Box(lo, np.where(holds, x.hi, np.where(fails, y.hi, both.hi)))


def pow_box(x: Box, y: Box) -> Box:
    """Whole constant exponents for every base; otherwise for the part of the base that is not
    negative.
    """
    n = float(y.lo.flat[0]) if y.lo.size == 1 and np.array_equal(y.lo, y.hi) else math.nan
    if n.is_integer():
        return power(x, int(n)) if n >= 0 else power(x, -int(n)).reciprocal()
    return EXP(y * LOG(x))


def pow_ball(x: Any, y: Any) -> Any:
    """Whole exponents for every base; others for bases that are not negative."""
    n = y.unique_fmpz() if y.is_exact() and y.is_integer() else None
    if n is not None:
        return x ** int(n)
    if x.contains(arb(0)) and y > 0:  # the logarithm has a pole there, the power has none
        top = x.upper()
        return arb(0).union(top ** y.lower()).union(top ** y.upper()) if top > 0 else arb(0)
    return x**y


def pow_derivative(x: Expr, y: Expr) -> tuple[Expr, ...]:
    """Along the base and along the exponent."""
    along_x = y * make("pow", x, y - 1)
    return along_x, (const(0) if y.is_const else make("pow", x, y) * make("log", x))


def product_derivative(*args: Expr) -> tuple[Expr, ...]:
    """Along each factor, the product of the others."""
    others = ([a for j, a in enumerate(args) if j != i] for i in range(len(args)))
    return tuple(make("mul", *o) if len(o) > 1 else o[0] for o in others)


def mod_box(x: Box, y: Box) -> Box:
    """``x`` modulo ``y``, with the sign of ``y``; tight where no multiple of a constant ``y`` lies
    inside ``x``.
    """
    lo, hi = np.minimum(y.lo, 0.0), np.maximum(y.hi, 0.0)
    with np.errstate(all="ignore"):
        shifted = x - Box.exact(np.floor(np.where(y.lo > 0, x.lo, x.hi) / y.lo)) * y
    above = (y.lo > 0) & (shifted.lo >= 0) & (shifted.hi < y.lo)
    below = (y.hi < 0) & (shifted.hi <= 0) & (shifted.lo > y.lo)
    plain = (y.lo == y.hi) & (above | below)
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
    return -_root(-x) if x <= 0 else (-_root(-x.lower())).union(_root(x.upper()))


def _root(x: Any) -> Any:
    low, high = (v.root(3) if v > 0 else arb(0) for v in (x.lower(), x.upper()))
    return low.union(high)


PLUS = (0.0, math.inf)
HALF_TURN = math.nextafter(math.pi, math.inf)  # the float above pi
EXP, LOG = rising(np.exp, image=PLUS), rising(np.log, domain=PLUS)
SQRT = rising(np.sqrt, domain=PLUS, image=PLUS)
ONES = (-1.0, 1.0)
erf = np.frompyfunc(math.erf, 1, 1)


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
        others = [[b for j, b in enumerate(args) if j != i] for i in range(len(args))]
        return tuple(
            make(compare, a, o[0] if len(o) == 1 else make(name, *o))
            for a, o in zip(args, others, strict=True)
        )

    return partials


def round_ball(x: Any) -> Any:
    """To the nearest whole number, ties to even."""
    half = arb(1) / 2
    low, high = (x - half).ceil(), (x + half).floor()
    if low.is_exact() and high.is_exact() and low == high:
        return low
    exact = x.is_exact() and low.is_exact() and high.is_exact()
    even = low if exact and int(low.unique_fmpz()) % 2 == 0 else high
    return even if exact else low.union(high)


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
        return (1 / edge).union(-1 / edge)
    if abs(x) >= edge:
        return 1 / x
    lo, hi = x.lower(), x.upper()
    ends = [lo, hi, *(e for e in (-edge, edge) if lo <= e <= hi)]
    return reduce(
        lambda a, b: a.union(b), (1 / e if abs(e) >= edge else e / (edge * edge) for e in ends)
    )


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
