"""Functions that the user gives by their values at points: ``[tables]`` of a design file,
`Options.tables` in Python.

Between the points a function is linear, or with ``between = "step"`` keeps the value of the point
below. Such a function becomes a sum of ramps, or one node of steps, so that ranges, proofs and
generators treat it as any other of one value.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from itertools import pairwise
from typing import Any

from symgate.errors import InputError
from symgate.frontend.language.functions import Macro
from symgate.frontend.language.source import Source, listed, meant
from symgate.frontend.language.values import exact
from symgate.frontend.outranges import reached
from symgate.ir.algebra import product, total
from symgate.ir.expr import Expr, const, make
from symgate.ir.exprtext import brief
from symgate.ir.operators.families import step_at, steps_name

KEYS = ("x", "y", "from", "to", "between", "ends")
_BETWEEN, _ENDS = ("linear", "step"), ("strict", "hold")
_FORM = "{ x = [0, 1, 2], y = [1.0, 0.5, 0.3] }, or { from = 0, to = 2, y = [1.0, 0.5, 0.3] }"
MOST = 4096  # points


@dataclass(frozen=True)
class Samples:
    """The points of one function; ``calls`` are the operands that it was read with."""

    name: str
    points: tuple[tuple[Fraction, Fraction], ...]
    steps: bool
    hold: bool
    place: Source
    calls: list[Expr] = field(default_factory=list, compare=False)

    @property
    def macro(self) -> Macro:
        """The function, for parsers."""
        return Macro(1, 1, self.call)

    def call(self, x: Expr) -> Expr:
        """The function of ``x``, which keeps its first and its last value outside the points."""
        self.calls.append(x)
        if self.steps:
            return self._stepped(x)
        parts = [const(self.points[0][1])]
        for at, change in self._bends():
            if change:
                beyond = make("relu", total([x, const(-at)]) if at else x)
                parts.append(product([const(change), beyond]))
        return total(parts) if len(parts) > 1 else parts[0]

    def _stepped(self, x: Expr) -> Expr:
        """A table of steps of ``x``, without points at which nothing changes."""
        first = self.points[0][1]
        edges = tuple((at, y1) for (_, y0), (at, y1) in pairwise(self.points) if y0 != y1)
        if x.is_const or not edges:
            return const(step_at(first, edges, x.value) if edges else first)
        return make(steps_name(first, edges), x)

    def _bends(self) -> list[tuple[Fraction, Fraction]]:
        """Where the slope changes, and by how much."""
        slopes = [(y1 - y0) / (x1 - x0) for (x0, y0), (x1, y1) in pairwise(self.points)]
        changes = [b - a for a, b in pairwise([Fraction(0), *slopes, Fraction(0)])]
        return [(x, change) for (x, _), change in zip(self.points, changes, strict=True)]

    def check(self, ranges: Mapping[str, tuple[float, float]]) -> None:
        """Raise `InputError` where an operand leaves the points."""
        lo, hi = float(self.points[0][0]), float(self.points[-1][0])
        for x in () if self.hold else self.calls:
            span = reached(x, ranges)
            if span is None or span[0] < lo or span[1] > hi:
                goes = (
                    "is not bounded" if span is None else f"reaches from {span[0]:g} to {span[1]:g}"
                )
                raise self.place.error(
                    f"the table '{self.name}' has no values where its operand goes: {brief(x, 40)} {goes}",
                    0,
                    expected=f"operands from {lo:g} to {hi:g}, where the points are",
                    remedy='add points, narrow the inputs, or state ends = "hold"',
                )


def samples(name: str, stated: object, place: Source) -> Samples:
    """Read the points of the function ``name``; raise `InputError` for what is none: gaps, NaN,
    points out of order.
    """
    if not isinstance(stated, Mapping):
        raise place.error(f"table '{name}' is not a set of points", 0, expected=_FORM)
    for key in stated:
        if key not in KEYS:
            what = f"unknown key '{key}' in table '{name}'"
            raise place.error(
                what, 0, expected=f"one of {listed(KEYS)}", remedy=meant(key, KEYS) or "remove it"
            )
    y = _numbers(name, "y", stated.get("y"), place)
    x = _places(name, stated, len(y), place)
    if len(x) != len(y):
        what = f"table '{name}' has {len(x)} places x and {len(y)} values y"
        raise place.error(
            what, 0, expected="one value for each place", remedy="fill the gap, or remove the rest"
        )
    for k, (a, b) in enumerate(pairwise(x)):
        if a == b:
            what = f"x[{k}] and x[{k + 1}] of table '{name}' are both {float(a):g}"
            raise place.error(
                what,
                0,
                expected="places in ascending order, none twice",
                remedy="keep one of the two",
            )
        if a > b:
            what = f"x[{k + 1}] = {float(b):g} of table '{name}' does not come after x[{k}] = {float(a):g}"
            raise place.error(
                what, 0, expected="places in ascending order, none twice", remedy="sort the points"
            )
    choices = [
        _choice(name, stated, k, allowed, place)
        for k, allowed in (("between", _BETWEEN), ("ends", _ENDS))
    ]
    return Samples(
        name, tuple(zip(x, y, strict=True)), choices[0] == "step", choices[1] == "hold", place
    )


def _numbers(name: str, key: str, given: Any, place: Source) -> list[Fraction]:
    values: object = given.tolist() if hasattr(given, "tolist") else given  # an array
    if not isinstance(values, Sequence) or isinstance(values, str) or not 1 <= len(values) <= MOST:
        size = (
            f"{len(values)} entries"
            if isinstance(values, Sequence) and not isinstance(values, str)
            else "no list"
        )
        raise place.error(
            f"{key} of table '{name}' has {size}", 0, expected=f"a list of 1 to {MOST} numbers"
        )
    return [_number(name, f"{key}[{k}]", value, place) for k, value in enumerate(values)]


def _number(name: str, what: str, value: object, place: Source) -> Fraction:
    try:
        return exact(value, place)
    except InputError:
        text = f"{what} of table '{name}' is {value}, not a finite number"
        raise place.error(
            text, 0, expected="a finite number at every point", remedy="fill the gap"
        ) from None


def _places(name: str, stated: Mapping[str, object], count: int, place: Source) -> list[Fraction]:
    """The places of the points: stated, or evenly from one number to another."""
    if ("x" in stated) == ("from" in stated or "to" in stated) or ("from" in stated) != (
        "to" in stated
    ):
        raise place.error(f"table '{name}' does not say where its points are", 0, expected=_FORM)
    if "x" in stated:
        return _numbers(name, "x", stated["x"], place)
    first, last = (_number(name, key, stated[key], place) for key in ("from", "to"))
    if first >= last or count < 2:
        what = f"table '{name}' has {count} value{'s' if count > 1 else ''} from {float(first):g} to {float(last):g}"
        raise place.error(what, 0, expected="two or more values, and from less than to",
                          remedy="add values, or exchange from and to")  # fmt: skip
    return [first + (last - first) * k / max(1, count - 1) for k in range(count)]


def _choice(
    name: str, stated: Mapping[str, object], key: str, allowed: tuple[str, ...], place: Source
) -> str:
    value = stated.get(key, allowed[0])
    if value not in allowed:
        raise place.error(
            f"{key} of table '{name}' is {value!r}", 0, expected=f"one of {listed(allowed)}"
        )
    return str(value)


def covered(tables: Iterable[Samples], ranges: Mapping[str, tuple[float, float]]) -> None:
    """Raise `InputError` where an operand of a table leaves its points, for inputs in ``ranges``."""
    for table in tables:
        table.check(ranges)
