"""Formulas on many points at once in long doubles: quick, not rigorous. It only picks the points
that `tools.attack.truth` decides.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from fractions import Fraction
from typing import Any

import numpy as np
from numpy.typing import NDArray

from tools.attack.formula import Term

Reals = NDArray[np.longdouble]
#: Arguments of jumps this close to one, relative to their size, are decided exactly.
CLOSE = np.longdouble(2) ** -44
_MANY = 2.0**20  # from here on the error of a divisor is multiplied by too much
_HELD = np.longdouble(2) ** -10


@dataclass
class Screened:
    """Approximate values, and the points where a jump is too close to trust them."""

    values: Reals
    doubtful: NDArray[np.bool_]


@dataclass
class _Run:
    columns: Mapping[str, Reals]
    clamp: bool
    known: dict[int, Any] = field(default_factory=dict)
    doubtful: Any = False

    def value(self, term: Term) -> Any:
        if id(term) not in self.known:
            self.known[id(term)] = self._value(term)
        return self.known[id(term)]

    def _value(self, term: Term) -> Any:
        if term.op == "number":
            return _real(term)
        if term.op == "input":
            return self.columns[term.name]
        if term.op in ("pi", "e"):
            return np.longdouble(math.pi if term.op == "pi" else math.e)
        args = [self.value(a) for a in term.args]
        if term.points:
            self.doubtful = self.doubtful | (term.op == "steps")
            return _sampled(term, args[0])
        if self.clamp:
            if term.op == "div":
                return args[0] * _held_inverse(args[1])
            args = _held(term, args)
        if term.op in _JUMPS:
            self.doubtful = self.doubtful | _near_jump(term.op, args)
        return _FUNCTIONS[term.op](*args)


def _sampled(term: Term, x: Any) -> Any:
    places = np.array([np.longdouble(float(p)) for p, _ in term.points])
    values = np.array([np.longdouble(float(y)) for _, y in term.points])
    below = np.clip(np.searchsorted(places, x, side="right") - 1, 0, len(places) - 1)
    if term.op == "steps" or len(places) == 1:
        return values[below]
    left = np.minimum(below, len(places) - 2)
    slopes = np.diff(values) / np.diff(places)
    inside = values[left] + slopes[left] * (np.clip(x, places[0], places[-1]) - places[left])
    return inside


def _real(term: Term) -> Any:
    return np.longdouble(term.number.numerator) / np.longdouble(term.number.denominator)


def screened(term: Term, columns: Mapping[str, Reals], clamp: bool, rows: int) -> Screened:
    """The values of ``term`` on all rows."""
    run = _Run(columns, clamp)
    with np.errstate(all="ignore"):
        values = np.broadcast_to(np.asarray(run.value(term), dtype=np.longdouble), (rows,))
    return Screened(values, np.broadcast_to(np.asarray(run.doubtful), (rows,)))


def points_of(codes: NDArray[Any], frac: int) -> Reals:
    """The values of codes of any size; exact up to 64 bits."""
    if codes.dtype != object:
        return np.ldexp(codes.astype(np.longdouble), -frac)
    return np.array([np.longdouble(int(c)) for c in codes]) * np.longdouble(2.0) ** -frac


def _near_jump(op: str, args: list[Any]) -> Any:
    if op in ("lt", "le", "gt", "ge", "eq", "ne"):
        x, y = args
        return abs(x - y) <= CLOSE * (abs(x) + abs(y))
    if op == "mod":
        x = args[0] / args[1]
        return (abs(x) > _MANY) | (abs(x - np.rint(x)) <= CLOSE * (1 + abs(x)))
    x = args[0]
    if op in ("sign", "step"):
        return abs(x) <= CLOSE
    x = 2 * x if op == "round" else x
    return abs(x - np.rint(x)) <= CLOSE * (1 + abs(x))


def _held(term: Term, args: list[Any]) -> list[Any]:
    op, x = term.op, args[0]
    if op in ("log", "log2", "log10"):
        return [np.maximum(x, _HELD)]
    if op == "log1p":
        return [np.maximum(x, _HELD - 1)]
    if op == "sqrt":
        return [np.maximum(x, 0)]
    if op in ("asin", "acos"):
        return [np.clip(x, -1, 1)]
    if op == "atanh":
        return [np.clip(x, _HELD - 1, 1 - _HELD)]
    if op == "acosh":
        return [np.maximum(x, 1)]
    if op == "pow":
        return _held_power(term, *args)
    return args


def _held_power(term: Term, x: Any, y: Any) -> list[Any]:
    exponent = _stated(term.args[1])
    if exponent is None:
        return [np.maximum(x, _HELD), y]
    if exponent.denominator != 1:
        return [np.maximum(x, 0 if exponent > 0 else _HELD), y]
    return [_held_inverse(x), -y] if exponent < 0 else [x, y]


def _stated(exponent: Term) -> Fraction | None:
    """The number that an exponent such as ``-1/4`` is; None where it is none."""
    if exponent.op == "number":
        return exponent.number
    parts = [_stated(part) for part in exponent.args]
    if exponent.op == "neg" and parts[0] is not None:
        return -parts[0]
    if exponent.op == "div" and parts[0] is not None and parts[1]:
        return parts[0] / parts[1]
    return None


def _held_inverse(x: Any) -> Any:
    return x / np.maximum(x * x, _HELD * _HELD)


def _power(x: Any, y: Any) -> Any:
    return np.power(x, y)


def _erf(x: Any) -> Any:
    return np.asarray(_ERF(x), dtype=np.longdouble)


_ERF = np.frompyfunc(lambda v: math.erf(v) if math.isfinite(v) else math.nan, 1, 1)


def _sigmoid(x: Any) -> Any:
    small = np.exp(-abs(x))
    return np.where(x >= 0, 1, small) / (1 + small)


_NUMPY = (
    "sqrt",
    "cbrt",
    "exp",
    "exp2",
    "expm1",
    "log",
    "log2",
    "log10",
    "log1p",
    "sin",
    "cos",
    "tan",
    "sinh",
    "cosh",
    "tanh",
    "floor",
    "ceil",
)
_JUMPS = ("lt", "le", "gt", "ge", "eq", "ne", "sign", "step", "floor", "ceil", "round", "mod")
_FUNCTIONS: dict[str, Callable[..., Any]] = {
    "add": lambda x, y: x + y,
    "sub": lambda x, y: x - y,
    "mul": lambda x, y: x * y,
    "div": lambda x, y: x / y,
    "neg": lambda x: -x,
    "pow": _power,
    "abs": abs,
    "relu": lambda x: np.maximum(x, 0),
    "min": np.minimum,
    "max": np.maximum,
    "mod": np.mod,
    "hypot": np.hypot,
    "atan2": np.arctan2,
    "sigmoid": _sigmoid,
    "gauss": lambda x: np.exp(-x * x),
    "erf": _erf,
    "asin": np.arcsin,
    "acos": np.arccos,
    "atan": np.arctan,
    "asinh": np.arcsinh,
    "acosh": np.arccosh,
    "atanh": np.arctanh,
    "round": np.rint,
    "sign": np.sign,
    "step": lambda x: np.where(x > 0, 1, 0),
    "lt": lambda x, y: np.where(x < y, 1, 0),
    "le": lambda x, y: np.where(x <= y, 1, 0),
    "gt": lambda x, y: np.where(x > y, 1, 0),
    "ge": lambda x, y: np.where(x >= y, 1, 0),
    "eq": lambda x, y: np.where(x == y, 1, 0),
    "ne": lambda x, y: np.where(x != y, 1, 0),
    "and": lambda x, y: np.where((x != 0) & (y != 0), 1, 0),
    "or": lambda x, y: np.where((x != 0) | (y != 0), 1, 0),
    "not": lambda x: np.where(x == 0, 1, 0),
    "where": lambda c, x, y: np.where(c != 0, x, y),
}
_FUNCTIONS |= {name: getattr(np, name) for name in _NUMPY}
