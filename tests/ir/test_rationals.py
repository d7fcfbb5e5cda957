"""Rational expressions at many points: the same as Python's fractions, one by one."""

from __future__ import annotations

import itertools
import math
from fractions import Fraction

import numpy as np
import pytest

from symgate.frontend.language.infix import parse
from symgate.ir.expr import variables
from symgate.ir.rationals import Ratios, boxes_at, decided_at, values_at

FRAC = 2
CODES = np.arange(-9, 10)
TRUTH = {
    "floor(x/3)": lambda x, y: Fraction(math.floor(x / 3)),
    "ceil(0.1*x*y)": lambda x, y: Fraction(math.ceil(Fraction(1, 10) * x * y)),
    "round(x/2)": lambda x, y: Fraction(round(x / 2)),
    "mod(x, 0.3)": lambda x, y: x - Fraction(3, 10) * math.floor(x / Fraction(3, 10)),
    "mod(x, y)": lambda x, y: x - y * math.floor(x / y) if y else None,
    "floor(x/y)": lambda x, y: Fraction(math.floor(x / y)) if y else None,
    "where(x/3 >= y/7, x, y**2)": lambda x, y: x if x / 3 >= y / 7 else y**2,
    "max(x, y/3) + min(x*y, 0.7)": lambda x, y: max(x, y / 3) + min(x * y, Fraction(7, 10)),
    "sign(x - y) + abs(x)**3": lambda x, y: Fraction((x > y) - (x < y)) + abs(x) ** 3,
    "where(y != 0, 1/y, x)": lambda x, y: 1 / y if y else x,
}


def grid():
    x, y = np.meshgrid(CODES, CODES, indexing="ij")
    return {"x": Ratios.codes(x.ravel(), FRAC), "y": Ratios.codes(y.ravel(), FRAC)}


@pytest.mark.parametrize("text", TRUTH)
def test_values_are_those_of_fractions(text):
    found = values_at(parse(text, ["x", "y"]), grid())

    assert isinstance(found, Ratios)
    num, den = (np.broadcast_to(side, CODES.size**2) for side in (found.num, found.den))
    for k, (x, y) in enumerate(itertools.product(CODES, CODES)):
        wanted = TRUTH[text](Fraction(int(x), 1 << FRAC), Fraction(int(y), 1 << FRAC))
        assert (int(den[k]) == 0) == (wanted is None)
        assert wanted is None or Fraction(int(num[k]), int(den[k])) == wanted


@pytest.mark.parametrize("text", TRUTH)
def test_boxes_hold_the_values_and_are_points_where_floats_are(text):
    e, env = parse(text, ["x", "y"]), grid()

    for box in (boxes_at(e, env), decided_at(e, env, (CODES.size**2,))):
        low, high = (np.broadcast_to(side, CODES.size**2) for side in (box.lo, box.hi))
        for k, (x, y) in enumerate(itertools.product(CODES, CODES)):
            wanted = TRUTH[text](Fraction(int(x), 1 << FRAC), Fraction(int(y), 1 << FRAC))
            if wanted is not None:  # elsewhere an interval may be anything
                assert low[k] <= wanted <= high[k]
                assert high[k] - low[k] <= 1e-12


def test_what_is_not_rational_is_an_interval_around_it():
    e = parse("floor(x/3) + sin(y)", ["x", "y"])
    box = boxes_at(e, grid())

    assert variables([e]) == ["x", "y"]
    low, high = (side.reshape(CODES.size, -1) for side in (box.lo, box.hi))
    wanted = np.floor(CODES / 4 / 3)[:, None] + np.sin(CODES / 4)[None, :]
    assert np.all((low <= wanted) & (wanted <= high) & (high - low < 1e-12))


def test_integers_of_any_size_are_exact():
    e = parse("floor((x**8*1000000007 + 1/3)*y**8/3)", ["x", "y"])
    (x,), (y,) = (np.array([(1 << 20) - 3]),), (np.array([(1 << 19) + 1]),)
    found = values_at(e, {"x": Ratios.codes(x, 0), "y": Ratios.codes(y, 0)})

    a, b = int(x[0]), int(y[0])
    wanted = math.floor((Fraction(a) ** 8 * 1000000007 + Fraction(1, 3)) * Fraction(b) ** 8 / 3)
    assert isinstance(found, Ratios)
    assert int(found.num[0]) == wanted
