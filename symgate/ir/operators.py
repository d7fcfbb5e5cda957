"""The real-valued operators. Adding one means adding one entry to ``_ENTRIES`` in this file, and nothing else.

An entry holds the meaning on NumPy arrays, the rigorous meaning on python-flint balls (the independent truth), the
vectorised interval meaning, where the operator is defined, its derivative and its algebra. Frontends, passes,
function generators and the simulator read this table; none of them names operators of its own.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from fractions import Fraction
from functools import reduce
from typing import Any

import numpy as np

from symgate.ir.boxes import Box, falling, power, rising, valley, wave
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
    derivative: Callable[..., tuple[Expr, ...]] | None  # one partial derivative per operand; None: it jumps
    domain: tuple[Domain | None, ...] = ()
    parity: str | None = None  # "odd", "even"
    aliases: tuple[str, ...] = ()  # further names in text
    boolean: bool = False  # the result is 0 or 1


def call(name: str, *args: Expr) -> Expr:
    """The node ``name(*args)``; raise TypeError for an unknown operator or a wrong number of operands."""
    op = OPERATORS.get(name)
    if op is None:
        raise TypeError(f"unknown operator '{name}'")
    if len(args) != op.arity if op.arity is not None else len(args) < 2:
        raise TypeError(f"{name} takes {op.arity if op.arity is not None else 'two or more'} operands, got {len(args)}")
    return make(name, *args)


def _flint() -> Any:
    import flint

    return flint


def _arb(value: Any) -> Any:
    return _flint().arb(value)


def _hull(*values: Any) -> Any:
    return reduce(lambda a, b: a.union(b), values)


def _step_ball(x: Any, below: Any, at: Any, above: Any) -> Any:
    """A ball for a function of the sign of ``x``."""
    values = [v for v, can in ((below, not x >= 0), (at, x.contains(_arb(0))), (above, not x <= 0)) if can]
    return _hull(*(_arb(v) for v in values))


def _less_ball(x: Any, y: Any) -> Any:
    return _arb(1) if x < y else _arb(0) if x >= y else _arb(0).union(_arb(1))


def _less_box(x: Box, y: Box) -> Box:
    return Box(np.where(x.hi < y.lo, 1.0, 0.0), np.where(x.lo < y.hi, 1.0, 0.0))


def _less_equal_box(x: Box, y: Box) -> Box:
    return Box(np.where(x.hi <= y.lo, 1.0, 0.0), np.where(x.lo <= y.hi, 1.0, 0.0))


def _equal_box(x: Box, y: Box) -> Box:
    point = (x.lo == x.hi) & (y.lo == y.hi) & (x.lo == y.lo)
    return Box(np.where(point, 1.0, 0.0), np.where((x.lo <= y.hi) & (y.lo <= x.hi), 1.0, 0.0))


def _not_box(x: Box) -> Box:
    return Box(1.0 - x.hi, 1.0 - x.lo)


def _equal_ball(x: Any, y: Any) -> Any:
    if not x.overlaps(y):
        return _arb(0)
    return _arb(1) if x.is_exact() and y.is_exact() else _arb(0).union(_arb(1))


def _select_ball(c: Any, x: Any, y: Any) -> Any:
    return y if c.is_zero() else x if not c.contains(_arb(0)) else x.union(y)


def _select_box(c: Box, x: Box, y: Box) -> Box:
    both = x.union(y)
    lo = np.where(c.lo > 0, x.lo, np.where(c.hi < 1, y.lo, both.lo))
    return Box(lo, np.where(c.lo > 0, x.hi, np.where(c.hi < 1, y.hi, both.hi)))


def _pow_exponent(y: Any) -> int | None:
    value = y.value if isinstance(y, Expr) and y.is_const else None
    return int(value) if value is not None and value.denominator == 1 else None


def _pow_box(x: Box, y: Box) -> Box:
    if y.lo.size == 1 and float(y.lo.flat[0]) == float(y.hi.flat[0]) == round(float(y.lo.flat[0])):
        n = round(float(y.lo.flat[0]))
        return power(x, n) if n >= 0 else power(x, -n).reciprocal()
    base = Box(np.maximum(x.lo, 1e-300), np.maximum(x.hi, 1e-300))
    out = _EXP(y * _LOG(base))
    return Box(np.where(x.lo <= 0, np.minimum(out.lo, 0.0), out.lo), out.hi)


def _pow_ball(x: Any, y: Any) -> Any:
    n = y.unique_fmpz() if y.is_exact() and y.is_integer() else None
    if n is not None:
        return x ** int(n)
    positive = x.nonnegative_part() if x >= 0 else x
    return positive**y


def _pow_derivative(x: Expr, y: Expr) -> tuple[Expr, ...]:
    along_x = y * make("pow", x, y - 1)
    return along_x, (const(0) if y.is_const else make("pow", x, y) * make("log", x))


def _product_derivative(*args: Expr) -> tuple[Expr, ...]:
    others = ([a for j, a in enumerate(args) if j != i] for i in range(len(args)))
    return tuple(make("mul", *o) if len(o) > 1 else o[0] for o in others)


def _mod_box(x: Box, y: Box) -> Box:
    lo, hi = np.minimum(y.lo, 0.0), np.maximum(y.hi, 0.0)
    quotient = np.floor(x.lo / y.lo)
    plain = (y.lo == y.hi) & (quotient == np.floor(x.hi / y.lo))
    shifted = x - Box.exact(quotient) * y
    return Box(np.where(plain, shifted.lo, lo), np.where(plain, shifted.hi, hi))


def _atan2_box(y: Box, x: Box) -> Box:
    cut = (x.lo <= 0) & (y.lo <= 0) & (y.hi >= 0)
    angles = np.stack(np.broadcast_arrays(*(np.arctan2(b, a) for a in (x.lo, x.hi) for b in (y.lo, y.hi))))
    lo, hi = np.where(cut, -np.pi, angles.min(0)), np.where(cut, np.pi, angles.max(0))
    return Box(lo - 1e-14, hi + 1e-14)


def _tan_box(x: Box) -> Box:
    safe = np.floor(x.lo / np.pi + 0.5) == np.floor(x.hi / np.pi + 0.5)
    out = rising(np.tan)(x)
    return Box(np.where(safe, out.lo, -np.inf), np.where(safe, out.hi, np.inf))


def _sqrt_ball(x: Any) -> Any:
    return (x.nonnegative_part() if x.contains(_arb(0)) else x).sqrt()


def _cbrt_ball(x: Any) -> Any:
    if x >= 0:
        return _sqrt_like(x)
    return -_sqrt_like(-x) if x <= 0 else (-_sqrt_like(-x.lower())).union(_sqrt_like(x.upper()))


def _sqrt_like(x: Any) -> Any:
    low, high = (v.root(3) if v > 0 else _arb(0) for v in (x.lower(), x.upper()))
    return low.union(high)


_EXP, _LOG = rising(np.exp), rising(np.log)
_erf = np.frompyfunc(math.erf, 1, 1)
_sigmoid: Reals = lambda x: 0.5 * (1 + np.tanh(0.5 * np.asarray(x, float)))  # noqa: E731
_gauss: Reals = lambda x: np.exp(-np.square(x))  # noqa: E731
_unit = Box.exact(0.0, 1.0)


def _f(name: str, x: Expr) -> Expr:
    return make(name, x)


def _inverse(e: Expr) -> Expr:
    return make("inv", e)


def _jump(name: str, numpy: Reals, ball: Reals, interval: Callable[..., Box], arity: int = 1, **more: Any) -> Operator:
    return Operator(name, arity, numpy, ball, interval, None, **more)


def _unary(name: str, numpy: Reals, interval: Callable[..., Box], slope: Callable[[Expr], Expr], **more: Any) -> Operator:
    ball = more.pop("ball", lambda x: getattr(x, name)())
    domain = (more.pop("domain"),) if "domain" in more else ()
    return Operator(name, 1, numpy, ball, interval, lambda x: (slope(x),), domain=domain, **more)


def _float(fn: Reals) -> Reals:
    return lambda *a: np.where(fn(*a), 1.0, 0.0)


_ARITHMETIC = [
    Operator("add", None, lambda *a: reduce(np.add, a), lambda *a: sum(a[1:], a[0]), lambda *a: reduce(Box.__add__, a),
             lambda *a: tuple(const(1) for _ in a)),
    Operator("mul", None, lambda *a: reduce(np.multiply, a), lambda *a: math.prod(a[1:], start=a[0]),
             lambda *a: reduce(Box.__mul__, a), _product_derivative),
    Operator("div", 2, np.divide, lambda x, y: x / y, Box.__truediv__,
             lambda x, y: (_inverse(y), -(x * make("pow", y, const(-2)))), domain=(None, NON_ZERO)),
    Operator("pow", 2, np.power, _pow_ball, _pow_box, _pow_derivative),
    Operator("hypot", 2, np.hypot, lambda x, y: _sqrt_ball(x * x + y * y),
             lambda x, y: rising(np.sqrt)(power(x, 2) + power(y, 2)),
             lambda x, y: (x / make("hypot", x, y), y / make("hypot", x, y))),
    Operator("atan2", 2, np.arctan2, lambda y, x: y.atan2(x), _atan2_box,
             lambda y, x: (x / (y * y + x * x), -(y / (y * y + x * x))), aliases=("arctan2",)),
    Operator("min", None, lambda *a: reduce(np.minimum, a), lambda *a: reduce(lambda x, y: x.min(y), a),
             lambda *a: reduce(lambda x, y: Box(np.minimum(x.lo, y.lo), np.minimum(x.hi, y.hi)), a),
             lambda *a: tuple(const(1) for _ in a), aliases=("Min", "minimum", "fmin")),
    Operator("max", None, lambda *a: reduce(np.maximum, a), lambda *a: reduce(lambda x, y: x.max(y), a),
             lambda *a: reduce(lambda x, y: Box(np.maximum(x.lo, y.lo), np.maximum(x.hi, y.hi)), a),
             lambda *a: tuple(const(1) for _ in a), aliases=("Max", "maximum", "fmax")),
    _jump("mod", np.mod, lambda x, y: x - y * (x / y).floor(), _mod_box, 2, domain=(None, NON_ZERO), aliases=("Mod", "fmod")),
]  # fmt: skip

_UNARY = [
    _unary("neg", np.negative, Box.__neg__, lambda x: const(-1), ball=lambda x: -x, parity="odd"),
    _unary("inv", np.reciprocal, Box.reciprocal, lambda x: -make("pow", x, const(-2)), ball=lambda x: 1 / x,
           domain=NON_ZERO, parity="odd", aliases=("reciprocal", "recip")),
    _unary("abs", np.abs, valley(np.abs), lambda x: _f("sign", x), ball=abs, parity="even", aliases=("Abs", "fabs")),
    _unary("square", np.square, valley(np.square), lambda x: 2 * x, ball=lambda x: x**2, parity="even"),
    _unary("cube", lambda x: np.power(x, 3), lambda x: power(x, 3), lambda x: 3 * make("square", x), ball=lambda x: x**3, parity="odd"),
    _unary("sqrt", np.sqrt, rising(lambda x: np.sqrt(np.maximum(x, 0.0))), lambda x: Fraction(1, 2) * _inverse(_f("sqrt", x)),
           ball=_sqrt_ball, domain=NON_NEGATIVE),
    _unary("cbrt", np.cbrt, rising(np.cbrt), lambda x: Fraction(1, 3) * _inverse(make("square", _f("cbrt", x))), ball=_cbrt_ball, parity="odd"),
    _unary("exp", np.exp, _EXP, lambda x: _f("exp", x)),
    _unary("exp2", np.exp2, rising(np.exp2), lambda x: make("mul", _f("exp2", x), _f("log", const(2))), ball=lambda x: _arb(2) ** x),
    _unary("expm1", np.expm1, rising(np.expm1), lambda x: _f("exp", x)),
    _unary("log", np.log, _LOG, _inverse, domain=POSITIVE, aliases=("ln",)),
    _unary("log2", np.log2, rising(np.log2), lambda x: _inverse(x * _f("log", const(2))), ball=lambda x: x.log() / _arb(2).log(), domain=POSITIVE),
    _unary("log10", np.log10, rising(np.log10), lambda x: _inverse(x * _f("log", const(10))), ball=lambda x: x.log() / _arb(10).log(), domain=POSITIVE),
    _unary("log1p", np.log1p, rising(np.log1p), lambda x: _inverse(1 + x), domain=ABOVE_MINUS_ONE),
    _unary("sin", np.sin, wave(np.sin, np.pi / 2), lambda x: _f("cos", x), parity="odd"),
    _unary("cos", np.cos, wave(np.cos, 0.0), lambda x: -_f("sin", x), parity="even"),
    _unary("tan", np.tan, _tan_box, lambda x: 1 + make("square", _f("tan", x)), parity="odd"),
    _unary("asin", np.arcsin, rising(np.arcsin), lambda x: _inverse(_f("sqrt", 1 - x * x)), domain=UNIT, parity="odd", aliases=("arcsin",)),
    _unary("acos", np.arccos, falling(np.arccos), lambda x: -_inverse(_f("sqrt", 1 - x * x)), domain=UNIT, aliases=("arccos",)),
    _unary("atan", np.arctan, rising(np.arctan), lambda x: _inverse(1 + make("square", x)), parity="odd", aliases=("arctan",)),
    _unary("sinh", np.sinh, rising(np.sinh), lambda x: _f("cosh", x), parity="odd"),
    _unary("cosh", np.cosh, valley(np.cosh), lambda x: _f("sinh", x), parity="even"),
    _unary("tanh", np.tanh, rising(np.tanh), lambda x: 1 - make("square", _f("tanh", x)), parity="odd"),
    _unary("asinh", np.arcsinh, rising(np.arcsinh), lambda x: _inverse(_f("sqrt", 1 + make("square", x))), parity="odd", aliases=("arcsinh",)),
    _unary("acosh", np.arccosh, rising(np.arccosh), lambda x: _inverse(_f("sqrt", make("square", x) - 1)), domain=ABOVE_ONE, aliases=("arccosh",)),
    _unary("atanh", np.arctanh, rising(np.arctanh), lambda x: _inverse(1 - make("square", x)), domain=OPEN_UNIT, parity="odd", aliases=("arctanh",)),
    _unary("sigmoid", _sigmoid, rising(_sigmoid), lambda x: make("mul", _f("sigmoid", x), 1 - _f("sigmoid", x)),
           ball=lambda x: ((x / 2).tanh() + 1) / 2, aliases=("logistic",)),
    _unary("erf", lambda x: np.asarray(_erf(x), float), rising(lambda x: np.asarray(_erf(x), float)),
           lambda x: make("mul", const(2), _inverse(_f("sqrt", make("pi"))), _f("gauss", x)), parity="odd"),
    _unary("gauss", _gauss, valley(_gauss, peak=True), lambda x: -2 * x * _f("gauss", x), ball=lambda x: (-(x**2)).exp(), parity="even"),
    _unary("relu", lambda x: np.maximum(x, 0.0), rising(lambda x: np.maximum(x, 0.0)), lambda x: _f("step", x),
           ball=lambda x: x.max(_arb(0))),
]  # fmt: skip

_JUMPS = [
    _jump("sign", np.sign, lambda x: _step_ball(x, -1, 0, 1), rising(np.sign), parity="odd", aliases=("sgn",)),
    _jump("step", lambda x: np.where(np.asarray(x) > 0, 1.0, 0.0), lambda x: _step_ball(x, 0, 0, 1),
          rising(lambda x: np.where(x > 0, 1.0, 0.0))),
    _jump("heaviside", lambda x: np.heaviside(x, 0.5), lambda x: _step_ball(x, 0, _arb(1) / 2, 1),
          rising(lambda x: np.heaviside(x, 0.5)), aliases=("Heaviside",)),
    _jump("floor", np.floor, lambda x: x.floor(), rising(np.floor)),
    _jump("ceil", np.ceil, lambda x: x.ceil(), rising(np.ceil), aliases=("ceiling",)),
    _jump("round", np.rint, lambda x: _round_ball(x), rising(np.rint), parity="odd", aliases=("rint",)),
    _jump("lt", _float(np.less), _less_ball, _less_box, 2, boolean=True, aliases=("less",)),
    _jump("le", _float(np.less_equal), lambda x, y: 1 - _less_ball(y, x), _less_equal_box, 2, boolean=True),
    _jump("gt", _float(np.greater), lambda x, y: _less_ball(y, x), lambda x, y: _less_box(y, x), 2, boolean=True, aliases=("greater",)),
    _jump("ge", _float(np.greater_equal), lambda x, y: 1 - _less_ball(x, y), lambda x, y: _less_equal_box(y, x), 2, boolean=True),
    _jump("eq", _float(np.equal), _equal_ball, _equal_box, 2, boolean=True),
    _jump("ne", _float(np.not_equal), lambda x, y: 1 - _equal_ball(x, y), lambda x, y: _not_box(_equal_box(x, y)), 2, boolean=True),
    _jump("and", _float(np.logical_and), lambda x, y: x.min(y), lambda x, y: Box(np.minimum(x.lo, y.lo), np.minimum(x.hi, y.hi)), 2,
          boolean=True, aliases=("And", "logical_and")),
    _jump("or", _float(np.logical_or), lambda x, y: x.max(y), lambda x, y: Box(np.maximum(x.lo, y.lo), np.maximum(x.hi, y.hi)), 2,
          boolean=True, aliases=("Or", "logical_or")),
    _jump("not", _float(np.logical_not), lambda x: 1 - x, _not_box, boolean=True, aliases=("Not", "logical_not")),
    _jump("where", lambda c, x, y: np.where(c, x, y), _select_ball, _select_box, 3, aliases=("select",)),
]  # fmt: skip


def _round_ball(x: Any) -> Any:
    half = _arb(1) / 2
    low, high = (x - half).ceil(), (x + half).floor()
    if low.is_exact() and high.is_exact() and low == high:
        return low
    exact = x.is_exact() and low.is_exact() and high.is_exact()
    even = low if exact and int(low.unique_fmpz()) % 2 == 0 else high
    return even if exact else low.union(high)


def _nullary(name: str, value: float, ball: Callable[[], Any], **more: Any) -> Operator:
    return Operator(name, 0, lambda: value, ball, lambda: Box.around(value).union(Box.exact(math.nextafter(value, 9))), lambda: (), **more)


_CONSTANTS = [
    _nullary("pi", math.pi, lambda: _flint().arb.pi()),
    _nullary("e", math.e, lambda: _flint().arb.const_e(), aliases=("exp1",)),
]

_ENTRIES: Sequence[Operator] = (*_ARITHMETIC, *_UNARY, *_JUMPS, *_CONSTANTS)

#: Every operator by its one name.
OPERATORS: dict[str, Operator] = {op.name: op for op in _ENTRIES}
#: Every name under which text may call an operator.
NAMES: dict[str, str] = {alias: op.name for op in _ENTRIES for alias in (op.name, *op.aliases)}
