"""Orthogonal matching pursuit against planted sums."""

from __future__ import annotations

import numpy as np
import pytest

from symgate.learn.fit.pursuit import Beam, pursue

ROWS, TERMS = 60, 400


@pytest.mark.parametrize("seed", range(5))
def test_a_planted_sum_is_found(seed):
    rng = np.random.default_rng(seed)
    dictionary = rng.normal(size=(TERMS, ROWS))
    chosen = sorted(rng.choice(TERMS, 3, replace=False).tolist())
    target = dictionary[chosen].T @ np.array([1.0, -2.0, 0.5]) + 3
    found = pursue(
        dictionary.astype(np.float32), [1] * TERMS, target, np.ones((ROWS, 1)), Beam(terms=4)
    )
    best = min(found, key=lambda s: (s.loss > 1e-11, s.nodes))
    assert best.terms == tuple(chosen)
    assert best.nodes == 9


def test_exchange_finds_what_a_greedy_choice_misses():
    """A term that resembles the sum of two is taken first, and given back."""
    rng = np.random.default_rng(3)
    a, b = rng.normal(size=(2, ROWS))
    lure = a + b + 0.1 * rng.normal(size=ROWS)
    dictionary = np.stack([lure, a, b]).astype(np.float32)
    narrow = Beam(terms=2, width=1, per_size=1, node=0.0)
    none = np.empty((ROWS, 0))
    greedy = pursue(dictionary, [1, 1, 1], a + b, none, narrow)
    assert min(s.loss for s in greedy) > 1e-6
    patient = pursue(
        dictionary, [1, 1, 1], a + b, none, Beam(2, 1, per_size=1, node=0.0, exchanged=1)
    )
    assert min(patient, key=lambda s: s.loss).terms == (1, 2)


def test_larger_terms_are_taken_for_a_smaller_loss_only():
    rng = np.random.default_rng(0)
    small = rng.normal(size=ROWS)
    large = small + 1e-4 * rng.normal(size=ROWS)
    dictionary = np.stack([small, large]).astype(np.float32)
    found = pursue(dictionary, [1, 50], large, np.empty((ROWS, 0)), Beam(terms=1))
    assert {s.terms: s.nodes for s in found} == {(0,): 3, (1,): 52}
    assert next(s.loss for s in found if s.terms == (1,)) < 1e-12
