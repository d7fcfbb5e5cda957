"""A layer inside a functional or sequential model of Keras."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import keras
import numpy as np

from symgate.errors import InputError
from symgate.frontend.language.source import listed
from symgate.learn.distil.hosts import Rows
from symgate.learn.distil.recording import Recording
from symgate.learn.distil.tensors import TensorFormulas
from symgate.learn.fit.task import Reals
from symgate.sim.keras_rows import RowsLayer


class FormulaLayer(keras.layers.Layer):
    """Formulas for the last axis of the inputs; their constants are weights."""

    def __init__(self, formulas: TensorFormulas, name: str) -> None:
        super().__init__(name=name)
        self.written = formulas
        values = np.array(formulas.parameters or [0.0])
        self.constants = self.add_weight(shape=values.shape, name="constants")
        self.constants.assign(values)

    def call(self, inputs: Any) -> Any:
        """The formulas, in the type of the layer."""
        parameters = [self.constants[k] for k in range(len(self.written.parameters))]
        return self.written.values(inputs, parameters, keras.ops)

    def compute_output_shape(self, input_shape: tuple[Any, ...]) -> tuple[Any, ...]:
        """The shape of the inputs, with the formulas on the last axis."""
        return (*input_shape[:-1], len(self.written.skeletons))


class KerasHost:
    """A layer of ``model``, named or given itself. What replaces it is in a copy of the model, which
    shares no weights: `model` is that copy.
    """

    def __init__(self, model: Any, block: Any) -> None:
        if model is None:
            raise InputError(
                "a layer alone has no inputs", expected="the model that it is in", remedy="name it"
            )
        self._whole: Any = model
        self._copy: Any = None
        names = [layer.name for layer in model.layers]
        self.name = block if isinstance(block, str) else block.name
        if self.name not in names:
            raise InputError(
                f"the model has no block '{self.name}'", expected=f"one of {listed(names)}"
            )

    @property
    def model(self) -> Any:
        """The model, or its copy with something in the place of the block."""
        return self._whole if self._copy is None else self._copy

    def record(self, data: Any) -> Recording:
        """What the layer is given and gives back."""
        layer = self._whole.get_layer(self.name)
        given = layer.input if isinstance(layer.input, (list, tuple)) else [layer.input]
        heard = keras.Model(self._whole.inputs, [*given, layer.output])
        *inputs, outputs = (np.asarray(v) for v in heard.predict(data, verbose=0))
        return Recording.of(inputs, outputs, self.name)

    def predict(self, data: Any) -> Reals:
        """The outputs of the model."""
        return np.asarray(self.model.predict(data, verbose=0), float)

    def graft(self, formulas: TensorFormulas) -> None:
        """A copy of the model with formulas in the place of the layer."""
        self._graft(lambda: FormulaLayer(formulas, self.name))

    def graft_rows(self, rows: Rows) -> None:
        """A copy of the model with ``rows`` in the place of the layer."""
        outputs = self._whole.get_layer(self.name).output.shape[-1]
        self._graft(lambda: RowsLayer(rows, outputs, name=self.name))

    def restore(self) -> None:
        """The model as it was."""
        self._copy = None

    def refine(self, data: Any, wanted: Any, loss: Any, steps: int, rate: float) -> list[float]:
        """Adam on the constants, ``steps`` times all of ``data``; ``loss`` as Keras takes it, by
        default the mean squared error.
        """
        layer = self.model.get_layer(self.name)
        if not isinstance(layer, FormulaLayer):
            raise InputError("there are no formulas in the model", remedy="switch to them first")
        for other in self.model.layers:
            other.trainable = other is layer
        self.model.compile(keras.optimizers.Adam(rate), loss or "mean_squared_error")
        whole = len(np.asarray(wanted))
        self.model.fit(data, wanted, batch_size=whole, epochs=steps, verbose=0)
        values = keras.ops.convert_to_numpy(layer.constants)
        return [float(v) for v in values[: len(layer.written.parameters)]]

    def _graft(self, made: Callable[[], Any]) -> None:
        def copied(layer: Any) -> Any:
            return (
                made() if layer.name == self.name else type(layer).from_config(layer.get_config())
            )

        self._copy = keras.models.clone_model(self._whole, clone_function=copied)
        for layer in self._whole.layers:
            if layer.name != self.name:
                self._copy.get_layer(layer.name).set_weights(layer.get_weights())
