"""Common factors of quotients cancel, and nothing else changes."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from symgate.frontend.language.infix import parse
from symgate.ir.expr import Expr, Program, const, make, var
from symgate.passes.rewrite.cancel import Cancel
from symgate.passes.rewrite.simplify import Simplify
from tests.sane import RANGES, differences, points


def program(e: Expr) -> Program:
    return Program(tuple(RANGES), (("out", e),))


@pytest.mark.parametrize(
    ("text", "short"),
    [
        ("(x*y - 1)/((x*y)**2 - 1)", "1/(x*y + 1)"),
        ("(x**2 - y**2)/((x - y)*(x + 2))", "(x + y)/(x + 2)"),
        ("x/(x**2 + x)", "1/(x + 1)"),
        ("(x**2 - 1)**2/(x + 1)", "(x**2 - 1)*(x - 1)"),
        ("sin(x)*(sin(x) + 1)/(sin(x)**2 - 1)", "sin(x)/(sin(x) - 1)"),
        ("2*(x + y)*z/(3*x + 3*y)", "2*z/3"),
        ("1 + exp((x - y)/(x**2 - y**2))", "1 + exp(1/(x + y))"),
        ("z*x**2/(x**2 + y**2)**2 + z*y**2/(x**2 + y**2)**2", "z/(x**2 + y**2)"),
        ("sqrt(x/(x**2 - y**2) + y/(x**2 - y**2))", "sqrt(1/(x - y))"),
        ("x/(x + y) + y**2/(x + y)", "x/(x + y) + y**2/(x + y)"),
        ("(x + y)/(x + z)", "(x + y)/(x + z)"),
        ("x**0.5/(x + 1)", "x**0.5/(x + 1)"),
    ],
)
def test_factors_cancel(text, short):
    found, wanted = (Simplify()(program(parse(t, None))) for t in (text, short))

    assert Cancel()(found).roots[0] is wanted.roots[0]


sums = st.lists(
    st.tuples(
        st.integers(-3, 3).filter(bool), st.sampled_from(["x", "y", "z", "1", "x*y", "z**2"])
    ),
    min_size=2,
    max_size=3,
).map(lambda terms: make("add", *(make("mul", const(k), parse(t, None)) for k, t in terms)))


@given(sums, sums, st.lists(sums, min_size=1, max_size=2), st.integers(1, 2), points)
def test_values_stay_and_the_common_factor_goes(above, below, common, power, at):
    shared = make("mul", const(1), *common)
    quotient = make("mul", above, shared, make("pow", below * shared, const(-power)))
    before = Simplify()(program(make("add", quotient, var("z"))))

    assert differences(before, Cancel()(before), at) == []
