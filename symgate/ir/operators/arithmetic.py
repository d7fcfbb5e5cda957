"""Sums, products, powers and their like: entries of several operands, and constants."""

from __future__ import annotations

import math
from collections.abc import Callable
from functools import reduce
from typing import Any

import numpy as np

from symgate.ir import meanings as m
from symgate.ir.boxes import Box, larger, power, smaller
from symgate.ir.expr import Expr, const, make
from symgate.ir.operators.entry import NON_ZERO, Operator, inverse, jump


def _shares(x: Expr, y: Expr) -> tuple[Expr, ...]:
    """Of two sides in their hypotenuse: its derivatives."""
    return x / make("hypot", x, y), y / make("hypot", x, y)


def _turning(y: Expr, x: Expr) -> tuple[Expr, ...]:
    """How an angle changes with ``y`` and with ``x``."""
    return x / (y * y + x * x), -(y / (y * y + x * x))


ARITHMETIC = [
    Operator(
        name="add",
        arity=None,
        numpy=lambda *args: reduce(np.add, args),
        ball=lambda *args: sum(args[1:], args[0]),
        interval=lambda *args: reduce(Box.__add__, args),
        derivative=lambda *args: tuple(const(1) for _ in args),
        tensor=lambda ops, *args: reduce(ops.add, args),
    ),
    Operator(
        name="mul",
        arity=None,
        numpy=lambda *args: reduce(np.multiply, args),
        ball=lambda *args: math.prod(args[1:], start=args[0]),
        interval=lambda *args: reduce(Box.__mul__, args),
        derivative=m.product_derivative,
        tensor=lambda ops, *args: reduce(ops.multiply, args),
    ),
    Operator(
        name="div",
        arity=2,
        numpy=np.divide,
        ball=lambda x, y: x / y,
        interval=Box.__truediv__,
        derivative=lambda x, y: (inverse(y), -(x * make("pow", y, const(-2)))),
        domain=(None, NON_ZERO),
        tensor=lambda ops, x, y: x / y,
    ),
    Operator(
        name="pow",
        arity=2,
        numpy=np.power,
        ball=m.pow_ball,
        interval=m.pow_box,
        derivative=m.pow_derivative,
        tensor=lambda ops, x, y: ops.power(x, y),
    ),
    Operator(
        name="hypot",
        arity=2,
        numpy=np.hypot,
        ball=lambda x, y: m.sqrt_ball(x * x + y * y),
        interval=lambda x, y: m.SQRT(power(x, 2) + power(y, 2)),
        derivative=_shares,
    ),
    Operator(
        name="atan2",
        arity=2,
        numpy=np.arctan2,
        ball=lambda y, x: type(y).atan2(y, x),
        interval=m.atan2_box,
        derivative=_turning,
        aliases=("arctan2",),
    ),
    Operator(
        name="min",
        arity=None,
        numpy=lambda *args: reduce(np.minimum, args),
        ball=lambda *args: reduce(lambda x, y: x.min(y), args),
        interval=lambda *args: reduce(smaller, args),
        derivative=m.active("min", "le"),
        aliases=("Min", "minimum", "fmin"),
        tensor=lambda ops, *args: reduce(ops.minimum, args),
    ),
    Operator(
        name="max",
        arity=None,
        numpy=lambda *args: reduce(np.maximum, args),
        ball=lambda *args: reduce(lambda x, y: x.max(y), args),
        interval=lambda *args: reduce(larger, args),
        derivative=m.active("max", "ge"),
        aliases=("Max", "maximum", "fmax"),
        tensor=lambda ops, *args: reduce(ops.maximum, args),
    ),
    jump(
        "mod",
        arity=2,
        numpy=np.mod,
        ball=lambda x, y: x - y * (x / y).floor(),
        interval=m.mod_box,
        domain=(None, NON_ZERO),
        aliases=("Mod",),
    ),
]


def _constant(
    name: str, value: float, ball: Callable[[], Any], aliases: tuple[str, ...] = ()
) -> Operator:
    """A number without operands that lies above the float ``value`` and below the next one."""
    return Operator(
        name=name,
        arity=0,
        numpy=lambda: value,
        ball=ball,
        interval=lambda: Box.exact(value, math.nextafter(value, math.inf)),
        derivative=lambda: (),
        aliases=aliases,
    )


CONSTANTS = [
    _constant("pi", math.pi, lambda: m.flint().arb.pi()),
    _constant("e", math.e, lambda: m.flint().arb.const_e(), aliases=("exp1",)),
]
