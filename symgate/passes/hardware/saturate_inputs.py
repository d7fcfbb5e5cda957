"""Inputs that saturate, as a pass over the fixed-point graph."""

from __future__ import annotations

from dataclasses import dataclass

from symgate.ir import saturation
from symgate.ir.design import Design
from symgate.ir.fixed import Graph


@dataclass(frozen=True)
class SaturateInputs:
    """Codes outside the stated range of an input count as its nearest end."""

    design: Design

    def __call__(self, graph: Graph) -> Graph:
        """The graph behind such inputs."""
        return saturation.saturate_inputs(graph, self.design)
