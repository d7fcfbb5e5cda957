"""What all classifiers share: the classes among the rows, and the class of the largest score.
Importing this module imports scikit-learn.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from symgate.errors import ToolMissing
from symgate.learn.data import LEAST_ROWS

try:
    from sklearn.base import ClassifierMixin
    from sklearn.utils.multiclass import check_classification_targets
    from sklearn.utils.validation import validate_data
except ModuleNotFoundError:
    what = "the estimators need scikit-learn, which is not installed"
    raise ToolMissing(what, remedy="pip install 'symgate[train]'") from None


class ScoredClasses(ClassifierMixin):
    """A classifier with a score for each class, of which the largest names the class."""

    classes_: Any
    _scores: Callable[[Any], Any]  # (rows, classes)

    def _checked(self, x: Any, y: Any) -> tuple[Any, Any]:
        """The features (rows, features) and the place of each row's class in ``classes_`` (rows,).

        Raise ValueError for what scikit-learn refuses.
        """
        x, y = validate_data(self, x, y, dtype=np.float64, ensure_min_samples=LEAST_ROWS)
        check_classification_targets(y)
        self.classes_, places = np.unique(y, return_inverse=True)
        refuse_one_class(len(self.classes_))
        return x, places

    def decision_function(self, x: Any) -> Any:
        """The scores (rows, classes); of two classes their difference (rows,), as scikit-learn wants
        it.
        """
        scores = np.asarray(self._scores(x), float)
        return scores[:, 1] - scores[:, 0] if len(self.classes_) == 2 else scores

    def predict(self, x: Any) -> Any:
        """The class of each row; of equal scores, the first."""
        scores = self._scores(x)  # raises where nothing is fitted, before classes_ is missed
        return self.classes_[np.argmax(scores, axis=1)]


def refuse_one_class(count: int) -> None:
    """Raise ValueError where there are fewer than two classes."""
    if count < 2:
        raise ValueError("Classifier can't train when only one class is present.")
