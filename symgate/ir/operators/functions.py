"""Entries of one operand that have a slope."""

from __future__ import annotations

import math
from fractions import Fraction

import numpy as np

from symgate.ir import meanings as m
from symgate.ir import waves
from symgate.ir.boxes import Box, falling, magnitudes, power, rising, valley, wave
from symgate.ir.expr import Expr, const, make
from symgate.ir.operators.entry import (
    ABOVE_MINUS_ONE,
    ABOVE_ONE,
    NON_NEGATIVE,
    NON_ZERO,
    OPEN_UNIT,
    POSITIVE,
    UNIT,
    inverse,
    unary,
)


def _root(e: Expr) -> Expr:
    return make("sqrt", e)


POWERS = [
    unary(
        "neg",
        numpy=np.negative,
        ball=lambda x: -x,
        interval=Box.__neg__,
        slope=lambda x: const(-1),
        parity="odd",
        tensor=lambda ops, x: -x,
    ),
    unary(
        "inv",
        numpy=np.reciprocal,
        ball=lambda x: 1 / x,
        interval=Box.reciprocal,
        slope=lambda x: -make("pow", x, const(-2)),
        domain=NON_ZERO,
        parity="odd",
        aliases=("reciprocal", "recip"),
    ),
    unary(  # 1/x that is a line near 0
        "held_inv",
        numpy=m.held_inverse,
        ball=m.held_ball,
        interval=m.held_box,
        slope=m.held_slope,
        parity="odd",
    ),
    unary(
        "abs",
        numpy=np.abs,
        ball=abs,
        interval=magnitudes,
        slope=lambda x: make("sign", x),
        parity="even",
        aliases=("Abs", "fabs"),
    ),
    unary(
        "square",
        numpy=np.square,
        ball=lambda x: x**2,
        interval=lambda x: power(x, 2),
        slope=lambda x: 2 * x,
        parity="even",
    ),
    unary(
        "cube",
        numpy=lambda x: np.power(x, 3),
        ball=lambda x: x**3,
        interval=lambda x: power(x, 3),
        slope=lambda x: 3 * make("square", x),
        parity="odd",
        tensor=lambda ops, x: x * ops.square(x),
    ),
    unary(
        "sqrt",
        numpy=np.sqrt,
        ball=m.sqrt_ball,
        interval=m.SQRT,
        slope=lambda x: Fraction(1, 2) * inverse(_root(x)),
        domain=NON_NEGATIVE,
    ),
    unary(
        "cbrt",
        numpy=np.cbrt,
        ball=m.cbrt_ball,
        interval=rising(np.cbrt, signed=True),
        slope=lambda x: Fraction(1, 3) * inverse(make("square", make("cbrt", x))),
        parity="odd",
    ),
    unary(  # a shared value
        "hold",
        numpy=lambda x: x,
        ball=lambda x: x,
        interval=lambda x: x,
        slope=lambda x: const(1),
        # no parity: a sign stays inside, where a jump that was settled on the value looks for it
        tensor=lambda ops, x: x,
    ),
    unary(
        "relu",
        numpy=lambda x: np.maximum(x, 0.0),
        ball=lambda x: x.max(m.arb(0)),
        interval=rising(lambda x: np.maximum(x, 0.0), exact=True),
        slope=lambda x: make("step", x),
    ),
]

EXPONENTIALS = [
    unary("exp", numpy=np.exp, interval=m.EXP, slope=lambda x: make("exp", x)),
    unary(
        "exp2",
        numpy=np.exp2,
        ball=lambda x: m.arb(2) ** x,
        interval=rising(np.exp2, image=m.PLUS),
        slope=lambda x: make("mul", make("exp2", x), make("log", const(2))),
    ),
    unary(
        "expm1",
        numpy=np.expm1,
        interval=rising(np.expm1, image=(-1.0, math.inf), signed=True),
        slope=lambda x: make("exp", x),
    ),
    unary(
        "log",
        numpy=np.log,
        interval=m.LOG,
        slope=inverse,
        domain=POSITIVE,
        aliases=("ln",),
    ),
    unary(
        "log2",
        numpy=np.log2,
        ball=lambda x: x.log() / m.arb(2).log(),
        interval=rising(np.log2, domain=m.PLUS),
        slope=lambda x: inverse(x * make("log", const(2))),
        domain=POSITIVE,
    ),
    unary(
        "log10",
        numpy=np.log10,
        ball=lambda x: x.log() / m.arb(10).log(),
        interval=rising(np.log10, domain=m.PLUS),
        slope=lambda x: inverse(x * make("log", const(10))),
        domain=POSITIVE,
    ),
    unary(
        "log1p",
        numpy=np.log1p,
        interval=rising(np.log1p, domain=(-1.0, math.inf), signed=True),
        slope=lambda x: inverse(1 + x),
        domain=ABOVE_MINUS_ONE,
    ),
    unary(
        "sigmoid",
        numpy=m.sigmoid,
        ball=lambda x: 1 / (1 + (-x).exp()),
        interval=rising(m.sigmoid, image=(0.0, 1.0)),
        slope=lambda x: make("mul", make("sigmoid", x), 1 - make("sigmoid", x)),
        aliases=("logistic",),
    ),
    unary(
        "erf",
        numpy=m.erf,
        interval=rising(m.erf, image=m.ONES, signed=True),
        slope=lambda x: make("mul", const(2), inverse(_root(make("pi"))), make("gauss", x)),
        parity="odd",
    ),
    unary(
        "gauss",
        numpy=m.gauss,
        ball=lambda x: (-(x**2)).exp(),
        interval=lambda x: m.EXP(-power(x, 2)),
        slope=lambda x: -2 * x * make("gauss", x),
        parity="even",
        tensor=lambda ops, x: ops.exp(-ops.square(x)),
    ),
]

ANGLES = [
    unary(
        "sin",
        numpy=np.sin,
        interval=wave(np.sin, np.pi / 2),
        slope=lambda x: make("cos", x),
        parity="odd",
    ),
    unary(
        "cos",
        numpy=np.cos,
        interval=wave(np.cos, 0.0),
        slope=lambda x: -make("sin", x),
        parity="even",
    ),
    unary(  # sin(x)/x, and 1 at 0
        "sinc",
        numpy=waves.sinc,
        interval=waves.sinc_box,
        slope=lambda x: Fraction(-1, 3) * x * make("sphere_factor", x),
        parity="even",
        tensor=waves.sinc_tensor,
    ),
    unary(  # 3 (sin(x) - x cos(x))/x^3, and 1 at 0: what a ball scatters, and -3/x of the slope of sinc
        "sphere_factor",
        numpy=waves.sphere_factor,
        ball=waves.sphere_ball,
        interval=waves.sphere_box,
        slope=lambda x: 3 * (make("sinc", x) - make("sphere_factor", x)) * inverse(x),
        parity="even",
        tensor=waves.sphere_tensor,
    ),
    unary(
        "tan",
        numpy=np.tan,
        interval=m.tan_box,
        slope=lambda x: 1 + make("square", make("tan", x)),
        parity="odd",
    ),
    unary(
        "asin",
        numpy=np.arcsin,
        ball=lambda x: m.inside(x, -1, 1).asin(),
        interval=rising(np.arcsin, domain=m.ONES, signed=True),
        slope=lambda x: inverse(_root(1 - x * x)),
        domain=UNIT,
        parity="odd",
        aliases=("arcsin",),
    ),
    unary(
        "acos",
        numpy=np.arccos,
        ball=lambda x: m.inside(x, -1, 1).acos(),
        interval=falling(np.arccos, domain=m.ONES, image=m.PLUS),
        slope=lambda x: -inverse(_root(1 - x * x)),
        domain=UNIT,
        aliases=("arccos",),
    ),
    unary(
        "atan",
        numpy=np.arctan,
        interval=rising(np.arctan, signed=True),
        slope=lambda x: inverse(1 + make("square", x)),
        parity="odd",
        aliases=("arctan",),
    ),
]

HYPERBOLIC = [
    unary(
        "sinh",
        numpy=np.sinh,
        interval=rising(np.sinh, signed=True),
        slope=lambda x: make("cosh", x),
        parity="odd",
    ),
    unary(
        "cosh",
        numpy=np.cosh,
        interval=valley(np.cosh, image=(1.0, math.inf)),
        slope=lambda x: make("sinh", x),
        parity="even",
    ),
    unary(
        "tanh",
        numpy=np.tanh,
        interval=rising(np.tanh, image=m.ONES, signed=True),
        slope=lambda x: 1 - make("square", make("tanh", x)),
        parity="odd",
    ),
    unary(
        "asinh",
        numpy=np.arcsinh,
        interval=rising(np.arcsinh, signed=True),
        slope=lambda x: inverse(_root(1 + make("square", x))),
        parity="odd",
        aliases=("arcsinh",),
    ),
    unary(
        "acosh",
        numpy=np.arccosh,
        ball=lambda x: x.max(m.arb(1)).acosh(),
        interval=rising(np.arccosh, domain=(1.0, math.inf), image=m.PLUS),
        slope=lambda x: inverse(_root(make("square", x) - 1)),
        domain=ABOVE_ONE,
        aliases=("arccosh",),
    ),
    unary(
        "atanh",
        numpy=np.arctanh,
        interval=rising(np.arctanh, domain=m.ONES, signed=True),
        slope=lambda x: inverse(1 - make("square", x)),
        domain=OPEN_UNIT,
        parity="odd",
        aliases=("arctanh",),
    ),
]

FUNCTIONS = [*POWERS, *EXPONENTIALS, *ANGLES, *HYPERBOLIC]
