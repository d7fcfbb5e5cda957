"""The inputs at which one output looks worst in float64, and what balls say of them."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import flint
import numpy as np
from numpy.typing import NDArray

from symgate.errors import BrokenPromise
from symgate.ir.design import Input
from symgate.ir.expr import Expr, postorder, variables
from symgate.ir.fixed import Port
from symgate.proof.agreement import Codes, shown
from symgate.proof.ballmath import Ball, Tape, fraction
from symgate.proof.probes import Rows

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Balls:
    """How many rows are computed rigorously, and how exactly."""

    work: int = 60_000  # nodes of expressions that are evaluated, at about 2 us each
    least: int = 12  # rows of each output
    most: int = 200
    bits: tuple[int, ...] = (128, 512, 2048)  # until a row is decided


BALLS = Balls()


@dataclass(frozen=True)
class Worst:
    """The largest error that was found on one output, and the input that shows it."""

    output: str
    error: float  # at most this much, at ``at``; infinity where no row could be decided
    at: Codes
    undecided: int  # rows of which balls do not tell whether the bound holds


@dataclass
class Suspects:
    """The rows on which one output looks worst, and what balls say of them."""

    port: Port
    truth: Expr
    bound: float
    inputs: Sequence[Input]
    keeps: int  # rows, at least
    share: int  # of the work in balls
    settings: Balls = BALLS
    balls: int = 0  # rows that were computed rigorously
    rows: Rows = field(default_factory=lambda: np.zeros((0, 0)))  # those that look worst
    raw: Any = None  # what the firmware gives there
    errors: Floats = field(default_factory=lambda: np.zeros(0))

    def __post_init__(self) -> None:
        names = set(variables([self.truth]))
        self.reads = [k for k, i in enumerate(self.inputs) if i.name in names]
        size = len(postorder([self.truth])) + len(self.reads)
        s = self.settings
        self.most = min(s.most, max(s.least, self.share // size))
        self.unknown = 0  # of the rows: those that float64 cannot compute, which come first
        self.units = [fraction(self.inputs[k].type.ulp) for k in self.reads]
        self.tapes: dict[int, Tape] = {}

    @property
    def name(self) -> str:
        """The name of the output."""
        return self.port.name

    def keep(self, rows: Rows, raw: Any, errors: Floats) -> None:
        """Keep the worst of these rows and those before, and some that float64 cannot compute."""
        if len(self.rows):
            rows = np.concatenate([self.rows, rows])
            raw = np.concatenate([self.raw, raw])
            errors = np.concatenate([self.errors, errors])
        finite = np.isfinite(errors)
        unknown = np.flatnonzero(~finite)[: self.settings.least].tolist()
        most = max(self.most, self.keeps)
        order = np.argsort(np.where(finite, -errors, 1.0), kind="stable")[: 2 * most]
        known = self._distinct(rows, order[finite[order]])[:most]
        taken, self.unknown = unknown + known, len(unknown)
        self.rows, self.raw, self.errors = rows[taken], raw[taken], errors[taken]

    def _distinct(self, rows: Rows, order: NDArray[np.int64]) -> list[int]:
        """The first of the rows that agree in all inputs that the output reads."""
        read = rows[order][:, self.reads]
        first: dict[Any, int] = {}
        for k, row in zip(order.tolist(), read, strict=True):
            first.setdefault(tuple(row) if row.dtype == object else row.tobytes(), k)
        return list(first.values())

    def top(self, count: int) -> Rows:
        """The worst rows, repeated where there are fewer."""
        known = self.rows[self.unknown :] if len(self.rows) > self.unknown else self.rows
        return known[np.arange(count) % len(known)]

    def worst(self) -> Worst:
        """The largest error, by balls: of the rows in order, until none looks worse than it."""
        largest, at, undecided = -1.0, 0, 0
        limit = flint.arb(self.bound)
        for k in range(len(self.rows)):
            enough = self.balls >= self.settings.least and self.errors[k] <= largest
            if enough or self.balls >= self.most:
                break
            error = self._error(k)
            if error > limit:
                raise self._broken(k, error)
            undecided += not error <= limit
            upper = float(error.upper()) if error.is_finite() else -1.0
            if upper > largest:
                largest, at = upper, k
        found = largest if largest >= 0 else math.inf
        return Worst(self.name, found, self._codes(at), undecided)

    def _error(self, k: int) -> Ball:
        """A ball around the error at a row, as narrow as it takes to decide."""
        limit = flint.arb(self.bound)
        self.balls += 1
        for bits in self.settings.bits:
            if bits not in self.tapes:
                names = [self.inputs[j].name for j in self.reads]
                self.tapes[bits] = Tape([self.truth], names, bits)
            with flint.ctx.workprec(bits):
                codes = zip(self.units, self._codes(k).values(), strict=True)
                point = [unit * code for unit, code in codes]
                (value,) = self.tapes[bits](*point)
                error = abs(value - fraction(int(self.raw[k]) * self.port.type.ulp))
            if error > limit or error <= limit:
                break
        return error

    def _codes(self, k: int) -> Codes:
        return {self.inputs[j].name: int(self.rows[k][j]) for j in self.reads}

    def _broken(self, k: int, error: Ball) -> BrokenPromise:
        sizes = f"{float(error.mid()):.6g}, more than its certified bound {self.bound:.6g}"
        return BrokenPromise(
            f"output {self.name} is off by {sizes}",
            where=shown(self._codes(k), {i.name: i for i in self.inputs}),
            expected="an error of at most the bound at every input in range",
        )
