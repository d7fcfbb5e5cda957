"""Every pass over expressions keeps their values, at points and as rigorous enclosures over boxes."""

from __future__ import annotations

import random
from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from symgate.frontend.language.infix import parse
from symgate.ir.boxes import Box
from symgate.ir.evaluate import boxes
from symgate.ir.expr import Program, const, make, postorder, var
from symgate.passes.pipeline import datapath_form, normal_form
from symgate.passes.rewrite.cancel import Cancel
from symgate.passes.rewrite.complete_products import CompleteProducts
from symgate.passes.rewrite.double_angle import DoubleAngle
from symgate.passes.rewrite.drop_idle import DropIdle
from symgate.passes.rewrite.fuse import Fuse
from symgate.passes.rewrite.reduce import ReduceOperators
from symgate.passes.rewrite.share import ShareMultiples
from symgate.passes.rewrite.simplify import Simplify
from symgate.passes.rewrite.turns import Turns
from tests.sane import RANGES, constants, differences, points, programs, reals

SPANS = {n: Box.exact(*r) for n, r in RANGES.items()}
#: The whole pipeline over expressions but for the check of domains, which these programs pass.
WHOLE = [step.run for step in (*normal_form(SPANS)[1:], *datapath_form(SPANS))]


def chain(*passes):
    def run(p):
        for step in passes:
            p = step(p)
        return p

    return run


UP_TO = {
    "reduce": [ReduceOperators(SPANS)],
    "drop idle": [ReduceOperators(SPANS), DropIdle(SPANS)],
    "simplify": [ReduceOperators(SPANS), Simplify()],
    "cancel": [ReduceOperators(SPANS), Simplify(), Cancel()],
    "double angle": [ReduceOperators(SPANS), Simplify(), DoubleAngle()],
    "fuse": [ReduceOperators(SPANS), Simplify(), DoubleAngle(), Fuse()],
    "fuse alone": [Fuse()],
    "turns": [
        ReduceOperators(SPANS),
        Simplify(),
        DoubleAngle(),
        Fuse(),
        Turns(SPANS, least_periods=0.01),
    ],
    "products": [Simplify(), Fuse(), CompleteProducts()],
    "share": [
        Simplify(),
        Fuse(),
        Turns(SPANS, least_periods=0.01),
        CompleteProducts(),
        ShareMultiples(),
    ],
}


@pytest.mark.parametrize("name", UP_TO)
@settings(max_examples=50)
@given(programs, points)
def test_values_stay(name, program, at):
    assert differences(program, chain(*UP_TO[name])(program), at) == []


@given(programs, points)
def test_values_stay_through_the_whole_pipeline(program, at):
    assert differences(program, chain(*WHOLE)(program), at) == []


@settings(max_examples=50)
@given(programs, st.integers(0, 2**32))
def test_enclosures_over_boxes_meet(program, seed):
    """Both sides enclose one function, so no box can have disjoint images."""
    rng = np.random.default_rng(seed)
    ends = {n: np.sort(rng.uniform(*r, (2, 32)), axis=0) for n, r in RANGES.items()}
    narrow = {n: Box(e[0], np.minimum(e[1], e[0] + 0.05)) for n, e in ends.items()}
    other = chain(*WHOLE)(program)
    before, after = boxes(program.roots, narrow), boxes(other.roots, narrow)
    for a, b in zip(program.roots, other.roots, strict=True):
        assert np.all(before[a].lo <= after[b].hi)
        assert np.all(after[b].lo <= before[a].hi)


@settings(max_examples=40)
@given(programs)
def test_normal_form_is_a_fixpoint(program):
    once = Simplify()(program)

    assert Simplify()(once) == once


@pytest.mark.parametrize(
    "text", ["x/(((x*sin(1)**3)**1)**2 + 0.5)", "(x*(2*sin(1)))**2", "(x*0.5**0.5)**3"]
)
def test_powers_of_constants_are_in_normal_form_at_once(text):
    once = Simplify()(Program(("x",), (("y", parse(text, None)),)))

    assert Simplify()(once) == once


def test_powers_that_become_whole_are_folded():
    root = parse("((x**0*x**0 + 0.25)**1.5)**1*(x**0*x**0 + 0.25)**1.5", None)

    assert Simplify()(Program(("x",), (("y", root),))).roots[0] is const(Fraction(5, 4) ** 3)


def test_a_zero_that_nothing_folded_is_no_leading_term():
    x, y = var("x"), var("y")
    zero = make("add", make("mul", const(0), x), y)
    program = Program(
        tuple(RANGES),
        (("a", make("sin", zero)), ("b", make("sin", make("mul", const(0), x) + zero))),
    )

    assert differences(program, Fuse()(program), [(0.5, 0.75, 0.25)]) == []


@given(programs)
def test_fused_programs_have_only_what_hardware_knows(program):
    fused = chain(ReduceOperators(SPANS), Simplify(), DoubleAngle(), Fuse())(program)
    for e in postorder(fused.roots):
        moving = [a for a in e.args if not a.closed]
        if e.op == "mul" and not e.closed:
            assert len(moving) <= 2
        assert len(moving) != 1 or e.op in ("fn", "add", "mul"), (
            f"{e.op} of one value is no function node"
        )


# Sharing: one form for equal things


def shuffled(rng, op, parts):
    """The same sum or product, its parts in any order and nested in any way."""
    parts = list(parts)
    rng.shuffle(parts)
    while len(parts) > 1:
        size = rng.randint(2, max(2, min(3, len(parts))))
        group, parts = parts[:size], parts[size:]
        parts.insert(rng.randint(0, len(parts)), make(op, *group))
    return parts[0]


def same(one, other):
    program = Simplify()(Program(tuple(RANGES), (("a", one), ("b", other))))
    return program.roots[0] is program.roots[1]


@given(
    st.lists(reals(2), min_size=2, max_size=6),
    st.sampled_from(["add", "mul"]),
    st.integers(0, 2**32),
)
def test_order_and_nesting_do_not_matter(parts, op, seed):
    rng = random.Random(seed)
    if op == "mul":  # constants are distributed over the sums that they meet first
        program = Simplify()(
            Program(tuple(RANGES), tuple((f"p{i}", p) for i, p in enumerate(parts)))
        )
        parts = [p for p in program.roots if not p.closed] or [var("x")]

    assert same(shuffled(rng, op, parts), shuffled(rng, op, parts))


@given(st.lists(st.tuples(constants, reals(2)), min_size=1, max_size=5), st.integers(0, 2**32))
def test_equal_terms_are_collected(terms, seed):
    """``sum(c_i t_i)``, and the same with every coefficient split in two."""
    rng = random.Random(seed)
    whole = [make("mul", const(c), t) for c, t in terms]
    split = []
    for c, t in terms:
        part = Fraction(rng.randint(-9, 9), 4)
        split += [make("mul", const(part), t), make("mul", t, const(c - part))]
    one = make("add", *whole) if len(whole) > 1 else whole[0]

    assert same(one, shuffled(rng, "add", split))


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("x*y*x", "y*x**2"),
        ("x/y", "x*y**-1"),
        ("x/(2*y)", "0.5*x/y"),
        ("(2*x)**3", "8*x**3"),
        ("(x*y)**2", "x**2*y**2"),
        ("x**2*x**-2*y", "y"),
        ("x - (y - z)", "x + z - y"),
        ("-(x - y)", "y - x"),
        ("2*(x + y) - x", "x + 2*y"),
        ("square(x)*cube(x)", "x**5"),
        ("sqrt(x)", "x**0.5"),
        ("inv(inv(x))", "x"),
        ("neg(neg(x))", "x"),
        ("sin(-x)", "-sin(x)"),
        ("cos(y - x)", "cos(x - y)"),
        ("abs(-2*x)", "abs(2*x)"),
        ("tanh(y - x) + tanh(x - y)", "0"),
        ("min(x, min(y, z))", "min(z, x, y)"),
        ("max(x, x)", "x"),
        ("x > y", "y < x"),
        ("x >= y", "y <= x"),
        ("x != y", "not (y == x)"),
        ("hypot(x, y)", "sqrt(x**2 + y**2)"),
        ("where(1 < 2, x, y)", "x"),
        ("0*x + y**0", "1"),
        ("sqrt(4)*x", "2*x"),
        ("x*pi/pi", "x"),
        ("(x + y)*pi + z", "pi*x + pi*y + z"),
    ],
)
def test_one_form(one, other):
    if one == "where(1 < 2, x, y)":
        one_expr = make("where", make("lt", const(1), const(2)), var("x"), var("y"))
    else:
        one_expr = parse(one, list(RANGES))
    assert same(one_expr, parse(other, list(RANGES)))


@pytest.mark.parametrize(
    ("text", "functions"),
    [
        ("0.5*exp(-x**2)", 1),
        ("sin(x)*cos(x) + x", 1),
        ("sin(x + y)*cos(x + y)", 1),
        ("sin(x + y)**2 + cos(2*x + 2*y)", 1),  # every function of x + y is one
        ("sin(x)*sin(y)", 2),
        ("exp(x)*exp(y)", 2),
        ("tanh(2*x - 2*y) + exp(x - y)", 1),
        ("x**3 + 2*x**2 + x", 1),
        ("x*y + z", 0),
    ],
)
def test_functions_of_one_value_are_fused(text, functions):
    program = Program(tuple(RANGES), (("out", parse(text, list(RANGES))),))
    fused = chain(Simplify(), DoubleAngle(), Fuse())(program)

    assert sum(e.op == "fn" for e in postorder(fused.roots)) == functions


@pytest.mark.parametrize(
    ("text", "period"),
    [("sin(40*x + y)", 8), ("sin(2*y)*cos(2*y) + sin(12*y)", 8), ("exp(sin(9*x))", None)],
)
def test_angles_in_turns_have_a_power_of_two_as_period(text, period):
    program = Program(tuple(RANGES), (("out", parse(text, list(RANGES))),))
    turned = chain(Simplify(), DoubleAngle(), Fuse(), Turns(SPANS))(program)
    periods = {e.value.period for e in postorder(turned.roots) if e.op == "fn"} - {None}

    assert all(
        p.numerator & (p.numerator - 1) == 0 and p.denominator & (p.denominator - 1) == 0
        for p in periods
    )
    assert (not periods) if period is None and "exp" not in text else len(periods) <= 1


@pytest.mark.parametrize("k", range(-3, 4))
@pytest.mark.parametrize("names", ["xy", "yx", "xz", "zy"])
def test_equal_products_that_complete_to_one_are_added(k, names):
    """x*y takes k*x in and becomes x*(y + k), which the sum may hold already."""
    x, y = map(var, names)
    program = Program(tuple(RANGES), (("out", make("add", x * y, x * (y + k), k * x)),))
    completed = CompleteProducts()(Simplify()(program))

    assert differences(program, completed, [(256, 256, 64), (100, 300, 7)]) == []


def test_multiples_that_differ_a_little_are_not_shared():
    x, y, z = map(var, RANGES)
    tiny = Fraction(7, 10) * (1 + Fraction(1, 2**70))
    roots = (
        ("a", Fraction(7, 10) * x + y),
        ("b", tiny * x + z),
        ("c", tiny * x + Fraction(3, 10) * y),
    )
    program = Program(tuple(RANGES), roots)

    assert differences(program, ShareMultiples()(program), [(256, 256, 0), (100, 300, 7)]) == []


@pytest.mark.parametrize(
    ("comparison", "value"),
    [("lt", 0), ("gt", 0), ("ne", 0), ("le", 1), ("ge", 1), ("eq", 1)],
)
def test_a_comparison_of_a_value_with_itself_is_decided(comparison, value):
    x = var("x") * var("y")
    program = Simplify()(Program(("x", "y"), (("z", make(comparison, x, x)),)))
    assert program.roots[0] is const(value)
