"""A function of one variable as one node: the value of an ``fn`` expression, made by fusion or from
a user's table.
"""

from __future__ import annotations

import math
from collections.abc import Callable
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
_CELLS = 2048
_FEWEST_BOXES = 8  # for fewer, a table of cells is not worth its time
#: Floats place an edge within 2^-51 of the largest argument, and find a cell within 2^-40 of a cell
#: (2,048 times three roundings): cells are padded by this part of the argument, and looked up with
#: this part of a cell to spare.
_PAD, _SPARE = 1e-12, 1e-6
_NARROWEST = 1e-290  # range of a table: its cells are normal numbers


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
        if t.lo.size < _FEWEST_BOXES:
            return direct
        lo, hi = t.span
        if not _NARROWEST < hi - lo < math.inf:
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
        step = (hi - lo) / _CELLS * (1 + _PAD)
        pad = _PAD * max(abs(lo), abs(hi))
        with np.errstate(over="ignore"):
            edges = lo + step * np.arange(_CELLS + 1, dtype=np.float64)
            cells = Box(edges[:-1] - pad, edges[1:] + pad)
        image = boxes([body], {ARGUMENT: cells})[body]
        low, high = [np.broadcast_to(image.lo, _CELLS)], [np.broadcast_to(image.hi, _CELLS)]
        width = 1
        while 2 * width <= _CELLS:
            low.append(np.minimum(low[-1][:-width], low[-1][width:]))
            high.append(np.maximum(high[-1][:-width], high[-1][width:]))
            width *= 2
        return _Cells(lo, step, low, high)

    def hull(self, t: Box) -> Box:
        places = (t.lo - self.start) / self.step - _SPARE, (t.hi - self.start) / self.step + _SPARE
        first, last = (np.clip(np.floor(p), 0, _CELLS - 1).astype(int) for p in places)
        level = np.floor(np.log2(last - first + 1)).astype(int)
        out_lo, out_hi = np.empty(first.shape), np.empty(first.shape)
        for k in np.unique(level):
            at = level == k
            a, b = first[at], last[at] - (1 << int(k)) + 1
            out_lo[at] = np.minimum(self.low[k][a], self.low[k][b])
            out_hi[at] = np.maximum(self.high[k][a], self.high[k][b])
        return Box(out_lo, out_hi)


def function(build: Callable[[Expr], Expr], period: Fraction | None = None) -> Function:
    """The function ``t -> build(t)``."""
    return Function(build(var(ARGUMENT)), period)


def apply(f: Function, t: Expr) -> Expr:
    """The node ``f(t)``; the identity and constants need none."""
    if f.body is var(ARGUMENT):
        return t
    return f.body if not any(e.op == "var" for e in postorder([f.body])) else make("fn", t, value=f)
