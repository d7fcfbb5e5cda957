"""Constants from floats, and the size of a formula."""

from __future__ import annotations

from fractions import Fraction

import pytest

from symgate.frontend.language.infix import parse
from symgate.ir.expr import const, var
from symgate.ir.exprtext import show
from symgate.learn.fit.numbers import constant, nodes, rounded, simplified
from symgate.learn.fit.refine import Skeleton


@pytest.mark.parametrize(
    ("text", "size"),
    [
        ("x", 1),
        ("2.5*x", 3),
        ("x - y", 3),
        ("-x*y", 4),
        ("x/y", 3),
        ("1/x", 2),
        ("x/(y*z)", 5),
        ("x**2", 2),
        ("1/x**2", 3),
        ("sqrt(x)", 2),
        ("1 - x**2/y**2", 7),
        ("m/sqrt(1 - v**2/c**2)", 10),
        ("q*(f + b*v*sin(t))", 10),
        ("x**3", 3),
    ],
)
def test_nodes_are_counted_as_searches_count_them(text, size):
    assert nodes(simplified(parse(text, None), ())) == size


def test_constants_are_exact_decimals():
    assert constant(0.1) is const(Fraction(1, 10))
    assert constant(1 / 3, 3) is const(Fraction(333, 1000))


def test_long_constants_are_cut_to_what_a_float_holds():
    long = const(Fraction(1, 3) + Fraction(1, 10**40))
    assert show(rounded(long * var("x"))) == "0.333333333333333*x"


def test_negative_powers_are_below_a_fraction_bar():
    assert show(simplified(parse("x*y**-1*z**-2", None), ())) == "x/(y*z**2)"
    assert show(simplified(parse("1 - v**2*c**-2", None), ())) == "1 - v**2/c**2"


def test_exponents_and_signs_are_not_refined():
    assert Skeleton.of(parse("-x**3 + 2.5*y", None)).parameters == (2.5,)
