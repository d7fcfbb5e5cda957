"""A block of ours inside a network of hls4ml has the bits of the network's parts."""

from __future__ import annotations

import importlib

import numpy as np
import pytest

from symgate.errors import InputError
from symgate.hls4ml import Block

pytestmark = [
    pytest.mark.needs("g++", "hls4ml", "tensorflow", "keras"),
    pytest.mark.filterwarnings("ignore"),  # of TensorFlow and hls4ml
]
ROWS = 100_000


@pytest.fixture
def script(root, monkeypatch):
    monkeypatch.syspath_prepend(str(root / "benchmarks"))
    return importlib.import_module("hls4ml_hybrid")


@pytest.fixture
def small(tmp_path) -> Block:
    outputs = {"a": "max(x, y)", "b": "x - y"}
    return Block.of(
        outputs, tmp_path / "b", formats="fixed<6,3>", max_error=0.5, ranges={"x": (-2, 3)}
    )


def test_block_takes_inputs_to_the_nearest_code_in_range(small):
    got = small.predict(np.array([[-9.0, 0.0], [0.0625, 0.0], [0.06, 0.0], [9.0, 9.0]]))

    x = np.array([-2, 0.125, 0, 3])
    y = np.array([0, 0, 0, 3.875])
    assert np.abs(got - np.stack([np.maximum(x, y), x - y], axis=1)).max() <= 0.5


@pytest.mark.slow
@pytest.mark.parametrize("backend", ["Vivado", "Vitis"])
def test_network_has_the_bits_of_its_parts(small, script, backend, tmp_path):
    wrong, outputs = script.compared(small, tmp_path, backend, 2000)

    assert wrong == 0
    assert len(np.unique(outputs)) > 20


@pytest.mark.slow  # compiles six networks
@pytest.mark.parametrize("name", ["PySR expression", "SymbolNet"])
@pytest.mark.needs("sklearn")
def test_network_on_many_rows(script, name, tmp_path):
    block = script.BLOCKS[name](tmp_path)
    wrong, outputs = script.compared(block, tmp_path, "Vitis", ROWS)

    assert wrong == 0
    assert len(np.unique(outputs)) > 100


def test_layer_predicts_what_the_block_does(small):
    import keras

    from symgate.hls4ml import SymgateLayer

    x = np.random.default_rng(0).normal(0, 1, (50, 2)).astype(np.float32)
    model = keras.Sequential([keras.layers.Input((2,)), SymgateLayer(small)])

    assert np.array_equal(model.predict(x, verbose=0), small.predict(x))
    again = SymgateLayer.from_config(model.layers[0].get_config())
    assert np.array_equal(again.block.predict(x), small.predict(x))


@pytest.mark.parametrize(
    ("units", "backend", "message"),
    [(3, "Vitis", "has 2 inputs"), (2, "Quartus", "backend Quartus has no layer of symgate")],
)
def test_what_does_not_fit_is_said(small, units, backend, message, tmp_path):
    import hls4ml
    import keras

    from symgate.hls4ml import SymgateLayer

    model = keras.Sequential([keras.layers.Input((units,)), keras.layers.Dense(units)])
    layer = SymgateLayer(small)
    if units != small.inputs:
        layer.call = lambda inputs: inputs[:, :2]  # so that Keras itself has nothing to say
    model.add(layer)
    config = {"Model": {"Precision": "ap_fixed<16,6>", "ReuseFactor": 1}}
    with pytest.raises(InputError, match=message):
        hls4ml.converters.convert_from_keras_model(
            model, backend=backend, output_dir=str(tmp_path), hls_config=config
        )
