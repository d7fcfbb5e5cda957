"""A formula for what a model does around one row: a local symbolic surrogate.

As SLIME of SymTorch (arXiv 2602.21307): the nearest rows of the data and Gaussian samples around
the point, weighted by their distance, and a formula in the place of LIME's line.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from symgate.errors import InputError
from symgate.ir.expr import Expr
from symgate.learn.data import Samples
from symgate.learn.fit.search import Search, fit
from symgate.learn.fit.task import Reals, values_of

NEIGHBOURS, DRAWN = 10, 100


@dataclass(frozen=True)
class Surrogate:
    """A formula near ``point``. ``fidelity`` is the weighted share of the variance of the model that
    it explains on rows around the point that it was not fitted on.
    """

    formula: Expr
    point: Reals
    nodes: int
    fidelity: float
    names: tuple[str, ...]

    def values(self, x: Reals) -> Reals:
        """What the formula gives for rows (rows, inputs): (rows,)."""
        return values_of([self.formula], self.names, x)[:, 0]


@dataclass(frozen=True)
class Around:
    """Rows around a point with weights, and what the model gives there."""

    x: Reals
    y: Reals
    weights: Reals

    @staticmethod
    def of(
        model: Callable[[Reals], Reals], point: Reals, data: Reals, drawn: int, seed: int
    ) -> Around:
        """The nearest rows of ``data``, and ``drawn`` Gaussian samples of half their variance."""
        scale = np.maximum(data.std(axis=0), 1e-12)
        distance = (((data - point) / scale) ** 2).sum(axis=1)
        near = data[np.argsort(distance, kind="stable")[:NEIGHBOURS]]
        spread = np.sqrt(np.maximum(near.var(axis=0) / 2, (1e-3 * scale) ** 2))
        rng = np.random.default_rng(seed)
        x = np.concatenate([near, point + spread * rng.standard_normal((drawn, len(point)))])
        y = np.asarray(model(x), float).reshape(len(x))
        away = (((x - point) / (2 * spread)) ** 2).mean(axis=1)
        return Around(x, y, np.exp(-away))

    def fidelity(self, values: Reals) -> float:
        """The weighted share of the variance of ``y`` that ``values`` explain."""
        share = self.weights / self.weights.sum()
        variance = share @ (self.y - share @ self.y) ** 2
        return float(1 - share @ (values - self.y) ** 2 / max(variance, 1e-300))


def explain(
    model: Callable[[Reals], Reals],
    point: Sequence[float] | Reals,
    data: Reals,
    *,
    names: Sequence[str] | None = None,
    search: Search | None = None,
    nodes: int = 30,
) -> Surrogate:
    """A formula of at most ``nodes`` nodes for ``model``, a function of rows (rows, inputs) to a
    number each, around ``point``. Raise `InputError` where the model does not change there.
    """
    search = search or Search(seconds=5.0)
    at = np.asarray(point, float)
    fitted = Around.of(model, at, data, DRAWN, search.seed)
    if fitted.y.std() == 0:
        raise InputError("the model gives one value on all rows around this point")
    named = tuple(names or (f"x{k}" for k in range(len(at))))
    rows = Samples(fitted.x, fitted.y[:, None], named, ("y",), False, "model", fitted.weights)
    found = fit(rows, search, compiled=False)
    small = [c for c in found.candidates if c.nodes <= nodes] or list(found.candidates[:1])
    best = min(small, key=lambda c: c.held)
    fresh = Around.of(model, at, data, DRAWN, search.seed + 1)
    fidelity = fresh.fidelity(values_of(best.formulas, named, fresh.x)[:, 0])
    return Surrogate(best.formulas[0], at, best.nodes, fidelity, named)
