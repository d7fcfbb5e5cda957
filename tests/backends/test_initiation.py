"""Products that take turns on multipliers: every bit in Icarus, with gaps between words, resets and
stalls; planted faults are found.
"""

from __future__ import annotations

import random

import numpy as np
import pytest

from symgate.backends.rtl import emit_graph
from symgate.ir.design import Target
from symgate.ir.fixed import Builder, Graph, run
from symgate.ir.types import FixedType
from symgate.passes.hardware.initiation import ShareProducts
from symgate.sim import numpy_model, rtl_bench, vectors
from symgate.sim.stream_bench import KINDS, simulate_words
from symgate.sim.valid_bench import PLAIN, simulate_valid
from tests.graphs import equal

ROWS = 60


def products(seed: int, count: int = 7) -> Graph:
    """A graph of sums, tables and products of many sizes, some of which follow each other."""
    source, b = random.Random(seed), Builder()
    values = [
        b.input(f"x{k}", FixedType(source.random() < 0.7, source.randint(6, 14), 0))
        for k in range(3)
    ]
    for k in range(count):
        x, y = source.choices(values[-4:], k=2) if k % 3 else source.choices(values, k=2)
        product = b.mul(x, y)
        kept = b.round(product, max(0, b.nodes[product].type.width - source.randint(9, 16)))
        kept = b.scale(kept, b.nodes[kept].frac)
        if source.random() < 0.5:
            kept = b.add(kept, source.choice(values))
        values.append(kept)
    address = b.slice(values[-2], 7, 0)
    entries = [source.randint(-50, 50) for _ in range(256)]
    b.output("t", b.rom(address, entries) if seed % 2 else b.table(address, entries))
    b.output("y", values[-1])
    b.output("z", b.add(values[-2], values[-3]))
    return b.build()


def shared(graph: Graph, interval: int, clock_ns: float = 5.0) -> Graph:
    found = ShareProducts.of(Target(ii=interval, clock_ns=clock_ns))(graph)
    assert found.shared, "nothing is shared, which would test nothing"
    return found


def rows(graph: Graph, seed: int = 1) -> dict[str, np.ndarray]:
    rng = np.random.default_rng(seed)
    return {p.name: vectors.uniform(graph.nodes[p.node].range, ROWS, rng) for p in graph.inputs}


def columns(graph: Graph) -> dict[str, np.ndarray]:
    given = rows(graph)
    results = run(graph, list(given.values()))
    return {**given, **{p.name: r for p, r in zip(graph.outputs, results, strict=True)}}


@pytest.mark.parametrize("interval", [2, 3, 4])
@pytest.mark.parametrize("seed", range(4))
@pytest.mark.needs("iverilog", "cocotb")
def test_every_word_is_right_with_gaps_and_resets(seed, interval):
    graph = products(seed)
    found = shared(graph, interval, clock_ns=(5.0, 12.0)[seed % 2])
    given = columns(found)
    assert equal(numpy_model.simulate(graph, rows(graph)), numpy_model.simulate(found, rows(graph)))

    passed = simulate_valid(emit_graph("demo", found), "demo", found, given, PLAIN, words=2500)
    assert passed.right, passed
    assert passed.resets > 1


def squares() -> Graph:
    """Three products of one stage, which have one multiplier in turn."""
    b = Builder()
    x, y = b.input("x", FixedType(True, 9, 4)), b.input("y", FixedType(True, 8, 4))
    b.output("sum", b.add(b.mul(x, y), b.add(b.mul(x, x), b.mul(y, y))))
    return shared(b.build(), 4)


def test_text(golden):
    golden(emit_graph("demo", squares())["demo.v"])


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("interval", [2, 4])
@pytest.mark.needs("iverilog", "cocotb")
def test_wrappers_lose_and_double_nothing(kind, interval):
    found = shared(products(5), interval)
    passed = simulate_words(
        emit_graph("demo", found), "demo", found, columns(found), kind, words=3000
    )

    assert passed.right, passed
    assert passed.resets > 1


@pytest.mark.parametrize(
    "simulator",
    [
        pytest.param("icarus", marks=pytest.mark.needs("iverilog", "cocotb")),
        pytest.param("verilator", marks=pytest.mark.needs("verilator", "cocotb")),
    ],
)
def test_the_bench_of_a_build_drives_at_the_interval(simulator):
    found = shared(products(2), 3)
    given = rows(found)
    got = rtl_bench.simulate_rtl(emit_graph("demo", found), "demo", found, given, simulator)

    assert equal(numpy_model.simulate(found, given), got)


FAULTS = {
    "the turn of another": ("n4_slot <= {valid[2], valid[1]}", "n4_slot <= {valid[1], valid[2]}"),
    "a turn too late": ("n4_slot <= {valid[2], valid[1]}", "n4_slot <= {valid[3], valid[2]}"),
    "taken too early": ("if (valid[2]) begin\n    n7", "if (valid[1]) begin\n    n7"),
    "kept too short": ("if (in_valid) begin", "begin"),
    "overwritten": ("if (valid[1]) begin\n    n14", "begin\n    n14"),
    "another operand": ("2'd2: n4_b = {n3[7], n3}", "2'd2: n4_b = n1"),
}


@pytest.mark.parametrize("fault", FAULTS)
@pytest.mark.needs("iverilog", "cocotb")
def test_planted_faults_are_found(fault):
    found = squares()
    files = emit_graph("demo", found)
    right, wrong = FAULTS[fault]
    assert right in files["demo.v"]
    files["demo.v"] = files["demo.v"].replace(right, wrong)

    passed = simulate_valid(files, "demo", found, columns(found), PLAIN, words=300)
    assert passed.wrong, passed


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.needs("iverilog", "cocotb")
def test_a_wrapper_that_is_ready_too_often_is_found(kind):
    found = shared(products(5), 4)
    files = emit_graph("demo", found)
    assert "pause <= 3;" in files["demo_stream.v"]
    files["demo_stream.v"] = files["demo_stream.v"].replace("pause <= 3;", "pause <= 2;")

    passed = simulate_words(files, "demo", found, columns(found), kind, words=600)
    assert passed.wrong, passed


@pytest.mark.needs("iverilog", "cocotb")
def test_a_block_ram_keeps_its_entry_too():
    b = Builder()
    x, y = b.input("x", FixedType(False, 8, 0)), b.input("y", FixedType(True, 9, 0))
    entry = b.rom(x, [(7 * k * k) % 509 - 250 for k in range(256)])
    b.output("z", b.add(b.mul(entry, y), b.mul(entry, entry)))
    found = shared(b.build(), 3)
    files = emit_graph("demo", found)

    assert ".ce(valid[1])" in files["demo.v"]
    passed = simulate_valid(files, "demo", found, columns(found), PLAIN, words=300)
    assert passed.right, passed
