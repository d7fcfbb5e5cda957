"""The step that removes a part, and its gradient, and what thresholds may be. Importing this
imports Keras.
"""

from __future__ import annotations

from typing import Any

import keras
from keras import ops

STEEPNESS = 5.0


@ops.custom_gradient
def gate(x: Any) -> tuple[Any, Any]:
    """1 where x > 0, else 0; its gradient is that of the steep sigmoid 1/(1 + exp(-5x))."""

    def gradient(*args: Any, upstream: Any = None) -> Any:
        s = ops.sigmoid(STEEPNESS * x)
        return (upstream if upstream is not None else args[0]) * STEEPNESS * s * (1.0 - s)

    return ops.cast(x > 0, x.dtype), gradient


@keras.saving.register_keras_serializable("symgate")
class Between(keras.constraints.Constraint):
    """Values between two limits."""

    def __init__(self, lo: float, hi: float) -> None:
        self.lo, self.hi = lo, hi

    def __call__(self, w: Any) -> Any:
        """``w`` moved into the limits."""
        return ops.clip(w, self.lo, self.hi)

    def get_config(self) -> dict[str, Any]:
        """What `keras.saving` stores."""
        return {"lo": self.lo, "hi": self.hi}


@keras.saving.register_keras_serializable("symgate")
class NotNegative(keras.constraints.Constraint):
    """The size of each value."""

    def __call__(self, w: Any) -> Any:
        """``w`` without its sign."""
        return ops.abs(w)


UNIT = Between(0.0, 1.0)
