"""The NumPy model against plain Python ints, where int64 is enough and where it is not."""

from __future__ import annotations

import random

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from symgate.errors import InputError
from symgate.ir.arrays import narrow
from symgate.ir.domains import Interval
from symgate.ir.fixed import Builder, Graph
from symgate.ir.types import FixedType, Rounding
from symgate.sim import vectors
from symgate.sim.numpy_model import simulate
from tests.graphs import equal, ints, random_graph


def rows_of(graph: Graph, seed: int, count: int = 20) -> dict[str, np.ndarray]:
    """Random rows, with the ends of all ranges among them."""
    rng = np.random.default_rng(seed)
    ranges = {p.name: graph.nodes[p.node].range for p in graph.inputs}
    columns = {name: vectors.uniform(r, count, rng) for name, r in ranges.items()}
    for name, r in ranges.items():
        columns[name][:2] = r.lo, r.hi
    return columns


@given(st.integers(0, 1 << 32), st.integers(5, 60), st.sampled_from([6, 24, 50, 64, 70, 150]))
def test_any_graph_equals_ints(seed: int, size: int, widest: int):
    graph = random_graph(random.Random(seed), size, widest)
    inputs = rows_of(graph, seed)

    assert equal(ints(graph, inputs), simulate(graph, inputs))


@pytest.mark.parametrize("width", range(56, 68))
def test_no_product_or_sum_overflows(width):
    b = Builder()
    x, y = b.input("x", FixedType(True, width, 3)), b.input("y", FixedType(True, 3, 3))
    for k, node in enumerate(
        [b.mul(x, y), b.add(x, y), b.neg(x), b.mul(x, x), b.shl(x, 9), b.invert(x)]
    ):
        b.output(f"r{k}", node)
    for k, mode in enumerate(Rounding):
        b.output(f"q{k}", b.round(x, 40, mode))
    graph = b.build()
    inputs = rows_of(graph, width)

    assert equal(ints(graph, inputs), simulate(graph, inputs))


@pytest.mark.parametrize("drop", [57, 58, 59, 62, 63, 64, 65, 100])
@pytest.mark.parametrize("mode", Rounding)
def test_more_bits_dropped_than_int64_has(mode, drop):
    b = Builder()
    b.output("y", b.round(b.input("x", FixedType(True, 5, 0)), drop, mode))
    graph = b.build()
    inputs = {"x": np.arange(-16, 16)}

    assert equal(ints(graph, inputs), simulate(graph, inputs))


def test_wide_results_are_python_ints_and_narrow_ones_int64():
    b = Builder()
    x = b.input("x", FixedType(True, 40, 0))
    b.output("wide", b.mul(x, x))
    b.output("narrow", b.slice(b.mul(x, x), 70, 60))
    result = simulate(b.build(), {"x": [-(1 << 39), 3]})

    assert result["wide"].dtype == object
    assert result["wide"].tolist() == [1 << 78, 9]
    assert result["narrow"].dtype == np.int64
    assert result["narrow"].tolist() == [1 << 18 & 2047, 0]


@pytest.mark.parametrize(
    ("lo", "hi", "expected"), [(-(1 << 58), 0, True), (0, 1 << 58, False), (0, 0, True)]
)
def test_narrow_leaves_bits_to_spare(lo, hi, expected):
    assert narrow(Interval(lo, hi)) is expected


def test_many_rows_come_back_in_order():
    b = Builder()
    b.output("y", b.neg(b.input("x", FixedType(True, 20, 0))))
    x = np.arange(-100_000, 100_000)

    assert np.array_equal(simulate(b.build(), {"x": x})["y"], -x)


@pytest.mark.parametrize("rows", [0, 1, 3])
def test_constants_have_a_value_per_row(rows):
    b = Builder()
    b.input("x", FixedType(True, 4, 0))
    b.output("y", b.table(b.const(2, 0), [7, 8, 9, 10]))

    assert simulate(b.build(), {"x": np.zeros(rows, int)})["y"].tolist() == [9] * rows


def test_graph_without_inputs_has_one_row():
    b = Builder()
    b.output("y", b.emit("abs", b.const(-5)))
    b.output("big", b.emit("max", b.const(1 << 80), b.neg(b.const(1 << 90))))

    assert {k: v.tolist() for k, v in simulate(b.build(), {}).items()} == {
        "y": [5],
        "big": [1 << 80],
    }


REFUSED = {
    "missing": {"x": [1]},
    "too many": {"x": [1], "y": [1], "z": [1]},
    "lengths": {"x": [1], "y": [1, 2]},
    "floats": {"x": [0.5], "y": [1]},
    "objects": {"x": np.array([0.5, 2**70], object), "y": [1, 1]},
    "dimensions": {"x": [[1]], "y": [1]},
    "range": {"x": [1], "y": [-3]},
    "format": {"x": [8], "y": [1]},
}


def test_refused_columns(golden):
    b = Builder()
    b.output(
        "s",
        b.add(
            b.input("x", FixedType(True, 4, 0)),
            b.input("y", FixedType(True, 4, 0), Interval(-2, 5)),
        ),
    )
    messages = []
    for name, columns in REFUSED.items():
        with pytest.raises(InputError) as caught:
            simulate(b.build(), columns)
        messages.append(f"{name}\n{caught.value}\n")
    golden("\n".join(messages))
