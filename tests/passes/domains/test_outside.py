"""A refusal shows inputs at which an operator is undefined, and only such."""

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from symgate.errors import InputError
from symgate.frontend.language.infix import parse
from symgate.ir.evaluate import evaluate
from symgate.ir.expr import Program
from symgate.ir.operators import NON_NEGATIVE, NON_ZERO, POSITIVE
from symgate.passes.domains.check import CheckDomains
from symgate.passes.domains.outside import point_outside, told

BOX = {"x": (-1.0, 3.0), "y": (0.0, 1.0)}


@pytest.mark.parametrize(
    ("text", "domain"),
    [
        ("x*y", POSITIVE),
        ("x - y", NON_NEGATIVE),
        ("x*x - y", NON_ZERO),
        ("cos(2*x)", NON_ZERO),
        ("x*x + y*y", NON_ZERO),
        ("(x + y)**2", NON_ZERO),
    ],
)
def test_the_point_is_outside(text, domain):
    operand = parse(text, None)
    point = point_outside(operand, domain, BOX)
    (value,) = evaluate([operand], {"x": 0.0, "y": 0.0} | point)
    assert all(low <= point[name] <= high for name, (low, high) in BOX.items() if name in point)
    if domain is NON_ZERO:
        assert abs(value) < 1e-12
    else:
        assert not domain.holds(float(value), float(value))


@pytest.mark.parametrize(
    ("text", "domain"), [("x*x + 1", POSITIVE), ("abs(x) + y + 1/8", NON_ZERO), ("2", POSITIVE)]
)
def test_none_is_shown_where_there_is_none(text, domain):
    assert point_outside(parse(text, None), domain, BOX) is None


def test_a_jump_over_zero_is_no_zero():
    assert point_outside(parse("where(x > 1, 2, -2)", None), NON_ZERO, BOX) is None


def test_a_pole_of_a_tangent_is_named():
    program = Program(("x", "y"), (("out", parse("y*tan(x)", None)),))
    with pytest.raises(InputError, match=r"tan of 'x'.*\n.*and is not so at x = 1\.571"):
        CheckDomains(BOX)(program)
    CheckDomains(BOX | {"x": (-1.5, 1.5)})(program)
    CheckDomains(BOX | {"x": (1.6, 4.7)})(program)


@given(st.floats(-4, 4), st.floats(0.01, 2))
def test_a_tangent_is_defined_where_no_pole_is_inside(low, width):
    """Where a pole is within a rounding error of an end either answer is right."""
    high = low + width
    poles = [(k + 0.5) * math.pi for k in range(-3, 4)]
    near = min(min(abs(p - low), abs(p - high)) for p in poles)
    check = CheckDomains({"x": (low, high)})
    if near > 1e-6:
        has_pole = any(low < p < high for p in poles)
        assert check.proves(parse("cos(x)", None), NON_ZERO) != has_pole


def test_points_are_told_with_four_digits():
    assert told({"x": 1 / 3, "y": 2.0}) == "x = 0.3333, y = 2"
