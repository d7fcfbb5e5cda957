"""Every check of a build: its models on the same vectors, bit by bit, the certificate against what
was observed and against a second proof, and the files as they were written.
"""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from typing import TYPE_CHECKING

import numpy as np

from symgate.errors import BrokenPromise, CheckFailed, InputError, ToolMissing
from symgate.ir.design import Design
from symgate.ir.firmware import Certificate
from symgate.ir.saturation import driven
from symgate.project.folder import Build
from symgate.proof import classes, evidence
from symgate.proof.evidence import Settings
from symgate.proof.formal.build import Formal, prove
from symgate.proof.observed import Observed
from symgate.proof.recheck import PROVED, Output, recheck
from symgate.sim import benches, numpy_model, simulator, vectors
from symgate.sim.models import MODELS, Model
from symgate.sim.vectors import Column, Vectors

if TYPE_CHECKING:  # they are imported where every input is asked for
    from symgate.proof.sweep.maximum import Maximum
    from symgate.proof.sweep.maximum import Settings as SweepSettings

VECTORS = 100_000
_SHOWN = 5  # mismatches that are kept per model
Progress = Callable[[str], None]


@dataclass(frozen=True)
class Mismatch:
    """One row on which a model gives other bits than the NumPy model; all numbers are raw codes."""

    inputs: dict[str, int]
    output: str
    expected: int
    got: int


@dataclass(frozen=True)
class Run:
    """One model: what it was given and how it did, or why it did not run."""

    model: str
    vectors: int = 0
    mismatches: int = 0  # rows
    seconds: float = 0.0
    examples: tuple[Mismatch, ...] = ()
    skipped: str | None = None  # the reason
    failed: str | None = (
        None  # why the model could not be built or run from the files of the folder
    )

    @property
    def problem(self) -> str | None:
        """What is wrong with this model, in a sentence."""
        if self.failed:
            return f"{self.model} could not run: {self.failed}"
        counts = f"{self.mismatches:,} of {self.vectors:,} vectors"
        return f"{self.model} gives other bits on {counts}" if self.mismatches else None


@dataclass(frozen=True)
class Verification:
    """What `verify` found."""

    vectors: int
    source: str
    runs: tuple[Run, ...]
    bounds: tuple[Observed, ...]
    recheck: tuple[Output, ...]
    others: tuple[str, ...] = ()  # what else is wrong, a sentence each
    unchecked: tuple[str, ...] = ()  # what else could not be checked, a sentence each
    maxima: tuple[Maximum, ...] = ()  # where every input was tried
    formal: Formal | None = None  # where it was asked for

    @property
    def mismatches(self) -> int:
        """Rows on which a model differs from the NumPy model, over all models."""
        return sum(r.mismatches for r in self.runs)

    @property
    def models(self) -> list[str]:
        """The models that ran."""
        return [r.model for r in self.runs if not r.skipped]

    @property
    def problems(self) -> list[str]:
        """What is wrong, a line each; empty where the build is verified."""
        results: list[Run | Observed | Maximum] = [*self.runs, *self.bounds, *self.maxima]
        found = [problem for result in results if (problem := result.problem)]
        found += [o.failure for o in self.recheck if o.failure]
        return [*found, *self.others, *(self.formal.problems if self.formal else ())]

    @property
    def notes(self) -> list[str]:
        """What could not be checked, a line each."""
        skipped = [
            f"not every input of output {m.output} was tried: {m.skipped}"
            for m in self.maxima
            if m.skipped
        ]
        formal = self.formal.notes if self.formal else []
        again = [note for c in self.recheck if (note := c.note)]
        return [*again, *skipped, *self.unchecked, *formal]


def verify(
    build: Build,
    count: int = VECTORS,
    seed: int = 0,
    tools: Sequence[str] | None = None,
    data: Mapping[str, Column] | None = None,
    progress: Progress = lambda step: None,
    changes: Sequence[str] = (),
    unchecked: Sequence[str] = (),
    sweep: SweepSettings | None = None,
    announce: Progress = lambda time: None,
    formal: bool = False,
) -> Verification:
    """Run ``tools`` (every available model by default) on ``count`` vectors and check the
    certificate; with ``sweep``, try every input, of which ``announce`` is told the time before.

    With ``formal``, the Verilog is proved equal to the graph too (`symgate.proof.formal`).

    ``changes`` are those of files since the folder was written (`symgate.project.folder.changes`),
    and ``unchecked`` is what is not known of them.
    """
    chosen = [m for m in _chosen(tools) if m.applies(build)]
    progress("numpy: computing the reference")
    design = build.design
    v = vectors.make(driven(design), count, seed, data, inside=design.inputs)
    expected, runs = _reference(build, v)
    for model in chosen:
        progress(f"{model.name}: {min(model.limit or len(v), len(v)):,} vectors")
        runs.append(_run(model, build, v, expected, required=tools is not None))
    progress("certificate: observed errors against the bounds")
    seen = classes.observe(build, v.columns, expected)
    progress("certificate: independent check")
    swept = [] if sweep is None else _swept(build, sweep, announce, progress)
    again = tuple(_by_maximum(o, swept) for o in recheck(build))
    others = [*budgets(build.design, build.certificate), *reported(build), *benches.problems(build)]
    if not any(o.violations for o in seen):
        progress("certificate: looking for errors above the bounds")
        others = [*_attacked(build, seed), *others]
    problems = (*others, *changes)
    proved = prove(build, progress=progress) if formal else None
    return Verification(
        len(v),
        str(v),
        tuple(runs),
        tuple(seen),
        again,
        problems,
        tuple(unchecked),
        tuple(swept),
        proved,
    )


def _reference(build: Build, v: Vectors) -> tuple[Mapping[str, Column], list[Run]]:
    """The outputs at all vectors: by NumPy, or where they are many by the compiled model, which
    NumPy then checks on some.
    """
    start = time.perf_counter()
    model = simulator.chosen(build.graph, len(v))
    if model is None:
        expected = numpy_model.simulate(build.graph, v.columns)
        return expected, [Run("numpy", len(v), seconds=time.perf_counter() - start)]
    expected = model.run(v.columns)
    fast = Run("compiled", len(v), seconds=time.perf_counter() - start)
    by_numpy = Model("numpy", lambda build, rows: numpy_model.simulate(build.graph, rows), VECTORS)
    checked = _run(by_numpy, build, v, expected, required=True)
    turned = tuple(replace(m, expected=m.got, got=m.expected) for m in checked.examples)
    fast = replace(fast, mismatches=checked.mismatches, examples=turned)
    return expected, [replace(checked, mismatches=0, examples=()), fast]


def _swept(
    build: Build, settings: SweepSettings, announce: Progress, progress: Progress
) -> list[Maximum]:
    """The largest errors of the outputs over every input; classes have none of their own."""
    from symgate.proof.sweep.maximum import Maximum, maxima
    from symgate.proof.sweep.running import Told

    told = Told(announce, progress)
    chosen = classes.told_classes(build)
    reason = "it is a class of approximate scores"
    firmware = classes.scored(build)
    scores = {name for name, _ in firmware.design.outputs} - dict(build.design.outputs).keys()
    found = maxima(firmware, settings, told, scores)
    bound = build.certificate.bound
    return [*found, *(Maximum(name, bound(name), skipped=reason) for name in chosen)]


def _by_maximum(o: Output, swept: Sequence[Maximum]) -> Output:
    """An output whose bound is at least its largest error over every input."""
    proofs = [m for m in swept if m.output == o.output and m.proves]
    if not proofs or o.failure or not proofs[0].error <= o.certified:
        return o
    return Output(o.output, o.certified, proofs[0].error, PROVED)


def budgets(design: Design, certificate: Certificate) -> Iterator[str]:
    """Where a bound, or what the certificate says of it, is not what the design asks for."""
    for b in certificate.bounds:
        stated = design.accuracy.max_error.get(b.output)
        if stated is not None and b.bound > stated:
            sizes = f"{b.bound:.9g} is larger than the stated max_error {float(stated):.9g}"
            yield f"the certified bound of output {b.output}, {sizes}"
        if (None if stated is None else rounded_down(stated)) != b.target:
            asked = "none" if stated is None else f"{float(stated):.9g}"
            target = "none" if b.target is None else f"{b.target:.9g}"
            yield f"the certificate says that output {b.output} may be off by {target}, the design by {asked}"


def reported(build: Build) -> Iterator[str]:
    """Where the report gives another bound than the certificate."""
    told = build.report.get("outputs", {})
    for b in build.certificate.bounds:
        bound = told.get(b.output, {}).get("certified_bound", b.bound)
        if bound != (b.bound if math.isfinite(b.bound) else None):
            yield f"report.json says that the bound of output {b.output} is {bound}, the certificate {b.bound:.9g}"


def rounded_down(value: Fraction) -> float:
    """The largest float that is not above a number."""
    near = float(value)
    return near if Fraction(near) <= value else math.nextafter(near, -math.inf)


def _attacked(build: Build, seed: int) -> Iterator[str]:
    """The input at which a bound does not hold, if an attack from another seed finds one."""
    try:
        evidence.gather(build.firmware, Settings(seed=seed + 1))
    except BrokenPromise as e:
        yield f"{e.what}, at {e.where}"


def _chosen(tools: Sequence[str] | None) -> list[Model]:
    if tools is None:
        return list(MODELS)
    known = dict.fromkeys(m.tool or m.name for m in MODELS)
    names = ", ".join(("numpy", *known))
    for tool in tools:
        if tool not in (*known, "numpy"):
            remedy = "leave out --tool to run all"
            raise InputError(
                f"there is no model '{tool}'", expected=f"one of {names}", remedy=remedy
            )
    return [m for t in dict.fromkeys(tools) for m in MODELS if (m.tool or m.name) == t]


def _run(
    model: Model, build: Build, v: Vectors, expected: Mapping[str, Column], required: bool
) -> Run:
    """``model`` against ``expected``; a missing tool is an error only where the user named it."""
    limit = min(model.limit or len(v), len(v))
    inputs = v.take(limit)
    start = time.perf_counter()
    try:
        got = model.run(build, inputs)
    except ToolMissing as e:
        if required:
            raise
        return Run(model.name, skipped=e.what + (f"; {e.remedy}" if e.remedy else ""))
    except CheckFailed as e:
        return Run(model.name, limit, seconds=time.perf_counter() - start, failed=e.what)
    seconds = time.perf_counter() - start
    rows = vectors.spread(len(v), limit)
    wanted = {name: np.asarray(column)[rows] for name, column in expected.items()}
    wrong, examples = _compare(inputs, wanted, got)
    return Run(model.name, limit, wrong, seconds, examples)


def _compare(
    inputs: Mapping[str, Column], expected: Mapping[str, Column], got: Mapping[str, Column]
) -> tuple[int, tuple[Mismatch, ...]]:
    """How many rows differ in any bit, and the first few."""
    differs = {
        name: np.asarray(got[name]).astype(object) != column.astype(object)
        for name, column in expected.items()
    }
    rows = np.flatnonzero(np.logical_or.reduce(list(differs.values())))
    examples = []
    for row in rows[:_SHOWN]:
        output = next(name for name, wrong in differs.items() if wrong[row])
        codes = {name: int(column[row]) for name, column in inputs.items()}
        examples.append(Mismatch(codes, output, int(expected[output][row]), int(got[output][row])))
    return len(rows), tuple(examples)
