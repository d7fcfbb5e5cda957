"""Value domains on which every fixed-point operator runs: ints, NumPy arrays, integer intervals,
Amaranth values.

All of them overload ``+ - * << >> & ~ <``; ``mux`` and ``lookup`` cover what Python cannot
overload. A further domain (Amaranth, in ``backends/circuit.py``) registers its own two rules.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import singledispatch
from itertools import product
from typing import Any

import numpy as np
from numpy.typing import NDArray


@dataclass(frozen=True, slots=True)
class Interval:
    """All integers from ``lo`` to ``hi``, both included."""

    lo: int
    hi: int

    @staticmethod
    def hull(*values: int) -> Interval:
        """The smallest interval around ``values``."""
        return Interval(min(values), max(values))

    def __add__(self, other: Interval) -> Interval:
        return Interval(self.lo + other.lo, self.hi + other.hi)

    def __sub__(self, other: Interval) -> Interval:
        return Interval(self.lo - other.hi, self.hi - other.lo)

    def __mul__(self, other: Interval) -> Interval:
        return Interval.hull(*(a * b for a, b in product((self.lo, self.hi), (other.lo, other.hi))))

    def __neg__(self) -> Interval:
        return Interval(-self.hi, -self.lo)

    def __invert__(self) -> Interval:
        return Interval(~self.hi, ~self.lo)

    def __lshift__(self, n: int) -> Interval:
        return Interval(self.lo << n, self.hi << n)

    def __rshift__(self, n: int) -> Interval:
        return Interval(self.lo >> n, self.hi >> n)

    def __contains__(self, value: int) -> bool:
        return self.lo <= value <= self.hi


@singledispatch
def mux(condition: Any, then: Any, other: Any) -> Any:
    """``then`` where ``condition`` is not 0, else ``other``."""
    raise TypeError(f"mux() has no rule for {type(condition).__name__}")


@mux.register(int)
@mux.register(np.integer)
@mux.register(bool)
@mux.register(np.bool_)
def _(condition: int, then: Any, other: Any) -> Any:
    return then if condition else other


@mux.register
def _(condition: np.ndarray, then: Any, other: Any) -> Any:
    return np.where(condition != 0, then, other)


@singledispatch
def lookup(index: Any, values: tuple[int, ...]) -> Any:
    """Entry number ``index`` of ``values``; ``index`` is never negative."""
    raise TypeError(f"lookup() has no rule for {type(index).__name__}")


@lookup.register(int)
@lookup.register(np.integer)
def _(index: int, values: tuple[int, ...]) -> int:
    return values[index]


@lookup.register
def _(index: np.ndarray, values: tuple[int, ...]) -> NDArray[Any]:
    return _array(values)[index.astype(np.int64)]


def _array(values: tuple[int, ...]) -> NDArray[Any]:
    wide = max(map(int.bit_length, values)) > 62
    return np.array(values, dtype=object if wide else np.int64)
