"""Operators that can leave their domain are refused, and only these: bisection proves what one
interval cannot.
"""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from symgate.errors import InputError
from symgate.frontend.language.infix import parse
from symgate.ir.boxes import Box
from symgate.ir.evaluate import evaluate
from symgate.ir.expr import Program, variables
from symgate.ir.meanings import HELD
from symgate.ir.operators import OPERATORS
from symgate.passes.domains.check import CheckDomains
from symgate.passes.domains.clamp import Clamp


def program(text):
    e = parse(text, None)
    return Program(tuple(variables([e])), (("out", e),))


def check(text, ranges, source=None):
    p = program(text)
    assert CheckDomains(ranges, source)(p) is p


@pytest.mark.parametrize(
    ("name", "text", "ranges"),
    [
        ("log", "log(x - 1)", {"x": (0, 4)}),
        ("log at 0", "log(x)", {"x": (0, 4)}),
        ("sqrt", "sqrt(x)", {"x": (-0.5, 4)}),
        ("division", "x/y", {"x": (-1, 1), "y": (-1, 2)}),
        ("division by 0 at the end", "1/x", {"x": (0, 1)}),
        ("inverse of a sum", "inv(x + y)", {"x": (-1, 1), "y": (-1, 1)}),
        ("power", "(x + y)**-2", {"x": (-1, 1), "y": (-1, 1)}),
        ("root", "x**0.5", {"x": (-1, 1)}),
        ("negative root", "x**-0.5", {"x": (0, 1)}),
        ("variable exponent", "x**y", {"x": (0, 1), "y": (1, 2)}),
        ("asin", "asin(2*x)", {"x": (0, 1)}),
        ("acosh", "acosh(x)", {"x": (0.5, 2)}),
        ("atanh", "atanh(x)", {"x": (-1, 0)}),
        ("log1p", "log1p(x)", {"x": (-1, 0)}),
        ("mod", "mod(x, y)", {"x": (0, 1), "y": (-1, 1)}),
        ("inside", "where(x > 0, log(x), 0)", {"x": (-1, 1)}),
        ("long", "log(" + "sin(x)*x + " * 12 + "x)", {"x": (-1, 1)}),
        ("atan2", "atan2(x - y, x + y)", {"x": (-1, 1), "y": (-1, 1)}),
    ],
)
def test_message(name, text, ranges, golden):
    with pytest.raises(InputError) as caught:
        check(text, ranges, "design.toml")
    golden(f"{caught.value}\n")


@pytest.mark.parametrize(
    ("text", "ranges"),
    [
        ("log(x)", {"x": (0.001, 4)}),
        ("sqrt(x)", {"x": (0, 4)}),
        ("sqrt(x*x)", {"x": (-4, 4)}),
        ("1/x", {"x": (-2, -0.001)}),
        ("x**-2", {"x": (-2, -0.001)}),
        ("x**3", {"x": (-2, 2)}),
        ("asin(x)", {"x": (-1, 1)}),
        ("acosh(x)", {"x": (1, 2)}),
        ("log1p(x)", {"x": (-0.999, 0)}),
        ("mod(x, 0.5)", {"x": (-4, 4)}),
        # one interval is too wide, halves are not
        ("log(x*x - x + 0.3)", {"x": (-4, 4)}),
        ("sqrt(x*x - x + 0.25 + 0.001)", {"x": (-4, 4)}),
        ("1/(x*x + y*y - x*y + 0.1)", {"x": (-2, 2), "y": (-2, 2)}),
        ("sqrt(1.01 - sin(x)*sin(x) - cos(x)*cos(x))", {"x": (-3, 3)}),
        ("log(2 - x/(1 + x*x))", {"x": (-8, 8)}),
        ("(x + 1/x)**0.5", {"x": (0.05, 10)}),
        ("log(x + sqrt(x**2 + 1))", {"x": (-100, 100)}),
        ("sqrt(2*(x + sqrt(x*x + y*y)))", {"x": (-4, 4), "y": (-4, 4)}),
        ("1/(2*sqrt(x**2 + y**2 + 0.1) - x - y)", {"x": (-4, 4), "y": (-4, 4)}),
    ],
)
def test_defined_everywhere(text, ranges):
    check(text, ranges)


@pytest.mark.parametrize("margin", [1e-3, -1e-3])
def test_margin_decides(margin):
    """x^2 - x + 1/4 is 0 at 1/2: a little more is fine, a little less is not."""
    text, ranges = f"log(x*x - x + {0.25 + margin})", {"x": (-2, 2)}
    if margin > 0:
        check(text, ranges)
    else:
        with pytest.raises(
            InputError, match=r"^error: log of 'x\*x - x \+ 0\.249' can leave its domain"
        ):
            check(text, ranges)


def test_what_would_vanish_is_checked_first():
    with pytest.raises(InputError, match=r"^error: log of 'x' can leave its domain"):
        check("0*log(x) + x", {"x": (-1, 1)})


@pytest.mark.parametrize(
    ("text", "ranges"),
    [
        ("log(x - 1)", {"x": (0.0, 4.0)}),
        ("sqrt(x)*2", {"x": (-0.5, 4.0)}),
        ("asin(2*x)", {"x": (-1.0, 1.0)}),
        ("acosh(x)", {"x": (0.5, 2.0)}),
        ("atanh(x)", {"x": (-1.0, 0.0)}),
        ("log1p(x)", {"x": (-2.0, 0.0)}),
        ("x**0.5", {"x": (-1.0, 1.0)}),
        ("x**y", {"x": (-1.0, 1.0), "y": (1.0, 2.0)}),
        ("1/x", {"x": (-1.0, 1.0)}),
        ("y/x", {"x": (-1.0, 1.0), "y": (-2.0, 2.0)}),
        ("x**-3", {"x": (-2.0, 1.0)}),
        ("y/(x - log(y))", {"x": (-1.0, 1.0), "y": (-2.0, 2.0)}),
    ],
)
def test_clamped_programs_are_defined_and_the_same_inside(text, ranges, rng):
    p = program(text)
    clamped = Clamp(ranges)(p)
    assert CheckDomains(ranges)(clamped) is clamped
    inputs = {n: rng.uniform(*r, 2000) for n, r in ranges.items()}
    before, after = evaluate(p.roots, inputs)[0], evaluate(clamped.roots, inputs)[0]
    inside = np.isfinite(before) & (np.abs(before) < 3)
    assert np.all(np.isfinite(after))
    assert (
        np.median(np.abs(before - after)[inside]) <= 2.0**-52
    )  # (1/x)**3 is rounded in another way than x**-3


@given(st.floats(-4, 4), st.floats(-4, 4))
def test_held_inverse_is_continuous_and_odd(x, y):
    f = OPERATORS["held_inv"].numpy
    at = f(np.array([x, y, -x]))
    assert at[0] == -at[2]
    assert abs(at[0]) <= 1024
    assert abs(at[1] - at[0]) <= 2.0**20 * abs(y - x) * (1 + 1e-9)  # which a jump would break
    if abs(x) >= 2.0**-10:
        assert at[0] == pytest.approx(1 / x, rel=1e-15)


@given(st.floats(-0.01, 0.01), st.floats(0, 0.01), st.floats(0, 1))
def test_intervals_of_a_held_inverse_hold_its_values_and_are_close(lo, width, part):
    op, hi = OPERATORS["held_inv"], lo + width
    box = op.interval(Box.exact(lo, hi))
    value = op.numpy(np.array(min(lo + part * width, hi)))
    assert float(box.lo) <= value <= float(box.hi)
    points = op.numpy(np.clip(np.array([lo, hi, -HELD, HELD]), lo, hi))
    assert (
        float(box.hi) - float(box.lo)
        <= np.ptp(points) * (1 + 1e-12) + 1e-12 * np.abs(points).max() + 1e-300
    )


@pytest.mark.parametrize("text", ["mod(x, x)", "atan2(x, x)"])
def test_what_has_no_continuous_neighbour_stays_an_error(text):
    p = program(text)
    with pytest.raises(InputError, match="narrow the ranges of the inputs, or protect"):
        CheckDomains({"x": (-1, 1)})(Clamp({"x": (-1, 1)})(p))


def test_nothing_is_clamped_in_vain():
    p = program("log(x*x - x + 0.3)")

    assert Clamp({"x": (-4.0, 4.0)})(p) == p
