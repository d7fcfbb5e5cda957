"""SymbolNet trained by Keras' own `fit`."""

from __future__ import annotations

import numpy as np
import pytest

from symgate.errors import SymgateError
from symgate.learn.symbolnet.settings import Network, Targets

pytestmark = [
    pytest.mark.needs("tensorflow", "keras"),
    pytest.mark.filterwarnings("ignore::DeprecationWarning"),  # of TensorFlow's dependencies
]

SMALL = Network(unary=("sin", "exp"), binary=("mul",), units=(4,), pairs=(2,))
TARGETS = Targets(input=0.3, weight=0.7, unary=0.25, binary=0.5)


@pytest.fixture(scope="module")
def blobs():
    rng = np.random.default_rng(1)
    y = np.arange(240) % 3
    x = rng.normal(0, 0.4, (240, 5)) + np.eye(3, 5)[y] * 3
    return x.astype("float32"), np.eye(3, dtype="float32")[y]


@pytest.fixture(scope="module")
def trained(blobs):
    import keras

    from symgate.learn.symbolnet import Pruning, SymbolNet

    keras.utils.set_random_seed(2)
    model = SymbolNet(SMALL, TARGETS, outputs=3)
    loss = keras.losses.CategoricalCrossentropy(from_logits=True)
    model.compile(keras.optimizers.Adam(0.02), loss, metrics=["accuracy"])
    pruning = Pruning(adapt=10, close=6)
    history = model.fit(*blobs, batch_size=32, epochs=40, verbose=0, callbacks=[pruning])
    return model, history.history


def test_fit_prunes_to_the_targets_and_logs_the_sparsities(trained):
    model, history = trained
    assert history["accuracy"][-1] > 0.9
    assert all(share >= getattr(TARGETS, kind) for kind, share in model.sparsity().items())
    weights = history["weight_sparsity"]
    assert weights[0] < TARGETS.weight <= weights[-1]
    assert len(set(weights[20:])) == 1  # kept masks


def test_the_pressure_is_part_of_the_loss_until_the_masks_are_frozen(blobs):
    from symgate.learn.symbolnet import SymbolNet

    model = SymbolNet(SMALL, TARGETS, outputs=3)
    model.compile("adam", "mse")
    x, y = blobs
    out = model(x)
    plain = float(model.compute_loss(x, y, out, training=False))
    assert float(model.compute_loss(x, y, out)) == pytest.approx(plain * 5, rel=1e-3)
    model.freeze()
    assert float(model.compute_loss(x, y, out)) == pytest.approx(plain, rel=1e-6)


def test_expressions_are_what_the_model_computes(trained, blobs):
    model, _ = trained
    x, _ = blobs
    found = model.fitted([f"x{k}" for k in range(5)], ["a", "b", "c"], x)
    assert np.allclose(found.predict(x), model.predict(x, verbose=0), atol=1e-4)
    assert [name for name, _ in found.design().outputs] == ["a", "b", "c"]


def test_a_keras_file_keeps_the_model(trained, blobs, tmp_path):
    import keras

    model, _ = trained
    model.save(tmp_path / "net.keras")
    again = keras.saving.load_model(tmp_path / "net.keras")
    x, _ = blobs
    assert np.array_equal(again.predict(x, verbose=0), model.predict(x, verbose=0))
    assert again.sparsity() == model.sparsity()
    assert (again.network, again.targets) == (SMALL, TARGETS)


def test_what_cannot_be_pruned_is_refused(blobs):
    import keras

    from symgate.learn.symbolnet import Pruning, SymbolNet

    with pytest.raises(SymgateError, match="outputs is 0"):
        SymbolNet(outputs=0)
    with pytest.raises(SymgateError, match="close is -1"):
        Pruning(3, -1)
    model = keras.Sequential([keras.Input((5,)), keras.layers.Dense(3)])
    model.compile("adam", "mse")
    with pytest.raises(SymgateError, match="Pruning was given to a Sequential"):
        model.fit(*blobs, verbose=0, callbacks=[Pruning(3)])
