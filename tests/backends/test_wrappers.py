"""The wrappers with back-pressure: their text, and every word through them once, in order, right."""

from __future__ import annotations

import numpy as np
import pytest

from symgate.backends.rtl import emit_graph
from symgate.backends.verilog.wrappers import axis, stream
from symgate.ir.fixed import Builder, run
from symgate.ir.types import FixedType
from symgate.sim.stream_bench import KINDS, simulate_words

ROWS = 37


def graph(latency, names=("x", "y"), outputs=("sum", "sign")):
    b = Builder()
    x = b.input(names[0], FixedType(True, 5, 2))
    y = b.input(names[1], FixedType(False, 9, 4))
    total = b.add(b.to_frac(x, 4), y)
    sign = b.slice(total, b.nodes[total].type.width - 1, b.nodes[total].type.width - 1)
    for _ in range(latency):
        total, sign = b.register(total), b.register(sign)
    b.output(outputs[0], total)
    b.output(outputs[1], sign)
    return b.build()


def rows(g):
    rng = np.random.default_rng(3)
    columns = {
        p.name: rng.integers(g.nodes[p.node].type.lo, g.nodes[p.node].type.hi, ROWS, endpoint=True)
        for p in g.inputs
    }
    results = run(g, [columns[p.name] for p in g.inputs])
    return {**columns, **{p.name: r for p, r in zip(g.outputs, results, strict=True)}}


@pytest.mark.parametrize("kind", [stream, axis])
def test_text(kind, golden):
    golden(kind(graph(2), "demo"))


@pytest.mark.parametrize("latency", [0, 1, 3])
@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.needs("iverilog", "cocotb")
def test_every_word_arrives_once(kind, latency):
    g = graph(latency)
    found = simulate_words(emit_graph("demo", g), "demo", g, rows(g), kind, words=6000)

    assert found.right, found
    assert found.resets > 2


@pytest.mark.needs("verilator", "cocotb")
def test_in_verilator_too():
    g = graph(2)
    found = simulate_words(
        emit_graph("demo", g), "demo", g, rows(g), "axis", words=6000, tool="verilator"
    )

    assert found.right, found
    assert found.resets > 2


FAULTS = {
    "a place too few": ("taken != 4", "taken != 3", "stalls"),
    "a place too many": ("taken != 4", "taken != 6", "wrong"),
    "ready in a reset": ("~rst & taken", "taken", "wrong"),
    "another word": ("words[to] <= {done_last", "words[from] <= {done_last", "wrong"),
    "last too early": ("done_last = lasts[1]", "done_last = lasts[0]", "wrong"),
    "accepted where not ready": ("in_valid & in_ready;", "in_valid;", "wrong"),
    "leaves without being taken": ("out_valid & out_ready;", "out_valid;", "moved"),
}


@pytest.mark.parametrize("fault", FAULTS)
@pytest.mark.needs("iverilog", "cocotb")
def test_planted_faults_are_found(fault):
    right, wrong, sign = FAULTS[fault]
    g = graph(2)
    files = emit_graph("demo", g)
    assert right in files["demo_stream.v"]
    files["demo_stream.v"] = files["demo_stream.v"].replace(right, wrong)

    found = simulate_words(files, "demo", g, rows(g), "stream", words=6000)

    assert not found.right
    assert getattr(found, sign) != 0, found


@pytest.mark.needs("iverilog", "cocotb")
def test_ports_may_have_the_names_of_its_own_signals():
    g = graph(1, ("taken", "in_ready"), ("words", "d_words"))
    assert "reg [1:0] taken_2;" in stream(g, "demo")
    found = simulate_words(emit_graph("demo", g), "demo", g, rows(g), "axis", words=1500)

    assert found.right, found
