"""The estimators behave as scikit-learn's own do."""

from __future__ import annotations

import numpy as np
import pytest

pytestmark = pytest.mark.needs("sklearn", "scipy")

#: What a check asks that does not hold for us, and why.
_SPLIT = "rows are split by chance into those that are fitted and those that choose"
EXPECTED_FAILURES = {
    "check_sample_weight_equivalence_on_dense_data": _SPLIT,
    "check_sample_weight_equivalence_on_sparse_data": _SPLIT,
}


def estimators(budget: float, rounds: int | None = None):
    from symgate.learn.fit.estimator import FormulaClassifier, FormulaRegressor

    return [
        FormulaClassifier(budget=budget, random_state=0, rounds=rounds),
        FormulaRegressor(budget=budget, random_state=0, engines=("basis",), rounds=rounds),
    ]


@pytest.mark.slow  # about 60 searches each
@pytest.mark.parametrize("k", [0, 1], ids=["classifier", "regressor"])
@pytest.mark.filterwarnings("ignore")
def test_check_estimator(k):
    from sklearn.utils.estimator_checks import check_estimator

    check_estimator(estimators(100, rounds=1)[k], expected_failed_checks=EXPECTED_FAILURES)


def test_a_classifier_predicts_by_the_formula_that_is_picked(rng, tmp_path):
    x = rng.normal(0, 1, (150, 3))
    y = np.where(x[:, 0] + x[:, 1] > 0, "up", "down")
    model = estimators(1.5)[0].fit(x, y)
    assert model.score(x, y) > 0.85
    smallest = model.pick("nodes<=40")
    assert smallest.nodes <= 40
    assert [name for name, _ in model.to_design().outputs] == ["label"]
    assert model.predict_proba(x).sum(axis=1) == pytest.approx(1)
    assert all(path.exists() for path in model.save(tmp_path))


def test_a_regressor_of_two_outputs(rng):
    x = rng.normal(0, 1, (150, 2))
    y = np.stack([x[:, 0] + 1, np.tanh(2 * x[:, 0]) - x[:, 1]], axis=1)
    model = estimators(1.5)[1].fit(x, y)
    assert model.score(x, y) > 0.95
    assert model.predict(x).shape == (150, 2)
    assert set(model.expressions_) == {"y0", "y1"}


def test_a_front_is_plotted(rng):
    pyplot = pytest.importorskip("matplotlib.pyplot")
    x = rng.normal(0, 1, (80, 2))
    model = estimators(0.6)[1].fit(x, x[:, 0] * 2)
    axes = model.plot(pyplot.figure().gca())
    assert axes.get_xlabel() == "nodes"
