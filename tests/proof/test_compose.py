"""A value that is not what the user wrote is found, however small the difference; nothing else is."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction

import pytest

from symgate.errors import BrokenPromise
from symgate.frontend.language.infix import parse
from symgate.ir.design import Design, Input
from symgate.ir.expr import const, make, variables
from symgate.ir.types import FixedType
from symgate.proof import agreement, compose
from symgate.proof.agreement import Pair, chosen, shown
from symgate.proof.compose import POINTS_ONLY, compare
from symgate.proof.identity import FUNCTIONS, POLYNOMIALS, QUOTIENTS

WORDS = {POLYNOMIALS, QUOTIENTS, FUNCTIONS, POINTS_ONLY}


def design(formula: str, ranges=None, domain="strict", bits=12) -> Design:
    e = parse(formula, None)
    stated = ranges or {}
    inputs = tuple(
        Input.with_bits(n, bits, stated.get(n, (Fraction(-2), Fraction(2)))) for n in variables([e])
    )
    return Design("d", inputs, (("y", e),), domain=domain)


def found(formula: str, value: str, **more):
    """What is said of a design whose certificate has one value."""
    (c,) = compare(design(formula, **more), [("v0", parse(value, None))], {"y": "v0"})
    return c


@pytest.mark.parametrize(
    ("formula", "value", "method"),
    [
        ("(x + y)*(x - y)", "x**2 - y**2", POLYNOMIALS),
        ("x/(y + 3) + 1", "(x + y + 3)/(y + 3)", QUOTIENTS),
        ("sin(x)*cos(x)*y", "0.5*y*sin(2*x)", FUNCTIONS),
        ("atan2(y, x + 3)", "atan(y/(x + 3))", POINTS_ONLY),
        ("asin(x/3) + acos(x/3)", "0.5*pi + 0*x", POINTS_ONLY),
    ],
)
def test_what_is_the_same_is_said_how(formula, value, method):
    c = found(formula, value)

    assert (c.method, c.problem, c.undecided) == (method, None, 0)
    assert c.exact == (method != POINTS_ONLY)
    assert c.points == (64 if method == POINTS_ONLY else 16)
    assert (c.within is None) == c.exact


@pytest.mark.parametrize("places", [2, 12, 40, 59])
@pytest.mark.parametrize("formula", ["x*y + x", "x/(y + 3)", "sin(x + 0.3)*y", "atan2(y, x + 3)"])
def test_smallest_difference_is_found(formula, places):
    f = design(formula)
    wrong = make("mul", const(1 + Fraction(1, 10**places)), f.outputs[0][1])
    (c,) = compare(f, [("v0", wrong)], {"y": "v0"})

    assert c.problem.startswith("output y is another function: it differs by ")
    assert " (code " in c.at


def test_polynomials_are_compared_beyond_any_precision():
    f = design("x*y + x/(y + 3)")
    wrong = f.outputs[0][1] + make("mul", const(Fraction(1, 10**1200)), parse("x", None))
    (c,) = compare(f, [("v0", wrong)], {"y": "v0"})

    assert c.difference == "it differs by less than the smallest float"
    assert c.at


def test_rule_that_holds_for_one_sign_is_found():
    c = found("abs(x) + y", "x + y")

    assert c.problem
    assert "x = -" in c.at
    assert found("abs(x) + y", "x + y", ranges={"x": (Fraction(0), Fraction(2))}).problem is None


@pytest.mark.parametrize("value", ["exp(log(x)) + y", "sqrt(x)**2 + y", "x**1.5/sqrt(x) + y"])
def test_value_that_is_undefined_where_the_design_is_not_is_found(value):
    c = found("x + y", value)

    assert c.difference == "it is undefined"
    assert "x = -" in c.at
    assert found("x + y", value, ranges={"x": (Fraction(1), Fraction(2))}).problem is None


@pytest.mark.parametrize("edge", ["0", "0.5", "-1.3", "x**2 - 1"])
def test_wrong_edge_of_a_condition_is_found(edge):
    """``x < c`` and ``x <= c`` differ at one code, which is among the points."""
    f, g = f"where(x < {edge}, 1, 2)*y", f"where(x <= {edge}, 1, 2)*y"
    exact = edge in ("0", "0.5")  # the others are no code, so that there is no difference
    assert (found(f, g).problem is not None) == exact
    assert found("where(x < 0, x, 0)*y", "where(x <= 0, x, 0)*y").problem is None


@pytest.mark.parametrize("edge", ["0.3", "-1.25", "1.9"])
def test_condition_that_is_off_by_one_code_is_found(edge):
    moved = str(float(edge) + 2**-10)
    assert found(f"where(x < {edge}, x, y)", f"where(x < {moved}, x, y)").problem


def test_clamps_are_part_of_what_is_compared():
    c = found("log(x) + y", "log(max(x, 1/1024)) + y", domain="clamp")
    assert (c.method, c.problem) == ("same expression", None)
    assert found("log(x) + y", "log(max(x, 1/512)) + y", domain="clamp").problem


def test_held_operand_is_no_difference():
    """A root is held at 0 where its operand is proved to be anyway."""
    c = found("sqrt(x*x - 2*x*y + y*y + 1)", "sqrt(max(x*x - 2*x*y + y*y + 1, 0.9))")
    assert (c.method, c.problem) == (FUNCTIONS, None)


def test_values_are_put_into_each_other():
    values = [("v0", "x + y"), ("v1", "v0*v0"), ("v2", "v1 - x**2 - y**2")]
    f = design("2*x*y")
    read = compose.values_of([{"name": n, "expr": e} for n, e in values], f.inputs)
    (c,) = compare(f, read, {"y": "v2"})

    assert (c.method, c.problem) == (POLYNOMIALS, None)
    (c,) = compare(f, read[:2], {"y": "v1"})
    assert c.problem


def test_points_are_the_same_each_time_and_inside():
    inputs = design("x + y + z").inputs
    first = chosen(inputs, 64, agreement.SETTINGS)

    assert first == chosen(inputs, 64, agreement.SETTINGS)
    assert len(first) == 64
    assert all(i.raw.lo <= p[i.name] <= i.raw.hi for p in first for i in inputs)
    corners = {tuple(p.values()) for p in first}
    assert all((a, b, c) in corners for a in ends(0) for b in ends(1) for c in ends(2))


def ends(k):
    r = design("x + y + z").inputs[k].raw
    return r.lo, r.hi


def test_few_inputs_are_all_compared():
    f = design("atan2(x, 3)", bits=4)
    (c,) = compare(f, [("v0", parse("atan(x/3)", None))], {"y": "v0"})
    assert (c.method, c.points) == (POINTS_ONLY, 16)


def test_summary_says_what_was_not_shown():
    assert found("x*y", "y*x*1").summary() == {"method": "same expression", "points": 0}
    open_ = found("atan2(y, x + 3)", "atan(y/(x + 3))").summary()
    assert open_["method"] == POINTS_ONLY
    assert open_["points"] == 64
    assert 0 < open_["within"] < 1


def test_wide_and_large_numbers_are_shown():
    i = Input("x", FixedType(True, 70, -1000), Fraction(0), Fraction(2) ** 1069)
    text = shown({"x": i.raw.hi}, {"x": i})
    assert str(i.raw.hi) in text
    many = {f"x{k}": replace(i, name=f"x{k}") for k in range(9)}
    assert shown(dict.fromkeys(many, 0), many).endswith(", ...")


def test_pair_decides_what_doubles_cannot():
    """Both sides are 1 up to 60 places."""
    f, g = parse("1 + x*0", None), parse("1 + 10**-50*(x - x) + x*10**-55", None)
    i = design("x").inputs[0]
    assert Pair(f, g, [i], agreement.SETTINGS).agreement(64).difference


def test_broken_promise_names_the_input():
    assert issubclass(BrokenPromise, Exception)


def test_inputs_of_more_codes_than_a_machine_word_are_chosen():
    long = Input.of("x", FixedType.parse("fixed<80,4>"))
    rows = chosen([long], 200, agreement.SETTINGS)
    assert len(rows) == 200
    assert all(long.raw.lo <= row["x"] <= long.raw.hi for row in rows)
