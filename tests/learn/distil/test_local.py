"""Local surrogates, and the schedule of pruned outputs."""

from __future__ import annotations

import numpy as np
import pytest

from symgate.errors import InputError
from symgate.learn.distil import Schedule, explain
from symgate.learn.fit.search import Search

QUICK = Search(seconds=2.0, engines=("logprod", "monomials"))


@pytest.mark.needs("scipy")
def test_surrogate_explains_a_bend_that_no_line_does():
    data = np.random.default_rng(0).normal(size=(500, 3))

    def bent(x):
        return x[:, 0] * x[:, 1] + np.tanh(x[:, 2]) * 0.1

    found = explain(bent, [0.0, 0.0, 2.0], data, search=QUICK, names=("a", "b", "c"))

    assert found.fidelity > 0.95
    assert found.nodes <= 30
    assert np.abs(found.values(np.array([[0.1, 0.2, 2.0]])) - 0.12).max() < 0.05


@pytest.mark.needs("scipy")
def test_flat_model_has_no_surrogate():
    with pytest.raises(InputError, match="one value on all rows"):
        explain(lambda x: np.zeros(len(x)), [0.0], np.ones((20, 1)), search=QUICK)


@pytest.mark.parametrize("decay", ["cosine", "linear", "exponential"])
def test_outputs_go_step_by_step_and_stay_away(decay):
    schedule = Schedule(16, 3, 100, decay)
    outputs = np.outer(np.sin(np.arange(50)), np.arange(16))
    mask, counts = np.ones(16), []
    for step in range(0, 130, 10):
        after = schedule.kept(step, outputs, mask)
        assert (after <= mask).all()
        mask = after
        counts.append(int(mask.sum()))

    assert counts[0] == 16
    assert counts[-1] == 3
    assert counts == sorted(counts, reverse=True)
    assert mask[[13, 14, 15]].all()  # those that vary most


@pytest.mark.parametrize("wrong", [(3, 4, 10), (3, 0, 10), (3, 2, 0)])
def test_schedule_that_is_none_is_refused(wrong):
    with pytest.raises(InputError, match="a schedule from 3 to"):
        Schedule(*wrong)


def test_unknown_decay_is_refused():
    with pytest.raises(InputError, match="no decay is 'fast'"):
        Schedule(4, 2, 10, "fast")
