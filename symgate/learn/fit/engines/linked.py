"""Sums of library terms under a link: ``link(y) = c0 + c1 t1 + c2 t2 + ...``.

Each link of `symgate.learn.fit.links` makes another family linear: the logarithm of ``y`` products
and exponentials, its square roots of sums, its inverse quotients.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from symgate.ir.expr import Expr
from symgate.learn.fit.links import Link, usable
from symgate.learn.fit.numbers import constant, simplified
from symgate.learn.fit.pursuit import Beam, Selection, pursue
from symgate.learn.fit.refine import refined
from symgate.learn.fit.task import Budget, Emit, Reals, Task
from symgate.learn.fit.terms import Indices, Library, library

ROWS = 100
BEAM = Beam(exchanged=2)
#: Selections of one size that are refined.
PER_SIZE = 4
#: The share of the time after which no other link is searched.
_SEARCHING = 0.75


@dataclass(frozen=True)
class Chosen:
    """Terms that were selected under a link, with an offset or without."""

    selection: Selection
    link: Link
    offset: bool

    def worth(self) -> tuple[bool, float]:
        """What is exact to float32 first, the smallest of it; then by what a node is worth."""
        if self.selection.loss < BEAM.exact:
            return False, self.selection.nodes
        return True, math.log(self.selection.loss) + BEAM.node * self.selection.nodes


def run(task: Task, budget: Budget, seed: int, emit: Emit) -> None:
    """Emit the best sums of library terms under each link, the most promising first."""
    part = task.sample(ROWS, seed)
    terms = library(part.x, task.names, seed=seed)
    order: Indices = np.argsort(terms.sizes, kind="stable")
    found = list[Chosen]()
    for link in usable(part.y):
        if budget.is_over(_SEARCHING):
            break
        found += pursue_link(part, terms, order, link)
    for chosen in sorted(found, key=Chosen.worth):
        if budget.is_over():
            return
        e = _formula(part, terms, order, chosen)
        e = simplified(e, task.names)
        if np.isfinite(task.loss(e)):
            emit(refined(e, task, rounds=8))


def pursue_link(part: Task, terms: Library, order: Indices, link: Link) -> Iterator[Chosen]:
    """Search under one link, with and without a constant term."""
    weight = _weight(part, link)
    values = terms.values[order]
    lengths = np.sqrt(np.mean(values**2, axis=1))
    scaled = (values * (weight / lengths[:, None])).astype(np.float32)
    sizes = np.array(terms.sizes)[order].tolist()
    target = link.forward(part.y) * weight
    for forced in (weight[:, None], np.empty((len(weight), 0))):
        found = pursue(scaled, sizes, target, forced, BEAM)
        for selection in best_by_size(found):
            yield Chosen(selection, link, bool(forced.size))


def _weight(part: Task, link: Link) -> Reals:
    weight = link.slope(part.y) * part.root_weights
    found: Reals = weight / np.sqrt(np.mean(weight**2))
    return found


def _formula(part: Task, terms: Library, order: Indices, chosen: Chosen) -> Expr:
    weight = _weight(part, chosen.link)
    picked = [int(order[k]) for k in chosen.selection.terms]
    target = chosen.link.forward(part.y) * weight
    return chosen.link.back(_sum(terms, picked, target, weight, chosen.offset))


def best_by_size(found: Sequence[Selection]) -> Iterator[Selection]:
    """The best few selections of each size, small ones first."""
    levels: dict[int, list[Selection]] = {}
    for selection in sorted(found, key=lambda s: s.loss):
        level = levels.setdefault(selection.nodes, [])
        if len(level) < PER_SIZE:
            level.append(selection)
    best = np.inf
    for size in sorted(levels):
        for selection in levels[size]:
            if selection.loss <= 4 * best:
                yield selection
        best = min(best, levels[size][0].loss)


def _sum(terms: Library, chosen: Sequence[int], target: Reals, weight: Reals, offset: bool) -> Expr:
    """The terms with the coefficients that fit best, in float64."""
    columns = [terms.values[k] * weight for k in chosen]
    matrix = np.stack([*columns, weight] if offset else columns, axis=1)
    scale = np.linalg.norm(matrix, axis=0)
    found = np.linalg.lstsq(matrix / scale, target, rcond=None)[0] / scale
    parts = [constant(float(c)) * terms.expr(k) for c, k in zip(found, chosen, strict=False)]
    if offset:
        parts.append(constant(float(found[-1])))
    total = parts[0]
    for part in parts[1:]:
        total = total + part
    return total
