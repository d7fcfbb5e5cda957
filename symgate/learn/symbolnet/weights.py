"""A masked network as plain NumPy arrays: what the export, the pruning's count and saved files
share. No Keras here.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from symgate.learn.symbolnet.functions import Function

Reals = NDArray[np.float64]


@dataclass(frozen=True)
class Layer:
    """A linear map (n, m) with masked weights, and the operators on it; the output layer has none.

    ``active`` says which of the unary, then of the binary operators were not removed.
    """

    kernel: Reals
    bias: Reals
    unary: tuple[Function, ...] = ()
    binary: tuple[Function, ...] = ()
    active: NDArray[np.bool_] = field(default_factory=lambda: np.zeros(0, bool))


@dataclass(frozen=True)
class Scale:
    """Standardisation of the features: the network sees (x - mean) / scale, the design sees x."""

    mean: Reals
    scale: Reals

    @staticmethod
    def none(features: int) -> Scale:
        """Features as they are."""
        return Scale(np.zeros(features), np.ones(features))

    @staticmethod
    def of(x: Reals) -> Scale:
        """Mean and standard deviation of the columns of ``x``; constant columns are only shifted."""
        deviation = x.std(axis=0)
        return Scale(x.mean(axis=0), np.where(deviation > 0, deviation, 1.0))

    def apply(self, x: Reals) -> Reals:
        """(n, features) as the network sees them."""
        return (x - self.mean) / self.scale


@dataclass(frozen=True)
class Weights:
    """All layers, the last without operators, and what stands before and behind them.

    ``shift`` and ``factor`` undo the standardisation of the wanted values: output = factor *
    network + shift.
    """

    layers: tuple[Layer, ...]
    inputs: Reals  # the mask of the features
    scale: Scale
    factor: Reals
    shift: Reals

    @staticmethod
    def plain(layers: Sequence[Layer], inputs: Reals) -> Weights:
        """Without standardisation."""
        outputs = len(layers[-1].bias)
        return Weights(
            tuple(layers), inputs, Scale.none(len(inputs)), np.ones(outputs), np.zeros(outputs)
        )


def run(weights: Weights, x: Reals) -> Reals:
    """The network in float64, (n, features) -> (n, outputs): the meaning that the export is checked
    against.
    """
    from symgate.ir.evaluate import evaluate

    value = weights.scale.apply(np.asarray(x, float)) * weights.inputs
    for layer in weights.layers:
        z = value @ layer.kernel + layer.bias
        u, b = len(layer.unary), len(layer.binary)
        if u + b == 0:
            value = z
            continue
        columns = [evaluate([f.expr], {"x": z[:, k]})[0] if on else z[:, k]
                   for k, (f, on) in enumerate(zip(layer.unary, layer.active, strict=False))]  # fmt: skip
        for k, (f, on) in enumerate(zip(layer.binary, layer.active[u:], strict=True)):
            first, second = z[:, u + k], z[:, u + b + k]
            columns.append(
                evaluate([f.expr], {"x": first, "y": second})[0] if on else first + second
            )
        value = np.stack(columns, axis=1)
    return value * weights.factor + weights.shift
