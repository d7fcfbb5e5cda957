"""The real value of a formula at a point: exact fractions where they exist, else python-flint
balls of rising precision.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from contextlib import contextmanager
from fractions import Fraction
from typing import Any

import flint

from tools.attack.formula import Term

#: Bits of precision, tried in turn until a question is decided.
PRECISIONS = (96, 256, 1024, 4096)
#: Exact fractions of more bits than this become balls.
LARGEST = 1 << 14
#: ``domain = "clamp"``: operands stay this far inside open edges.
HELD = Fraction(1, 1024)

Ball = Any  # flint.arb, which has no types
Real = Fraction | Ball


class Undefined(ArithmeticError):
    """The formula has no value there."""


class Undecided(ArithmeticError):
    """More precision is needed."""


@contextmanager
def precision(bits: int) -> Any:
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


class Clamps:
    """The operands that were seen outside their domain: these are held at its edge everywhere.

    Which others are held too is the compiler's choice, so a value near an open edge of theirs is
    the hull of both meanings.
    """

    def __init__(self) -> None:
        self.leaving: set[int] = set()


class Evaluator:
    """One point and one precision. ``last``: what stays open becomes a hull, where that is
    possible.
    """

    def __init__(self, inputs: Mapping[str, Fraction], clamps: Clamps | None, last: bool = False):
        self.inputs, self.clamps, self.last = inputs, clamps, last
        self.known: dict[int, Real] = {}

    def value(self, term: Term) -> Real:
        """The value of ``term``; raise `Undefined` or `Undecided`."""
        if id(term) not in self.known:
            found = self._value(term)
            if isinstance(found, Fraction) and _bits(found) > LARGEST:
                found = ball(found)
            self.known[id(term)] = found
        return self.known[id(term)]

    def _value(self, term: Term) -> Real:
        if term.op == "number":
            return term.number
        if term.op == "input":
            return self.inputs[term.name]
        if term.op == "pi":
            return flint.arb.pi()
        if term.op == "e":
            return flint.arb.const_e()
        if term.op == "where":
            condition, then, other = term.args
            return self.value(then if self.value(condition) != 0 else other)
        args = [self.value(a) for a in term.args]
        if self.clamps is not None:
            args = self._held(term, args)
        if term.op == "div" and args[1] is None:  # a held inverse, already applied
            return args[0]
        return self._apply(term.op, args)

    def _apply(self, op: str, args: list[Real]) -> Real:
        if op in _PLAIN:
            return _PLAIN[op](*_alike(args))
        if op in _DECIDING:
            return _DECIDING[op](*args)
        if op in _UNARY:
            return self._unary(op, args[0])
        special = {"pow": self._power, "atan2": self._angle, "hypot": self._hypot}
        return special[op](*args)

    # Functions of one operand

    def _unary(self, op: str, x: Real) -> Real:
        self._check(op, x)
        if isinstance(x, Fraction):
            known = _exact(op, x)
            if known is not None:
                return known
        found = _UNARY[op](self._inside(op, ball(x)))
        if not found.is_finite():
            raise Undecided
        return found

    def _check(self, op: str, x: Real) -> None:
        """Raise `Undefined` outside the domain, `Undecided` where the ball crosses its edge."""
        low, high, is_open = _DOMAINS.get(op, (None, None, False))
        for edge, outside in ((low, lambda d: d < 0), (high, lambda d: d > 0)):
            if edge is None:
                continue
            distance = x - ball(edge) if not isinstance(x, Fraction) else x - edge
            if outside(distance) or (is_open and isinstance(x, Fraction) and distance == 0):
                raise Undefined(f"{op} of {_shown(x)}")
            if isinstance(x, Fraction):
                continue
            inside = distance > 0 if edge is low else distance < 0
            if not inside and (is_open or not self.last):
                raise Undecided

    def _inside(self, op: str, x: Ball) -> Ball:
        low, high, _ = _DOMAINS.get(op, (None, None, False))
        x = x if low is None else x.max(ball(low))
        return x if high is None else x.min(ball(high))

    # Functions of two operands

    def _power(self, x: Real, y: Real) -> Real:
        if isinstance(y, Fraction) and y.denominator == 1:
            return self._whole_power(x, int(y))
        if isinstance(x, Fraction) and x < 0:
            raise Undefined(f"power {_shown(y)} of {_shown(x)}")
        if isinstance(x, Fraction) and x == 0:
            return self._power_of_zero(y)
        if isinstance(x, Fraction) and isinstance(y, Fraction):
            known = _exact_power(x, y)
            if known is not None:
                return known
        base = ball(x)
        if base < 0:
            raise Undefined(f"power {_shown(y)} of {_shown(x)}")
        if not base > 0:
            return self._power_near_zero(base, ball(y))
        return (ball(y) * base.log()).exp()

    def _power_near_zero(self, base: Ball, y: Ball) -> Ball:
        if not self.last or not y > 0:
            raise Undecided
        top = base.upper()
        return flint.arb(0).union((y * top.log()).exp()) if top > 0 else flint.arb(0)

    def _power_of_zero(self, y: Real) -> Real:
        if _above(y, Fraction(0)):
            return Fraction(0)
        if _equal(y, Fraction(0)):
            return Fraction(1)
        raise Undefined("a negative power of 0")

    def _whole_power(self, x: Real, n: int) -> Real:
        if isinstance(x, Fraction):
            if x == 0 and n < 0:
                raise Undefined("a negative power of 0")
            small = _bits(x) * abs(n) <= LARGEST
            return x**n if small else ball(x) ** n
        if n < 0 and x.contains(flint.arb(0)):
            raise Undecided
        return x**n

    def _angle(self, y: Real, x: Real) -> Real:
        if y == 0 and x == 0:
            raise Undefined("atan2 of 0 and 0")
        if isinstance(y, Fraction) and y == 0 and _above(x, Fraction(0)):
            return Fraction(0)
        found = flint.arb.atan2(ball(y), ball(x))
        if not found.is_finite() or (not self.last and found.rad() > 1e-3):
            raise Undecided
        return found

    def _hypot(self, x: Real, y: Real) -> Real:
        return self._unary("sqrt", _PLAIN["add"](*_alike([_squared(x), _squared(y)])))

    # domain = "clamp"

    def _held(self, term: Term, args: list[Real]) -> list[Any]:
        op = term.op
        if op == "div":
            return self._held_quotient(term, *args)
        if op == "pow":
            return self._held_power(term, *args)
        low, high, is_open = _DOMAINS.get(op, (None, None, False))
        if low is None and high is None:
            return args
        inset = HELD if is_open else Fraction(0)
        x = args[0]
        x = x if low is None else self._above_edge(term, x, low, inset)
        return [x if high is None else -self._above_edge(term, -x, -high, inset)]

    def _above_edge(self, term: Term, x: Real, edge: Fraction, inset: Fraction) -> Real:
        """``x`` held at ``edge + inset``."""
        limit = edge + inset
        if inset == 0:
            return _PLAIN["max"](*_alike([x, limit]))
        if _certainly(x, lambda d: d >= 0, limit):
            return x
        if _certainly(x, lambda d: d <= 0, edge):
            self._leaves(term)
        if id(term) in self._leaving and _certainly(x, lambda d: d <= 0, limit):
            return limit
        if id(term) in self._leaving:
            return ball(x).max(ball(limit))
        return ball(x).union(ball(limit))

    def _held_power(self, term: Term, x: Real, y: Real) -> list[Real]:
        if not isinstance(y, Fraction) or not _constant(term.args[1]):
            return [self._above_edge(term, x, Fraction(0), HELD), y]
        whole = isinstance(y, Fraction) and y.denominator == 1
        if whole and y < 0:
            return [self._held_inverse(term, x), -y]
        if whole:
            return [x, y]
        inset = Fraction(0) if _above(y, Fraction(0)) else HELD
        return [self._above_edge(term, x, Fraction(0), inset), y]

    def _held_quotient(self, term: Term, x: Real, y: Real) -> list[Any]:
        if _constant(term.args[1]):
            return [x, y]
        return [_PLAIN["mul"](*_alike([x, self._held_inverse(term, y)])), None]

    def _held_inverse(self, term: Term, y: Real) -> Real:
        size = abs(y)
        if _certainly(size, lambda d: d >= 0, HELD):
            return _PLAIN["div"](*_alike([Fraction(1), y]))
        if isinstance(y, Fraction) and y == 0:
            self._leaves(term)
        if not isinstance(y, Fraction) and not _certainly(size, lambda d: d <= 0, HELD):
            raise Undecided
        line = y / HELD**2 if isinstance(y, Fraction) else y / ball(HELD**2)
        if id(term) in self._leaving:
            return line
        if not isinstance(y, Fraction) and y.contains(flint.arb(0)):
            raise Undecided
        return ball(line).union(1 / ball(y))

    @property
    def _leaving(self) -> set[int]:
        assert self.clamps is not None
        return self.clamps.leaving

    def _leaves(self, term: Term) -> None:
        self._leaving.add(id(term))


def _constant(term: Term) -> bool:
    return term.op != "input" and all(_constant(a) for a in term.args)


def _bits(value: Fraction) -> int:
    return value.numerator.bit_length() + value.denominator.bit_length()


def _shown(x: Real) -> str:
    return f"{float(x):.6g}"


def _alike(args: list[Real]) -> list[Real]:
    """All operands exact, or all balls."""
    return args if all(isinstance(a, Fraction) for a in args) else [ball(a) for a in args]


def _certainly(x: Real, holds: Callable[[Any], bool], limit: Fraction) -> bool:
    return holds(x - limit if isinstance(x, Fraction) else x - ball(limit))


def _squared(x: Real) -> Real:
    return x * x if isinstance(x, Fraction) else x**2


# ------------------------------------------------------------------ decisions


def _above(x: Real, y: Real) -> bool:
    """Whether ``x > y``; raise `Undecided` where the balls overlap."""
    x, y = _alike([x, y])
    if x > y:
        return True
    if x <= y:
        return False
    raise Undecided


def _equal(x: Real, y: Real) -> bool:
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
    if _equal(x, Fraction(0)):
        return Fraction(0)
    return Fraction(1 if _above(x, Fraction(0)) else -1)


def _remainder(x: Real, y: Real) -> Real:
    if _equal(y, Fraction(0)):
        raise Undefined("a remainder of a division by 0")
    x, y = _alike([x, y])
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
    return not _equal(x, Fraction(0))


_PLAIN: dict[str, Callable[..., Real]] = {
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
_DECIDING: dict[str, Callable[..., Real]] = {
    "gt": lambda x, y: Fraction(_above(x, y)),
    "lt": lambda x, y: Fraction(_above(y, x)),
    "le": lambda x, y: Fraction(not _above(x, y)),
    "ge": lambda x, y: Fraction(not _above(y, x)),
    "eq": lambda x, y: Fraction(_equal(x, y)),
    "ne": lambda x, y: Fraction(not _equal(x, y)),
    "and": lambda x, y: Fraction(_truth(x) and _truth(y)),
    "or": lambda x, y: Fraction(_truth(x) or _truth(y)),
    "not": lambda x: Fraction(not _truth(x)),
    "floor": _floor,
    "ceil": lambda x: -_floor(-x),
    "round": _rounded,
    "sign": _sign,
    "step": lambda x: Fraction(_above(x, Fraction(0))),
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


_UNARY: dict[str, Callable[[Ball], Ball]] = {
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
_DOMAINS: dict[str, Edges] = {
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
_ZERO_AT_ZERO = "expm1 log1p sin tan asin atan sinh tanh asinh atanh erf cbrt sqrt".split()
_ONE_AT_ZERO = ("exp", "exp2", "cos", "cosh", "gauss")


def _exact(op: str, x: Fraction) -> Fraction | None:
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
        return _exact_power(x, Fraction(1, 2))
    if op == "cbrt":
        root = _exact_power(abs(x), Fraction(1, 3))
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


def _exact_power(x: Fraction, y: Fraction) -> Fraction | None:
    """``x**y`` where it is rational; ``x`` is not negative."""
    if abs(y) > 64 or y.denominator > 64 or _bits(x) * abs(y.numerator) > LARGEST:
        return None
    top, bottom = _whole_root(x.numerator, y.denominator), _whole_root(x.denominator, y.denominator)
    if top is None or bottom is None or (top == 0 and y < 0):
        return None
    return Fraction(top, bottom) ** y.numerator


def _whole_root(value: int, n: int) -> int | None:
    if n == 1:
        return value
    if n == 2:
        root = math.isqrt(value)
    else:
        root = int(flint.fmpz(value).root(n))
    return root if root**n == value else None


# ------------------------------------------------------------------ what is asked


def enclosed(
    term: Term, inputs: Mapping[str, Fraction], clamps: Clamps | None, relative: float = 1e-12
) -> Real:
    """The value of ``term`` to about ``relative``; raise `Undefined`, or `Undecided` at the end."""
    for bits in PRECISIONS:
        with precision(bits):
            try:
                found = Evaluator(inputs, clamps, bits == PRECISIONS[-1]).value(term)
            except Undecided:
                continue
            if isinstance(found, Fraction) or found.rad() <= relative * abs(found).upper():
                return found
    raise Undecided


def distance(
    term: Term,
    inputs: Mapping[str, Fraction],
    answer: Fraction,
    limit: Fraction,
    clamps: Clamps | None,
) -> tuple[float, bool]:
    """How far ``answer`` is from the value of ``term``, and whether that is certainly more than
    ``limit``.

    Raise `Undefined` where there is no value, `Undecided` where no precision tells which value.
    """
    size = None
    for bits in PRECISIONS:
        with precision(bits):
            try:
                found = Evaluator(inputs, clamps, bits == PRECISIONS[-1]).value(term)
            except Undecided:
                continue
            size = abs(found - answer) if isinstance(found, Fraction) else abs(found - ball(answer))
            bound = limit if isinstance(size, Fraction) else ball(limit)
            if size > bound or size <= bound:
                return float(size), bool(size > bound)
    if size is None:
        raise Undecided
    return float(size), False
