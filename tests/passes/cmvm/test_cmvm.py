"""Graphs of constant matrices: exact, deterministic, never larger than plain signed digits."""

from itertools import product

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from symgate.ir.domains import Interval
from symgate.ir.fixed import Builder, run
from symgate.ir.types import FixedType
from symgate.passes.cmvm import ADDERS, LUTS, Effort, GraphObjective, emit_adders, optimise
from symgate.passes.cmvm.graph_search import plain

QUICK = Effort(restarts=1)


@st.composite
def matrices(draw, largest=40):
    outputs, inputs = draw(st.integers(1, 4)), draw(st.integers(1, 3))
    row = st.lists(st.integers(-largest, largest), min_size=inputs, max_size=inputs)
    return draw(st.lists(row, min_size=outputs, max_size=outputs))


def random_matrix(size, bits, seed=0):
    return np.random.default_rng(seed).integers(-(2 ** (bits - 1)), 2 ** (bits - 1), (size, size))


def naive(rows):
    """Adders of signed digits with nothing shared: those of each row, one fewer than its digits."""
    digits = [sum(((3 * abs(c)) ^ abs(c)).bit_count() for c in row) for row in rows]
    return sum(max(0, d - 1) for d in digits)


def every(inputs):
    return product(*(range(x.lo, x.hi + 1) for x in inputs))


def compiled(graph, type):
    b = Builder()
    nodes = [b.input(f"x{i}", type, r) for i, r in enumerate(graph.inputs)]
    for k, node in enumerate(emit_adders(b, graph, nodes)):
        b.output(f"y{k}", node)
    return b.build()


def results(built, x, frac):
    """The outputs as multiples of 2^-frac."""
    values = zip(run(built, x), built.outputs, strict=True)
    return [int(v) << (frac - p.type.frac) for v, p in values]


@given(
    matrices(), st.sampled_from([ADDERS, LUTS, GraphObjective(depth=3.0), GraphObjective(limit=3)])
)
@settings(max_examples=40, deadline=None)
def test_every_product_is_exact(rows, objective):
    inputs = [Interval(-3, 2), Interval(0, 3), Interval(-2, 2)][: len(rows[0])]
    graph = optimise(rows, inputs, objective, QUICK)
    built = compiled(graph, FixedType(True, 3, 0) if len(inputs) == 1 else FixedType(True, 4, 0))
    for x in every(inputs):
        expected = (np.array(rows) @ x).tolist()
        assert graph.evaluate(x) == expected
        assert results(built, list(x), 0) == expected
    assert set(graph.error) == {Interval(0, 0)}


@given(matrices(), st.integers(0, 5))
@settings(max_examples=40, deadline=None)
def test_ranges_are_exact(rows, seed):
    inputs = [Interval(-2, 1), Interval(0, 2), Interval(-1, 2)][: len(rows[0])]
    graph = optimise(rows, inputs, effort=Effort(restarts=1, seed=seed))
    seen = [graph.nodes(x) for x in every(inputs)]
    for node, r in enumerate(graph.ranges):
        assert (min(v[node] for v in seen), max(v[node] for v in seen)) == (r.lo, r.hi)


@given(matrices(300))
@settings(max_examples=40, deadline=None)
def test_never_more_adders_than_signed_digits(rows):
    graph = optimise(rows, [Interval(-8, 7)] * len(rows[0]), ADDERS, QUICK)
    negations = sum(o.negative for o in graph.outputs)
    assert len(graph.adders) <= naive(rows)
    assert graph.count <= naive(rows) + negations


@pytest.mark.parametrize(("size", "bits"), [(4, 4), (4, 8), (8, 4), (8, 8)])
def test_random_matrices_share_a_fifth(size, bits):
    m = random_matrix(size, bits)
    graph = optimise(m, [Interval(-128, 127)] * size, ADDERS, Effort(restarts=8))
    x = np.random.default_rng(1).integers(-128, 128, (size, 100))
    assert (np.array(graph.evaluate(list(x))) == m @ x).all()
    assert graph.count < 0.8 * naive(m.tolist())


@pytest.mark.parametrize("objective", [ADDERS, LUTS])
def test_seed_decides(objective):
    m, inputs = random_matrix(6, 8), [Interval(-128, 127)] * 6
    one, same = (optimise(m, inputs, objective, Effort(restarts=4, seed=3)) for _ in range(2))
    assert one == same
    assert str(one) == str(same)


def test_more_restarts_are_never_worse():
    m, inputs = random_matrix(5, 8), [Interval(-128, 127)] * 5
    counts = [optimise(m, inputs, ADDERS, Effort(restarts=n)).count for n in (0, 4, 16)]
    assert counts == sorted(counts, reverse=True)


def test_depth_limit_is_kept_where_it_can_be():
    m, inputs = random_matrix(8, 8), [Interval(-128, 127)] * 8
    least = plain([tuple(map(int, r)) for r in m], inputs).depth
    flat = optimise(m, inputs, GraphObjective(adders=1, luts=0, limit=least), QUICK)
    deep = optimise(m, inputs, ADDERS, QUICK)
    assert flat.depth <= least
    assert deep.count <= flat.count


def test_limit_that_cannot_be_kept_gives_the_least_depth():
    graph = optimise([[1, 1, 1, 1, 1]], [Interval(0, 1)] * 5, GraphObjective(limit=1), QUICK)
    assert graph.depth == 3


@pytest.mark.parametrize(
    "rows", [[[0, 0]], [[1, 0]], [[4, 0], [0, 0]], [[0, -1]], [[-2, -2]], [[1, 1], [-1, -1]]]
)
def test_trivial_rows(rows):
    inputs = [Interval(-2, 1)] * 2
    graph = optimise(rows, inputs, effort=QUICK)
    assert len(graph.adders) <= 1
    for x in every(inputs):
        assert graph.evaluate(x) == (np.array(rows) @ x).tolist()


def test_no_outputs_and_no_inputs():
    assert optimise([], [Interval(0, 1)]).evaluate([1]) == []
    assert optimise([[], []], []).outputs == optimise([[0], [0]], [Interval(0, 1)]).outputs


def test_large_coefficients_stay_exact():
    rows = [[3**40, -(5**30)], [7**25 + 1, 2**70 - 1]]
    graph = optimise(rows, [Interval(-(2**30), 2**30)] * 2, effort=Effort(restarts=0))
    x = [2**30 - 7, -(2**30) + 3]
    assert graph.evaluate(x) == [sum(c * v for c, v in zip(r, x, strict=True)) for r in rows]


def test_a_row_of_another_length_is_an_error():
    with pytest.raises(
        TypeError, match=r"^each row has one coefficient per input, which are 2; a row has 3$"
    ):
        optimise([[1, 2, 3]], [Interval(0, 1)] * 2)


def test_inputs_may_be_formats_and_have_fraction_bits():
    t = FixedType(True, 5, 3)
    graph = optimise([[3, 5], [6, -10]], [t, t], effort=QUICK)
    assert graph.inputs == (Interval(-16, 15),) * 2
    assert results(compiled(graph, t), [-16, 15], 3) == [27, -246]


def test_inputs_of_other_binary_points_are_an_error():
    graph = optimise([[1, 1]], [Interval(0, 1)] * 2, effort=QUICK)
    b = Builder()
    nodes = [b.input(f"x{f}", FixedType(False, 1, f)) for f in (0, 1)]
    with pytest.raises(
        TypeError, match=r"^2 inputs of one binary point, got 2 of \[0, 1\]; shl\(\) them$"
    ):
        emit_adders(b, graph, nodes)


def test_nodes_are_no_wider_than_their_values():
    """A difference of rows that is added back has a range that the builder alone cannot see."""
    m = random_matrix(8, 4)
    graph = optimise(m, [Interval(-128, 127)] * 8, ADDERS, QUICK)
    built = compiled(graph, FixedType(True, 8, 0))
    for port, o in zip(built.outputs, graph.outputs, strict=True):
        whole = graph.exact[o.node]
        assert port.type.width <= FixedType.holding(whole.lo, whole.hi, 0).width + o.negative
