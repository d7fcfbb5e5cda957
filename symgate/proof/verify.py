"""Every model of a build on the same vectors, bit by bit, and the certificate against what was
observed.
"""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from symgate.errors import CheckFailed, InputError, ToolMissing
from symgate.project.folder import Build
from symgate.proof import observed as bounds
from symgate.proof.observed import Observed
from symgate.proof.recheck import PROVED, WRONG, recheck
from symgate.sim import numpy_model, vectors
from symgate.sim.models import MODELS, Model
from symgate.sim.vectors import Column, Vectors

VECTORS = 100_000
_SHOWN = 5  # mismatches that are kept per model
_APART = 1.05  # two proofs cut the ranges differently, so their bounds may differ by this factor
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
class Recheck:
    """The certificate's bound of one output, proved again by independent code, or why it could not
    be.
    """

    output: str
    certified: float
    again: float  # the bound that the second proof reaches
    verdict: str
    reason: str | None = None

    @property
    def problem(self) -> str | None:
        """What is wrong with the certificate, in a sentence."""
        if self.verdict == WRONG:
            return f"the certificate of output {self.output} is wrong: {self.reason}"
        if self.verdict == PROVED or not self.certified * _APART < self.again < math.inf:
            return None
        bounds = f"{self.again:.6g}, more than the certified bound {self.certified:.6g}"
        return f"the independent check of output {self.output} gives {bounds}"

    @property
    def note(self) -> str | None:
        """What the second proof leaves open although nothing contradicts it, in a sentence."""
        if self.verdict == PROVED or self.problem:
            return None
        return f"the bound of output {self.output} is not proved a second time: {self.reason}"


@dataclass(frozen=True)
class Verification:
    """What `verify` found."""

    vectors: int
    source: str
    runs: tuple[Run, ...]
    bounds: tuple[Observed, ...]
    recheck: tuple[Recheck, ...]

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
        results: list[Run | Observed | Recheck] = [*self.runs, *self.bounds, *self.recheck]
        return [problem for result in results if (problem := result.problem)]

    @property
    def notes(self) -> list[str]:
        """What could not be checked, a line each."""
        return [note for c in self.recheck if (note := c.note)]


def verify(
    build: Build,
    count: int = VECTORS,
    seed: int = 0,
    tools: Sequence[str] | None = None,
    data: Mapping[str, Column] | None = None,
    progress: Progress = lambda step: None,
) -> Verification:
    """Run ``tools`` (every available model by default) on ``count`` vectors and check the
    certificate.
    """
    chosen = _chosen(tools)
    progress("numpy: computing the reference")
    v = vectors.make(build.design.inputs, count, seed, data)
    start = time.perf_counter()
    expected = numpy_model.simulate(build.graph, v.columns)
    runs = [Run("numpy", len(v), seconds=time.perf_counter() - start)]
    for model in chosen:
        progress(f"{model.name}: {min(model.limit or len(v), len(v)):,} vectors")
        runs.append(_run(model, build, v, expected, required=tools is not None))
    progress("certificate: observed errors against the bounds")
    seen = bounds.observe(build.design, build.graph, build.certificate, v.columns, expected)
    progress("certificate: independent check")
    return Verification(len(v), str(v), tuple(runs), tuple(seen), _recheck(build))


def _chosen(tools: Sequence[str] | None) -> list[Model]:
    if tools is None:
        return list(MODELS)
    known = {m.name: m for m in MODELS}
    names = ", ".join(("numpy", *known))
    for tool in tools:
        if tool not in (*known, "numpy"):
            remedy = "leave out --tool to run all"
            raise InputError(
                f"there is no model '{tool}'", expected=f"one of {names}", remedy=remedy
            )
    return [known[t] for t in dict.fromkeys(tools) if t != "numpy"]


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


def _recheck(build: Build) -> tuple[Recheck, ...]:
    """What the independent check of the certificate says of each output."""
    return tuple(
        Recheck(o.output, o.certified, o.reached, o.verdict, o.problem) for o in recheck(build)
    )
