"""Rational expressions at many points at once, exactly: integers over integers.

No interval decides whether ``floor(x/3)`` has reached 7 at x = 21, and one fraction at a time takes
long where every third code is such a tie. What is not rational stays an interval.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

import numpy as np

from symgate.ir.boxes import Box
from symgate.ir.evaluate import boxes, constant_box, meaning, power_rule
from symgate.ir.exactly import root_squared
from symgate.ir.expr import CONST, VAR, Expr, postorder
from symgate.ir.function import ARGUMENT, Function

#: Bits of an integer up to which int64 is used; larger ones are Python's.
_SMALL, _FLOAT = 62, 53
#: Bits of an integer that a float may not hold: such a number stays open.
_LARGEST = 1000
#: Width of an interval of one point, relative to 1 or to its size, that rounding does not explain.
_WIDE = 2.0**-36
#: Powers up to which numbers stay short enough.
_MOST_POWER = 16
Ints = Any  # an array of int64, or of Python ints


@dataclass(frozen=True, eq=False)
class Ratios:
    """``num / den`` at each point, in any terms; ``den`` is 0 where there is no value, else positive.

    Both are integer arrays that broadcast.
    """

    num: Ints
    den: Ints

    def __post_init__(self) -> None:
        for name in ("num", "den"):
            object.__setattr__(self, name, _array(getattr(self, name)))

    @staticmethod
    def of(value: Fraction) -> Ratios:
        """The same number everywhere."""
        return Ratios(_whole(value.numerator), _whole(value.denominator))

    @staticmethod
    def codes(codes: Ints, frac: int, offset: Fraction = Fraction(0)) -> Ratios:
        """``codes / 2**frac + offset``."""
        unit = Fraction(2) ** -frac
        return _add(Ratios(_times(_whole(unit.numerator), codes), _whole(unit.denominator)),
                    Ratios.of(offset))  # fmt: skip

    @property
    def box(self) -> Box:
        """The floats next to each value, one float where it is that; infinite where there is none."""
        num, den = np.broadcast_arrays(self.num, self.den)
        if max(_size(num), _size(den)) > _LARGEST:
            return Box(np.full(num.shape, -np.inf), np.full(num.shape, np.inf))
        safe = np.where(den == 0, 1, den)
        value = np.asarray(num / safe, np.float64)
        short = (np.abs(num) < 1 << _FLOAT) & (safe < 1 << _FLOAT)  # then it is rounded once
        exact = short & (_is_power_of_two(safe) | (num % safe == 0))
        away = np.where(short.astype(bool), np.spacing(np.abs(value)), np.abs(value) * 2.0**-50)
        away = np.where(exact.astype(bool), 0.0, away)
        none = (den == 0).astype(bool)
        return Box(np.where(none, -np.inf, value - away), np.where(none, np.inf, value + away))

    def at(self, places: Ints, shape: tuple[int, ...]) -> Ratios:
        """The values at some places of an array of this shape."""
        num, den = (np.broadcast_to(side, shape).ravel()[places] for side in (self.num, self.den))
        return Ratios(num, den if self.den.ndim else self.den)


Point = Ratios | Box


def values_at(root: Expr, env: Mapping[str, Point]) -> Point:
    """``root`` at points: exact where all on the way is rational, else a rigorous interval."""
    known: dict[Expr, Point] = {}
    for e in postorder([root]):
        inside = root_squared(e)
        operands = [known[operand] for operand in e.args]
        known[e] = _value(e, operands, env) if inside is None else known[inside]
    return known[root]


def boxes_at(root: Expr, env: Mapping[str, Point]) -> Box:
    """`values_at` as intervals."""
    return as_box(values_at(root, env))


def decided_at(root: Expr, env: Mapping[str, Ratios], shape: tuple[int, ...]) -> Box:
    """The same, quicker where few points are close to a jump: intervals first, then exactly where
    these are wide. Arrays of ``env`` broadcast to ``shape``.
    """
    rough = boxes([root], {name: point.box for name, point in env.items()})[root]
    low, high = (
        np.array(np.broadcast_to(side, shape), np.float64) for side in (rough.lo, rough.hi)
    )
    with np.errstate(invalid="ignore"):
        size = 1 + np.maximum(np.abs(low), np.abs(high))
        opened = np.flatnonzero(~(high - low <= _WIDE * size).ravel())
    if opened.size:
        part = {name: point.at(opened, shape) for name, point in env.items()}
        box = boxes_at(root, part)
        low.ravel()[opened], high.ravel()[opened] = box.lo, box.hi
    return Box(low, high)


def as_box(value: Point) -> Box:
    """A rigorous interval around each value."""
    return value.box if isinstance(value, Ratios) else value


def _value(e: Expr, args: list[Point], env: Mapping[str, Point]) -> Point:
    if e.op == CONST:
        return Ratios.of(e.value)
    if e.op == VAR:
        return env[e.value]
    exact = [operand for operand in args if isinstance(operand, Ratios)]
    if len(exact) == len(args) and args:
        if isinstance(e.value, Function):
            return values_at(e.value.body, {ARGUMENT: args[0]})
        found = _RULES[e.op](*exact) if e.op in _RULES else None
        if found is not None:
            return found
    if e.closed:
        return constant_box(e)
    return _image(e, args)


def _image(e: Expr, args: list[Point]) -> Box:
    """What an operator makes of intervals; a condition that is known chooses exactly."""
    found = [as_box(operand) for operand in args]
    box = power_rule(e, found) or meaning(e).interval(*found)
    if e.op != "where" or not isinstance(args[0], Ratios):
        return box
    condition = args[0]
    chosen = [
        np.where(condition.num != 0, then, other)
        for then, other in ((found[1].lo, found[2].lo), (found[1].hi, found[2].hi))
    ]
    return Box(*chosen)


# ------------------------------------------------------------------ integers of any size


def _array(x: Any) -> Ints:
    """Integers as an array, where NumPy made a number of one."""
    return x if isinstance(x, np.ndarray) else _whole(int(x))


def _whole(n: int) -> Ints:
    return np.array(n, dtype=np.int64 if abs(n) < 1 << _SMALL else object)


def _size(x: Ints) -> int:
    """The bits of the largest number."""
    return int(max(abs(int(np.max(x, initial=0))), abs(int(np.min(x, initial=0))))).bit_length()


def _times(x: Ints, y: Ints) -> Ints:
    if x.dtype == y.dtype == np.int64 and _size(x) + _size(y) <= _SMALL:
        return x * y
    return _array(x.astype(object) * y.astype(object))


def _plus(x: Ints, y: Ints) -> Ints:
    if x.dtype == y.dtype == np.int64 and max(_size(x), _size(y)) < _SMALL:
        return x + y
    return _array(x.astype(object) + y.astype(object))


def _is_power_of_two(x: Ints) -> Ints:
    return (x & (x - 1)) == 0


def _lowest(num: Ints, den: Ints) -> Ratios:
    """In lowest terms where that is quick and worth it."""
    if num.dtype == den.dtype == np.int64 and max(_size(num), _size(den)) > _SMALL // 3:
        common = np.maximum(np.gcd(num, den), 1)
        return Ratios(num // common, den // common)
    return Ratios(num, den)


def _bit(condition: Any, *operands: Ratios) -> Ratios:
    """0 or 1, where all operands have a value."""
    alive = np.asarray(condition)
    return Ratios(np.asarray(condition).astype(np.int64), _alive(alive, *operands))


def _alive(like: Ints, *operands: Ratios) -> Ints:
    alive = np.ones(np.shape(like), np.int64)
    for operand in operands:
        alive = alive * np.asarray(operand.den != 0).astype(np.int64)
    return alive


# ------------------------------------------------------------------ operators


def _add(x: Ratios, *others: Ratios) -> Ratios:
    for y in others:
        if x.den.ndim == y.den.ndim == 0:
            common = math.lcm(int(x.den), int(y.den))
            parts = (_times(v.num, _whole(common // int(v.den) if v.den else 0)) for v in (x, y))
            x = Ratios(_plus(*parts), _whole(common))
        else:
            num = _plus(_times(x.num, y.den), _times(y.num, x.den))
            x = _lowest(num, _times(x.den, y.den))
    return x


def _mul(x: Ratios, *others: Ratios) -> Ratios:
    for y in others:
        x = _lowest(_times(x.num, y.num), _times(x.den, y.den))
    return x


def _neg(x: Ratios) -> Ratios:
    return Ratios(-x.num, x.den)


def _inv(x: Ratios) -> Ratios:
    alive = np.asarray(x.den != 0).astype(np.int64)
    sign = np.where(np.asarray(x.num < 0).astype(bool), -1, 1)
    return Ratios(_times(x.den, sign), _times(_times(x.num, sign), alive))


def _div(x: Ratios, y: Ratios) -> Ratios:
    return _mul(x, _inv(y))


def _power(x: Ratios, y: Ratios) -> Ratios | None:
    if y.num.ndim or int(y.den) != 1 or abs(int(y.num)) > _MOST_POWER:
        return None
    base = _inv(x) if int(y.num) < 0 else x
    return _mul(Ratios.of(Fraction(1)), *[base] * abs(int(y.num)))


def _floor(x: Ratios) -> Ratios:
    safe = np.where(np.asarray(x.den == 0).astype(bool), 1, x.den)
    return Ratios(np.asarray(x.num // safe), _alive(x.num * x.den, x))


def _round(x: Ratios) -> Ratios:
    """To the nearest whole number, ties to the even one."""
    half = _add(x, Ratios.of(Fraction(1, 2)))
    up = _floor(half)
    tied = np.asarray(_times(up.num, half.den) == half.num) & np.asarray(up.num % 2 == 1)
    return Ratios(_plus(up.num, -tied.astype(np.int64)), up.den)


def _sign(x: Ratios) -> Ratios:
    sign = np.asarray(x.num > 0).astype(np.int64) - np.asarray(x.num < 0).astype(np.int64)
    return Ratios(sign, _alive(x.num * x.den, x))


def _difference(x: Ratios, y: Ratios) -> Ints:
    """What has the sign of ``x - y``."""
    return _add(x, _neg(y)).num


def _compared(test: Callable[[Any, int], Any]) -> Callable[..., Ratios]:
    return lambda x, y: _bit(test(_difference(x, y), 0), x, y)


def _where(c: Ratios, x: Ratios, y: Ratios) -> Ratios:
    taken = np.asarray(c.num != 0).astype(bool)
    alive = np.asarray(c.den != 0).astype(np.int64)
    return Ratios(np.where(taken, x.num, y.num), _times(np.where(taken, x.den, y.den), alive))


def _extreme(sign: int) -> Callable[..., Ratios]:
    def rule(x: Ratios, *others: Ratios) -> Ratios:
        for y in others:
            x = _where(_bit(sign * _difference(x, y) > 0, x, y), x, y)
        return x

    return rule


def _logic(test: Callable[..., Any]) -> Callable[..., Ratios]:
    def rule(x: Ratios, *others: Ratios) -> Ratios:
        found = np.asarray(x.num != 0).astype(bool)
        for y in others:
            found = test(found, np.asarray(y.num != 0).astype(bool))
        return _bit(found, x, *others)

    return rule


def _half_step(x: Ratios) -> Ratios:
    sign = _sign(x)
    return Ratios(sign.num + 1, sign.den * 2)


_ONE = Ratios.of(Fraction(1))
_RULES: dict[str, Callable[..., Ratios | None]] = {
    "add": _add,
    "mul": _mul,
    "neg": _neg,
    "div": _div,
    "inv": _inv,
    "pow": _power,
    "square": lambda x: _mul(x, x),
    "cube": lambda x: _mul(x, x, x),
    "abs": lambda x: Ratios(np.abs(x.num), x.den),
    "min": _extreme(-1),
    "max": _extreme(1),
    "relu": lambda x: Ratios(np.maximum(x.num, 0), x.den),
    "hold": lambda x: x,
    "mod": lambda x, y: _add(x, _neg(_mul(y, _floor(_div(x, y))))),
    "floor": _floor,
    "ceil": lambda x: _neg(_floor(_neg(x))),
    "round": _round,
    "sign": _sign,
    "step": lambda x: _bit(x.num > 0, x),
    "heaviside": _half_step,
    "lt": _compared(lambda d, zero: d < zero),
    "le": _compared(lambda d, zero: d <= zero),
    "gt": _compared(lambda d, zero: d > zero),
    "ge": _compared(lambda d, zero: d >= zero),
    "eq": _compared(lambda d, zero: d == zero),
    "ne": _compared(lambda d, zero: d != zero),
    "and": _logic(np.logical_and),
    "or": _logic(np.logical_or),
    "not": lambda x: _bit(x.num == 0, x),
    "where": _where,
}
