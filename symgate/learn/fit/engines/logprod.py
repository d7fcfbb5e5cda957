"""Products of powers of small sums: a linear search in logarithms.

``y = c * x0^a * (x1 - x2)^b * ...`` is linear in the logarithms of its factors, so a pursuit over
the logarithms of an enumerated dictionary finds the factors; exponents are rounded to halves, and
the constants are refined in the formula itself.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import combinations, islice, permutations

import numpy as np

from symgate.ir.evaluate import evaluate
from symgate.ir.expr import Expr, const, make, postorder, var
from symgate.learn.fit.links import LINKS, usable
from symgate.learn.fit.numbers import constant, nodes, simplified
from symgate.learn.fit.pursuit import Beam, Selection, pursue
from symgate.learn.fit.refine import OPENED, refined
from symgate.learn.fit.task import Budget, Emit, Reals, Task

ROWS = 120
BEAM = Beam(terms=3, width=25, per_total=25, per_size=6, node=0.1, exact=1e-13)
#: The search of what stands beside 1: of each factor and link so many, if their logarithms are close.
ONE_FACTOR = Beam(terms=1, width=3, per_total=3, per_size=2, node=0.1, exact=1e-13)
_PEELED, _CLOSE = 2, 1e-2
#: The share of the time that products without a sum get.
_FIRST = 0.6
#: What constants inside of functions may be: circles are measured in whole ones or in radians.
_TURNS = constant(2 * math.pi), constant(1 / (2 * math.pi))
#: Distances are looked for among up to so many inputs.
_MOST_OF_DISTANCES = 9
#: The exponents together, in halves: more is no small formula.
_MOST_HALVES = 16
_ONE = const(1)


def run(task: Task, budget: Budget, seed: int, emit: Emit) -> None:
    """Emit the products that come close to ``y``, and those that do beside 1 behind a factor and a
    link; nothing where ``y`` touches zero.
    """
    part = task.sample(ROWS, seed)
    if not part.y.all():
        return
    weight = np.abs(part.y) / np.abs(part.y).mean() * part.root_weights
    for product in Logs.none(part).products(part.y, weight, None):
        _emit(_scaled(product.formula, task), task, emit)
    for _, e in sorted(_beside_one(part, Logs.none(part), None), key=_first):
        if budget.is_over(_FIRST):
            break
        _emit(simplified(e, task.names), task, emit)
    if budget.is_over():
        return
    factors, values = _usable(list(dictionary(task.names)), part)
    logs = Logs(part, tuple(factors), np.log(np.abs(values)))
    for product in logs.products(part.y, weight, BEAM):
        if budget.is_over(_FIRST):
            break
        _emit(_scaled(product.formula, task), task, emit)
    for _, e in sorted(_beside_one(part, logs, ONE_FACTOR), key=_first):
        if budget.is_over():
            return
        _emit(simplified(e, task.names), task, emit)


def _first(made: tuple[float, Expr]) -> float:
    return made[0]


def _emit(e: Expr, task: Task, emit: Emit) -> None:
    emit(refined(e, task))
    if any(node.op in OPENED for node in postorder([e])):
        emit(refined(e, task, opened=True))


@dataclass(frozen=True)
class Product:
    """A product of powers, its scale on the rows, and what it leaves of the logarithms' square."""

    formula: Expr
    scale: float
    loss: float


@dataclass(frozen=True)
class Logs:
    """The logarithms of factors on the rows of a task (factors, rows)."""

    part: Task
    factors: tuple[Expr, ...]
    values: Reals

    @staticmethod
    def none(part: Task) -> Logs:
        """No factors."""
        return Logs(part, (), np.empty((0, len(part.y))))

    @cached_property
    def positive(self) -> bool:
        """Whether the inputs themselves have logarithms."""
        return bool((self.part.x > 0).all())

    def products(self, y: Reals, weight: Reals, beam: Beam | None) -> Iterator[Product]:
        """The products of powers that come close to ``y`` (rows,), the most promising first; of
        inputs alone without a ``beam``.
        """
        powers = [np.ones(len(y))]
        if self.positive:
            powers += [np.log(column) for column in self.part.x.T]
        forced = np.stack(powers, axis=1) * weight[:, None]
        logs, target = self.values * weight, np.log(np.abs(y)) * weight
        sizes = [nodes(e) for e in self.factors]
        found = list[Selection]()
        if beam is not None:
            found = pursue(logs.astype(np.float32), sizes, target, forced, beam)
        found.append(_powers_alone(forced, target))
        for selection in sorted(found, key=_promise):
            matrix = np.column_stack([forced, *(logs[k] for k in selection.terms)])
            scale, *exponents = np.linalg.lstsq(matrix, target, rcond=None)[0]
            bases = [var(name) for name in self.part.names] if self.positive else []
            bases += [self.factors[k] for k in selection.terms]
            made = _product(bases, np.array(exponents))
            if made is not None:
                yield Product(made, float(np.exp(min(scale, 700.0))), selection.loss)


def _promise(s: Selection) -> tuple[bool, int, float]:
    """What is exact first, the smallest of it; then the closest."""
    return s.loss > 1e-11, s.nodes * (s.loss < 1e-11), s.loss


def _beside_one(part: Task, logs: Logs, beam: Beam | None) -> Iterator[tuple[float, Expr]]:
    """Formulas ``link^-1(F*(1 + c*product))``, ``F`` one input or none, whose logarithms are close,
    each with what is left of these.
    """
    inputs = [(var(name), column) for name, column in zip(part.names, part.x.T, strict=True)]
    for link in usable(part.y, LINKS):
        linked, slope = link.forward(part.y), link.slope(part.y)
        for factor, column in ((_ONE, np.ones(len(part.y))), *inputs):
            with np.errstate(all="ignore"):
                left = linked / column - 1
                weight = np.abs(left * column * slope)
            if not (left.all() and np.isfinite(weight).all() and weight.any()):
                continue
            weight = weight / weight.mean() * part.root_weights
            for product in islice(logs.products(left, weight, beam), _PEELED):
                if product.loss < _CLOSE:
                    values = part.values(product.formula)
                    scale = float(np.sign(left @ values)) * product.scale
                    if not np.isfinite(scale):
                        continue
                    whole = factor * (_ONE + constant(scale) * product.formula)
                    yield product.loss, link.back(whole)


def _powers_alone(forced: Reals, target: Reals) -> Selection:
    """No factor but powers of the inputs."""
    powers = np.linalg.lstsq(forced, target, rcond=None)[0]
    left = target - forced @ powers
    return Selection((), float(left @ left) / max(float(target @ target), 1e-300), 0)


def dictionary(names: tuple[str, ...]) -> Iterator[Expr]:
    """Small sums and functions whose powers may be factors."""
    inputs = [var(name) for name in names]
    pairs = [a / b for a, b in permutations(inputs, 2)]
    pairs += [a * b for a, b in combinations(inputs, 2)]
    yield from inputs
    for a, b in combinations(inputs, 2):
        yield a - b
        yield a + b
    for p in (*pairs, *inputs):
        yield from _around_one(p)
    for x in inputs:
        for p in pairs:
            yield x + p
            yield x - p
    yield from _sums_of_squares(inputs)
    yield from _sums_of_products(inputs)
    yield from _distances(inputs)


def _distances(inputs: list[Expr]) -> Iterator[Expr]:
    """Squared distances of two points in a plane or in space."""
    if not 4 <= len(inputs) <= _MOST_OF_DISTANCES:
        return
    for first in combinations(combinations(range(len(inputs)), 2), 2):
        if len({k for pair in first for k in pair}) == 4:
            yield _distance(inputs, first)
    for three in combinations(combinations(range(len(inputs)), 2), 3):
        if len({k for pair in three for k in pair}) == 6:
            yield _distance(inputs, three)


def _distance(inputs: list[Expr], pairs: Sequence[tuple[int, int]]) -> Expr:
    squares = [(inputs[i] - inputs[j]) ** const(2) for i, j in pairs]
    return sum(squares[1:], start=squares[0])


def _around_one(p: Expr) -> Iterator[Expr]:
    yield _ONE + p
    yield _ONE - p
    yield _ONE + p ** const(2)
    yield _ONE - p ** const(2)
    for name in ("log", "sin", "cos", "tanh"):
        yield make(name, p)
    yield make("exp", p)
    yield make("exp", p) - 1
    yield make("exp", -p) - 1
    yield 1 - make("cos", p)
    yield make("exp", p) + make("exp", -p)


def _sums_of_squares(inputs: list[Expr]) -> Iterator[Expr]:
    two = const(2)
    for a, b in combinations(inputs, 2):
        yield a**two + b**two
        yield a**two - b**two
        for name in ("sin", "cos"):
            yield make(name, a - b)
            yield make(name, a + b)
    for a, b, c in combinations(inputs, 3):
        yield a + b + c
        yield a**two + b**two + c**two


def _sums_of_products(inputs: list[Expr]) -> Iterator[Expr]:
    """Of two products; and functions of a product over another."""
    products = list(combinations(range(len(inputs)), 2))
    for (i, j), (k, m) in combinations(products, 2):
        left, right = inputs[i] * inputs[j], inputs[k] * inputs[m]
        yield left + right
        yield left - right
        if not {i, j} & {k, m}:
            for quotient in (left / right, right / left):
                yield make("tanh", quotient)
                yield make("exp", quotient) - 1
                yield make("exp", -quotient)
                yield make("exp", quotient) + make("exp", -quotient)
                for turn in _TURNS:
                    yield make("exp", turn * quotient) - 1
    if len(inputs) <= 6:
        for i, j, k in permutations(range(len(inputs)), 3):
            if i < j:
                p = inputs[i] * inputs[j] / inputs[k]
                yield from (make("exp", p) - 1, make("tanh", p), make("sin", p), make("exp", -p))
                for turn in _TURNS:
                    yield from (make("sin", turn * p), make("cos", turn * p))
                    yield make("exp", turn * p) - 1
                q = inputs[k] / (inputs[i] * inputs[j])
                yield from (make("exp", q) - 1, make("tanh", q), make("exp", -q))


def _usable(factors: list[Expr], part: Task) -> tuple[list[Expr], Reals]:
    """Those that are numbers other than zero on every row, by size, with their values."""
    factors = sorted(dict.fromkeys(factors), key=nodes)
    with np.errstate(all="ignore"):
        found = evaluate(factors, part.columns())
    values = np.stack([np.broadcast_to(v, len(part.y)) for v in found])
    size = np.abs(values)
    good = np.isfinite(values).all(axis=1) & (size > 1e-9).all(axis=1) & (size < 1e30).all(axis=1)
    return [e for e, usable in zip(factors, good, strict=True) if usable], values[good]


def _product(bases: list[Expr], exponents: Reals) -> Expr | None:
    """The bases to their exponents, rounded to halves; None where these are none or many."""
    if not np.isfinite(exponents).all() or np.abs(exponents).max(initial=0) > _MOST_HALVES:
        return None
    halves = [round(2 * float(x)) for x in exponents]
    if not any(halves) or sum(map(abs, halves)) > _MOST_HALVES * 2:
        return None
    rooted = any(h % 2 for h in halves)
    powers = [h if rooted else h // 2 for h in halves]
    above = [b ** const(p) if p != 1 else b for b, p in zip(bases, powers, strict=True) if p > 0]
    below = [b ** const(-p) if p != -1 else b for b, p in zip(bases, powers, strict=True) if p < 0]
    found = math.prod(above, start=_ONE) if above else _ONE
    if below:
        found = found / math.prod(below[1:], start=below[0])
    return make("sqrt", found) if rooted else found


def _scaled(e: Expr, task: Task) -> Expr:
    """``e`` times the constant that fits best."""
    values = task.values(e)
    square = float(values @ values)
    scale = float(values @ task.y) / square if math.isfinite(square) and square else 0.0
    return constant(scale) * e if math.isfinite(scale) and scale else e
