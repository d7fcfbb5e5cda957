"""Whether the expressions of a certificate, put into each other, are the user's.

Algebra shows it for all inputs where it can. Every output is also computed both ways at exact
points, in balls of rising precision, until the values are shown to differ or to agree to 60 digits;
and where algebra says nothing, enclosures on sub-boxes say how far apart the two can be at most.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from math import isfinite
from typing import Any

import flint

from symgate.ir.design import Design, Input
from symgate.ir.expr import Expr, postorder, substitute, var, variables
from symgate.proof.agreement import SETTINGS, Agreement, Codes, Pair, Settings, chosen, shown
from symgate.proof.identity import SAME, Different, Equal, compared
from symgate.proof.normal import Poly, Rational, Space
from symgate.proof.normalise import Reader
from symgate.proof.reading import read
from symgate.proof.regions import Regions
from symgate.sim.truth import cleared, expressions

POINTS_ONLY = "balls at points"


@dataclass(frozen=True)
class Compared:
    """What is known of one output: that both expressions are equal, or where they differ."""

    output: str
    method: str  # of `symgate.proof.identity`, or `POINTS_ONLY`
    points: int = 0
    undecided: int = 0  # points at which a side jumps or is undefined
    branches: int = 1
    within: float | None = None  # no input makes a larger difference, where that was asked
    difference: str | None = None  # how the two differ at ``at``
    at: str | None = None

    @property
    def problem(self) -> str | None:
        """What is wrong with the output, in a sentence."""
        if self.difference is None:
            return None
        return f"output {self.output} is another function: {self.difference} at {self.at}"

    @property
    def exact(self) -> bool:
        """Whether the two are shown to be equal wherever both are defined."""
        return self.method != POINTS_ONLY

    def summary(self) -> dict[str, Any]:
        """What a certificate says of it."""
        found: dict[str, Any] = {"method": self.method, "points": self.points}
        found |= {"branches": self.branches} if self.branches > 1 else {}
        found |= {"undecided": self.undecided} if self.undecided else {}
        if self.within is not None:
            found["within"] = self.within if isfinite(self.within) else None
        return found


def compare(
    design: Design,
    values: Sequence[tuple[str, Expr]],
    outputs: Mapping[str, str],
    settings: Settings = SETTINGS,
) -> tuple[Compared, ...]:
    """Compare every output of ``design`` with the value that ``outputs`` names for it."""
    wanted, found = expressions(design), composed(values, outputs)
    ports = {i.name: i for i in design.inputs}
    regions = Regions(ports)
    reader = Reader(_space(design), regions.signs)
    work = _Work(ports, regions, reader, settings, len(wanted))
    return tuple(work.compared(n, f, cleared(found[n])) for n, f in wanted.items())


def values_of(
    values: Sequence[Mapping[str, Any]], inputs: Sequence[Input]
) -> list[tuple[str, Expr]]:
    """The ``values`` of a certificate with their expressions over inputs and earlier values."""
    known = {i.name: var(i.name) for i in inputs}
    out = []
    for v in values:
        name = str(v["name"])
        out.append((name, read(v["expr"], known)))
        known[name] = var(name)
    return out


def composed(values: Sequence[tuple[str, Expr]], outputs: Mapping[str, str]) -> dict[str, Expr]:
    """Each output over the inputs alone."""
    known: dict[Expr, Expr] = {}
    for name, e in values:
        known[var(name)] = substitute([e], known)[0]
    return {n: known.get(var(v), var(v)) for n, v in outputs.items()}


def _space(design: Design) -> Space:
    return Space(
        nonnegative=frozenset(i.name for i in design.inputs if i.lo >= 0),
        positive=frozenset(i.name for i in design.inputs if i.lo > 0),
    )


@dataclass(frozen=True)
class _Work:
    """What the comparisons of all outputs share."""

    ports: Mapping[str, Input]
    regions: Regions
    reader: Reader
    settings: Settings
    outputs: int

    def compared(self, name: str, f: Expr, g: Expr) -> Compared:
        """What is known of one output."""
        inputs = [self.ports[n] for n in variables([f, g])]
        by_algebra = compared(f, g, self.reader)
        if isinstance(by_algebra, Equal) and by_algebra.method == SAME:
            return Compared(name, SAME)
        count = self._points(f, g, isinstance(by_algebra, Equal))
        seen = Pair(f, g, inputs, self.settings).agreement(count)
        if seen.difference is None and isinstance(by_algebra, Different):
            seen = self._rational(by_algebra.difference, inputs, seen)
        at = None if seen.at is None else shown(seen.at, self.ports)
        found = Compared(
            name, POINTS_ONLY, seen.points, seen.undecided, difference=seen.difference, at=at
        )
        if isinstance(by_algebra, Equal):
            return replace(found, method=by_algebra.method, branches=by_algebra.branches)
        return found if found.problem else replace(found, within=self.regions.apart(f, g))

    def _points(self, f: Expr, g: Expr, shown_equal: bool) -> int:
        """At how many points an output is computed: fewer where outputs are many and large."""
        s = self.settings
        affordable = s.work // (self.outputs * len(postorder([f, g])))
        return min(s.few if shown_equal else s.points, max(s.least, affordable))

    def _rational(self, difference: Poly, inputs: Sequence[Input], seen: Agreement) -> Agreement:
        """Where a difference that is too small for balls is not 0, by exact arithmetic."""
        for codes in chosen(inputs, self.settings.points, self.settings):
            size = self._size(difference, codes)
            if size:
                about = float(abs(size))
                words = f"by {about:.3g}" if about else "by less than the smallest float"
                return Agreement(seen.points, seen.undecided, f"it differs {words}", codes)
        return seen

    def _size(self, difference: Poly, codes: Codes) -> Rational:
        point = {n: codes[n] * self.ports[n].type.ulp for n in codes}
        exact = {n: flint.fmpq(v.numerator, v.denominator) for n, v in point.items()}
        try:
            return self.reader.space.value(difference, exact)
        except ZeroDivisionError:
            return flint.fmpq(0)
