"""SymbolNet as a Keras model of its own: `fit` prunes, on any backend, and ``.keras`` files keep it.

    model = SymbolNet(Network(), Targets(weight=0.9), outputs=3)
    model.compile("adam", keras.losses.CategoricalCrossentropy(from_logits=True))
    model.fit(x, y, epochs=60, callbacks=[Pruning(adapt=30, close=10)])
    found = model.fitted(features, classes, x)  # expressions, a design, as from `symgate train`

The loss grows by the pressure of arXiv 2401.09949, equations 5 to 9, until the masks are frozen.
`symgate train` has a faster loop of its own, which removes by the Fisher matrix what is missed.
Importing this module imports Keras.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict
from typing import Any

import keras
import numpy as np
from keras import ops

from symgate.errors import InputError
from symgate.learn.data import Samples
from symgate.learn.symbolnet.fitted import Fitted
from symgate.learn.symbolnet.fitting import fitted
from symgate.learn.symbolnet.layers import serialisable
from symgate.learn.symbolnet.model import (
    build,
    forward,
    freeze,
    masks_of,
    pressures,
    sparsities,
    sparsity,
)
from symgate.learn.symbolnet.settings import Network, Targets, known
from symgate.learn.symbolnet.thin import Uses, linears, thin
from symgate.learn.symbolnet.weights import Reals, Scale

Tensor = Any


@serialisable
class SymbolNet(keras.Model):
    """The network of ``outputs`` linear outputs; its loss presses towards ``targets``.

    Raise `InputError` for settings that no network has.
    """

    def __init__(
        self,
        network: Network | None = None,
        targets: Targets | None = None,
        outputs: int = 1,
        **more: Any,
    ) -> None:
        super().__init__(**more)
        if type(outputs) is not int or outputs < 1:
            raise InputError(f"outputs is {outputs!r}", expected="a whole number, 1 or more")
        self.network, self.targets = network or Network(), targets or Targets()
        self.outputs_count = outputs
        self.stack = build(self.network, None, outputs).layers
        self.frozen = self.add_weight(
            shape=(), initializer="zeros", trainable=False, name="frozen"
        )

    def build(self, input_shape: Sequence[int | None]) -> None:
        """Make the weights of every layer: masks are needed before any layer is called."""
        shape = tuple(input_shape)
        for layer in self.stack:
            layer.build(shape)
            shape = layer.compute_output_shape(shape)
        self.built = True

    def call(self, x: Tensor) -> Tensor:
        """(batch, features) -> (batch, outputs)."""
        return forward(self, x, self.masks())

    def masks(self) -> list[dict[str, Tensor]]:
        """The masks of every layer; once frozen, those that were kept, without a gradient."""
        free = 1.0 - self.frozen
        moving, fixed = masks_of(self), masks_of(self, frozen=True)
        return [
            {name: free * mask + self.frozen * keep[name] for name, mask in masks.items()}
            for masks, keep in zip(moving, fixed, strict=True)
        ]

    def compute_loss(
        self, x: Any = None, y: Any = None, y_pred: Any = None, sample_weight: Any = None,
        training: bool = True,
    ) -> Tensor:  # fmt: skip
        """The compiled loss, and in training its share for each kind that is not removed yet."""
        error = super().compute_loss(x, y, y_pred, sample_weight, training)
        if not training:
            return error
        pressing = list(pressures(self, sparsities(masks_of(self)), self.targets).values())
        free = 1.0 - self.frozen
        return error * (1.0 + free * sum(pressing)) if pressing else error

    def freeze(self) -> None:
        """Keep exactly what stays now."""
        freeze(self)
        self.frozen.assign(1.0)

    def sparsity(self) -> dict[str, float]:
        """The share of each kind that is removed now."""
        return sparsity(self)

    def fitted(
        self,
        features: Sequence[str],
        outputs: Sequence[str],
        x: Reals,
        *,
        classes: bool = True,
        scale: Scale | None = None,
    ) -> Fitted:
        """What `symgate train` leaves: expressions and designs of the network as it is now.

        ``x`` (rows, features) are the training rows before ``scale``, by default as the network
        sees them; their ranges become those of the ports. ``classes``: the outputs are scores.
        """
        seen = scale or Scale.none(len(features))
        one, zero = np.ones(len(outputs)), np.zeros(len(outputs))
        rows = Samples(x, np.zeros(len(x)), tuple(features), tuple(outputs), classes)
        return fitted(self, rows, seen, one, zero)

    def get_config(self) -> dict[str, Any]:
        """What `keras.saving` stores."""
        settings = {"network": asdict(self.network), "targets": asdict(self.targets)}
        return {"name": self.name, **settings, "outputs": self.outputs_count}

    @classmethod
    def from_config(cls, config: dict[str, Any], custom_objects: Any = None) -> SymbolNet:
        """The model of a configuration."""
        read = {**config, "network": known(Network, config["network"])}
        return cls(**{**read, "targets": known(Targets, config["targets"])})


class Pruning(keras.callbacks.Callback):
    """The stages of a training of `SymbolNet` by Keras' own `fit`.

    ``adapt`` epochs press towards the targets, or fewer where they are met; ``close`` epochs remove
    the rest, the weights least above their thresholds first; what follows trains on kept masks,
    with a rate that falls to 0 along half a cosine where ``anneal`` says so. The sparsities are in
    the logs of every epoch, for whatever reads these.
    """

    def __init__(self, adapt: int, close: int = 10, anneal: bool = True) -> None:
        super().__init__()
        for name, value in (("adapt", adapt), ("close", close)):
            if type(value) is not int or value < 0:
                raise InputError(f"{name} is {value!r}", expected="a whole number, 0 or more")
        self.adapt, self.close, self.anneal = adapt, close, anneal
        self.closing: int | None = None  # epochs of closing that are done
        self.first = 0  # epoch of annealing
        self.rate = 0.0

    def on_train_begin(self, logs: Any = None) -> None:
        """Refuse a model that has nothing to prune."""
        if not isinstance(self.model, SymbolNet):
            raise InputError(
                f"Pruning was given to a {type(self.model).__name__}",
                expected="a symgate.learn.symbolnet.SymbolNet",
            )

    def on_epoch_begin(self, epoch: int, logs: Any = None) -> None:
        """Set the rate of annealing."""
        frozen = float(ops.convert_to_numpy(self.model.frozen)) > 0
        if not (frozen and self.anneal):
            return
        optimizer = self.model.optimizer
        if not self.rate:
            self.rate = float(ops.convert_to_numpy(optimizer.learning_rate))
            self.first = epoch
        part = (epoch - self.first) / max(self.params["epochs"] - self.first, 1)
        optimizer.learning_rate.assign(self.rate * 0.5 * (1.0 + np.cos(np.pi * part)))

    def on_epoch_end(self, epoch: int, logs: Any = None) -> None:
        """Remove what is due, and log the sparsities."""
        model, frozen = self.model, float(ops.convert_to_numpy(self.model.frozen)) > 0
        met = model.targets.met(model.sparsity(), 1e-6)
        if self.closing is None and not frozen and (met or epoch + 1 >= self.adapt):
            self.closing = 0
            freeze(model)
        elif self.closing is not None and not frozen:
            self.closing += 1
            thin(model, distances(model), model.targets, min(self.closing / self.close, 1.0))
        if self.closing is not None and (met or self.closing >= self.close):
            self._end()
        if logs is not None:
            logs |= {f"{kind}_sparsity": share for kind, share in model.sparsity().items()}

    def _end(self) -> None:
        if float(ops.convert_to_numpy(self.model.frozen)) == 0:
            thin(self.model, distances(self.model), self.model.targets, 1.0)
            self.model.freeze()


def distances(model: keras.Model) -> Uses:
    """How far each weight and bias is above its threshold."""
    found = []
    for layer in linears(model):
        kernel, bias = (layer.distance(name) for name in ("kernel", "bias"))
        found.append((_array(kernel), _array(bias)))
    return found


def _array(values: Tensor) -> Reals:
    found: Reals = np.asarray(ops.convert_to_numpy(values), float)
    return found
