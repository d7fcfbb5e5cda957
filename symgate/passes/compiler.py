"""Runs the compilation that `symgate.passes.pipeline` lists, and keeps the limits of the user."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace

from symgate import patience
from symgate.errors import AccuracyError, InputError
from symgate.ir.design import Design
from symgate.ir.expr import postorder
from symgate.ir.firmware import Certificate, Firmware
from symgate.ir.fixed import Graph
from symgate.ir.hard_blocks import all_dsps, saved_slices
from symgate.passes.pipeline import expression_steps, hardware_steps
from symgate.passes.steps.kinds import Inside, OnEach, Step
from symgate.passes.steps.unit import CompileSettings, Unit, Units, quick_luts, silent
from symgate.passes.widths.candidate import Measure
from symgate.passes.widths.design_limits import (
    Reached,
    limits_refusal,
    missed_limits,
    other_objectives,
)
from symgate.passes.widths.metric import Loss
from symgate.patience import Patience

_TRIES = 2  # numbers of products that are to share slices, before none is

Progress = Callable[[str], None]
Refused = Callable[[Unit, AccuracyError], None]  # told of outputs that are left out
Attempt = Callable[[str], tuple[Graph, Certificate]]  # what an objective comes to


@dataclass(frozen=True)
class Taken:
    """A step that was taken, with what it was given and what it left."""

    step: Step
    before: Units
    after: Units
    seconds: float


Observe = Callable[[Taken], None]


@dataclass(frozen=True)
class Price:
    """What a design costs, with the firmware that costs it.

    ``luts`` are LUT6 as the measure counts them; ``bounds`` are certified, one of each output.
    """

    luts: float
    cycles: int
    bounds: Mapping[str, float]
    firmware: Firmware


def price(design: Design, measure: Measure, effort: str = "quick") -> Price:
    """What ``design`` costs when it is compiled with ``effort``; nothing is written.

    ``measure`` gives the LUTs of a graph, as `symgate.report.estimate.luts` does.

    Raises:
        InputError: an expression is undefined in range, or has no hardware form.
        AccuracyError: the stated bound cannot be met.
    """
    firmware = run_steps(replace(design, effort=effort), CompileSettings(measure=measure))
    bounds = {b.output: b.bound for b in firmware.certificate.bounds}
    return Price(measure(firmware.graph), firmware.graph.latency, bounds, firmware)


def compile_design(
    design: Design,
    search_seconds: float = 0.0,
    progress: Progress = silent,
    loss: Loss | None = None,
    measure: Measure | None = None,
    forms: bool = True,
    refused: Refused | None = None,
) -> Firmware:
    """Lower ``design`` to a pipelined graph with its certificate.

    ``search_seconds`` are spent on top of the search that every design gets. ``loss`` measures a
    graph on the user's data; the accuracy mode ``metric`` needs it. ``measure`` gives the LUTs of a
    graph, by default `cost.estimate`. ``forms``: whether other forms of the expressions are tried.
    ``refused`` is told of outputs whose bound cannot be met, which are left out then; without it,
    that is an error.

    Raises:
        InputError: an expression is undefined in range, or has no hardware form.
        AccuracyError: the stated bound cannot be met.
    """
    settings = CompileSettings(search_seconds, forms, measure or quick_luts, loss, progress)
    return run_steps(design, settings, refused)


def run_steps(
    design: Design,
    settings: CompileSettings,
    refused: Refused | None = None,
    observe: Observe | None = None,
) -> Firmware:
    """As `compile_design`; ``observe`` is told of every step that is taken.

    Where limits are missed, the steps from word lengths on are taken again, with another objective.
    """
    settings = settings.with_effort(design.effort)
    own = settings.patience or Patience()
    if own.seconds is None:
        nodes = len(postorder([e for _, e in design.outputs]))
        own.seconds = patience.for_formula(nodes, settings.search_seconds)
    with patience.using(own):
        firmware = _take_steps(design, settings, refused, observe)
    return replace(firmware, stopped=own.reason)


def _take_steps(
    design: Design,
    settings: CompileSettings,
    refused: Refused | None,
    observe: Observe | None,
) -> Firmware:
    run = Run(settings.progress, refused, observe)
    units = run.through(expression_steps(design, settings), ())

    def attempt(objective: str) -> tuple[Graph, Certificate]:
        def lowered(asked: Design) -> tuple[Graph, Certificate]:
            (unit,) = run.through(hardware_steps(asked, settings, objective), units)
            return unit.hardware

        return within_slices(design, lowered)

    graph, certificate = within_limits(design, settings.measure, attempt)
    outputs = [port.name for port in graph.outputs]
    return Firmware(design.only(outputs), graph, certificate, run.seconds)


def within_slices(
    design: Design, lowered: Callable[[Design], tuple[Graph, Certificate]]
) -> tuple[Graph, Certificate]:
    """What ``lowered`` makes of ``design`` in the DSP slices that are allowed.

    Where products take turns, more of them than slices are asked for: first as many as slices have
    cycles, then as many as could share them, and if these have no turns either, one for each slice.
    """
    target, allowed = design.target, design.target.dsp or 0
    asked, tries = allowed * target.ii, 0
    while asked > allowed and tries < _TRIES:
        found = lowered(replace(design, target=replace(target, dsp=asked)))
        if all_dsps(found[0]) <= allowed:
            return found
        asked, tries = allowed + saved_slices(found[0]), tries + 1
    return lowered(design)


def units_after(
    design: Design, name: str, settings: CompileSettings, refused: Refused | None = None
) -> Units:
    """What the step ``name`` of the compilation of ``design`` leaves.

    ``name`` may be that of a stage inside a step. A step on expressions is the last one that is
    taken. One of hardware is that of the objective that keeps all limits, so all are taken. Raise
    `InputError` where a stage did not run.
    """
    settings = settings.with_effort(design.effort)
    steps = expression_steps(design, settings)
    names = [step.name for step in steps]
    if name in names:
        wanted = steps[: names.index(name) + 1]
        return Run(settings.progress, refused).through(wanted, ())
    left: dict[str, Units] = {}

    def note(taken: Taken) -> None:
        left[taken.step.name] = taken.after
        for stage in taken.step.inside:
            left.pop(stage.name, None)  # of an objective that was given up
            units = within(taken, stage)
            if units is not None:
                left[stage.name] = units

    run_steps(design, replace(settings, watched=True), refused, note)
    if name not in left:
        raise InputError(
            f"the step '{name}' does not run on '{design.name}'",
            where=design.source,
            expected=f"one of the others: {', '.join(left)}",
        )
    return left[name]


def within(taken: Taken, stage: Inside) -> Units | None:
    """What a stage inside a step left; None where it ran in no unit.

    A unit in which it did not run is as the step left it.
    """
    found: list[Unit] = []
    runs = 0
    for unit in taken.after:
        run = next((left for left in unit.inside if left.stage is stage.run), None)
        found.append(unit if run is None else unit.at(run.after))
        runs += run is not None
    return tuple(found) if runs else None


@dataclass
class Run:
    """Takes steps one by one, and counts the seconds of each stage."""

    progress: Progress = silent
    refused: Refused | None = None
    observe: Observe | None = None
    seconds: dict[str, float] = field(default_factory=dict)

    def through(self, steps: Sequence[Step], units: Units) -> Units:
        """What ``steps`` make of ``units``, without those that are refused.

        Raise the first `AccuracyError` where nobody is told of it, or nothing is left.
        """
        problems: list[AccuracyError] = []
        for step in steps:
            self.progress(step.name)
            start = time.perf_counter()
            after = self.taken(step, units, problems)
            spent = time.perf_counter() - start
            self.seconds[step.stage] = round(self.seconds.get(step.stage, 0.0) + spent, 3)
            if self.observe is not None:
                self.observe(Taken(step, units, after, spent))
            units = after
        return units

    def taken(self, step: Step, units: Units, problems: list[AccuracyError]) -> Units:
        """What one step makes of ``units``; what is refused is told, and noted in ``problems``."""
        if not isinstance(step, OnEach):
            return step(units)
        kept: list[Unit] = []
        for unit in units:
            try:
                kept.append(step.on(unit))
            except AccuracyError as problem:
                if self.refused is None or unit.alone:
                    raise
                self.refused(unit, problem)
                problems.append(problem)
        if not kept:
            raise problems[0]
        return tuple(kept)


def within_limits(design: Design, measure: Measure, attempt: Attempt) -> tuple[Graph, Certificate]:
    """The result of ``attempt(objective)`` for the stated objective, or for the first other one
    that keeps all limits.

    Raise `AccuracyError` where none does.
    """
    target = design.target
    objectives = [target.objective]
    tried: list[Reached] = []
    while objectives:
        try:
            graph, certificate = attempt(objectives.pop(0))
        except AccuracyError:
            if not tried:
                raise
            # faster generators may not reach the error; what was tried before says how close it
            # came
            continue
        limited = target.lut is not None
        luts = measure(graph) if limited else 0.0
        beyond = missed_limits(target, Reached(luts, graph.latency))
        if not beyond:
            return graph, certificate
        if not tried and design.accuracy.metric is None:
            objectives = other_objectives(target, beyond)
        # a refusal names the LUTs too, though nothing limits them
        tried.append(Reached(luts if limited else measure(graph), graph.latency))
    raise limits_refusal(target, tried, design.source)
