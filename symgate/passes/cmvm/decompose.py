"""Rows as differences of rows: a minimum spanning tree over them, with paths of at most so many
edges.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from random import Random
from typing import Any

import numpy as np
from numpy.typing import NDArray

from symgate.passes.cmvm.graph import Vector
from symgate.passes.lowering.constants import digits

Array = NDArray[Any]
_digits = np.frompyfunc(digits, 1, 1)


@dataclass(frozen=True, slots=True)
class Edge:
    """``child = sign * (parent << shift) + difference``; parent None is the zero row."""

    child: int
    parent: int | None
    shift: int
    sign: int
    difference: Vector


@dataclass(frozen=True)
class Tree:
    """How rows become differences; a ``longest`` path of one edge leaves them as they are."""

    longest: int
    shifts: int = 0  # rows may also differ from each other's multiples by powers of two, up to this
    price: float = 0.0  # digits that a difference must save to be worth the adder behind it
    noise: float = 0.0  # random digits added to each weight, at most
    levels: int = 1  # how often the differences are taken as rows again

    def edges(self, rows: Sequence[Vector], random: Random) -> list[Edge]:
        """Edges in the order they were found (Prim 1957), so parents come before their children."""
        table = _array(rows)
        weights = digit_counts(table).sum(axis=1).astype(float) + self._noise(len(rows), random)
        best = [Edge(i, None, 0, 1, row) for i, row in enumerate(rows)]
        length: dict[int | None, int] = {None: 0}
        out = []
        left = np.arange(len(rows))
        while len(left):
            edge = best[int(left[np.argmin(weights[left])])]
            left = left[left != edge.child]
            out.append(edge)
            length[edge.child] = length[edge.parent] + 1
            if length[edge.child] < self.longest and len(left):
                self._closer(table, edge.child, left, weights, best, random)
        return out

    def _closer(
        self,
        table: Array,
        parent: int,
        left: Array,
        weights: Array,
        best: list[Edge],
        random: Random,
    ) -> None:
        """Make edges from ``parent`` where they are lighter."""
        for shift in range(self.shifts + 1):
            for sign in (1, -1):
                change = table[left] - sign * (table[parent] << shift)
                new = digit_counts(change).sum(axis=1) + self.price + self._noise(len(left), random)
                for k in np.flatnonzero(new < weights[left]):
                    child = int(left[k])
                    weights[child] = new[k]
                    best[child] = Edge(child, parent, shift, sign, tuple(change[k].tolist()))

    def _noise(self, count: int, random: Random) -> Array:
        if not self.noise:
            return np.zeros(count)
        return np.array([self.noise * random.random() for _ in range(count)])


def _array(rows: Sequence[Vector]) -> Array:
    largest = max((abs(coefficient) for row in rows for coefficient in row), default=0)
    return np.array(rows, dtype=object if largest >> 50 else np.int64)


def digit_counts(values: Array) -> Array:
    """The number of canonical signed digits of each entry."""
    if values.dtype == object:
        return np.asarray(_digits(values))
    size = np.abs(values)
    return np.bitwise_count((3 * size) ^ size)


Term = tuple[int, int, int]  # edge (as index in the tree), position, sign


def paths(tree: Sequence[Edge]) -> list[list[Term]]:
    """For each row what edges it is the sum of."""
    out: dict[int, list[Term]] = {}
    for k, edge in enumerate(tree):
        above = out[edge.parent] if edge.parent is not None else []
        moved = [(i, position + edge.shift, sign * edge.sign) for i, position, sign in above]
        out[edge.child] = [*moved, (k, 0, 1)]
    return [out[i] for i in range(len(tree))]
