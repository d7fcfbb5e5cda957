"""Local errors through a chain of values: the bound holds for every error, and halving makes it
smaller.
"""

from __future__ import annotations

import random
from fractions import Fraction

import numpy as np
import pytest

from symgate.ir.expr import const, make, var
from symgate.proof import halving
from symgate.proof.chain import Chain, Source
from symgate.proof.spans import Span
from tests.programs import INPUTS, Local, random_values, run_both

RANGES = {"x": (-1.0, 2.0), "y": (-1.5, 1.0)}


def chain_of(values):
    return Chain([Source(v.name, v.expr, Span.of(v.lo, v.hi)) for v in values])


def check(values, rng, parts=8):
    chain = chain_of(values)
    chain.prepare({n: Span.of([a], [b]) for n, (a, b) in RANGES.items()})
    edges = {n: np.linspace(a, b, parts + 1) for n, (a, b) in RANGES.items()}
    lo = np.meshgrid(*(edges[n][:-1] for n in INPUTS))
    hi = np.meshgrid(*(edges[n][1:] for n in INPUTS))
    boxes = {n: Span(a.ravel(), b.ravel()) for n, a, b in zip(INPUTS, lo, hi, strict=True)}
    p = chain.forward(boxes)
    bound = {v.name: float(np.max(chain.bound(p, v.name).size)) for v in values}
    for _ in range(3):
        inputs = {n: rng.uniform(*RANGES[n], 4000) for n in INPUTS}
        exact, moved = run_both(values, inputs, rng)
        for v in values:
            span = p.values[chain.at[v.name]].hull
            assert (
                np.max(np.abs(moved[v.name] - exact[v.name])) <= bound[v.name] * (1 + 1e-9) + 1e-12
            ), v
            assert span[0] - 1e-9 <= moved[v.name].min()
            assert moved[v.name].max() <= span[1] + 1e-9


@pytest.mark.parametrize("jumps", [False, True])
@pytest.mark.parametrize("seed", range(25))
def test_no_local_errors_exceed_the_bound(seed, jumps, rng):
    check(random_values(random.Random(1000 + seed), 8, jumps), rng)


def test_errors_of_what_a_jump_reads_count_even_where_its_range_stays(rng):
    s = Local("s", var("x") + Fraction(1, 3) * var("y"), -0.05, 0.05)
    t = Local("t", make("sin", 10 * var("s")), 0.0, 0.0)
    u = Local("u", make("where", make("lt", var("t"), const(0)), const(0), 5 * var("t")), 0.0, 0.0)
    check([s, t, u], rng, parts=1)


def bound_of(values, wanted, most=4096):
    found = halving.bounds(
        chain_of(values), RANGES, {"out": (values[-1].name, Span.of(0.0), wanted)}, most
    )
    return found.bounds["out"], found.boxes


def test_a_comparison_of_exact_operands_costs_nothing():
    s = Local("s", make("lt", var("x"), var("y")), 0.0, 0.0)
    t = Local("t", make("where", var("s"), 100 * var("x"), var("y")), -0.125, 0.125)

    assert bound_of([s, t], 0.125) == (0.125, 1)


def test_opposite_paths_cancel():
    s = Local("s", var("x") + var("y"), -1.0, 1.0)
    t = Local("t", 3 * var("s") + Fraction(-3) * var("s"), -0.25, 0.5)

    assert bound_of([s, t], 0.5)[0] == pytest.approx(0.5)


def test_halving_finds_what_one_box_cannot():
    """The slope of (x - y)^2/2 along an error of x is up to 3.5, but along s = x - x it is 0."""
    s = Local("s", make("sin", var("x")), -0.1, 0.1)
    t = Local("t", var("s") * (var("x") - var("y")), 0.0, 0.0)
    coarse, one = bound_of([s, t], 1.0)
    fine, many = bound_of([s, t], 0.3501)

    assert (one, coarse) == (1, pytest.approx(0.35))
    assert fine == pytest.approx(0.35)
    assert many == 1


def test_a_bound_that_is_too_small_is_not_reached():
    s = Local("s", make("sin", 3 * var("x")), -0.1, 0.1)
    t = Local("t", make("sin", 3 * var("s")), 0.0, 0.0)
    reached, boxes = bound_of([s, t], 0.28, most=300)

    assert reached > 0.29
    assert boxes <= 300
    assert bound_of([s, t], 0.301)[0] <= 0.301


def test_jump_of_an_inexact_operand_counts_where_it_can_be_met():
    s = Local("s", Fraction(1, 3) * var("x"), -0.01, 0.01)
    t = Local("t", make("floor", var("s")), 0.0, 0.0)

    assert bound_of([s, t], 1.0)[0] == pytest.approx(1.0)


def test_steep_functions_are_bounded_by_their_steps():
    """The slope of sqrt is infinite at 0; its change is not."""
    s = Local("s", var("x") * var("x"), 0.0, 2.0**-10)
    t = Local("t", make("sqrt", var("s")), 0.0, 0.0)
    reached, _ = bound_of([s, t], 0.05)

    assert 2.0**-5 <= reached <= 0.05


def test_a_function_changes_no_more_than_its_values_differ_however_large_the_error():
    angle = Source("angle", var("x"), Span.of(-28.0, 22.0))
    wave = Source("wave", make("cos", var("angle")), Span.of(0.0))
    chain = Chain([angle, wave])
    box = {"x": Span.of([-1.0], [2.0])}
    chain.prepare(box)

    assert 2.0 <= float(chain.bound(chain.forward(box), "wave").size[0]) <= 2.0 + 1e-9
