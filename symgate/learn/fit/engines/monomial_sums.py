"""Sums of monomials under a common factor and a link: ``y = F * link^-1(c1 m1 + c2 m2 + ...)``.

Formulas of physics are mostly of this shape. ``F`` is a product of powers that a regression of the
logarithms proposes, or one small factor; what is left is linear in monomials, which are few enough
for a pursuit of milliseconds, so that many factors and links are tried.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from itertools import combinations

import numpy as np

from symgate.ir.evaluate import evaluate
from symgate.ir.expr import Expr, const, make, var
from symgate.learn.fit.links import LINKS, RARE, Link, usable
from symgate.learn.fit.monomials import Monomials, monomials, power_product
from symgate.learn.fit.numbers import constant, nodes, simplified
from symgate.learn.fit.pursuit import Beam, Selection, pursue
from symgate.learn.fit.refine import refined
from symgate.learn.fit.task import Budget, Emit, Reals, Task

ROWS = 100
#: The first look at a factor and a link, and the search of those that look best.
LOOK = Beam(terms=2, width=4, per_size=2, node=0.05)
SEARCH = Beam(terms=4, width=16, per_total=2, per_size=4, node=0.08, exchanged=6)
#: How many pairs of factor and link are searched, and how many selections of each are refined.
SEARCHED, REFINED = 12, 6
#: Links that are searched without a factor in any case.
PLAIN = 12
#: Terms of a first look, the smallest ones.
LOOKED_AT = 2000
#: A search is done with the terms of up to so many nodes each: among few small ones a greedy choice
#: is not lured away by large ones.
NESTED = 3, 5, 7, 99
_ONE = const(1)


@dataclass(frozen=True)
class Shape:
    """A common factor and a link, the target behind them with the weights of its rows, and what a
    first look left of it.
    """

    factor: Expr
    link: Link
    target: Reals
    weight: Reals
    loss: float = np.inf


def run(task: Task, budget: Budget, seed: int, emit: Emit) -> None:
    """Emit the sums that come close, under the factors and links that a first look likes best."""
    part = task.sample(ROWS, seed)
    terms = monomials(part)
    few, looks = terms.smallest(LOOKED_AT), list[Shape]()
    for shape in shapes(part):
        if budget.is_over(0.4):
            break
        found = _pursued(few, shape, LOOK)
        best = min(found, key=lambda s: s.loss * np.exp(LOOK.node * s.nodes), default=None)
        if best is None:
            continue
        loss = best.loss * float(np.exp(LOOK.node * (best.nodes + nodes(shape.factor))))
        looks.append(replace(shape, loss=loss))
    options = list[tuple[Selection, Shape]]()
    nested = [terms.smallest(bisect_right(terms.sizes, size)) for size in NESTED]
    for shape in _promising(looks):
        if budget.is_over(0.75):
            break
        found = [s for few in nested for s in _pursued(few, shape, SEARCH)]
        options += [(s, shape) for s in _best(found)]
    for selection, shape in sorted(options, key=lambda option: _order(option[0])):
        if budget.is_over():
            return
        e = _formula(part, terms, shape, selection)
        if np.isfinite(task.loss(e)):
            emit(refined(e, task, rounds=8))


def _order(selection: Selection) -> tuple[bool, float]:
    """What is exact to float32 first, the smallest of it; then by what a node is worth."""
    if selection.loss < SEARCH.exact:
        return False, selection.nodes
    return True, float(np.log(selection.loss)) + SEARCH.node * selection.nodes


def _promising(looks: Sequence[Shape]) -> list[Shape]:
    """The shapes that look best, and those without a factor: two terms may say little of a sum of
    three.
    """
    ranked = sorted(looks, key=lambda s: s.loss)
    plain = [s for s in ranked if s.factor is _ONE][:PLAIN]
    rest = [s for s in ranked[:SEARCHED] if s.factor is not _ONE]
    return [*plain, *rest]


def shapes(part: Task) -> Iterator[Shape]:
    """Factors and the links that are defined behind them."""
    for factor in factors(part):
        with np.errstate(all="ignore"):
            values = np.broadcast_to(evaluate([factor], part.columns())[0], len(part.y))
            left = part.y / values
        if not (np.isfinite(left).all() and np.ptp(left) > 1e-9 * np.abs(left).max()):
            continue
        for link in usable(left, (*LINKS, *RARE)):
            target, weight = link.forward(left), link.slope(left) * values * part.root_weights
            with np.errstate(over="ignore"):
                size = float(np.sqrt(np.mean(weight**2)))
            if np.isfinite(size) and size > 0:
                yield Shape(factor, link, target, weight / size)


def factors(part: Task) -> Iterator[Expr]:
    """No factor, powers that a regression of logarithms proposes, and single small ones."""
    yield _ONE
    inputs = [var(name) for name in part.names]
    yield from dict.fromkeys(_regressed(part, inputs))
    for x in inputs:
        for power in (1, -1, 2, -2):
            yield power_product([x], (Fraction(power),))
    for a, b in combinations(inputs, 2):
        yield from (a - b, a + b, a * b, a / b, b / a, _ONE / (a * b))
        ratio = (a / b) ** const(2)
        yield make("sqrt", 1 - ratio)
        yield _ONE / make("sqrt", 1 - ratio)


def _regressed(part: Task, inputs: list[Expr]) -> Iterator[Expr]:
    """Products of powers of those inputs whose exponents a regression finds near halves.

    An input that stands in the common factor alone has its exact exponent there, whatever the rest
    is; which ones do is told by how near their exponents are, from the nearest on.
    """
    if not ((part.x > 0).all() and (part.y != 0).all()):
        return
    logs = np.column_stack([np.ones(len(part.y)), np.log(part.x)])
    exponents = np.linalg.lstsq(logs, np.log(np.abs(part.y)), rcond=None)[0][1:]
    halves = np.round(2 * exponents) / 2
    order = np.argsort(np.abs(exponents - halves))
    whole = np.round(exponents)
    for rounding in (halves, whole):
        for count in range(2, len(inputs) + 1):
            near = [k for k in order[:count] if rounding[k]]
            if near:
                powers = tuple(Fraction(float(rounding[k])) for k in near)
                yield power_product([inputs[k] for k in near], powers)


def _pursued(terms: Monomials, shape: Shape, beam: Beam) -> list[Selection]:
    target, weight = shape.target, shape.weight
    scale = np.sqrt(np.mean(terms.values**2, axis=1))
    dictionary = (terms.values * (weight / scale[:, None])).astype(np.float32)
    return pursue(dictionary, terms.sizes, target * weight, weight[:, None], beam)


def _best(found: Sequence[Selection]) -> list[Selection]:
    """Selections that no smaller one beats, and the closest ones."""
    best, front = np.inf, list[Selection]()
    for selection in sorted(found, key=lambda s: (s.nodes, s.loss)):
        if selection.loss < 0.7 * best:
            best = selection.loss
            front.append(selection)
    return front[-REFINED:]


def _formula(part: Task, terms: Monomials, shape: Shape, selection: Selection) -> Expr:
    """The formula of a selection, an offset left out where it is nothing."""
    target, weight = shape.target, shape.weight
    chosen = list(selection.terms)
    matrix = np.stack([weight, *(terms.values[k] * weight for k in chosen)], axis=1)
    scale = np.linalg.norm(matrix, axis=0)
    found = np.linalg.lstsq(matrix / scale, target * weight, rcond=None)[0]
    total = const(0)
    least = 1e-7 * np.abs(found).max()
    for c, s, e in zip(found, scale, (_ONE, *(terms.expr(k) for k in chosen)), strict=True):
        if abs(c) > least:
            total = total + constant(_snapped(float(c / s))) * e
    return simplified(shape.factor * shape.link.back(total), part.names)


def _snapped(value: float) -> float:
    """A whole number or a half where ``value`` is one but for float32."""
    near = round(2 * value) / 2
    return near if near and abs(value - near) < 1e-6 * abs(near) else value
