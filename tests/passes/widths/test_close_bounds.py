"""Bounds that are as close as the error itself, and proofs where intervals alone see nothing."""

from fractions import Fraction
from itertools import product

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from symgate.frontend.language.infix import parse
from symgate.ir.boxes import Box
from symgate.ir.design import Accuracy, Design, Input
from symgate.ir.evaluate import evaluate
from symgate.ir.expr import Program, variables
from symgate.ir.function import ARGUMENT, Function
from symgate.ir.operators import NON_NEGATIVE
from symgate.passes.bounds.propagation import modulus
from symgate.passes.bounds.subboxes import refined, subdivide
from symgate.passes.compiler import compile_design
from symgate.passes.domains.check import CheckDomains
from symgate.passes.domains.hold import Hold, least
from symgate.proof.observed import observe
from symgate.proof.recheck import recheck
from symgate.sim.numpy_model import simulate
from symgate.sim.vectors import make as vectors


def design(formula, bits, ranges, error):
    e = parse(formula, None)
    inputs = tuple(
        Input.with_bits(n, bits, tuple(map(Fraction, ranges[n]))) for n in variables([e])
    )
    return Design("d", inputs, (("y", e),), Accuracy(max_error={"y": Fraction(error)}))


@pytest.mark.parametrize(
    ("formula", "bits"),
    [
        ("sin(3*x)*y", 7),
        ("tanh(x*y)", 7),
        ("x*y + 0.37*x", 6),
        ("exp(x)", 9),
        ("where(x > y, x*x, 0.3*y)", 6),
    ],
)
def test_bound_is_the_largest_error(formula, bits):
    d = design(formula, bits, {"x": (-2, 2), "y": (-1, 1)}, "1/32")
    f = compile_design(d)
    v = vectors(d.inputs, 1 << 20, 0)
    (seen,) = observe(d, f.graph, f.certificate, v.columns, simulate(f.graph, v.columns))

    assert f.certificate.data["every_input"] == ["y"]
    assert seen.violations == 0
    assert seen.max == pytest.approx(f.certificate.bound("y"), rel=1e-9)
    assert recheck(f).proved


@pytest.mark.slow
@pytest.mark.parametrize(
    ("formula", "ranges"),
    [
        (
            "sqrt(a**2 + b**2 - 2*a*b*cos(c))",
            {"a": (1, 3), "b": (1, 3), "c": (-2, 2)},
        ),  # 0 where a = b and c = 0
        ("a/sqrt(b**2 + c**2 - 2*b*c*cos(a))", {"a": (1, 3), "b": (1, 2), "c": (3, 4)}),
        ("log(a*b - c)", {"a": (1, 3), "b": (1, 2), "c": (0, 1)}),
    ],
)
def test_operands_near_the_edge_compile(formula, ranges):
    if formula.startswith("log"):
        ranges = ranges | {"c": (0, "0.875")}
    d = design(formula, 6, ranges, "1/16")
    f = compile_design(d)
    v = vectors(d.inputs, 1 << 18, 0)
    (seen,) = observe(d, f.graph, f.certificate, v.columns, simulate(f.graph, v.columns))

    assert f.certificate.bound("y") <= 1 / 16
    assert seen.violations == seen.undecided == 0
    assert recheck(f).proved


@pytest.mark.parametrize(
    ("formula", "never_negative"),
    [
        ("x**2 + y**2 - 2*x*y*cos(z)", True),
        ("x**2 - 2*x*y + y**2", True),
        ("x**2 + y**2 - x*y", True),
        ("4*x**2 - 4*x*z + z**2 + y**2", True),
        ("x**2 + y**2 - 2.01*x*y*cos(z)", False),
        ("x**2 - 2*x*y + 0.99*y**2", False),
        ("2*x*y*cos(z) - x**2 - y**2", False),
    ],
)
def test_quadratic_forms(formula, never_negative):
    check = CheckDomains(dict.fromkeys("xyz", (-3.0, 3.0)))
    assert check.proves(parse(formula, None), NON_NEGATIVE) is never_negative


@given(st.tuples(*[st.integers(-9, 9)] * 6))
@settings(max_examples=20, deadline=None)  # 0.3 CPU seconds each
def test_forms_that_are_negative_somewhere_are_never_proved(k):
    e = parse("{}*x**2 + {}*x*y + {}*y**2 + {}*x + {}*y + {}".format(*(f"({v})" for v in k)), None)
    grid = np.array(list(product(np.linspace(-2, 2, 41), repeat=2)))
    (values,) = evaluate([e], {"x": grid[:, 0], "y": grid[:, 1]})
    if np.min(values) < -1e-9:
        assert not CheckDomains({"x": (-2.0, 2.0), "y": (-2.0, 2.0)}).proves(e, NON_NEGATIVE)


@pytest.mark.parametrize(
    "formula", ["1/(x*y + 2 - z)", "sqrt(x - y*z)", "asin(x*y/4 - z/100)", "log1p(x*y*z - 0.9)"]
)
def test_holding_changes_no_value(formula):
    ranges = {"x": (1.0, 2.0), "y": (1.0, 2.0), "z": (0.0, 0.5)}
    e = parse(formula, None)
    (held,) = Hold(ranges)(Program(("x", "y", "z"), (("e", e),))).roots
    grid = np.array(list(product(*(np.linspace(*ranges[n], 17) for n in "xyz"))))
    env = {n: grid[:, k] for k, n in enumerate("xyz")}

    np.testing.assert_array_equal(*evaluate([e, held], env))


@pytest.mark.parametrize(
    "formula", ["x*y + 2 - z", "sin(x) + y*z", "-x", "x**2 + y**2 - 1.9*x*y", "exp(-x*y)"]
)
def test_least_value_is_a_bound(formula):
    ranges = {"x": (1.0, 2.0), "y": (1.0, 2.0), "z": (0.0, 0.5)}
    grid = np.array(list(product(*(np.linspace(*ranges[n], 33) for n in "xyz"))))
    (values,) = evaluate([parse(formula, None)], {n: grid[:, k] for k, n in enumerate("xyz")})
    found, best = least(parse(formula, None), ranges), float(np.min(values))

    assert found <= best
    assert found >= best - abs(best) / 16


@pytest.mark.parametrize(
    ("formula", "expected"),
    [
        ("sqrt(max(t, 0))", lambda d: np.sqrt(d)),
        ("t**2", lambda d: 10 * d - d * d),
        ("floor(t)", lambda d: 1.0),
    ],
)
@pytest.mark.parametrize("reach", [2.0**-3, 2.0**-12])
def test_modulus_of_continuity(formula, expected, reach):
    (body,) = (parse(formula, None),)
    assert variables([body]) == [ARGUMENT]
    found = modulus(Function(body), Box.exact(np.array([-1.0, 2.0]), np.array([2.0, 5.0])), reach)

    assert (
        expected(reach)
        <= found
        <= max(1.1 * expected(reach), expected(reach) + 0.1 * (formula == "t**2"))
    )


def test_sub_boxes_cover_the_range_once():
    ranges = {"x": (-1.0, 2.0), "y": (0.0, 1.0), "z": (5.0, 6.0)}
    roots = [parse("sin(3*x)*y", None)]
    cells = refined(subdivide(ranges, roots, 16), ["x", "y"], lambda c: (c["x"].hi + 2) ** 8, 200)
    sizes = (cells["x"].hi - cells["x"].lo) * (cells["y"].hi - cells["y"].lo)
    rng = np.random.default_rng(0)
    inside = [
        (cells["x"].lo <= a) & (a < cells["x"].hi) & (cells["y"].lo <= b) & (b < cells["y"].hi)
        for a, b in zip(rng.uniform(-1, 2, 200), rng.uniform(0, 1, 200), strict=True)
    ]

    assert 16 < len(sizes) <= 200
    assert np.sum(sizes) == pytest.approx(3.0)
    assert all(i.sum() == 1 for i in inside)
    assert cells["z"].lo.size == 1
