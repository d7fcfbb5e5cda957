"""An expression at one point, exactly: fractions as far as they go, then balls of rising precision.

Fractions decide what no ball can: whether ``0.1*x < 0.3`` holds at x = 3.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

from symgate.ir.boxes import float_above, float_below
from symgate.ir.evaluate import fraction_ball, meaning
from symgate.ir.expr import CONST, VAR, Expr, postorder
from symgate.ir.function import ARGUMENT, Function

#: Bits in front of the binary point, or zeros behind it, beyond which there are no floats.
_LONGEST = 1 << 12
Number = Any  # a Fraction or a flint ball


@dataclass(frozen=True)
class ExactlySettings:
    """How the distance of an output from its expression is decided at one input."""

    #: Precisions of balls, in bits, one after the other until the distance is known closely enough:
    #: relative to it.
    precisions: tuple[int, ...] = (128, 512, 2048)
    close: float = 2.0**-30
    #: Powers up to which fractions stay short enough, and bits up to which those of powers do.
    most_power: int = 64
    most_bits: int = 1 << 16


EXACTLY = ExactlySettings()


def distance(e: Expr, point: Mapping[str, Fraction], y: Fraction) -> tuple[float, float]:
    """How far ``e`` at ``point`` is from ``y``: at least, and at most; infinite where ``e`` is not
    proved to have a value there.
    """
    import flint

    low, high = 0.0, math.inf
    for bits in EXACTLY.precisions:
        with flint.ctx.workprec(bits):
            value = value_at(e, point)
            if isinstance(value, Fraction):
                return around(abs(value - y))
            gap = abs(value - fraction_ball(y))
            if gap.is_finite():
                low, high = ends(gap)
        if high - low <= EXACTLY.close * high:
            break
    return max(low, 0.0), high


def enclosure(e: Expr, point: Mapping[str, Fraction]) -> tuple[float, float]:
    """The floats next to the value of ``e`` at ``point``; infinite where none is proved."""
    import flint

    low, high = -math.inf, math.inf
    for bits in EXACTLY.precisions:
        with flint.ctx.workprec(bits):
            value = value_at(e, point)
            if isinstance(value, Fraction):
                return around(value)
            if value.is_finite():
                low, high = ends(value)
        if high - low <= EXACTLY.close * max(abs(low), abs(high)):
            break
    return low, high


def value_at(e: Expr, point: Mapping[str, Fraction]) -> Number:
    """The value of ``e``: a fraction where all on the way are rational, else a ball."""
    known: dict[Expr, Number] = {}
    for n in postorder([e]):
        if n.op == CONST:
            known[n] = n.value
        elif n.op == VAR:
            known[n] = point[n.value]
        elif (inside := root_squared(n)) is not None:
            known[n] = known[inside]
        else:
            known[n] = _node(n, [known[operand] for operand in n.args])
    return known[e]


def root_squared(e: Expr) -> Expr | None:
    """What ``e`` is the square of the square root of; None where it is none."""
    root = e.args[0] if e.op in ("mul", "pow", "square") else None
    if root is None or root.op != "sqrt":
        return None
    twice = e.op == "mul" and len(e.args) == 2 and e.args[1] is root
    power = e.op == "pow" and e.args[1].op == CONST and e.args[1].value == 2
    return root.args[0] if twice or power or e.op == "square" else None


def _node(n: Expr, args: list[Number]) -> Number:
    if n.op == "where" and isinstance(args[0], Fraction):
        return args[1] if args[0] else args[2]
    if all(isinstance(operand, Fraction) for operand in args):
        if isinstance(n.value, Function):
            return value_at(n.value.body, {ARGUMENT: args[0]})
        if n.op in _RATIONAL and (found := _RATIONAL[n.op](*args)) is not None:
            return found
    return meaning(n).ball(
        *(fraction_ball(operand) if isinstance(operand, Fraction) else operand for operand in args)
    )


def _power(x: Fraction, y: Fraction) -> Fraction | None:
    if y.denominator != 1 or abs(y) > EXACTLY.most_power or (y < 0 and not x):
        return None
    digits = max(x.numerator.bit_length(), x.denominator.bit_length())
    if digits * abs(y) > EXACTLY.most_bits:
        return None
    return x ** int(y)


def _root(x: Fraction, degree: int) -> Fraction | None:
    """The real root of a fraction, where it is one."""
    from flint import fmpz

    if x < 0:
        mirrored = _root(-x, degree) if degree % 2 else None
        return None if mirrored is None else -mirrored
    parts = [int(fmpz(n).root(degree)) for n in (x.numerator, x.denominator)]
    found = Fraction(*parts)
    return found if found**degree == x else None


def _logarithm(x: Fraction, base: int) -> Fraction | None:
    """The logarithm of a power of ``base``; None for other numbers."""
    if x <= 0 or 1 not in (x.numerator, x.denominator):
        return None
    large, count = max(x.numerator, x.denominator), 0
    while large % base == 0:
        large, count = large // base, count + 1
    if large != 1:
        return None
    return Fraction(count if x >= 1 else -count)


def _bit(condition: bool) -> Fraction:
    return Fraction(int(condition))


#: The operators whose value of fractions is a fraction; None where there is none.
_RATIONAL: dict[str, Callable[..., Fraction | None]] = {
    "add": lambda *a: sum(a, Fraction(0)),
    "mul": lambda *a: math.prod(a, start=Fraction(1)),
    "div": lambda x, y: x / y if y else None,
    "inv": lambda x: 1 / x if x else None,
    "pow": _power,
    "sqrt": lambda x: _root(x, 2),
    "cbrt": lambda x: _root(x, 3),
    "exp2": lambda x: _power(Fraction(2), x),
    "log2": lambda x: _logarithm(x, 2),
    "log10": lambda x: _logarithm(x, 10),
    "neg": lambda x: -x,
    "abs": abs,
    "square": lambda x: x * x,
    "cube": lambda x: x * x * x,
    "min": lambda *a: min(a),
    "max": lambda *a: max(a),
    "relu": lambda x: max(x, Fraction(0)),
    "hold": lambda x: x,
    "mod": lambda x, y: x - y * math.floor(x / y) if y else None,
    "floor": lambda x: Fraction(math.floor(x)),
    "ceil": lambda x: Fraction(math.ceil(x)),
    "round": lambda x: Fraction(round(x)),
    "sign": lambda x: _bit(x > 0) - _bit(x < 0),
    "step": lambda x: _bit(x > 0),
    "heaviside": lambda x: (1 + _bit(x > 0) - _bit(x < 0)) / 2,
    "lt": lambda x, y: _bit(x < y),
    "le": lambda x, y: _bit(x <= y),
    "gt": lambda x, y: _bit(x > y),
    "ge": lambda x, y: _bit(x >= y),
    "eq": lambda x, y: _bit(x == y),
    "ne": lambda x, y: _bit(x != y),
    "and": lambda x, y: _bit(bool(x) and bool(y)),
    "or": lambda x, y: _bit(bool(x) or bool(y)),
    "not": lambda x: _bit(not x),
}


def around(value: Fraction) -> tuple[float, float]:
    """The floats next to a fraction, the same one twice where it is a float."""
    return float_below(value), float_above(value)


def ends(ball: Any) -> tuple[float, float]:
    """The least and the largest number of a finite ball as floats, rounded outward."""
    return around(_fraction(ball.lower()))[0], around(_fraction(ball.upper()))[1]


def _fraction(ball: Any) -> Fraction:
    """A ball without radius as a fraction; one beyond all floats, on its side of 0, where the number
    is so: ``exp(exp(30))`` has more digits than memory.
    """
    mantissa, exponent = map(int, ball.man_exp())
    size = mantissa.bit_length() + exponent
    if not mantissa or abs(size) <= _LONGEST:
        return Fraction(mantissa) * Fraction(2) ** exponent
    beyond = Fraction(2) ** (_LONGEST if size > 0 else -_LONGEST)
    return beyond if mantissa > 0 else -beyond
