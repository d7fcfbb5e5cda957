"""One design: compiled by symgate, run by an interpreter of its graph, compared with its formulas.

Of symgate this uses what a user has: `symgate.compile`, `symgate.verify`, its errors, its NumPy
model, and the files of the build.
"""

from __future__ import annotations

import json
import random
import re
import resource
import shutil
import time
import traceback
import warnings
from collections.abc import Mapping
from dataclasses import dataclass, field
from fractions import Fraction
from pathlib import Path
from typing import Any

import numpy as np

from tools.attack import designs, netlist
from tools.attack.designs import Stated
from tools.attack.netlist import Netlist
from tools.attack.reals import Undecided, Undefined
from tools.attack.search import Effort, Hunt, Tried, questions
from tools.attack.truth import Clamps, distance

#: Kinds of failure: a bound that an input breaks, a design that is accepted though it has no value
#: somewhere, a compilation that stopped because symgate contradicted itself, bits that differ.
VIOLATED, UNDEFINED, STOPPED, BITS = "violated", "undefined", "stopped", "bits"
CRASH, HANG = "crash", "hang"
KINDS = (VIOLATED, UNDEFINED, STOPPED, BITS, CRASH, HANG)
#: A defect of the attack, which is no result.
BROKEN = "broken"
COMPILED, REFUSED = "compiled", "refused"


@dataclass(frozen=True)
class Failure:
    """What is wrong with a design: a kind, a sentence, and the input that shows it."""

    kind: str
    what: str
    inputs: dict[str, int] = field(default_factory=dict)  # codes by port


@dataclass
class Verdict:
    """What became of one design."""

    outcome: str = COMPILED
    reason: str = ""  # of a refusal
    failures: list[Failure] = field(default_factory=list)
    inputs: int = 0  # points that were run
    decided: int = 0  # errors that were decided rigorously
    undecided: int = 0  # points at which no precision told the value
    tightness: float = 0.0  # largest error that was found, by the bound
    seconds: float = 0.0  # of the processor
    models: tuple[str, ...] = ()  # that `symgate.verify` ran


#: The models that are tried, and the programs they need; these start quickest.
#: Bytes of Verilog above which Icarus takes minutes to read a table.
_MOST_VERILOG = 4_000_000
_MODELS = {"cpp": "g++", "icarus": "iverilog"}


class Slow(BaseException):
    """The processor time of a design is spent; no Exception, so that nothing swallows it."""


def judge(
    text: str,
    files: Mapping[str, str],
    folder: Path,
    *,
    seed: int,
    effort: Effort,
    verify: bool = False,
) -> Verdict:
    """Compile the design ``text`` in ``folder`` and attack it."""
    start = _processor_time()
    verdict = Verdict()
    try:
        _judge(text, files, folder, random.Random(seed), effort, verify, verdict)
    except Slow:
        verdict.outcome = HANG
        verdict.failures.append(Failure(HANG, _place()))
    except netlist.NoGraph as e:
        verdict.failures.append(Failure(BITS, f"graph.txt: {e}"))
    except Exception:
        what = f"the attack itself broke:\n{traceback.format_exc(limit=-4)}"
        verdict.outcome = BROKEN
        verdict.failures.append(Failure(BROKEN, what))
    verdict.seconds = _processor_time() - start
    return verdict


def _processor_time() -> float:
    """Seconds of this process and of the tools that it ran."""
    tools = resource.getrusage(resource.RUSAGE_CHILDREN)
    return time.process_time() + tools.ru_utime + tools.ru_stime


def _place() -> str:
    """Where in symgate the time went, from the traceback being handled."""
    lines = traceback.format_exc().splitlines()
    found = [line.strip() for line in lines if "symgate" in line and "File" in line]
    return f"more processor time than allowed; last in {found[-1] if found else 'the attack'}"


def _judge(
    text: str,
    files: Mapping[str, str],
    folder: Path,
    rng: random.Random,
    effort: Effort,
    verify: bool,
    verdict: Verdict,
) -> None:
    stated = designs.read(text)
    folder.mkdir(parents=True, exist_ok=True)
    for name, content in {"design.toml": text, **files}.items():
        (folder / name).write_text(content, encoding="utf-8")
    build, told = _compiled(folder, verdict)
    if build is None:
        return
    if "has its limit" in told:  # what the user is told that the design means
        stated = designs.read((build.path / "design.toml").read_text(encoding="utf-8"))
    graph = netlist.read((build.path / "graph.txt").read_text(encoding="utf-8"))
    bounds = _bounds(build.path / "certificate.json")
    _check_claims(stated, graph, bounds, verdict)
    attack = _Attack(stated, graph, bounds, build, verdict)
    attack.run(rng, effort)
    if verify:
        _verify(build, verdict)


def _compiled(folder: Path, verdict: Verdict) -> tuple[Any, str]:
    """The build and what symgate warned of; None where it refuses the design or breaks."""
    import symgate
    from symgate.errors import SymgateError

    try:
        with warnings.catch_warnings(record=True) as told:
            warnings.simplefilter("always")
            build = symgate.compile(folder / "design.toml", folder / "build")
            return build, "\n".join(str(one.message) for one in told)
    except SymgateError as e:
        verdict.outcome, verdict.reason = REFUSED, _kind_of(e.what)
        if type(e).__name__ == "BrokenPromise":
            verdict.failures.append(Failure(STOPPED, f"{e.what}, at {e.where}"))
    except Exception as e:
        verdict.outcome = CRASH
        trace = "".join(traceback.format_tb(e.__traceback__)[-3:])
        verdict.failures.append(Failure(CRASH, f"{type(e).__name__}: {e}\n{trace}"))
    return None, ""


def _kind_of(what: str) -> str:
    """A reason without names and numbers, so that alike ones count together."""
    what = re.sub(r"'[^']*'", "'...'", what)
    what = re.sub(r"^output '\.\.\.': ", "", what)
    what = re.sub(r"\boutput \w+", "output ...", what)
    return re.sub(r"[-+]?\d[\d.,]*(e[-+]?\d+)?", "N", what)[:100]


def _bounds(path: Path) -> dict[str, float]:
    data = json.loads(path.read_text(encoding="utf-8"))
    return {b["output"]: b["bound"] for b in data["bounds"]}


def _check_claims(
    stated: Stated, graph: Netlist, bounds: dict[str, float], verdict: Verdict
) -> None:
    """The ports of the graph are those of the design, and no bound is above what was asked for."""
    for p in stated.ports:
        n = graph.inputs.get(p.name)
        if n is None:
            verdict.failures.append(Failure(BITS, f"the graph has no input {p.name}"))
        elif (n.type.signed, n.type.width, n.type.frac) != (p.signed, p.width, p.frac):
            verdict.failures.append(Failure(BITS, f"input {p.name} is {n.type}, not {p}"))
        elif n.low not in (p.first, p.lowest) or n.high not in (p.last, p.highest):
            what = f"input {p.name} takes [{n.low}, {n.high}], not [{p.first}, {p.last}]"
            verdict.failures.append(Failure(BITS, what))
    for name, asked in stated.max_error.items():
        if not Fraction(bounds[name]) <= asked:
            what = f"output {name} is certified to {bounds[name]!r}, above {float(asked)!r}"
            verdict.failures.append(Failure(VIOLATED, what))


class _Attack:
    """The hunt on one build, and what it found."""

    def __init__(
        self,
        stated: Stated,
        graph: Netlist,
        bounds: dict[str, float],
        build: Any,
        verdict: Verdict,
    ):
        self.stated, self.graph, self.bounds = stated, graph, bounds
        self.build, self.verdict = build, verdict
        self.clamps = Clamps() if stated.clamp else None
        self.worst: dict[str, tuple[float, Failure]] = {}
        self.seen: set[tuple[str, tuple[int, ...]]] = set()

    def run(self, rng: random.Random, effort: Effort) -> None:
        """Try everything; keep one failure of each kind and output."""
        hunt = Hunt(self.stated, self.graph, rng, effort)
        for tried in hunt.tried():
            self.verdict.inputs += len(tried)
            self._compare_bits(tried)
            for name in self.stated.outputs:
                for row in questions(tried, name, self.bounds[name], effort, rng):
                    self._decide(name, tried, row)
        if not hunt.broken:
            self._compare_outside(hunt)
        self.verdict.failures += [failure for _, failure in self.worst.values()]
        if hunt.broken:
            self.verdict.failures.append(Failure(BITS, hunt.broken[0]))

    def _compare_outside(self, hunt: Hunt) -> None:
        """Codes outside of a range give what its nearest end gives, where a port takes them."""
        outside, found, nearest = hunt.outside()
        for name, wanted in nearest.items():
            differs = np.flatnonzero(found[name] != wanted)
            if len(differs):
                codes = {n: int(c[differs[0]]) for n, c in outside.items()}
                what = f"output {name} is not what the nearest codes in range give"
                self.verdict.failures.append(Failure(BITS, what, codes))

    def _compare_bits(self, tried: Tried) -> None:
        """symgate's NumPy model gives the codes of this interpreter."""
        from symgate.sim import numpy_model

        got = numpy_model.simulate(self.build.graph, tried.columns)
        for name, wanted in tried.answers.items():
            differs = np.flatnonzero(got[name].astype(object) != wanted.astype(object))
            if len(differs):
                row = int(differs[0])
                codes = {n: int(c[row]) for n, c in tried.columns.items()}
                what = f"output {name}: NumPy {got[name][row]}, the graph {wanted[row]}"
                self._keep(BITS, name, 0.0, Failure(BITS, what, codes))

    def _decide(self, name: str, tried: Tried, row: int) -> None:
        codes = {n: int(c[row]) for n, c in tried.columns.items()}
        key = name, tuple(codes.values())
        if key in self.seen:
            return
        self.seen.add(key)
        point = {p.name: codes[p.name] * p.unit for p in self.stated.ports}
        answer = int(tried.answers[name][row]) * Fraction(2) ** -self.graph.outputs[name][1].frac
        bound = self.bounds[name]
        self.verdict.decided += 1
        try:
            error, more = distance(
                self.stated.outputs[name], point, answer, Fraction(bound), self.clamps
            )
        except Undefined as e:
            what = f"output {name} is accepted, though it is undefined: {e}"
            self._keep(UNDEFINED, name, 0.0, Failure(UNDEFINED, what, codes))
            return
        except Undecided:
            self.verdict.undecided += 1
            return
        if bound > 0:
            self.verdict.tightness = max(self.verdict.tightness, error / bound)
        if more:
            what = f"output {name}: certified {bound!r}, error {error!r}"
            self._keep(VIOLATED, name, error, Failure(VIOLATED, what, codes))

    def _keep(self, kind: str, name: str, size: float, failure: Failure) -> None:
        key = f"{kind} {name}"
        if key not in self.worst or size > self.worst[key][0]:
            self.worst[key] = size, failure


def _verify(build: Any, verdict: Verdict) -> None:
    """The C++ and the Verilog on symgate's own vectors, and what its second proof says."""
    import symgate
    from symgate.errors import SymgateError

    tools = [model for model, program in _MODELS.items() if shutil.which(program)]
    size = sum(file.stat().st_size for file in (build.path / "rtl").glob("*.v"))
    if size > _MOST_VERILOG:
        tools.remove("icarus")
    try:
        found = symgate.verify(build, tools=tools, vectors=2_000)
    except SymgateError as e:
        verdict.failures.append(Failure(BITS, f"verify: {e.what}"))
        return
    except Exception as e:
        verdict.failures.append(Failure(CRASH, f"verify: {type(e).__name__}: {e}"))
        return
    verdict.models = tuple(found.models)
    differing = [p for run in found.runs if (p := run.problem)]
    for problem in found.problems:
        kind = BITS if problem in differing else VIOLATED
        verdict.failures.append(Failure(kind, f"verify: {problem}"))
