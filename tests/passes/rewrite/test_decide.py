"""Conditions on computed values are decided exactly, on whole multiples of them, on every input."""

from __future__ import annotations

from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from symgate.frontend.language.infix import parse
from symgate.ir.design import Accuracy, Design, Input
from symgate.ir.expr import CONST, VAR, Program, const, make, var, variables
from symgate.ir.exprtext import show
from symgate.ir.fixed import run
from symgate.ir.types import FixedType
from symgate.passes.compiler import compile_design
from symgate.passes.pipeline import datapath, normalised
from symgate.passes.rewrite.decide import Decide
from symgate.passes.rewrite.exactness import body_bits
from symgate.passes.rewrite.fuse import Fuse, inline
from symgate.passes.rewrite.simplify import Simplify
from symgate.proof.recheck import recheck


def design(text, bits="fixed<6,3>", error=Fraction(1, 100)):
    e = parse(text, None)
    inputs = tuple(Input.of(n, FixedType.parse(bits)) for n in variables([e]))
    return Design("d", inputs, (("z", e),), Accuracy({"z": error}))


def truth(e, env):
    """The exact value at one point."""
    args = [truth(a, env) for a in e.args]
    rules = {
        CONST: lambda: e.value,
        VAR: lambda: env[e.value],
        "add": lambda: sum(args),
        "mul": lambda: np.prod(args),
        "lt": lambda: args[0] < args[1],
        "le": lambda: args[0] <= args[1],
        "eq": lambda: args[0] == args[1],
        "gt": lambda: args[0] > args[1],
        "ge": lambda: args[0] >= args[1],
        "abs": lambda: abs(args[0]),
        "where": lambda: args[1] if args[0] else args[2],
        "and": lambda: args[0] and args[1],
        "min": lambda: min(args),
        "square": lambda: args[0] ** 2,
        "pow": lambda: args[0] ** int(args[1]),
        "sub": lambda: args[0] - args[1],
        "max": lambda: max(args),
    }
    return rules[e.op]()


@pytest.mark.parametrize(
    ("text", "form"),
    [
        ("where(a > 0.5*b, 1, 2)", "b < 2*a"),
        ("where(0.1*a > 0.05*b + 0.3, 1, 2)", "b + 6 < 2*a"),
        ("where(a*b >= 0.3*c, 1, 2)", "3*c <= b*(10*a)"),
        ("where(a*a + b*b > 2, a, b)", "2 < a*a + b*b"),
        ("where(-a > b + 1, 1, 2)", "a + b + 1 < 0"),
    ],
)
def test_what_is_compared(text, form):
    d = design(text)

    assert form in show(datapath(d, normalised(d)).roots[0])


@pytest.mark.parametrize(
    "text",
    [
        "where(a > 0.5*b, 1, 2)",
        "where(0.1*a > 0.05*b + 0.3, 1, 2)",
        "where(0.1*a + 0.2*b == 0.3, 1, 2)",
        "where(a*b > 0.3*a + 1, 1, 2)",
        "where(a*a + 0.7*b*b > 2.1, 1, 2)",
        "where(abs(a - b) < 0.3, 1, 2)",
        "where(abs(0.1*a - 0.7*b) <= 0.3, 1, 2)",
        "where(min(a, 0.25*b) > a*b, 1, 2)",
        "where((a > b + 1) & (2*b <= 0.3*a), 1, 2)",
        "where((a + 0.5)*b > 3*a, where(a < 0.3*b, 1, 4), 2)",
        "where(1.234567*a > b, 1, 2)",
        "where(2*a + a*b <= 0.13, a, b)",
        "where(-0.56*a >= b*b + 0.81, a, b)",
        "where(-0.35*a - 0.41 < 1.8*a - 1.1*b, 1, 2)",
    ],
)
def test_every_input_is_decided_as_in_exact_arithmetic(text):
    d = design(text)
    firmware = compile_design(d)
    raws = [r.ravel() for r in np.meshgrid(*(np.arange(i.raw.lo, i.raw.hi + 1) for i in d.inputs))]
    (out,) = run(firmware.graph, raws)
    frac = firmware.graph.outputs[0].type.frac
    points = zip(
        *(
            (Fraction(int(v), 2**i.type.frac) for v in r)
            for i, r in zip(d.inputs, raws, strict=True)
        ),
        strict=True,
    )
    exact = [
        truth(d.outputs[0][1], dict(zip((i.name for i in d.inputs), p, strict=True)))
        for p in points
    ]

    assert [Fraction(int(v)) / 2**frac for v in np.broadcast_to(out, raws[0].shape)] == exact
    assert recheck(firmware).proved


def test_branches_may_be_inexact():
    firmware = compile_design(
        design("where(a > 3*b, sin(a), where(b > 0.3*c, 0.5, cos(c)))", error=Fraction(1, 64))
    )
    assert 0 < firmware.certificate.bound("z") <= 1 / 64
    assert recheck(firmware).proved


terms = st.tuples(st.fractions(-3, 3, max_denominator=20), st.sampled_from(["a", "b", "c"]))


numbers = st.fractions(-3, 3, max_denominator=20)
points = st.lists(st.fractions(-2, 2, max_denominator=8), min_size=3, max_size=3)


@given(
    st.sampled_from(["lt", "le", "eq"]),
    st.lists(terms, min_size=1, max_size=4),
    st.lists(terms),
    numbers,
    points,
)
def test_no_comparison_changes(op, left, right, offset, point):
    def side(parts, more=0):
        return sum((const(c) * var(n) for c, n in parts), const(more))

    p = Simplify()(Program(("a", "b", "c"), (("z", make(op, side(left), side(right, offset))),)))
    new = Decide()(Fuse()(p)).roots[0]
    env = dict(zip("abc", point, strict=True))

    assert truth(inline(new), env) == truth(p.roots[0], env)


def test_bits_of_polynomials():
    t = var("t")
    assert body_bits(t**2 + const(Fraction(1, 4)) * t, 3) == 6
    assert body_bits(make("abs", t + const(Fraction(-1, 32))), 3) == 5
    assert body_bits(t * const(Fraction(1, 3)), 3) is None
    assert body_bits(make("sin", t), 3) is None
