"""Two expressions at exact points: shown to differ, shown to agree to many digits, or undecided."""

from __future__ import annotations

import random
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from itertools import product
from math import prod
from typing import Any

import flint

from symgate.ir.design import Input
from symgate.ir.expr import Expr
from symgate.proof.ballmath import Ball, Tape, fraction
from symgate.proof.turning import turning

Codes = dict[str, int]  # of the inputs
Marks = Mapping[str, Sequence[int]]  # codes of each input that are worth a look


@dataclass(frozen=True)
class Settings:
    """How many points, and how exactly."""

    points: int = 64  # of an output of which algebra says nothing
    few: int = 16  # of one that algebra has shown to be right: only whether both are defined
    least: int = 8  # of each of many large outputs
    work: int = 200_000  # nodes that are evaluated in balls for all outputs, at about 1 us each
    corners: int = 16  # at most, as many beside corners and 0, and where conditions change
    bits: tuple[int, ...] = (256, 512, 1024, 2048)  # of the balls, until a point is decided
    same_bits: int = 200  # values that agree so far, relative to the largest one, are the same
    seed: int = 0


SETTINGS = Settings()


@dataclass(frozen=True)
class Agreement:
    """What was found at the points."""

    points: int
    undecided: int = 0  # where a side jumps or is undefined
    difference: str | None = None  # at ``at``, which shows that the two are not the same
    at: Codes | None = None


class Pair:
    """Two expressions, computed together in balls of any precision."""

    def __init__(self, f: Expr, g: Expr, inputs: Sequence[Input], settings: Settings):
        self.roots, self.inputs, self.settings = (f, g), inputs, settings
        self.names = [i.name for i in inputs]
        self.units = [fraction(i.type.ulp) for i in inputs]
        self.tapes: dict[int, Tape] = {}

    def at(self, codes: Codes, bits: int) -> tuple[Ball, Ball]:
        """Both values at a point."""
        if bits not in self.tapes:
            self.tapes[bits] = Tape(self.roots, self.names, bits)
        with flint.ctx.workprec(bits):
            units = zip(self.names, self.units, strict=True)
            f, g = self.tapes[bits](*(unit * codes[name] for name, unit in units))
        return f, g

    def agreement(self, count: int) -> Agreement:
        """Compare the two at ``count`` points, until one shows a difference."""
        points = chosen(self.inputs, count, self.settings, turning(self.roots, self.inputs))
        first = [self.at(p, self.settings.bits[0]) for p in points]
        sizes = [float(abs(f).upper()) for f, _ in first if f.is_finite()]
        tolerance = max(sizes, default=0.0) * 2.0**-self.settings.same_bits
        undecided = 0
        for p, balls in zip(points, first, strict=True):
            found = self._decided(p, balls, tolerance)
            if found:
                return Agreement(len(points), undecided, found, p)
            undecided += found is None
        return Agreement(len(points), undecided)

    def _decided(self, codes: Codes, balls: tuple[Ball, Ball], tolerance: float) -> str | None:
        """How the two differ at a point, in words; "" where they agree, None where that is open."""
        for bits in self.settings.bits:
            f, g = balls if bits == self.settings.bits[0] else self.at(codes, bits)
            with flint.ctx.workprec(bits):
                difference = abs(f - g)
            if difference.is_finite() and difference <= tolerance:
                return ""
            if difference.is_finite() and not difference.contains(0):
                return f"it differs by {float(difference.mid()):.3g}"
        if _narrow(f) and not g.is_finite():
            return "it is undefined"
        return None


def chosen(
    inputs: Sequence[Input], count: int, settings: Settings, marks: Marks | None = None
) -> list[Codes]:
    """All inputs where these are few, else corners, codes at ``marks`` and beside corners and 0,
    and random ones.
    """
    ranges = [i.raw for i in inputs]
    whole = [range(r.lo, r.hi + 1) for r in ranges]
    if prod(r.hi - r.lo + 1 for r in ranges) <= count:
        return [_named(inputs, row) for row in product(*whole)]
    chance, most = random.Random(settings.seed), min(settings.corners, count // 3)
    rows = [tuple(r.lo for r in ranges), tuple(r.hi for r in ranges)]
    rows += _drawn([(r.lo, r.hi) for r in ranges], most, chance)
    beside = [[v for v in (-1, 0, 1, r.lo + 1, r.hi - 1) if v in r] or [r.lo] for r in ranges]
    special = [(marks or {}).get(i.name) or b for i, b in zip(inputs, beside, strict=True)]
    rows += _drawn(beside, most, chance) + _drawn(special, most, chance)
    rows = list(dict.fromkeys(rows))
    # `choice` takes no range of 2**63 codes and more
    rows += [
        tuple(chance.randrange(codes.start, codes.stop) for codes in whole)
        for _ in range(count - len(rows))
    ]
    return [_named(inputs, row) for row in rows]


def _drawn(
    marks: Sequence[Sequence[int]], count: int, chance: random.Random
) -> list[tuple[int, ...]]:
    """Rows of marks, one of each input: all of them, or ``count`` in which all marks are as often."""
    if prod(map(len, marks)) <= count:
        return list(product(*marks))
    columns = []
    for m in marks:
        column = (list(m) * (count // len(m) + 1))[:count]
        chance.shuffle(column)
        columns.append(column)
    return list(zip(*columns, strict=True))


def _named(inputs: Sequence[Input], row: Sequence[int]) -> Codes:
    return {i.name: code for i, code in zip(inputs, row, strict=True)}


def shown(codes: Codes, inputs: Mapping[str, Input], most: int = 8) -> str:
    """A point for a reader: the values of its inputs, with their codes."""
    parts = []
    for name, code in list(codes.items())[:most]:
        value = code * inputs[name].type.ulp
        text = f"{float(value):.12g}" if abs(value) < Fraction(10) ** 300 else str(value)
        parts.append(f"{name} = {text} (code {code})")
    return ", ".join(parts) + (", ..." if len(codes) > most else "")


def _narrow(ball: Any) -> bool:
    """Whether a ball says what its number is."""
    return bool(ball.is_finite() and ball.rad() <= (1 + abs(ball.mid())) * 2.0**-100)
