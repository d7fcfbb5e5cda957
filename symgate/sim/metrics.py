"""How good a classifier is: accuracy with its statistical error, and the area under the ROC curve."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

Scores = NDArray[np.float64]


def accuracy(scores: Scores, classes: NDArray[np.int64]) -> float:
    """Return the share of rows whose largest score is that of their class; the first of equal
    scores counts.
    """
    return float(np.mean(np.argmax(scores, axis=1) == classes))


def agreement(a: Scores, b: Scores) -> float:
    """Return the share of rows on which two models choose the same class."""
    return float(np.mean(np.argmax(a, axis=1) == np.argmax(b, axis=1)))


def sigma(share: float, rows: int) -> float:
    """Return the statistical error of a share that was counted on ``rows`` rows: one standard
    deviation (binomial).

    >>> round(sigma(0.733, 600), 3)
    0.018
    """
    return math.sqrt(share * (1 - share) / rows)


def auc(scores: NDArray[Any], positive: NDArray[np.bool_]) -> float:
    """Return the chance that a positive row scores above a negative one, ties half (the
    Mann-Whitney statistic).

    >>> auc(np.array([0.1, 0.4, 0.35, 0.8]), np.array([False, False, True, True]))
    0.75
    """
    values, group, counts = np.unique(scores, return_inverse=True, return_counts=True)
    ranks = (np.cumsum(counts) - (counts - 1) / 2)[
        group
    ]  # mean rank of each group of equal scores, from 1
    hits = int(np.count_nonzero(positive))
    pairs = hits * (len(scores) - hits)
    return (
        float((ranks[positive].sum() - hits * (hits + 1) / 2) / pairs)
        if pairs and len(values)
        else math.nan
    )


def roc(
    scores: NDArray[Any], positive: NDArray[np.bool_]
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return false and true positive rates for every threshold, from none accepted to all."""
    order = np.argsort(-scores, kind="stable")
    last = np.append(np.diff(scores[order]) != 0, True)  # equal scores pass a threshold together
    true, false = np.cumsum(positive[order])[last], np.cumsum(~positive[order])[last]
    return np.append(0.0, false / max(false[-1], 1)), np.append(0.0, true / max(true[-1], 1))


@dataclass(frozen=True)
class Classifier:
    """A classifier in float64 on the data as they are, and in fixed point on the quantised data."""

    label: str
    rows: int
    float_accuracy: float
    fixed_accuracy: float
    agreement: float
    auc: dict[str, tuple[float, float]]  # per output, one against the rest: float64, fixed point

    @property
    def sigma(self) -> float:
        """The statistical error of the accuracies, one standard deviation."""
        return sigma(self.float_accuracy, self.rows)

    def metric(self, name: str) -> tuple[float, float]:
        """The float64 and fixed-point value of "accuracy" or of the mean "auc"."""
        if name == "auc":
            pairs = np.array(list(self.auc.values()))
            return float(pairs[:, 0].mean()), float(pairs[:, 1].mean())
        return self.float_accuracy, self.fixed_accuracy


def classifier(
    label: str, classes: NDArray[np.int64], reference: dict[str, Scores], fixed: dict[str, Scores]
) -> Classifier:
    """Return how the scores ``reference`` and ``fixed``, one column per class, do on rows of known
    ``classes``.
    """
    a, b = (np.stack(list(side.values()), axis=1) for side in (reference, fixed))
    areas = {
        name: (auc(a[:, k], classes == k), auc(b[:, k], classes == k))
        for k, name in enumerate(reference)
    }
    return Classifier(
        label, len(classes), accuracy(a, classes), accuracy(b, classes), agreement(a, b), areas
    )
