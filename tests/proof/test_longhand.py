"""Digits are proved by induction, and a graph that finds others is not."""

from __future__ import annotations

import random
import re
from collections.abc import Iterator
from fractions import Fraction

import numpy as np
import pytest

from symgate.errors import SymgateError
from symgate.ir import text
from symgate.ir.fixed import Builder, Graph, run
from symgate.ir.types import FixedType
from symgate.passes.lowering.digits import reciprocal, root
from symgate.proof.claims import claims_of
from symgate.proof.forms import Unprovable
from symgate.proof.longhand import prove_longhand

_KINDS = {
    "held_inv(x)": (reciprocal, -1, 1),
    "sqrt(max(0, x))": (root, -1, 0),
}


def _graph(make, t: FixedType, frac: int) -> Graph:
    b = Builder()
    b.output("y", make(b, b.input("x", t), frac))
    return b.build()


def _claim(graph: Graph, expr: str, lo: Fraction, hi: Fraction):
    value = {"name": "v0", "node": graph.outputs[0].node, "offset": "0", "expr": expr}
    (claim,) = claims_of(graph, [value | {"error": [lo, hi]}])
    return claim


@pytest.mark.parametrize("expr", _KINDS)
@pytest.mark.parametrize("frac", [-2, 12])
@pytest.mark.parametrize("t", [FixedType(True, 40, 22), FixedType(False, 33, 30)])
def test_digits_are_proved(expr, frac, t):
    make, lo, hi = _KINDS[expr]
    graph = _graph(make, t, frac)
    ulp = Fraction(2) ** -frac
    proof = prove_longhand(graph, _claim(graph, expr, lo * ulp, hi * ulp))
    assert proof.holds
    assert not prove_longhand(graph, _claim(graph, expr, lo * ulp / 2, hi * ulp / 2)).holds


@pytest.mark.parametrize("expr", _KINDS)
def test_another_graph_is_refused_or_right(expr):
    """Graphs with one number in their text changed: an attribute, an operand, a constant."""
    make, lo, hi = _KINDS[expr]
    graph = _graph(make, FixedType(True, 14, 12), 0)
    refused = 0
    for mutant in _mutants(graph, 24):
        claim = _claim(mutant, expr, Fraction(lo), Fraction(hi))
        try:
            found = prove_longhand(mutant, claim)
        except (Unprovable, ValueError):
            refused += 1
            continue
        assert not found.holds or _is_right(mutant, expr, lo, hi), text.show(mutant)
    assert refused > 5


def _mutants(graph: Graph, count: int) -> Iterator[Graph]:
    whole, rng = text.show(graph), random.Random(3)
    places = list(re.finditer(r"(?<![\w.<>])-?\d+(?![\w.>])|(?<=%)\d+", whole))
    while count:
        place = rng.choice(places)
        other = int(place[0]) + rng.choice([-2, -1, 1, 2])
        try:
            mutant = text.parse(f"{whole[: place.start()]}{other}{whole[place.end() :]}")
        except (SymgateError, ValueError, TypeError, LookupError):  # no graph at all
            continue
        count -= 1
        yield mutant


def _is_right(graph: Graph, expr: str, lo: int, hi: int) -> bool:
    """Whether the claim is true at every code of the input."""
    (port,) = graph.inputs
    codes = np.arange(port.type.lo, port.type.hi + 1)
    (found,) = run(graph, [codes])
    x, y = codes * 2.0**-port.type.frac, found.astype(float)
    if expr.startswith("sqrt"):
        real = np.sqrt(np.maximum(0.0, x))
    else:
        real = np.where(np.abs(x) >= 2.0**-10, 1 / np.where(x == 0, 1, x), x * 2.0**20)
    off = y - real
    return bool(np.all((lo - 1e-9 <= off) & (off <= hi + 1e-9)))
