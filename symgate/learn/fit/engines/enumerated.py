"""Every small expression of few inputs, scaled and shifted: what is simple is not missed by chance.

The terms of the library are tried one by one, each under each link, so that a result does not depend
on a seed but for the rows that terms are looked at on.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from symgate.ir.expr import Expr
from symgate.learn.fit.links import LINKS, RARE, Link, usable
from symgate.learn.fit.numbers import constant, simplified
from symgate.learn.fit.refine import refined
from symgate.learn.fit.task import Budget, Emit, Reals, Task
from symgate.learn.fit.terms import Library, library

ROWS = 100
#: More inputs have too many expressions.
MOST_INPUTS = 4
#: Terms of the library, and how many of each size are refined under a link.
TERMS, PER_SIZE = 60_000, 3
#: An offset of this share of the whole is rounding.
_NOTHING = 1e-9


@dataclass(frozen=True)
class Fit:
    """One term under a link, with the scale and the offset that fit best, and what these leave."""

    term: int
    link: Link
    scale: float
    offset: float
    loss: float

    def formula(self, terms: Library) -> Expr:
        """The formula of ``y``."""
        e = constant(self.scale) * terms.expr(self.term)
        if abs(self.offset) > _NOTHING * abs(self.scale):
            e = e + constant(self.offset)
        return self.link.back(e)


def run(task: Task, budget: Budget, seed: int, emit: Emit) -> None:
    """Emit the closest terms of each size under each link; nothing of more than four inputs."""
    if len(task.names) > MOST_INPUTS:
        return
    part = task.sample(ROWS, seed)
    terms = library(part.x, task.names, TERMS, seed)
    found = [fit for link in usable(part.y, (*LINKS, *RARE)) for fit in closest(part, terms, link)]
    for fit in sorted(found, key=lambda f: (f.loss > _NOTHING, f.loss)):
        if budget.is_over():
            return
        e = simplified(fit.formula(terms), task.names)
        if np.isfinite(task.loss(e)):
            emit(refined(e, task, rounds=8))


def closest(part: Task, terms: Library, link: Link) -> Iterator[Fit]:
    """The closest terms of each size under ``link``, by the error of ``y``."""
    weight = link.slope(part.y) ** 2 * part.share
    weight = weight / weight.sum()
    values, target = terms.values, link.forward(part.y)
    scale, offset, loss = _lines(values, target, weight)
    sizes = np.array(terms.sizes)
    for size in np.unique(sizes):
        among = np.flatnonzero(sizes == size)
        for k in among[np.argsort(loss[among])[:PER_SIZE]]:
            yield Fit(int(k), link, float(scale[k]), float(offset[k]), float(loss[k]))


def _lines(values: Reals, target: Reals, weight: Reals) -> tuple[Reals, Reals, Reals]:
    """The line through each term (terms, rows) that is closest to ``target`` (rows,)."""
    means, mean = values @ weight, float(target @ weight)
    apart, wanted = values - means[:, None], target - mean
    square = np.maximum((apart**2) @ weight, 1e-300)
    scale = (apart @ (weight * wanted)) / square
    whole = max(float(wanted**2 @ weight), 1e-300)
    loss = np.maximum(1 - scale**2 * square / whole, 0)
    return scale, mean - scale * means, loss
