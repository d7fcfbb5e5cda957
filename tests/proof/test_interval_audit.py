"""The audit of `tests.ir.test_interval_audit` for the intervals of the second proof, which share no
code with `Box`: spans, balls as floats, tables of a function, constants and codes.
"""

from __future__ import annotations

import random
from collections.abc import Callable
from fractions import Fraction
from typing import Any

import flint
import numpy as np
import pytest

from symgate.frontend.language.infix import parse
from symgate.ir.expr import const, make, var
from symgate.ir.operators import OPERATORS
from symgate.proof.ballmath import BITS, Tape, down, spanning, up
from symgate.proof.chain import _exactly
from symgate.proof.codes import _floats, float_above, float_below
from symgate.proof.curves import Curve
from symgate.proof.spans import BASIC, Span, absolute, elementwise
from tests.ir.audit import (
    Sample,
    any_float,
    box_around,
    ends,
    moved,
    outside,
    points_in,
    report,
    sample,
    sizes,
)
from tests.ir.test_interval_audit import CONDITIONS, SPECIAL, conditions, defined

ELEMENTARY = ("exp", "sin", "div", "atan2", "hypot", "log", "tan")


def spans(s: Sample) -> list[Span]:
    return [Span(b.lo, b.hi) for b in s.boxes]


@sizes
@pytest.mark.parametrize("name", BASIC)
def test_span_of_an_operator(name, rows, rng):
    op = OPERATORS[name]
    arities = [op.arity] if op.arity else [2, 3]
    for arity in arities:
        s = sample(rng, rows // len(arities), arity)
        s = conditions(rng, s, CONDITIONS.get(name, 0))
        report(outside(name, BASIC[name](*spans(s)), op.ball, s))


@sizes
def test_span_of_a_difference_and_of_a_square(rows, rng):
    s = sample(rng, rows, 2)
    x, y = spans(s)
    report(outside("-", x - y, lambda a, b: a - b, s))
    square = Sample(s.boxes[:1], s.points[:1])
    report(outside("mul of itself", BASIC["mul"](x, x), lambda a: a * a, square))
    report(outside("absolute", absolute(x), abs, square))


@sizes
@pytest.mark.parametrize("name", ELEMENTARY)
def test_span_of_an_elementary_function(name, rows, rng):
    """One row in 4."""
    op = OPERATORS[name]
    operands = [var(f"p{k}") for k in range(op.arity)]
    tape = Tape([make(name, *operands)], [str(e.value) for e in operands])
    s = sample(rng, rows // 4, op.arity, SPECIAL.get(name, ()))

    def run(*sides: float) -> tuple[float, float]:
        pairs = zip(sides[::2], sides[1::2], strict=True)
        ball = tape(*(spanning(a, b) for a, b in pairs))[0]
        return down(ball), up(ball)

    with flint.ctx.workprec(BITS):
        found = elementwise(run, spans(s))
    report(outside(name, found, op.ball, s, defined(op, s)))


@sizes
def test_balls_as_floats(rows, rng):
    failures = []
    with flint.ctx.workprec(BITS):
        for x, y in zip(any_float(rng, rows).tolist(), ends(rng, rows).tolist(), strict=True):
            for ball in (flint.arb(x) / 3, flint.arb(x) * flint.arb(y), flint.arb(y)):
                lo, hi = down(ball), up(ball)
                if not (lo < ball < hi or lo == -np.inf or hi == np.inf):
                    failures.append(f"{ball.str(30)}: [{lo!r}, {hi!r}]")
    report(failures)


@sizes
def test_fractions_as_floats(rows, rng):
    """One row in 4."""
    failures = []
    count = rows // 12
    for x, y in zip(ends(rng, count).tolist(), any_float(rng, count).tolist(), strict=True):
        for value in (Fraction(x), Fraction(x) / 3, Fraction(x) * Fraction(y)):
            lo, hi = float_below(value), float_above(value)
            if not (lo <= value <= hi):
                failures.append(f"{value}: [{lo!r}, {hi!r}]")
    report(failures)


# Tables


CURVES: dict[str, Callable[[Any], Any]] = {
    "sin(x)": lambda x: x.sin(),
    "x**3 - x": lambda x: x**3 - x,
    "floor(3*x)": lambda x: (3 * x).floor(),
    "1/(x*x + 1/8)": lambda x: 1 / (x * x + flint.arb(1) / 8),
    "exp(-x)": lambda x: (-x).exp(),
}
#: Ranges far from 0, so narrow that floats hardly separate the cells, and ordinary ones.
RANGES = [
    (-1.0, 1.0),
    (0.0, 7.0),
    (1000.0, 1000.0001),
    (1e6, 1e6 + 2.0**-30),
    (-3.0, -3.0 + 2.0**-40),
]


@sizes
@pytest.mark.parametrize("text", CURVES)
def test_table_of_a_curve(text, rows, rng):
    """One row in 4; 2,000 rows share a table."""
    curves = [(lo, hi, Curve(parse(text, ["x"]), "x", lo, hi)) for lo, hi in RANGES]
    for _ in range(-(-rows // (4 * 2000 * len(RANGES)))):
        for lo, hi, curve in curves:
            s = spans_within(rng, lo, hi, curve)
            value, _, _ = curve.image(Span(s.boxes[0].lo, s.boxes[0].hi))
            report(outside(text, value, CURVES[text], s))


def spans_within(rng: np.random.Generator, lo: float, hi: float, curve: Curve) -> Sample:
    """Spans that begin or end at cells of the table, or one float away."""
    edges = curve.lo + np.arange(curve.count + 1) * curve.step
    places = np.concatenate([rng.uniform(lo, hi, 500), rng.choice(edges, 500)])
    places = np.clip(moved(rng, places, 2), lo, hi)
    other = np.clip(places + (hi - lo) * 2.0 ** rng.uniform(-14, 0, 1000), lo, hi)
    box = box_around(rng, places, other)
    inside = type(box)(np.clip(box.lo, lo, hi), np.clip(box.hi, lo, hi))
    corner, *_, inner = points_in(rng, inside, np.full(1000, lo))
    twice = type(box)(np.tile(inside.lo, 2), np.tile(inside.hi, 2))
    return Sample((twice,), (np.concatenate([corner, inner]),))


@sizes
def test_largest_change_of_a_curve(rows, rng):
    """One row in 1,000: 10 ms each. The reach is rounded to a power of 2^(1/4), never below it."""
    curve = Curve(parse("3*x", ["x"]), "x", -8.0, 8.0, count=16)
    exponents = rng.integers(-40, 8, rows // 1000) / 4
    reach = moved(rng, 2.0**exponents)
    bound = curve.modulus(reach)
    wrong = [
        r
        for r, b in zip(reach.tolist(), bound.tolist(), strict=True)
        if Fraction(b) < 3 * Fraction(r)
    ]
    report([f"3*x changes by more than its modulus within {r!r}" for r in wrong])


# Numbers


@sizes
def test_constants_and_codes_as_floats(rows, rng):
    """Of constants one row in 10."""
    chance = random.Random(int(rng.integers(1 << 60)))
    failures = []
    for x in ends(rng, rows // 30).tolist():
        for value in (Fraction(x), Fraction(x) / 3, Fraction(x) * 2 ** chance.randint(0, 99)):
            span = _exactly(const(value))
            lo, hi = float(span.lo), float(span.hi)
            above = lo == -np.inf or (lo < np.inf and Fraction(lo) <= value)
            if not (above and (hi == np.inf or value <= Fraction(hi))):
                failures.append(f"{value}: [{lo!r}, {hi!r}]")
    codes = rng.integers(-(1 << 62), 1 << 62, rows) >> rng.integers(0, 62, rows)
    for code, lo, hi in zip(
        codes.tolist(), _floats(codes, -np.inf), _floats(codes, np.inf), strict=True
    ):
        if not int(lo) <= code <= int(hi):
            failures.append(f"code {code}: [{lo!r}, {hi!r}]")
    report(failures)
