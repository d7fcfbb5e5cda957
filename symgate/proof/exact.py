"""Operators on rational numbers of python-flint: what no ball decides, as whether 21/3 has reached 7."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import flint

from symgate.ir.expr import Expr
from symgate.ir.operators import OPERATORS

Number = Any  # a rational number or a ball
Rational = flint.fmpq
#: Powers, and bits of a number, beyond which a ball is quicker.
_MOST_POWER, _MOST_BITS = 64, 4096
_HALF = flint.fmpq(1, 2)


def jumps(e: Expr) -> bool:
    """Whether an operator has no derivative, so that its value may depend on the last bit."""
    return e.op in OPERATORS and OPERATORS[e.op].derivative is None


def operator(name: str) -> Callable[..., Number]:
    """An operator on rational numbers as far as these go, else on balls."""
    exact, ball = RATIONAL.get(name), OPERATORS[name].ball

    def value(*args: Number) -> Number:
        if name == "where" and type(args[0]) is Rational:
            return args[1] if args[0] else args[2]
        if exact is not None and all(type(a) is Rational for a in args):
            found = exact(*args)
            if found is not None and found.height_bits() <= _MOST_BITS:
                return found
        return ball(*map(as_ball, args))

    return value


def as_ball(value: Number) -> Number:
    """A number as a ball."""
    return flint.arb(value) if type(value) is Rational else value


def as_rational(ball: Number) -> Number:
    """A ball without radius as a rational number; any other one as it is."""
    if type(ball) is Rational or not (ball.is_finite() and ball.is_exact()):
        return ball
    mantissa, exponent = ball.man_exp()
    if abs(int(exponent)) > _MOST_BITS:
        return ball
    return flint.fmpq(mantissa) * flint.fmpq(2) ** int(exponent)


def _bit(condition: bool) -> Any:
    return flint.fmpq(int(condition))


def _whole(value: Any) -> Any:
    return flint.fmpq(value)


def _product(*args: Any) -> Any:
    out = args[0]
    for a in args[1:]:
        out = out * a
    return out


def _power(x: Any, y: Any) -> Any:
    if y.q != 1 or abs(int(y.p)) > _MOST_POWER or (y.p < 0 and not x):
        return None
    return x ** int(y.p)


def _root(degree: int) -> Callable[[Any], Any]:
    """The real root of a rational number, where it is one."""

    def value(x: Any) -> Any:
        if x < 0:
            return -value(-x) if degree % 2 and value(-x) is not None else None
        found = flint.fmpq(x.p.root(degree), x.q.root(degree))
        return found if found**degree == x else None

    return value


def _logarithm(base: int) -> Callable[[Any], Any]:
    """The logarithm of a power of ``base``."""

    def value(x: Any) -> Any:
        if x <= 0 or 1 not in (x.p, x.q):
            return None
        large = int(max(x.p, x.q))
        count = 0
        while large % base == 0:
            large, count = large // base, count + 1
        return None if large != 1 else flint.fmpq(count if x >= 1 else -count)

    return value


def squared_root(e: Expr) -> Expr | None:
    """``x`` where ``e`` is ``sqrt(x)*sqrt(x)``, which no ball tells from a number beside it."""
    if e.op == "mul" and len(e.args) == 2 and e.args[0] is e.args[1] and e.args[0].op == "sqrt":
        return e.args[0].args[0]
    square = e.op == "square" or (e.op == "pow" and e.args[1].is_const and e.args[1].value == 2)
    return e.args[0].args[0] if square and e.args[0].op == "sqrt" else None


def _nearest_even(x: Any) -> Any:
    up = (x + _HALF).floor()
    tied = flint.fmpq(up) == x + _HALF and int(up) % 2
    return flint.fmpq(up - 1 if tied else up)


def _sign(x: Any) -> Any:
    return flint.fmpq((x > 0) - (x < 0))


RATIONAL: dict[str, Callable[..., Any]] = {
    "add": lambda *a: sum(a[1:], a[0]),
    "mul": _product,
    "neg": lambda x: -x,
    "div": lambda x, y: x / y if y else None,
    "inv": lambda x: 1 / x if x else None,
    "pow": _power,
    "square": lambda x: x * x,
    "cube": lambda x: x * x * x,
    "sqrt": _root(2),
    "cbrt": _root(3),
    "log2": _logarithm(2),
    "log10": _logarithm(10),
    "exp2": lambda x: _power(flint.fmpq(2), x),
    "abs": lambda x: x if x >= 0 else -x,
    "relu": lambda x: x if x > 0 else flint.fmpq(0),
    "min": lambda *a: min(a),
    "max": lambda *a: max(a),
    "hold": lambda x: x,
    "mod": lambda x, y: x - y * _whole((x / y).floor()) if y else None,
    "floor": lambda x: _whole(x.floor()),
    "ceil": lambda x: _whole(x.ceil()),
    "round": _nearest_even,
    "sign": _sign,
    "step": lambda x: _bit(x > 0),
    "heaviside": lambda x: (1 + _sign(x)) / 2,
    "lt": lambda x, y: _bit(x < y),
    "le": lambda x, y: _bit(x <= y),
    "gt": lambda x, y: _bit(x > y),
    "ge": lambda x, y: _bit(x >= y),
    "eq": lambda x, y: _bit(x == y),
    "ne": lambda x, y: _bit(x != y),
    "and": lambda *a: _bit(all(a)),
    "or": lambda *a: _bit(any(a)),
    "not": lambda x: _bit(not x),
}
