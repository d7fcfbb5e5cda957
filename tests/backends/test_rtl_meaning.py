"""The Verilog means what the graph means: simulated, and proved equal to the Amaranth circuit."""

import random
import subprocess
import sys
from contextlib import suppress
from functools import reduce

import numpy as np
import pytest
from amaranth.back import rtlil
from amaranth.hdl import Signal

from symgate.backends.circuit import Circuit
from symgate.backends.verilog import module
from symgate.backends.verilog.module import verilog
from symgate.backends.verilog.names import port_names
from symgate.ir.domains import Interval
from symgate.ir.fixed import Builder
from symgate.ir.text import show
from symgate.ir.types import FixedType, Overflow, Rounding
from symgate.sim import amaranth_sim, vectors
from symgate.sim.icarus_sim import simulate_graphs
from tests.graphs import balanced, equal, ints
from tests.graphs import random_graph as random_graph_of

S4, U4, U2, BIT = (
    FixedType(True, 4, 0),
    FixedType(False, 4, 0),
    FixedType(False, 2, 0),
    FixedType(False, 1, 0),
)
DIGIT = FixedType(False, 3, 0)


def row(b, x, d):
    return b.scale(b.booth(x, d), -1)  # in units of x


def cut(b, x, d):
    return b.scale(b.booth_cut(x, d, 2), -3)


#: What rides on a carry chain or needs none: what the text must hold, the node, and the types of
#: its operands.
PATTERNS = {
    "row in a sum": ("_neg} - ~{", lambda b, a, x, d: b.add(a, row(b, x, d)), (S4, U4, DIGIT)),
    "row subtracted": ("_neg} - {{", lambda b, a, x, d: b.sub(a, row(b, x, d)), (S4, S4, DIGIT)),
    "shifted row": (
        "x0[1:0]}",
        lambda b, a, x, d: b.add(a, b.scale(b.shl(row(b, x, d), 2), 2)),
        (S4, S4, DIGIT),
    ),
    "row alone": ("_row} + n", row, (S4, DIGIT)),
    "row without low bits": (
        ".once({2'd0, x1[3:2]})",
        lambda b, a, x, d: b.add(a, cut(b, x, d)),
        (S4, U4, DIGIT),
    ),
    "two rows": (
        "_neg} - ~{",
        lambda b, x, d, e: b.add(row(b, x, d), row(b, x, e)),
        (S4, DIGIT, DIGIT),
    ),
    "carry bit": ("{3'd0, x1} + x2", lambda b, x, y, c: b.add(b.add(x, y), c), (U4, U2, BIT)),
    "negation": (
        "_neg} - ~{",
        lambda b, a, x, c: b.add(a, b.select(c, b.neg(x), x)),
        (S4, U4, BIT),
    ),
    "negation where not": (
        "= ~x2;",
        lambda b, a, x, c: b.sub(a, b.select(c, x, b.neg(x))),
        (S4, S4, BIT),
    ),
    "inversion": (
        "x1 ^ {4{x2}}",
        lambda b, a, x, c: b.add(a, b.select(c, b.invert(x), x)),
        (S4, S4, BIT),
    ),
    "magnitude": ("x1[2:0] ^ {3{x1[3]}}", lambda b, a, x: b.add(a, b.emit("abs", x)), (S4, S4)),
    "rounding": (
        "+ n3_up",
        lambda b, a, x: b.add(b.scale(a, 2), b.round(x, 2, Rounding.RND)),
        (S4, S4),
    ),
    "sum of five": ("KEEP_SUM wire", lambda b, *x: reduce(b.add, x), (U2,) * 5),
    "wrapped sum": (
        "wire signed [2:0] n2 =",
        lambda b, x, y: b.wrap(b.add(x, y), 3, True),
        (S4, S4),
    ),
    "unread bits": ("y", lambda b, x, y: b.wrap(b.concat(b.mul(x, x), y, 4), 3, False), (S4, U4)),
}


def graph_of(name):
    b = Builder()
    _, make, types = PATTERNS[name]
    b.output("y", make(b, *(b.input(f"x{k}", t) for k, t in enumerate(types))))
    return b.build()


@pytest.fixture(scope="module")
def simulated(rows_of):
    graphs = {name: graph_of(name) for name in PATTERNS}
    inputs = {name: rows_of(graph) for name, graph in graphs.items()}
    return inputs, simulate_graphs(graphs, inputs)


@pytest.mark.needs("iverilog")
@pytest.mark.parametrize("name", PATTERNS)
def test_pattern_keeps_its_meaning(name, simulated):
    inputs, results = simulated
    assert equal(ints(graph_of(name), inputs[name]), results[name])


@pytest.mark.parametrize("name", PATTERNS)
def test_pattern_is_written_well(name):
    assert PATTERNS[name][0] in verilog(graph_of(name), "top")


@pytest.mark.needs("iverilog")
@pytest.mark.parametrize("signed", [False, True], ids=["to unsigned", "to signed"])
def test_saturation(signed, rows_of):
    graphs = {}
    for lo, hi in ((-8, 7), (-3, 7), (-8, 2), (0, 7), (-8, -5), (1, 15)):
        b = Builder()
        x = b.input("x", FixedType(lo < 0, 4, 0), Interval(lo, hi))
        for width in range(1, 6):
            for mode in Overflow:
                b.output(f"y{width}{mode}", b.fit(x, FixedType(signed, width, 0), mode))
        graphs[f"{lo} to {hi}"] = b.build()
    inputs = {name: rows_of(graph) for name, graph in graphs.items()}
    results = simulate_graphs(graphs, inputs)
    for name, graph in graphs.items():
        assert equal(ints(graph, inputs[name]), results[name])


@pytest.mark.needs("iverilog")
def test_random_graphs(request, rng, random_graph, rows_of):
    first = int(request.config.option.hypothesis_seed) % 10**6
    graphs = {str(seed): random_graph(seed) for seed in range(first, first + 150)}
    inputs = {name: rows_of(graph, 100, rng) for name, graph in graphs.items()}
    results = simulate_graphs(graphs, inputs)
    for name, graph in graphs.items():
        assert equal(ints(graph, inputs[name]), results[name]), f"seed {name}"


@pytest.mark.needs("iverilog")
def test_operators_without_an_expression_are_written_from_their_meaning(
    monkeypatch, rng, random_graph, rows_of
):
    monkeypatch.setattr(module, "EXPRESSIONS", {})
    graphs = {str(seed): random_graph(seed) for seed in map(int, rng.integers(0, 1 << 30, 60))}
    inputs = {name: rows_of(graph, 100, rng) for name, graph in graphs.items()}
    results = simulate_graphs(graphs, inputs)
    for name, graph in graphs.items():
        assert equal(ints(graph, inputs[name]), results[name]), f"seed {name}"


@pytest.mark.needs("iverilog")
def test_random_pipelines(rng):
    source = random.Random(int(rng.integers(1 << 32)))
    graphs = {}
    for k in range(60):
        with suppress(
            TypeError
        ):  # the type of a balanced input can be too narrow for a table on it
            graphs[str(k)] = balanced(random_graph_of(source, 30, widest=(12, 24, 80)[k % 3]))
    inputs = {
        name: {p.name: vectors.uniform(graph.nodes[p.node].range, 40, rng) for p in graph.inputs}
        for name, graph in graphs.items()
    }
    results = simulate_graphs(graphs, inputs)
    for name, graph in graphs.items():
        assert equal(ints(graph, inputs[name]), results[name]), show(graph)


_PROVE = """
design -reset
read_rtlil {k}.il
read_verilog {k}.v
setattr -mod -unset top *
hierarchy
proc -norom
flatten
miter -equiv -flatten gold gate miter
hierarchy -top miter
sat -verify -prove trigger 0 miter
"""
_WORKER = "import sys; from pyosys import libyosys as ys; d = ys.Design(); [ys.run_pass(l, d) for l in open('script')]"


@pytest.mark.needs("pyosys")
def test_random_graphs_are_proved_equal_to_their_circuits(request, tmp_path, random_graph):
    first = int(request.config.option.hypothesis_seed) % 10**6
    for seed in range(first, first + 40):
        graph = random_graph(seed)
        circuit, names = Circuit(graph), port_names(graph, "gate")
        for signal, name in zip(
            (*circuit.inputs, *circuit.outputs), (*names.inputs, *names.outputs), strict=True
        ):
            signal.name = name
        ports = [*circuit.inputs, *circuit.outputs, circuit.in_valid, circuit.out_valid]
        ports += [Signal(name="clk"), Signal(name="rst")]
        (tmp_path / f"{seed}.il").write_text(rtlil.convert(circuit, name="gold", ports=ports))
        (tmp_path / f"{seed}.v").write_text(verilog(graph, "gate"))
    script = "".join(_PROVE.strip().format(k=seed) + "\n" for seed in range(first, first + 40))
    (tmp_path / "script").write_text(script.replace("\n\n", "\n"))
    done = subprocess.run(
        [sys.executable, "-c", _WORKER], cwd=tmp_path, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, f"first seed {first}: {done.stdout[-2000:]}"
    assert done.stdout.count("SUCCESS!") == 40


def test_a_table_longer_than_python_writes_integers_is_simulated():
    b = Builder()
    values = [(7919 * k) % 65521 - 30000 for k in range(2048)]
    b.output("y", b.table(b.input("x", FixedType(False, 11, 0)), values))
    graph = b.build()

    rows = {"x": np.array([0, 1, 1023, 1024, 1025, 2047])}

    assert equal(ints(graph, rows), amaranth_sim.run(graph, rows))
