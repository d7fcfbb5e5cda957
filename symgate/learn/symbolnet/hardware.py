"""Training that knows the hardware: ports with learned word lengths, and a cost in LUTs that has a
gradient.

The circuit that the cost describes is the one that symgate builds from sums of functions of one
variable: per output and feature one table, whose bits ride on the adder of the output. So units
come in two kinds: ``own`` units, which see one feature each and share its table, and ``free``
units, whose linear form is an adder in front of a table. Word lengths get the surrogate gradient of
arXiv 2405.00645 (HGQ). Importing this module imports Keras.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import keras
import numpy as np
from keras import ops
from numpy.typing import NDArray

from symgate.ir.types import FixedType
from symgate.learn.symbolnet.gates import Between
from symgate.learn.symbolnet.layers import InputMask, Operators, SparseLinear, serialisable

Reals = NDArray[np.float64]
LEAST, MOST = 0.0, 5.0  # fraction bits of a port
OUTPUT_BITS = 6.0  # of a score: about what a classifier needs
_LN2 = 0.6931471805599453


def on_grid(x: Any, fraction: Any) -> Any:
    """``x`` rounded to ``fraction`` bits behind the point; the slope along x is 1, along a bit that
    of the error.

    An error of rounding halves with each bit, so d(error)/d(bits) = -ln(2) * error.
    """
    scale = ops.power(2.0, ops.round(fraction))
    error = ops.stop_gradient(x - ops.round(x * scale) / scale)
    return x - error * ops.power(2.0, ops.stop_gradient(fraction) - fraction)


@serialisable
class Ports(keras.layers.Layer):
    """Features as fixed-point ports carry them: (batch, n) -> (batch, n), ``integer`` bits before
    the point each.
    """

    def __init__(self, integer: Sequence[int], start: float = 3.0, **more: Any) -> None:
        super().__init__(**more)
        self.integer, self.start = tuple(integer), start

    def build(self, shape: Sequence[int]) -> None:
        """Add the fraction bits, one number per feature."""
        begin = keras.initializers.Constant(self.start)
        self.fraction = self.add_weight(
            shape=(shape[-1],), initializer=begin, constraint=Between(LEAST, MOST), name="fraction"
        )
        self.limit = np.array([2.0 ** (i - 1) for i in self.integer], np.float32)

    def call(self, x: Any) -> Any:
        """Saturate, then round."""
        top = self.limit - ops.power(2.0, -ops.round(self.fraction))
        return on_grid(
            ops.minimum(ops.maximum(x, -self.limit), ops.stop_gradient(top)), self.fraction
        )

    def bits(self) -> Any:
        """The width of each port, as a tensor."""
        return self.fraction + np.array(self.integer, np.float32)

    def formats(self) -> list[FixedType]:
        """The port of each feature."""
        places = np.rint(np.asarray(self.fraction)).astype(int)
        return [
            FixedType(True, int(i + f), int(f)) for i, f in zip(self.integer, places, strict=True)
        ]

    def get_config(self) -> dict[str, Any]:
        """What `keras.saving` stores."""
        return {**super().get_config(), "integer": list(self.integer), "start": self.start}


@serialisable
class Inexact(keras.layers.Layer):
    """Scores as a circuit with an error bound gives them: uniform noise within ``error``, new for
    each row.
    """

    def __init__(self, error: float, seed: int = 0, **more: Any) -> None:
        super().__init__(**more)
        self.error, self.seed = error, seed
        self.random = keras.random.SeedGenerator(seed)

    def call(self, x: Any) -> Any:
        """(batch, n) -> (batch, n)."""
        if self.error == 0:
            return x
        return x + keras.random.uniform(ops.shape(x), -self.error, self.error, seed=self.random)

    def get_config(self) -> dict[str, Any]:
        """What `keras.saving` stores."""
        return {**super().get_config(), "error": self.error, "seed": self.seed}


@dataclass(frozen=True)
class Shape:
    """``own`` operators for each feature, ``free`` ones on any features."""

    own: tuple[str, ...]
    free: tuple[str, ...] = ()

    def owner(self, features: int) -> NDArray[np.int64]:
        """The feature of each own unit, -1 for free ones."""
        return np.array(
            [*np.repeat(np.arange(features), len(self.own)), *([-1] * len(self.free))], np.int64
        )


def build(
    shape: Shape,
    integer: Sequence[int],
    outputs: int,
    seed: int,
    *,
    free_inputs: int = 3,
    start: float = 3.0,
    error: float = 0.0,
) -> keras.Sequential:
    """The network on ports of ``integer`` bits before the point; free units start on
    ``free_inputs`` features each.
    """
    features = len(integer)
    units = [*(list(shape.own) * features), *shape.free]
    first, last = SparseLinear(len(units), spread=0.7), SparseLinear(outputs, spread=0.2)
    layers = [
        Ports(integer, start),
        InputMask(),
        first,
        Operators(units, []),
        last,
        Inexact(error, seed),
    ]
    model = keras.Sequential([keras.Input((features,)), *layers], name="symbolnet_on_ports")
    rng, keep = np.random.default_rng(seed), np.zeros((features, len(units)))
    for k, feature in enumerate(shape.owner(features)):
        chosen = (
            [feature]
            if feature >= 0
            else rng.choice(features, min(free_inputs, features), replace=False)
        )
        keep[chosen, k] = 1
    first.keep["kernel"].assign(keep)
    return model


def table(bits: Any) -> Any:
    """LUTs for one bit of a table of ``bits`` address bits that ends in an adder: 1 up to 5 bits,
    doubling beyond.

    >>> float(table(np.array(5.0)))
    1.0
    """
    return 0.55 + 0.45 * 2.0 ** (bits - 5.0)


class Cost:
    """The LUTs of a network of `build`; for training that knows no word lengths, at ``nominal``
    bits per port.
    """

    def __init__(self, model: keras.Model, shape: Shape, nominal: float | None = None) -> None:
        self.nominal = nominal
        self.ports, _, self.first, _, self.last, _ = model.layers
        self.features = len(self.ports.integer)
        self.owner = shape.owner(self.features)
        self.groups = np.zeros((self.features, len(self.owner)), np.float32)  # feature x own unit
        own = np.flatnonzero(self.owner >= 0)
        self.groups[self.owner[own], own] = 1.0

    def __call__(self) -> Any:
        """The cost as a tensor: of what the masks keep and of what word lengths ask for."""
        bits = self.bits()
        kept = self.last.keep["kernel"]
        first = self.first.keep["kernel"]
        own = ops.minimum(ops.matmul(self.groups, kept), 1.0)  # (feature, output): a table
        tables = ops.sum(own * ops.expand_dims(table(bits), 1)) * OUTPUT_BITS
        free = np.asarray(self.owner < 0, np.float32)
        form = ops.log(ops.matmul(ops.expand_dims(2.0**bits, 0), first)[0] + 1e-3) / _LN2
        terms = ops.sum(first, axis=0)
        used = ops.minimum(ops.sum(kept, axis=1), 1.0) * free
        adders = ops.sum(used * ops.maximum(terms - 1.0, 0.0) * form)
        return tables + adders + ops.sum(free * ops.sum(kept, axis=1) * table(form)) * OUTPUT_BITS

    def bits(self) -> Any:
        """The word length of each port."""
        return (
            self.ports.bits() if self.nominal is None else ops.full((self.features,), self.nominal)
        )

    def value(self) -> float:
        """The cost now."""
        return float(self())

    def cut(self, uses: Reals, limit: float) -> None:
        """Remove whole tables (a feature or a free unit in an output) of the least use per LUT
        until ``limit``.

        ``uses`` is the use of each output weight, (units, outputs).
        """
        while (now := self.value()) > limit:
            groups = self._tables()
            worth = [(float((uses * mask).sum()), cost, mask) for mask, cost in groups]
            worth.sort(key=lambda w: w[0] / w[1])
            freed, gone = 0.0, np.zeros(uses.shape)
            for _, cost, mask in worth:
                freed, gone = freed + cost, gone + mask
                if freed >= max(0.3 * (now - limit), 1e-9):
                    break
            keep = np.asarray(self.last.keep["kernel"]) * (gone == 0)
            self.last.keep["kernel"].assign(keep.astype("float32"))
            if not worth:
                return

    def _tables(self) -> list[tuple[Reals, float]]:
        """Each table: which output weights it holds, and its LUTs."""
        kept = np.asarray(self.last.keep["kernel"], float)
        bits = np.asarray(self.bits(), float)
        first = np.asarray(self.first.keep["kernel"], float)
        out = []
        for c in range(kept.shape[1]):
            for j in range(self.features):
                mask = np.zeros(kept.shape)
                mask[:, c] = kept[:, c] * self.groups[j]
                if mask.any():
                    out.append((mask, OUTPUT_BITS * float(table(bits[j]))))
            for k in np.flatnonzero((self.owner < 0) & (kept[:, c] > 0)):
                mask = np.zeros(kept.shape)
                mask[k, c] = 1.0
                form = float(np.log2((2.0**bits) @ first[:, k] + 1e-3))
                adders = max(first[:, k].sum() - 1.0, 0.0) * form / kept[k].sum()
                out.append((mask, OUTPUT_BITS * float(table(form)) + adders))
        return out
