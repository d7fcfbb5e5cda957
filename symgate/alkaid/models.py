"""A block as a whole model: alkaid's ``trace_model(block)``."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from alkaid.converter.plugin import ALIRTracerPluginBase
from alkaid.trace import FVArray

from symgate.alkaid.replay import replay
from symgate.hls4ml.block import Block


class BlockTracer(ALIRTracerPluginBase):  # type: ignore[misc]  # alkaid has no types
    """What alkaid traces where the model is a `Block`. Inputs have the formats of the ports, where
    the caller states no other.
    """

    model: Block

    def get_input_shapes(self) -> Sequence[tuple[int, ...]]:
        """One array, with a value for each port."""
        return [(self.model.inputs,)]

    def apply_model(
        self, verbose: bool, inputs: tuple[FVArray, ...]
    ) -> tuple[dict[str, FVArray], list[str]]:
        """The outputs of the ports, as one array."""
        found = replay(self.model, list(inputs[0]))
        return {"outputs": FVArray(np.array(found))}, ["outputs"]

    def _get_inputs(self, inputs: Any, inputs_kif: Any) -> tuple[FVArray, ...]:
        if inputs is not None or inputs_kif is not None:
            given: tuple[FVArray, ...] = super()._get_inputs(inputs, inputs_kif)
            return given
        types = [port.type for port in self.model.build.design.inputs]
        signed = [t.signed for t in types]
        whole = [t.width - t.frac - t.signed for t in types]
        places = [t.frac for t in types]
        formats = (np.array(column, np.int8) for column in (signed, whole, places))
        return (FVArray.from_kif(*formats, self.hwconf, 0, self.solver_options),)
