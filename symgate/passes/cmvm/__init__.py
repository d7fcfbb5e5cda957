"""Constant matrix times vector without multipliers: shifts and adds, shared between all outputs.

A matrix and what each output may be off by go in, a graph of adders comes out. Nothing here knows of
expressions, or chooses how wide an operand is.

>>> from symgate.ir.domains import Interval
>>> print(optimise([[1, 1], [5, 5]], [Interval(-8, 7)] * 2, objective=ADDERS))
%2 = %0 + %1 : [-16, 14]
%3 = %2 + (%2 << 2) : [-80, 70]
y0 = %2
y1 = %3
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace

from symgate.ir.domains import Interval
from symgate.ir.types import FixedType
from symgate.passes.cmvm.budget import Budget, cheaper
from symgate.passes.cmvm.emit import emit_adders
from symgate.passes.cmvm.graph import Adder, AdderGraph, Output
from symgate.passes.cmvm.graph_search import ADDERS, LUTS, Effort, GraphObjective, search_graph
from symgate.passes.cmvm.graph_settings import TRUNCATE
from symgate.passes.cmvm.truncate import truncate

__all__ = [
    "ADDERS", "LUTS", "Adder", "AdderGraph", "Budget", "Effort", "GraphObjective", "Output", "emit_adders", "optimise",
]  # fmt: skip


def optimise(
    matrix: Iterable[Sequence[int]],
    inputs: Sequence[Interval | FixedType],
    objective: GraphObjective = LUTS,
    effort: Effort | None = None,
    budget: Budget | None = None,
) -> AdderGraph:
    """The cheapest graph found of ``matrix`` (a row for each output) times the inputs, within
    ``budget``.
    """
    rows = [tuple(int(coefficient) for coefficient in row) for row in matrix]
    spans = tuple(x if isinstance(x, Interval) else Interval(x.lo, x.hi) for x in inputs)
    if bad := [len(row) for row in rows if len(row) != len(spans)]:
        raise TypeError(
            f"each row has one coefficient per input, which are {len(spans)}; a row has {bad[0]}"
        )
    effort = effort or Effort()
    if budget is None or not any(budget.limits):
        return replace(search_graph(rows, spans, objective, effort), seed=effort.seed)
    found = []
    for share in TRUNCATE.shares:
        near = cheaper(rows, spans, budget, share)
        graph = replace(
            search_graph(near, spans, objective, effort), matrix=tuple(rows), seed=effort.seed
        )
        found.append(truncate(graph, budget))
    return min(found, key=objective.cost)
