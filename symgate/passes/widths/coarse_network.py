"""A network of tables by what it costs on data: single values go without low bits as long as the
metric loses no more than is allowed.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from heapq import heapify, heappop, heappush

from symgate import patience
from symgate.ir.expr import Expr
from symgate.ir.firmware import Certificate
from symgate.ir.fixed import Graph
from symgate.ir.operators.families import steps_of
from symgate.passes.hardware.cost import estimate
from symgate.passes.lowering.network import (
    Inexact,
    Network,
    clamped,
    has_tables,
    lower_network,
    operands,
    values_below,
)
from symgate.passes.widths.exact_network import certificate_of, total_errors
from symgate.passes.widths.independence import Part
from symgate.passes.widths.metric import Loss

#: The part of the allowed loss that a step is taken to lose which loses nothing on these rows.
_FLOOR = 0.05
#: Values that are made coarser together: the tables of a sum, and its clamp.
Knob = tuple[Expr, ...]


@dataclass(frozen=True)
class _Coarse:
    """A network whose values go without low bits."""

    drops: Mapping[Expr, int]
    network: Network
    graph: Graph
    lut: float
    loss: float


@dataclass
class CoarseNetwork:
    """Search how many low bits the tables of each sum of a network can go without.

    The step that saves most LUTs for what it loses is taken, again and again; what has lost too much
    once is not tried again.
    """

    part: Part
    loss: Loss
    max_loss: float
    objective: str = "lut"
    best: _Coarse = field(init=False)

    def hardware(self) -> tuple[Graph, Certificate] | None:
        """The graph and its certificate; None where the design is no network of tables."""
        roots = self.part.program.roots
        if not has_tables(roots) or self.part.design.ports:
            return None
        exact = self.lowered({})
        if exact is None:
            return None
        self.best = exact
        self.search(knobs(exact.network, roots))
        return self.best.graph, certificate_of(self.part, self.best.network, stated=False)

    def search(self, found: Sequence[Knob]) -> None:
        """Take steps while there is one that saves LUTs."""
        waiting = [(-float("inf"), -1, k) for k in range(len(found))]
        taken = 0
        heapify(waiting)
        while waiting and not patience.over():
            _, seen_at, k = heappop(waiting)
            coarser = self.lowered(self.further(found[k]))
            if coarser is None or coarser.loss > self.max_loss:
                continue
            worth = self.worth(coarser)
            if seen_at < taken and waiting and worth < -waiting[0][0]:
                heappush(waiting, (-worth, taken, k))  # another one was worth more
            elif worth > 0:
                self.best, taken = coarser, taken + 1
                heappush(waiting, (-worth, taken - 1, k))

    def worth(self, coarser: _Coarse) -> float:
        """LUTs that a step saves by what it loses."""
        lost = max(coarser.loss - self.best.loss, 0.0) + _FLOOR * self.max_loss
        return (self.best.lut - coarser.lut) / max(lost, 1e-9)

    def further(self, knob: Knob) -> dict[Expr, int]:
        """What is dropped now, and one bit more of these values."""
        return {**self.best.drops, **{e: self.best.drops.get(e, 0) + 1 for e in knob}}

    def lowered(self, drops: Mapping[Expr, int]) -> _Coarse | None:
        """The network without these bits; None where that is no network of tables."""
        inputs = {port.name: port for port in self.part.design.inputs}
        try:
            network = lower_network(self.part.program.roots, inputs, self.objective, drops)
            total_errors(network)
        except Inexact:
            return None
        for name, e in self.part.program.outputs:
            network.builder.output(name, network.settled(e))
        graph = network.builder.build()
        return _Coarse(drops, network, graph, estimate(graph).lut, self.loss(graph))


def knobs(network: Network, roots: Sequence[Expr]) -> list[Knob]:
    """The tables that only one sum reads, with the clamps of that sum; and each table alone."""
    uses, found = network.uses, list[Knob]()
    order = values_below(roots)
    clamps: dict[Expr, list[Expr]] = {}
    for e in order:
        clamp = clamped(e)
        if clamp is not None:
            clamps.setdefault(clamp[0], []).append(e)
    for e in order:
        if e.op != "add":
            continue
        own = [t for t in operands(e) if steps_of(t.op) is not None and uses[t] == ["add"]]
        if own:
            found.append((*own, *clamps.get(e, ())))
    return found + [(e,) for e in order if steps_of(e.op) is not None]
