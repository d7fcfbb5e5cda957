"""Vectorised intervals with float64 ends, rounded outward by error-free transformations (Dekker
1971, Knuth).

Only sums, products and comparisons are computed here: these are exact in IEEE arithmetic up to one
rounding. Elementary functions come from python-flint.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import reduce
from typing import Any

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
_INF = np.inf


def _sum(a: Any, b: Any, side: float) -> Floats:
    """``a + b``, moved one float towards ``side`` where rounding went the other way."""
    with np.errstate(invalid="ignore", over="ignore"):
        s = np.asarray(a + b)
        t = s - a
        rest = (a - (s - t)) + (b - t)
        outward = np.nextafter(s, side)
    wrong = rest < 0 if side < 0 else rest > 0
    out = np.where(wrong | ~np.isfinite(rest), outward, s)
    return np.where(np.isnan(out), side, out)


def _product(a: Any, b: Any, side: float) -> Floats:
    with np.errstate(invalid="ignore", over="ignore", under="ignore"):
        p = np.asarray(a * b)
        outward = np.nextafter(p, side)
    exact = (a == 0) | (b == 0) | (np.abs(a) == 1) | (np.abs(b) == 1)
    return np.where(exact, np.where(np.isnan(p), 0.0, p), outward)


@dataclass(frozen=True, eq=False)
class Span:
    """Intervals ``[lo, hi]``, elementwise; shapes broadcast."""

    lo: Floats
    hi: Floats

    @staticmethod
    def of(lo: Any, hi: Any = None) -> Span:
        """An interval whose ends are floats."""
        lo = np.asarray(lo, float)
        return Span(lo, lo if hi is None else np.asarray(hi, float))

    @property
    def size(self) -> Floats:
        """The largest absolute value."""
        return np.maximum(np.abs(self.lo), np.abs(self.hi))

    @property
    def hull(self) -> tuple[float, float]:
        """The smallest interval around all of them."""
        return float(np.min(self.lo)), float(np.max(self.hi))

    def union(self, o: Span) -> Span:
        """The hull of two intervals, elementwise."""
        return Span(np.minimum(self.lo, o.lo), np.maximum(self.hi, o.hi))

    def meet(self, o: Span) -> Span:
        """The intersection of two enclosures of one number."""
        return Span(np.maximum(self.lo, o.lo), np.minimum(self.hi, o.hi))

    def __neg__(self) -> Span:
        return Span(-self.hi, -self.lo)

    def __add__(self, o: Span) -> Span:
        return Span(_sum(self.lo, o.lo, -_INF), _sum(self.hi, o.hi, _INF))

    def __sub__(self, o: Span) -> Span:
        return self + -o

    def __mul__(self, o: Span) -> Span:
        ends = [(a, b) for a in (self.lo, self.hi) for b in (o.lo, o.hi)]
        lows = [_product(a, b, -_INF) for a, b in ends]
        highs = [_product(a, b, _INF) for a, b in ends]
        return Span(reduce(np.minimum, lows), reduce(np.maximum, highs))

    def at(self, rows: Any) -> Span:
        """The intervals at some positions."""
        return Span(*(v if v.ndim == 0 else v[rows] for v in (self.lo, self.hi)))


ZERO, ONE, BIT = Span.of(0.0), Span.of(1.0), Span.of(0.0, 1.0)


def least(*args: Span) -> Span:
    """The minimum."""
    return reduce(lambda x, y: Span(np.minimum(x.lo, y.lo), np.minimum(x.hi, y.hi)), args)


def most(*args: Span) -> Span:
    """The maximum."""
    return reduce(lambda x, y: Span(np.maximum(x.lo, y.lo), np.maximum(x.hi, y.hi)), args)


def _bit(never: Any, always: Any) -> Span:
    return Span(np.where(always, 1.0, 0.0), np.where(never, 0.0, 1.0))


def less(x: Span, y: Span) -> Span:
    """``x < y`` as 0 or 1, or both."""
    return _bit(x.lo >= y.hi, x.hi < y.lo)


def less_equal(x: Span, y: Span) -> Span:
    """``x <= y`` as 0 or 1, or both."""
    return _bit(x.lo > y.hi, x.hi <= y.lo)


def equal(x: Span, y: Span) -> Span:
    """``x == y`` as 0 or 1, or both."""
    return _bit((x.hi < y.lo) | (y.hi < x.lo), (x.lo == x.hi) & (y.lo == y.hi) & (x.lo == y.lo))


def where(c: Span, x: Span, y: Span) -> Span:
    """``x`` where ``c`` is 1, ``y`` where it is 0, both where it may be either."""
    both = x.union(y)
    yes, no = c.lo > 0, c.hi < 1
    return Span(
        np.where(yes, x.lo, np.where(no, y.lo, both.lo)),
        np.where(yes, x.hi, np.where(no, y.hi, both.hi)),
    )


def absolute(x: Span) -> Span:
    """``|x|``."""
    return Span(np.maximum(np.maximum(x.lo, -x.hi), 0.0), x.size)


#: The operators that need no elementary function.
BASIC: dict[str, Callable[..., Span]] = {
    "add": lambda *a: reduce(Span.__add__, a),
    "mul": lambda *a: (
        absolute(a[0]) * absolute(a[0]) if len(a) == 2 and a[0] is a[1] else reduce(Span.__mul__, a)
    ),
    "neg": Span.__neg__,
    "abs": absolute,
    "min": least,
    "max": most,
    "where": where,
    "lt": less,
    "gt": lambda x, y: less(y, x),
    "le": less_equal,
    "ge": lambda x, y: less_equal(y, x),
    "eq": equal,
    "ne": lambda x, y: ONE - equal(x, y),
    "and": least,
    "or": most,
    "not": lambda x: ONE - x,
}


def elementwise(fn: Callable[..., tuple[float, float]], args: Sequence[Span]) -> Span:
    """``fn`` of the ends of every interval, one after the other."""
    ends = np.broadcast_arrays(*(v for a in args for v in (a.lo, a.hi)))
    found = [fn(*row) for row in zip(*(e.ravel().tolist() for e in ends), strict=True)]
    lo, hi = (np.array(side, float).reshape(ends[0].shape) for side in zip(*found, strict=True))
    return Span(lo, hi)
