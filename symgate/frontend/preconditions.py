"""Ranges of arguments from an FPCore precondition: the smallest box that the text implies, by simple reasoning.

Read are ``and``, ``or``, chains of comparisons between arguments, numbers and what is linear in one argument, and
``(fabs x)``. What relates several arguments, or anything else, narrows nothing: a box that is too large is safe, since
the bound is then proved on more inputs than the precondition asks for.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from itertools import pairwise

from symgate.errors import InputError
from symgate.frontend.sexpr import Node
from symgate.frontend.values import exact_value
from symgate.ir.expr import Expr

#: What an end that is itself excluded moves inwards: far less than the step of any format.
EXCLUDED = Fraction(1, 2**200)
_ORDER = {"<": (1, True), "<=": (1, False), ">": (-1, True), ">=": (-1, False), "==": (0, False)}
Evaluate = Callable[[Node], Expr]


@dataclass(frozen=True)
class Span:
    """A range; an end that is None is open."""

    lo: Fraction | None = None
    hi: Fraction | None = None

    def meet(self, other: Span) -> Span:
        """What is in both."""
        lows = [e for e in (self.lo, other.lo) if e is not None]
        highs = [e for e in (self.hi, other.hi) if e is not None]
        return Span(max(lows, default=None), min(highs, default=None))

    def join(self, other: Span) -> Span:
        """The smallest range around both."""
        lo = None if self.lo is None or other.lo is None else min(self.lo, other.lo)
        hi = None if self.hi is None or other.hi is None else max(self.hi, other.hi)
        return Span(lo, hi)

    def scaled(self, slope: Fraction, offset: Fraction) -> Span:
        """The x for which ``slope * x + offset`` is in this range."""
        ends = [None if e is None else (e - offset) / slope for e in (self.lo, self.hi)]
        return Span(*ends) if slope > 0 else Span(*reversed(ends))

    @property
    def empty(self) -> bool:
        """Whether no number is in it."""
        return self.lo is not None and self.hi is not None and self.lo > self.hi


Box = Mapping[str, Span]


def box(condition: Node | None, arguments: Sequence[str], evaluate: Evaluate) -> Box:
    """The range of each argument under ``condition``; ``evaluate`` gives the meaning of a term."""
    found = dict.fromkeys(arguments, Span())
    for _ in range(2):  # twice: x <= y helps only once the range of y is known
        found = _under(condition, found, evaluate) if condition is not None else found
    return found


def _under(condition: Node, known: dict[str, Span], evaluate: Evaluate) -> dict[str, Span]:
    head, rest = condition.head, condition.items[1:]
    if head == "and":
        for part in rest:
            known = _under(part, known, evaluate)
        return known
    if head == "or" and rest:
        branches = [b for b in (_under(part, known, evaluate) for part in rest) if not _empty(b)]
        return {n: _joined([b[n] for b in branches]) if branches else known[n] for n in known}
    if head in _ORDER:
        known = dict(known)
        for one, other in pairwise(rest):
            for name, span in _implied(head, one, other, known, evaluate):
                known[name] = known[name].meet(span)
    return known


def _empty(found: Box) -> bool:
    return any(span.empty for span in found.values())


def _joined(spans: Sequence[Span]) -> Span:
    first = spans[0]
    for span in spans[1:]:
        first = first.join(span)
    return first


def _implied(op: str, one: Node, other: Node, known: Box, evaluate: Evaluate) -> Iterator[tuple[str, Span]]:
    """What ``(op one other)`` says about arguments that stand alone, or linear, on a side."""
    direction, excluded = _ORDER[op]
    for side, opposite, sign in ((one, other, direction), (other, one, -direction)):
        form = _linear(side, evaluate, known)
        limit = _limits(opposite, evaluate, known)
        if form is None or limit is None:
            continue
        name, slope, offset, folded = form
        step = EXCLUDED if excluded else Fraction(0)
        below = None if limit.hi is None or sign < 0 else limit.hi - step
        above = None if limit.lo is None or sign > 0 else limit.lo + step
        if folded and below is not None:
            yield name, Span(-below, below).scaled(slope, offset)
        elif not folded:
            yield name, Span(above, below).scaled(slope, offset)


def _limits(node: Node, evaluate: Evaluate, known: Box) -> Span | None:
    """What a side of a comparison can be, None where nothing is known."""
    form = _linear(node, evaluate, known)
    if form is not None and not form[3]:
        name, slope, offset, _ = form
        return known[name].scaled(1 / slope, -offset / slope)
    try:
        e = evaluate(node)
    except InputError:
        return None
    value = exact_value(e) if e.closed else None
    return None if value is None else Span(value, value)


def _linear(node: Node, evaluate: Evaluate, known: Box) -> tuple[str, Fraction, Fraction, bool] | None:
    """``slope * argument + offset``, and whether it stands in ``fabs``."""
    folded = node.head == "fabs" and len(node.items) == 2
    try:
        e = evaluate(node.items[1] if folded else node)
    except InputError:
        return None
    slope, offset = Fraction(1), Fraction(0)
    while e.op in ("add", "mul", "neg"):
        if e.op == "neg":
            slope, e = -slope, e.args[0]
            continue
        if len(e.args) != 2 or not e.args[0].is_const or e.args[1].is_const or not e.args[0].value:
            return None
        step = e.args[0].value
        slope, offset = (slope * step, offset) if e.op == "mul" else (slope, offset + slope * step)
        e = e.args[1]
    return (e.value, slope, offset, folded) if e.op == "var" and e.value in known else None
