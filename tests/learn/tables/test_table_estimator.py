"""The estimator behaves as scikit-learn's own do."""

from __future__ import annotations

import pickle

import numpy as np
import pytest

import symgate
from symgate.learn.tables import load

pytestmark = pytest.mark.needs("sklearn", "gcc")

#: What a check asks that does not hold for us, and why.
EXPECTED_FAILURES: dict[str, str] = {}


def classifier(**change):
    from symgate.learn.tables import TableClassifier

    return TableClassifier(**{"tables": 60, "random_state": 0} | change)


def blobs(rng, count=300):
    y = rng.integers(0, 3, count)
    return rng.normal(0, 0.6, (count, 4)) + 2 * np.eye(4)[y], np.array(["r", "g", "b"])[y]


@pytest.mark.filterwarnings("ignore")
def test_check_estimator():
    from sklearn.utils.estimator_checks import check_estimator

    check_estimator(classifier(tables=20, epochs=6), expected_failed_checks=EXPECTED_FAILURES)


def test_blobs_are_told_apart(rng):
    x, y = blobs(rng)
    model = classifier().fit(x[:200], y[:200])

    assert model.score(x[200:], y[200:]) > 0.9
    assert model.scores(x).shape == (300, 3)
    assert np.array_equal(model.classes_[model.scores(x).argmax(axis=1)], model.predict(x))
    assert np.array_equal(pickle.loads(pickle.dumps(model)).predict(x), model.predict(x))


def test_firmware_of_it_has_the_same_classes(rng, tmp_path):
    x, y = blobs(rng)
    x = np.round(x * 16) / 16
    model = classifier(tables=12, thresholds=[0, 1]).fit(x, y)
    design = model.to_design(symgate.Options(formats="fixed<9,5>"))
    build = symgate.compile(design, tmp_path / "build")
    columns = [int(port.name[1:]) for port in build.design.inputs]

    assert np.array_equal(
        model.classes_[build.predict(x[:, columns]).astype(int)], model.predict(x)
    )
    assert np.array_equal(load(model.save(tmp_path / "net.npz")).scores(x), model.scores(x))


def test_of_two_classes_the_difference_decides(rng):
    x, y = blobs(rng)
    model = classifier().fit(x, y == "r")
    decided = model.decision_function(x) > 0

    assert np.array_equal(model.classes_[decided.astype(int)], model.predict(x))


def test_verbose_tells_of_each_epoch(rng, capsys):
    x, y = blobs(rng)
    classifier(epochs=2, verbose=True).fit(x, y)
    lines = capsys.readouterr().err.splitlines()

    assert lines[-1].startswith("epoch 2 of 2: training .".replace(" .", " 0."))


def test_numbers_of_numpy_are_settings(rng, tmp_path):
    x, y = blobs(rng)
    model = classifier(tables=np.int64(12), rate=np.float32(0.02), epochs=np.int64(1)).fit(x, y)

    assert load(model.save(tmp_path / "net.npz")).settings["tables"] == 12
