"""Polynomials of graph nodes: equal to what the nodes compute, with every atom inside its range."""

from __future__ import annotations

import random
from fractions import Fraction
from itertools import product

import pytest

from symgate.ir.domains import Interval
from symgate.ir.fixed import INPUT, Builder, values
from symgate.ir.types import FixedType, Rounding
from symgate.proof.forms import Space
from symgate.proof.symbolic import symbolic
from tests.graphs import random_graph


def atom_value(cone, key, row):
    """The value of an atom where the nodes of the graph have the values ``row``."""
    kind, rest = key[0], key[1:]
    if kind in ("value", "sign"):
        return row[rest[0]] if kind == "value" else int(row[rest[0]] < 0)
    if kind == "residue":
        i, k, shift = rest
        return (row[i] + shift) & ((1 << k) - 1)
    if kind == "lost":
        return lost(cone, rest[0], row)
    if kind in ("lt", "eq"):
        value = poly_value(cone, dict(rest[0]), row)
        return int(value < 0 if kind == "lt" else value == 0)
    if kind == "off":
        name, args, near = rest
        return atom_value(cone, (name, args), row) - poly_value(cone, dict(near), row)
    pick = min if kind == "min" else max
    return pick(poly_value(cone, dict(p), row) for p in rest[0])


def lost(cone, i, row):
    n = cone.graph.nodes[i]
    if n.op == "round":
        return row[n.args[0]] - (row[i] << n.attr[0])
    a, d = (row[x] for x in n.args)
    return ((d & 1) + (d >> 1 & 1) - 2 * (d >> 2 & 1)) * a - (row[i] << n.attr[0])


def poly_value(cone, poly, row):
    keys = list(cone.space.index)
    total = Fraction(0)
    for monomial, c in poly.items():
        for a in monomial:
            value = atom_value(cone, keys[a], row)
            atom = cone.space.atoms[a]
            assert atom.lo <= value <= atom.hi, (keys[a], value, atom)
            c = c * value
        total += c
    return total


def check(graph, rows):
    inputs = {p.node: graph.nodes[p.node].range for p in graph.inputs}
    inside = [i for i, n in enumerate(graph.nodes) if n.op != INPUT]
    cones = [symbolic(graph, inside, Space(inputs), eager) for eager in (False, True)]
    for row in rows:
        known = values(graph, row)
        for cone, i in product(cones, inside):
            form = cone.forms[i]
            difference = known[i] - poly_value(cone, form.poly, known)
            assert difference == 0 if not form.modulus else difference % form.modulus == 0, (
                f"%{i} {graph.nodes[i]}"
            )
    for cone, i in product(cones, inside):
        form = cone.forms[i]
        lo, hi = cone.space.bound(form.poly)
        for row in rows:
            if not form.modulus:
                assert lo <= values(graph, row)[i] <= hi


def rows_of(graph, rng, count):
    ranges = [graph.nodes[p.node].range for p in graph.inputs]
    ends = list(product(*((r.lo, r.hi) for r in ranges)))
    return ends + [tuple(rng.randint(r.lo, r.hi) for r in ranges) for _ in range(count)]


@pytest.mark.parametrize("widest", [8, 16])
@pytest.mark.parametrize("seed", range(20))
def test_random_graphs(widest, rng, seed):
    source = random.Random(int(rng.integers(1 << 32)))
    for _ in range(25):
        graph = random_graph(source, 25, widest)
        check(graph, rows_of(graph, source, 12))


def booth_product(x: FixedType, y: FixedType, drop: int) -> tuple[Builder, int]:
    """``x * y`` by rows, the ones below ``drop`` bits cut."""
    b = Builder()
    a, c = b.input("x", x), b.shl(b.input("y", y), 1)
    total = b.const(0, x.frac + y.frac - drop)
    for low in range(0, y.width + (not y.signed), 2):
        cut = max(0, drop - low)
        digit = b.slice(c, low + 2, low)
        row = b.booth_cut(a, digit, cut) if cut else b.booth(a, digit)
        total = b.add(b.to_frac(row, x.frac + y.frac - drop), total)
    return b, total


@pytest.mark.parametrize("drop", [0, 3, 6])
@pytest.mark.parametrize("signed", [(True, True), (True, False), (False, True), (False, False)])
def test_booth_rows_recombine(drop, signed):
    b, total = booth_product(FixedType(signed[0], 7, 2), FixedType(signed[1], 6, 3), drop)
    space = Space({i: b.nodes[i].range for i in (0, 1)})
    b.output("z", total)
    graph = b.build()
    cone = symbolic(graph, [i for i, n in enumerate(graph.nodes) if n.op != INPUT], space)
    rows = [
        (x, y)
        for x in range(graph.nodes[0].range.lo, graph.nodes[0].range.hi + 1, 3)
        for y in range(*span(graph, 1))
    ]

    check(graph, rows[::7])
    whole = {k: v for k, v in cone.forms[graph.outputs[0].node].poly.items() if len(k) == 2}
    assert whole == {(0, 1): Fraction(1, 1 << drop)} or drop  # without cuts nothing but x*y is left
    assert all(v == Fraction(1, 1 << drop) for k, v in whole.items() if set(k) == {0, 1})


def span(graph, i):
    r = graph.nodes[i].range
    return r.lo, r.hi + 1


def test_split_tables_are_bounded_over_every_code():
    """Two tables of a constant times the halves of x: the error is that of the worst code, no more."""
    b, k = Builder(), Fraction(37, 100)
    x = b.input("x", FixedType(True, 10, 4), Interval(-400, 300))
    low, high = b.slice(x, 4, 0), b.wrap(b.slice(x, 9, 5), 5, True)
    lows = [round(k * i) for i in range(32)]
    highs = [round(k * 32 * (i - 32 if i > 15 else i)) for i in range(32)]
    b.output("y", b.add(b.table(low, lows, 4), b.table(high, highs, 4)))
    graph = b.build()
    space = Space({0: graph.nodes[0].range})
    cone = symbolic(graph, list(range(1, len(graph.nodes))), space)
    poly = dict(cone.forms[graph.outputs[0].node].poly)
    poly[space.index["value", 0],] = poly.get((space.index["value", 0],), Fraction(0)) - k
    worst = [values(graph, [c])[-1] - k * c for c in range(-400, 301)]

    assert space.bound(poly) == (min(worst), max(worst))


@pytest.mark.parametrize("mode", Rounding)
def test_rounding_is_bounded(mode):
    b = Builder()
    x = b.add(b.input("x", FixedType(True, 6, 2)), b.input("y", FixedType(True, 5, 2)))
    b.output("z", b.round(x, 3, mode))
    graph = b.build()
    check(graph, [(x, y) for x in range(-32, 32, 5) for y in range(-16, 16, 3)])
