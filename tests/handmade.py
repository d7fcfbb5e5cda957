"""A small design whose firmware is made by hand, so that these tests need no compiler."""

from __future__ import annotations

from fractions import Fraction

import pytest

from symgate.ir.design import Accuracy, Design, Input
from symgate.ir.expr import make, var
from symgate.ir.firmware import Bound, Certificate, Firmware, Share
from symgate.ir.fixed import Builder
from symgate.ir.types import FixedType, Rounding


@pytest.fixture
def design() -> Design:
    x, y = Input.of("x", FixedType(True, 6, 3)), Input.of("y", FixedType(False, 5, 3))
    outputs = (("p", var("x") * var("y")), ("q", make("abs", var("x")) + Fraction(1, 3)))
    return Design(
        "small", (x, y), outputs, Accuracy(max_error={"p": Fraction(1, 8), "q": Fraction(1, 8)})
    )


@pytest.fixture
def firmware(design: Design) -> Firmware:
    """p = x*y rounded to 4 fraction bits; q = |x| + 5/16."""
    b = Builder()
    x, y = (b.register(b.input(i.name, i.type, i.raw)) for i in design.inputs)
    p = b.round(b.mul(x, y), 2, Rounding.RND)
    sign = b.slice(x, 5, 5)
    q = b.add(b.shl(b.select(sign, b.neg(x), x), 1), b.const(5, 4))
    b.output("p", b.register(p))
    b.output("q", b.register(q))
    shares = (Share("p: rounding", 2.0**-5, 2.0**-5),)
    bounds = (
        Bound("p", 2.0**-5, 0.125, shares),
        Bound("q", 0.0209, 0.125, (Share("1/3", 0.0209, 0.0209),)),
    )
    return Firmware(design, b.build(), Certificate(bounds, {"kind": "by hand"}), {"compile": 0.5})
