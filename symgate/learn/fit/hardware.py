"""What a candidate costs: compiled, its LUTs counted, and its firmware run on the held-out rows."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np

from symgate.errors import SymgateError
from symgate.frontend.language.functions import argmax
from symgate.frontend.options import Number, Options
from symgate.frontend.readers import pyapi
from symgate.ir.design import Design
from symgate.ir.expr import Expr, variables
from symgate.ir.fixed import Graph
from symgate.learn.fit.archive import Candidate, read_formula
from symgate.learn.fit.ports import Ports, narrowed
from symgate.learn.fit.task import Reals, Task
from symgate.passes.compiler import run_steps
from symgate.passes.steps.unit import CompileSettings
from symgate.patience import Patience
from symgate.sim.numpy_model import simulate
from symgate.sim.vectors import quantise, reals

__all__ = ["Firm", "Measure", "design_of", "read_formula"]
Measure = Callable[[Graph], float]
#: Processor seconds after which a candidate is compiled without further trials.
QUICK = 1.0
#: Rows that ports are narrowed on.
NARROWED_ON = 1000
#: How far the score of a class may be below the best one: a loss is one of logarithms.
MARGINS = (1.0, 0.5)
#: The firmware's share of right rows may be so much below that of float64 on the fitted rows.
LOST = 0.004
#: The output of classes.
CLASS = "label"


def design_of(
    outputs: Mapping[str, Expr],
    ranges: Mapping[str, tuple[float, float]],
    options: Options,
    name: str,
) -> Design:
    """The design of some formulas: inputs have ``ranges`` where ``options`` state none; those
    unused are left out.
    """
    used = set(variables(outputs.values()))
    known: dict[str, Sequence[Number]] = {**ranges, **options.stated_ranges()}
    complete = replace(options, ranges={n: r for n, r in known.items() if n in used})
    return pyapi.design(dict(outputs), complete, name=name)


def class_design(
    scores: tuple[Expr, ...],
    formats: Mapping[str, str],
    margin: float,
    options: Options,
    name: str = CLASS,
) -> Design:
    """The design of the class whose score is the largest, to within ``margin``."""
    used = set(variables(scores))
    complete = replace(
        options,
        ranges=(),
        bits=None,
        relative_error=None,
        max_error=margin,
        formats={n: kind for n, kind in formats.items() if n in used},
        ties="near",
    )
    return pyapi.design({CLASS: argmax(*scores)}, complete, name=name)


@dataclass(frozen=True)
class Firm:
    """Compiles candidates: ``design`` makes the design of formulas; ``fitted`` and ``held`` are rows
    with inputs as they are; ``ports`` those of classes.
    """

    fitted: Task
    held: Task
    measure: Measure
    design: Callable[[Candidate], Design]
    ports: Ports | None = None

    def with_hardware(self, candidate: Candidate) -> Candidate:
        """The candidate with LUT, cycles and what the firmware loses, or with why it is refused."""
        try:
            if self.ports is not None:
                return self._of_classes(candidate, self.ports)
            return self._with(self._graph(candidate), candidate)
        except SymgateError as problem:
            return replace(candidate, refused=problem.what)

    def judged(self, candidate: Candidate) -> Candidate:
        """A compiled candidate with the losses on other held-out rows than it was found with."""
        task = self.held if self.ports is None else self.ports.held(self.held)
        scores = task.scores(candidate.formulas)
        accuracy = task.accuracy_of(scores) if task.classes else None
        judged = replace(candidate, held=task.loss_of(scores), accuracy=accuracy)
        return self._with(self._graph(judged), judged)

    def _of_classes(self, candidate: Candidate, ports: Ports) -> Candidate:
        """With narrow ports and the largest margin at which the fitted rows keep their classes."""
        formulas = candidate.formulas
        few = narrowed(ports, formulas, self.fitted.sample(NARROWED_ON, 0))
        formats = tuple(sorted(few.texts().items()))
        wanted = self.fitted.accuracy_of(ports.held(self.fitted).scores(formulas))
        for margin in MARGINS:
            tried = replace(candidate, formats=formats, margin=margin)
            graph = self._graph(tried)
            right = self._labels(graph, tried, self.fitted) == _best(self.fitted)
            if self.fitted.share @ right >= wanted - LOST:
                break
        return self._with(graph, tried)

    def _with(self, graph: Graph, candidate: Candidate) -> Candidate:
        found = replace(candidate, lut=float(self.measure(graph)), cycles=graph.latency)
        if self.ports is not None:
            right = self._labels(graph, candidate, self.held) == _best(self.held)
            return replace(found, fixed_accuracy=float(self.held.share @ right))
        return replace(found, fixed=self.held.loss_of(self._values(graph, candidate, self.held)))

    def _graph(self, candidate: Candidate) -> Graph:
        settings = CompileSettings(measure=self.measure, patience=Patience(QUICK))
        design = replace(self.design(candidate), effort="quick")
        return run_steps(design, settings).graph

    def _labels(self, graph: Graph, candidate: Candidate, task: Task) -> Reals:
        return self._values(graph, candidate, task)[:, 0]

    def _values(self, graph: Graph, candidate: Candidate, task: Task) -> Reals:
        """What the firmware gives on rows, whose inputs are quantised and held at their ranges."""
        columns, design = task.columns(), self.design(candidate)
        codes = {port.name: quantise(columns[port.name], port)[0] for port in design.inputs}
        found = simulate(graph, codes)
        values = [reals(np.asarray(found[port.name]), port.type) for port in graph.outputs]
        return np.stack([np.broadcast_to(v, len(task.y)) for v in values], axis=1)


def _best(task: Task) -> Reals:
    found: Reals = task.wanted.argmax(axis=1)
    return found
