"""SymbolNet's layers in Keras 3: every input, weight, bias and operator has a trainable threshold
that can remove it.

A layer computes its masks once (`masks`) and applies them (`apply`), so that a training step that
needs them twice, in the network and in the loss, computes them once. ``keep`` variables are masks
that are fixed: what they remove stays removed. Source: arXiv 2401.09949, section 3. Importing this
module imports Keras.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import keras
from keras import ops

from symgate.learn.symbolnet.functions import Function, function
from symgate.learn.symbolnet.gates import UNIT, NotNegative, gate

Tensor = Any
SPREAD = 0.05


def serialisable(cls: type) -> type:
    """``cls``, known to Keras under the package name ``symgate``."""
    found: type = keras.saving.register_keras_serializable("symgate")(cls)
    return found


class Pruned(keras.layers.Layer):
    """A layer whose parts can be removed: ``thresholds`` and ``keep`` by the name of the part."""

    thresholds: dict[str, Any]
    keep: dict[str, Any]

    def part(self, name: str, shape: tuple[int, ...], constraint: Any) -> None:
        """Add the threshold and the fixed mask of a part."""
        make = self.add_weight
        self.thresholds[name] = make(
            shape=shape, initializer="zeros", constraint=constraint, name=f"{name}_threshold"
        )
        self.keep[name] = make(
            shape=shape, initializer="ones", trainable=False, name=f"{name}_keep"
        )

    def distance(self, name: str) -> Tensor:
        """How far a part is above its threshold: it stays where this is above 0."""
        return 1.0 - self.thresholds[name]

    def masks(self, frozen: bool = False) -> dict[str, Tensor]:
        """The mask of each part, 1 where it stays; ``frozen``: the fixed masks alone."""
        if frozen:
            return dict(self.keep)
        return {name: gate(self.distance(name)) * keep for name, keep in self.keep.items()}

    def apply(self, x: Tensor, masks: dict[str, Tensor]) -> Tensor:
        """The outputs for given masks."""
        raise NotImplementedError

    def call(self, x: Tensor) -> Tensor:
        """The outputs with the present masks."""
        return self.apply(x, self.masks())

    def freeze(self) -> None:
        """Keep exactly what stays now, whatever the weights become."""
        for name, mask in self.masks().items():
            fixed = ops.convert_to_numpy(mask)
            self.keep[name].assign(fixed)
            self.thresholds[name].assign(self.closed(name) * (1 - fixed))

    def closed(self, name: str) -> float:
        """A threshold for what is removed."""
        return 1.0


@serialisable
class InputMask(Pruned):
    """Each feature passes or not: an auxiliary weight of 1 against a threshold in [0, 1]."""

    def build(self, shape: Sequence[int]) -> None:
        """Add the thresholds: one per feature."""
        self.thresholds, self.keep = {}, {}
        self.part("input", (shape[-1],), UNIT)

    def apply(self, x: Tensor, masks: dict[str, Tensor]) -> Tensor:
        """(batch, features) -> (batch, features)."""
        return x * masks["input"]

    def compute_output_shape(self, shape: Sequence[int]) -> tuple[Any, ...]:
        """(batch, features)."""
        return tuple(shape)


@serialisable
class SparseLinear(Pruned):
    """A linear map, (batch, n) -> (batch, ``units``), with a threshold for each weight and each
    bias.

    Weights start from N(0, ``spread``): by default 0.05 as in the paper, and 1/sqrt(n) where that
    is more, because a few steps raise thresholds above 0.05.
    """

    def __init__(self, units: int, spread: float | None = None, **more: Any) -> None:
        super().__init__(**more)
        self.units, self.spread = units, spread

    def build(self, shape: Sequence[int]) -> None:
        """Add weights, biases and thresholds."""
        self.thresholds, self.keep = {}, {}
        spread = self.spread or max(SPREAD, shape[-1] ** -0.5)
        random = keras.initializers.RandomNormal(stddev=spread)
        self.kernel = self.add_weight(
            shape=(shape[-1], self.units), initializer=random, name="kernel"
        )
        self.bias = self.add_weight(shape=(self.units,), initializer=random, name="bias")
        self.part("kernel", (shape[-1], self.units), NotNegative())
        self.part("bias", (self.units,), NotNegative())

    def distance(self, name: str) -> Tensor:
        """How far the size of each weight is above its threshold."""
        return ops.abs(getattr(self, name)) - self.thresholds[name]

    def apply(self, x: Tensor, masks: dict[str, Tensor]) -> Tensor:
        """(batch, n) -> (batch, units)."""
        return ops.matmul(x, self.kernel * masks["kernel"]) + self.bias * masks["bias"]

    def compute_output_shape(self, shape: Sequence[int]) -> tuple[Any, int]:
        """(batch, units)."""
        return shape[0], self.units

    def closed(self, name: str) -> float:
        """A threshold above every weight."""
        return float(ops.max(ops.abs(getattr(self, name)))) + 1.0

    def get_config(self) -> dict[str, Any]:
        """What `keras.saving` stores."""
        return {**super().get_config(), "units": self.units, "spread": self.spread}


@serialisable
class Operators(Pruned):
    """Unary operators on one linear form each, then binary ones on two each: (batch, u + 2b) ->
    (batch, u + b).

    A removed unary operator is the identity, a removed binary one the sum.
    """

    def __init__(self, unary: Sequence[str], binary: Sequence[str], **more: Any) -> None:
        super().__init__(**more)
        self.unary = tuple(function(t, 1) for t in unary)
        self.binary = tuple(function(t, 2) for t in binary)

    def build(self, shape: Sequence[int]) -> None:
        """Add the thresholds: one per operator."""
        self.thresholds, self.keep = {}, {}
        self.part("unary", (len(self.unary),), UNIT)
        self.part("binary", (len(self.binary),), UNIT)

    def apply(self, x: Tensor, masks: dict[str, Tensor]) -> Tensor:
        """(batch, u + 2b) -> (batch, u + b)."""
        u, b = len(self.unary), len(self.binary)
        parts = []
        if u:
            z = x[:, :u]
            parts.append(_blend(masks["unary"], by_kind(self.unary, z), z))
        if b:
            first, second = x[:, u : u + b], x[:, u + b : u + 2 * b]
            parts.append(
                _blend(masks["binary"], by_kind(self.binary, first, second), first + second)
            )
        return ops.concatenate(parts, axis=1) if len(parts) > 1 else parts[0]

    def compute_output_shape(self, shape: Sequence[int]) -> tuple[Any, int]:
        """(batch, u + b)."""
        return shape[0], len(self.unary) + len(self.binary)

    def get_config(self) -> dict[str, Any]:
        """What `keras.saving` stores."""
        texts = {"unary": [f.text for f in self.unary], "binary": [f.text for f in self.binary]}
        return {**super().get_config(), **texts}


def _blend(mask: Tensor, value: Tensor, plain: Tensor) -> Tensor:
    return mask * value + (1.0 - mask) * plain


def by_kind(kinds: Sequence[Function], *operands: Tensor) -> Tensor:
    """Each column of the operands through its operator; columns of one operator go together."""
    order: dict[str, list[int]] = {}
    for k, f in enumerate(kinds):
        order.setdefault(f.text, []).append(k)
    where = [k for group in order.values() for k in group]
    columns = [
        kinds[group[0]].tensor(*(ops.take(operand, group, axis=1) for operand in operands))
        for group in order.values()
    ]
    back = sorted(range(len(where)), key=where.__getitem__)
    joined = ops.concatenate(columns, axis=1) if len(columns) > 1 else columns[0]
    return joined if back == list(range(len(where))) else ops.take(joined, back, axis=1)
