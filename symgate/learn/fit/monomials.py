"""Products of powers of the inputs, and of one function of few inputs: all small ones at once."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass, replace
from fractions import Fraction
from itertools import combinations, permutations, product

import numpy as np
from numpy.typing import NDArray

from symgate.ir.evaluate import evaluate
from symgate.ir.expr import Expr, const, make, var
from symgate.learn.fit.numbers import nodes
from symgate.learn.fit.task import Reals, Task

Exponents = NDArray[np.float64]
Indices = NDArray[np.intp]
_ONE = const(1)
#: Exponents that a formula of physics has, by how many nodes they cost.
_COSTS = {
    Fraction(1): 2,
    Fraction(-1): 2,
    Fraction(2): 3,
    Fraction(-2): 3,
    Fraction(1, 2): 3,
    Fraction(-1, 2): 3,
    Fraction(3): 4,
    Fraction(-3): 4,
    Fraction(4): 5,
}
_LEAST, _MOST = 1e-9, 1e12
#: Up to so many inputs all their products and quotients are terms, above only those of a few.
ALL_INPUTS, MOST_INPUTS = 7, 4
#: Products of powers that each function is multiplied by, at least.
LEAST_BESIDE = 40


@dataclass(frozen=True)
class Monomials:
    """Terms with their values (terms, rows) and sizes in nodes, smallest first.

    Term ``k`` is a product of powers, number ``powers[k]``, times a function, number
    ``functions[k]``, or times nothing where that is -1.
    """

    names: tuple[str, ...]
    exponents: Exponents
    factors: tuple[Expr, ...]
    powers: Indices
    functions: Indices
    values: Reals
    sizes: tuple[int, ...]

    def smallest(self, count: int) -> Monomials:
        """The first ``count`` terms."""
        return replace(
            self,
            powers=self.powers[:count],
            functions=self.functions[:count],
            values=self.values[:count],
            sizes=self.sizes[:count],
        )

    def expr(self, k: int) -> Expr:
        """Term ``k`` as an expression."""
        halves = self.exponents[self.powers[k]]
        powers = tuple(Fraction(float(p)) for p in halves)
        found = power_product([var(name) for name in self.names], powers)
        if self.functions[k] < 0:
            return found
        factor = self.factors[self.functions[k]]
        both: Expr = factor * found
        return both if any(powers) else factor


def monomials(task: Task, most: int = 12_000) -> Monomials:
    """About ``most`` terms: small products of powers, and smaller ones times `functions`."""
    positive = bool((task.x > 0).all())
    inputs = task.x.shape[1]
    every = dict.fromkeys([*_first_powers(inputs), *_exponents(inputs, most // 2, positive)])
    exponents = np.array(list(every), float)
    costs = np.array([_cost(powers) for powers in exponents])
    plain = _powers(task.x, exponents, positive)
    made = functions(task.names)
    factors = tuple(sorted(dict.fromkeys(made), key=nodes))
    found = evaluate(factors, task.columns())
    values = np.stack([np.broadcast_to(v, len(task.y)) for v in found])
    beside = _beside_functions(exponents, max(LEAST_BESIDE, most // (2 * len(factors))))
    first = np.arange(1, len(exponents))
    power = np.concatenate([first, np.tile(beside, len(factors))])
    function = np.concatenate(
        [np.full(len(first), -1), np.repeat(np.arange(len(factors)), len(beside))]
    )
    own = np.array([nodes(e) for e in factors])
    sizes = np.where(function < 0, costs[power] - 1, costs[power] + own[function])
    with np.errstate(all="ignore"):
        all_values = np.where((function < 0)[:, None], 1.0, values[function]) * plain[power]
        size = np.abs(all_values).max(axis=1)
        varies = all_values.std(axis=1) > _LEAST * size
    usable = np.isfinite(size) & (size < _MOST) & (size > _LEAST) & varies
    order = np.argsort(sizes, kind="stable")
    kept = order[usable[order]]
    return Monomials(
        task.names,
        exponents,
        factors,
        power[kept],
        function[kept],
        all_values[kept],
        tuple(sizes[kept].tolist()),
    )


def _beside_functions(exponents: Exponents, count: int) -> Indices:
    """The products of powers that functions are multiplied by: first powers, then geometric means,
    then the cheapest others.
    """
    size = np.abs(exponents)
    unusual = np.where((size == 1) | (size == 0), 0, 2) + size.astype(bool)
    halves = (size == 0.5).sum(axis=1)
    rank = np.where((halves == 2) & (size.sum(axis=1) == 1), 2, unusual.sum(axis=1))
    return np.argsort(rank, kind="stable")[:count]


def _first_powers(inputs: int) -> Iterator[tuple[Fraction, ...]]:
    """All products and quotients of inputs, of at most `MOST_INPUTS` where there are many."""
    powers = Fraction(0), Fraction(1), Fraction(-1)
    if inputs <= ALL_INPUTS:
        yield from product(powers, repeat=inputs)
        return
    for count in range(MOST_INPUTS + 1):
        for places in combinations(range(inputs), count):
            for signs in product(powers[1:], repeat=count):
                full = [powers[0]] * inputs
                for place, sign in zip(places, signs, strict=True):
                    full[place] = sign
                yield tuple(full)


def _cost(powers: Exponents) -> int:
    return sum(_COSTS[Fraction(float(p))] for p in powers if p)


def _powers(x: Reals, exponents: Exponents, positive: bool) -> Reals:
    """The products of powers on the rows."""
    if positive:
        found: Reals = np.exp(exponents @ np.log(x).T)
        return found
    with np.errstate(all="ignore"):
        products: Reals = np.prod(x.T[None, :, :] ** exponents[:, :, None], axis=1)
    return products


def _exponents(inputs: int, most: int, positive: bool) -> Iterator[tuple[Fraction, ...]]:
    """Vectors of exponents, cheapest first, about ``most`` of them; the first is of no input."""
    yield (Fraction(0),) * inputs
    choices = [p for p in _COSTS if positive or p.denominator == 1]
    made = 0
    for budget in range(2, 40):
        for count in range(1, inputs + 1):
            for costs in _partitions(budget, count):
                options = [[p for p in choices if _COSTS[p] == cost] for cost in costs]
                for places in combinations(range(inputs), count):
                    for powers in product(*options):
                        full = [Fraction(0)] * inputs
                        for place, power in zip(places, powers, strict=True):
                            full[place] = power
                        yield tuple(full)
                        made += 1
        if made >= most:
            return


def _partitions(budget: int, count: int) -> Iterator[tuple[int, ...]]:
    """``count`` costs that add up to ``budget``, in every order."""
    if count == 0:
        if budget == 0:
            yield ()
        return
    for first in range(2, min(5, budget) + 1):
        for rest in _partitions(budget - first, count - 1):
            yield (first, *rest)


def power_product(bases: list[Expr], powers: tuple[Fraction, ...]) -> Expr:
    """The bases to their exponents, as one quotient, below one root where all are halves."""
    if any(p.denominator == 2 for p in powers):
        doubled = tuple(2 * p for p in powers)
        return make("sqrt", power_product(bases, doubled))
    above = [_powered(b, p) for b, p in zip(bases, powers, strict=True) if p > 0]
    below = [_powered(b, -p) for b, p in zip(bases, powers, strict=True) if p < 0]
    found: Expr = math.prod(above[1:], start=above[0]) if above else _ONE
    return found / math.prod(below[1:], start=below[0]) if below else found


def _powered(base: Expr, exponent: Fraction) -> Expr:
    return base if exponent == 1 else base ** const(exponent)


def functions(names: tuple[str, ...]) -> Iterator[Expr]:
    """Functions of one input and of two, and squares of sums of two."""
    inputs, two = [var(name) for name in names], const(2)
    pairs = [a * b for a, b in combinations(inputs, 2)]
    differences = [a - b for a, b in combinations(inputs, 2)]
    sums = [a + b for a, b in combinations(inputs, 2)]
    quotients = [a / b for a, b in permutations(inputs, 2)]
    for x in (*inputs, *pairs, *differences, *sums, *quotients):
        for name in ("sin", "cos"):
            yield make(name, x)
            yield make(name, x) ** two
        yield make("exp", -x)
    for x in (*inputs, *quotients, *pairs):
        yield make("exp", x)
        yield make("log", x)
        yield make("tanh", x)
        yield make("exp", -(x**two))
    for x in (*differences, *sums):
        yield x**two
        yield _ONE / x
        yield _ONE / x**two
    for a, b in combinations(inputs, 2):
        yield make("sin", a) * make("cos", b)
        yield make("sin", a) * make("sin", b)
        yield make("cos", a) * make("cos", b)
        yield _ONE / (a**two - b**two) ** two
        yield _ONE / (a**two + b**two)
        yield make("sqrt", a**two + b**two)
