"""The propagated bound is one: no local errors within their intervals move an output by more."""

from __future__ import annotations

import random
from fractions import Fraction

import numpy as np
import pytest

from symgate.ir.boxes import Box
from symgate.ir.expr import VAR, Expr, const, make, postorder, substitute, var
from symgate.ir.function import ARGUMENT, Function, apply
from symgate.passes.bounds.propagation import bounds, rounded, sensitivity
from symgate.passes.bounds.subboxes import subdivide
from tests.programs import INPUTS, Local, random_values, run_both

RANGES = {"x": (-1.0, 2.0), "y": (-1.5, 1.0)}


def as_program(values: list[Local]) -> tuple[dict[str, Expr], dict[Expr, Box]]:
    """Every value as one expression, functions of one value as function nodes, and the local errors
    of their nodes.
    """
    known = {var(n): var(n) for n in INPUTS}
    errors: dict[Expr, Box] = {}
    for v in values:
        names = {n for n in postorder([v.expr]) if n.op == VAR}
        if len(names) == 1 and v.expr.op not in ("add", "mul"):
            (name,) = names
            e = apply(Function(substitute([v.expr], {name: var(ARGUMENT)})[0]), known[name])
        else:
            (e,) = substitute([v.expr], known)
        if v.lo < v.hi:
            e = rounded(e)
            errors[e] = Box.exact(v.lo, v.hi)
        known[var(v.name)] = e
    return {v.name: known[var(v.name)] for v in values if not v.boolean}, errors


def check(values, rng, cells=256):
    roots, errors = as_program(values)
    proof = bounds(
        sensitivity(
            list(roots.values()), subdivide(RANGES, list(roots.values()), most=cells), errors
        ),
        errors,
    )
    for _ in range(3):
        inputs = {n: rng.uniform(*RANGES[n], 4000) for n in INPUTS}
        exact, moved = run_both(values, inputs, rng)
        for name, root in roots.items():
            assert (
                np.max(np.abs(moved[name] - exact[name])) <= proof[root][0] * (1 + 1e-9) + 1e-12
            ), name


@pytest.mark.parametrize("jumps", [False, True])
@pytest.mark.parametrize("seed", range(100))
def test_no_local_errors_exceed_the_bound(seed, jumps, rng):
    check(random_values(random.Random(seed), 10, jumps), rng)


def test_errors_of_what_a_jump_reads_count_even_where_its_range_stays(rng):
    """sin(10 s) is between -1 and 1 with and without an error of s, but moves by up to ten times
    that error.
    """
    s = Local("s", var("x") + Fraction(1, 3) * var("y"), -0.05, 0.05)
    t = Local("t", make("sin", 10 * var("s")), 0.0, 0.0)
    u = Local("u", make("where", make("lt", var("t"), const(0)), const(0), 5 * var("t")), 0.0, 0.0)
    check([s, t, u], rng, cells=1)
