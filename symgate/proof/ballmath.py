"""Expressions in python-flint balls, compiled to a list of steps; and the slope of an expression as
another one.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from fractions import Fraction
from functools import reduce
from typing import Any

import flint

from symgate.ir.expr import CONST, VAR, Expr, const, make, postorder, rebuild, with_args
from symgate.ir.operators import OPERATORS
from symgate.proof.exact import as_ball, as_rational, jumps, operator, squared_root

BITS = 128
Ball = Any  # flint.arb has no types


def fraction(value: Fraction) -> Ball:
    """An exact rational number as a ball."""
    return flint.arb(value.numerator) / value.denominator


def rational(value: Fraction) -> Any:
    """An exact rational number of python-flint."""
    return flint.fmpq(value.numerator, value.denominator)


def constant_ball(e: Expr) -> Ball:
    """A ball around an expression without variables."""
    return Tape([e], (), 2 * BITS)()[0]


def enclosing(ball: Ball) -> tuple[Fraction, Fraction]:
    """The middle and the radius of a ball; raise ValueError where it is not finite."""
    if not ball.is_finite():
        raise ValueError("a constant is not a finite number")
    return exact(ball.mid()), exact(ball.rad())


def exact(ball: Ball) -> Fraction:
    """A ball without radius as a fraction."""
    mantissa, exponent = ball.man_exp()
    return Fraction(int(mantissa)) * Fraction(2) ** int(exponent)


def down(ball: Ball) -> float:
    """A float at or below every number in a ball."""
    value = float(ball.lower()) if ball.is_finite() else -math.inf
    return math.nextafter(value, -math.inf)


def up(ball: Ball) -> float:
    """A float at or above every number in a ball."""
    value = float(ball.upper()) if ball.is_finite() else math.inf
    return math.nextafter(value, math.inf)


def spanning(lo: float, hi: float) -> Ball:
    """A ball around an interval with float ends."""
    return flint.arb(lo).union(flint.arb(hi))


class Tape:
    """``roots`` as functions of the variables ``names``, at ``bits`` of precision, with constants
    folded.

    Where something jumps, what is rational at a point is computed as that.
    """

    def __init__(self, roots: Sequence[Expr], names: Sequence[str], bits: int = BITS):
        self.bits, self.names = bits, tuple(names)
        self.exact = any(map(jumps, postorder(roots)))
        place: dict[Expr, int] = {}
        self.start: list[Any] = [None] * len(self.names)
        self.steps: list[tuple[Callable[..., Ball], list[int], int]] = []
        with flint.ctx.workprec(bits):
            for e in postorder(roots):
                inside = squared_root(e) if self.exact else None
                if e.op == VAR:
                    place[e] = self.names.index(e.value)
                elif inside is not None:
                    place[e] = place[inside]
                else:
                    place[e] = self._place(e, [place[a] for a in e.args])
        self.results = [place[r] for r in roots]

    def _place(self, e: Expr, args: list[int]) -> int:
        self.start.append(None)
        at = len(self.start) - 1
        if e.op == CONST:
            self.start[at] = rational(e.value) if self.exact else fraction(e.value)
            return at
        meaning = operator(e.op) if self.exact else OPERATORS[e.op].ball
        if all(self.start[a] is not None for a in args):
            self.start[at] = meaning(*(self.start[a] for a in args))
        else:
            self.steps.append((meaning, args, at))
        return at

    def __call__(self, *balls: Ball) -> list[Ball]:
        """The values of the roots; the caller sets flint's precision to ``bits``."""
        known = self.start.copy()
        known[: len(balls)] = map(as_rational, balls) if self.exact else balls
        for fn, args, at in self.steps:
            known[at] = fn(*[known[a] for a in args])
        found = [known[at] for at in self.results]
        return list(map(as_ball, found)) if self.exact else found


# ------------------------------------------------------------------ slopes


def without_mod(roots: Sequence[Expr]) -> list[Expr]:
    """``mod(x, y)`` written with ``floor``, whose jumps can be seen."""

    def step(e: Expr, args: tuple[Expr, ...]) -> Expr:
        if e.op != "mod":
            return with_args(e, args)
        return args[0] - args[1] * make("floor", args[0] / args[1])

    return rebuild(roots, step)


def slope(root: Expr, name: str) -> tuple[Expr, list[Expr]]:
    """The derivative along ``name`` between jumps, and the nodes that must be constant for there to
    be none.
    """
    slopes: dict[Expr, Expr] = {}
    moving, guards = set[Expr](), []
    for e in postorder([root]):
        slopes[e] = const(int(e.op == VAR and e.value == name))
        if slopes[e] is const(1) or any(a in moving for a in e.args):
            moving.add(e)
        if e not in moving or not e.args:
            continue
        if e.op in ("where", "min", "max"):
            slopes[e] = _choice(e, [slopes[a] for a in e.args])
        elif OPERATORS[e.op].derivative is None:
            guards.append(e)
        else:
            slopes[e] = _chained(e, [slopes[a] for a in e.args])
    return slopes[root], guards


def _chained(e: Expr, slopes: Sequence[Expr]) -> Expr:
    """The chain rule."""
    rule = OPERATORS[e.op].derivative
    assert rule is not None
    parts = [(p, d) for p, d in zip(rule(*e.args), slopes, strict=True) if d is not const(0)]
    terms = [p if d is const(1) else make("mul", p, d) for p, d in parts]
    return const(0) if not terms else terms[0] if len(terms) == 1 else make("add", *terms)


def _choice(e: Expr, slopes: Sequence[Expr]) -> Expr:
    """The slope of the operand that is chosen."""
    if e.op == "where":
        return (
            slopes[1] if slopes[1] is slopes[2] else make("where", e.args[0], slopes[1], slopes[2])
        )
    pairs = list(zip(e.args, slopes, strict=True))

    def better(x: tuple[Expr, Expr], y: tuple[Expr, Expr]) -> tuple[Expr, Expr]:
        first = make("lt", x[0], y[0]) if e.op == "min" else make("lt", y[0], x[0])
        return make(e.op, x[0], y[0]), make("where", first, x[1], y[1])

    return reduce(better, pairs)[1]
