"""Normal forms have the values of the expressions they stand for; equal ones are found, others
never.
"""

from __future__ import annotations

from fractions import Fraction

import flint
import pytest
from hypothesis import assume, given, settings

from symgate.frontend.language.infix import parse
from symgate.ir.design import Input
from symgate.ir.evaluate import balls
from symgate.ir.expr import Expr, const, make, var
from symgate.ir.operators import OPERATORS
from symgate.ir.types import FixedType
from symgate.proof.identity import (
    FUNCTIONS,
    POLYNOMIALS,
    QUOTIENTS,
    SAME,
    Different,
    Equal,
    compared,
)
from symgate.proof.normal import Beyond, Kind, Limits, Poly, Space
from symgate.proof.normalise import UNDEFINED, Reader
from symgate.proof.regions import Cuts, Regions
from tests.sane import RANGES, points, reals

BITS = 300
CUTS = Cuts(rounds=6, work=50_000)
FORMAT = FixedType.parse("fixed<11,3>")
PORTS = {n: Input.of(n, FORMAT, (Fraction(lo), Fraction(hi))) for n, (lo, hi) in RANGES.items()}


def space(**limits):
    return Space(Limits(**limits), nonnegative=frozenset({"y"}), positive=frozenset({"y"}))


def every_sign(x, y):
    return frozenset({-1, 0, 1})


def equal(f, g, decide=every_sign):
    return compared(parse(f, None), parse(g, None), Reader(space(), decide))


class Undefined(Exception):
    """A root of a negative number, or a division by 0, was met."""


def value(s: Space, p: Poly, point: dict) -> flint.acb:
    """A polynomial at a point, by the meaning that the kinds of atoms are documented with."""
    total = flint.acb(0)
    for m, c in p.items():
        term = flint.acb(flint.arb(int(c.p)) / int(c.q))
        for i, e in m:
            term *= power(s, s.atoms[i], flint.arb(flint.fmpq(e)), point)
        total += term
    return total


def power(s: Space, atom, e, point):
    if atom.name in ("exp", "wave"):
        inner = value(s, {atom.value: flint.fmpq(1)}, point)
        return ((flint.acb(0, 1) if atom.name == "wave" else 1) * e * inner).exp()
    if atom.name == "turn":
        return (flint.acb(0, 1) * e * flint.arb.pi()).exp()
    base = number(s, atom, point)
    n = e.unique_fmpz()
    if n is not None:
        if int(n) < 0 and base.contains(0):
            raise Undefined
        return base ** int(n)
    if not base.real >= 0:
        raise Undefined
    return flint.acb(base.real**e)


def number(s: Space, atom, point) -> flint.acb:
    if atom.name == UNDEFINED:
        raise Undefined
    if atom.name == "var":
        return flint.acb(point[atom.value])
    if atom.name == "prime":
        return flint.acb(atom.value)
    inner = [value(s, dict(key), point) for key in atom.inner]
    if atom.name == "sum":
        return inner[0]
    real = [v.real for v in inner]
    if atom.kind is Kind.FLAG:
        if real[0].contains(0) and not real[0].is_zero():
            raise Undefined  # too close to tell
        return flint.acb(int(real[0] < 0 if atom.name == "below" else real[0] > 0))
    if atom.name == "log":
        return flint.acb(abs(real[0]).log())
    return flint.acb(OPERATORS[atom.name].ball(*real))


@settings(max_examples=300)
@given(e=reals(3), at=points)
def test_normal_form_has_the_value_of_the_expression(e: Expr, at):
    s = space()
    try:
        p = Reader(s, Regions(PORTS, CUTS).signs).normal(e)
    except Beyond:
        assume(False)
    with flint.ctx.workprec(BITS):
        for row in at:
            point = {n: flint.arb(k) / 256 for n, k in zip(RANGES, row, strict=True)}
            wanted = balls([e], point)[e]
            try:
                found = value(s, p, point)
            except Undefined:
                continue
            if wanted.is_finite() and found.is_finite():
                assert found.real.overlaps(wanted), (point, p)
                assert found.imag.contains(0)


@settings(max_examples=150)
@given(e=reals(3), other=reals(2), at=points)
def test_what_differs_at_a_point_is_never_called_equal(e: Expr, other: Expr, at):
    tiny = const(Fraction(1, 10**40))
    f = e + make("mul", tiny, other)
    if not isinstance(compared(e, f, Reader(space(), Regions(PORTS, CUTS).signs)), Equal):
        return
    with flint.ctx.workprec(2 * BITS):
        for row in at:
            point = {n: flint.arb(k) / 256 for n, k in zip(RANGES, row, strict=True)}
            x, y = balls([e], point)[e], balls([f], point)[f]
            assert not (x.is_finite() and y.is_finite()) or x.overlaps(y)


@pytest.mark.parametrize("name", OPERATORS)
def test_every_operator_has_a_normal_form(name):
    """By a rule of its own, or as an atom; of conditions, a choice by them."""
    op = OPERATORS[name]
    size = 2 if op.arity is None else op.arity
    operands = [make("lt", var("x"), const(k)) for k in range(size)]
    if name not in ("and", "or", "not"):
        operands[1 if name == "where" else 0 :] = [
            var(n) + Fraction(1, 3) for n in "xyz"[: size - (name == "where")]
        ]
    e = make(name, *operands[:size])
    p = Reader(space(), every_sign).normal(
        make("where", e, var("x"), var("y")) if op.boolean else e
    )
    assert p


IDENTITIES = [
    ("x*(y + 1)", "x*y + x", POLYNOMIALS),
    ("(x + y)**30", "(y + x)**29*(x + y)", POLYNOMIALS),
    ("(x*y - 1)/((x*y)**2 - 1)", "1/(x*y + 1)", QUOTIENTS),
    ("x/(1 + y**2) + 1/(x + 1)", "(x*(x + 1) + 1 + y**2)/((1 + y**2)*(x + 1))", QUOTIENTS),
    ("1/(1 + 1/(1 + 1/x))", "(x + 1)/(2*x + 1)", QUOTIENTS),
    ("sin(x)*cos(x)", "0.5*sin(2*x)", FUNCTIONS),
    ("sin(x)**2 + cos(x)**2", "1 + 0*x", FUNCTIONS),
    ("sin(x + y)", "sin(x)*cos(y) + cos(x)*sin(y)", FUNCTIONS),
    ("sin(pi/2 - x)", "cos(x)", FUNCTIONS),
    ("sin(x + pi)", "-sin(x)", FUNCTIONS),
    ("cos((0.25*pi)*(4*x*pi**-1))", "cos(x)", FUNCTIONS),
    ("exp(x + y)", "exp(x)*exp(y)", FUNCTIONS),
    ("exp(sin(x))**2", "exp(2*sin(x))", FUNCTIONS),
    ("tanh(x)", "(exp(2*x) - 1)/(exp(2*x) + 1)", FUNCTIONS),
    ("1/(exp(x) + exp(-x))", "exp(x)/(exp(2*x) + 1)", FUNCTIONS),
    ("log(x*y)", "log(x) + log(y)", FUNCTIONS),
    ("exp(2*log(x))", "x**2", FUNCTIONS),
    ("exp(log(x**2)/2)", "abs(x)", FUNCTIONS),
    ("x**1.5", "x*sqrt(x)", FUNCTIONS),
    ("sqrt(8)*x", "2*sqrt(2)*x", FUNCTIONS),
    ("2**x", "exp2(x)", FUNCTIONS),
    ("log10(x)/log10(2)", "log2(x)", FUNCTIONS),
    ("hypot(x, y)", "sqrt(y*y + x*x)", FUNCTIONS),
    ("sqrt(x + y)", "sqrt(max(x + y, 0))", FUNCTIONS),
    ("mod(x, 3)", "x - 3*floor(x/3)", FUNCTIONS),
    ("erf(-x)", "-erf(x)", FUNCTIONS),
    ("abs(x)", "max(x, -x)", POLYNOMIALS),
    ("max(x, 0)", "where(x >= 0, x, 0)", POLYNOMIALS),
    ("where(0.1*x < 0.3, x, y)", "where(x < 3, x, y)", POLYNOMIALS),
    ("where(x < 3, sin(x), sin(3))", "where(x <= 3, sin(x), sin(3))", FUNCTIONS),
    ("relu(x) - relu(-x)", "x", POLYNOMIALS),
    ("x", "x", SAME),
]


@pytest.mark.parametrize(("f", "g", "method"), IDENTITIES)
def test_identity_is_found(f, g, method):
    found = equal(f, g)
    assert isinstance(found, Equal)
    assert found.method == method


@pytest.mark.parametrize(
    ("f", "g"),
    [
        ("sqrt(x**2)", "x"),
        ("exp(log(x**2)/2)", "x"),
        ("where(x < 3, x, y)", "where(x <= 3, x, y)"),
        ("sqrt(x*z)", "sqrt(x)*sqrt(-z)"),
        ("sin(x)", "sin(x + 3.14159265)"),
        ("log(x)", "log(-x) + 10**-40"),
        ("where(x < 0, sqrt(x + 9), 0)", "where(x < 0, sqrt(x + 9), x)"),
        ("where(x < 0, 1, sqrt(x))", "where(x < 0, 2, sqrt(x))"),
        ("sqrt(max(x + y, 0))", "sqrt(x + y)"),
    ],
)
def test_other_function_is_not_equal(f, g):
    assert not isinstance(equal(f, g), Equal)


@pytest.mark.parametrize("size", [0, 12, 40, 400])
def test_smallest_difference_of_polynomials_is_seen(size):
    f = parse("x*y + z/(x + 5)", None)
    g = f + make("mul", const(Fraction(1, 10**size)), var("y"))
    s = space()
    found = compared(f, g, Reader(s, every_sign))
    assert isinstance(found, Different)
    point = {n: flint.fmpq(1, 4) for n in "xyz"}
    assert s.value(found.difference, point) == flint.fmpq(-1, 4 * 10**size)


def test_sign_that_ranges_decide_is_used():
    """x*x + 1 is above 0, so its root can be split from that of y."""
    signs = Regions(PORTS, CUTS).signs
    f, g = "abs(x*x - 3*x + 9)", "x*x - 3*x + 9"
    assert signs(parse(g, None), const(0)) == {1}
    assert isinstance(equal(f, g, signs), Equal)
    assert not isinstance(equal(f, g), Equal)


def test_long_products_are_left_to_points():
    f = parse("(x + y + z + 1)**40*(x - y)**30", None)
    assert compared(f, f + var("x") - var("x"), Reader(space(work=1000), every_sign)) is None


def test_sum_that_is_0_once_multiplied_out_is_left_to_points():
    f = parse("max(x/(x + 3*z) + 3*z/(x + 3*z), 1)", None)
    assert compared(f, f + const(1), Reader(space(), every_sign)) is None
