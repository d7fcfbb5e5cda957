"""Fixed point against float64, on the user's data or on random inputs: errors, saturations,
accuracy.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace

import numpy as np
from numpy.typing import NDArray

from symgate.ir.classes import near_choices
from symgate.ir.design import Design
from symgate.ir.evaluate import evaluate
from symgate.ir.fixed import Graph, Port
from symgate.sim import metrics, simulator, vectors
from symgate.sim.agreement import agreement
from symgate.sim.data import Table
from symgate.sim.metrics import Classifier
from symgate.sim.truth import expressions
from symgate.sim.vectors import Column

Reals = dict[str, NDArray[np.float64]]


@dataclass(frozen=True)
class Stats:
    """The size of an error over the rows."""

    max: float
    mean: float
    rms: float

    @staticmethod
    def of(error: NDArray[np.float64]) -> Stats:
        """The size of ``error``; rows where it is undefined do not count."""
        size = np.abs(error[np.isfinite(error)])
        if not size.size:
            return Stats(0.0, 0.0, 0.0)
        return Stats(float(size.max()), float(size.mean()), float(np.sqrt(np.mean(size**2))))


@dataclass(frozen=True)
class OutputErrors:
    """The errors of one output, in its unit; divide by ``ulp`` for units of its last bit."""

    name: str
    format: str
    ulp: float
    fixed: Stats  # firmware against float64, both at the quantised inputs
    quantising: Stats | None  # float64 at the quantised inputs against float64 at the raw ones
    total: Stats | None  # firmware against float64 at the raw inputs
    undefined: int  # rows on which float64 gives no finite value


@dataclass(frozen=True)
class Simulation:
    """What `simulate` found. ``errors`` and ``scores`` are kept for plots."""

    source: str
    rows: int
    outputs: tuple[OutputErrors, ...]
    input_saturations: dict[str, int]  # rows that lie outside the range of an input
    saturations: dict[str, int]  # rows on which a value inside the firmware was clipped, by node
    classifier: Classifier | None
    rmse: (
        tuple[float, float] | None
    )  # float64 and fixed point against the wanted values, over all outputs
    errors: Reals
    fixed: Reals
    reference: Reals
    classes: NDArray[np.int64] | None = None
    agreement: float | None = None  # rows whose classes of scores are float64's, of all
    inputs: Reals = field(default_factory=dict)  # at the codes of the ports

    def metric(self, name: str) -> tuple[float, float] | None:
        """The float64 and the fixed-point value of "accuracy", "auc", "rmse" or "agreement"; None where the data
        do not give it.
        """
        if name == "rmse":
            return self.rmse
        if name == "agreement":
            return None if self.agreement is None else (1.0, self.agreement)
        return self.classifier.metric(name) if self.classifier else None


def simulate(design: Design, graph: Graph, data: Table) -> Simulation:
    """Return the errors on the rows of ``data``, and the accuracy where they carry labels."""
    codes, outside = {}, {}
    for port in design.inputs:
        codes[port.name], outside[port.name] = vectors.quantise(data.columns[port.name], port)
    return _simulate(design, graph, data.path, codes, outside, data)


def simulate_random(
    design: Design, graph: Graph, count: int, seed: int, whole: int = vectors.EXHAUSTIVE
) -> Simulation:
    """Return the errors on corners and random inputs, or on all inputs where they are at most
    ``whole``.
    """
    v = vectors.make(design.inputs, count, seed, whole=whole)
    return _simulate(design, graph, str(v), v.columns, dict.fromkeys(v.columns, 0), None)


def _simulate(
    design: Design,
    graph: Graph,
    source: str,
    codes: dict[str, Column],
    outside: dict[str, int],
    data: Table | None,
) -> Simulation:
    raw = simulator.simulate(graph, codes)
    fixed = {
        port.name: vectors.reals(np.asarray(raw[port.name]), port.type) for port in graph.outputs
    }
    inputs = {port.name: vectors.reals(codes[port.name], port.type) for port in design.inputs}
    at_codes = reference(design, inputs)
    at_raw = reference(design, data.columns) if data else None
    return Simulation(
        source,
        len(next(iter(codes.values()))),
        tuple(_output_errors(graph, port.name, fixed, at_codes, at_raw) for port in graph.outputs),
        outside,
        saturations(graph, codes),
        _classifier(design, fixed, at_raw or at_codes, data),
        _rmse(fixed, at_raw or at_codes, data),
        {name: fixed[name] - at_codes[name] for name in fixed},
        fixed,
        at_raw or at_codes,
        data.classes if data else None,
        agreement({name: fixed[name] for name in near_choices(design)}, at_codes),
        inputs,
    )


def reference(design: Design, inputs: Mapping[str, NDArray[np.float64]]) -> Reals:
    """Return the outputs of the design in float64, one value per row."""
    rows = len(next(iter(inputs.values()), ()))
    wanted = expressions(design)
    values = zip(wanted, evaluate(wanted.values(), inputs), strict=True)
    return {name: np.broadcast_to(value, (rows,)) for name, value in values}


def _output_errors(
    graph: Graph, name: str, fixed: Reals, at_codes: Reals, at_raw: Reals | None
) -> OutputErrors:
    port = next(port for port in graph.outputs if port.name == name)
    with np.errstate(invalid="ignore"):
        error = fixed[name] - at_codes[name]
        moved = at_codes[name] - at_raw[name] if at_raw else None
        total = fixed[name] - at_raw[name] if at_raw else None
    undefined = int(np.count_nonzero(~np.isfinite(error if total is None else total)))
    return OutputErrors(
        name,
        str(port.type),
        float(port.type.ulp),
        Stats.of(error),
        None if moved is None else Stats.of(moved),
        None if total is None else Stats.of(total),
        undefined,
    )


def saturations(graph: Graph, codes: Mapping[str, Column]) -> dict[str, int]:
    """Return on how many rows each ``saturate`` node clipped its operand; nodes that never did are
    left out.
    """
    pairs = {
        f"%{i}": (i, node.args[0]) for i, node in enumerate(graph.nodes) if node.op == "saturate"
    }
    ports = tuple(
        Port(f"{i}", i, graph.nodes[i].type)
        for i in sorted({i for pair in pairs.values() for i in pair})
    )
    found = simulator.simulate(replace(graph, outputs=ports), codes) if ports else {}
    counts = {
        name: int(np.count_nonzero(found[f"{i}"] != found[f"{a}"]))
        for name, (i, a) in pairs.items()
    }
    return {name: count for name, count in counts.items() if count}


def _classifier(
    design: Design, fixed: Reals, reference: Reals, data: Table | None
) -> Classifier | None:
    if data is None or data.classes is None or data.label is None:
        return None
    sides = ({name: side[name] for name, _ in design.outputs} for side in (reference, fixed))
    return metrics.classifier(data.label, data.classes, *sides)


def _rmse(fixed: Reals, reference: Reals, data: Table | None) -> tuple[float, float] | None:
    if data is None or not data.wanted:
        return None
    sides = (
        [side[name] - wanted for name, wanted in data.wanted.items()] for side in (reference, fixed)
    )
    a, b = (Stats.of(np.concatenate(side)).rms for side in sides)
    return a, b
