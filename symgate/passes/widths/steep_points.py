"""Around which point a function is steep, and in how many octaves it may see its distance from it.

A root, a logarithm or a reciprocal near its pole needs many bits of its argument only close to one
point. As a floating-point number, the argument has its octave and a few bits below its leading one
(decision 0013). This finds the point with the shortest address.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction

import numpy as np

from symgate.ir.boxes import Array, Box
from symgate.ir.expr import CONST, VAR, Expr, postorder
from symgate.ir.function import ARGUMENT, Function
from symgate.passes.lowering.plan import Float
from symgate.passes.rewrite.terms import split_sum
from symgate.passes.widths.width_settings import DEFAULTS, NEGLIGIBLE, FloatSettings

_AT_A_POINT = frozenset(
    {"sqrt", "log", "log2", "log10", "inv", "cbrt", "pow", "div", "abs", "held_inv"}
)


@dataclass(frozen=True)
class SteepPoint:
    """A point as the centre of floating-point numbers: a step of ``2**-m`` of such a number changes
    the function by ``2**-m * change``.
    """

    seen: Float
    change: float


def find_steep_point(
    f: Function, lo: float, hi: float, settings: FloatSettings = DEFAULTS.floats
) -> SteepPoint | None:
    """The best point for ``f`` between ``lo`` and ``hi``; None where no point is."""
    bounded = math.isfinite(lo) and math.isfinite(hi) and lo < hi
    if f.period is not None or f.jumps or not bounded:
        return None
    found = []
    for centre in dict.fromkeys(_possible_centres(f, lo, hi)):
        point = _point_around(f, centre, lo, hi, settings)
        if point is not None:
            found.append(point)
    return min(found, key=_address_size, default=None)


def _address_size(point: SteepPoint) -> float:
    """The bits of an address, up to a number that all points of a function have in common."""
    return math.log2(max(point.change, NEGLIGIBLE.divisor)) + point.seen.exponent


def _possible_centres(f: Function, lo: float, hi: float) -> Iterator[Fraction]:
    """Points where ``f`` may be steep: those where operators have no derivative, and the ends of
    the range.
    """
    for e in postorder([f.body]):
        if e.op not in _AT_A_POINT and e.op != "max":
            continue
        zeros = [p for p in map(_zero_of, e.args) if p is not None]
        if e.op in _AT_A_POINT:
            yield from zeros
        else:
            yield from (p for p in zeros if _constant_side(f, float(p), lo, hi) is not None)
    yield Fraction(lo)
    yield Fraction(hi)


def _constant_side(f: Function, centre: float, lo: float, hi: float) -> str | None:
    """On which side of a point inside the range ``f`` does not change: "above" it, or "below"."""
    if not lo < centre < hi:
        return None
    if _change_on(f, Box.exact(centre, hi)) < NEGLIGIBLE.change:
        return "above"
    if _change_on(f, Box.exact(lo, centre)) < NEGLIGIBLE.change:
        return "below"
    return None


def _zero_of(e: Expr) -> Fraction | None:
    """Where an affine form of the argument is 0."""
    offset, terms = split_sum(e)
    if len(terms) != 1 or offset.op != CONST:
        return None
    ((term, k),) = terms.items()
    plain = term.op == VAR and term.value == ARGUMENT and k.op == CONST and k.value
    return Fraction(-offset.value) / Fraction(k.value) if plain else None


@dataclass(frozen=True)
class _Side:
    """The numbers ``near`` to ``far`` from the centre, "above" it or "below"."""

    name: str
    near: float
    far: float


def _point_around(
    f: Function, centre: Fraction, lo: float, hi: float, settings: FloatSettings
) -> SteepPoint | None:
    """``f`` of the distance from ``centre``, in as many octaves as it needs."""
    c = float(centre)
    constant = _constant_side(f, c, lo, hi)
    if constant == "above":
        hi = c
    elif constant == "below":
        lo = c
    name, sides = _sides_of(c, lo, hi)
    change = max(_largest_step(f, c, side, settings) for side in sides)
    if not math.isfinite(change) or not math.isfinite(_change_on(f, Box.exact(lo, hi))):
        return None
    far = max(side.far for side in sides)
    for exponent in range(1, settings.most_exponent + 1):
        end = far * 2.0 ** -((1 << exponent) - 1)
        below = [
            _Side(side.name, side.near, min(end, side.far))
            for side in sides
            if end > max(side.near, side.far * 2.0**-settings.octaves)
        ]
        most = settings.below * change
        if all(_change_on(f, _box(c, side.name, side.near, side.far)) <= most for side in below):
            return SteepPoint(Float(centre, name, exponent, constant is not None), change)
    return None


def _sides_of(c: float, lo: float, hi: float) -> tuple[str, list[_Side]]:
    """Where the range ``lo`` to ``hi`` is around ``c``: "above", "below" or on "both" sides."""
    above = _Side("above", max(lo - c, 0.0), hi - c)
    below = _Side("below", max(c - hi, 0.0), c - lo)
    if lo >= c:
        return "above", [above]
    if hi <= c:
        return "below", [below]
    return "both", [above, below]


def _largest_step(f: Function, c: float, side: _Side, settings: FloatSettings) -> float:
    """The largest slope times distance from ``c`` on one side of it."""
    least = max(side.near, side.far * 2.0**-settings.octaves)
    count = math.ceil(math.log2(side.far / least) * settings.parts) + 2
    edges = np.geomspace(least, side.far, count)
    starts, ends = edges[:-1], edges[1:]
    slopes = f.slope.interval(_box(c, side.name, starts, ends))
    return float(np.max(slopes.mag * ends))


def _box(c: float, side: str, near: float | Array, far: float | Array) -> Box:
    return Box.exact(c - far, c - near) if side == "below" else Box.exact(c + near, c + far)


def _change_on(f: Function, t: Box) -> float:
    """What ``f`` changes on the widest of some intervals."""
    image = f.interval(t)
    return float(np.max(image.hi - image.lo))
