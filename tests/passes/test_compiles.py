"""Small designs that once did not compile."""

from __future__ import annotations

from fractions import Fraction

import pytest

from symgate.frontend.language.infix import parse
from symgate.ir.design import Accuracy, Design, Input
from symgate.ir.expr import variables
from symgate.ir.types import FixedType
from symgate.passes.compiler import compile_design
from symgate.proof.recheck import recheck


@pytest.mark.parametrize(
    "formula",
    [
        "x",  # nothing to choose
        "0.37 + 0*x",
        "tanh(x*y + 0.2*z)*sigmoid(z)",  # 5*x*y + z: a constant times a product is no value of its own
        "where(x*y > 0.25, 1, x + y) - where(x*y > 0.25, 1, x + y) + x",  # a condition on a product
        "where(x > 0.3, y, z)*x",
        "(x > 0.3) & (y < 0.5)",
        "x + y*round(0.3*sin(0.1))",  # a factor that is 0
        "sqrt(abs(sqrt(abs(x))))",  # infinitely steep, and exact all the same
        "max(-0.444*x, sin(y))*1.7",  # the larger of two inexact values
        "min(x*y - z, 0.3*x, z)*y",
        "18*t*x*y*z - 4*a*t",  # a constant times a product inside the sum in a product
    ],
)
def test_compiles(formula):
    e = parse(formula, None)
    inputs = tuple(Input.of(n, FixedType.parse("fixed<7,2>")) for n in variables([e]) or ["x"])
    design = Design("d", inputs, (("out", e),), Accuracy(max_error={"out": Fraction(1, 32)}))
    found = recheck(compile_design(design, search_seconds=0.2))

    assert found.proved, [o.problem for o in found] + list(found.problems)
