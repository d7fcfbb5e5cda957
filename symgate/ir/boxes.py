"""Vectorised real intervals with outward rounding: one `Box` holds an interval for each of many sub-boxes.

Bounds are float64 and are widened by 2^-48 relative after each operation, which covers NumPy's elementary functions
(at most 4 ulp, NumPy's accuracy statement) with a wide margin. `symgate verify` checks the results with python-flint
balls instead, which share no code with this module.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]
_SLACK, _TINY = 2.0**-48, 1e-300


def _outward(lo: Any, hi: Any) -> Box:
    lo, hi = np.asarray(lo, float), np.asarray(hi, float)
    with np.errstate(invalid="ignore", over="ignore"):
        return Box(lo - (np.abs(lo) * _SLACK + _TINY), hi + (np.abs(hi) * _SLACK + _TINY))


@dataclass(frozen=True, eq=False)
class Box:
    """Intervals ``[lo, hi]``, elementwise; shapes broadcast."""

    lo: Array
    hi: Array

    @staticmethod
    def exact(lo: Any, hi: Any = None) -> Box:
        """Bounds that are floats already."""
        lo = np.asarray(lo, float)
        return Box(lo, lo if hi is None else np.asarray(hi, float))

    @staticmethod
    def around(value: Any) -> Box:
        """A number that need not be a float, such as a Fraction."""
        v = float(value)
        return Box.exact(v) if v == value else _outward(v, v)

    @property
    def mag(self) -> Array:
        """The largest absolute value."""
        return np.maximum(np.abs(self.lo), np.abs(self.hi))

    @property
    def span(self) -> tuple[float, float]:
        """The hull over all boxes."""
        return float(np.min(self.lo)), float(np.max(self.hi))

    def union(self, o: Box) -> Box:
        """The hull of two intervals, elementwise."""
        return Box(np.minimum(self.lo, o.lo), np.maximum(self.hi, o.hi))

    def meet(self, o: Box) -> Box:
        """The intersection of two enclosures of the same quantity, elementwise."""
        return Box(np.maximum(self.lo, o.lo), np.minimum(self.hi, o.hi))

    def __add__(self, o: Box) -> Box:
        return _outward(self.lo + o.lo, self.hi + o.hi)

    def __sub__(self, o: Box) -> Box:
        return _outward(self.lo - o.hi, self.hi - o.lo)

    def __neg__(self) -> Box:
        return Box(-self.hi, -self.lo)

    def __mul__(self, o: Box) -> Box:
        with np.errstate(invalid="ignore", over="ignore"):
            products = np.stack(np.broadcast_arrays(self.lo * o.lo, self.lo * o.hi, self.hi * o.lo, self.hi * o.hi))
        products = np.where(np.isnan(products), 0.0, products)  # 0 * inf of an open end
        return _outward(products.min(0), products.max(0))

    def __truediv__(self, o: Box) -> Box:
        return self * o.reciprocal()

    def reciprocal(self) -> Box:
        """``1 / x``; the whole line where ``x`` contains 0."""
        with np.errstate(divide="ignore"):
            zero = (self.lo <= 0) & (self.hi >= 0)
            inverse = _outward(np.where(zero, -np.inf, 1 / self.hi), np.where(zero, np.inf, 1 / self.lo))
        return inverse


def rising(fn: Callable[[Any], Any]) -> Callable[[Box], Box]:
    """The interval meaning of a non-decreasing function."""

    def rule(x: Box) -> Box:
        with np.errstate(all="ignore"):
            return _outward(fn(x.lo), fn(x.hi))

    return rule


def falling(fn: Callable[[Any], Any]) -> Callable[[Box], Box]:
    """The interval meaning of a non-increasing function."""

    def rule(x: Box) -> Box:
        with np.errstate(all="ignore"):
            return _outward(fn(x.hi), fn(x.lo))

    return rule


def valley(fn: Callable[[Any], Any], at: float = 0.0, peak: bool = False) -> Callable[[Box], Box]:
    """The interval meaning of a function that falls until ``at`` and rises after it (``peak``: the reverse)."""

    def rule(x: Box) -> Box:
        with np.errstate(all="ignore"):
            a, b, c = fn(x.lo), fn(x.hi), fn(np.clip(at, x.lo, x.hi))
        ends = np.maximum(a, b), np.minimum(a, b)
        return _outward(ends[1], c) if peak else _outward(c, ends[0])

    return rule


def wave(fn: Callable[[Any], Any], top: float) -> Callable[[Box], Box]:
    """The interval meaning of sin or cos: 1 at ``top + 2 pi k``, -1 half a turn later."""

    def holds(x: Box, at: float) -> Any:
        turn = 2 * np.pi
        slack = 1e-9 + 1e-15 * x.mag
        return np.floor((x.hi - at + slack) / turn) >= np.ceil((x.lo - at - slack) / turn)

    def rule(x: Box) -> Box:
        a, b = fn(x.lo), fn(x.hi)
        hi = np.where(holds(x, top), 1.0, np.maximum(a, b))
        lo = np.where(holds(x, top + np.pi), -1.0, np.minimum(a, b))
        out = _outward(lo, hi)
        return Box(np.maximum(out.lo, -1.0), np.minimum(out.hi, 1.0))

    return rule


def power(x: Box, n: int) -> Box:
    """``x**n`` for an integer ``n >= 0``."""
    fn: Callable[[Any], Any] = lambda v: np.asarray(v, float) ** n  # noqa: E731 - a name for one line
    return valley(fn)(x) if n % 2 == 0 else rising(fn)(x)
