from fractions import Fraction

import numpy as np
import pytest

from symgate.frontend.infix import parse
from symgate.ir.design import Accuracy, Design, Input
from symgate.ir.fixed import run
from symgate.ir.text import parse as parse_graph
from symgate.ir.text import show
from symgate.ir.types import FixedType
from symgate.passes.compiler import compile_design
from symgate.passes.cost import absorbed
from symgate.passes.schedule import Schedule


@pytest.fixture(scope="module")
def graph():
    inputs = tuple(Input.of(n, FixedType.parse("fixed<8,3>")) for n in "xy")
    e = parse("sin(1.3*x - y)*(0.7*y + exp(-x**2)) + 0.3*x*y", ("x", "y"))
    firmware = compile_design(Design("d", inputs, (("z", e), ("u", parse("x", ("x", "y")))), Accuracy(_errors())))
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


def test_same_graph_gives_the_same_text(graph):
    assert show(Schedule(2.0)(graph)) == show(Schedule(2.0)(graph))
