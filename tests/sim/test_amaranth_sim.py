"""Amaranth's simulator gives what the graph means, for every small operand, one row per clock."""

import numpy as np
import pytest

from symgate.ir.fixed import Builder, run
from symgate.ir.types import FixedType, Overflow, Rounding
from symgate.sim import amaranth_sim, bits

S4, U4 = FixedType(True, 4, 1), FixedType(False, 4, 1)


def every(graph):
    axes = [
        np.arange(n.range.lo, n.range.hi + 1) for n in (graph.nodes[p.node] for p in graph.inputs)
    ]
    return {
        p.name: grid.ravel()
        for p, grid in zip(graph.inputs, np.meshgrid(*axes, indexing="ij"), strict=True)
    }


def reference(graph, inputs):
    rows = [
        run(graph, row)
        for row in zip(*(column.tolist() for column in inputs.values()), strict=True)
    ]
    return {p.name: [row[k] for row in rows] for k, p in enumerate(graph.outputs)}


def check(builder):
    graph = builder.build()
    inputs = every(graph)
    outputs = amaranth_sim.run(graph, inputs)
    assert {name: column.tolist() for name, column in outputs.items()} == reference(graph, inputs)


@pytest.mark.parametrize("second", [S4, U4], ids=str)
@pytest.mark.parametrize("first", [S4, U4], ids=str)
@pytest.mark.parametrize("op", ["add", "sub", "mul", "min", "max", "lt", "le", "eq"])
def test_two_operands(op, first, second):
    b = Builder()
    b.output("y", b.emit(op, b.input("p", first), b.input("q", second)))
    check(b)


@pytest.mark.parametrize("mode", Rounding)
@pytest.mark.parametrize("type", [S4, U4], ids=str)
def test_rounding(mode, type):
    b = Builder()
    x = b.input("x", type)
    for drop in (1, 2, 5):
        b.output(f"y{drop}", b.round(x, drop, mode))
    check(b)


@pytest.mark.parametrize("mode", Overflow)
@pytest.mark.parametrize("type", [S4, U4], ids=str)
def test_overflow(mode, type):
    b = Builder()
    x = b.input("x", type)
    for width in (2, 3, 5):
        for signed in (False, True):
            b.output(
                f"y{width}{'s' if signed else 'u'}", b.fit(x, FixedType(signed, width, 1), mode)
            )
    check(b)


@pytest.mark.parametrize("type", [S4, U4], ids=str)
def test_table_and_booth(type):
    b = Builder()
    x, digit = b.input("x", type), b.input("d", FixedType(False, 3, 1))
    b.output("table", b.table(x, [3 * k - 17 for k in range(16)]))
    b.output("booth", b.booth(x, digit))
    check(b)


def test_outputs_arrive_with_the_latency():
    b = Builder()
    x, y = b.input("x", S4), b.input("y", S4)
    b.output("late", b.register(b.mul(b.register(x), b.register(y))))
    b.output("both", b.register(b.register(b.add(x, y))))
    assert b.build().latency == 2
    check(b)


def test_wide_ports_keep_every_bit():
    b = Builder()
    wide = FixedType(True, 80, 10)
    b.output("y", b.add(b.input("x", wide), b.const(1, 10)))
    graph = b.build()
    inputs = {"x": np.array([wide.lo, -1, 0, wide.hi], dtype=object)}
    assert list(amaranth_sim.run(graph, inputs)["y"]) == [wide.lo + 1, 0, 1, wide.hi + 1]


def test_rows_pack_and_unpack(rng):
    ports = [
        ("a", FixedType(True, 7, 0)),
        ("b", FixedType(False, 70, 3)),
        ("c", FixedType(True, 1, 0)),
    ]
    columns = {
        "a": rng.integers(-64, 64, 20),
        "b": rng.integers(0, 1 << 62, 20),
        "c": rng.integers(-1, 1, 20),
    }
    rows = bits.pack(ports, columns)
    assert max(rows) < 1 << bits.width(ports)
    assert {k: v.tolist() for k, v in bits.unpack(ports, rows).items()} == {
        k: v.tolist() for k, v in columns.items()
    }
