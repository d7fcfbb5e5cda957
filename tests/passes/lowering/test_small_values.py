"""Values of any size: a formula in SI units has as many bits as the same formula in others."""

from __future__ import annotations

from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from symgate.frontend.load import Options, load_any
from symgate.ir.design import Accuracy, Design, Input
from symgate.ir.evaluate import evaluate
from symgate.ir.expr import make, var
from symgate.ir.fixed import run
from symgate.ir.types import FixedType
from symgate.passes.compiler import compile_design
from symgate.passes.hardware.cost import estimate
from symgate.passes.lowering.images import points
from symgate.proof.recheck import recheck

OPTIONS = Options(bits=6, ranges=["[1, 5]"], relative_error="2^-6")


@pytest.mark.parametrize(
    ("small", "usual"),
    [
        ("1.5e-23*a*b", "1.5*a*b"),
        ("1e-20*sin(a*b)*c", "sin(a*b)*c"),
        ("6.67e-11*a*b/(c*c)", "6.67*a*b/(c*c)"),
        ("max(1e-20*a, 1e-20*b*c)", "max(a, b*c)"),
        ("(1e-10*a)*(1e-10*b) + 1e-20", "a*b + 1"),
        ("1e20*a*b + 3e20*c", "a*b + 3*c"),
    ],
)
def test_units_do_not_matter(small, usual):
    d = load_any(f"y = {small}\n", OPTIONS)
    firmware = compile_design(d)
    raws = [
        r.ravel() for r in np.meshgrid(*(np.arange(i.raw.lo, i.raw.hi + 1)[::3] for i in d.inputs))
    ]
    (out,) = run(firmware.graph, raws)
    exact = evaluate(
        [d.outputs[0][1]],
        {i.name: r * float(i.type.ulp) for i, r in zip(d.inputs, raws, strict=True)},
    )[0]
    error = float(np.abs(out * 2.0 ** -firmware.graph.outputs[0].type.frac - exact).max())
    other = compile_design(load_any(f"y = {usual}\n", OPTIONS))
    lut = [estimate(made.graph).lut for made in (firmware, other)]

    assert error <= firmware.certificate.bound("y") <= float(d.accuracy.max_error["y"])
    assert recheck(firmware).proved
    assert lut[0] <= 1.5 * lut[1] + 10  # the constant is another one


@given(
    st.lists(st.integers(-(2**40), 2**40), min_size=1, max_size=5),
    st.integers(-10, 60),
    st.fractions(-100, 100, max_denominator=10**6)
    | st.integers(-50, 50).map(lambda n: Fraction(n, 64)),
)
def test_points_hold_the_numbers(codes, frac, offset):
    box = points(np.array(codes), np.array(codes) + 1, frac, offset)
    for k, code in enumerate(codes):
        assert (
            Fraction(box.lo[k])
            <= Fraction(code) / Fraction(2) ** frac + offset
            <= Fraction(box.hi[k])
        )
        assert Fraction(box.hi[k]) >= Fraction(code + 1) / Fraction(2) ** frac + offset


def test_wider_budgets_may_lead_where_a_function_is_large():
    options = Options(
        formats={"x": "fixed<9,3>", "z": "ufixed<5,2>"},
        ranges=["x=[-2.25, -0.5]", "z=[3.5, 3.75]"],
        max_error="2^-14",
    )
    firmware = compile_design(load_any("y = exp(-square(z*(0.44*z - 0.32*x)))\n", options))
    assert firmware.certificate.bound("y") <= 2.0**-14


def test_few_numbers_far_from_zero_have_an_address():
    """Their leading bits are one cell: the address is a single bit."""
    ends = (Fraction(-(1 << 59)), Fraction(-(1 << 59) + 3))
    far = Input.of("x", FixedType(True, 60, 0), ends)
    square = make("mul", var("x"), var("x"))
    design = Design("d", (far,), (("y", square),), Accuracy({"y": Fraction(3, 4)}))

    firmware = compile_design(design)

    assert firmware.certificate.bound("y") <= 3 / 4
    codes = range(far.raw.lo, far.raw.hi + 1)
    found = run(firmware.graph, [np.array(codes, dtype=object)])[0]
    unit = Fraction(2) ** -firmware.graph.outputs[0].type.frac
    assert all(abs(y * unit - x * x) <= Fraction(3, 4) for x, y in zip(codes, found, strict=True))
