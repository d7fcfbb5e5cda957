"""``domain = "clamp"`` as the truth has it: as documented, and what the compiler's pass computes."""

from __future__ import annotations

from fractions import Fraction

import flint
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from symgate.frontend.language.infix import parse
from symgate.ir.design import Design, Input
from symgate.ir.evaluate import balls, fraction_ball
from symgate.ir.expr import Program, variables
from symgate.ir.exprtext import show
from symgate.ir.operators import NON_NEGATIVE, NON_ZERO, POSITIVE
from symgate.ir.types import FixedType
from symgate.passes.domains.clamp import Clamp
from symgate.sim.held import held, stays
from symgate.sim.truth import expressions

INPUTS = (
    Input.of("x", FixedType(True, 9, 7)),  # [-2, 2)
    Input.of("y", FixedType(False, 8, 8)),  # [0, 1)
    Input.of("z", FixedType(False, 8, 7), (Fraction(1, 128), Fraction(1))),
)
EDGE = Fraction(1, 1024)


def text(formula: str) -> str:
    (e,) = held(INPUTS, [parse(formula, None)])
    return show(e)


@pytest.mark.parametrize(
    ("formula", "meaning"),
    [
        ("sqrt(x)", "sqrt(max(x, 0))"),
        ("x**0.5", "max(x, 0)**0.5"),
        ("log(x)", "log(max(x, 1/1024))"),
        ("log2(y)", "log2(max(y, 1/1024))"),
        ("x**y", "max(x, 1/1024)**y"),
        ("x**(-1/2)", "max(x, 1/1024)**(-1/2)"),
        ("asin(x)", "asin(min(max(x, -1), 1))"),
        ("acos(x)", "acos(min(max(x, -1), 1))"),
        ("atanh(x)", "atanh(min(max(x, 1/1024 - 1), 1 - 1/1024))"),
        ("log1p(x)", "log1p(max(x, 1/1024 - 1))"),
        ("acosh(x)", "acosh(max(x, 1))"),
        ("log(sqrt(x))", "log(max(sqrt(max(x, 0)), 1/1024))"),
        ("sqrt(y)", "sqrt(y)"),  # cannot leave
        ("log(z)", "log(z)"),  # cannot leave, though it comes closer to 0 than 2^-10 could
        ("1/z", "1/z"),
        ("x**2", "x**2"),
        ("mod(x, y)", "mod(x, y)"),  # stays an error
    ],
)
def test_meaning(formula, meaning):
    assert same([parse(formula, None)], [parse(meaning, None)], INPUTS, hold_first=True)


@pytest.mark.parametrize("formula", ["1/x", "y/x", "x**-1", "x**-2", "y/(x - y)"])
def test_inverse_is_a_line_near_zero(formula):
    (e,) = held(INPUTS, [parse(formula, None)])
    (b,) = held(INPUTS, [parse("1/x", None)])
    for x in (Fraction(1, 2048), Fraction(-1, 4096), Fraction(0)):
        assert value(b, {"x": x}) == x * 2**20
    for x in (Fraction(1, 1024), Fraction(1, 3), Fraction(-2)):
        assert abs(value(b, {"x": x}) - 1 / x) < Fraction(1, 2**90)
    assert value(e, {"x": Fraction(0), "y": Fraction(0)}) == 0


def value(e, point) -> Fraction:
    with flint.ctx.workprec(128):
        ball = balls([e], {n: fraction_ball(v) for n, v in point.items()})[e]
        mantissa, exponent = ball.mid().man_exp()
    return Fraction(int(mantissa)) * Fraction(2) ** int(exponent)


def points(inputs, count=300):
    """Codes of every input, the ends and those near 0 first."""
    axes = []
    for i in inputs:
        near = [c for c in (i.raw.lo, i.raw.hi, 0, 1, -1, 2) if c in i.raw]
        axes.append([*near, *range(i.raw.lo, i.raw.hi, max(1, (i.raw.hi - i.raw.lo) // 40))])
    for k in range(count):
        yield {
            i.name: axis[(k * (2 * j + 1) + j * (k // 7)) % len(axis)] * i.type.ulp
            for j, (i, axis) in enumerate(zip(inputs, axes, strict=True))
        }


def same(one, other, inputs, hold_first=False) -> bool:
    """Whether two programs have one value at many points."""
    one = held(inputs, one) if hold_first else one
    for point in points(inputs):
        with flint.ctx.workprec(128):
            env = {n: fraction_ball(v) for n, v in point.items()}
            a, b = balls(one, env), balls(other, env)
            for e, f in zip(one, other, strict=True):
                if a[e].is_finite() and b[f].is_finite() and not a[e].overlaps(b[f]):
                    return False
                if a[e].is_finite() != b[f].is_finite():
                    return False
    return True


PARTS = ("x", "y", "z", "x*y", "x - y", "x*x", "x + 2.5", "x*z + 1", "y - 0.25", "abs(x)", "z - y")
OUTER = (
    "sqrt({})", "log({})", "({})**0.3", "({})**-0.5", "1/({})", "y/({})", "({})**-2", "asin({})",
    "acos({})", "atanh({})", "log1p({})", "acosh({})", "({})**y", "log(sqrt({}))", "1/log({})",
    "sqrt(1 - ({})**2)", "x/sqrt({})",
)  # fmt: skip


@settings(max_examples=30)  # the pass takes up to a second each
@given(st.sampled_from(OUTER), st.sampled_from(PARTS), st.sampled_from(PARTS))
def test_compiler_and_truth_clamp_alike(outer, one, other):
    e = parse(f"{outer.format(one)} + {outer.format(f'({one})*({other})')}", None)
    inputs = tuple(i for i in INPUTS if i.name in variables([e]))
    program = Program(tuple(i.name for i in inputs), (("out", e),))
    clamped = Clamp({i.name: (float(i.lo), float(i.hi)) for i in inputs})(program)

    assert same([e], [f for _, f in clamped.outputs], inputs, hold_first=True)


def test_wrong_clamp_is_told_apart():
    """The comparison of this file would see another edge."""
    e, wrong = parse("log(x)", None), parse("log(max(x, 1/512))", None)

    assert not same([e], [wrong], INPUTS[:1], hold_first=True)


@pytest.mark.parametrize(
    ("formula", "domain", "found"),
    [
        ("x*x - 2*x + 1.001", POSITIVE, True),  # only small boxes show it
        ("x*x - 2*x + 1", POSITIVE, False),
        ("x - 1.5", NON_ZERO, False),
        ("z + y", NON_ZERO, True),
        ("x*y*z", NON_ZERO, False),
        ("y*z", NON_NEGATIVE, True),
        ("2 - 3", NON_NEGATIVE, False),
        ("log(y)", NON_ZERO, True),
    ],
)
def test_what_stays_is_proved(formula, domain, found):
    ranges = {i.name: (i.lo, i.hi) for i in INPUTS}

    assert stays(parse(formula, None), domain, ranges) == found


def test_strict_designs_are_as_they_are_written():
    e = parse("sqrt(z) + 1/z", None)
    design = Design("d", INPUTS[2:], (("out", e),))

    assert expressions(design) == {"out": e}
