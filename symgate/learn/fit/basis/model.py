"""A model of chosen terms: each output a weighted sum of some of them, and all constants refined."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np

from symgate.ir.expr import Expr, const
from symgate.learn.fit.basis.tape import Tape, filled, lifted
from symgate.learn.fit.numbers import constant
from symgate.learn.fit.task import Reals, Task

#: A square of a weight of 1 costs as much loss, and more of few rows: no weight grows without need.
RIDGE, RIDGE_OF_ROWS, RIDGE_OF_VALUES = 1e-4, 0.1, 1e-9
#: Significant digits of constants: what a port of few bits can tell.
DIGITS = 3
_STEPS = 40


@dataclass(frozen=True)
class Model:
    """``terms`` that are chosen, which output takes which, (term, output) each, with ``weights``;
    then one offset for each output.
    """

    task: Task
    terms: tuple[Expr, ...] = ()
    pairs: tuple[tuple[int, int], ...] = ()
    weights: Reals | None = None

    @cached_property
    def values(self) -> Reals:
        """The values of the terms (rows, terms)."""
        if not self.terms:
            return np.empty((len(self.task.y), 0))
        return self.task.scores(self.terms)

    @cached_property
    def used(self) -> Reals:
        """The weights, 0 where nothing is fitted yet."""
        if self.weights is None:
            return np.zeros(len(self.pairs) + self.task.outputs)
        return self.weights

    @cached_property
    def scores(self) -> Reals:
        """What the outputs are (rows, outputs)."""
        matrix = np.zeros((len(self.terms), self.task.outputs))
        for (term, output), weight in zip(self.pairs, self.used, strict=False):
            matrix[term, output] = weight
        return self.values @ matrix + self.used[len(self.pairs) :]

    @cached_property
    def loss(self) -> float:
        """The loss on the rows."""
        return self.task.loss_of(self.scores)

    def with_pair(self, term: Expr, output: int) -> Model:
        """The model with one more weight, 0 at first."""
        terms = self.terms if term in self.terms else (*self.terms, term)
        pairs = (*self.pairs, (terms.index(term), output))
        count = len(self.pairs)
        weights = np.insert(self.used, count, 0.0)
        return Model(self.task, terms, pairs, weights)

    def without(self, number: int) -> Model:
        """The model without pair ``number``, and without its term where nothing else takes it."""
        pairs = [*self.pairs[:number], *self.pairs[number + 1 :]]
        kept = sorted({term for term, _ in pairs})
        renamed = {term: k for k, term in enumerate(kept)}
        terms = tuple(self.terms[k] for k in kept)
        moved = tuple((renamed[term], output) for term, output in pairs)
        return Model(self.task, terms, moved, np.delete(self.used, number))

    def formulas(self, digits: int = DIGITS) -> tuple[Expr, ...]:
        """The formula of each output."""
        sums = [const(0)] * self.task.outputs
        for (term, output), weight in zip(self.pairs, self.used, strict=False):
            sums[output] = sums[output] + constant(float(weight), digits) * self.terms[term]
        offsets = self.used[len(self.pairs) :]
        return tuple(e + constant(float(c), digits) for e, c in zip(sums, offsets, strict=True))


def slopes(task: Task, scores: Reals) -> tuple[Reals, Reals]:
    """The slope of the loss along each score (rows, outputs), and its curvature."""
    share = task.share[:, None]
    if task.classes:
        likely = shares_of(scores)
        return share * (likely - task.wanted), share * likely * (1 - likely)
    scale = share / task.variance
    return scale * (scores - task.wanted), scale * np.ones_like(scores)


def shares_of(scores: Reals) -> Reals:
    """The softmax of scores (rows, outputs)."""
    raised = np.exp(scores - scores.max(axis=1, keepdims=True))
    found: Reals = raised / raised.sum(axis=1, keepdims=True)
    return found


def fitted(model: Model, rounds: int = 8) -> Model:
    """The model with the weights that fit best, by Newton's method."""
    columns = _columns(model)
    weights = model.used
    loss, model = _penalised(model, weights)
    for _ in range(rounds):
        step = _newton(model, columns)
        length, better = 1.0, None
        while length > 1e-3 and better is None:
            trial, moved = _penalised(model, model.used - length * step)
            better = moved if trial < loss else None
            length /= 2
        if better is None:
            return model
        done = loss - trial < 1e-7 * abs(loss)
        loss, model = trial, better
        if done:
            return model
    return model


def ridge(task: Task) -> float:
    """What the square of a weight costs; of values next to nothing, of which a fit may be exact."""
    if not task.classes:
        return RIDGE_OF_VALUES
    return max(RIDGE, RIDGE_OF_ROWS / len(task.y))


def _penalised(model: Model, weights: Reals) -> tuple[float, Model]:
    moved = Model(model.task, model.terms, model.pairs, weights)
    if model.terms:
        moved.__dict__["values"] = model.values
    scale = model.task.entropy if model.task.classes else 1.0
    count = len(model.pairs)
    return moved.loss * scale + ridge(model.task) * float(weights[:count] @ weights[:count]), moved


def _columns(model: Model) -> Reals:
    """What each weight is multiplied by (weights, rows)."""
    chosen = [model.values[:, term] for term, _ in model.pairs]
    ones = [np.ones(len(model.task.y))] * model.task.outputs
    return np.stack([*chosen, *ones])


def _newton(model: Model, columns: Reals) -> Reals:
    """The step of Newton's method to the least loss."""
    task, count = model.task, model.task.outputs
    outputs = np.array([*(output for _, output in model.pairs), *range(count)])
    slope, curvature = slopes(task, model.scores)
    penalty = np.where(np.arange(len(outputs)) < len(model.pairs), 2 * ridge(task), 1e-9)
    gradient = np.einsum("ij,ji->i", columns, slope[:, outputs]) + penalty * model.used
    hessian = np.diag(penalty + 1e-9)
    likely = shares_of(model.scores) if task.classes else None
    for a in range(count):
        first = np.flatnonzero(outputs == a)
        for b in range(a, count) if task.classes else [a]:
            second = np.flatnonzero(outputs == b)
            if likely is None or a == b:
                weight = curvature[:, a]
            else:
                weight = -task.share * likely[:, a] * likely[:, b]
            block = (columns[first] * weight) @ columns[second].T
            hessian[np.ix_(first, second)] += block
            if a != b:
                hessian[np.ix_(second, first)] += block.T
    found: Reals = np.linalg.lstsq(hessian, gradient, rcond=1e-12)[0]
    return found


def refined(model: Model, steps: int = _STEPS) -> Model:
    """The model with all constants moved together to where the loss is least: those inside of the
    terms, weights and offsets (L-BFGS, from SciPy).
    """
    from scipy.optimize import minimize

    task, inner = model.task, list[float]()
    tape = Tape(tuple(lifted(e, inner) for e in model.terms), task.columns(), len(task.y))
    count, pairs = len(inner), len(model.pairs)
    scale, price = task.entropy if task.classes else 1.0, ridge(task)
    terms = np.array([term for term, _ in model.pairs], int)
    outputs = np.array([output for _, output in model.pairs], int)

    def loss(parameters: Reals) -> tuple[float, Reals]:
        weights, offsets = parameters[count : count + pairs], parameters[count + pairs :]
        matrix = np.zeros((len(model.terms), task.outputs))
        matrix[terms, outputs] = weights
        values = np.stack(tape.forward(parameters), axis=1)
        scores = values @ matrix + offsets
        found = task.loss_of(scores) * scale + price * float(weights @ weights)
        if not np.isfinite(found):
            return 1e9, np.zeros(len(parameters))
        slope = slopes(task, scores)[0] * (1.0 if task.classes else 2.0 / task.outputs)
        of_weights = (values.T @ slope)[terms, outputs] + 2 * price * weights
        of_terms = slope @ matrix.T
        inside = tape.backward([*of_terms.T], count)
        return found, np.concatenate([inside, of_weights, slope.sum(axis=0)])

    start = np.concatenate([inner, model.used])
    if not pairs:
        return model
    found = minimize(loss, start, jac=True, method="L-BFGS-B", options={"maxiter": steps}).x
    moved = tuple(filled(e, found, DIGITS) for e in tape.roots)
    if len(set(moved)) < len(moved):
        return model
    better = fitted(replace(model, terms=moved, weights=found[count:]))
    return better if better.loss < model.loss else model
