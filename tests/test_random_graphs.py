"""Whole graphs: NumPy, plain ints, the C++ under the vendor's headers and the circuit agree on every bit."""

from __future__ import annotations

import random

import numpy as np
import pytest

from symgate.ir.fixed import Graph
from symgate.ir.text import show
from symgate.sim import amaranth_sim, cpp, numpy_model, vectors
from tests.graphs import Columns, balanced, equal, ints, random_graph

GRAPHS = 16


def inputs_of(graph: Graph, rng: np.random.Generator) -> Columns:
    ranges = {p.name: graph.nodes[p.node].range for p in graph.inputs}
    columns = {name: vectors.uniform(r, 60, rng) for name, r in ranges.items()}
    for name, r in ranges.items():
        columns[name][:2] = r.lo, r.hi
    return columns


@pytest.fixture
def cases(rng) -> list[tuple[Graph, Columns]]:
    source = random.Random(int(rng.integers(1 << 32)))
    graphs = [balanced(random_graph(source, 30, widest=(16, 24, 80)[k % 3])) for k in range(GRAPHS)]
    return [(g, inputs_of(g, rng)) for g in graphs]


def test_numpy(cases):
    for graph, inputs in cases:
        assert equal(ints(graph, inputs), numpy_model.simulate(graph, inputs)), show(graph)


def test_amaranth(cases):
    for graph, inputs in cases:
        assert equal(ints(graph, inputs), amaranth_sim.run(graph, inputs)), show(graph)


@pytest.mark.needs("g++", "hls4ml")
def test_cpp(cases, tmp_path):
    projects = [cpp.Project.of(graph, f"g{k}") for k, (graph, _) in enumerate(cases)]
    library = cpp.Library(projects, tmp_path, optimise=0)
    for k, (graph, inputs) in enumerate(cases):
        assert equal(ints(graph, inputs), library.run(f"g{k}", inputs)), show(graph)
