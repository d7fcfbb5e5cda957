"""An input at which a claim of the certificate does not hold: what it takes to call one wrong.

Inputs are searched at random, at the ends of their ranges, and by climbing: towards the codes of
operands at which the claim would be missed, and towards a larger error. What is found is decided by
balls, so a witness is never a matter of rounding.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from symgate.ir.design import Input
from symgate.ir.evaluate import evaluate
from symgate.ir.exprtext import brief
from symgate.ir.fixed import Graph
from symgate.proof.agreement import shown
from symgate.proof.claims import TINY, Claim, Miss
from symgate.proof.codes import near_float
from symgate.proof.combos import Grid
from symgate.proof.forms import Unprovable
from symgate.proof.occurring import inputs_below, values_of
from symgate.sim.vectors import corners, uniform

_RANDOM, _CORNERS = 1 << 13, 1 << 10  # inputs that are tried for each claim
_CLIMBERS, _STEPS = 256, 80
_DECIDED = 16  # of the most promising inputs, by balls
_SHOWN = 60  # characters of an expression in a message
Codes = NDArray[Any]  # int64, or Python ints where an input is wider
Floats = NDArray[np.float64]
Score = Callable[[dict[int, Codes]], Floats]


@dataclass(frozen=True)
class Witness:
    """An input, the error there, and the claim that it contradicts; anybody can repeat it."""

    at: str  # the value and the code of each input
    subject: str  # whose error
    error: float
    claimed: str

    def __str__(self) -> str:
        return f"at {self.at} the error of {self.subject} is {self.error:.9g}, not {self.claimed}"


def of_value(
    graph: Graph, claim: Claim, inputs: Sequence[Input], codes: Mapping[int, int], error: float
) -> Witness:
    """The witness against the claim of a value, for the codes of input nodes."""
    named = {p.name: codes[p.node] for p in graph.inputs if p.node in codes}
    subject = f"{claim.name} = {brief(claim.expr, _SHOWN)}"
    interval = f"in [{float(claim.lo):.9g}, {float(claim.hi):.9g}]"
    at = shown(named, {i.name: i for i in inputs}, len(named))
    return Witness(at, subject, error, interval)


@dataclass
class Search:
    """The search for an input that contradicts the claim of a value."""

    graph: Graph
    claim: Claim
    inputs: Sequence[Input]
    seed: int = 0
    nodes: list[int] = field(init=False)  # of the inputs that matter

    def __post_init__(self) -> None:
        self.nodes = inputs_below(self.graph, [self.claim.node, *self.claim.nodes])
        self.chance = np.random.default_rng(self.seed)
        self.ranges = [self.graph.nodes[i].range for i in self.nodes]

    def __call__(self, miss: Miss | None = None) -> Witness | None:
        """Return a witness, or None where none was found; ``miss`` says which codes would do."""
        rows = self._start()
        if (found := self._decided(rows)) is not None:
            return found
        goals: list[Score] = [self._over]
        if miss is not None:
            goals.insert(0, lambda values: -self._away(values, miss))
        for goal in goals:
            if (found := self._decided(self._climbed(rows, goal))) is not None:
                return found
        return None

    def _start(self) -> list[Codes]:
        drawn = [uniform(r, _RANDOM, self.chance) for r in self.ranges]
        ends = corners(self.ranges, self.chance, _CORNERS)
        return [np.concatenate([a, b]) for a, b in zip(ends, drawn, strict=True)]

    def _values(self, rows: Sequence[Codes]) -> dict[int, Codes]:
        wanted = [self.claim.node, *self.claim.nodes]
        return values_of(self.graph, wanted, dict(zip(self.nodes, rows, strict=True)))

    def _over(self, values: dict[int, Codes]) -> Floats:
        """In float64, by how much the error leaves the claimed interval; negative inside."""
        claim, nodes = self.claim, self.graph.nodes
        env = {
            n: values[o.node].astype(float) * 2.0 ** -nodes[o.node].frac + float(o.offset)
            for n, o in claim.operands.items()
        }
        with np.errstate(all="ignore"):
            raw = values[claim.node].astype(float) * 2.0 ** -nodes[claim.node].frac
            error = raw + float(claim.offset) - evaluate([claim.expr], env)[0]
            if claim.modulus:
                middle = float(claim.lo + claim.hi) / 2
                error = error - float(claim.modulus) * np.round(
                    (error - middle) / float(claim.modulus)
                )
            over = np.maximum(float(claim.lo) - error, error - float(claim.hi))
        out: Floats = np.nan_to_num(over, nan=math.inf, posinf=math.inf, neginf=-math.inf)
        return out

    def _away(self, values: dict[int, Codes], miss: Miss) -> Floats:
        """How far the operands are from the codes of ``miss``, in parts of their ranges."""
        parts = []
        for i, code in miss.codes.items():
            r = self.graph.nodes[i].range
            distance = np.abs(values[i].astype(float) - float(code))
            parts.append(distance / max(r.hi - r.lo, 1))
        out: Floats = np.sum(parts, axis=0)
        return out

    def _climbed(self, rows: Sequence[Codes], goal: Score) -> list[Codes]:
        """The best of ``rows``, each moved one input at a time while that raises its score."""
        score = goal(self._values(rows))
        best = np.argsort(-score, kind="stable")[:_CLIMBERS]
        now, score = [c[best] for c in rows], score[best]
        for _ in range(_STEPS if self.nodes else 0):
            moved = [c.copy() for c in now]
            which = self.chance.integers(0, len(self.nodes), len(score))
            for k, r in enumerate(self.ranges):
                moved[k] = np.where(which == k, self._moved(moved[k], r.lo, r.hi), moved[k])
            new = goal(self._values(moved))
            better = new > score
            now = [np.where(better, m, c) for m, c in zip(moved, now, strict=True)]
            score = np.where(better, new, score)
        return now

    def _moved(self, codes: Codes, lo: int, hi: int) -> Codes:
        """Codes at random distances, small ones as likely as large ones."""
        bits = max((hi - lo).bit_length(), 1)
        size = [1 << int(b) for b in self.chance.integers(0, bits, len(codes))]
        sign = self.chance.choice([-1, 1], len(codes)).tolist()
        steps = np.array([a * b for a, b in zip(size, sign, strict=True)], dtype=codes.dtype)
        out: Codes = np.clip(codes + steps, lo, hi)
        return out

    def _decided(self, rows: Sequence[Codes]) -> Witness | None:
        """The input among the most promising ones that contradicts the claim for certain."""
        if not self.nodes:
            return None
        values = self._values(rows)
        over = self._over(values)
        order = np.argsort(-over, kind="stable")[:_DECIDED]
        for k in order.tolist():
            error = self._error(
                [int(values[i][k]) for i in self.claim.nodes], int(values[self.claim.node][k])
            )
            if error is not None:
                codes = {i: int(c[k]) for i, c in zip(self.nodes, rows, strict=True)}
                return of_value(self.graph, self.claim, self.inputs, codes, error)
        return None

    def _error(self, operands: list[int], raw: int) -> float | None:
        """The error at some codes, if it is outside the claim for certain."""
        claim = self.claim
        grid = Grid(self.graph, claim, {})
        try:
            ((lo, hi),) = grid.single([operands], [raw])
        except Unprovable:
            return None
        if claim.modulus:
            away = claim.modulus * round((lo + hi - claim.lo - claim.hi) / (2 * claim.modulus))
            lo, hi = lo - away, hi - away
        if hi < claim.lo - TINY or lo > claim.hi + TINY:
            return near_float(lo if hi < claim.lo else hi)
        return None
