"""Rigorous bounds of an expression at many points: functions of one input by balls at its codes, the
rest by intervals of floats, or by balls at each point.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import reduce
from typing import Any

import flint
import numpy as np

from symgate.ir.design import Input
from symgate.ir.expr import CONST, VAR, Expr, const, make, postorder, var, variables
from symgate.proof.ballmath import BITS, Tape, down, fraction, spanning, up
from symgate.proof.spans import BASIC, Floats, Span, elementwise
from symgate.sim.truth import whole

#: Points at which an operator without a rule is computed one by one.
MOST_ALONE = 1 << 16
#: Bits of integers up to which the product of two, and their sum at another binary point, fit int64.
_SHORT = 30


def _rising(fn: Callable[[Floats], Floats]) -> Callable[[Span], Span]:
    return lambda x: Span.of(fn(x.lo), fn(x.hi))


#: Operators of several values that jump; on floats they are exact.
_STEPS: dict[str, Callable[[Span], Span]] = {
    "floor": _rising(np.floor),
    "ceil": _rising(np.ceil),
    "round": _rising(np.rint),
    "sign": _rising(np.sign),
    "step": _rising(lambda x: np.where(x > 0, 1.0, 0.0)),
    "heaviside": _rising(lambda x: np.heaviside(x, 0.5)),
}


def spans_at(root: Expr, inputs: Mapping[str, Input], codes: Mapping[str, np.ndarray]) -> Span:
    """``root`` at rows of codes; raise ValueError where that would take too long."""
    known: dict[Expr, Span] = {}
    rows = max((c.size for c in codes.values()), default=1)
    for e in postorder([root]):
        names = variables([e])
        args = [known[a] for a in e.args]
        several = len(names) > 1 and e.op in ("floor", "ceil")
        quotient = _whole_quotient(e, inputs, codes) if several else None
        if quotient is not None:
            known[e] = quotient
        elif len(names) <= 1:
            known[e] = _of_one(e, names, inputs, codes)
        elif e.op in BASIC or e.op in _STEPS:
            known[e] = (BASIC.get(e.op) or _STEPS[e.op])(*args)
        elif e.op == "mod" and e.args[1].closed:
            known[e] = _remainder(
                args[0], args[1], _of_one(make("inv", e.args[1]), [], inputs, codes)
            )
        elif rows <= MOST_ALONE:
            known[e] = _alone(e, args)
        else:
            raise ValueError(f"{e.op} of several values at {rows} points")
    return known[root]


def _whole_quotient(
    e: Expr, inputs: Mapping[str, Input], codes: Mapping[str, np.ndarray]
) -> Span | None:
    """A floor or a ceiling of a quotient of polynomials, by division of integers; None of anything
    else, and where these are long.
    """
    (x,) = e.args
    above, below = x.args if x.op == "div" else (x, const(1))
    numerator, divisor = whole(above), whole(below)
    if numerator is None or divisor is None:
        return None
    p = _integers(make("mul", const(divisor[1]), numerator[0]), inputs, codes)
    q = _integers(make("mul", const(numerator[1]), divisor[0]), inputs, codes)
    if p is None or q is None or not np.all(q[0]):
        return None
    frac = max(p[1], q[1])
    top, bottom = (values << (frac - own) for values, own in (p, q))
    found = top // bottom if e.op == "floor" else -(-top // bottom)
    return Span.of(found.astype(np.float64))


def _integers(
    root: Expr, inputs: Mapping[str, Input], codes: Mapping[str, np.ndarray]
) -> tuple[np.ndarray, int] | None:
    """A polynomial with whole coefficients as integers over a power of two; None where it is none, or
    int64 might not hold it.
    """
    known: dict[Expr, tuple[np.ndarray, int]] = {}
    for e in postorder([root]):
        if e.op == CONST:
            known[e] = np.array(int(e.value), np.int64), 0
        elif e.op == VAR:
            known[e] = codes[e.value].astype(np.int64), max(0, inputs[e.value].type.frac)
            if inputs[e.value].type.frac < 0:
                return None
        elif e.op in ("add", "mul"):
            known[e] = reduce(_SUMS[e.op], [known[a] for a in e.args])
        else:
            return None
        if known[e][1] > _SHORT or np.max(np.abs(known[e][0]), initial=0) >= 1 << _SHORT:
            return None
    return known[root]


def _added(x: tuple[np.ndarray, int], y: tuple[np.ndarray, int]) -> tuple[np.ndarray, int]:
    frac = max(x[1], y[1])
    return (x[0] << (frac - x[1])) + (y[0] << (frac - y[1])), frac


_SUMS: dict[str, Callable[..., tuple[np.ndarray, int]]] = {
    "add": _added,
    "mul": lambda x, y: (x[0] * y[0], x[1] + y[1]),
}


def _remainder(x: Span, y: Span, inverse: Span) -> Span:
    """``x`` modulo a constant ``y``: anything that has its sign where the quotient is not known."""
    quotient = x * inverse
    turns = np.floor(quotient.lo)
    known = turns == np.floor(quotient.hi)
    found = x - Span.of(turns) * y
    least, most = np.minimum(y.lo, 0.0), np.maximum(y.hi, 0.0)
    return Span(np.where(known, found.lo, least), np.where(known, found.hi, most))


def _of_one(
    e: Expr, names: list[str], inputs: Mapping[str, Input], codes: Mapping[str, np.ndarray]
) -> Span:
    """A function of one input at all its codes, or a constant."""
    tape = Tape([e], names)
    with flint.ctx.workprec(BITS):
        if not names:
            return Span(*(_ends(tape(), side)[0] for side in (0, 1)))
        unit = inputs[names[0]].type.ulp
        each, place = np.unique(codes[names[0]], return_inverse=True)
        balls = [tape(fraction(unit * code))[0] for code in each.tolist()]
    return Span(*(_ends(balls, side)[place.ravel()] for side in (0, 1)))


def _ends(balls: list[Any], side: int) -> Floats:
    """The lower or the upper ends of balls; an exact float is its own end."""
    found = []
    for ball in balls:
        middle = float(ball) if ball.is_exact() else np.nan
        exact = middle == middle and flint.arb(middle) == ball
        found.append(middle if exact else (down, up)[side](ball))
    return np.array(found)


def _alone(e: Expr, args: list[Span]) -> Span:
    names = [f"p{k}" for k in range(len(args))]
    tape = Tape([make(e.op, *map(var, names))], names)

    def at(*ends: float) -> tuple[float, float]:
        (ball,) = tape(*(spanning(a, b) for a, b in zip(ends[::2], ends[1::2], strict=True)))
        return down(ball), up(ball)

    with flint.ctx.workprec(BITS):
        return elementwise(at, args)
