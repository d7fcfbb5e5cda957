"""Ranges of rational expressions that intervals alone cannot see: exact where they only rise, or
fall, along inputs.

Interval arithmetic forgets that two operands read one input: ``1 - u + m*u`` with both in [0, 1]
could be 2. Where the derivative along an input has one sign, the extremes are at its ends (Moore,
Kearfott, Cloud, *Introduction to Interval Analysis*, 2009, ch. 6); in exact fractions, so that a
largest value of 1 is 1.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from fractions import Fraction
from functools import reduce

import numpy as np

from symgate.ir.boxes import Box, float_above, float_below
from symgate.ir.evaluate import constant_box, meaning, power_rule
from symgate.ir.expr import CONST, VAR, Expr, postorder, variables


@dataclass(frozen=True)
class ExactRanges:
    """Up to where fractions are worth their time in place of floats. Not measured."""

    most_nodes: int = 150
    most_power: int = 12
    most_boxes: int = 64


EXACT_RANGES = ExactRanges()

Span = tuple[Fraction, Fraction]
Spans = Mapping[str, Span]
_ZERO: Span = (Fraction(0), Fraction(0))


class _Unknown(Exception):
    """The value has no bounds here, as where a divisor may be 0."""


def image(e: Expr, cells: Mapping[str, Box]) -> Box:
    """A rigorous interval of ``e`` for each of a few sub-boxes, at least as close as `boxes` gives."""
    order = postorder([e])
    size = max((cell.lo.size for cell in cells.values()), default=1)
    known = (
        _rational(order)
        if len(order) <= EXACT_RANGES.most_nodes and size <= EXACT_RANGES.most_boxes
        else {}
    )
    found: dict[Expr, list[Span | None]] = {n: [] for n in known}
    for k in range(size if known else 0):
        one = _OneBox({name: (_exact(c.lo, k), _exact(c.hi, k)) for name, c in cells.items()})
        for n in known:
            found[n].append(one.value(n))
    values: dict[Expr, Box] = {}
    for n in order:
        if n.op in (CONST, VAR):
            values[n] = constant_box(n) if n.op == CONST else cells[n.value]
            continue
        args = [values[operand] for operand in n.args]
        values[n] = power_rule(n, args) or meaning(n).interval(*args)
        if n in found:
            values[n] = _closer(values[n], found[n])
    return values[e]


def _rational(order: list[Expr]) -> dict[Expr, None]:
    """The sums, products and quotients of ``order``."""
    known: dict[Expr, None] = {}
    for n in order:
        if n.op in (CONST, VAR) or (
            n.op in _RULES and all(operand in known for operand in n.args) and _short_power(n)
        ):
            known[n] = None
    return {n: None for n in known if n.op not in (CONST, VAR)}


def _short_power(n: Expr) -> bool:
    if n.op != "pow":
        return True
    power = n.args[1]
    return (
        power.op == CONST
        and power.value.denominator == 1
        and 0 <= power.value <= EXACT_RANGES.most_power
    )


def _exact(ends: np.ndarray, k: int) -> Fraction:
    return Fraction(float(np.broadcast_to(ends, max(ends.size, k + 1))[k]))


def _closer(box: Box, found: list[Span | None]) -> Box:
    lo = np.array([-np.inf if s is None else float_below(s[0]) for s in found])
    hi = np.array([np.inf if s is None else float_above(s[1]) for s in found])
    return Box(np.maximum(box.lo, lo), np.minimum(box.hi, hi))


@dataclass(frozen=True)
class _Dual:
    """The values of a node, and of its derivative along each input."""

    value: Span
    slopes: Mapping[str, Span] = field(default_factory=dict)

    def __add__(self, other: _Dual) -> _Dual:
        names = {**self.slopes, **other.slopes}
        slopes = {
            name: _sum(self.slopes.get(name, _ZERO), other.slopes.get(name, _ZERO))
            for name in names
        }
        return _Dual(_sum(self.value, other.value), slopes)

    def __mul__(self, other: _Dual) -> _Dual:
        first, second = self.scaled(other.value), other.scaled(self.value)
        return _Dual(_product(self.value, other.value), (first + second).slopes)

    def scaled(self, by: Span) -> _Dual:
        """The slopes times ``by``."""
        return _Dual(_ZERO, {n: _product(s, by) for n, s in self.slopes.items()})

    def power(self, n: int) -> _Dual:
        """The ``n``-th power, n >= 0."""
        if n == 0:
            return _Dual((Fraction(1), Fraction(1)))
        slope = _power(self.value, n - 1)
        return _Dual(_power(self.value, n), self.scaled((n * slope[0], n * slope[1])).slopes)

    def inverse(self) -> _Dual:
        """One over it."""
        lo, hi = self.value
        if lo <= 0 <= hi:
            raise _Unknown
        square = _power((1 / hi, 1 / lo), 2)
        return _Dual((1 / hi, 1 / lo), self.scaled((-square[1], -square[0])).slopes)


def _sum(a: Span, b: Span) -> Span:
    return a[0] + b[0], a[1] + b[1]


def _product(a: Span, b: Span) -> Span:
    ends = [x * y for x in a for y in b]
    return min(ends), max(ends)


def _power(a: Span, n: int) -> Span:
    lo, hi = a[0] ** n, a[1] ** n
    return (Fraction(0) if n % 2 == 0 and n and a[0] < 0 < a[1] else min(lo, hi)), max(lo, hi)


def _times(args: list[_Dual], e: Expr) -> _Dual:
    """A product; equal factors are one power."""
    factors = dict(zip(e.args, args, strict=True))
    return reduce(_Dual.__mul__, [factors[a].power(n) for a, n in Counter(e.args).items()])


_RULES: dict[str, Callable[[list[_Dual], Expr], _Dual]] = {
    "add": lambda args, e: reduce(_Dual.__add__, args),
    "mul": _times,
    "div": lambda args, e: args[0] * args[1].inverse(),
    "inv": lambda args, e: args[0].inverse(),
    "square": lambda args, e: args[0].power(2),
    "pow": lambda args, e: args[0].power(int(e.args[1].value)),
}


@dataclass
class _OneBox:
    """The nodes on one sub-box; ``corners`` says whether those that read an input twice are looked
    at closer.
    """

    spans: Spans
    corners: bool = True
    duals: dict[Expr, _Dual | None] = field(default_factory=dict)

    def value(self, e: Expr) -> Span | None:
        """The values of a node, None where they have no bounds."""
        for n in postorder([e]):
            if n not in self.duals:
                self.duals[n] = self._dual(n)
        found = self.duals[e]
        return None if found is None else found.value

    def _dual(self, n: Expr) -> _Dual | None:
        if n.op == CONST:
            return _Dual((n.value, n.value))
        if n.op == VAR:
            return _Dual(self.spans[n.value], {n.value: (Fraction(1), Fraction(1))})
        args = [self.duals[operand] for operand in n.args]
        try:
            if any(operand is None for operand in args):
                raise _Unknown
            found = _RULES[n.op]([operand for operand in args if operand is not None], n)
        except _Unknown:
            return None
        return self._cornered(n, found) if self.corners and _shares(n) else found

    def _cornered(self, n: Expr, found: _Dual) -> _Dual:
        """Its values from the ends of inputs along which it only rises or only falls."""
        ends = []
        for least in (True, False):
            spans = {
                name: self._end(name, found.slopes.get(name, _ZERO), least) for name in self.spans
            }
            if (value := _OneBox(spans, corners=False).value(n)) is not None:
                ends.append(value[0] if least else value[1])
        if len(ends) < 2:
            return found
        return _Dual((max(found.value[0], ends[0]), min(found.value[1], ends[1])), found.slopes)

    def _end(self, name: str, slope: Span, least: bool) -> Span:
        lo, hi = self.spans[name]
        if slope[0] >= 0:
            return (lo, lo) if least else (hi, hi)
        if slope[1] <= 0:
            return (hi, hi) if least else (lo, lo)
        return lo, hi


def _shares(n: Expr) -> bool:
    """Whether two operands read one input."""
    read = [set(variables([operand])) for operand in n.args]
    return sum(map(len, read)) > len(set[str]().union(*read))
