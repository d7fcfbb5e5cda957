"""Which functions may see their argument as a floating-point number, around which point and in how
many octaves.
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

#: Parts of an octave, and octaves, on which a function's slope is looked at; bits of the exponent.
_PARTS, _OCTAVES, _MOST = 8, 60, 6
#: Part of what the coarsest step changes that all values below the octaves together may change.
_BELOW = 2.0**-9
_NOTHING = 1e-200  # what outward rounding alone makes of no change
_AT_A_POINT = frozenset(
    {"sqrt", "log", "log2", "log10", "inv", "cbrt", "pow", "div", "abs", "held_inv"}
)


@dataclass(frozen=True)
class Floated:
    """A function of a floating-point number: a step of ``2**-m`` of the number changes it by
    ``2**-m * change``.
    """

    seen: Float
    change: float


def floated(f: Function, lo: float, hi: float) -> Floated | None:
    """The best point for ``f`` between ``lo`` and ``hi``; None where no point is."""
    if f.period is not None or f.jumps or not (math.isfinite(lo) and math.isfinite(hi) and lo < hi):
        return None
    found = [
        x
        for centre in dict.fromkeys(_centres(f, lo, hi))
        if (x := _around(f, centre, lo, hi)) is not None
    ]
    return min(
        found, key=lambda x: math.log2(max(x.change, 1e-300)) + x.seen.exponent, default=None
    )


def _centres(f: Function, lo: float, hi: float) -> Iterator[Fraction]:
    """Points where ``f`` may be steep: those where operators have no derivative, and the ends of
    the range.
    """
    for e in postorder([f.body]):
        if e.op in _AT_A_POINT:
            yield from (p for p in map(_zero, e.args) if p is not None)
        elif e.op == "max":
            yield from (
                p
                for p in map(_zero, e.args)
                if p is not None and _beyond(f, float(p), lo, hi) is not None
            )
    yield Fraction(lo)
    yield Fraction(hi)


def _beyond(f: Function, centre: float, lo: float, hi: float) -> bool | None:
    """On which side of a point inside the range ``f`` does not change: above it, or below."""
    if not lo < centre < hi:
        return None
    sides = {True: Box.exact(centre, hi), False: Box.exact(lo, centre)}
    return next((above for above, t in sides.items() if _varies(f, t) < _NOTHING), None)


def _zero(e: Expr) -> Fraction | None:
    """Where an affine form of the argument is 0."""
    offset, terms = split_sum(e)
    if len(terms) != 1 or offset.op != CONST:
        return None
    ((term, k),) = terms.items()
    plain = term.op == VAR and term.value == ARGUMENT and k.op == CONST and k.value
    return Fraction(-offset.value) / Fraction(k.value) if plain else None


def _around(f: Function, centre: Fraction, lo: float, hi: float) -> Floated | None:
    """``f`` of the distance from ``centre``, in as many octaves as it needs."""
    c = float(centre)
    beyond = _beyond(f, c, lo, hi)
    lo, hi = (lo, c) if beyond is True else (c, hi) if beyond is False else (lo, hi)
    side = "above" if lo >= c else "below" if hi <= c else "both"
    sides = [("above", max(lo - c, 0.0), hi - c)] if side != "below" else []
    sides += [("below", max(c - hi, 0.0), c - lo)] if side != "above" else []
    change = max(_change(f, c, *s) for s in sides)
    if not math.isfinite(change) or not math.isfinite(_varies(f, Box.exact(lo, hi))):
        return None
    far = max(s[2] for s in sides)
    for exponent in range(1, _MOST + 1):
        end = far * 2.0 ** -((1 << exponent) - 1)
        low = [
            (s, near, min(end, most))
            for s, near, most in sides
            if end > max(near, most * 2.0**-_OCTAVES)
        ]
        if all(_varies(f, _box(c, *part)) <= _BELOW * change for part in low):
            return Floated(Float(centre, side, exponent, beyond is not None), change)
    return None


def _change(f: Function, c: float, side: str, near: float, far: float) -> float:
    """The largest slope times distance from ``c`` on one side of it."""
    least = max(near, far * 2.0**-_OCTAVES)
    edges = np.geomspace(least, far, math.ceil(math.log2(far / least) * _PARTS) + 2)
    a, b = edges[:-1], edges[1:]
    return float(np.max(f.slope.interval(_box(c, side, a, b)).mag * b))


def _box(c: float, side: str, near: float | Array, far: float | Array) -> Box:
    return Box.exact(c - far, c - near) if side == "below" else Box.exact(c + near, c + far)


def _varies(f: Function, t: Box) -> float:
    image = f.interval(t)
    return float(np.max(image.hi - image.lo))
