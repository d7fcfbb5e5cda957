"""Pins that the bits of nodes drive, and the longest path of each stage."""

import numpy as np
import pytest

from symgate.ir.design import Target
from symgate.ir.fixed import Builder, run
from symgate.ir.fixed_ops.delays import USUAL, delays_of
from symgate.ir.types import FixedType
from symgate.passes.hardware.nets import fanouts
from symgate.passes.hardware.schedule import Schedule
from symgate.passes.hardware.stage_paths import stage_paths


def bits(width, signed=True):
    return FixedType(signed, width, 0)


def test_wires_pass_their_pins_on_to_what_drives_them():
    b = Builder()
    x = b.input("x", bits(8, False))
    low, high = b.slice(x, 3, 0), b.slice(x, 7, 4)
    both = b.concat(b.table(low, range(16)), b.table(high, range(16)), 4)
    b.output("y", both)
    graph = b.build()

    assert fanouts(graph)[0] == 4  # each bit addresses four columns of one table


def test_a_condition_drives_all_that_it_chooses_and_a_sign_all_that_it_extends():
    b = Builder()
    x, y, c = b.input("x", bits(4)), b.input("y", bits(12)), b.input("c", bits(1, False))
    b.output("u", b.select(c, y, b.add(x, y)))
    found = fanouts(b.build())

    assert found[2] == 13  # as wide as the result
    assert found[0] == 1 + 13 - 4


@pytest.mark.parametrize("clock", [1.5, 2.0, 3.0, 5.0])
def test_no_path_of_a_schedule_is_beyond_its_budget(clock):
    rng = np.random.default_rng(3)
    b = Builder()
    nodes = [b.input(n, bits(9)) for n in "xyz"]
    for _ in range(40):
        one, two = (nodes[int(k)] for k in rng.integers(0, len(nodes), 2))
        if rng.integers(0, 3):
            nodes.append(b.add(b.wrap(one, 9, True), b.wrap(two, 9, True)))
        else:
            nodes.append(b.table(b.slice(one, 5, 0), rng.integers(0, 200, 64).tolist()))
    b.output("u", nodes[-1])
    b.output("v", nodes[-2])
    graph = Schedule(clock)(b.build())

    paths = stage_paths(graph, USUAL)

    assert max(path.ns for path in paths) <= USUAL.budget(clock) + 1e-9
    assert all(path.ns == pytest.approx(path.from_clock + sum(p.cells + p.net for p in path.parts))
               for path in paths)  # fmt: skip


@pytest.mark.parametrize("part", ["xcvu9p-flga2104-3-e", "xcvu9p-flga2104-1-e", "xc7a35tcpg236-1"])
def test_the_part_decides_how_many_cycles_a_design_takes(part):
    b = Builder()
    total = b.input("x", bits(16))
    for k in range(8):
        total = b.add(total, b.input(f"y{k}", bits(16)))
    b.output("u", total)
    graph = Schedule.of(Target(part=part, clock_ns=5.0))(b.build())

    delays = delays_of(part)
    assert max(p.ns for p in stage_paths(graph, delays)) <= delays.budget(5.0)


def test_slower_parts_take_more_cycles():
    b = Builder()
    total = b.input("x", bits(16))
    for k in range(12):
        total = b.add(total, b.input(f"y{k}", bits(16)))
    b.output("u", total)
    parts = ("xcvu9p-flga2104-3-e", "xcvu9p-flga2104-1-e", "xc7a35tcpg236-1")

    found = [Schedule.of(Target(part=part, clock_ns=3.0))(b.build()).latency for part in parts]

    assert found == sorted(found)
    assert found[0] < found[-1]


@pytest.mark.parametrize(
    ("registers", "latency"), [("outputs", 1), ("inputs", 1), ("both", 2), ("none", 0)]
)
def test_registers_stand_where_the_target_wants_them(registers, latency):
    b = Builder()
    x, y = b.input("x", bits(6)), b.input("y", bits(6))
    b.output("u", b.add(x, y))
    b.output("v", x)
    plain = b.build()

    graph = Schedule(20.0, registers=registers)(plain)

    assert graph.latency == latency
    raws = [np.arange(-32, 32), np.arange(31, -33, -1)]
    for one, other in zip(run(plain, raws), run(graph, raws), strict=True):
        np.testing.assert_array_equal(one, other)
    ops = {n.op for k, n in enumerate(graph.nodes) if any(k == p.node for p in graph.outputs)}
    assert (ops == {"register"}) == (registers in ("outputs", "both"))
    reads = {a for n in graph.nodes if n.op == "add" for a in n.args}
    behind = {graph.nodes[a].op for a in reads}
    assert behind == ({"register"} if registers in ("inputs", "both") else {"input"})


def test_an_output_without_a_register_leaves_time_for_the_net_outside():
    b = Builder()
    total = b.input("x", bits(8))
    for k in range(6):
        total = b.add(total, b.input(f"y{k}", bits(8)))
    b.output("u", total)
    budget = min(ns / 100 for ns in range(100, 600) if Schedule(ns / 100)(b.build()).latency == 1)

    assert Schedule(budget, registers="none")(b.build()).latency == 1
    assert Schedule(budget + 1.0, registers="none")(b.build()).latency == 0
