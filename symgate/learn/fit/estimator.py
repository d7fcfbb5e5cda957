"""Formulas as scikit-learn estimators. Importing this module imports scikit-learn."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from symgate.errors import ToolMissing
from symgate.frontend.options import Options
from symgate.ir.design import Design
from symgate.ir.expr import Expr
from symgate.learn.classes import ScoredClasses, refuse_one_class
from symgate.learn.data import LEAST_ROWS, Samples
from symgate.learn.fit import frontfile
from symgate.learn.fit.archive import Candidate
from symgate.learn.fit.found import Found
from symgate.learn.fit.limits import Limits
from symgate.learn.fit.search import Search, fit

try:
    from sklearn.base import BaseEstimator, RegressorMixin
    from sklearn.utils import check_random_state
    from sklearn.utils.validation import _check_sample_weight, check_is_fitted, validate_data
except ModuleNotFoundError:
    what = "the estimators need scikit-learn, which is not installed"
    raise ToolMissing(what, remedy="pip install 'symgate[train]'") from None

#: The largest seed.
_SEEDS = 2**31


class _Formulas(BaseEstimator):
    """What both estimators share; parameters are those of `Search` and `Limits`, flat.

    ``budget``: processor seconds of a fit. ``choice``: the formula of the front that predicts:
    "best", or conditions such as "lut<=200". ``rounds``: of each engine that repeats its work; a fit
    that ends by them, and not by its budget, gives the same formulas again. ``hardware``: whether
    the front states LUT and cycles.
    """

    def __init__(
        self,
        *,
        budget: float = 10.0,
        engines: Sequence[str] = (),
        choice: str = "best",
        bits: int | None = None,
        held: float = 0.25,
        constants: str = "",
        operators: Sequence[str] = (),
        max_nodes: int = 0,
        hardware: bool = False,
        rounds: int | None = None,
        random_state: Any = None,
    ) -> None:
        self.budget, self.engines, self.choice = budget, engines, choice
        self.bits, self.held, self.hardware = bits, held, hardware
        self.constants, self.operators, self.max_nodes = constants, operators, max_nodes
        self.random_state, self.rounds = random_state, rounds

    def _fit(self, x: Any, y: Any, outputs: Sequence[str], classes: bool, weights: Any) -> None:
        names = getattr(self, "feature_names_in_", [f"x{k}" for k in range(x.shape[1])])
        counts = None if weights is None else _check_sample_weight(weights, x)
        samples = Samples(
            x, y, tuple(map(str, names)), tuple(map(str, outputs)), classes, weights=counts
        )
        search = Search(
            self.budget,
            tuple(self.engines),
            int(check_random_state(self.random_state).randint(_SEEDS)),
            held=self.held,
            bits=self.bits or (8 if classes else 12),
            rounds=self.rounds,
            limits=Limits(self.constants, tuple(self.operators), self.max_nodes),
        )
        self.found_ = fit(samples, search, compiled=self.hardware)
        self.pick(self.choice)

    def pick(self, wanted: str) -> Candidate:
        """Predict by another formula of the front from now on: "best", or the closest that
        fulfils conditions such as "lut<=200"; see `Found.pick`.
        """
        self.best_ = self._found().pick(wanted)
        return self.best_

    @property
    def front_(self) -> tuple[Candidate, ...]:
        """The formulas that no smaller (and no cheaper) one beats."""
        return self._found().candidates

    @property
    def expressions_(self) -> dict[str, Expr]:
        """The expression of each output."""
        return self._found().expressions(self.best_)

    def to_design(self, options: Options | None = None) -> Design:
        """The design of the formula for `symgate.compile`."""
        found = self._found()
        bits = self.bits or (8 if found.classes else 12)
        return found.design(self.best_, options or Options(bits=bits, relative_error="2^-8"))

    def save(self, folder: str | Path) -> list[Path]:
        """Write ``design.toml`` and ``front.csv`` into ``folder``."""
        from symgate.files import replace_file
        from symgate.frontend.design_file import toml

        folder = Path(folder)
        replace_file(folder / "design.toml", toml.dump(self.to_design(), folder))
        replace_file(folder / "front.csv", frontfile.csv(self._found()))
        return [folder / "design.toml", folder / "front.csv"]

    def plot(self, axes: Any = None) -> Any:
        """The front, held-out loss over LUT (over nodes where they are not known), on matplotlib's
        ``axes``; raise `ToolMissing` without matplotlib.
        """
        if axes is None:
            try:
                from matplotlib import pyplot
            except ModuleNotFoundError:
                raise ToolMissing(
                    "a plot needs matplotlib", remedy="pip install matplotlib"
                ) from None
            axes = pyplot.gca()
        priced = [c for c in self.front_ if c.lut is not None]
        shown = priced or list(self.front_)
        cost = [c.nodes if c.lut is None else c.lut for c in shown]
        axes.plot(cost, [c.held for c in shown], "o")
        axes.set_xlabel("LUT" if priced else "nodes")
        axes.set_ylabel("held-out loss")
        if all(c.held > 0 for c in shown):
            axes.set_yscale("log")
        return axes

    def _found(self) -> Found:
        check_is_fitted(self, "found_")
        found: Found = self.found_
        return found

    def _scores(self, x: Any) -> Any:
        check_is_fitted(self, "found_")
        x = validate_data(self, x, reset=False, dtype=np.float64)
        found = self._found()
        return found.values(self.best_, x if found.ports is None else found.ports.carried(x))


class FormulaRegressor(RegressorMixin, _Formulas):
    """A regression whose prediction is a formula, or one for each of several outputs."""

    def __sklearn_tags__(self) -> Any:
        """What scikit-learn is told: several outputs are welcome."""
        tags = super().__sklearn_tags__()
        tags.target_tags.multi_output = True
        return tags

    def fit(self, x: Any, y: Any, sample_weight: Any = None) -> FormulaRegressor:
        """Search formulas for values ``y`` (rows,) or (rows, outputs) of ``x`` (rows, features)."""
        x, y = validate_data(
            self,
            x,
            y,
            dtype=np.float64,
            multi_output=True,
            y_numeric=True,
            ensure_min_samples=LEAST_ROWS,
        )
        y = np.asarray(y, float)
        self._single = y.ndim == 1
        wanted = y.reshape(len(y), -1)
        names = ["y"] if self._single else [f"y{k}" for k in range(wanted.shape[1])]
        self._fit(x, wanted, names, False, sample_weight)
        return self

    def predict(self, x: Any) -> Any:
        """The outputs: (rows,), or (rows, outputs) where several were fitted."""
        found = self._scores(x)
        return found[:, 0] if self._single else found


class FormulaClassifier(ScoredClasses, _Formulas):
    """A classifier whose scores are formulas that share terms; the largest names the class."""

    def fit(self, x: Any, y: Any, sample_weight: Any = None) -> FormulaClassifier:
        """Search scores for classes ``y`` (rows,) of ``x`` (rows, features)."""
        x, index = self._checked(x, y)
        counts = _check_sample_weight(sample_weight, x)
        refuse_one_class(len(np.unique(index[counts > 0])))
        self._fit(x, index, [f"class {c}" for c in self.classes_], True, sample_weight)
        return self

    def predict_proba(self, x: Any) -> Any:
        """The softmax of the scores (rows, classes)."""
        from symgate.learn.fit.basis.model import shares_of

        return shares_of(self._scores(x))
