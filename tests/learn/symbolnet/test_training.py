"""Training: the gradients that the paper states, the stages, what resumes, and that the export is
the network.
"""

from __future__ import annotations

from dataclasses import replace
from functools import partial

import numpy as np
import pytest

from symgate.errors import InputError
from symgate.ir.evaluate import evaluate
from symgate.learn.data import Samples
from symgate.learn.symbolnet.journal import Journal
from symgate.learn.symbolnet.settings import Network, Schedule, Targets

pytestmark = [
    pytest.mark.needs("tensorflow", "keras"),
    pytest.mark.filterwarnings("ignore::DeprecationWarning"),  # of TensorFlow's dependencies
]

SMALL = Network(unary=("sin", "exp", "tanh"), binary=("mul",), units=(4,), pairs=(2,))
TWO = Network(unary=("sin", "exp", "gauss"), binary=("mul",), units=(4, 3), pairs=(2, 1))
QUICK = Schedule(epochs=4, close=3, anneal=3, batch=32, loss="crossentropy", validation=0.2, seed=3)


def blobs(rows=160, seed=0):
    """Three classes around three points of four features."""
    rng = np.random.default_rng(seed)
    y = np.arange(rows) % 3
    x = rng.normal(0, 0.6, (rows, 4)) + np.eye(3, 4)[y] * 2.0
    return Samples(x, y, ("a", "b", "c", "d"), ("u", "v", "w"), True)


def fitted(network, targets=None, schedule=QUICK, **more):
    from symgate.learn.symbolnet.fitting import fit

    return fit(
        blobs(), network, targets or Targets(weight=0.5, unary=0.25, binary=0.4), schedule, **more
    )


def slope(x):
    """Of the steep sigmoid that stands for the step: 5 exp(-5x) / (1 + exp(-5x))^2."""
    return 5 * np.exp(-5 * x) / (1 + np.exp(-5 * x)) ** 2


class One:
    """A network of 2 inputs, one sine, one product and one output, its loss and its gradients on
    fixed data.
    """

    TARGETS = Targets(0.6, 0.9, 0.8, 0.8)

    def __init__(self):
        import tensorflow as tf

        from symgate.learn.symbolnet.model import build, pruned
        from symgate.learn.symbolnet.steps import Steps

        rng = np.random.default_rng(1)
        self.model = build(Network(("sin",), ("mul",), (1,), (1,)), 2, 1)
        self.mask, self.first, self.ops, self.last = pruned(self.model)
        self.values = {}
        for layer, parts in ((self.first, ("kernel", "bias")), (self.last, ("kernel", "bias"))):
            for part in parts:
                v = getattr(layer, part)
                v.assign(rng.uniform(0.4, 0.9, v.shape) * rng.choice([-1, 1], v.shape))
                layer.thresholds[part].assign(rng.uniform(0.0, 0.3, v.shape))
        self.first.thresholds["kernel"].assign(
            np.array([[0.1, 2.0, 0.2], [0.3, 0.1, 0.0]])
        )  # one weight is off
        self.mask.thresholds["input"].assign([0.3, 0.6])
        self.ops.thresholds["unary"].assign([0.4])
        self.ops.thresholds["binary"].assign([0.2])
        self.x, self.y = rng.normal(0, 1, (7, 2)), rng.normal(0, 1, (7, 1))
        steps = Steps(self.model, self.x, self.y, "squared", self.TARGETS, 7)
        with tf.GradientTape() as tape:
            _, self.loss, _ = steps.loss(steps.x, steps.y, False)
        thresholds = [t for layer in pruned(self.model) for t in layer.thresholds.values()]
        found = tape.gradient(self.loss, [t.value for t in thresholds])
        self.gradients = [np.asarray(g, float) for g in found]
        self.thresholds = [np.asarray(t, float) for t in thresholds]

    def loss_of(self, masks, thresholds):
        """The paper's loss in NumPy, for masks as free numbers: inputs, kernel, bias, unary,
        binary, kernel, bias.
        """
        m_in, m_k, m_b, m_u, m_p, m_k2, m_b2 = masks
        k, b = (np.asarray(v, float) for v in (self.first.kernel, self.first.bias))
        k2, b2 = (np.asarray(v, float) for v in (self.last.kernel, self.last.bias))
        z = (self.x * m_in) @ (k * m_k) + b * m_b
        h = np.stack(
            [
                m_u[0] * np.sin(z[:, 0]) + (1 - m_u[0]) * z[:, 0],
                m_p[0] * z[:, 1] * z[:, 2] + (1 - m_p[0]) * (z[:, 1] + z[:, 2]),
            ],
            axis=1,
        )
        error = np.mean(np.sum((h @ (k2 * m_k2) + b2 * m_b2 - self.y) ** 2, axis=1))
        m_in, m_k, m_b, m_u, m_p, m_k2, m_b2 = [
            (d > 0).astype(float) for d in self.distances()
        ]  # D is a constant
        weights = [m_k, m_b, m_k2, m_b2]
        count = sum(m.size for m in weights)
        shares = {
            "input": 1 - m_in.mean(),
            "weight": 1 - sum(m.sum() for m in weights) / count,
            "unary": 1 - m_u.mean(),
            "binary": 1 - m_p.mean(),
        }
        t_in, t_k, t_b, t_u, t_p, t_k2, t_b2 = thresholds
        sizes = np.concatenate([t.ravel() for t in (t_k, t_b, t_k2, t_b2)])
        r = {"input": np.exp(-t_in.mean()), "weight": np.exp(-sizes).mean(),
             "unary": np.exp(-t_u.mean()), "binary": np.exp(-t_p.mean())}  # fmt: skip
        total = error
        for kind, s in shares.items():
            alpha = getattr(self.TARGETS, kind)
            total += (
                error * r[kind] * np.exp(1 - (alpha / (alpha - min(s, alpha))) ** 0.01)
                if s < alpha
                else 0
            )
        return total

    def distances(self):
        k, b, k2, b2 = (np.abs(np.asarray(v, float)) for v in
                        (self.first.kernel, self.first.bias, self.last.kernel, self.last.bias))  # fmt: skip
        t_in, t_k, t_b, t_u, t_p, t_k2, t_b2 = self.thresholds
        return [1 - t_in, k - t_k, b - t_b, 1 - t_u, 1 - t_p, k2 - t_k2, b2 - t_b2]


def test_gradient_of_each_threshold_is_the_papers():
    """dL/dt = dL/dm * dm/dt + dL/dR * dR/dt, with dm/dt = -slope(distance): by finite differences
    in m and in t.
    """
    net = One()
    distances = net.distances()
    masks = [(d > 0).astype(float) for d in distances]
    assert net.loss_of(masks, net.thresholds) == pytest.approx(float(net.loss), rel=1e-5)
    assert 0 in masks[1], "one weight is masked, so that its gradient is tested too"

    for k, distance in enumerate(distances):
        for at in np.ndindex(distance.shape):
            of_mask = partial(
                lambda k, at, v: net.loss_of(changed(masks, k, at, v), net.thresholds), k, at
            )
            of_threshold = partial(
                lambda k, at, v: net.loss_of(masks, changed(net.thresholds, k, at, v)), k, at
            )
            through_mask, direct = (
                central(of_mask, masks[k][at]),
                central(of_threshold, net.thresholds[k][at]),
            )
            want = direct - through_mask * slope(distance[at])
            assert net.gradients[k][at] == pytest.approx(want, rel=2e-3, abs=2e-5), (
                f"threshold {k} {at}"
            )


def central(f, at, step=1e-5):
    return (f(at + step) - f(at - step)) / (2 * step)


def changed(arrays, k, at, value):
    out = [a.copy() for a in arrays]
    out[k][at] = value
    return out


@pytest.mark.parametrize("s", [0.0, 0.5, 0.89, 0.9, 0.95])
def test_pressure_falls_to_zero_at_the_target(s):
    from symgate.learn.symbolnet.model import decay

    want = np.exp(1 - (0.9 / (0.9 - s)) ** 0.01) if s < 0.9 else 0.0

    assert float(decay(np.float64(s), 0.9)) == pytest.approx(want)


@pytest.mark.parametrize("network", [SMALL, TWO], ids=["one layer", "two layers"])
def test_exported_expressions_are_the_network(network):
    from symgate.learn.symbolnet.steps import predict

    kept = {}

    def keep(model, *rest, **more):
        kept["model"] = model
        return real(model, *rest, **more)

    from symgate.learn.symbolnet import fitting as module

    real, module.fitted = module.fitted, keep
    try:
        found = fitted(network)
    finally:
        module.fitted = real
    samples = blobs()
    p = found.program
    values = np.stack(
        [
            np.broadcast_to(v, len(samples))
            for v in evaluate(p.roots, dict(zip(p.inputs, samples.x.T, strict=True)))
        ],
        1,
    )

    network_says = predict(kept["model"], found.weights.scale.apply(samples.x).astype(np.float32))
    assert np.isfinite(values).all()
    assert np.abs(values - found.predict(samples.x)).max() <= 1e-10 * np.abs(values).max()
    assert np.abs(values - network_says).max() <= 1e-6 * max(np.abs(values).max(), 1.0)


def test_two_layers_train_without_nan():
    schedule = Schedule(epochs=15, close=5, anneal=10, batch=16, rate=0.02, validation=0)

    found = fitted(TWO, Targets(0.2, 0.6, 0.3, 0.3), schedule)

    assert all(np.isfinite(r.error) and np.isfinite(r.valid_error) for r in found.history)
    assert found.history[-1].error < found.history[0].error
    assert found.missed == ()


def test_closing_reaches_every_target():
    targets = Targets(0.5, 0.8, 0.5, 0.5)

    found = fitted(SMALL, targets, Schedule(epochs=2, close=5, anneal=2, batch=32))

    assert targets.met(found.sparsity, 1e-6)
    assert len(found.used()) <= 2


def test_size_limit_is_kept():
    found = fitted(SMALL, Targets(), Schedule(epochs=0, close=6, anneal=2, batch=32, size=30.0))

    assert found.summary()["mean_complexity"] <= 30
    assert found.used(), "something is left"


def test_same_seed_same_network():
    first, second, other = (
        fitted(SMALL),
        fitted(SMALL),
        fitted(SMALL, schedule=replace(QUICK, seed=4)),
    )
    x = blobs().x

    assert np.array_equal(first.predict(x), second.predict(x))
    assert not np.array_equal(first.predict(x), other.predict(x))


class Stop(Exception):
    """The interruption."""


@pytest.fixture(scope="module")
def uninterrupted(tmp_path_factory):
    """A training that nothing stopped, with the folder of its journal."""
    folder = tmp_path_factory.mktemp("training") / "whole"
    return fitted(SMALL, journal=Journal(folder, {"job": 1})), folder


@pytest.mark.parametrize("at", [1, 4, 6, 9])
def test_interrupted_training_goes_on(at, tmp_path, uninterrupted):
    whole, whole_folder = uninterrupted

    def stop(record):
        if record.epoch == at:
            raise Stop

    with pytest.raises(Stop):
        fitted(SMALL, journal=Journal(tmp_path / "cut", {"job": 1}), progress=stop)
    epochs = []
    cut = fitted(
        SMALL,
        journal=Journal(tmp_path / "cut", {"job": 1}),
        progress=lambda r: epochs.append(r.epoch),
    )

    assert epochs[0] == at + 1, "no epoch that was finished is done again"
    assert np.array_equal(whole.predict(blobs().x), cut.predict(blobs().x))
    logs = [(folder / "log.csv").read_bytes() for folder in (whole_folder, tmp_path / "cut")]
    assert logs[0] == logs[1]


def test_folder_of_another_training_is_refused(tmp_path):
    fitted(
        SMALL, schedule=Schedule(epochs=1, close=0, anneal=0), journal=Journal(tmp_path, {"job": 1})
    )

    with pytest.raises(InputError, match="on other data or with other settings"):
        fitted(
            SMALL,
            schedule=Schedule(epochs=1, close=0, anneal=0),
            journal=Journal(tmp_path, {"job": 2}),
        )


def test_model_is_saved_as_keras(tmp_path):
    import keras

    from symgate.learn.symbolnet.model import build

    model = build(TWO, 4, 3)
    model.save(tmp_path / "model.keras")
    x = blobs().x.astype(np.float32)

    assert np.array_equal(keras.models.load_model(tmp_path / "model.keras")(x), model(x))


OPERATORS = [
    "sin",
    "cos",
    "tanh",
    "exp",
    "gauss",
    "sinh",
    "square",
    "cube",
    "sigmoid",
    "relu",
    "atan",
    "asinh",
    "erf",
]
COMPOSED = ["max(x, 0.5*x)", "x/sqrt(1 + x**2)", "log(0.001 + abs(x))"]


@pytest.mark.parametrize("text", [*OPERATORS, *COMPOSED])
def test_operator_means_the_same_in_training(text):
    from symgate.learn.symbolnet.functions import function

    f, x = function(text, 1), np.linspace(-2, 2, 101)

    got = np.asarray(f.tensor(x.astype(np.float32)))

    assert np.allclose(got, evaluate([f.expr], {"x": x})[0], rtol=2e-6, atol=2e-6)
