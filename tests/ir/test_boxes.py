"""Boxes: arithmetic that is exact where floats are, and never too narrow."""

from __future__ import annotations

from fractions import Fraction

import numpy as np
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from symgate.frontend.language.infix import parse
from symgate.ir.boxes import Box, nearest, power
from symgate.ir.evaluate import boxes
from symgate.ir.meanings import HELD, held_box, pow_box

floats = st.floats(allow_nan=False, allow_infinity=False)
INF = float("inf")


def box(a, b):
    return Box.exact(min(a, b), max(a, b))


def holds(b: Box, value: Fraction) -> bool:
    lo, hi = float(b.lo), float(b.hi)
    return (
        (lo == -INF or Fraction(lo) <= value)
        and (hi == INF or value <= Fraction(hi))
        and lo < INF
        and hi > -INF
    )


@given(floats, floats, floats, floats)
def test_arithmetic_holds_exact_results(a, b, c, d):
    p, q = box(a, b), box(c, d)
    corners = [(Fraction(s), Fraction(t)) for s in (a, b) for t in (c, d)]
    for s, t in corners:
        assert holds(p + q, s + t)
        assert holds(p - q, s - t)
        assert holds(p * q, s * t)
        if t:
            assert holds(p / q, s / t)
            assert holds(q.reciprocal(), 1 / t)


@given(st.floats(-1e30, 1e30), st.floats(-1e30, 1e30), st.integers(0, 12))
def test_powers_hold_exact_results(a, b, n):
    for s in (a, b):
        assert holds(power(box(a, b), n), Fraction(s) ** n)


def held(x: Fraction) -> Fraction:
    """The inverse that is a line through 0 near it."""
    return 1 / x if abs(x) >= Fraction(HELD) else x / Fraction(HELD) ** 2


@example(269.71121774680853, 269.71121774680853)  # two roundings go the same way
@example(1.4e154, 1.4e154)  # its square is no float
@given(floats, floats)
def test_a_held_inverse_holds_exact_results(a, b):
    found = held_box(box(a, b))
    for s in (a, b, -HELD, HELD):
        if min(a, b) <= s <= max(a, b):
            assert holds(found, held(Fraction(s)))


@given(st.integers(-4096, 4096), st.integers(-4096, 4096), st.integers(0, 12))
def test_short_numbers_lose_nothing(a, b, k):
    p, q = Box.exact(a / 2**k), Box.exact(b / 4**k)
    for result, exact in (
        (p + q, a / 2**k + b / 4**k),
        (p * q, a / 2**k * (b / 4**k)),
        (power(p, 4), (a / 2**k) ** 4),
    ):
        if exact or result is not p * q:
            assert float(result.hi) - float(result.lo) <= 2e-300
        assert float(result.lo) <= exact <= float(result.hi)


@given(floats, floats)
def test_what_overflowed_is_open_on_the_right_side(a, b):
    p = box(a, b) * Box.exact(1e308) + Box.exact(1e308) - Box.exact(1e308)
    assert not np.isnan(p.lo)
    assert not np.isnan(p.hi)
    assert holds(p, Fraction(a) * 10**308) or abs(Fraction(a)) * 10**308 > Fraction(1.7e308)


@pytest.mark.parametrize(
    "value", [Fraction(1, 3), Fraction(-1, 10), Fraction(10) ** 400, Fraction(-1, 10**400), 7, 0.1]
)
def test_around(value):
    b = Box.around(value)
    assert holds(b, Fraction(value))
    assert nearest(value) in (float(b.lo), float(b.hi)) or value == Fraction(value)


@pytest.mark.parametrize(
    ("text", "lo"),
    [
        ("1 - x*x", 0.0),
        ("1 - x**2", 0.0),
        ("x**2 + y**2", 0.0),
        ("x*x*y*y", -1.0),
        ("abs(x)*abs(y)", 0.0),
        ("1 + x**3", 0.0),
    ],
)
def test_bounds_at_the_edge_of_a_domain_are_exact(text, lo):
    e = parse(text, ["x", "y"])
    b = boxes([e], {"x": Box.exact(-1.0, 1.0), "y": Box.exact(-1.0, 1.0)})[e]

    assert float(b.lo) == lo


@pytest.mark.parametrize(
    "text",
    [
        "log(x)",
        "sqrt(x)",
        "asin(x)",
        "acosh(x)",
        "atanh(x)",
        "x**0.5",
        "1/x",
        "x**-3",
        "log1p(x)",
        "tan(x)",
    ],
)
def test_partly_undefined_is_wide_and_not_wrong(text):
    e = parse(text, ["x"])
    b = boxes([e], {"x": Box.exact(-4.0, 4.0)})[e]
    inside = boxes([e], {"x": Box.exact(0.5, 0.75)})[e]

    assert not np.isnan(b.lo)
    assert not np.isnan(b.hi)
    if text != "acosh(x)":
        assert b.lo <= inside.lo
        assert inside.hi <= b.hi


def test_shapes_broadcast():
    e = parse("x*y + pi", ["x", "y"])
    b = boxes(
        [e],
        {
            "x": Box.exact(np.zeros((3, 1)), np.ones((3, 1))),
            "y": Box.exact(np.zeros(2), np.ones(2)),
        },
    )[e]

    assert b.lo.shape == (3, 2)


anything = st.one_of(
    st.floats(),
    st.sampled_from([0.0, -0.0, 1.0, -1.0, 1e308, 1e-300, 1e-320, INF, -INF, 2.0**27 + 1, 1 / 3]),
)


@given(anything, anything, anything, anything)
@example(-INF, -INF, float("nan"), -0.0)
def test_one_interval_is_computed_as_many_are(a, b, c, d):
    """Single intervals are computed in floats; the bits are those of arrays."""
    one = Box(np.array(a), np.array(b)), Box(np.array([c]), np.array([d]))
    many = [Box(np.repeat(x.lo, 2), np.repeat(x.hi, 2)) for x in one]
    for single, several in (
        (one[0] * one[1], many[0] * many[1]),
        (one[0] + one[1], many[0] + many[1]),
        (one[0] - one[1], many[0] - many[1]),
    ):
        assert single.lo.shape == single.hi.shape == (1,)
        assert single.lo.tobytes() == several.lo[:1].tobytes()
        assert single.hi.tobytes() == several.hi[:1].tobytes()
@pytest.mark.parametrize("exponent", [0.25, 0.5, 1.5, 2.5])
def test_a_power_of_zero_is_zero(exponent):
    found = pow_box(Box.exact(np.array([0.0, -1.0]), np.array([0.0, 0.0])), Box.exact(exponent))
    assert found.lo.tolist() == found.hi.tolist() == [0.0, 0.0]
