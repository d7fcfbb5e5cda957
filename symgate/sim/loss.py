"""What fixed point loses of a metric on data: what the accuracy mode ``metric`` minimises, and
`simulate` reports.
"""

from __future__ import annotations

from collections.abc import Callable

from symgate.errors import InputError
from symgate.ir.classes import AGREEMENT
from symgate.ir.design import Design
from symgate.ir.fixed import Graph
from symgate.sim import simulate
from symgate.sim.agreement import disagreement
from symgate.sim.data import Table
from symgate.sim.simulate import Simulation

_NEEDS = {
    "accuracy": "a column of classes, named by label",
    "auc": "a column of classes, named by label",
    "agreement": "outputs that are classes of scores",
    "rmse": "a column per output with the wanted values, or one named by label",
}


def loss(simulation: Simulation, metric: str) -> float:
    """Return by how much fixed point is worse than float64; raise `InputError` where the data do
    not say.
    """
    found = simulation.metric(metric)
    if found is None:
        raise InputError(
            f"the data do not give the metric '{metric}'",
            where=simulation.source,
            expected=_NEEDS.get(metric),
            remedy="add the column, or name it: label = ...",
        )
    reference, fixed = found
    return fixed - reference if metric == "rmse" else reference - fixed


def losses(design: Design, table: Table) -> Callable[[Graph], float]:
    """Return the function that measures a graph on ``table`` by the metric of ``design``."""
    metric = design.accuracy.metric or "accuracy"
    if metric == AGREEMENT:
        return disagreement(design, table)
    return lambda graph: loss(simulate.simulate(design, graph, table), metric)
