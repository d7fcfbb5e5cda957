"""What an output can reach over its inputs: enclosures from intervals, refined until sampled values come close."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from symgate.ir.boxes import Array, Box
from symgate.ir.evaluate import boxes, evaluate
from symgate.ir.expr import Expr, variables

_MOST, _ROUNDS, _CLOSE = 1 << 12, 60, 0.01


def reached(e: Expr, ranges: Mapping[str, tuple[float, float]]) -> tuple[float, float] | None:
    """Values that ``e`` takes, within 1 % of all that it can take where that is provable; None where it is unbounded.

    Branch and bound: only sub-boxes that may hold values beyond those seen are cut further.
    """
    names = variables([e])
    cells = {n: Box.exact(np.array([ranges[n][0]]), np.array([ranges[n][1]])) for n in names}
    low, high = _sampled(e, cells)
    bounded = False
    for _ in range(_ROUNDS if names else 0):
        image = boxes([e], cells)[e]
        bounded = bounded or bool(np.all(np.isfinite(image.lo)) and np.all(np.isfinite(image.hi)))
        room = _CLOSE * max(high - low, 1e-300)
        size = next(iter(cells.values())).lo.shape
        over = np.broadcast_to(np.maximum(image.hi - high, low - image.lo), size)
        keep = np.argsort(-over)[: _MOST // 2]
        keep = keep[~(over[keep] <= room)]
        if keep.size == 0:
            break
        cells = _halved({n: Box(c.lo[keep], c.hi[keep]) for n, c in cells.items()}, ranges)
        seen = _sampled(e, cells)
        low, high = min(low, seen[0]), max(high, seen[1])
    return (low, high) if (bounded or not names) and np.isfinite(low) and np.isfinite(high) else None


def _sampled(e: Expr, cells: Mapping[str, Box]) -> tuple[float, float]:
    """The extremes at the corners along the diagonals and in the middle of the cells."""
    points: list[dict[str, Array]] = [
        {n: c.lo for n, c in cells.items()},
        {n: c.hi for n, c in cells.items()},
        {n: (c.lo + c.hi) / 2 for n, c in cells.items()},
    ]
    values = np.concatenate([np.atleast_1d(evaluate([e], p)[0]).ravel() for p in points])
    values = values[np.isfinite(values)]
    return (float(values.min()), float(values.max())) if values.size else (np.inf, -np.inf)


def _halved(cells: Mapping[str, Box], whole: Mapping[str, tuple[float, float]]) -> dict[str, Box]:
    """Every cell cut in two along its widest side, relative to the whole."""
    widest = max(cells, key=lambda n: float(np.max(cells[n].hi - cells[n].lo)) / max(whole[n][1] - whole[n][0], 1e-300))
    middle = (cells[widest].lo + cells[widest].hi) / 2
    out = {}
    for n, c in cells.items():
        left, right = (Box(c.lo, middle), Box(middle, c.hi)) if n == widest else (c, c)
        out[n] = Box(np.concatenate([left.lo, right.lo]), np.concatenate([left.hi, right.hi]))
    return out
