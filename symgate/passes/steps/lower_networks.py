"""Networks of tables, as a pass over units."""

from __future__ import annotations

from dataclasses import dataclass, replace

from symgate.ir.firmware import Certificate
from symgate.ir.fixed import Graph
from symgate.passes.steps.unit import Unit
from symgate.passes.widths.coarse_network import CoarseNetwork
from symgate.passes.widths.exact_network import network_hardware
from symgate.passes.widths.metric import Loss


@dataclass(frozen=True)
class LowerNetworks:
    """Lower networks of tables of bits and of steps, with sums and clamps, node by node: all of it
    is exact, but where a metric on data allows for less.
    """

    objective: str = "lut"
    loss: Loss | None = None  # of a graph on the user's data; the accuracy mode metric needs it

    def __call__(self, unit: Unit) -> Unit:
        """The unit with its graph and certificate; as it is where it is no such network."""
        found = self.hardware(unit)
        if found is None:
            return unit
        graph, certificate = found
        return replace(unit, exact=True, graph=graph, certificate=certificate)

    def hardware(self, unit: Unit) -> tuple[Graph, Certificate] | None:
        """The graph and its certificate; None where the unit is no such network."""
        accuracy = unit.design.accuracy
        if accuracy.max_error:
            return network_hardware(unit, self.objective)
        if accuracy.metric is None or self.loss is None:
            return None
        return CoarseNetwork(unit, self.loss, accuracy.max_loss, self.objective).hardware()
