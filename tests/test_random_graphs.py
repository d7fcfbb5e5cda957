"""Whole graphs: NumPy, plain ints, the C++ under the vendor's headers and the circuit agree on
every bit.
"""

from __future__ import annotations

import random

import numpy as np
import pytest

from symgate.ir.fixed import Builder, Graph
from symgate.ir.text import show
from symgate.ir.types import FixedType
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


@pytest.mark.needs("g++", "hls4ml")
@pytest.mark.parametrize("op", ["lt", "le", "eq", "min", "max"])
def test_cpp_compares_signed_with_long_unsigned_numbers(op, rng, tmp_path):
    """Where ap_fixed.h compares those of 32 bits and more itself, it takes the sign of a negative
    one for a bit.
    """
    projects = []
    for width, other in [
        (30, 30),
        (31, 31),
        (32, 32),
        (33, 20),
        (20, 33),
        (48, 48),
        (63, 63),
        (64, 12),
        (70, 70),
    ]:
        for turned in (False, True):
            b = Builder()
            x = b.input("x", FixedType(True, width, 3))
            y = b.input("y", FixedType(False, other, 3))
            b.output("z", b.emit(op, *((y, x) if turned else (x, y))))
            projects.append(cpp.Project.of(b.build(), f"g{len(projects)}"))
    library = cpp.Library(projects, tmp_path, optimise=0)
    for project in projects:
        graph, inputs = project.graph, inputs_of(project.graph, rng)
        assert equal(ints(graph, inputs), library.run(project.name, inputs)), show(graph)
