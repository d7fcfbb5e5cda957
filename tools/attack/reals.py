"""Real numbers as exact fractions where they are rational, else as python-flint balls; what
operators mean on them, and what ties are.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from fractions import Fraction
from typing import Any

import flint

#: Exact fractions of more bits than this become balls.
LARGEST = 1 << 14

Ball = Any  # flint.arb, which has no types
Real = Fraction | Ball


class Undefined(ArithmeticError):
    """The formula has no value there."""


class Undecided(ArithmeticError):
    """More precision is needed."""


@contextmanager
def precision(bits: int) -> Iterator[None]:
    """Balls of ``bits`` bits inside."""
    before, flint.ctx.prec = flint.ctx.prec, bits
    try:
        yield
    finally:
        flint.ctx.prec = before


def ball(value: Real) -> Ball:
    """``value`` as a ball."""
    if not isinstance(value, Fraction):
        return value
    return flint.arb(flint.fmpq(value.numerator, value.denominator))


def bits_of(value: Fraction) -> int:
    """The size of an exact number."""
    return value.numerator.bit_length() + value.denominator.bit_length()


def shown(x: Real) -> str:
    """A number in a message."""
    return f"{float(x):.6g}"


def alike(args: list[Real]) -> list[Real]:
    """All operands exact, or all balls."""
    return args if all(isinstance(a, Fraction) for a in args) else [ball(a) for a in args]


def difference(x: Real, y: Real) -> Real:
    """``x - y``."""
    x, y = alike([x, y])
    return x - y


def certainly(x: Real, holds: Callable[[Any], bool], limit: Fraction) -> bool:
    """Whether ``holds`` is certain of ``x - limit``."""
    return holds(difference(x, limit))


def squared(x: Real) -> Real:
    """``x**2``, which no ball takes below 0."""
    return x * x if isinstance(x, Fraction) else x**2


# ------------------------------------------------------------------ decisions


def above(x: Real, y: Real) -> bool:
    """Whether ``x > y``; raise `Undecided` where the balls overlap."""
    x, y = alike([x, y])
    if x > y:
        return True
    if x <= y:
        return False
    raise Undecided


def equal(x: Real, y: Real) -> bool:
    """Whether ``x == y``; raise `Undecided` where the balls overlap."""
    if isinstance(x, Fraction) and isinstance(y, Fraction):
        return x == y
    x, y = ball(x), ball(y)
    if not x.overlaps(y):
        return False
    if x.is_exact() and y.is_exact():
        return bool(x == y)
    raise Undecided


def _floor(x: Real) -> Fraction:
    if isinstance(x, Fraction):
        return Fraction(math.floor(x))
    whole = x.floor().unique_fmpz()
    if whole is None:
        raise Undecided
    return Fraction(int(whole))


def _rounded(x: Real) -> Fraction:
    """To the nearest whole number, ties to even."""
    if isinstance(x, Fraction):
        return Fraction(round(x))
    half = flint.arb(1) / 2
    below, above = _floor(x + half), -_floor(half - x)
    if below != above:
        raise Undecided
    return below


def _sign(x: Real) -> Fraction:
    if equal(x, Fraction(0)):
        return Fraction(0)
    return Fraction(1 if above(x, Fraction(0)) else -1)


def _remainder(x: Real, y: Real) -> Real:
    if equal(y, Fraction(0)):
        raise Undefined("a remainder of a division by 0")
    x, y = alike([x, y])
    return x - y * (_floor(x / y) if isinstance(x, Fraction) else ball(_floor(x / y)))


def _divided(x: Real, y: Real) -> Real:
    if isinstance(y, Fraction):
        if y == 0:
            raise Undefined("a division by 0")
        return x / y
    if y.contains(flint.arb(0)):
        if y.is_zero():
            raise Undefined("a division by 0")
        raise Undecided
    return x / y


def _truth(x: Real) -> bool:
    return not equal(x, Fraction(0))


PLAIN: dict[str, Callable[..., Real]] = {
    "add": lambda x, y: x + y,
    "sub": lambda x, y: x - y,
    "mul": lambda x, y: x * y,
    "neg": lambda x: -x,
    "abs": abs,
    "div": _divided,
    "min": lambda x, y: min(x, y) if isinstance(x, Fraction) else x.min(y),
    "max": lambda x, y: max(x, y) if isinstance(x, Fraction) else x.max(y),
    "relu": lambda x: max(x, Fraction(0)) if isinstance(x, Fraction) else x.max(flint.arb(0)),
}
DECIDING: dict[str, Callable[..., Real]] = {
    "gt": lambda x, y: Fraction(above(x, y)),
    "lt": lambda x, y: Fraction(above(y, x)),
    "le": lambda x, y: Fraction(not above(x, y)),
    "ge": lambda x, y: Fraction(not above(y, x)),
    "eq": lambda x, y: Fraction(equal(x, y)),
    "ne": lambda x, y: Fraction(not equal(x, y)),
    "and": lambda x, y: Fraction(_truth(x) and _truth(y)),
    "or": lambda x, y: Fraction(_truth(x) or _truth(y)),
    "not": lambda x: Fraction(not _truth(x)),
    "floor": _floor,
    "ceil": lambda x: -_floor(-x),
    "round": _rounded,
    "sign": _sign,
    "step": lambda x: Fraction(above(x, Fraction(0))),
    "mod": _remainder,
}


# ------------------------------------------------------------------ functions


def _cube_root(x: Ball) -> Ball:
    if x > 0:
        return x.root(3)
    if x < 0:
        return -(-x).root(3)
    top = flint.arb(max(abs(x.lower()), abs(x.upper())).upper())
    return flint.arb(0).union(top.root(3)).union(-top.root(3))


UNARY: dict[str, Callable[[Ball], Ball]] = {
    "sqrt": lambda x: x.sqrt(),
    "cbrt": _cube_root,
    "exp": lambda x: x.exp(),
    "exp2": lambda x: (x * flint.arb(2).log()).exp(),
    "expm1": lambda x: x.expm1(),
    "log": lambda x: x.log(),
    "log2": lambda x: x.log() / flint.arb(2).log(),
    "log10": lambda x: x.log() / flint.arb(10).log(),
    "log1p": lambda x: x.log1p(),
    "sin": lambda x: x.sin(),
    "cos": lambda x: x.cos(),
    "tan": lambda x: x.tan(),
    "asin": lambda x: x.asin(),
    "acos": lambda x: x.acos(),
    "atan": lambda x: x.atan(),
    "sinh": lambda x: x.sinh(),
    "cosh": lambda x: x.cosh(),
    "tanh": lambda x: x.tanh(),
    "asinh": lambda x: x.asinh(),
    "acosh": lambda x: x.acosh(),
    "atanh": lambda x: x.atanh(),
    "sigmoid": lambda x: 1 / (1 + (-x).exp()),
    "erf": lambda x: x.erf(),
    "gauss": lambda x: (-(x**2)).exp(),
}
Edges = tuple[Fraction | None, Fraction | None, bool]  # lowest, highest, whether they are excluded
DOMAINS: dict[str, Edges] = {
    "log": (Fraction(0), None, True),
    "log2": (Fraction(0), None, True),
    "log10": (Fraction(0), None, True),
    "log1p": (Fraction(-1), None, True),
    "sqrt": (Fraction(0), None, False),
    "asin": (Fraction(-1), Fraction(1), False),
    "acos": (Fraction(-1), Fraction(1), False),
    "atanh": (Fraction(-1), Fraction(1), True),
    "acosh": (Fraction(1), None, False),
}
_ZERO_AT_ZERO = (
    "expm1",
    "log1p",
    "sin",
    "tan",
    "asin",
    "atan",
    "sinh",
    "tanh",
    "asinh",
    "atanh",
    "erf",
    "cbrt",
    "sqrt",
)
_ONE_AT_ZERO = ("exp", "exp2", "cos", "cosh", "gauss")


def exact(op: str, x: Fraction) -> Fraction | None:
    """The value where it is known to be rational, so that ties are decided; None otherwise."""
    if x == 0 and op in _ONE_AT_ZERO:
        return Fraction(1)
    if x == 0 and op == "sigmoid":
        return Fraction(1, 2)
    if x == 0 and op in _ZERO_AT_ZERO:
        return Fraction(0)
    if x == 1 and op in ("log", "log2", "log10", "acosh", "acos"):
        return Fraction(0)
    if op == "sqrt":
        return exact_power(x, Fraction(1, 2))
    if op == "cbrt":
        root = exact_power(abs(x), Fraction(1, 3))
        return None if root is None else (root if x > 0 else -root)
    if op == "exp2" and x.denominator == 1 and abs(x) < LARGEST:
        return Fraction(2) ** int(x)
    if op == "log2":
        power = x.numerator.bit_length() - x.denominator.bit_length()
        return Fraction(power) if Fraction(2) ** power == x else None
    if op == "log10":
        return _exact_log10(x)
    return None


def _exact_log10(x: Fraction) -> Fraction | None:
    power = round(math.log10(x.numerator) - math.log10(x.denominator))
    return Fraction(power) if Fraction(10) ** power == x else None


def exact_power(x: Fraction, y: Fraction) -> Fraction | None:
    """``x**y`` where it is rational; ``x`` is not negative."""
    if abs(y) > 64 or y.denominator > 64 or bits_of(x) * abs(y.numerator) > LARGEST:
        return None
    top, bottom = _whole_root(x.numerator, y.denominator), _whole_root(x.denominator, y.denominator)
    if top is None or bottom is None or (top == 0 and y < 0):
        return None
    return Fraction(top, bottom) ** y.numerator


def _whole_root(value: int, n: int) -> int | None:
    if n == 1:
        return value
    root = math.isqrt(value) if n == 2 else int(flint.fmpz(value).root(n))
    return root if root**n == value else None
