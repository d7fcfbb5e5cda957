"""How often classes of fixed-point scores are those of float64, on the user's rows."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from symgate.ir.classes import Choice, near_choices, score_name
from symgate.ir.design import Design
from symgate.ir.evaluate import evaluate
from symgate.ir.fixed import Graph
from symgate.ir.saturation import behind_inputs
from symgate.sim import simulator, vectors
from symgate.sim.data import Table
from symgate.sim.truth import expressions

Classes = Mapping[str, NDArray[np.float64]]


def agreement(classes: Classes, reference: Classes) -> float | None:
    """Return the share of rows on which all classes are those of ``reference``; None of none."""
    same = [classes[name] == reference[name] for name in classes]
    return float(np.mean(np.logical_and.reduce(same))) if same else None


def disagreement(design: Design, table: Table) -> Callable[[Graph], float]:
    """Return what measures a graph of the scores of ``design``: the share of rows of ``table`` that
    have another class than in float64, both at the codes of the ports.
    """
    chosen = near_choices(design)
    wanted = expressions(design)
    inputs = behind_inputs(design).inputs
    codes = {i.name: vectors.quantise(table.columns[i.name], i)[0] for i in inputs}
    x = {i.name: vectors.reals(codes[i.name], i.type) for i in inputs}
    found = evaluate([wanted[name] for name in chosen], x)
    rows = len(table)
    reference = {n: np.broadcast_to(c, rows) for n, c in zip(chosen, found, strict=True)}

    def measure(graph: Graph) -> float:
        raw = simulator.simulate(graph, {p.name: codes[p.name] for p in graph.inputs})
        scores = {p.name: vectors.reals(np.asarray(raw[p.name]), p.type) for p in graph.outputs}
        classes = {n: _classes(n, choices, scores) for n, choices in chosen.items()}
        return 1.0 - (agreement(classes, reference) or 0.0)

    return measure


def _classes(name: str, choices: Sequence[Choice], scores: Classes) -> NDArray[np.float64]:
    """The class of the largest score, the first of equal ones."""
    columns = [scores[score_name(name, k)] for k in range(len(choices))]
    rows = max(len(column) for column in columns)
    table = np.array([np.broadcast_to(column, rows) for column in columns])
    labels = np.array([choice.label for choice in choices], float)
    found: NDArray[np.float64] = labels[np.argmax(table, axis=0)]
    return found
