"""Interpretations of expressions: NumPy arrays, vectorised intervals, python-flint balls,
derivatives.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from fractions import Fraction
from typing import Any

import numpy as np

from symgate.caches import remembered
from symgate.ir.boxes import Box, nearest
from symgate.ir.expr import CONST, VAR, Expr, combined, const, make, postorder
from symgate.ir.operators import OPERATORS

#: Working precision of ball arithmetic in bits; far beyond any format, so that enclosures decide
#: every rounding.
BALL_BITS = 128


def interpret(
    roots: Iterable[Expr],
    leaf: Callable[[Expr], Any],
    node: Callable[[Expr, list[Any]], Any],
) -> dict[Expr, Any]:
    """The value of every node below ``roots``: ``leaf`` for constants and variables, ``node`` for
    the rest.
    """
    out: dict[Expr, Any] = {}
    for e in postorder(roots):
        out[e] = leaf(e) if e.op in (CONST, VAR) else node(e, [out[operand] for operand in e.args])
    return out


def evaluate(roots: Iterable[Expr], env: Mapping[str, Any]) -> list[Any]:
    """``roots`` in float64 for NumPy arrays ``env``; NaN and infinity where an operator is
    undefined.
    """
    roots = list(roots)
    with np.errstate(all="ignore"):
        values = interpret(
            roots,
            lambda e: nearest(e.value) if e.op == CONST else np.asarray(env[e.value], float),
            lambda e, args: meaning(e).numpy(*args),
        )
    return [np.asarray(values[root], float) for root in roots]


def boxes(roots: Iterable[Expr], env: Mapping[str, Box]) -> dict[Expr, Box]:
    """A rigorous interval for every node below ``roots``, for each sub-box of ``env``."""
    return interpret(
        roots,
        lambda e: constant_box(e) if e.op == CONST else env[e.value],
        lambda e, args: constant_box(e) if e.closed else _image(e, args),
    )


@remembered
def constant_box(e: Expr) -> Box:
    """An interval for an expression without variables: the same constants are in many bodies."""
    found: Box = interpret([e], lambda leaf: Box.around(leaf.value), _image)[e]
    return found


def _image(e: Expr, args: list[Box]) -> Box:
    return power_rule(e, args) or meaning(e).interval(*args)


def power_rule(e: Expr, args: list[Box]) -> Box | None:
    """``x*x`` is tighter as a square: intervals forget that the operands are one."""
    if e.op == "mul" and len(e.args) == 2 and e.args[0] is e.args[1]:
        return OPERATORS["square"].interval(args[0])
    return None


def meaning(e: Expr) -> Any:
    """The operator of a node: an entry of the table, or the function that the node carries itself."""
    return OPERATORS.get(e.op, e.value)


def fraction_ball(value: Fraction) -> Any:
    """An enclosure of an exact rational number."""
    from flint import arb

    return arb(value.numerator) / arb(value.denominator)


def balls(roots: Iterable[Expr], env: Mapping[str, Any]) -> dict[Expr, Any]:
    """A python-flint ball for every node below ``roots``; the current flint precision applies."""
    return interpret(
        roots,
        lambda e: fraction_ball(e.value) if e.op == CONST else env[e.value],
        lambda e, args: meaning(e).ball(*args),
    )


def constant_value(e: Expr) -> Any:
    """A ball for an expression without variables, at `BALL_BITS`."""
    import flint

    with flint.ctx.workprec(BALL_BITS):
        return balls([e], {})[e]


def derivative(root: Expr, name: str) -> Expr:
    """The derivative of ``root`` along variable ``name``; raise TypeError where an operator on the
    way jumps.
    """
    slope: dict[Expr, Expr] = {}
    zero = const(0)
    for e in postorder([root]):
        if e.op in (CONST, VAR):
            slope[e] = const(int(e.op == VAR and e.value == name))
            continue
        if all(slope[operand] is zero for operand in e.args):
            slope[e] = zero
            continue
        terms = []
        for along, a in zip(_partials(e), e.args, strict=True):
            if slope[a] is not zero:
                terms.append(along if slope[a] is const(1) else make("mul", along, slope[a]))
        slope[e] = combined("add", terms)
    return slope[root]


def _partials(e: Expr) -> tuple[Expr, ...]:
    rule = meaning(e).derivative
    if rule is None:
        raise TypeError(f"{e.op} has no derivative")
    partials: tuple[Expr, ...] = rule(*e.args)
    return partials
