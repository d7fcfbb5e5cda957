"""The estimators behave as scikit-learn's own do."""

from __future__ import annotations

import numpy as np
import pytest

from symgate.errors import SymgateError

pytestmark = [
    pytest.mark.needs("tensorflow", "keras", "sklearn"),
    pytest.mark.filterwarnings("ignore::DeprecationWarning"),  # of TensorFlow's dependencies
]

#: What a check asks that does not hold for us, and why.
EXPECTED_FAILURES: dict[str, str] = {}


def estimators():
    from symgate.learn.symbolnet import SymbolNetClassifier, SymbolNetRegressor

    small = {
        "units": (4,),
        "pairs": (1,),
        "weight_target": 0.2,
        "batch": 16,
        "rate": 0.02,
        "decay": 0.0,
        "validation": 0.0,
    }
    quick = {"epochs": 20, "close": 1, "anneal": 4, "random_state": 0}
    return [
        SymbolNetClassifier(**small, **quick),
        SymbolNetRegressor(**small, **quick | {"epochs": 40}),
    ]


@pytest.mark.slow  # about 60 trainings each
@pytest.mark.parametrize("k", [0, 1], ids=["classifier", "regressor"])
@pytest.mark.filterwarnings("ignore")
def test_check_estimator(k):
    from sklearn.utils.estimator_checks import check_estimator

    check_estimator(estimators()[k], expected_failed_checks=EXPECTED_FAILURES)


def test_classifier_and_its_design(rng):
    x = rng.normal(0, 1, (120, 3))
    y = np.where(x[:, 0] > 0, "up", "down")
    model = estimators()[0].fit(x, y)

    assert model.score(x, y) > 0.9
    assert set(model.expressions_) == {"down", "up"}
    assert [n for n, _ in model.to_design().outputs] == ["down", "up"]
    assert np.array_equal(
        model.predict(x), model.classes_[(model.decision_function(x) > 0).astype(int)]
    )


def test_regressor_of_two_outputs(rng):
    x = rng.normal(0, 1, (200, 2))
    y = np.stack([3 * x[:, 0] + 7, 100 * np.sin(x[:, 1])], axis=1)
    model = estimators()[1].set_params(epochs=60, anneal=20).fit(x, y)

    assert model.predict(x).shape == (200, 2)
    assert model.score(x, y) > 0.9


def test_constant_network_has_no_design(rng):
    model = estimators()[0].set_params(epochs=1, weight_target=0.99, input_target=0.5, close=2)
    model.fit(rng.normal(0, 1, (40, 2)), np.arange(40) % 2)
    if model.fitted_.used():
        pytest.skip("an input survived")

    with pytest.raises(SymgateError, match="every output is a constant"):
        model.to_design()
