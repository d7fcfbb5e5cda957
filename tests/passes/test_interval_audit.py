"""The audit of `tests.ir.test_interval_audit` for the intervals that passes make themselves: sums of
local errors, largest changes, ranges in fractions, codes as numbers, errors as floats.

What is slower than a microsecond per point has fewer rows, as each test says.
"""

from __future__ import annotations

import math
import random
from fractions import Fraction
from typing import Any

import flint
import numpy as np
import pytest

from symgate.frontend.language.infix import parse
from symgate.ir.boxes import Box
from symgate.ir.design import Input
from symgate.ir.expr import var
from symgate.ir.fixed import Builder
from symgate.ir.function import Function
from symgate.ir.types import FixedType
from symgate.passes.bounds.propagation import Sensitivity, bounds, modulus
from symgate.passes.bounds.subboxes import subdivide
from symgate.passes.domains.monotone import image
from symgate.passes.lowering.context import Context
from symgate.passes.lowering.images import points
from symgate.passes.lowering.plan import Plan
from tests.ir.audit import (
    any_float,
    box_around,
    ends,
    moved,
    outside,
    report,
    sample,
    sizes,
)

RATIONAL = {
    "x*y - x": lambda x, y: x * y - x,
    "x**3 + x*y*y": lambda x, y: x**3 + x * y * y,
    "1 - ((1 - x) + x*y)*x": lambda x, y: 1 - ((1 - x) + x * y) * x,
    "x/(y*y + 1) - y": lambda x, y: x / (y * y + 1) - y,
}


@sizes
@pytest.mark.parametrize("text", RATIONAL)
def test_ranges_in_fractions(text, rows, rng):
    """One row in 500, few of them of all sizes: fractions of 1e300 take 20 ms."""
    e, s = parse(text, ["x", "y"]), sample(rng, rows // 100, 2)
    sides = np.abs([side for b in s.boxes for side in (b.lo, b.hi)])
    moderate = np.all((sides == 0) | ((sides > 1e-9) & (sides < 1e9)), axis=0)
    some = moderate | (rng.random(moderate.shape) < 0.01)
    rows_finite = np.flatnonzero(some & np.all(np.isfinite(sides), axis=0))
    lo, hi = np.full(s.points[0].size, -np.inf), np.full(s.points[0].size, np.inf)
    for at in np.array_split(rows_finite, -(-len(rows_finite) // 16)):
        cells = {n: Box(b.lo[at], b.hi[at]) for n, b in zip("xy", s.boxes, strict=True)}
        found = image(e, cells)
        lo[at], hi[at] = found.lo, found.hi
    report(outside(text, Box(lo, hi), RATIONAL[text], s))


@sizes
def test_sums_of_local_errors(rows, rng):
    """One row in 50: the bound is one number for all boxes."""
    root, names = var("y"), [var(f"e{k}") for k in range(6)]
    failures = []
    slopes = [scaled_boxes(rng, rows // 50) for _ in names]
    errors = [scaled_boxes(rng, rows // 50) for _ in names]
    for row in range(rows // 50):
        some = range(rng.integers(1, len(names) + 1))
        here = {names[k]: one(slopes[k], row) for k in some}
        there = {names[k]: one(errors[k], row) for k in some}
        bound, _ = bounds(Sensitivity({}, {root: here}), there)[root]
        for side in ("lo", "hi"):
            total = exact_extreme([(here[e], there[e]) for e in here], side)
            if total is not None and not abs(total) <= Fraction(min(bound, 1.7e308)):
                failures.append(f"{here} times {there}: {float(total)!r}, bounded by {bound!r}")
    report(failures)


def scaled_boxes(rng: np.random.Generator, rows: int) -> Box:
    scale = 2.0 ** rng.uniform(-300, 300, rows)
    return box_around(rng, rng.normal(size=rows) * scale, rng.normal(size=rows) * scale)


def one(b: Box, row: int) -> Box:
    return Box(b.lo[row : row + 1], b.hi[row : row + 1])


def exact_extreme(pairs: list[tuple[Box, Box]], side: str) -> Fraction | None:
    """The exact least or largest sum of products; None where it is infinite."""
    total, pick = Fraction(0), min if side == "lo" else max
    for x, y in pairs:
        numbers = [float(v[0]) for v in (x.lo, x.hi, y.lo, y.hi)]
        if not np.all(np.isfinite(numbers)):
            return None
        a, b, c, d = map(Fraction, numbers)
        total += pick(a * c, a * d, b * c, b * d)
    return total


@sizes
@pytest.mark.parametrize("text", ["3*t", "floor(t)", "t*t*t", "sin(9*t)"])
def test_largest_change_within_a_reach(text, rows, rng):
    """One modulus for 1,000 pairs, many as far apart as they may be."""
    f = Function(parse(text, ["t"]))
    failures = []
    for _ in range(-(-rows // 20_000)):
        lo = rng.uniform(-4, 4)
        hi = lo + 2.0 ** rng.uniform(-6, 3)
        reach = (hi - lo) * 2.0 ** rng.uniform(-12, 1)
        bound = modulus(f, Box.exact(np.array([lo]), np.array([hi])), reach)
        starts = moved(rng, np.concatenate([rng.uniform(lo, hi, 500), np.linspace(lo, hi, 4097)]))
        starts = np.clip(starts[rng.integers(0, len(starts), 1000)], lo, hi)
        for a in starts.tolist():
            far = min(Fraction(hi), Fraction(a) + Fraction(reach))
            with flint.ctx.workprec(200):
                near = flint.arb(far.numerator) / far.denominator
                change = abs(f.ball(near) - f.ball(flint.arb(a)))
            if change > bound:
                failures.append(f"{text} from {a!r} to {float(far)!r}: {change}, bound {bound!r}")
    report(failures)


@sizes
def test_codes_as_numbers(rows, rng):
    chance = random.Random(int(rng.integers(1 << 60)))
    failures = []
    for _ in range(rows // 64):
        frac, size = chance.randint(-20, 70), 1 << chance.randint(1, 61)
        codes = np.sort(rng.integers(-size, size, (2, 64)), axis=0)
        denominator = chance.choice([1, 3, 10**6, 1 << chance.randint(0, 80)])
        offset = Fraction(chance.randint(-(1 << 40), 1 << 40), denominator)
        box = points(codes[0], codes[1], frac, offset)
        unit = Fraction(2) ** -frac
        for lo, hi, a, b in zip(box.lo, box.hi, *codes.tolist(), strict=True):
            first, last = a * unit + offset, b * unit + offset
            if not (Fraction(float(lo)) <= first and last <= Fraction(float(hi))):
                failures.append(f"codes {a}, {b} at {frac} bits and {offset}: [{lo!r}, {hi!r}]")
    report(failures)


@sizes
def test_errors_as_floats(rows, rng):
    """Numbers as fractions, and floats that were rounded once."""
    context = Context(Builder(), Plan({}, {}), {}, {})
    failures = []
    for x, y in zip(any_float(rng, rows // 2).tolist(), ends(rng, rows // 2).tolist(), strict=True):
        exact = Fraction(x) / 3 if abs(y) > 1 else Fraction(x) + Fraction(y)
        if abs(exact) > Fraction(1.7e308):
            continue
        for number in (exact, x + y if abs(y) <= 1 else x / 3):
            context.error(var("x"), number, number)
            box = context.errors[var("x")] if number else Box.exact(0.0)
            if not Fraction(float(box.lo)) <= exact <= Fraction(float(box.hi)):
                failures.append(f"{exact}: [{float(box.lo)!r}, {float(box.hi)!r}]")
    report(failures)


@sizes
def test_sub_boxes_hold_every_point(rows, rng):
    """One cut for 1,000 points."""
    e = parse("x*x*y + sin(y)", ["x", "y"])
    failures = []
    for _ in range(-(-rows // 1000)):
        sides = [np.sort(ends(rng, 2)).tolist() for _ in "xy"]
        cells = subdivide(dict(zip("xy", sides, strict=True)), [e], 256)
        inside = [
            np.clip(moved(rng, rng.uniform(0, 1, 1000) * (hi / 2 - lo / 2) * 2 + lo), lo, hi)
            for lo, hi in sides
        ]
        held: Any = True
        for n, x in zip("xy", inside, strict=True):
            held = held & (cells[n].lo[:, None] <= x) & (x <= cells[n].hi[:, None])
        failures += [
            f"{sides} at {inside[0][k]!r}, {inside[1][k]!r}" for k in np.flatnonzero(~held.any(0))
        ]
    report(failures)


@pytest.mark.parametrize("kind", ["fixed<60,4>", "fixed<64,-3>", "ufixed<53,1>", "fixed<80,60>"])
def test_the_range_of_an_input_is_rounded_outward(kind, rng):
    t = FixedType.parse(kind)
    for _ in range(1000):
        a, b = sorted(int(t.lo + (t.hi - t.lo) * Fraction(float(x))) for x in rng.random(2))
        port = Input("x", t, a * t.ulp, b * t.ulp)
        lo, hi = port.span
        assert Fraction(lo) <= port.lo
        assert port.hi <= Fraction(hi)
        assert math.nextafter(lo, math.inf) >= port.lo
