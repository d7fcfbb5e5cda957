"""Every operator in every mode, on all small inputs, under every model, and against its meaning in
real numbers.

Operators on the same operands share one graph, and all graphs share one C++ compilation: starting
g++ costs more than running it. An operator that is added to OPS is tested here with no change, if
its attributes have names known below.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterator, Mapping
from fractions import Fraction
from functools import cache
from typing import Any, NamedTuple

import numpy as np
import pytest

from symgate.ir.domains import Interval
from symgate.ir.fixed import Builder, Graph
from symgate.ir.fixed_ops import OPS, Op
from symgate.ir.text import parse, show
from symgate.ir.types import FixedType, Overflow, Rounding, pow2
from symgate.sim import amaranth_sim, cpp, numpy_model, simulator
from symgate.sim.compiled import build
from symgate.sim.compiled.model import compiled
from symgate.sim.icarus_sim import simulate_graphs
from tests.graphs import Columns, every_input, ints, joined


class Operand(NamedTuple):
    """An input: its format, and the codes that it takes."""

    type: FixedType
    codes: Interval

    def __str__(self) -> str:
        return f"{self.type}[{self.codes.lo},{self.codes.hi}]"


Operands = tuple[Operand, ...]


def operand(signed: bool, width: int, frac: int, *codes: int) -> Operand:
    t = FixedType(signed, width, frac)
    return Operand(t, Interval(*codes) if codes else Interval(t.lo, t.hi))


def kinds(frac: int) -> list[Operand]:
    """All kinds of small operands: signs, widths from 1, ranges on either side of 0 and across it."""
    full = [operand(signed, width, frac) for signed in (True, False) for width in (1, 3, 4)]
    part = [
        operand(True, 4, frac, -7, -2),
        operand(True, 4, frac, -8, -8),
        operand(True, 4, frac, -3, 5),
    ]
    return [*full, *part, operand(False, 4, frac, 5, 11)]


FRACS = (2, -2, 7)  # binary points inside, right of and left of the bits
BIT, DIGIT = operand(False, 1, 0), operand(False, 3, 0)
PAIRS = [
    (kinds(FRACS[k % 3])[a], kinds(FRACS[k % 3])[b])
    for k, (a, b) in enumerate(itertools.product(range(10), repeat=2))
]
#: Operands by arity.
OPERANDS: dict[int, list[Operands]] = {
    1: [(BIT,), *((x,) for k in range(10) for x in [kinds(FRACS[k % 3])[k]])],
    2: [
        (BIT, BIT),
        *((x, DIGIT) for x in kinds(1)),
        *PAIRS,
        *zip(kinds(2), reversed(kinds(-2)), strict=True),
    ],
    3: [(BIT, x, y) for x, y in PAIRS[::7]],
}


def attributes(op: Op, first: FixedType) -> Iterator[tuple[Any, ...]]:
    """Attributes to try with a first operand of type ``first``; the builder refuses those that do
    not fit.
    """
    size = 1 << first.width
    choices: dict[str, list[Any]] = {
        "n": [-3, 0, 1, 3, 9],
        "drop": [0, 1, 2, 3, 6],
        "mode": [*map(str, Rounding), *map(str, Overflow)],
        "width": [1, 2, 3, 4, 5],
        "signed": [0, 1],
        "hi": [0, 2, 3, 5],
        "lo": [0, 1, 3],
        "low_width": [3, 4, 5],
        "values": [tuple(v * 7 % 11 - 5 for v in range(size)), tuple(v & 1 for v in range(size))],
        "frac": [-1, 3],
    }
    yield from itertools.product(*(choices[name] for name in op.attrs))


def graph_of(operands: Operands, ops: Mapping[str, Op]) -> Graph:
    """All of ``ops`` on ``operands`` with all their attributes, an output each."""
    b = Builder()
    args = [b.input(f"x{k}", *x) for k, x in enumerate(operands)]
    for op in ops.values():
        for attr in attributes(op, operands[0].type) if op.arity == len(operands) else ():
            words = (str(sum(a) if isinstance(a, tuple) else a).replace("-", "m") for a in attr)
            try:
                b.output("_".join([op.name, *words]), b.emit(op.name, *args, attr=attr))
            except TypeError:
                continue  # these operands or attributes are not for this operator
    return b.build()


@cache
def graphs() -> dict[str, Graph]:
    groups = list(itertools.chain.from_iterable(OPERANDS.values()))
    kinds = {  # apart, because all outputs of a circuit have the same latency
        "": {name: op for name, op in OPS.items() if name != "register"},
        "register ": {"register": OPS["register"]},
    }
    found = {
        kind + " ".join(map(str, operands)): graph_of(operands, ops)
        for operands in groups
        for kind, ops in kinds.items()
    }
    return {name: g for name, g in found.items() if g.outputs}


# ------------------------------------------------------------------ the models


def run_cpp(graphs: Mapping[str, Graph]) -> dict[str, Columns]:
    library = cpp.Library(
        [cpp.Project.of(g, f"g{k}") for k, g in enumerate(graphs.values())], optimise=0
    )
    return {
        name: library.run(f"g{k}", every_input(g)) for k, (name, g) in enumerate(graphs.items())
    }


def each(
    model: Callable[[Graph, Columns], Columns],
) -> Callable[[Mapping[str, Graph]], dict[str, Columns]]:
    return lambda graphs: {name: model(g, every_input(g)) for name, g in graphs.items()}


def run_verilog(graphs: Mapping[str, Graph]) -> dict[str, Columns]:
    return simulate_graphs(graphs, {name: every_input(g) for name, g in graphs.items()})


def run_compiled(graphs: Mapping[str, Graph]) -> dict[str, Columns]:
    """All graphs as one, so that the compiler starts once; rows are repeated to the same number."""
    program = build.compiler()
    assert program is not None
    inputs = {name: every_input(g) for name, g in graphs.items()}
    rows = {name: len(next(iter(columns.values()))) for name, columns in inputs.items()}
    columns = {
        f"g{k}_{port}": np.resize(column, max(rows.values()))
        for k, name in enumerate(graphs)
        for port, column in inputs[name].items()
    }
    found = compiled(joined(list(graphs.values())), program, optimise=1).run(columns)
    return {
        name: {p.name: found[f"g{k}_{p.name}"][: rows[name]] for p in g.outputs}
        for k, (name, g) in enumerate(graphs.items())
    }


MODELS = {
    "numpy": each(numpy_model.simulate),
    "compiled": run_compiled,
    "cpp": run_cpp,
    "amaranth": each(amaranth_sim.run),
    "verilog": run_verilog,
}
TOOLS = {"compiled": ("gcc",), "cpp": ("g++", "hls4ml"), "verilog": ("iverilog",)}
WITH_TOOLS = [pytest.param(name, marks=pytest.mark.needs(*TOOLS.get(name, ()))) for name in MODELS]


@cache
def reference() -> dict[str, Columns]:
    return each(ints)(graphs())


@cache
def results(model: str) -> dict[str, Columns]:
    return MODELS[model](graphs())


def differences(
    graphs: Mapping[str, Graph],
    expected: Mapping[str, Columns],
    got: Mapping[str, Columns],
    op: str,
) -> list[str]:
    """The first input on which each case of ``op`` is wrong."""
    found = []
    for name, graph in graphs.items():
        for p in graph.outputs:
            if graph.nodes[p.node].op != op:
                continue
            wrong = np.flatnonzero(expected[name][p.name] != got[name][p.name].astype(object))
            if wrong.size:
                row = {k: int(v[wrong[0]]) for k, v in every_input(graph).items()}
                values = expected[name][p.name][wrong[0]], got[name][p.name][wrong[0]]
                found.append(f"{p.name} on {name} at {row}: {values[0]} expected, {values[1]} got")
    return found


@pytest.mark.parametrize("op", OPS)
@pytest.mark.parametrize("model", WITH_TOOLS)
def test_model_equals_ints(model, op):
    assert differences(graphs(), reference(), results(model), op) == []


@pytest.mark.parametrize("op", OPS)
def test_range_is_the_hull_of_the_results(op):
    seen = 0
    for name, graph in graphs().items():
        for p in graph.outputs:
            node = graph.nodes[p.node]
            if node.op == op:
                values = reference()[name][p.name]
                assert node.range == Interval(min(values), max(values)), f"{p.name} on {name}"
                seen += 1
    assert seen > 0


@pytest.mark.parametrize("op", OPS)
def test_meaning_is_the_spec(op):
    for name, graph in graphs().items():
        inputs = every_input(graph)
        for p in graph.outputs:
            node = graph.nodes[p.node]
            if node.op != op:
                continue
            columns = [inputs[graph.nodes[a].attr[0]].tolist() for a in node.args]
            ulps = [graph.nodes[a].type.ulp for a in node.args]
            for raws, result in zip(
                zip(*columns, strict=True), reference()[name][p.name], strict=True
            ):
                reals = [raw * ulp for raw, ulp in zip(raws, ulps, strict=True)]
                truth = OPS[op].spec(node.attr, graph.operands(p.node), *reals)
                assert result * pow2(-node.frac) == truth, f"{p.name} on {name} at {raws}"


@pytest.mark.parametrize("op", OPS)
def test_range_is_exact_on_every_range_of_three_bits(op):
    """All ranges of a signed and an unsigned operand, not only those that a format holds."""
    ranges = [Interval(lo, hi) for lo in range(-4, 8) for hi in range(lo, 8) if lo >= 0 or hi < 4]
    types = [FixedType(r.lo < 0, 3, 0) for r in ranges]
    for attr in list(attributes(OPS[op], FixedType(True, 3, 0)))[::7]:
        rows = itertools.product(zip(ranges, types, strict=True), repeat=min(OPS[op].arity, 2))
        for operands in rows if OPS[op].arity < 3 else []:
            within, formats = zip(*operands, strict=True)
            if OPS[op].check(attr, formats) is None:
                values = [
                    OPS[op].fn(*v, *attr)
                    for v in itertools.product(*(range(r.lo, r.hi + 1) for r in within))
                ]
                assert OPS[op].interval(attr, within, formats) == Interval(
                    min(values), max(values)
                ), (attr, operands)


# ------------------------------------------------------------------ an operator is one entry of OPS


AVERAGE = Op(
    "average",
    lambda x, y, n: (x + y + n) >> 1,
    lambda attr, types, x, y: ((x + y) / types[0].ulp + attr[0]) // 2 * types[0].ulp,
    "({i0} + {i1} + {a0}) >> 1",
    lambda attr, r, types: Interval(
        (r[0].lo + r[1].lo + attr[0]) >> 1, (r[0].hi + r[1].hi + attr[0]) >> 1
    ),
    bits=True,
    attrs=("n",),
)


@pytest.mark.needs("g++", "hls4ml", "iverilog")
def test_new_operator_needs_no_other_change(monkeypatch):
    monkeypatch.setitem(OPS, "average", AVERAGE)
    found = {str(k): graph_of(pair, {"average": AVERAGE}) for k, pair in enumerate(PAIRS[::9])}
    expected = each(ints)(found)

    for name, model in MODELS.items():
        if name != "compiled":  # which leaves what has no C to NumPy
            assert differences(found, expected, model(found), "average") == [], name
    for name, graph in found.items():
        inputs = every_input(graph)
        simulated = simulator.simulate(graph, inputs)
        assert all(np.array_equal(simulated[p], expected[name][p]) for p in expected[name])
    for name, graph in found.items():
        assert parse(show(graph)) == graph
        inputs = every_input(graph)
        for p in graph.outputs:
            node = graph.nodes[p.node]
            assert node.range == Interval(min(expected[name][p.name]), max(expected[name][p.name]))
            x, y = (Fraction(int(c[-1])) * graph.nodes[0].type.ulp for c in inputs.values())
            assert (
                AVERAGE.spec(node.attr, graph.operands(p.node), x, y)
                == expected[name][p.name][-1] * node.type.ulp
            )
