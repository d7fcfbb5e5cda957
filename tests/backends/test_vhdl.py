"""VHDL means what the graph means, by GHDL: every operator, random graphs and pipelines, all inputs of small ones."""

from __future__ import annotations

import random
from contextlib import suppress

import numpy as np
import pytest

from symgate.backends.vhdl import emit_graph
from symgate.backends.vhdl_names import legal, vhdl_names
from symgate.ir.fixed import Builder, Graph
from symgate.ir.fixed_ops import OPS
from symgate.ir.types import FixedType
from symgate.proof.formal.samples import one_node
from symgate.sim import ghdl_sim, vectors
from tests.graphs import balanced, equal, ints, random_graph


def same(graph: Graph, rows) -> bool:
    return equal(ints(graph, rows), ghdl_sim.simulate(emit_graph("top", graph), "top", graph, rows))


def rows_of(graph: Graph, count: int, seed: int):
    rng = np.random.default_rng(seed)
    return {p.name: vectors.uniform(graph.nodes[p.node].range, count, rng) for p in graph.inputs}


@pytest.mark.needs("ghdl")
@pytest.mark.parametrize("name", OPS)
def test_each_operator(name):
    graph = one_node(name, random.Random(f"vhdl {name}"), 6)
    assert same(graph, rows_of(graph, 300, 1))


@pytest.mark.needs("ghdl")
@pytest.mark.parametrize("seed", range(5))
def test_random_graphs(seed):
    graph = random_graph(random.Random(seed), 30, widest=(12, 24, 80)[seed % 3])
    if graph.latency:
        with suppress(TypeError):
            graph = balanced(graph)
    if graph.inputs:
        assert same(graph, rows_of(graph, 100, seed))


@pytest.mark.needs("ghdl")
def test_a_pipeline_gives_a_row_per_clock():
    graph = balanced(random_graph(random.Random(4), 25, widest=12))
    assert graph.latency == 2
    assert same(graph, rows_of(graph, 200, 2))


@pytest.mark.needs("ghdl")
def test_a_planted_bit_is_found():
    b = Builder()
    b.output("y", b.register(b.table(b.input("x", FixedType(False, 4, 0)), list(range(16)))))
    graph, rows = b.build(), {"x": np.arange(16)}
    files = emit_graph("top", graph)
    wrong = {name: text.replace('"00111"', '"00110"') for name, text in files.items()}
    assert wrong != files
    assert not equal(ints(graph, rows), ghdl_sim.simulate(wrong, "top", graph, rows))


def test_text(golden):
    b = Builder()
    x = b.register(b.input("signal", FixedType(True, 4, 2)))
    b.output("Y_", b.register(b.select(b.slice(x, 3, 3), b.neg(x), b.table(x, [3] * 16, 2))))
    golden(emit_graph("my design", b.build())["my_design.vhd"])


def test_names_differ_whatever_their_case():
    b = Builder()
    for name in ("a.b", "A__b", "n3", "2x", "Clk"):
        b.input(name, FixedType(True, 4, 0))
    b.output("a_B", b.input("résumé", FixedType(True, 4, 0)))
    names = vhdl_names(b.build(), "entity")
    assert names.top == "entity_p"
    assert names.inputs == ("a_b", "A_b_2", "n3_p", "p_2x", "Clk_p", "r_sum")
    assert names.outputs == ("a_B_3",)
    assert legal("__") == "p"
