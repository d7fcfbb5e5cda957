"""A layer of Keras that holds a block, inside a network that alkaid converts."""

from __future__ import annotations

import numpy as np
from alkaid.converter.builtin.keras.layers._base import ReplayOperationBase
from alkaid.trace import FVArray

from symgate.alkaid.replay import replay
from symgate.hls4ml.keras_layer import SymgateLayer


class ReplaySymgateLayer(ReplayOperationBase):  # type: ignore[misc]  # no types
    """What alkaid traces where the network has a `SymgateLayer`."""

    handles = (SymgateLayer,)
    __activation_handled__ = True

    def call(self, inputs: FVArray) -> FVArray:
        """The block's outputs for each row on the last axis."""
        rows = inputs.reshape(-1, inputs.shape[-1])
        found = [replay(self.op.block, list(row)) for row in rows]
        return FVArray(np.array(found).reshape(*inputs.shape[:-1], -1))


def register() -> None:
    """The entry point ``alkaid_keras``: importing this file has made the entry."""
