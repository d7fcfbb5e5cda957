"""Angles in turns: a periodic function of a wide argument takes it modulo its period, which costs
nothing in binary.
"""

from __future__ import annotations

import math
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from fractions import Fraction

from symgate.ir.boxes import Box
from symgate.ir.evaluate import boxes, constant_value
from symgate.ir.expr import (
    CONST,
    VAR,
    Expr,
    Program,
    const,
    make,
    postorder,
    substitute,
    var,
    with_args,
)
from symgate.ir.function import ARGUMENT, Function, apply
from symgate.passes.rewrite.fuse import T, scaled
from symgate.passes.rewrite.terms import split_sum, times

_TWO_PI = make("mul", const(2), make("pi"))


@dataclass(frozen=True)
class Turns:
    """``f(t)`` of period p becomes ``g(t / p * 2^k)`` of period ``2^k``: dropping integer bits
    reduces the range.

    Functions of the inputs ``kept`` stay: tables of all their codes are exact, angles in turns not.
    """

    ranges: Mapping[str, Box]
    least_periods: float = 1.0  # below this many periods in range, the table is as well on t itself
    kept: Collection[str] = ()

    def __call__(self, program: Program) -> Program:
        """The same program with periodic functions on angles in turns."""
        spans = boxes(program.roots, self.ranges)
        new: dict[Expr, Expr] = {}
        for e in postorder(program.roots):
            args = tuple(new[operand] for operand in e.args)
            if e.op == "fn" and not self._keeps(args[0]) and (s := frequency(e.value.body)) is not None:
                lo, hi = spans[e.args[0]].span
                if (hi - lo) * abs(value(s)) / (2 * math.pi) > self.least_periods:
                    new[e] = in_turns(e.value.body, s, args[0])
                    continue
            new[e] = with_args(e, args)
        return program.with_roots(new[root] for root in program.roots)

    def _keeps(self, argument: Expr) -> bool:
        return argument.op == VAR and argument.value in self.kept


def value(e: Expr) -> float:
    """A constant expression as a float."""
    return float(e.value) if e.op == CONST else float(constant_value(e).mid())


def frequency(body: Expr) -> Expr | None:
    """The rational s such that ``body`` is made of sin and cos of ``s * n * t + c`` alone, n
    integer; else None. Rounded values are of exact arguments, and an angle in turns is none.
    """
    if any(e.op == "round" for e in postorder([body])):
        return None
    waves = [e for e in postorder([body]) if e.op in ("sin", "cos") and T in postorder([e])]
    inside = {d for w in waves for d in postorder([w])}
    outside = postorder(substitute([body], {w: const(1) for w in waves}))
    if not waves or T in outside or any(d.op in ("sin", "cos") and d not in waves for d in inside):
        return None
    slopes: list[Fraction] = []
    for w in waves:
        _, terms = split_sum(w.args[0])
        if list(terms) != [T] or terms[T].op != CONST:
            return None
        slopes.append(abs(terms[T].value))
    base = slopes[0]
    for s in slopes[1:]:
        base = Fraction(
            math.gcd(base.numerator * s.denominator, s.numerator * base.denominator),
            base.denominator * s.denominator,
        )
    return const(base) if all(slope / base <= 64 for slope in slopes) else None


def in_turns(body: Expr, s: Expr, t: Expr) -> Expr:
    """``body(t)`` with base frequency ``s``, as a function of an angle whose period is a power of
    two.
    """
    turns = value(s) / (2 * math.pi)
    k = math.floor(math.log2(abs(turns)))
    period = Fraction(2) ** -k
    angle = scaled(t, times(const(s.value * period / 2), make("pow", make("pi"), const(-1))))
    unit = var("angle")
    radians = times(_TWO_PI, const(1 / (s.value * period)))
    new: dict[Expr, Expr] = {}
    for e in postorder([body]):
        args = tuple(new[operand] for operand in e.args)
        new[e] = make("mul", radians, unit) if e is T else with_args(e, args)
    return apply(Function(substitute([new[body]], {unit: var(ARGUMENT)})[0], period), angle)
