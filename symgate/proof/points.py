"""Rigorous bounds of an expression at many points: functions of one input by balls at its codes, the
rest by intervals of floats, or by balls at each point.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import flint
import numpy as np

from symgate.ir.design import Input
from symgate.ir.expr import Expr, make, postorder, var, variables
from symgate.proof.ballmath import BITS, Tape, down, fraction, spanning, up
from symgate.proof.spans import BASIC, Floats, Span, elementwise

#: Points at which an operator without a rule is computed one by one.
MOST_ALONE = 1 << 16


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
        if len(names) <= 1:
            known[e] = _of_one(e, names, inputs, codes)
        elif e.op in BASIC or e.op in _STEPS:
            known[e] = (BASIC.get(e.op) or _STEPS[e.op])(*args)
        elif rows <= MOST_ALONE:
            known[e] = _alone(e, args)
        else:
            raise ValueError(f"{e.op} of several values at {rows} points")
    return known[root]


def _of_one(
    e: Expr, names: list[str], inputs: Mapping[str, Input], codes: Mapping[str, np.ndarray]
) -> Span:
    """A function of one input at all its codes, or a constant."""
    tape = Tape([e], names)
    with flint.ctx.workprec(BITS):
        if not names:
            (ball,) = tape()
            return Span.of(down(ball), up(ball))
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
