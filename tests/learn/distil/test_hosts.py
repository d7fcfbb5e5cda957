"""Modules of torch and layers of Keras: heard, grafted, refined, and left as they were."""

from __future__ import annotations

import numpy as np
import pytest

import symgate
from symgate.errors import InputError
from symgate.learn.distil import distil
from symgate.learn.fit.search import Search

pytestmark = [pytest.mark.needs("scipy"), pytest.mark.filterwarnings("ignore")]
#: Seconds count those of all threads of torch and TensorFlow: rounds end the search.
QUICK = Search(seconds=60.0, engines=("logprod", "monomials", "linked"), rounds=1)
BEFORE = np.array([[1.0, 0.5], [-0.5, 1.0], [0.25, -1.0]])
AFTER = np.array([[2.0], [-1.0]])


def product(x, factor=0.5):
    """Two outputs of two inputs, in any library."""
    return x[..., 0:1] * x[..., 1:2], x[..., 0:1] - factor * x[..., 1:2]


def expected(x, factor=0.5):
    return np.concatenate(product(x @ BEFORE, factor), axis=-1) @ AFTER


@pytest.fixture(scope="module")
def rows():
    return np.random.default_rng(1).normal(size=(80, 4, 3)).astype(np.float32)


def torch_model():
    torch = pytest.importorskip("torch")

    class Law(torch.nn.Module):
        def forward(self, x):
            return torch.cat(product(x), -1)

    layers = [torch.nn.Linear(3, 2, bias=False), Law(), torch.nn.Linear(2, 1, bias=False)]
    for layer, weights in zip(layers[::2], (BEFORE, AFTER), strict=True):
        layer.weight.data = torch.tensor(weights.T, dtype=torch.float32)
    return torch.nn.Sequential(*layers), "1"


def keras_model():
    keras = pytest.importorskip("keras")

    class Law(keras.layers.Layer):
        def call(self, x):
            return keras.ops.concatenate(product(x), -1)

    dense = [keras.layers.Dense(2, use_bias=False), keras.layers.Dense(1, use_bias=False)]
    model = keras.Sequential([keras.Input((4, 3)), dense[0], Law(name="law"), dense[1]])
    for layer, weights in zip(dense, (BEFORE, AFTER), strict=True):
        layer.set_weights([weights])
    return model, "law"


@pytest.fixture(params=[torch_model, keras_model], ids=["torch", "keras"], scope="module")
def case(request, rows):
    model, block = request.param()
    return distil(model, block, rows, search=QUICK)


def test_model_with_formulas_is_the_model(case, rows):
    case.switch_to_symbolic()
    grafted = case.host.predict(rows)
    case.switch_to_block()

    assert np.abs(grafted - expected(rows)).max() < 1e-4
    assert np.abs(case.host.predict(rows) - expected(rows)).max() < 1e-4
    assert min(case.agreement(rows).r2) > 1 - 1e-9


def test_model_runs_in_fixed_point(case, rows, tmp_path):
    build = symgate.compile(case.design(bits=11, max_error=0.05), tmp_path / "b")
    recording = case.host.record(rows)
    case.switch_to_firmware(build)
    found = case.host.predict(rows)
    case.switch_to_block()

    firmware = case.firmware_values(build, recording.inputs).astype(np.float32) @ AFTER
    assert np.abs(found.reshape(-1, 1) - firmware).max() < 1e-5


def test_constants_are_refined_for_the_models_own_task(case, rows):
    wanted = expected(rows, factor=0.8).astype(np.float32)
    before = case.formulas
    case.refine(rows, wanted, steps=400, rate=0.02)
    found = case.host.predict(rows)
    case.refined = None
    case.switch_to_block()

    assert np.mean((found - wanted) ** 2) < 1e-4 * np.mean((expected(rows) - wanted) ** 2)
    assert case.formulas == before


def test_unknown_block_is_refused(case, rows):
    with pytest.raises(InputError, match="the model has no block 'laws'"):
        distil(case.model, "laws", rows)
