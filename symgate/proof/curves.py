"""A function of one value as a table of enclosures, computed by python-flint on cells of an
interval.

Jumps, and places where the slope is infinite, are cut out in tiny cells: what the function can do
there is a sum of steps, everything else is slope.
"""

from __future__ import annotations

import heapq
import math
from dataclasses import dataclass
from itertools import pairwise

import flint
import numpy as np

from symgate.ir.expr import CONST, Expr, postorder
from symgate.proof.ballmath import BITS, Tape, down, slope, spanning, up, without_mod
from symgate.proof.spans import Floats, Span

_DEPTH, _MOST = 14, 1 << 17  # how often a cell is halved, evaluations in all
_PAD, _ROWS = 2.0**-30, 1024
_HALVINGS = 2000  # to find a largest change


@dataclass
class Curve:
    """``expr`` of the variable ``name`` on [lo, hi]; ``period`` where it repeats."""

    expr: Expr
    name: str
    lo: float
    hi: float
    period: float | None = None
    count: int = 1024  # cells

    def __post_init__(self) -> None:
        if self.period is not None:
            self.lo, self.hi = 0.0, self.period
        else:
            pad = max(self.hi - self.lo, abs(self.lo), abs(self.hi), 1e-300) * _PAD
            self.lo, self.hi = self.lo - pad, self.hi + pad
        (expr,) = without_mod([self.expr])
        steep, guards = slope(expr, self.name)
        self.tape, self.step = (
            Tape([expr, steep, *guards], [self.name]),
            (self.hi - self.lo) / self.count,
        )
        self.moduli: dict[float, float] = {}
        self.left, self.least = _MOST, 0.0 if nonnegative(expr) else -math.inf
        edges = [self.lo + k * self.step for k in range(self.count)] + [self.hi]
        with flint.ctx.workprec(BITS):
            cells = [self._cell(a, b, 0) for a, b in pairwise(edges)]
            middles = [self._point((a + b) / 2) for a, b in pairwise(edges)]
        repeats = 1 if self.period is None else 2
        self.value = _Hulls.of([(c[0], c[1]) for c in cells] * repeats)
        self.slope = _Hulls.of([(c[2], c[3]) for c in cells] * repeats)
        self.steps = _Steps(np.array([c[4] for c in cells] * repeats))
        self.middle = [np.array(side * repeats) for side in map(list, zip(*middles, strict=True))]

    def _point(self, t: float) -> tuple[float, float, float]:
        ball = self.tape(flint.arb(t))[0]
        return t, down(ball), up(ball)

    def _cell(self, a: float, b: float, depth: int) -> tuple[float, float, float, float, float]:
        """Value, slope and steps between ``a`` and ``b``."""
        self.left -= 1
        value, steep, *guards = self.tape(spanning(a, b))
        lo, hi = max(down(value), self.least), up(value)
        if value.is_exact():
            return lo, hi, 0.0, 0.0, 0.0
        if steep.is_finite() and all(g.is_exact() for g in guards):
            return lo, hi, down(steep), up(steep), 0.0
        if depth >= _DEPTH or self.left < 0:
            return lo, hi, 0.0, 0.0, hi - lo if math.isfinite(hi - lo) else math.inf
        m = (a + b) / 2
        x, y = self._cell(a, m, depth + 1), self._cell(m, b, depth + 1)
        return min(x[0], y[0]), max(x[1], y[1]), min(x[2], y[2]), max(x[3], y[3]), x[4] + y[4]

    # ---------------------------------------------------------------- looking up

    def cells(self, t: Span) -> tuple[Span, np.ndarray, np.ndarray]:
        """``t`` moved into the table, and its first and last cell."""
        if self.period is not None:
            moved = Span.of(np.floor(t.lo / self.period)) * Span.of(self.period)
            t = t - moved
            whole = t.hi - t.lo >= self.period
            t = Span(np.where(whole, 0.0, t.lo), np.where(whole, self.period, t.hi))
        top = len(self.steps.size) - 1
        with np.errstate(invalid="ignore"):
            first = np.floor((t.lo - self.lo) / self.step - 1e-6)
            last = np.floor((t.hi - self.lo) / self.step + 1e-6)
        if np.any(first < -1) or np.any(last > top + 1) or np.any(np.isnan(first + last)):
            raise ValueError("a value leaves the range that its errors allow")
        return t, np.clip(first, 0, top).astype(int), np.clip(last, 0, top).astype(int)

    def image(self, t: Span) -> tuple[Span, Span, Floats]:
        """The values on ``t``, the slopes between jumps, and the sum of the steps."""
        t, first, last = self.cells(t)
        value, steep = self.value.over(first, last), self.slope.over(first, last)
        steps = self.steps.over(first, last)
        k = (first + last) // 2
        period = 0.0 if self.period is None else np.where(k >= self.count, self.period, 0.0)
        point, lo, hi = (side[k] for side in self.middle)
        near = Span(lo, hi) + steep * (t - Span.of(point) - Span.of(period))
        plain = (steps == 0) & np.isfinite(near.lo) & np.isfinite(near.hi)
        met = value.meet(near)
        return (
            Span(np.where(plain, met.lo, value.lo), np.where(plain, met.hi, value.hi)),
            steep,
            steps,
        )

    def direct(self, t: Span, known: Span, rows: np.ndarray) -> Span:
        """``known`` values on ``t``, at some rows narrowed by python-flint, which knows no cells."""
        if self.period is not None or not 0 < len(rows) <= _ROWS:
            return known
        lo, hi = (np.array(np.broadcast_to(v, t.lo.shape)) for v in (known.lo, known.hi))
        with flint.ctx.workprec(BITS):
            for r in rows.tolist():
                ball = self.tape(spanning(t.lo[r], t.hi[r]))[0]
                lo[r], hi[r] = max(lo[r], down(ball)), min(hi[r], up(ball))
        return Span(lo, hi)

    def modulus(self, reach: Floats) -> Floats:
        """The largest change between two arguments that are at most ``reach`` apart: a bound for
        each entry.
        """
        quarters = np.ceil(4 * np.log2(np.maximum(reach, 1e-300)))
        # the logarithm of a number just above a quarter of an octave may be rounded down to it
        sizes = np.maximum(2.0 ** (quarters / 4), reach)
        sizes = np.minimum(sizes, np.max(reach, initial=0.0))
        known, back = np.unique(sizes, return_inverse=True)
        return np.array([self._modulus(v) for v in known.tolist()])[back].reshape(reach.shape)

    def _modulus(self, reach: float) -> float:
        """`modulus` for one reach: the part that may change most is halved until it is short."""
        if reach not in self.moduli:
            with flint.ctx.workprec(BITS):
                parts = [(-self._change(self.lo, self.hi, reach), self.lo, self.hi)]
                for _ in range(_HALVINGS if self.period is None else 0):
                    _, a, b = parts[0]
                    if b - a < reach / 1024:
                        break
                    m = (a + b) / 2
                    heapq.heapreplace(parts, (-self._change(a, m, reach), a, m))
                    heapq.heappush(parts, (-self._change(m, b, reach), m, b))
            self.moduli[reach] = -parts[0][0]
        return self.moduli[reach]

    def _change(self, a: float, b: float, reach: float) -> float:
        """A bound of the change from an argument between ``a`` and ``b`` to one up to ``reach``
        above.
        """
        there = spanning(a, min(math.nextafter(b + reach, math.inf), self.hi))
        ball, steep, *guards = self.tape(there)
        whole = math.nextafter(up(ball) - max(down(ball), self.least), math.inf)
        if not steep.is_finite() or not all(g.is_exact() for g in guards):
            return whole
        by_slope = math.nextafter(max(-down(steep), up(steep)) * reach, math.inf)
        return min(whole, by_slope)

    def step_within(self, t: Span, reach: Floats) -> Floats:
        """The largest sum of steps between two points of ``t`` at most ``reach`` apart."""
        _, first, last = self.cells(t)
        size = int(min(np.ceil(float(np.max(reach)) / self.step) + 1, len(self.steps.size)))
        starts = np.arange(len(self.steps.size))
        window = self.steps.over(starts, np.minimum(starts + size - 1, len(starts) - 1))
        return (
            _Hulls.of([(-w, w) for w in window.tolist()])
            .over(np.maximum(first - size + 1, 0), last)
            .hi
        )


class _Steps:
    """Sums of the steps of runs of cells."""

    def __init__(self, size: Floats):
        self.size = size
        self.any, self.wild = (
            np.concatenate([[0], np.cumsum(c)]) for c in (size > 0, np.isinf(size))
        )
        self.total = np.concatenate([[0.0], np.cumsum(np.where(np.isinf(size), 0.0, size))])

    @property
    def exist(self) -> bool:
        """Whether there is any."""
        return bool(self.any[-1])

    def over(self, first: np.ndarray, last: np.ndarray) -> Floats:
        """A bound of the sum of the steps in cells ``first`` to ``last``."""
        sum_ = (self.total[last + 1] - self.total[first]) * (1 + 1e-9) + self.total[-1] * 1e-12
        wild = self.wild[last + 1] > self.wild[first]
        out: Floats = np.where(
            wild, np.inf, np.where(self.any[last + 1] > self.any[first], sum_, 0.0)
        )
        return out


_NONNEGATIVE = {
    "square",
    "abs",
    "exp",
    "exp2",
    "gauss",
    "sigmoid",
    "cosh",
    "sqrt",
    "relu",
    "step",
    "heaviside",
    "acos",
}
_KEEPING = {"add", "mul", "div", "min", "inv", "where"}  # not negative where no operand is


def nonnegative(root: Expr) -> bool:
    """Whether an expression is never negative, as far as its form shows."""
    known: dict[Expr, bool] = {}
    for e in postorder([root]):
        args = [known[a] for a in (e.args[1:] if e.op == "where" else e.args)]
        if e.op == CONST:
            known[e] = bool(e.value >= 0)
        elif e.op == "pow" and e.args[1].op == CONST:
            known[e] = args[0] or e.args[1].value % 2 == 0
        elif e.op == "mul":
            known[e] = all(known[a] or e.args.count(a) % 2 == 0 for a in e.args)
        else:
            known[e] = (
                e.op in _NONNEGATIVE
                or (e.op == "max" and any(args))
                or (e.op in _KEEPING and all(args))
            )
    return known[root]


@dataclass(frozen=True)
class _Hulls:
    """Hulls of runs of intervals: a sparse table."""

    lows: list[Floats]
    highs: list[Floats]

    @staticmethod
    def of(cells: list[tuple[float, float]]) -> _Hulls:
        low, high = (np.array(side) for side in zip(*cells, strict=True))
        lows, highs, width = [low], [high], 1
        while 2 * width <= len(cells):
            lows.append(np.minimum(lows[-1][:-width], lows[-1][width:]))
            highs.append(np.maximum(highs[-1][:-width], highs[-1][width:]))
            width *= 2
        return _Hulls(lows, highs)

    def over(self, first: np.ndarray, last: np.ndarray) -> Span:
        """The hull of cells ``first`` to ``last``."""
        level = np.frexp((last - first + 1).astype(float))[1] - 1
        lo, hi = np.empty(first.shape), np.empty(first.shape)
        for k in np.unique(level):
            at = level == k
            a, b = first[at], last[at] - (1 << int(k)) + 1
            lo[at] = np.minimum(self.lows[k][a], self.lows[k][b])
            hi[at] = np.maximum(self.highs[k][a], self.highs[k][b])
        return Span(lo, hi)
