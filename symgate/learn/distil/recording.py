"""What a block was given and what it gave back."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from symgate.errors import InputError
from symgate.learn.fit.task import Reals


@dataclass(frozen=True)
class Recording:
    """Rows of a block: ``inputs`` (rows, inputs) and ``outputs`` (rows, outputs).

    All axes but the last are rows, so that a block of a network of tokens has one for each token.
    """

    inputs: Reals
    outputs: Reals

    @staticmethod
    def of(inputs: Sequence[Any], outputs: Any, name: str) -> Recording:
        """The recording of arrays: several inputs stand beside each other on the last axis. Raise
        `InputError` where rows do not match, or nothing is finite.
        """
        given = np.concatenate([_rows(part) for part in inputs], axis=1)
        found = _rows(outputs)
        if len(given) != len(found):
            raise InputError(
                f"the block {name} has {len(given)} rows of inputs and {len(found)} of outputs",
                expected="a block that works on the last axis, the same for each row",
                remedy="name a block inside that does, such as the layers between two poolings",
            )
        if not (np.isfinite(given).all() and np.isfinite(found).all()):
            raise InputError(f"the block {name} has values that are not finite on this data")
        return Recording(given, found)

    def sample(self, rows: int, seed: int) -> Recording:
        """At most ``rows`` rows, drawn with ``seed``."""
        if len(self.inputs) <= rows:
            return self
        kept = np.random.default_rng(seed).permutation(len(self.inputs))[:rows]
        return Recording(self.inputs[kept], self.outputs[kept])


def _rows(values: Any) -> Reals:
    array = np.asarray(values, float)
    return array.reshape(-1, array.shape[-1] if array.ndim > 1 else 1)
