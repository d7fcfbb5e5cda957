"""Sums of terms that all outputs share, chosen by what they gain per LUT.

A search is a sequence of greedy paths, each with its own knots and its own limit of nodes. On the
way the weakest pair is exchanged for a better one, and all constants are refined together, which is
worth more than the choice of the last terms. Classes are fitted by the softmax of their scores.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from itertools import count
from typing import Any

import numpy as np

from symgate.ir.expr import variables
from symgate.learn.fit.basis.model import Model, fitted, refined, slopes
from symgate.learn.fit.basis.price import PairPrices
from symgate.learn.fit.basis.terms import Terms, terms
from symgate.learn.fit.numbers import nodes, simplified
from symgate.learn.fit.task import Budget, Emit, Reals, Task

#: Rows that terms are chosen by; constants are refined on as many.
ROWS = 5000
#: A gain counts by LUT (or nodes) to this power: 1 would take many small terms, 0 the dearest.
POWER = 0.7
#: Pairs after which the weakest are exchanged and all constants refined.
STOPS = (2, 3, 4, 6, 8, 10, 12, 15, 18, 22, 26, 30, 36, 42, 50, 60)
#: Pairs that are exchanged at a stop.
EXCHANGED = 3
_LEAST_GAIN = 1e-9
#: A pair must gain so much more than chance would on as many rows (Akaike: 1).
_GAIN_OF_ROWS = 1.5
#: A term of which the offset says all but this share is none to float32.
_DEPENDENT = 1e-3


@dataclass(frozen=True)
class Rules:
    """Of one path: the most nodes of an output, and whether prices are LUTs or nodes."""

    most: int | None
    by_lut: bool


#: The paths that are walked with each library of knots: small outputs, and large ones.
PATHS = (20, True), (None, True), (20, False), (40, True)


def run(task: Task, budget: Budget, seed: int, emit: Emit) -> None:
    """Emit the formulas of each path at its stops until the budget is spent."""
    part = task.sample(ROWS, seed)
    for number in count() if budget.rounds is None else range(budget.rounds):
        library = terms(part, number)
        for most, by_lut in PATHS:
            if budget.is_over(0.9):
                return
            Path(part, library, Rules(most, by_lut), budget).walk(emit)


@dataclass
class Path:
    """One greedy path."""

    task: Task
    terms: Terms
    rule: Rules
    budget: Budget
    squares: Any = field(init=False)

    def __post_init__(self) -> None:
        self.squares = self.terms.values**2
        self.prices = PairPrices(self.terms, self.task.bits)
        self.own = self.prices.own()

    def walk(self, emit: Emit) -> None:
        """Add pairs until none gains, or the budget is spent; emit at each stop."""
        model = Model(self.task)
        model = fitted(model)
        while len(model.pairs) < STOPS[-1] and not self.budget.is_over():
            larger = self.larger(model)
            if larger is None:
                break
            model = fitted(larger, rounds=3)
            if len(model.pairs) in STOPS:
                model = self.settled(model)
                emit(model.formulas())
        emit(self.settled(model).formulas())

    def settled(self, model: Model) -> Model:
        """The model with weak pairs exchanged, and all constants refined."""
        model = fitted(model)
        for _ in range(EXCHANGED):
            better = self.exchanged(model)
            if better is None or self.budget.is_over():
                break
            model = better
        return refined(model) if not self.budget.is_over() else model

    def exchanged(self, model: Model) -> Model | None:
        """The model with its weakest pair replaced, if that is better."""
        if len(model.pairs) < 2:
            return None
        spread = model.values.std(axis=0)
        strength = [
            abs(w) * spread[term] for (term, _), w in zip(model.pairs, model.used, strict=False)
        ]
        smaller = fitted(model.without(int(np.argmin(strength))), rounds=3)
        larger = self.larger(smaller)
        if larger is None:
            return None
        better = fitted(larger)
        return better if better.loss < model.loss * (1 - 1e-4) else None

    def larger(self, model: Model) -> Model | None:
        """The model with the pair that gains most for its price, its weight 0 as yet."""
        gains = self.gains(model)
        prices = self.price(model)
        gains[~self.allowed(model)] = 0
        if gains.max() < self.least_gain(model):
            return None
        best = int(np.argmax(gains / prices**POWER))
        term, output = divmod(best, self.task.outputs)
        return model.with_pair(self.terms.formulas[term], output)

    def least_gain(self, model: Model) -> float:
        """What chance gains; of values it is a share of the loss that is left."""
        chance = _GAIN_OF_ROWS / len(self.task.y)
        return max(_LEAST_GAIN, chance * (1.0 if self.task.classes else model.loss))

    def gains(self, model: Model) -> Reals:
        """What each pair would save of the loss, about (terms, outputs)."""
        slope, curvature = (s.astype(np.float32) for s in slopes(self.task, model.scores))
        along = self.terms.values @ slope
        bent = self.squares @ curvature
        beside = (self.terms.values @ curvature) ** 2 / np.maximum(curvature.sum(axis=0), 1e-12)
        left = bent - beside
        found = along**2 / (2 * np.maximum(left, 1e-12))
        found[left < _DEPENDENT * bent] = 0
        place = {e: k for k, e in enumerate(self.terms.formulas)}
        for term, output in model.pairs:
            known = place.get(model.terms[term])
            if known is not None:
                found[known, output] = 0
        return np.asarray(found, float)

    def price(self, model: Model) -> Reals:
        """What each pair costs (terms, outputs)."""
        if not self.rule.by_lut:
            return np.repeat(self.terms.sizes[:, None] + 3.0, self.task.outputs, axis=1)
        tables = np.zeros((len(self.task.names), self.task.outputs), bool)
        place = {name: k for k, name in enumerate(self.task.names)}
        for term, output in model.pairs:
            names = variables([model.terms[term]])
            if len(names) == 1:
                tables[place[names[0]], output] = True
        return self.prices.of(self.own, tables, set(model.terms))

    def allowed(self, model: Model) -> Any:
        """Which pairs the limit of nodes allows (terms, outputs)."""
        if self.rule.most is None:
            free = np.full(self.task.outputs, 10**6)
        else:
            free = np.array([self.rule.most - size for size in self.sizes(model)])
        found = self.terms.sizes[:, None] + 3 <= free[None, :]
        if self.task.classes and self.task.outputs == 2:
            found[:, 0] = False  # one score decides between two classes
        return found

    def sizes(self, model: Model) -> list[int]:
        """The nodes of each output."""
        return [nodes(simplified(e, self.task.names)) for e in model.formulas()]
