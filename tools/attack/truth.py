"""The real value of a formula at a point, and how far an answer is from it."""

from __future__ import annotations

from collections.abc import Mapping
from fractions import Fraction
from typing import Any

import flint

from tools.attack.formula import Term
from tools.attack.reals import (
    DECIDING,
    DOMAINS,
    LARGEST,
    PLAIN,
    UNARY,
    Ball,
    Real,
    Undecided,
    Undefined,
    above,
    alike,
    ball,
    bits_of,
    certainly,
    difference,
    equal,
    exact,
    exact_power,
    precision,
    shown,
    squared,
)

#: Bits of precision, tried in turn until a question is decided.
PRECISIONS = (96, 256, 1024, 4096)
#: ``domain = "clamp"``: operands stay this far inside open edges.
HELD = Fraction(1, 1024)


class Clamps:
    """The operands that were seen outside their domain: these are held at its edge everywhere.

    Which others are held too is the compiler's choice, so a value near an open edge of theirs is
    the hull of both meanings.
    """

    def __init__(self) -> None:
        self.leaving: set[int] = set()


class Evaluator:
    """One point and one precision. ``last``: what stays open becomes a hull, where that is
    possible.
    """

    def __init__(self, inputs: Mapping[str, Fraction], clamps: Clamps | None, last: bool = False):
        self.inputs, self.clamps, self.last = inputs, clamps, last
        self.known: dict[int, Real] = {}

    def value(self, term: Term) -> Real:
        """The value of ``term``; raise `Undefined` or `Undecided`."""
        if id(term) not in self.known:
            found = self._value(term)
            if isinstance(found, Fraction) and bits_of(found) > LARGEST:
                found = ball(found)
            self.known[id(term)] = found
        return self.known[id(term)]

    def _value(self, term: Term) -> Real:
        if term.op == "number":
            return term.number
        if term.op == "input":
            return self.inputs[term.name]
        if term.op == "pi":
            return flint.arb.pi()
        if term.op == "e":
            return flint.arb.const_e()
        if term.op == "where":
            condition, then, other = term.args
            return self.value(then if self.value(condition) != 0 else other)
        if term.points:
            return _sampled(term, self.value(term.args[0]))
        args = [self.value(a) for a in term.args]
        if self.clamps is not None:
            args = self._held(term, args)
        if term.op == "div" and args[1] is None:  # a held inverse, already applied
            return args[0]
        return self._apply(term.op, args)

    def _apply(self, op: str, args: list[Real]) -> Real:
        if op in PLAIN:
            return PLAIN[op](*alike(args))
        if op in DECIDING:
            return DECIDING[op](*args)
        if op in UNARY:
            return self._unary(op, args[0])
        special = {"pow": self._power, "atan2": self._angle, "hypot": self._hypot}
        return special[op](*args)

    # Functions of one operand

    def _unary(self, op: str, x: Real) -> Real:
        self._check(op, x)
        if isinstance(x, Fraction):
            known = exact(op, x)
            if known is not None:
                return known
        found = UNARY[op](self._inside(op, ball(x)))
        if not found.is_finite():
            raise Undecided
        return found

    def _check(self, op: str, x: Real) -> None:
        """Raise `Undefined` outside the domain, `Undecided` where the ball crosses its edge."""
        low, high, is_open = DOMAINS.get(op, (None, None, False))
        rooms = [] if low is None else [difference(x, low)]
        rooms += [] if high is None else [difference(high, x)]
        for room in rooms:
            exactly = isinstance(room, Fraction)
            if room < 0 or (is_open and exactly and room == 0):
                raise Undefined(f"{op} of {shown(x)}")
            if not exactly and not room > 0 and (is_open or not self.last):
                raise Undecided

    def _inside(self, op: str, x: Ball) -> Ball:
        low, high, _ = DOMAINS.get(op, (None, None, False))
        x = x if low is None else x.max(ball(low))
        return x if high is None else x.min(ball(high))

    # Functions of two operands

    def _power(self, x: Real, y: Real) -> Real:
        if isinstance(y, Fraction) and y.denominator == 1:
            return self._whole_power(x, int(y))
        if isinstance(x, Fraction) and x < 0:
            raise Undefined(f"power {shown(y)} of {shown(x)}")
        if isinstance(x, Fraction) and x == 0:
            return self._power_of_zero(y)
        if isinstance(x, Fraction) and isinstance(y, Fraction):
            known = exact_power(x, y)
            if known is not None:
                return known
        base = ball(x)
        if base < 0:
            raise Undefined(f"power {shown(y)} of {shown(x)}")
        if not base > 0:
            return self._power_near_zero(base, ball(y))
        return (ball(y) * base.log()).exp()

    def _power_near_zero(self, base: Ball, y: Ball) -> Ball:
        if not self.last or not y > 0:
            raise Undecided
        top = base.upper()
        return flint.arb(0).union((y * top.log()).exp()) if top > 0 else flint.arb(0)

    def _power_of_zero(self, y: Real) -> Real:
        if above(y, Fraction(0)):
            return Fraction(0)
        if equal(y, Fraction(0)):
            return Fraction(1)
        raise Undefined("a negative power of 0")

    def _whole_power(self, x: Real, n: int) -> Real:
        if isinstance(x, Fraction):
            if x == 0 and n < 0:
                raise Undefined("a negative power of 0")
            small = bits_of(x) * abs(n) <= LARGEST
            return x**n if small else ball(x) ** n
        if n < 0 and x.contains(flint.arb(0)):
            raise Undecided
        return x**n

    def _angle(self, y: Real, x: Real) -> Real:
        if y == 0 and x == 0:
            raise Undefined("atan2 of 0 and 0")
        if isinstance(y, Fraction) and y == 0 and above(x, Fraction(0)):
            return Fraction(0)
        found = flint.arb.atan2(ball(y), ball(x))
        if not found.is_finite() or (not self.last and found.rad() > 1e-3):
            raise Undecided
        return found

    def _hypot(self, x: Real, y: Real) -> Real:
        return self._unary("sqrt", PLAIN["add"](*alike([squared(x), squared(y)])))

    # domain = "clamp"

    def _held(self, term: Term, args: list[Real]) -> list[Any]:
        op = term.op
        if op == "div":
            return self._held_quotient(term, *args)
        if op == "pow":
            return self._held_power(term, *args)
        low, high, is_open = DOMAINS.get(op, (None, None, False))
        if low is None and high is None:
            return args
        inset = HELD if is_open else Fraction(0)
        x = args[0]
        x = x if low is None else self._above_edge(term, x, low, inset)
        return [x if high is None else -self._above_edge(term, -x, -high, inset)]

    def _above_edge(self, term: Term, x: Real, edge: Fraction, inset: Fraction) -> Real:
        """``x`` held at ``edge + inset``."""
        limit = edge + inset
        if inset == 0:
            return PLAIN["max"](*alike([x, limit]))
        if certainly(x, lambda d: d >= 0, limit):
            return x
        if certainly(x, lambda d: d <= 0, edge):
            self._leaves(term)
        if id(term) in self._leaving and certainly(x, lambda d: d <= 0, limit):
            return limit
        if id(term) in self._leaving:
            return ball(x).max(ball(limit))
        return ball(x).union(ball(limit))

    def _held_power(self, term: Term, x: Real, y: Real) -> list[Real]:
        if not isinstance(y, Fraction) or not _constant(term.args[1]):
            return [self._above_edge(term, x, Fraction(0), HELD), y]
        whole = isinstance(y, Fraction) and y.denominator == 1
        if whole and y < 0:
            return [self._held_inverse(term, x), -y]
        if whole:
            return [x, y]
        inset = Fraction(0) if above(y, Fraction(0)) else HELD
        return [self._above_edge(term, x, Fraction(0), inset), y]

    def _held_quotient(self, term: Term, x: Real, y: Real) -> list[Any]:
        if _constant(term.args[1]):
            return [x, y]
        return [PLAIN["mul"](*alike([x, self._held_inverse(term, y)])), None]

    def _held_inverse(self, term: Term, y: Real) -> Real:
        size = abs(y)
        if certainly(size, lambda d: d >= 0, HELD):
            return PLAIN["div"](*alike([Fraction(1), y]))
        if isinstance(y, Fraction) and y == 0:
            self._leaves(term)
        if not isinstance(y, Fraction) and not certainly(size, lambda d: d <= 0, HELD):
            raise Undecided
        line = y / HELD**2 if isinstance(y, Fraction) else y / ball(HELD**2)
        if id(term) in self._leaving:
            return line
        if not isinstance(y, Fraction) and y.contains(flint.arb(0)):
            raise Undecided
        return ball(line).union(1 / ball(y))

    @property
    def _leaving(self) -> set[int]:
        assert self.clamps is not None
        return self.clamps.leaving

    def _leaves(self, term: Term) -> None:
        self._leaving.add(id(term))


def _sampled(term: Term, x: Real) -> Real:
    """A function that is given at points; outside it keeps its first and its last value."""
    places = [place for place, _ in term.points]
    values = [y for _, y in term.points]
    below = sum(1 for place in places if not above(place, x)) - 1
    if below < 0 or below == len(places) - 1:
        return values[max(below, 0)]
    if term.op == "steps":
        return values[below]
    slope = (values[below + 1] - values[below]) / (places[below + 1] - places[below])
    return PLAIN["add"](
        *alike([PLAIN["mul"](*alike([slope, difference(x, places[below])])), values[below]])
    )


def _constant(term: Term) -> bool:
    return term.op != "input" and all(_constant(a) for a in term.args)


# ------------------------------------------------------------------ what is asked


def enclosed(
    term: Term, inputs: Mapping[str, Fraction], clamps: Clamps | None, relative: float = 1e-12
) -> Real:
    """The value of ``term`` to about ``relative``; raise `Undefined`, or `Undecided` at the end."""
    for bits in PRECISIONS:
        with precision(bits):
            try:
                found = Evaluator(inputs, clamps, bits == PRECISIONS[-1]).value(term)
            except Undecided:
                continue
            if isinstance(found, Fraction) or found.rad() <= relative * abs(found).upper():
                return found
    raise Undecided


def distance(
    term: Term,
    inputs: Mapping[str, Fraction],
    answer: Fraction,
    limit: Fraction,
    clamps: Clamps | None,
) -> tuple[float, bool]:
    """How far ``answer`` is from the value of ``term``, and whether that is certainly more than
    ``limit``.

    Raise `Undefined` where there is no value, `Undecided` where no precision tells which value.
    """
    size = None
    for bits in PRECISIONS:
        with precision(bits):
            try:
                found = Evaluator(inputs, clamps, bits == PRECISIONS[-1]).value(term)
            except Undecided:
                continue
            size = abs(found - answer) if isinstance(found, Fraction) else abs(found - ball(answer))
            bound = limit if isinstance(size, Fraction) else ball(limit)
            if size > bound or size <= bound:
                return float(size), bool(size > bound)
    if size is None:
        raise Undecided
    return float(size), False
