"""The whole compilation, as one visible sequence of passes."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import TypeVar

from symgate.ir.boxes import Box
from symgate.ir.design import Design
from symgate.ir.expr import Program
from symgate.ir.firmware import Certificate, Firmware
from symgate.ir.fixed import Graph
from symgate.passes import expression_passes
from symgate.passes.quantize import Quantize, certified, targets, uniform_plan
from symgate.passes.schedule import Schedule

_T = TypeVar("_T")
Progress = Callable[[str], None]


def compile_design(design: Design, search_seconds: float = 5.0, progress: Progress = lambda stage: None) -> Firmware:
    """Lower ``design`` to a pipelined graph with its certificate.

    Raises:
        InputError: an expression is undefined in range, or has no hardware form.
        AccuracyError: the stated bound cannot be met.
    """
    seconds: dict[str, float] = {}

    def timed(stage: str, step: Callable[[], _T]) -> _T:
        progress(stage)
        start = time.perf_counter()
        result = step()
        seconds[stage] = round(time.perf_counter() - start, 3)
        return result

    program = timed("rewrite", lambda: rewritten(design))
    graph, certificate = timed("quantize", lambda: quantized(design, program, search_seconds))
    pipelined = timed("schedule", lambda: Schedule(design.target.clock_ns)(graph))
    return Firmware(design, pipelined, certificate, seconds)


def rewritten(design: Design) -> Program:
    """``design``'s expressions in datapath form."""
    ranges = {i.name: (float(i.lo), float(i.hi)) for i in design.inputs}
    program = design.program
    for run in expression_passes({n: Box.exact(*r) for n, r in ranges.items()}, design.source):
        program = run(program)
    return program


def quantized(design: Design, program: Program, search_seconds: float) -> tuple[Graph, Certificate]:
    """Word lengths by the mode of accuracy that ``design`` states."""
    if design.accuracy.precision is not None:
        step = Quantize(design.inputs, {})
        lowered = certified(model := step.model(program), uniform_plan(model, design.accuracy.precision.frac))
        return lowered.graph, step.certificate(program, lowered)
    return Quantize(design.inputs, targets(design), search_seconds)(program)
