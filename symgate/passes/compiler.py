"""The whole compilation, as one visible sequence of passes."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from functools import partial
from typing import TypeVar

from symgate.errors import AccuracyError, InputError
from symgate.ir.boxes import Box
from symgate.ir.design import Design
from symgate.ir.expr import Program, postorder
from symgate.ir.firmware import Certificate, Firmware
from symgate.ir.fixed import Graph
from symgate.ir.types import FixedType
from symgate.passes.domains.meaning import meaning_of
from symgate.passes.forms.search import SearchForms
from symgate.passes.hardware.schedule import Schedule
from symgate.passes.pipeline import ExpressionPass, datapath_passes, normal_passes
from symgate.passes.widths.certify import certified
from symgate.passes.widths.limits import Reached, alternatives, missed, rank, refusal
from symgate.passes.widths.metric import ByMetric, Loss
from symgate.passes.widths.parts import Part, joined, parts
from symgate.passes.widths.quantize import Measure, Quantize, targets, uniform_plan

#: Forms of a program that are costed: fewer for large ones; more where the user gives the search
#: time.
MOST_FORMS, LEAST_FORMS, FORMS_BY_NODES = 40, 8, 1500
#: Forms whose widths are searched, besides the program as it is.
FINALISTS, FINALISTS_BY_NODES = 4, 200
LONG, LONG_SECONDS = 4, 10.0
_T = TypeVar("_T")
Progress = Callable[[str], None]
Done = tuple[Graph, Certificate]
Refused = Callable[[Part, AccuracyError], None]  # told of outputs that are left out


def compile_design(
    design: Design,
    search_seconds: float = 0.0,
    progress: Progress = lambda stage: None,
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
    seconds: dict[str, float] = {}

    def timed(stage: str, step: Callable[[], _T]) -> _T:
        progress(stage)
        start = time.perf_counter()
        result = step()
        seconds[stage] = round(seconds.get(stage, 0.0) + time.perf_counter() - start, 3)
        return result

    apart = parts(design, timed("rewrite", lambda: normalised(design)))
    each = search_seconds / len(apart)
    others = [timed("forms", partial(other_forms, p.design, p.program, each, forms)) for p in apart]
    step = Quantize(
        (), {}, progress=progress, dsp=design.target.dsp or 0, bram=design.target.bram or 0
    )
    step = step if measure is None else replace(step, measure=measure)

    def attempt(objective: str) -> Done:
        left = each if objective == design.target.objective else 0.0
        steps = [
            _for_part(replace(step, objective=objective, seconds=left), p, apart) for p in apart
        ]
        runs = [partial(quantized, p.design, datapath(p.design, p.program), s, loss, o)
                for p, s, o in zip(apart, steps, others, strict=True)]  # fmt: skip
        graph, certificate = _together(
            design, apart, [partial(timed, "quantize", run) for run in runs], refused
        )
        return timed("schedule", lambda: Schedule(design.target.clock_ns)(graph)), certificate

    pipelined, certificate = within_limits(design, step.measure, attempt)
    return Firmware(
        design.only([p.name for p in pipelined.outputs]), pipelined, certificate, seconds
    )


def _together(
    design: Design,
    apart: Sequence[Part],
    runs: Sequence[Callable[[], Done]],
    refused: Refused | None,
) -> Done:
    """The parts as one; without those that are refused, where somebody is told and others are left."""
    found, kept = list[Done](), list[str]()
    problem: AccuracyError | None = None
    for part, run in zip(apart, runs, strict=True):
        try:
            found.append(run())
            kept += [n for n, _ in part.design.outputs]
        except AccuracyError as e:
            if refused is None or len(apart) == 1:
                raise
            refused(part, e)
            problem = problem or e
    if problem is not None and not found:
        raise problem
    return joined(design.only(kept), found)


def _for_part(step: Quantize, part: Part, apart: Sequence[Part]) -> Quantize:
    number = f"{apart.index(part) + 1} of {len(apart)}: " if len(apart) > 1 else ""
    return replace(
        step,
        inputs=part.design.inputs,
        prefix=part.prefix,
        meant=meaning_of(part.design),
        progress=lambda stage: step.progress(f"part {number}{stage}" if number else stage),
    )


def within_limits(
    design: Design, measure: Measure, attempt: Callable[[str], tuple[Graph, Certificate]]
) -> tuple[Graph, Certificate]:
    """The result of ``attempt(objective)`` for the stated objective, or for the first other one
    that keeps all limits.

    Raise `AccuracyError` where none does.
    """
    target, tried, objectives = design.target, list[Reached](), [design.target.objective]
    while objectives:
        try:
            graph, certificate = attempt(objectives.pop(0))
        except AccuracyError:
            if not tried:
                raise
            # faster generators may not reach the error; what was tried before says how close it
            # came
            continue
        reached = Reached(measure(graph) if target.lut is not None else 0.0, graph.latency)
        beyond = missed(target, reached)
        if not beyond:
            return graph, certificate
        if not tried and design.accuracy.metric is None:
            objectives = alternatives(target, beyond)
        tried.append(reached if target.lut is not None else Reached(measure(graph), graph.latency))
    raise refusal(target, tried, design.source)


def rewritten(design: Design) -> Program:
    """``design``'s expressions in datapath form."""
    return datapath(design, normalised(design))


def normalised(design: Design) -> Program:
    """``design``'s expressions in normal form."""
    return _through(
        normal_passes(_spans(design), design.source, design.domain == "clamp"), design.program
    )


def datapath(design: Design, program: Program, variant: str | None = None) -> Program:
    """A program in normal form brought into datapath form, in one of the ways that
    `passes.VARIANTS` names.
    """
    return _through(datapath_passes(_spans(design), variant), program)


def _through(passes: Iterable[ExpressionPass], program: Program) -> Program:
    for run in passes:
        program = run(program)
    return program


def _spans(design: Design) -> dict[str, Box]:
    return {i.name: Box.exact(float(i.lo), float(i.hi)) for i in design.inputs}


def other_forms(
    design: Design, program: Program, search_seconds: float = 0.0, wanted: bool = True
) -> list[Program]:
    """Forms of ``program`` for which a search of widths is worth its time; none unless errors are
    stated.
    """
    if not wanted or design.accuracy.precision is not None or design.accuracy.metric is not None:
        return []
    size, effort = (
        max(1, len(postorder(program.roots))),
        LONG if search_seconds >= LONG_SECONDS else 1,
    )
    search = SearchForms(
        design.inputs,
        targets(design),
        partial(datapath, design),
        evaluations=effort * min(MOST_FORMS, max(LEAST_FORMS, FORMS_BY_NODES // size)),
    )
    return search(program)[: effort * min(FINALISTS, max(1, FINALISTS_BY_NODES // size))]


def quantized(
    design: Design,
    program: Program,
    step: Quantize,
    loss: Loss | None = None,
    forms: Sequence[Program] = (),
) -> tuple[Graph, Certificate]:
    """Word lengths by the mode of accuracy that ``design`` states; ``step`` says how much to
    search.
    """
    accuracy = design.accuracy
    if accuracy.precision is not None:
        return in_one_format(design, program, accuracy.precision, step.objective)
    if accuracy.metric is not None:
        if loss is None:
            raise InputError(
                f"the metric '{accuracy.metric}' needs data",
                where=design.source,
                remedy='state data = "file.csv"',
            )
        metric = ByMetric(design.inputs, loss, accuracy.max_loss, meaning_of(design))
        return metric(program)

    by_target = partial(rank, design.target, step.measure)
    return replace(step, targets=targets(design))(program, forms, by_target)


def in_one_format(
    design: Design, program: Program, stated: FixedType, objective: str = "lut"
) -> tuple[Graph, Certificate]:
    """The same fraction bits everywhere, as hls4ml does; raise `InputError` where an output
    overflows the stated.
    """
    step = Quantize(design.inputs, {}, objective=objective, meant=meaning_of(design))
    lowered = certified(model := step.model(program), uniform_plan(model, stated.frac))
    for p in lowered.graph.outputs:
        if p.type.integer + (stated.signed and not p.type.signed) > stated.integer:
            raise InputError(
                f"output '{p.name}' needs {p.type}, more integer bits than the stated precision {stated}",
                where=design.source,
                expected=f"at least {p.type.integer} integer bits",
                remedy="widen the precision, narrow the inputs, or state max_error and let symgate choose",
            )
    return lowered.graph, step.certificate(program, lowered)
