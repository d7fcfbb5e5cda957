"""SymbolNet as scikit-learn estimators. Importing this module imports scikit-learn; `fit` imports
TensorFlow.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from symgate.errors import ToolMissing
from symgate.frontend.options import Options
from symgate.ir.design import Design
from symgate.ir.expr import Expr
from symgate.learn.classes import ScoredClasses
from symgate.learn.data import LEAST_ROWS, Samples
from symgate.learn.symbolnet.fitted import Fitted
from symgate.learn.symbolnet.fitting import fit
from symgate.learn.symbolnet.settings import Network, Schedule, Targets

try:
    from sklearn.base import BaseEstimator, RegressorMixin
    from sklearn.utils.validation import check_is_fitted, validate_data
except ModuleNotFoundError:
    what = "the estimators need scikit-learn, which is not installed"
    raise ToolMissing(what, remedy="pip install 'symgate[train]'") from None


class _SymbolNet(BaseEstimator):
    """What both estimators share. Parameters are those of `settings`, flat, as scikit-learn wants
    them.
    """

    def __init__(
        self,
        *,
        unary: Sequence[str] = Network.unary,
        binary: Sequence[str] = Network.binary,
        units: Sequence[int] = Network.units,
        pairs: Sequence[int] = Network.pairs,
        input_target: float = Targets.input,
        weight_target: float = Targets.weight,
        unary_target: float = Targets.unary,
        binary_target: float = Targets.binary,
        epochs: int = Schedule.epochs,
        close: int = Schedule.close,
        anneal: int = Schedule.anneal,
        batch: int | None = Schedule.batch,
        rate: float = Schedule.rate,
        decay: float = Schedule.decay,
        size: float | None = Schedule.size,
        loss: str | None = Schedule.loss,
        validation: float = Schedule.validation,
        standardise: bool = True,
        random_state: int | None = None,
    ) -> None:
        self.unary, self.binary, self.units, self.pairs = unary, binary, units, pairs
        self.input_target, self.weight_target = input_target, weight_target
        self.unary_target, self.binary_target = unary_target, binary_target
        self.epochs, self.close, self.anneal, self.batch, self.rate = (
            epochs,
            close,
            anneal,
            batch,
            rate,
        )
        self.decay, self.size, self.loss, self.validation = decay, size, loss, validation
        self.standardise, self.random_state = standardise, random_state

    def _fit(self, x: Any, y: Any, outputs: Sequence[str], classes: bool) -> None:
        names = getattr(self, "feature_names_in_", [f"x{k}" for k in range(x.shape[1])])
        samples = Samples(x, y, tuple(map(str, names)), tuple(map(str, outputs)), classes)
        network = Network(*map(_tuple, (self.unary, self.binary, self.units, self.pairs)))
        targets = Targets(
            self.input_target, self.weight_target, self.unary_target, self.binary_target
        )
        seed = np.random.randint(2**31) if self.random_state is None else self._seed()
        schedule = Schedule(
            epochs=self.epochs,
            close=self.close,
            anneal=self.anneal,
            batch=self.batch,
            rate=self.rate,
            anneal_rate=self.rate,
            loss=self.loss,
            decay=self.decay,
            size=self.size,
            validation=self.validation,
            seed=seed,
        )
        self.fitted_ = fit(samples, network, targets, schedule, standardise=self.standardise)
        self.n_iter_ = len(self.fitted_.history)

    def _seed(self) -> int:
        from sklearn.utils import check_random_state

        state = self.random_state
        return (
            int(state)
            if isinstance(state, (int, np.integer))
            else int(check_random_state(state).randint(2**31))
        )

    @property
    def expressions_(self) -> dict[str, Expr]:
        """The expression of each output."""
        return self._fitted().expressions

    def to_design(self, options: Options | None = None, name: str = "symbolnet") -> Design:
        """The design for `symgate.compile`; see `Fitted.design`."""
        return self._fitted().design(options, name)

    def _fitted(self) -> Fitted:
        check_is_fitted(self, "fitted_")
        found: Fitted = self.fitted_
        return found

    def _scores(self, x: Any) -> Any:
        check_is_fitted(self, "fitted_")
        x = validate_data(self, x, reset=False, dtype=np.float64)
        return self._fitted().predict(x)


def _tuple(value: Any) -> Any:
    """A list as a tuple; what is none is refused by the settings, which name it."""
    return tuple(value) if isinstance(value, (list, np.ndarray)) else value


class SymbolNetClassifier(ScoredClasses, _SymbolNet):
    """A classifier whose scores are expressions, one per class; the largest names the class."""

    def fit(self, x: Any, y: Any) -> SymbolNetClassifier:
        """Train on features ``x`` (n, features) and classes ``y`` (n,)."""
        x, index = self._checked(x, y)
        self._fit(x, index, [str(c) for c in self.classes_], classes=True)
        return self


class SymbolNetRegressor(RegressorMixin, _SymbolNet):
    """A regression whose prediction is an expression per output."""

    def __sklearn_tags__(self) -> Any:
        """What scikit-learn is told: several outputs are welcome."""
        tags = super().__sklearn_tags__()
        tags.target_tags.multi_output = True
        return tags

    def fit(self, x: Any, y: Any) -> SymbolNetRegressor:
        """Train on features ``x`` (n, features) and values ``y`` (n,) or (n, outputs)."""
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
        self._fit(
            x,
            wanted,
            ["y"] if self._single else [f"y{k}" for k in range(wanted.shape[1])],
            classes=False,
        )
        return self

    def predict(self, x: Any) -> Any:
        """The outputs: (n,), or (n, outputs) where several were trained."""
        found = self._scores(x)
        return found[:, 0] if self._single else found
