"""Weights of the notebook's layers: the mapping, against the network computed by hand from the same
arrays.
"""

from __future__ import annotations

import numpy as np
import pytest

from symgate.errors import InputError
from symgate.ir.evaluate import evaluate
from symgate.learn.symbolnet import notebook

U, B, N, M = 3, 2, 4, 2


def arrays(rng):
    """As ``model.get_weights()`` gives them; some of everything is off."""
    hidden = [rng.normal(0, 1, (N, U + 2 * B)), rng.normal(0, 1, U + 2 * B)]
    last = [rng.normal(0, 1, (U + B, M)), rng.normal(0, 1, M)]
    off = [np.array([0.0, 1.0, 0.2, 0.0]), np.ones(N)]
    thresholds = [
        np.full((N, U + 2 * B), 0.3),
        np.full(U + 2 * B, 0.1),
        np.array([0.0, 1.0, 0.5]),
        np.array([1.0, 0.2]),
    ]
    return [
        *off, *hidden, *thresholds, np.ones(U), np.ones(B),
        *last, np.full((U + B, M), 0.2), np.zeros(M), np.zeros(M), np.ones(M),
    ]  # fmt: skip


def by_hand(a, x):
    x = x * (1 - a[0] > 0)
    z = x @ (a[2] * (np.abs(a[2]) > a[4])) + a[3] * (np.abs(a[3]) > a[5])
    h = [np.sin(z[:, 0]), z[:, 1], np.sin(z[:, 2])]  # sin, exp (off), sin
    h += [z[:, 3] + z[:, 4], z[:, 5] * z[:, 6]]  # the first product is off: a sum
    return np.stack(h, 1) @ (a[10] * (np.abs(a[10]) > a[12])) + a[11] * (np.abs(a[11]) > a[13])


def test_expressions_are_the_notebooks_network(tmp_path, rng):
    a, x = arrays(rng), rng.normal(0, 1, (30, N))
    np.savez(tmp_path / "weights.npz", *a)

    found = notebook.load(tmp_path / "weights.npz", unary=["sin", "exp"], binary=["mul"])

    p = found.program
    values = evaluate(p.roots, dict(zip(p.inputs, x.T, strict=True)))
    assert np.allclose(np.stack(values, 1), by_hand(a, x), rtol=1e-12, atol=1e-12)


@pytest.mark.needs("h5py")
def test_keras_weights_are_the_same(tmp_path, rng):
    import h5py

    a = arrays(rng)
    with h5py.File(tmp_path / "model.weights.h5", "w") as file:
        groups = [
            ("input_sparsity", a[:2]),
            ("symbolic__layer", a[2:10]),
            ("symbolic__layer_1", a[10:]),
        ]
        for layer, found in groups:
            for k, array in enumerate(found):
                file[f"layers/{layer}/vars/{k}"] = array
    np.savez(tmp_path / "weights.npz", *a)

    one, two = (
        notebook.load(tmp_path / name, unary=["sin", "exp"], binary=["mul"])
        for name in ("model.weights.h5", "weights.npz")
    )

    assert one.program == two.program


@pytest.mark.parametrize("drop", [0, 1, 2, 3])
def test_other_arrays_are_refused(drop, tmp_path, rng):
    a = arrays(rng)
    del a[drop]
    np.savez(tmp_path / "weights.npz", *a)

    with pytest.raises(InputError, match="weights of the notebook"):
        notebook.load(tmp_path / "weights.npz", unary=["sin", "exp"], binary=["mul"])
