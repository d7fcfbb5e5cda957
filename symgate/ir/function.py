"""A function of one variable as one node: the value of an ``fn`` expression, made by fusion or from
a user's table.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from fractions import Fraction
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from symgate.caches import remembered
from symgate.ir.boxes import Box
from symgate.ir.evaluate import balls, boxes, derivative, evaluate
from symgate.ir.expr import Expr, make, postorder, var
from symgate.ir.operators import OPERATORS

#: The variable in the body of a `Function`.
ARGUMENT = "t"


@dataclass(frozen=True)
class Tables:
    """How a table of the intervals of a function is made."""

    cells: int = 2048
    fewest_boxes: int = 8  # for fewer, a table is not worth its time
    pad: float = 1e-12  # of the largest argument: floats place an edge within 2^-51 of it
    # of a cell, around what is looked up: 2,048 times three roundings are less than 2^-40 of one
    spare: float = 1e-6
    narrowest: float = 1e-290  # range of an argument: its cells are normal numbers


TABLES = Tables()


@dataclass(frozen=True)
class Function:
    """``body`` as a function of the variable ``t``; ``period`` where it repeats exactly, in units
    of ``t``.
    """

    body: Expr
    period: Fraction | None = None

    @property
    def fingerprint(self) -> tuple[int, str]:
        """What identifies the function across processes."""
        return self.body.key, str(self.period)

    def numpy(self, t: Any) -> NDArray[np.float64]:
        """The value in float64."""
        value: NDArray[np.float64] = evaluate([self.body], {ARGUMENT: t})[0]
        return value

    def ball(self, t: Any) -> Any:
        """The value as a python-flint ball."""
        return balls([self.body], {ARGUMENT: t})[self.body]

    def interval(self, t: Box) -> Box:
        """The image of each interval, tight: the range is cut into cells, and hulls over cells are
        looked up.
        """
        direct = boxes([self.body], {ARGUMENT: t})[self.body]
        if t.lo.size < TABLES.fewest_boxes:
            return direct
        lo, hi = t.span
        if not TABLES.narrowest < hi - lo < math.inf:
            return direct
        return direct.meet(_Cells.of(self.body, lo, hi).hull(t))

    def derivative(self, t: Expr) -> tuple[Expr, ...]:
        """The derivative as a node on ``t``."""
        return (make("fn", t, value=self.slope),)

    @cached_property
    def slope(self) -> Function:
        """The derivative as a function; raise TypeError where the body jumps."""
        return Function(derivative(self.body, ARGUMENT), self.period)

    @property
    def boolean(self) -> bool:
        """Whether the value is 0 or 1: a condition on the argument."""
        return self.body.op in OPERATORS and OPERATORS[self.body.op].boolean

    @cached_property
    def jumps(self) -> bool:
        """Whether the body has operators without a derivative."""
        return any(
            e.op in OPERATORS and OPERATORS[e.op].derivative is None for e in postorder([self.body])
        )


class ByDigits(Function):
    """A function whose hardware finds the digits of its value one by one, as long division and the
    written square root do: it needs no table, however long its argument is.
    """

    @property
    def fingerprint(self) -> tuple[int, str]:
        """What identifies the function across processes."""
        key, period = super().fingerprint
        return key, f"{period} by digits"


@dataclass(frozen=True, eq=False)
class _Cells:
    """Enclosures of an expression on equal cells of an interval, as a sparse table of hulls."""

    start: float
    step: float
    low: list[NDArray[np.float64]]
    high: list[NDArray[np.float64]]

    @staticmethod
    @remembered
    def of(body: Expr, lo: float, hi: float) -> _Cells:
        count = TABLES.cells
        step = (hi - lo) / count * (1 + TABLES.pad)
        pad = TABLES.pad * max(abs(lo), abs(hi))
        with np.errstate(over="ignore"):
            edges = lo + step * np.arange(count + 1, dtype=np.float64)
            cells = Box(edges[:-1] - pad, edges[1:] + pad)
        image = boxes([body], {ARGUMENT: cells})[body]
        low, high = [np.broadcast_to(image.lo, count)], [np.broadcast_to(image.hi, count)]
        width = 1
        while 2 * width <= count:
            low.append(np.minimum(low[-1][:-width], low[-1][width:]))
            high.append(np.maximum(high[-1][:-width], high[-1][width:]))
            width *= 2
        return _Cells(lo, step, low, high)

    def hull(self, t: Box) -> Box:
        first = self._cell(t.lo, -TABLES.spare)
        last = self._cell(t.hi, TABLES.spare)
        level = np.floor(np.log2(last - first + 1)).astype(int)
        out_lo, out_hi = np.empty(first.shape), np.empty(first.shape)
        for k in np.unique(level):
            at = level == k
            # two runs of 2^k cells, from the first cell on and up to the last one
            head, tail = first[at], last[at] - (1 << int(k)) + 1
            out_lo[at] = np.minimum(self.low[k][head], self.low[k][tail])
            out_hi[at] = np.maximum(self.high[k][head], self.high[k][tail])
        return Box(out_lo, out_hi)

    def _cell(self, t: NDArray[np.float64], spare: float) -> NDArray[np.int64]:
        place = np.floor((t - self.start) / self.step + spare)
        return np.clip(place, 0, TABLES.cells - 1).astype(np.int64)


def function(build: Callable[[Expr], Expr], period: Fraction | None = None) -> Function:
    """The function ``t -> build(t)``."""
    return Function(build(var(ARGUMENT)), period)


def apply(f: Function, t: Expr) -> Expr:
    """The node ``f(t)``; the identity and constants need none."""
    if f.body is var(ARGUMENT):
        return t
    return f.body if f.body.closed else make("fn", t, value=f)


def has_digits(roots: Iterable[Expr]) -> bool:
    """Whether any function below ``roots`` is one by digits."""
    return any(isinstance(e.value, ByDigits) for e in postorder(roots))
