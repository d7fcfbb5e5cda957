"""Tables as a scikit-learn estimator. Importing this module imports scikit-learn."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import fields
from pathlib import Path
from typing import Any

import numpy as np

from symgate.errors import ToolMissing
from symgate.frontend.options import Options
from symgate.ir.design import Design
from symgate.learn.classes import ScoredClasses
from symgate.learn.data import Samples
from symgate.learn.tables.export import design
from symgate.learn.tables.network import TableNetwork
from symgate.learn.tables.progress import Told
from symgate.learn.tables.settings import TableSettings
from symgate.learn.tables.training import fit

try:
    from sklearn.base import BaseEstimator
    from sklearn.utils import check_random_state
    from sklearn.utils.validation import check_is_fitted, validate_data
except ModuleNotFoundError:
    what = "the estimators need scikit-learn, which is not installed"
    raise ToolMissing(what, remedy="pip install 'symgate[train]'") from None

_SEEDS = 2**31


class TableClassifier(ScoredClasses, BaseEstimator):
    """A classifier of tables of six bits that vote; the class of the most votes is the prediction.

    ``thresholds``: how many quantiles make bits of a feature, or the thresholds themselves; a
    feature of zeros and ones is a bit as it is. All others are those of `TableSettings`. With
    ``verbose`` a line on stderr tells of each epoch.
    """

    def __init__(
        self,
        *,
        tables: int = TableSettings.tables,
        thresholds: int | Sequence[float] = 8,
        epochs: int = TableSettings.epochs,
        batch: int | None = TableSettings.batch,
        rate: float = TableSettings.rate,
        constant: float = TableSettings.constant,
        frozen: float = TableSettings.frozen,
        scale: float | None = TableSettings.scale,
        rare: float = TableSettings.rare,
        validation: float = TableSettings.validation,
        image: tuple[int, int] | None = TableSettings.image,
        shifted: float = TableSettings.shifted,
        verbose: bool = False,
        random_state: Any = None,
    ) -> None:
        self.tables, self.thresholds, self.epochs, self.batch = tables, thresholds, epochs, batch
        self.rate, self.constant, self.frozen, self.scale = rate, constant, frozen, scale
        self.rare, self.validation, self.image, self.shifted = rare, validation, image, shifted
        self.verbose, self.random_state = verbose, random_state

    def fit(self, x: Any, y: Any) -> TableClassifier:
        """Train on features ``x`` (n, features) and classes ``y`` (n,)."""
        x, index = self._checked(x, y)
        names = getattr(self, "feature_names_in_", [f"x{k}" for k in range(x.shape[1])])
        outputs = tuple(str(c) for c in self.classes_)
        samples = Samples(x, index.astype(np.int64), tuple(map(str, names)), outputs, True)
        tell = Told(self.epochs) if self.verbose else None
        self.network_ = fit(samples, self._settings(), self.thresholds, progress=tell)
        self.n_iter_ = len(self.network_.history)
        return self

    def _settings(self) -> TableSettings:
        state = self.random_state
        is_seed = isinstance(state, (int, np.integer))
        seed = int(state) if is_seed else int(check_random_state(state).randint(_SEEDS))
        names = (f.name for f in fields(TableSettings) if f.name != "seed")
        values = {name: _plain(getattr(self, name)) for name in names}
        return TableSettings(**values, seed=seed)

    def scores(self, x: Any) -> Any:
        """(rows, classes): the votes for each class, as whole numbers."""
        check_is_fitted(self, "network_")
        x = validate_data(self, x, reset=False, dtype=np.float64)
        return self._network().scores(x)

    _scores = scores

    def to_design(
        self, options: Options | None = None, name: str = "tables", outputs: str = "class"
    ) -> Design:
        """The design for `symgate.compile`; see `symgate.learn.tables.design`."""
        return design(self._network(), options, name, outputs)

    def save(self, path: str | Path) -> Path:
        """Write the network to an npz file, which `symgate.learn.tables.load` reads."""
        return self._network().save(path)

    def _network(self) -> TableNetwork:
        check_is_fitted(self, "network_")
        found: TableNetwork = self.network_
        return found


def _plain(value: Any) -> Any:
    """``value`` as Python has it: a search of parameters gives NumPy's numbers."""
    return value.item() if isinstance(value, np.generic) else value
