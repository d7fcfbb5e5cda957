"""Accuracy and the area under the curve, against known values and a direct count."""

from __future__ import annotations

import math

import numpy as np
import pytest

from symgate.sim import metrics


def pairs(scores: np.ndarray, positive: np.ndarray) -> float:
    """The definition: the share of (positive, negative) pairs in the right order, ties half."""
    above = scores[positive][:, None] - scores[~positive][None, :]
    return float(np.mean((above > 0) + 0.5 * (above == 0)))


@pytest.mark.parametrize(
    ("scores", "positive", "area"),
    [
        ([0.1, 0.4, 0.35, 0.8], [0, 0, 1, 1], 0.75),  # scikit-learn's own example
        ([1, 2, 3, 4], [0, 0, 1, 1], 1.0),
        ([1, 2, 3, 4], [1, 1, 0, 0], 0.0),
        ([5, 5, 5, 5], [1, 0, 1, 0], 0.5),
        ([0, 1, 1, 2], [0, 0, 1, 1], 0.875),
    ],
)
def test_known_areas(scores, positive, area):
    assert metrics.auc(np.array(scores), np.array(positive, bool)) == area


def test_area_is_the_share_of_ordered_pairs(rng):
    for levels in (3, 50, 10**6):
        scores, positive = rng.integers(0, levels, 300), rng.random(300) < 0.3

        assert metrics.auc(scores, positive) == pytest.approx(pairs(scores, positive), abs=1e-12)


def test_area_agrees_with_scikit_learn(rng):
    sklearn = pytest.importorskip("sklearn.metrics")
    scores, positive = rng.normal(size=500).round(1), rng.random(500) < 0.4

    assert metrics.auc(scores, positive) == pytest.approx(
        sklearn.roc_auc_score(positive, scores), abs=1e-12
    )


@pytest.mark.parametrize("positive", [[True, True], [False, False]])
def test_area_of_one_class_is_undefined(positive):
    assert math.isnan(metrics.auc(np.array([1.0, 2.0]), np.array(positive)))


def test_curve_has_the_area(rng):
    scores, positive = rng.integers(0, 20, 400), rng.random(400) < 0.5

    false, true = metrics.roc(scores, positive)

    assert (false[0], true[0], false[-1], true[-1]) == (0, 0, 1, 1)
    assert np.trapezoid(true, false) == pytest.approx(metrics.auc(scores, positive))


def test_accuracy_and_agreement():
    a = np.array([[1.0, 0.0], [0.2, 0.9], [0.5, 0.5]])
    b = np.array([[0.0, 1.0], [0.2, 0.9], [0.5, 0.4]])

    assert metrics.accuracy(a, np.array([0, 1, 1])) == pytest.approx(2 / 3)
    assert metrics.agreement(a, b) == pytest.approx(2 / 3)


def test_statistical_error_of_an_accuracy_on_600_rows():
    assert metrics.sigma(0.733, 600) == pytest.approx(0.01806, abs=1e-5)


def test_classifier_reports_both_sides():
    reference = {"a": np.array([0.9, 0.2, 0.6]), "b": np.array([0.1, 0.8, 0.4])}
    fixed = {"a": np.array([0.9, 0.9, 0.6]), "b": np.array([0.1, 0.8, 0.4])}

    c = metrics.classifier("class", np.array([0, 1, 0]), reference, fixed)

    assert (c.float_accuracy, c.fixed_accuracy, c.agreement) == (
        1.0,
        pytest.approx(2 / 3),
        pytest.approx(2 / 3),
    )
    assert c.auc == {"a": (1.0, 0.25), "b": (1.0, 1.0)}
    assert c.metric("auc") == (1.0, 0.625)
    assert c.metric("accuracy") == (1.0, c.fixed_accuracy)
