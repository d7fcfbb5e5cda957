"""Operators of two values become functions of one and products: what hardware is made of."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from fractions import Fraction

from symgate.ir.boxes import Box
from symgate.ir.evaluate import boxes
from symgate.ir.expr import Expr, Program, const, make, with_args


@dataclass(frozen=True)
class ReduceOperators:
    """``x**y = exp(y log x)``, ``mod(x, y) = x - y floor(x/y)``, ``atan2`` by the quadrants that
    ``ranges`` allow.
    """

    ranges: Mapping[str, Box]

    def __call__(self, program: Program) -> Program:
        """The same program without these operators, where a reduction is known."""
        return program.map(lambda e, args: self._reduced(with_args(e, args)))

    def _reduced(self, e: Expr) -> Expr:
        rule = RULES.get(e.op)
        if rule is None or sum(not operand.closed for operand in e.args) < 2:
            return e
        return rule(e, lambda x: boxes([x], self.ranges)[x].span)


Span = Callable[[Expr], tuple[float, float]]


def _pow(e: Expr, span: Span) -> Expr:
    """``x**y = exp(y log x)``; the domain check has proved that x > 0."""
    base, exponent = e.args
    return make("exp", make("mul", exponent, make("log", base)))


def _mod(e: Expr, span: Span) -> Expr:
    """``x - y * floor(x / y)``, as NumPy and Python define it."""
    x, y = e.args
    return x - y * make("floor", x / y)


def _atan2(e: Expr, span: Span) -> Expr:
    """``atan(y/x)`` to the right of the origin, ``+-pi/2 - atan(x/y)`` above and below it, else all
    around it.

    There, ``pi/4 + atan((|y| - |x|) / (|y| + |x|))`` is the angle of ``(|x|, |y|)``: no quotient
    beyond -1 and 1.
    """
    y, x = e.args
    if span(x)[0] > 0:
        return make("atan", y / x)
    above, below = span(y)[0] > 0, span(y)[1] < 0
    if above or below:
        quarter = make("mul", const(Fraction(1 if above else -1, 2)), make("pi"))
        return quarter - make("atan", x / y)
    wide, high = make("abs", x), make("abs", y)
    first = make("mul", const(Fraction(1, 4)), make("pi")) + make(
        "atan", (high - wide) / (high + wide)
    )
    upper = make("where", make("lt", x, const(0)), make("pi") - first, first)
    return make("where", make("lt", y, const(0)), -upper, upper)


#: The reduction of each operator that has one.
RULES: dict[str, Callable[[Expr, Span], Expr]] = {"pow": _pow, "mod": _mod, "atan2": _atan2}
