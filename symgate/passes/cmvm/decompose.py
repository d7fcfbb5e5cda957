"""Rows as differences of rows: a minimum spanning tree over them, with paths of at most so many edges."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from symgate.passes.cmvm.graph import Vector
from symgate.passes.lowering.constants import digits


@dataclass(frozen=True, slots=True)
class Edge:
    """``child = sign * parent + difference``; parent None is the zero row."""

    child: int
    parent: int | None
    sign: int
    weight: int
    difference: Vector


def spanning_tree(rows: Sequence[Vector], longest: int) -> list[Edge]:
    """Edges in the order they were found (Prim 1957), so parents come before their children."""
    best = {i: Edge(i, None, 1, weight(r), r) for i, r in enumerate(rows)}
    length: dict[int | None, int] = {None: 0}
    out = []
    while best:
        edge = min(best.values(), key=lambda e: (e.weight, length[e.parent], e.child))
        del best[edge.child]
        out.append(edge)
        length[edge.child] = length[edge.parent] + 1
        if length[edge.child] < longest:
            for i, old in best.items():
                best[i] = min((old, *between(edge.child, i, rows)), key=lambda e: e.weight)
    return out


def between(parent: int, child: int, rows: Sequence[Vector]) -> tuple[Edge, Edge]:
    """The edges of the sum and the difference of two rows."""
    x, y = rows[child], rows[parent]
    minus = tuple(a - b for a, b in zip(x, y, strict=True))
    plus = tuple(a + b for a, b in zip(x, y, strict=True))
    return Edge(child, parent, 1, weight(minus), minus), Edge(child, parent, -1, weight(plus), plus)


def weight(row: Vector) -> int:
    """Signed digits of a row."""
    return sum(map(digits, row))


def paths(tree: Sequence[Edge]) -> list[list[tuple[int, int]]]:
    """For each row the edges (as indices in ``tree``, with a sign) that it is the sum of."""
    out: dict[int, list[tuple[int, int]]] = {}
    for k, e in enumerate(tree):
        above = [] if e.parent is None else [(i, s * e.sign) for i, s in out[e.parent]]
        out[e.child] = [*above, (k, 1)]
    return [out[i] for i in range(len(tree))]
