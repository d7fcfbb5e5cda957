"""Networks of tables, as a pass over units."""

from __future__ import annotations

from dataclasses import dataclass, replace

from symgate.passes.steps.unit import Unit
from symgate.passes.widths.exact_network import network_hardware


@dataclass(frozen=True)
class LowerNetworks:
    """Lower networks of tables of bits and of steps, with sums and clamps, node by node: all of it
    is exact.
    """

    objective: str = "lut"

    def __call__(self, unit: Unit) -> Unit:
        """The unit with its graph and certificate; as it is where it is no such network."""
        if not unit.design.accuracy.max_error:
            return unit
        found = network_hardware(unit, self.objective)
        if found is None:
            return unit
        graph, certificate = found
        return replace(unit, exact=True, graph=graph, certificate=certificate)
