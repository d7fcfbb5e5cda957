"""Inputs that saturate, as a pass over the fixed-point graph."""

from __future__ import annotations

from dataclasses import dataclass

from symgate.ir import saturation
from symgate.ir.design import Design
from symgate.ir.fixed import Graph
from symgate.passes.hardware.cost import estimate
from symgate.passes.hardware.held_tables import Measure, hold_in_tables


def _quick(graph: Graph) -> float:
    return estimate(graph).lut


@dataclass(frozen=True)
class SaturateInputs:
    """Codes outside the stated range of an input count as its nearest end: by comparisons, or in the
    tables that read whole inputs, whichever takes fewer LUTs by ``measure``.
    """

    design: Design
    measure: Measure = _quick

    def __call__(self, graph: Graph) -> Graph:
        """The graph behind such inputs."""
        held = saturation.saturate_inputs(graph, self.design)
        names = {port.name for port in saturation.saturating(self.design)}
        return hold_in_tables(held, names, self.measure) if names else held
