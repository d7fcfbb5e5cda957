"""A function of NumPy as a layer of Keras: firmware inside a network."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import keras
import numpy as np


class RowsLayer(keras.layers.Layer):
    """``rows``, a function of (rows, inputs) to (rows, outputs), on the last axis of the inputs. It is
    not trained, and no gradient passes it.
    """

    def __init__(self, rows: Callable[[Any], Any], outputs: int, **options: Any) -> None:
        super().__init__(**{**options, "trainable": False})
        self.rows, self.outputs = rows, outputs

    def compute_output_shape(self, input_shape: tuple[int | None, ...]) -> tuple[int | None, ...]:
        """The shape of the inputs, with the outputs on the last axis."""
        return (*input_shape[:-1], self.outputs)

    def call(self, inputs: Any) -> Any:
        """What the function gives, exact in the type of ``inputs`` as far as that holds it."""
        if keras.backend.backend() != "tensorflow":
            return keras.ops.convert_to_tensor(self._numpy(keras.ops.convert_to_numpy(inputs)))
        import tensorflow as tf

        found = tf.numpy_function(self._numpy, [inputs], inputs.dtype)
        found.set_shape(self.compute_output_shape(tuple(inputs.shape)))
        return found

    def _numpy(self, x: Any) -> Any:
        found = np.asarray(self.rows(x.reshape(-1, x.shape[-1])), x.dtype)
        return found.reshape(*x.shape[:-1], self.outputs)
