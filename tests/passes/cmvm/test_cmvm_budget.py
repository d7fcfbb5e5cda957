"""Graphs that may be off by a budget: the stated error intervals hold, and what is seen comes close
to them.
"""

from fractions import Fraction
from itertools import product

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from symgate.ir.domains import Interval
from symgate.ir.fixed import Builder, run
from symgate.ir.types import FixedType
from symgate.passes.cmvm import LUTS, Budget, Effort, emit_adders, optimise
from symgate.passes.cmvm.budget import cheaper

QUICK = Effort(restarts=1)
SMALL = Interval(-8, 7)


@st.composite
def problems(draw):
    outputs, inputs = draw(st.integers(1, 3)), draw(st.integers(1, 3))
    row = st.lists(st.integers(-60, 60), min_size=inputs, max_size=inputs)
    rows = draw(st.lists(row, min_size=outputs, max_size=outputs))
    ulps = draw(st.sampled_from([Fraction(1, 2), Fraction(1), Fraction(3)]))
    return rows, Budget.of(ulps, outputs, draw(st.integers(0, 6)), draw(st.booleans()))


def errors(graph, rows):
    """(computed - wanted) of every output over every input."""
    x = np.array(list(product(*(range(r.lo, r.hi + 1) for r in graph.inputs)))).T
    computed = [np.broadcast_to(y, x.shape[1]) for y in graph.evaluate(list(x))]
    return np.array(computed) - np.array(rows) @ x


@given(problems())
@settings(max_examples=40, deadline=None)
def test_no_error_leaves_its_interval_or_the_budget(problem):
    rows, budget = problem
    graph = optimise(rows, [SMALL] * len(rows[0]), effort=QUICK, budget=budget)
    assert budget.holds(graph.error)
    for seen, stated in zip(errors(graph, rows), graph.error, strict=True):
        assert stated.lo <= seen.min()
        assert seen.max() <= stated.hi


@given(problems())
@settings(max_examples=40, deadline=None)
def test_the_builder_computes_the_same(problem):
    rows, budget = problem
    inputs = [Interval(-3, 3)] * len(rows[0])
    graph = optimise(rows, inputs, effort=QUICK, budget=budget)
    b = Builder()
    nodes = [b.input(f"x{i}", FixedType(True, 5, 2), r) for i, r in enumerate(inputs)]
    fracs = []
    for k, node in enumerate(emit_adders(b, graph, nodes)):
        b.output(f"y{k}", node)
        fracs.append(b.nodes[node].frac)
    built = b.build()
    for x in product(*(range(r.lo, r.hi + 1) for r in inputs)):
        values = [
            Fraction(int(v)) / Fraction(2) ** f
            for v, f in zip(run(built, list(x)), fracs, strict=True)
        ]
        assert values == [Fraction(y, 4) for y in graph.evaluate(x)]


def test_error_intervals_are_close_to_what_is_seen():
    """Each dropped part takes its extreme values somewhere; all of them at once seldom."""
    rows = np.random.default_rng(0).integers(-100, 100, (3, 3)).tolist()
    graph = optimise(rows, [Interval(-32, 31)] * 3, effort=QUICK, budget=Budget.of(1, 3, 6))
    for seen, stated in zip(errors(graph, rows), graph.error, strict=True):
        assert stated.hi - stated.lo <= 2 * (seen.max() - seen.min())


@pytest.mark.parametrize("centred", [False, True])
def test_a_budget_saves_adder_bits(centred):
    m = np.random.default_rng(2).integers(-128, 128, (4, 4))
    inputs = [Interval(-128, 127)] * 4
    costs = [optimise(m, inputs, LUTS, QUICK, Budget.of(u, 4, 9, centred)).luts for u in (0, 1, 4)]
    assert costs[0] > 1.1 * costs[1] > costs[2]


def test_coefficients_move_before_bits_are_dropped():
    rows = [(85, 64)]
    near = cheaper(rows, [Interval(-4, 3)] * 2, Budget.of(1, 1, 4), Fraction(1))
    assert near == [(84, 64)] or near == [(80, 64)]


def test_outputs_may_have_budgets_of_their_own():
    m = np.random.default_rng(3).integers(-64, 64, (2, 4))
    budget = Budget((Fraction(0), Fraction(2)), (0, 8))
    graph = optimise(m, [SMALL] * 4, effort=QUICK, budget=budget)
    assert graph.error[0] == Interval(0, 0)
    assert graph.error[1] != Interval(0, 0)


def test_offsets_centre_the_error():
    m = np.random.default_rng(4).integers(-64, 64, (2, 3))
    graph = optimise(m, [SMALL] * 3, effort=QUICK, budget=Budget.of(1, 2, 7, centred=True))
    for e, offset in zip(graph.error, graph.offsets, strict=True):
        assert e.hi - offset == offset - e.lo <= 2**7
