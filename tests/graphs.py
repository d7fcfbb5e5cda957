"""Fixed-point graphs for tests: all small inputs, plain ints as the reference, random graphs."""

from __future__ import annotations

import itertools
import random
from collections.abc import Mapping
from typing import Any

import numpy as np

from symgate.ir.domains import Interval
from symgate.ir.fixed import Builder, Graph, run
from symgate.ir.fixed_ops import OPS, Op
from symgate.ir.types import FixedType, Overflow, Rounding
from symgate.passes.hardware.schedule import copy_node

Columns = Mapping[str, np.ndarray]


def every_input(graph: Graph) -> dict[str, np.ndarray]:
    """All combinations of codes of all inputs."""
    ranges = [graph.nodes[p.node].range for p in graph.inputs]
    rows = list(itertools.product(*(range(r.lo, r.hi + 1) for r in ranges)))
    return {p.name: np.array([row[k] for row in rows]) for k, p in enumerate(graph.inputs)}


def ints(graph: Graph, inputs: Columns) -> dict[str, np.ndarray]:
    """The graph on plain Python ints, row by row."""
    rows = zip(*([int(v) for v in column] for column in inputs.values()), strict=True)
    results = [run(graph, row) for row in rows]
    return {p.name: np.array([r[k] for r in results], object) for k, p in enumerate(graph.outputs)}


def equal(expected: Columns, got: Columns) -> bool:
    """Whether all outputs agree in every bit, whatever the types of the arrays."""
    same = (
        np.array_equal(expected[k].astype(object), np.asarray(got[k]).astype(object))
        for k in expected
    )
    return expected.keys() == got.keys() and all(same)


def balanced(graph: Graph) -> Graph:
    """``graph`` with a register at each input and each output, so that all paths have the same
    latency.
    """
    b, new = Builder(), dict[int, int]()
    for i, n in enumerate(graph.nodes):
        if n.op == "input":
            new[i] = b.register(b.input(n.attr[0], n.type, n.range))
        elif n.op == "const":
            new[i] = b.const(n.range.lo, n.frac)
        else:
            new[i] = (
                new[n.args[0]] if n.op == "register" else copy_node(b, n, [new[a] for a in n.args])
            )
    for p in graph.outputs:
        b.output(p.name, b.register(new[p.node]), p.type)
    return b.build()


def joined(graphs: list[Graph]) -> Graph:
    """One graph with the inputs and outputs of all, so that the compiler starts once."""
    b = Builder()
    for k, graph in enumerate(graphs):
        place = {
            p.node: b.input(f"g{k}_{p.name}", p.type, graph.nodes[p.node].range)
            for p in graph.inputs
        }
        for i, node in enumerate(graph.nodes):
            if node.op == "const":
                place[i] = b.const(node.range.lo, node.frac)
            elif i not in place:
                place[i] = b.emit(node.op, *(place[a] for a in node.args), attr=node.attr)
        for p in graph.outputs:
            b.output(f"g{k}_{p.name}", place[p.node], p.type)
    return b.build()


# ------------------------------------------------------------------ random graphs


def random_graph(rng: random.Random, size: int = 40, widest: int = 24) -> Graph:
    """At most ``size`` nodes on up to 3 inputs, no operand wider than ``widest`` bits; the last
    node is an output.
    """
    b = Builder()
    for k in range(rng.randint(1, 3)):
        t = FixedType(rng.random() < 0.6, rng.randint(1, widest // 2), rng.randint(-2, 8))
        ends = sorted((rng.randint(t.lo, t.hi), rng.randint(t.lo, t.hi)))
        b.input(f"x{k}", t, rng.choice([Interval(*ends), None]))
    b.const(rng.randint(-50, 50), rng.randint(0, 4))
    while len(b.nodes) < size:
        _random_node(b, rng, widest)
    for k, node in enumerate([len(b.nodes) - 1, *rng.sample(range(len(b.nodes)), 3)]):
        n = b.nodes[node]
        wider = FixedType(n.type.signed, n.type.width + rng.randint(0, 2), n.frac)
        b.output(f"y{k}", node, rng.choice([None, wider]))
    return b.build()


def _random_node(b: Builder, rng: random.Random, widest: int) -> None:
    """Try one operator; the builder refuses operands and attributes that do not fit."""
    op = rng.choice(list(OPS.values()))
    args = [
        int(len(b.nodes) * rng.random() ** 0.5) for _ in range(op.arity)
    ]  # late ones, to make deep graphs
    if "select" not in op.name and op.arity == 2 and rng.random() < 0.7:
        finest = max(b.nodes[a].frac for a in args)
        args = [b.to_frac(a, finest) for a in args]
    if op.name == "select":
        args[0] = b.slice(args[0], 0, 0)
    if op.name.startswith("booth"):
        args[1] = b.slice(args[1], 2, 0)
    try:
        if all(b.nodes[a].type.width <= widest for a in args):
            b.emit(op.name, *args, attr=_random_attributes(op, b.nodes[args[0]].type, rng))
    except TypeError:
        return
    if b.nodes[-1].type.width > widest:
        b.wrap(len(b.nodes) - 1, widest, signed=True)


def _random_attributes(op: Op, first: FixedType, rng: random.Random) -> tuple[Any, ...]:
    entries = 1 << min(first.width, 8)  # a table for a wider operand is refused
    choices: dict[str, Any] = {
        "n": rng.randint(-3, 6),
        "drop": rng.randint(0, 9),
        "mode": rng.choice([*Rounding] if op.name == "round" else [*Overflow]),
        "width": rng.randint(1, 12),
        "signed": rng.randint(0, 1),
        "hi": rng.randint(0, 12),
        "lo": rng.randint(0, 6),
        "low_width": rng.randint(1, 12),
        "values": tuple(rng.randint(-99, 99) for _ in range(entries)),
        "frac": rng.randint(-2, 6),
    }
    return tuple(choices[name] for name in op.attrs)
