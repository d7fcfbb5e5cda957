"""Between Keras models and plain weights. Importing this module imports Keras."""

from __future__ import annotations

from typing import Any

import keras
import numpy as np
from keras import ops

from symgate.learn.symbolnet.layers import InputMask, Operators, SparseLinear
from symgate.learn.symbolnet.model import pruned
from symgate.learn.symbolnet.weights import Layer, Reals, Weights


def weights_of(model: keras.Model) -> Weights:
    """The masked weights of ``model`` in float64, without standardisation."""
    inputs, layers = np.ones(0), list[Layer]()
    for layer in pruned(model):
        mask = {name: _array(v) for name, v in layer.masks().items()}
        if isinstance(layer, InputMask):
            inputs = mask["input"]
        elif isinstance(layer, SparseLinear):
            layers.append(
                Layer(_times(layer.kernel, mask["kernel"]), _times(layer.bias, mask["bias"]))
            )
        elif isinstance(layer, Operators):
            active = np.concatenate([mask["unary"], mask["binary"]]) > 0
            layers[-1] = Layer(
                layers[-1].kernel, layers[-1].bias, layer.unary, layer.binary, active
            )
    return Weights.plain(layers, inputs)


def _times(values: Any, mask: Reals) -> Reals:
    return _array(values) * mask


def _array(values: Any) -> Reals:
    found: Reals = np.asarray(ops.convert_to_numpy(values), float)
    return found
