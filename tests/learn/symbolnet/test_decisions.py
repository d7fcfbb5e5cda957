"""The errors that are asked for where nothing is stated, by what the scores decide."""

from __future__ import annotations

import warnings
from dataclasses import replace

import numpy as np
import pytest

from symgate.frontend.check import DesignWarning
from symgate.frontend.options import Options
from symgate.learn.symbolnet.decisions import DECISIONS, Decisions
from symgate.learn.symbolnet.fitted import Fitted, dumps, loads
from symgate.learn.symbolnet.weights import Layer, Weights


def scores(rng, rows=1000):
    y = rng.integers(0, 3, rows)
    return rng.normal(0, 0.3, (rows, 3)) + np.eye(3)[y] * 2


def test_errors_leave_almost_all_classes_as_they_are(rng):
    outputs = scores(rng)
    found = Decisions.of(outputs, classes=True)
    (error,) = set(found.errors())
    best = np.sort(outputs, axis=1)
    changed = np.mean(best[:, -1] - best[:, -2] <= 2 * error)

    assert changed == pytest.approx(DECISIONS.undecided, abs=0.003)
    assert found.undecided([error] * 3) == pytest.approx(changed, abs=0.003)
    assert found.undecided([1e-9] * 3) == pytest.approx(0.0, abs=0.003)
    assert found.undecided([100.0] * 3) == 1.0
    noisy = outputs + rng.uniform(-error, error, outputs.shape)
    assert np.mean(noisy.argmax(1) != outputs.argmax(1)) <= changed


def test_no_error_is_smaller_than_a_part_of_the_spread(rng):
    same = np.repeat(rng.normal(0, 1, (500, 1)), 2, axis=1)
    found = Decisions.of(same, classes=True)
    assert found.errors() == [max(found.spread) * DECISIONS.least] * 2


def test_values_are_off_by_a_part_of_their_spread(rng):
    found = Decisions.of(rng.normal(0, [1.0, 5.0], (4000, 2)), classes=False)
    assert found.undecided([1.0, 1.0]) is None
    assert found.errors() == pytest.approx([2.0**-6, 5 * 2.0**-6], rel=0.1)


@pytest.fixture
def network(rng):
    """Two scores of two features, and what they decide."""
    weights = Weights.plain([Layer(np.array([[1.0, -1.0], [0.5, 0.25]]), np.zeros(2))], np.ones(2))
    ranges = np.array([[-1.0, 1.0], [-1.0, 1.0]])
    found = Fitted(weights, ("a", "b"), ("u", "v"), True, ranges)
    rows = rng.uniform(-1, 1, (400, 2))
    return replace(found, decisions=Decisions.of(found.predict(rows), True))


def test_a_design_states_these_errors(network):
    errors = network.design().accuracy.max_error
    assert [float(e) for e in errors.values()] == pytest.approx(
        network.decisions.errors(), rel=1e-5
    )
    assert network.summary()["decisions"]["undecided"] == pytest.approx(0.01, abs=0.003)
    assert loads(dumps(network)).decisions == network.decisions


def test_an_error_above_the_spread_is_warned_of(network):
    with pytest.warns(DesignWarning, match="is larger than the spread") as caught:
        network.design(Options(bits=8, max_error=3))
    assert len(caught) == 2
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        network.design(Options(bits=8, max_error=0.01))
