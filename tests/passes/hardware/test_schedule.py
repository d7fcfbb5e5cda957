import itertools
import random
from fractions import Fraction

import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from symgate.frontend.language.infix import parse
from symgate.ir.design import Accuracy, Design, Input
from symgate.ir.domains import Interval
from symgate.ir.fixed import Builder, run, users
from symgate.ir.fixed_ops.delays import USUAL
from symgate.ir.text import parse as parse_graph
from symgate.ir.text import show
from symgate.ir.types import FixedType
from symgate.passes.compiler import compile_design
from symgate.passes.hardware.cost import absorbed
from symgate.passes.hardware.nets import NodeDelays, wires
from symgate.passes.hardware.retiming import fewest_registers
from symgate.passes.hardware.schedule import Schedule, copy_node
from symgate.passes.hardware.stage_paths import stage_paths
from symgate.passes.hardware.timing import Timing
from tests.graphs import balanced, random_graph


@pytest.fixture(scope="module")
def graph():
    inputs = tuple(Input.of(n, FixedType.parse("fixed<8,3>")) for n in "xy")
    e = parse("sin(1.3*x - y)*(0.7*y + exp(-x**2)) + 0.3*x*y", ("x", "y"))
    firmware = compile_design(
        Design("d", inputs, (("z", e), ("u", parse("x", ("x", "y")))), Accuracy(_errors()))
    )
    return parse_graph(firmware.certificate.data["graph"])


def _errors():
    return {"z": Fraction(1, 128), "u": Fraction(1, 4)}


@pytest.mark.parametrize("clock_ns", [0.8, 1.5, 3.0, 20.0])
def test_registers_change_no_bit_and_all_paths_have_the_same_number(graph, clock_ns):
    rng = np.random.default_rng(1)
    raws = [rng.integers(p.type.lo, p.type.hi + 1, 500) for p in graph.inputs]

    pipelined = Schedule(clock_ns)(graph)

    for a, b in zip(run(graph, raws), run(pipelined, raws), strict=True):
        np.testing.assert_array_equal(a, b)
    assert _depths(pipelined) == {pipelined.latency}


def _depths(graph) -> set[int]:
    """The numbers of registers on the paths from inputs to outputs."""
    depth = [{0} if n.op in ("input",) else set() for n in graph.nodes]
    for i, n in enumerate(graph.nodes):
        for a in n.args:
            depth[i] |= {d + (n.op == "register") for d in depth[a]}
    return set().union(*(depth[p.node] for p in graph.outputs))


def test_a_faster_clock_takes_more_cycles(graph):
    cycles = [Schedule(ns)(graph).latency for ns in (20.0, 3.0, 1.5, 0.8)]

    assert cycles == sorted(cycles)
    assert cycles[0] < cycles[-1]


def test_no_register_stands_between_an_adder_and_what_its_luts_absorb(graph):
    pipelined = Schedule(1.5)(graph)

    assert len(absorbed(pipelined)) >= len(absorbed(graph)) > 0


def test_a_table_of_an_input_in_a_part_of_its_format_keeps_its_meaning_behind_a_register():
    b = Builder()
    x = b.input("x", FixedType(True, 6, 0), Interval(-3, 2))
    b.output("y", b.table(x, list(range(64))))
    graph = b.build()
    twice = Builder()
    late = twice.register(twice.input("x", FixedType(True, 6, 0), Interval(-3, 2)))
    twice.output("y", copy_node(twice, graph.nodes[graph.outputs[0].node], [late]))

    raws = [np.arange(-3, 3)]
    np.testing.assert_array_equal(run(twice.build(), raws)[0], run(graph, raws)[0])


def small_graph(seed):
    """Adders, selections and tables of two inputs, some of which several outputs read."""
    rng = np.random.default_rng(seed)
    b = Builder()
    nodes = [b.input(n, FixedType(True, int(rng.integers(3, 9)), 0)) for n in "xy"]
    for _ in range(int(rng.integers(2, 6))):
        x, y = (nodes[int(k)] for k in rng.integers(0, len(nodes), 2))
        kind = rng.integers(0, 4)
        if kind < 2:
            node = (b.add, b.sub)[kind](x, y)
        elif kind == 2:
            node = b.select(b.slice(x, 0, 0), x, y)
        else:
            node = b.table(b.slice(x, 3, 0), rng.integers(0, 60, 16).tolist())
        nodes.append(node)
    b.output("u", nodes[-1])
    b.output("v", nodes[int(rng.integers(2, len(nodes)))])
    return b.build()


def legal(graph, stage, budget):
    """Whether signals keep their order in time and each cycle's logic its limit; a slow node may be
    alone.
    """
    inside, readers = absorbed(graph), users(graph)
    taken = NodeDelays.of(graph, USUAL)
    arrival, computed = [USUAL.clock_to_q] * len(graph.nodes), [False] * len(graph.nodes)
    for i, n in enumerate(graph.nodes):
        if n.op in ("input", "const"):
            continue
        args = [a for a in n.args if graph.nodes[a].op != "const"]
        if any(stage[a] > stage[i] for a in args):
            return False
        here = {a: arrival[a] if stage[a] == stage[i] else USUAL.clock_to_q for a in args}
        start = max(
            (t + (0 if wires(graph, i) else taken.nets[a]) for a, t in here.items()), default=0.0
        )
        arrival[i] = start + taken.cells[i]
        behind = any(computed[a] and stage[a] == stage[i] for a in args)
        computed[i] = behind or (i not in inside and taken.cells[i] > 0)
        if behind and arrival[i] > budget and i not in inside:
            return False
    return all(stage[i] == stage[readers[i][0]] for i in inside)


def flip_flops(graph, stage, last):
    """Flip-flops of a schedule whose outputs leave in cycle ``last``."""
    until = list(stage)
    for i, n in enumerate(graph.nodes):
        for a in n.args:
            until[a] = max(until[a], stage[i])
    for p in graph.outputs:
        until[p.node] = last
    return sum(
        (until[i] - stage[i]) * n.type.width for i, n in enumerate(graph.nodes) if n.op != "const"
    )


def every_schedule(graph, last):
    """Each choice of cycles up to ``last``."""
    free = [i for i, n in enumerate(graph.nodes) if n.op not in ("input", "const")]
    for choice in itertools.product(range(last + 1), repeat=len(free)):
        stage = [0] * len(graph.nodes)
        for i, s in zip(free, choice, strict=True):
            stage[i] = s
        yield stage


@settings(max_examples=15, deadline=None)  # each tries every schedule: 0.6 CPU seconds
@given(st.integers(0, 2**32 - 1), st.sampled_from([0.5, 0.8, 1.0, 1.3]))
@example(110421, 0.5)  # a table in the LUTs of an adder, moved to its cycle
def test_no_legal_schedule_is_shorter_or_has_fewer_registers(seed, budget):
    graph = small_graph(seed)
    timing = Timing.earliest(graph, budget)
    last = max(timing.leaves(p.node, True) for p in graph.outputs)

    found = fewest_registers(timing, last, True)

    assert legal(graph, found, budget)
    others = [s for s in every_schedule(graph, last - 1) if legal(graph, s, budget)]
    ends = [max(s[p.node] for p in graph.outputs) for s in others]
    assert min(ends) == last - 1
    assert flip_flops(graph, found, last) == min(flip_flops(graph, s, last) for s in others)


@pytest.mark.parametrize("registers", ["none", "inputs", "outputs", "both"])
def test_fewer_registers_than_with_each_node_as_early_as_possible(graph, registers):
    schedule = Schedule(2.0, registers=registers)
    timing = Timing.earliest(graph, USUAL.budget(2.0))
    behind = registers in ("outputs", "both")
    last = max(timing.leaves(p.node, behind) for p in graph.outputs)

    later = fewest_registers(timing, last, behind)

    assert schedule.latency(graph) == schedule(graph).latency
    assert flip_flops(graph, later, last) < 0.9 * flip_flops(graph, timing.stage, last)


@pytest.mark.parametrize("clock", [1.5, 2.0, 5.0])
def test_paths_of_random_graphs_keep_their_time_unless_a_node_is_alone(clock):
    for seed in range(20):
        pipelined = Schedule(clock)(balanced(random_graph(random.Random(seed), 40)))
        for path in stage_paths(pipelined, USUAL):
            assert path.ns <= USUAL.budget(clock) + 1e-9 or len(path.parts) == 1


def test_same_graph_gives_the_same_text(graph):
    assert show(Schedule(2.0)(graph)) == show(Schedule(2.0)(graph))


def test_a_combinational_design_has_no_registers(graph):
    assert Schedule(0.1, combinational=True)(graph) is graph
