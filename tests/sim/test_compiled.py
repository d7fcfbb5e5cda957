"""The compiled model: the bits of NumPy for every operator, type and shape of graph."""

from __future__ import annotations

import random
from pathlib import Path

import numpy as np
import pytest

from symgate.errors import InputError
from symgate.ir.domains import Interval
from symgate.ir.fixed import Builder, Graph, values
from symgate.ir.fixed_ops import OPS
from symgate.ir.text import show
from symgate.ir.types import FixedType, Overflow, Rounding
from symgate.sim import numpy_model, vectors
from symgate.sim.compiled import build, model
from symgate.sim.compiled.model import Compiled, compiled
from symgate.sim.compiled.operators import OPERATORS, Unsupported, literal, size_of
from symgate.sim.compiled.program import CONE_BITS, LOOKUP, simplify
from symgate.sim.compiled.text import BLOCK, source
from symgate.sim.compiled.wiring import sources
from tests.graphs import equal, joined, random_graph

needs_gcc = pytest.mark.needs("gcc")


@pytest.fixture(autouse=True)
def _own_cache(tmp_path, monkeypatch):
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))


def made(graph: Graph, optimise: int = 1) -> Compiled:
    program = build.compiler()
    assert program is not None
    return compiled(graph, program, optimise)


def rows_of(graph: Graph, seed: int, count: int) -> dict[str, np.ndarray]:
    """Random rows, with the ends of all ranges among them."""
    rng = np.random.default_rng(seed)
    ranges = {p.name: graph.nodes[p.node].range for p in graph.inputs}
    columns = {name: vectors.uniform(r, count, rng) for name, r in ranges.items()}
    for name, r in ranges.items():
        columns[name][:2] = r.lo, r.hi
    return columns


def check(graph: Graph, seed: int, count: int = 3_000, optimise: int = 1) -> None:
    inputs = rows_of(graph, seed, count)
    got = made(graph, optimise).run(inputs)

    expected = numpy_model.simulate(graph, inputs)
    assert equal(expected, got), show(graph)
    assert all(got[name].dtype == column.dtype for name, column in expected.items())


def fitting(source_: random.Random, size: int, widest: int) -> Graph:
    """A random graph that C integers hold."""
    while True:
        graph = random_graph(source_, size, widest)
        try:
            source(graph)
        except Unsupported:
            continue
        return graph


# ------------------------------------------------------------------ bits


def test_every_operator_has_c_or_is_a_wire():
    alone = {"table", "rom", "scale", "register"}  # look-ups, and what changes no bit
    assert OPERATORS.keys() - {LOOKUP} == OPS.keys() - alone


@needs_gcc
@pytest.mark.parametrize("widest", [14, 24, 50, 60])
def test_random_graphs(widest, rng):
    seed = int(rng.integers(1 << 32))
    source_ = random.Random(seed)
    check(joined([fitting(source_, 40, widest) for _ in range(12)]), seed)


@needs_gcc
@pytest.mark.slow
@pytest.mark.parametrize("number", range(100))
def test_a_million_rows(number, rng):
    seed = int(rng.integers(1 << 32))
    widest = (12, 16, 24, 30, 40)[number % 5]
    graph = fitting(random.Random(seed), 20 + number % 100, widest)
    check(graph, seed, 1_000_000, optimise=3)


def test_graphs_that_are_too_wide_are_refused():
    b = Builder()
    x = b.input("x", FixedType(True, 60, 0))
    b.output("y", b.slice(b.mul(b.mul(x, x), x), 170, 160))

    with pytest.raises(Unsupported):
        source(b.build())


@needs_gcc
@pytest.mark.parametrize("mode", Rounding)
def test_rounding_at_the_ends_of_integers(mode, rng):
    """Sums in between must not wrap where the value has as many bits as its type."""
    b = Builder()
    for width in (15, 16, 17, 31, 32, 33, 62, 63, 64):
        x = b.input(f"x{width}", FixedType(True, width, 0))
        for drop in (1, 5, 14, 15, 16, 17, 31, 33):
            b.output(f"y{width}_{drop}", b.round(x, drop, mode))
    check(b.build(), 1)


@needs_gcc
def test_operators_at_the_ends_of_integers():
    b = Builder()
    for width in (15, 16, 17, 31, 32, 33, 62, 63):
        x = b.input(f"x{width}", FixedType(True, width, 0))
        u = b.input(f"u{width}", FixedType(False, width, 0))
        bit, digit = b.slice(u, 0, 0), b.slice(u, 2, 0)
        found = [b.emit(op, x, u) for op in ("lt", "le", "eq", "min", "max", "add", "sub")]
        found += [b.emit(op, x) for op in ("abs", "neg", "invert")]
        found += [b.booth(x, digit), b.booth_cut(x, digit, 3), b.booth_cut(x, digit, 0)]
        found += [b.select(bit, x, u), b.shl(x, 1), b.slice(x, width + 1, 1), b.slice(x, 70, 66)]
        found += [b.wrap(x, w, s) for w in (3, width - 1) for s in (False, True)]
        found += [b.wrap(u, w, s) for w in (3, width) for s in (False, True)]
        found += [b.wrap(x, width, False)] if width < 63 else []
        found += [
            b.emit("saturate", v, attr=(w, s, str(mode)))
            for v in (x, u)
            for w in (1, width - 1, width)
            for s in (0, 1)
            for mode in Overflow
            if mode is not Overflow.WRAP
        ]
        for k, node in enumerate(dict.fromkeys(found)):
            if b.nodes[node].type.width > 62:  # a port of 64 bits does not hold it
                b.output(f"y{width}_{k}_high", b.slice(node, 90, 40))
                node = b.wrap(node, 50, True)
            b.output(f"y{width}_{k}", node)
    check(b.build(), 2)


@needs_gcc
def test_products_of_64_and_more_bits():
    b = Builder()
    x, y = b.input("x", FixedType(True, 50, 3)), b.input("y", FixedType(False, 50, 3))
    product = b.mul(x, y)
    b.output("high", b.slice(product, 99, 60))
    b.output("sum", b.round(b.add(product, b.mul(x, x)), 70))
    b.output("low", b.wrap(product, 60, True))
    b.output("sign", b.emit("lt", product, b.const(-(1 << 90) + 12345, 6)))
    check(b.build(), 3)


# ------------------------------------------------------------------ how it is computed


def test_bits_are_those_of_their_sources(rng):
    """Where `wiring` says that a bit of a node is that of another node, it is, in every row."""
    for widest in (16, 24, 70):
        graph = random_graph(random.Random(int(rng.integers(1 << 32))), 60, widest)
        inputs = [*rows_of(graph, 1, 40).values()]
        found = values(graph, [np.asarray(c, object) for c in inputs])
        for i, bits in enumerate(sources(graph)):
            assert len(bits) == graph.nodes[i].type.width
            for k, bit in enumerate(bits):
                own = (np.asarray(found[i], object) >> k) & 1
                if isinstance(bit, int):
                    assert np.all(own == bit), show(graph)
                else:
                    other = (np.asarray(found[bit[0]], object) >> bit[1]) & 1
                    assert np.all(own == other), show(graph)


def deep(b: Builder, x: int) -> int:
    """A cone of many operators that stays within 12 bits."""
    x = b.scale(x, b.nodes[x].frac)
    for k in range(10):
        x = b.wrap(b.add(b.mul(x, x), b.const(k + 1)), 9, True)
    return b.neg(x)


@needs_gcc
@pytest.mark.parametrize(
    ("signed", "width", "codes"),
    [(True, 12, None), (False, 12, None), (True, 12, (-50, 100)), (False, 9, (3, 300)),
     (True, 16, (-9000, -8000)), (True, 6, (2, 31))],
)  # fmt: skip
def test_a_cone_becomes_one_table(signed, width, codes):
    b = Builder()
    x = b.input("x", FixedType(signed, width, 0), Interval(*codes) if codes else None)
    low = b.slice(x, min(width, 12) - 1, 0) if width > 12 else x
    high = b.round(x, 4)
    b.output("low", deep(b, low))
    b.output("high", deep(b, b.add(high, high)))
    graph = b.build()

    ops = [term.op for term in simplify(graph).terms.values()]
    assert ops.count(LOOKUP) == 2
    assert set(ops) == {LOOKUP, "input"}
    ends = graph.nodes[0].range
    inputs = {"x": np.arange(ends.lo, ends.hi + 1)}
    assert equal(numpy_model.simulate(graph, inputs), made(graph).run(inputs))


@needs_gcc
def test_a_cone_of_bits_of_two_inputs_becomes_one_table():
    b = Builder()
    x, y = (
        b.input("x", FixedType(True, 5, 0)),
        b.input("y", FixedType(True, 8, 0), Interval(-90, 77)),
    )
    b.output("z", deep(b, b.add(x, b.scale(b.round(y, 3), -3))))
    graph = b.build()

    assert [term.op for term in simplify(graph).terms.values()] == ["input", "input", LOOKUP]
    check(graph, 4, 20_000)


def test_more_bits_are_no_table():
    b = Builder()
    x = b.input("x", FixedType(True, CONE_BITS + 1, 0))
    b.output("y", deep(b, x))

    assert LOOKUP not in [term.op for term in simplify(b.build()).terms.values()]


@needs_gcc
def test_addresses_are_ranges_of_bits():
    b = Builder()
    x, y = b.input("x", FixedType(True, 12, 0)), b.input("y", FixedType(False, 14, 0))
    parts = [b.slice(x, 3, 1), b.slice(y, 7, 5), b.slice(x, 11, 11), b.slice(y, 8, 8)]
    address = parts[0]
    for part in parts[1:]:
        address = b.concat(part, address, b.nodes[address].type.width)
    size = 1 << b.nodes[address].type.width
    b.output("z", b.table(address, [k * k % 1009 - 500 for k in range(size)], 0))
    graph = b.build()

    (look_up,) = [t for t in simplify(graph).terms.values() if t.op == LOOKUP]
    runs, _ = look_up.attr
    assert [(run.node, run.low, run.width) for run in runs] == [(0, 1, 3), (0, 11, 1), (1, 5, 4)]
    check(graph, 5, 20_000)


@needs_gcc
def test_a_table_with_entries_that_no_row_reads():
    b = Builder()
    x = b.input("x", FixedType(False, 8, 0), Interval(0, 3))
    values = [5, 6, 7, 8, *[1 << 40] * 252]
    b.output("y", b.table(x, values, 0))
    b.output("z", b.table(b.input("w", FixedType(False, 8, 0)), values, 0))
    check(b.build(), 6)


def test_choices_are_free_of_branches():
    b = Builder()
    x, y = b.input("x", FixedType(True, 12, 0)), b.input("y", FixedType(False, 13, 0))
    digit = b.slice(y, 2, 0)
    b.output("a", b.booth(x, digit))
    b.output("b", b.booth_cut(x, digit, 4))
    b.output("c", b.select(b.slice(y, 0, 0), x, y))
    _, functions = source(b.build()).text.split("LOOP", 1)
    lines = [line for line in functions.splitlines() if "#define" not in line]
    assert "?" not in "\n".join(lines)


def test_a_value_that_is_read_once_is_not_stored():
    b = Builder()
    x = b.input("x", FixedType(True, 14, 0))
    shared = b.neg(x)
    y = b.mul(x, x)
    for _ in range(6):
        y = b.add(b.wrap(y, 14, True), shared)
    b.output("y", y)

    text = source(b.build()).text
    assert text.count("LOOP k") == 2  # that of the shared value, and that of the output


# ------------------------------------------------------------------ how it is called


@needs_gcc
@pytest.mark.parametrize("rows", [0, 1, BLOCK - 1, BLOCK, BLOCK + 1, 70_000])
def test_any_number_of_rows(rows):
    b = Builder()
    x, y = b.input("x", FixedType(True, 20, 0)), b.input("unread", FixedType(True, 90, 0))
    assert y
    b.output("neg", b.neg(x))
    b.output("same", x)
    b.output("again", b.neg(x))
    b.output("five", b.const(5))
    graph = b.build()
    inputs = {"x": np.arange(rows) - 99, "unread": np.zeros(rows, object)}

    assert equal(numpy_model.simulate(graph, inputs), made(graph).run(inputs))


@needs_gcc
def test_a_graph_without_inputs():
    b = Builder()
    b.output("y", b.emit("abs", b.const(-5)))

    assert {k: v.tolist() for k, v in made(b.build()).run({}).items()} == {"y": [5]}


@needs_gcc
def test_codes_out_of_range_are_refused():
    b = Builder()
    b.output("y", b.neg(b.input("x", FixedType(True, 4, 0))))
    run = made(b.build()).run

    with pytest.raises(InputError):
        run({"x": np.array([8])})


@needs_gcc
def test_a_library_is_kept_and_found_again(tmp_path):
    b = Builder()
    b.output("y", b.neg(b.input("x", FixedType(True, 4, 0))))
    graph = b.build()
    made(graph)
    (kept,) = tmp_path.rglob("*.so")
    before = kept.stat().st_ino
    made(graph)

    assert [path.stat().st_ino for path in tmp_path.rglob("*.so")] == [before]


@needs_gcc
def test_a_library_with_other_bits_is_not_kept(tmp_path, monkeypatch):
    b = Builder()
    x = b.input("x", FixedType(True, 14, 0))
    b.output("y", b.neg(x))
    graph = b.build()
    right = source(graph)
    wrong = right.text.replace("= -((", "= ~((")
    assert wrong != right.text
    monkeypatch.setattr(model, "source", lambda graph: type(right)(
        wrong, right.inputs, right.outputs, right.scratch))  # fmt: skip

    with pytest.raises(model.Differs, match="output y"):
        made(graph)
    assert not list(tmp_path.rglob("*.so"))


@needs_gcc
def test_what_the_compiler_refuses_is_said(tmp_path):
    with pytest.raises(build.BuildFailed, match="error"):
        build.library("int f( {", str(build.compiler()), lambda path: None)
    assert not list(Path(tmp_path).rglob("*.so"))


@pytest.mark.parametrize(
    ("value", "size"), [(0, 16), (-(1 << 15), 16), (1 << 15, 32), (1 << 31, 64), (1 << 63, 128)]
)
def test_the_narrowest_type(value, size):
    assert size_of(Interval(value, value)) == size


def test_no_type_holds_more_than_128_bits():
    with pytest.raises(Unsupported):
        size_of(Interval(0, 1 << 127))


@pytest.mark.parametrize("value", [0, -1, 1 << 31, -(1 << 63), (1 << 100) + 7, -(1 << 126) - 3])
def test_literals(value):
    text = literal(value)
    for word in ("(__int128)", "ULL", "LL"):
        text = text.replace(word, "")
    assert eval_int(text) == value


def eval_int(text: str) -> int:
    """A literal as C computes it."""
    if "<<" in text:
        high, low = text.strip("()").split("<< 64 |")
        return (int(high.strip("() ")) << 64) | int(low)
    return int(text.strip("()"))
