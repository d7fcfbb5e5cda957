"""The real-valued operators. Adding one means adding one entry to ``_ENTRIES`` in this file, and
nothing else.

An entry holds the meaning on NumPy arrays, the rigorous meaning on python-flint balls (the
independent truth), the vectorised interval meaning, where the operator is defined, its derivative
and its algebra. Frontends, passes, function generators and the simulator read this table; none of
them names operators of its own.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from fractions import Fraction
from functools import reduce
from typing import Any

import numpy as np

from symgate.ir import meanings as m
from symgate.ir.boxes import Box, falling, magnitudes, power, rising, valley, wave
from symgate.ir.expr import Expr, const, make

Reals = Callable[..., Any]


@dataclass(frozen=True)
class Domain:
    """Where an operator is defined, as a condition on one operand's interval."""

    text: str  # read after "the operand must be"
    holds: Callable[[float, float], bool]


POSITIVE = Domain("> 0", lambda lo, hi: lo > 0)
NON_NEGATIVE = Domain(">= 0", lambda lo, hi: lo >= 0)
NON_ZERO = Domain("different from 0", lambda lo, hi: lo > 0 or hi < 0)
UNIT = Domain("between -1 and 1", lambda lo, hi: lo >= -1 and hi <= 1)
OPEN_UNIT = Domain("strictly between -1 and 1", lambda lo, hi: lo > -1 and hi < 1)
ABOVE_ONE = Domain(">= 1", lambda lo, hi: lo >= 1)
ABOVE_MINUS_ONE = Domain("> -1", lambda lo, hi: lo > -1)


@dataclass(frozen=True)
class Operator:
    """Everything symgate knows about one real-valued operator."""

    name: str
    arity: int | None  # None: two or more
    numpy: Reals
    ball: Reals  # python-flint arb -> arb
    interval: Callable[..., Box]
    derivative: (
        Callable[..., tuple[Expr, ...]] | None
    )  # one partial derivative per operand; None: it jumps
    domain: tuple[Domain | None, ...] = ()
    parity: str | None = None  # "odd", "even"
    aliases: tuple[str, ...] = ()  # further names in text
    boolean: bool = False  # the result is 0 or 1
    tensor: Reals | None = (
        None  # of `keras.ops` and tensors; None: the function there that has one of our names
    )


def call(name: str, *args: Expr) -> Expr:
    """The node ``name(*args)``; raise TypeError for an unknown operator or a wrong number of
    operands.
    """
    op = OPERATORS.get(name)
    if op is None:
        raise TypeError(f"unknown operator '{name}'")
    if len(args) != op.arity if op.arity is not None else len(args) < 2:
        raise TypeError(
            f"{name} takes {op.arity if op.arity is not None else 'two or more'} operands, got {len(args)}"
        )
    return make(name, *args)


def _f(name: str, x: Expr) -> Expr:
    return make(name, x)


def _inverse(e: Expr) -> Expr:
    return make("inv", e)


def _jump(
    name: str, numpy: Reals, ball: Reals, interval: Callable[..., Box], arity: int = 1, **more: Any
) -> Operator:
    return Operator(name, arity, numpy, ball, interval, None, **more)


def _unary(
    name: str,
    numpy: Reals,
    interval: Callable[..., Box],
    slope: Callable[[Expr], Expr],
    **more: Any,
) -> Operator:
    ball = more.pop("ball", lambda x: getattr(x, name)())
    domain = (more.pop("domain"),) if "domain" in more else ()
    return Operator(name, 1, numpy, ball, interval, lambda x: (slope(x),), domain=domain, **more)


def _float(fn: Reals) -> Reals:
    return lambda *a: np.where(fn(*a), 1.0, 0.0)


_ARITHMETIC = [
    Operator(
        "add",
        None,
        lambda *a: reduce(np.add, a),
        lambda *a: sum(a[1:], a[0]),
        lambda *a: reduce(Box.__add__, a),
        lambda *a: tuple(const(1) for _ in a),
        tensor=lambda k, *a: reduce(k.add, a),
    ),
    Operator(
        "mul",
        None,
        lambda *a: reduce(np.multiply, a),
        lambda *a: math.prod(a[1:], start=a[0]),
        lambda *a: reduce(Box.__mul__, a),
        m.product_derivative,
        tensor=lambda k, *a: reduce(k.multiply, a),
    ),
    Operator(
        "div",
        2,
        np.divide,
        lambda x, y: x / y,
        Box.__truediv__,
        lambda x, y: (_inverse(y), -(x * make("pow", y, const(-2)))),
        domain=(None, NON_ZERO),
        tensor=lambda k, x, y: x / y,
    ),
    Operator(
        "pow",
        2,
        np.power,
        m.pow_ball,
        m.pow_box,
        m.pow_derivative,
        tensor=lambda k, x, y: k.power(x, y),
    ),
    Operator(
        "hypot",
        2,
        np.hypot,
        lambda x, y: m.sqrt_ball(x * x + y * y),
        lambda x, y: m.SQRT(power(x, 2) + power(y, 2)),
        lambda x, y: (x / make("hypot", x, y), y / make("hypot", x, y)),
    ),
    Operator(
        "atan2",
        2,
        np.arctan2,
        lambda y, x: type(y).atan2(y, x),
        m.atan2_box,
        lambda y, x: (x / (y * y + x * x), -(y / (y * y + x * x))),
        aliases=("arctan2",),
    ),
    Operator(
        "min",
        None,
        lambda *a: reduce(np.minimum, a),
        lambda *a: reduce(lambda x, y: x.min(y), a),
        lambda *a: reduce(lambda x, y: Box(np.minimum(x.lo, y.lo), np.minimum(x.hi, y.hi)), a),
        m.active("min", "le"),
        aliases=("Min", "minimum", "fmin"),
        tensor=lambda k, *a: reduce(k.minimum, a),
    ),
    Operator(
        "max",
        None,
        lambda *a: reduce(np.maximum, a),
        lambda *a: reduce(lambda x, y: x.max(y), a),
        lambda *a: reduce(lambda x, y: Box(np.maximum(x.lo, y.lo), np.maximum(x.hi, y.hi)), a),
        m.active("max", "ge"),
        aliases=("Max", "maximum", "fmax"),
        tensor=lambda k, *a: reduce(k.maximum, a),
    ),
    _jump(
        "mod",
        np.mod,
        lambda x, y: x - y * (x / y).floor(),
        m.mod_box,
        2,
        domain=(None, NON_ZERO),
        aliases=("Mod",),
    ),
]

_UNARY = [
    _unary(
        "neg",
        np.negative,
        Box.__neg__,
        lambda x: const(-1),
        ball=lambda x: -x,
        parity="odd",
        tensor=lambda k, x: -x,
    ),
    _unary(
        "inv",
        np.reciprocal,
        Box.reciprocal,
        lambda x: -make("pow", x, const(-2)),
        ball=lambda x: 1 / x,
        domain=NON_ZERO,
        parity="odd",
        aliases=("reciprocal", "recip"),
    ),
    _unary("held_inv", m.held_inverse, m.held_box, m.held_slope, ball=m.held_ball, parity="odd"),
    _unary(
        "abs",
        np.abs,
        magnitudes,
        lambda x: _f("sign", x),
        ball=abs,
        parity="even",
        aliases=("Abs", "fabs"),
    ),
    _unary(
        "square",
        np.square,
        lambda x: power(x, 2),
        lambda x: 2 * x,
        ball=lambda x: x**2,
        parity="even",
    ),
    _unary(
        "cube",
        lambda x: np.power(x, 3),
        lambda x: power(x, 3),
        lambda x: 3 * make("square", x),
        ball=lambda x: x**3,
        parity="odd",
        tensor=lambda k, x: x * k.square(x),
    ),
    _unary(
        "sqrt",
        np.sqrt,
        m.SQRT,
        lambda x: Fraction(1, 2) * _inverse(_f("sqrt", x)),
        ball=m.sqrt_ball,
        domain=NON_NEGATIVE,
    ),
    _unary(
        "cbrt",
        np.cbrt,
        rising(np.cbrt, signed=True),
        lambda x: Fraction(1, 3) * _inverse(make("square", _f("cbrt", x))),
        ball=m.cbrt_ball,
        parity="odd",
    ),
    _unary("exp", np.exp, m.EXP, lambda x: _f("exp", x)),
    _unary(
        "exp2",
        np.exp2,
        rising(np.exp2, image=m.PLUS),
        lambda x: make("mul", _f("exp2", x), _f("log", const(2))),
        ball=lambda x: m.arb(2) ** x,
    ),
    _unary(
        "expm1",
        np.expm1,
        rising(np.expm1, image=(-1.0, math.inf), signed=True),
        lambda x: _f("exp", x),
    ),
    _unary("log", np.log, m.LOG, _inverse, domain=POSITIVE, aliases=("ln",)),
    _unary(
        "log2",
        np.log2,
        rising(np.log2, domain=m.PLUS),
        lambda x: _inverse(x * _f("log", const(2))),
        ball=lambda x: x.log() / m.arb(2).log(),
        domain=POSITIVE,
    ),
    _unary(
        "log10",
        np.log10,
        rising(np.log10, domain=m.PLUS),
        lambda x: _inverse(x * _f("log", const(10))),
        ball=lambda x: x.log() / m.arb(10).log(),
        domain=POSITIVE,
    ),
    _unary(
        "log1p",
        np.log1p,
        rising(np.log1p, domain=(-1.0, math.inf), signed=True),
        lambda x: _inverse(1 + x),
        domain=ABOVE_MINUS_ONE,
    ),
    _unary("sin", np.sin, wave(np.sin, np.pi / 2), lambda x: _f("cos", x), parity="odd"),
    _unary("cos", np.cos, wave(np.cos, 0.0), lambda x: -_f("sin", x), parity="even"),
    _unary("tan", np.tan, m.tan_box, lambda x: 1 + make("square", _f("tan", x)), parity="odd"),
    _unary(
        "asin",
        np.arcsin,
        rising(np.arcsin, domain=m.ONES, signed=True),
        lambda x: _inverse(_f("sqrt", 1 - x * x)),
        domain=UNIT,
        parity="odd",
        ball=lambda x: m.inside(x, -1, 1).asin(),
        aliases=("arcsin",),
    ),
    _unary(
        "acos",
        np.arccos,
        falling(np.arccos, domain=m.ONES, image=m.PLUS),
        lambda x: -_inverse(_f("sqrt", 1 - x * x)),
        domain=UNIT,
        ball=lambda x: m.inside(x, -1, 1).acos(),
        aliases=("arccos",),
    ),
    _unary(
        "atan",
        np.arctan,
        rising(np.arctan, signed=True),
        lambda x: _inverse(1 + make("square", x)),
        parity="odd",
        aliases=("arctan",),
    ),
    _unary("sinh", np.sinh, rising(np.sinh, signed=True), lambda x: _f("cosh", x), parity="odd"),
    _unary(
        "cosh",
        np.cosh,
        valley(np.cosh, image=(1.0, math.inf)),
        lambda x: _f("sinh", x),
        parity="even",
    ),
    _unary(
        "tanh",
        np.tanh,
        rising(np.tanh, image=m.ONES, signed=True),
        lambda x: 1 - make("square", _f("tanh", x)),
        parity="odd",
    ),
    _unary(
        "asinh",
        np.arcsinh,
        rising(np.arcsinh, signed=True),
        lambda x: _inverse(_f("sqrt", 1 + make("square", x))),
        parity="odd",
        aliases=("arcsinh",),
    ),
    _unary(
        "acosh",
        np.arccosh,
        rising(np.arccosh, domain=(1.0, math.inf), image=m.PLUS),
        lambda x: _inverse(_f("sqrt", make("square", x) - 1)),
        domain=ABOVE_ONE,
        ball=lambda x: x.max(m.arb(1)).acosh(),
        aliases=("arccosh",),
    ),
    _unary(
        "atanh",
        np.arctanh,
        rising(np.arctanh, domain=m.ONES, signed=True),
        lambda x: _inverse(1 - make("square", x)),
        domain=OPEN_UNIT,
        parity="odd",
        aliases=("arctanh",),
    ),
    _unary(
        "sigmoid",
        m.sigmoid,
        rising(m.sigmoid, image=(0.0, 1.0)),
        lambda x: make("mul", _f("sigmoid", x), 1 - _f("sigmoid", x)),
        ball=lambda x: 1 / (1 + (-x).exp()),
        aliases=("logistic",),
    ),
    _unary(
        "erf",
        lambda x: np.asarray(m.erf(x), float),
        rising(lambda x: np.asarray(m.erf(x), float), image=m.ONES, signed=True),
        lambda x: make("mul", const(2), _inverse(_f("sqrt", make("pi"))), _f("gauss", x)),
        parity="odd",
    ),
    _unary(
        "gauss",
        m.gauss,
        lambda x: m.EXP(-power(x, 2)),
        lambda x: -2 * x * _f("gauss", x),
        ball=lambda x: (-(x**2)).exp(),
        parity="even",
        tensor=lambda k, x: k.exp(-k.square(x)),
    ),
    _unary(  # a shared value
        "hold",
        lambda x: x,
        lambda x: x,
        lambda x: const(1),
        ball=lambda x: x,
        parity="odd",
        tensor=lambda k, x: x,
    ),
    _unary(
        "relu",
        lambda x: np.maximum(x, 0.0),
        rising(lambda x: np.maximum(x, 0.0), exact=True),
        lambda x: _f("step", x),
        ball=lambda x: x.max(m.arb(0)),
    ),
]

_JUMPS = [
    _jump(
        "sign",
        np.sign,
        lambda x: m.step_ball(x, -1, 0, 1),
        rising(np.sign, exact=True),
        parity="odd",
        aliases=("sgn",),
    ),
    _jump(
        "step",
        lambda x: np.where(np.asarray(x) > 0, 1.0, 0.0),
        lambda x: m.step_ball(x, 0, 0, 1),
        rising(lambda x: np.where(x > 0, 1.0, 0.0), exact=True),
    ),
    _jump(
        "heaviside",
        lambda x: np.heaviside(x, 0.5),
        lambda x: m.step_ball(x, 0, m.arb(1) / 2, 1),
        rising(lambda x: np.heaviside(x, 0.5), exact=True),
        aliases=("Heaviside",),
    ),
    _jump("floor", np.floor, lambda x: x.floor(), rising(np.floor, exact=True)),
    _jump("ceil", np.ceil, lambda x: x.ceil(), rising(np.ceil, exact=True), aliases=("ceiling",)),
    _jump(
        "round",
        np.rint,
        lambda x: m.round_ball(x),
        rising(np.rint, exact=True),
        parity="odd",
        aliases=("rint",),
    ),
    _jump("lt", _float(np.less), m.less_ball, m.less_box, 2, boolean=True, aliases=("less",)),
    _jump(
        "le",
        _float(np.less_equal),
        lambda x, y: 1 - m.less_ball(y, x),
        m.less_equal_box,
        2,
        boolean=True,
    ),
    _jump(
        "gt",
        _float(np.greater),
        lambda x, y: m.less_ball(y, x),
        lambda x, y: m.less_box(y, x),
        2,
        boolean=True,
        aliases=("greater",),
    ),
    _jump(
        "ge",
        _float(np.greater_equal),
        lambda x, y: 1 - m.less_ball(x, y),
        lambda x, y: m.less_equal_box(y, x),
        2,
        boolean=True,
    ),
    _jump("eq", _float(np.equal), m.equal_ball, m.equal_box, 2, boolean=True),
    _jump(
        "ne",
        _float(np.not_equal),
        lambda x, y: 1 - m.equal_ball(x, y),
        lambda x, y: m.not_box(m.equal_box(x, y)),
        2,
        boolean=True,
    ),
    _jump(
        "and",
        _float(np.logical_and),
        lambda x, y: x.min(y),
        lambda x, y: Box(np.minimum(x.lo, y.lo), np.minimum(x.hi, y.hi)),
        2,
        boolean=True,
        aliases=("And", "logical_and"),
    ),
    _jump(
        "or",
        _float(np.logical_or),
        lambda x, y: x.max(y),
        lambda x, y: Box(np.maximum(x.lo, y.lo), np.maximum(x.hi, y.hi)),
        2,
        boolean=True,
        aliases=("Or", "logical_or"),
    ),
    _jump(
        "not",
        _float(np.logical_not),
        lambda x: 1 - x,
        m.not_box,
        boolean=True,
        aliases=("Not", "logical_not"),
    ),
    _jump(
        "where",
        lambda c, x, y: np.where(c, x, y),
        m.select_ball,
        m.select_box,
        3,
        aliases=("select",),
    ),
]


def _nullary(name: str, value: float, ball: Callable[[], Any], **more: Any) -> Operator:
    return Operator(
        name,
        0,
        lambda: value,
        ball,
        lambda: Box.around(value).union(Box.exact(math.nextafter(value, 9))),
        lambda: (),
        **more,
    )


_CONSTANTS = [
    _nullary("pi", math.pi, lambda: m.flint().arb.pi()),
    _nullary("e", math.e, lambda: m.flint().arb.const_e(), aliases=("exp1",)),
]

_ENTRIES: Sequence[Operator] = (*_ARITHMETIC, *_UNARY, *_JUMPS, *_CONSTANTS)

#: Every operator by its one name.
OPERATORS: dict[str, Operator] = {op.name: op for op in _ENTRIES}
#: Every name under which text may call an operator.
NAMES: dict[str, str] = {alias: op.name for op in _ENTRIES for alias in (op.name, *op.aliases)}
