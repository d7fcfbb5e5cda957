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

    ``changes[k]`` is the same for distances from ``far * 2**-(k+1)`` on.
    """

    seen: Float
    far: float
    changes: tuple[float, ...]

    @property
    def change(self) -> float:
        """The largest change, wherever the argument is."""
        return self.changes[-1]

    def change_beyond(self, distance: float) -> float:
        """The largest change at distances from ``distance`` on, about."""
        if distance >= self.far:
            return 0.0
        octave = math.floor(math.log2(self.far / max(distance, NEGLIGIBLE.divisor)))
        return self.changes[min(octave, len(self.changes) - 1)]


def find_steep_point(
    f: Function,
    lo: float,
    hi: float,
    settings: FloatSettings = DEFAULTS.floats,
    of_input: bool = False,
) -> SteepPoint | None:
    """The best point for ``f`` between ``lo`` and ``hi``; None where no point is.

    Distances from 0 cost nothing ``of_input``.
    """
    bounded = math.isfinite(lo) and math.isfinite(hi) and lo < hi
    if f.period is not None or f.jumps or not bounded:
        return None
    found = []
    for centre in dict.fromkeys(_possible_centres(f, lo, hi)):
        point = _point_around(f, centre, lo, hi, settings)
        if point is not None:
            found.append(point)
    between = _nearer_end(f, lo, hi, settings)
    if between is not None:
        found.append(between)
    offset_bits = settings.offset_bits if of_input else 0.0

    def cost(point: SteepPoint) -> float:
        return _address_size(point) + offset_bits * bool(point.seen.centre)

    return min(found, key=cost, default=None)


def _address_size(point: SteepPoint) -> float:
    """The bits of an address, up to a number that all points of a function have in common."""
    halves = point.seen.side == "ends"  # a bit says which end is nearer
    return math.log2(max(point.change, NEGLIGIBLE.divisor)) + point.seen.exponent + halves


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
    if _is_constant(f, Box.exact(centre, hi)):
        return "above"
    if _is_constant(f, Box.exact(lo, centre)):
        return "below"
    return None


def _is_constant(f: Function, t: Box) -> bool:
    """Whether ``f`` changes on ``t`` by no more than rounding outward makes of a constant."""
    size = float(np.max(f.interval(t).mag))
    return _change_on(f, t) <= max(NEGLIGIBLE.change, NEGLIGIBLE.rounding * size)


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
    """The numbers ``near`` to ``far`` from ``centre``, "above" it or "below"."""

    centre: float
    name: str
    near: float
    far: float

    def box(self, near: float | Array, far: float | Array) -> Box:
        """The numbers at such distances from the centre."""
        c = self.centre
        if self.name == "below":
            return Box.exact(c - far, c - near)
        return Box.exact(c + near, c + far)

    def least(self, settings: FloatSettings) -> float:
        """The distance from which on slopes are looked at."""
        resolved = abs(self.centre) * 2.0**-settings.resolved
        return max(self.near, self.far * 2.0**-settings.octaves, resolved)


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
    found = _octaves(f, Box.exact(lo, hi), sides, settings)
    if found is None:
        return None
    exponent, changes = found
    far = max(side.far for side in sides)
    return SteepPoint(Float(centre, name, exponent, constant is not None), far, changes)


def _nearer_end(f: Function, lo: float, hi: float, settings: FloatSettings) -> SteepPoint | None:
    """``f`` of the distance from the nearer end of its range, in as many octaves as it needs."""
    half = (hi - lo) / 2
    sides = [_Side(lo, "above", 0.0, half), _Side(hi, "below", 0.0, half)]
    found = _octaves(f, Box.exact(lo, hi), sides, settings)
    if found is None:
        return None
    exponent, changes = found
    return SteepPoint(Float(Fraction(lo), "ends", exponent, far=Fraction(hi)), half, changes)


def _octaves(
    f: Function, t: Box, sides: list[_Side], settings: FloatSettings
) -> tuple[int, tuple[float, ...]] | None:
    """The bits of the exponent that ``f`` needs on ``t``, and its largest steps from each octave
    on; None where these are too many.
    """
    if any(side.far <= side.least(settings) for side in sides):
        return None  # floats do not tell numbers near the centre apart
    far = max(side.far for side in sides)
    changes = _largest_steps(f, sides, far, settings)
    change = changes[-1]
    if not math.isfinite(change) or not math.isfinite(_change_on(f, t)):
        return None
    for exponent in range(1, settings.most_exponent + 1):
        end = far * 2.0 ** -((1 << exponent) - 1)
        below = [
            side.box(side.near, min(end, side.far)) for side in sides if end > side.least(settings)
        ]
        if all(_change_on(f, box) <= settings.below * change for box in below):
            return exponent, changes
    return None


def _sides_of(c: float, lo: float, hi: float) -> tuple[str, list[_Side]]:
    """Where the range ``lo`` to ``hi`` is around ``c``: "above", "below" or on "both" sides."""
    above = _Side(c, "above", max(lo - c, 0.0), hi - c)
    below = _Side(c, "below", max(c - hi, 0.0), c - lo)
    if lo >= c:
        return "above", [above]
    if hi <= c:
        return "below", [below]
    return "both", [above, below]


def _largest_steps(
    f: Function, sides: list[_Side], far: float, settings: FloatSettings
) -> tuple[float, ...]:
    """The largest slope times distance from the centre, from each octave below ``far`` on."""
    found: dict[int, float] = {}
    for side in sides:
        least = side.least(settings)
        count = math.ceil(math.log2(side.far / least) * settings.parts) + 2
        edges = np.geomspace(least, side.far, count)
        starts, ends = edges[:-1], edges[1:]
        slopes = f.slope.interval(side.box(starts, ends))
        steps = np.broadcast_to(slopes.mag * ends, starts.shape)
        octaves = np.floor(np.log2(far / ends)).astype(np.int64)
        for octave, step in zip(octaves.tolist(), steps.tolist(), strict=True):
            found[octave] = max(found.get(octave, 0.0), step)
    every = [found.get(octave, 0.0) for octave in range(max(found) + 1)]
    return tuple(np.maximum.accumulate(every).tolist())


def _change_on(f: Function, t: Box) -> float:
    """What ``f`` changes on the widest of some intervals."""
    image = f.interval(t)
    return float(np.max(image.hi - image.lo))
