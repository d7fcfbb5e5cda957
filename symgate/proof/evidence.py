"""What a compilation ends with: the rewriting is checked, and a quick attack looks for an error
above the certified bounds.

float64 only says which inputs look worst; python-flint balls of rising precision through the user's
expression decide. How much is tried depends on the size of the design alone, so that the same
design is always tried at the same inputs.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from symgate.errors import BrokenPromise
from symgate.ir.arrays import narrow
from symgate.ir.design import Input
from symgate.ir.evaluate import evaluate
from symgate.ir.expr import postorder, variables
from symgate.ir.firmware import Firmware
from symgate.ir.fixed import Node
from symgate.proof import classes, compose, probes
from symgate.proof.probes import Rows
from symgate.proof.turning import turning
from symgate.proof.worst import BALLS, Balls, Floats, Suspects, Worst
from symgate.sim.numpy_model import simulate
from symgate.sim.truth import expressions
from symgate.sim.vectors import reals


@dataclass(frozen=True)
class Settings:
    """How much is tried: at most about half a second on one core of a server of 2020."""

    work: int = 40_000_000  # nodes times rows, at about 10 ns each
    least_rows: int = 4_000  # for very large designs, which take minutes to compile
    most_inputs: int = 1 << 17  # that are all tried
    call: int = 1_000  # rows that take as long as it takes to call NumPy for a node
    wide: int = 50  # how much longer a row takes on a node that int64 does not hold
    chunk: int = 4_096  # rows at a time, so that they stay in the cache of the processor
    start: float = 0.4  # share of the work before the climbs
    most_rows: int = 1 << 15  # before the climbs: more random rows hardly find larger errors
    rounds: int = 24  # of steps, at most
    climbers: int = 16  # rows of each output that steps start from, at most
    tries: int = 64  # steps of each of them in a round, at most
    balls: Balls = BALLS
    seed: int = 0


SETTINGS = Settings()


@dataclass(frozen=True)
class Evidence:
    """What was tried, and the largest error of each output; no bound was exceeded."""

    points: int
    all_inputs: bool
    climbs: int
    balls: int
    outputs: tuple[Worst, ...]

    def summary(self, inputs: Sequence[Input]) -> dict[str, Any]:
        """What a report says of it."""
        ports = {i.name: i for i in inputs}
        found = {w.output: _summary(w, ports) for w in self.outputs}
        counts = {"points": self.points, "climbs": self.climbs, "ball_points": self.balls}
        return {**counts, "all_inputs": self.all_inputs, "outputs": found}


def validated(firmware: Firmware) -> Firmware:
    """``firmware`` whose certificate says how its expressions were compared with the user's; raise
    `BrokenPromise` with the input at which they differ.
    """
    scores, data = classes.scored(firmware), firmware.certificate.data
    values = compose.values_of(data["values"], firmware.design.inputs)
    outputs = scores.certificate.data["outputs"]
    found = (*compose.compare(scores.design, values, outputs), *classes.compared(firmware))
    for c in found:
        if c.problem:
            raise BrokenPromise(
                f"output {c.output} was rewritten into another function: {c.difference}",
                where=c.at,
                expected="what the expression of the design gives, at every input in range",
            )
    rewriting = {c.output: c.summary() for c in found}
    certificate = replace(firmware.certificate, data={**data, "rewriting": rewriting})
    return replace(firmware, certificate=certificate)


def gather(firmware: Firmware, settings: Settings = SETTINGS) -> Evidence:
    """Attack ``firmware``; raise `BrokenPromise` with the input at which a bound does not hold."""
    return _Attack(classes.scored(firmware), settings).run()


def _summary(w: Worst, ports: Mapping[str, Input]) -> dict[str, Any]:
    at = {n: _value(code, ports[n]) for n, code in w.at.items()}
    error = w.error if math.isfinite(w.error) else None
    return {"largest_error": error, "at": at, "undecided": w.undecided}


def _value(code: int, port: Input) -> float | str:
    """The value of a code: a float where that is exact."""
    exact = code * port.type.ulp
    return float(exact) if float(exact) == exact else str(exact)


# ------------------------------------------------------------------ the attack


class _Attack:
    """One design under attack."""

    def __init__(self, firmware: Firmware, settings: Settings):
        self.settings, self.graph = settings, firmware.graph
        self.truth = expressions(firmware.design)
        read = _read(firmware)
        self.inputs = [i for i in firmware.design.inputs if i.name in read]
        self.fixed = {i.name: i.raw.lo for i in firmware.design.inputs if i.name not in read}
        self.rng = np.random.default_rng(settings.seed)
        nodes = postorder(self.truth.values())
        self.per_row = max(1, sum(map(self._cost, self.graph.nodes)) + len(nodes))
        self.per_call = settings.call * (len(self.graph.nodes) + len(nodes))
        self.points = 0
        share = settings.balls.work // max(1, len(self.truth))
        bound = firmware.certificate.bound
        self.outputs = [
            Suspects(
                p,
                self.truth[p.name],
                bound(p.name),
                self.inputs,
                settings.climbers,
                share,
                settings.balls,
            )
            for p in self.graph.outputs
        ]

    def _cost(self, node: Node) -> int:
        return 1 if narrow(node.range) else self.settings.wide

    def run(self) -> Evidence:
        work = max(self.settings.work, self.settings.least_rows * self.per_row)
        combinations = probes.combinations(self.inputs)
        whole = combinations <= min(self.settings.most_inputs, work // self.per_row)
        if whole:
            climbs = 0
            self._try(probes.every(self.inputs))
        else:
            count = min(self.settings.most_rows, int(work * self.settings.start) // self.per_row)
            marks = turning(self.truth.values(), self.inputs)
            self._try(probes.starting(self.inputs, max(count, 64), self.rng, marks))
            climbs = self._climb(int(work * (1 - self.settings.start)))
        worst = tuple(o.worst() for o in self.outputs)
        return Evidence(self.points, whole, climbs, sum(o.balls for o in self.outputs), worst)

    def _try(self, rows: Rows) -> None:
        """Compute the errors of all outputs at ``rows`` and keep the worst."""
        for start in range(0, len(rows), self.settings.chunk):
            part = rows[start : start + self.settings.chunk]
            for o, (raw, errors) in zip(self.outputs, self._errors(part), strict=True):
                o.keep(part, raw, errors)

    def _errors(self, rows: Rows) -> list[tuple[Any, Floats]]:
        """The raw value and the error of each output at every row."""
        self.points += len(rows)
        codes = {i.name: rows[:, k] for k, i in enumerate(self.inputs)}
        columns = codes | {n: np.full(len(rows), code) for n, code in self.fixed.items()}
        raw = simulate(self.graph, columns)
        values = evaluate(
            list(self.truth.values()), {i.name: reals(codes[i.name], i.type) for i in self.inputs}
        )
        wanted = dict(zip(self.truth, values, strict=True))
        found = []
        for o in self.outputs:
            with np.errstate(all="ignore"):
                error = np.abs(reals(raw[o.name], o.port.type) - wanted[o.name])
            found.append((raw[o.name], np.broadcast_to(error, len(rows))))
        return found

    def _climb(self, work: int) -> int:
        """Go on from the worst rows of each output to larger errors, one input at a time."""
        climbing = [o for o in self.outputs if o.reads]
        rounds = max(1, min(self.settings.rounds, work // (2 * self.per_call)))
        rows = (work // rounds - self.per_call) // self.per_row
        starts = min(self.settings.climbers, rows // (2 * len(climbing) or 1))
        if not climbing or starts < 1:
            return 0
        tries = min(self.settings.tries, rows // (starts * len(climbing)))
        for _ in range(rounds):
            trials = []
            for o in climbing:
                best = np.repeat(o.top(starts), tries, axis=0)
                trials.append(probes.moved(best, self.inputs, o.reads, self.rng))
            self._try(np.concatenate(trials))
        return starts * len(climbing)


def _read(firmware: Firmware) -> set[str]:
    """The inputs that an expression or an output of the graph reads."""
    graph, needed = firmware.graph, {p.node for p in firmware.graph.outputs}
    for k in range(len(graph.nodes) - 1, -1, -1):
        if k in needed:
            needed.update(graph.nodes[k].args)
    return {p.name for p in graph.inputs if p.node in needed} | set(
        variables(e for _, e in firmware.design.outputs)
    )
