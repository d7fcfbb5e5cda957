"""Runs of codes that hardware does not tell apart: against every code, and by intervals against
every node.
"""

from __future__ import annotations

import random

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from symgate.ir.fixed import Builder, values
from symgate.ir.types import FixedType
from symgate.passes.approx.float_format import Format
from symgate.proof.forms import Unprovable
from symgate.proof.runs import interval, runs
from tests.graphs import random_graph


@given(
    st.builds(Format, st.integers(4, 12), st.integers(1, 4), st.integers(1, 5)),
    st.integers(-3000, 3000),
    st.booleans(),
    st.data(),
)
def test_runs_are_those_of_the_address(f, centre, below, data):
    b = Builder()
    x = b.input("x", FixedType(True, 16, 3))
    zero = b.const(centre, 3)
    distance = b.sub(zero, x) if below else b.sub(x, zero)
    address = f.lower(b, b.slice(distance, f.width - 1, 0))
    entries = [int(v) for v in np.random.default_rng(0).integers(0, 1 << 20, 1 << f.bits)]
    y = b.table(address, entries)
    b.output("y", y)
    a, z = sorted(data.draw(st.lists(st.integers(0, (1 << f.width) - 1), min_size=2, max_size=2)))
    first, last = (centre - z, centre - a) if below else (centre + a, centre + z)

    graph = b.build()
    starts, ends = runs(graph, graph.inputs[0].node, graph.outputs[0].node, first, last, 1 << 12)

    assert (starts[0], ends[-1]) == (first, last)
    assert np.array_equal(starts[1:], ends[:-1] + 1)
    here = values(graph, [np.arange(first, last + 1)])[graph.outputs[0].node]
    for s, e in zip(starts, ends, strict=True):
        assert np.all(here[s - first : e - first + 1] == here[s - first])
    assert len(starts) <= 1 << (f.bits + 1)


def test_too_many_runs_are_refused():
    b = Builder()
    x = b.input("x", FixedType(False, 40, 0))
    b.output("y", b.slice(x, 39, 20))

    with pytest.raises(
        Unprovable, match="more than 1024 runs of codes are too many to try them all"
    ):
        runs(b.build(), 0, 1, 0, (1 << 40) - 1, 1024)


@given(st.integers(0, 2**32))
def test_nodes_stay_inside_their_intervals(seed):
    """Every node of a random graph, at points between random ends of the inputs' intervals."""
    rng = random.Random(seed)
    graph = random_graph(rng, 30, 12)
    ranges = [graph.nodes[p.node].range for p in graph.inputs]
    pairs = [sorted((rng.randint(r.lo, r.hi), rng.randint(r.lo, r.hi))) for r in ranges]
    points = values(graph, [np.array([rng.randint(lo, hi) for _ in range(20)]) for lo, hi in pairs])
    given_ends = {
        p.node: (np.array([lo]), np.array([hi]))
        for p, (lo, hi) in zip(graph.inputs, pairs, strict=True)
    }
    known = {}
    for i, n in enumerate(graph.nodes):
        known[i] = given_ends.get(i) or interval(n, [known[a] for a in n.args])

        assert np.all((known[i][0] <= points[i]) & (points[i] <= known[i][1])), (i, n)
