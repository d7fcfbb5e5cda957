"""Sub-boxes of the inputs, on which errors are bounded one by one: equal ones, then finer ones
where that matters.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from symgate.ir.boxes import Box
from symgate.ir.expr import CONST, VAR, Expr, postorder

Cells = Mapping[str, Box]
Array = NDArray[np.float64]
_GROWTH, _ROUNDS = 1.02, 12  # a round that makes the worst sub-box less than 2 % better is the last
_TRIED = 1 << 14  # halves along each of hundreds of inputs would be too many to score in each round
# sub-boxes that are scored together: images cut along hundreds of inputs would need 10 GB and more
_AT_ONCE = 4096


def subdivide(
    ranges: Mapping[str, tuple[float, float]], roots: Sequence[Expr], most: int = 4096
) -> dict[str, Box]:
    """Cut the input box into at most ``most`` sub-boxes, along the inputs that non-linear nodes
    read.
    """
    names = nonlinear_inputs(roots)
    cuts = dict.fromkeys(names, 0)
    total = 1
    while names and 2 ** len(names) <= most and total * 2 <= most:
        name = min(names, key=lambda n: cuts[n])
        cuts[name] += 1
        total *= 2
    split = [n for n in names if cuts[n]]
    lows, highs = [], []
    for n in split:
        lo, hi = ranges[n]
        edges = np.linspace(lo, hi, 2 ** cuts[n] + 1)
        edges[-1] = hi
        lows.append(edges[:-1])
        highs.append(edges[1:])
    grids = (
        [np.ravel(g) for g in np.meshgrid(*(np.arange(len(v)) for v in lows), indexing="ij")]
        if split
        else []
    )
    out = {n: Box.exact(lo, hi) for n, (lo, hi) in ranges.items()}
    for n, g, lows_n, highs_n in zip(split, grids, lows, highs, strict=True):
        out[n] = Box(lows_n[g], highs_n[g])
    return out


def refined(
    cells: Cells, names: Sequence[str], score: Callable[[Cells], Array], most: int
) -> dict[str, Box]:
    """``cells``, up to ``most`` of them: those of the largest ``score`` halved, each along the best
    of ``names``.
    """
    out, scores = dict(cells), score(cells)
    for _ in range(_ROUNDS):
        size, worst = len(scores), float(np.max(scores))
        count = min(
            size, most - size, max(64, most // 8), max(16, _TRIED // (2 * max(1, len(names))))
        )
        at = np.argsort(-scores, kind="stable")[:count]
        at = at[scores[at] > worst / 4]
        if not at.size or not np.isfinite(worst):
            break
        halves = _halved(out, names, at)
        found = _scores(score, halves).reshape(len(names), 2, len(at))
        best = np.argmin(found.max(1), axis=0)
        rows = (best * 2 * len(at) + np.arange(len(at)) + np.array([[0], [len(at)]])).ravel()
        out = _replaced(
            out,
            at,
            {n: Box(b.lo[rows], b.hi[rows]) if b.lo.size > 1 else b for n, b in halves.items()},
        )
        scores = np.concatenate([np.delete(scores, at), found.ravel()[rows]])
        if float(np.max(scores)) * _GROWTH > worst and size + count >= most:
            break
    return out


def _scores(score: Callable[[Cells], Array], cells: Cells) -> Array:
    """The score of each sub-box, a part of them at a time."""
    size = max(b.lo.size for b in cells.values())
    parts = [slice(k, k + _AT_ONCE) for k in range(0, size, _AT_ONCE)]
    return np.concatenate(
        [
            score({n: Box(b.lo[p], b.hi[p]) if b.lo.size > 1 else b for n, b in cells.items()})
            for p in parts
        ]
    )


def _halved(cells: Cells, names: Sequence[str], at: NDArray[np.int64]) -> dict[str, Box]:
    """The sub-boxes ``at`` cut along each of ``names`` in turn: for each name the lower halves,
    then the upper ones.
    """
    size = max((b.lo.size for b in cells.values()), default=1)
    out = {}
    for n, box in cells.items():
        if box.lo.size == 1 and n not in names:
            out[n] = box
            continue
        lo, hi = (np.broadcast_to(side, size)[at] for side in (box.lo, box.hi))
        middle = (lo + hi) / 2
        lows = [np.concatenate([lo, middle if n == k else lo]) for k in names]
        highs = [np.concatenate([middle if n == k else hi, hi]) for k in names]
        out[n] = Box(np.concatenate(lows), np.concatenate(highs))
    return out


def _replaced(cells: Cells, at: NDArray[np.int64], parts: Cells) -> dict[str, Box]:
    """``cells`` with ``parts`` in place of the sub-boxes ``at``."""
    size = max((b.lo.size for b in cells.values()), default=1)
    out = {}
    for n, box in cells.items():
        if parts[n] is box:
            out[n] = box
            continue
        lo, hi = (np.delete(np.broadcast_to(side, size), at) for side in (box.lo, box.hi))
        out[n] = Box(np.concatenate([lo, parts[n].lo]), np.concatenate([hi, parts[n].hi]))
    return out


def nonlinear_inputs(roots: Sequence[Expr]) -> list[str]:
    """The inputs that something else than sums reads."""
    order = postorder(roots)
    inside: set[Expr] = set()
    for e in reversed(order):
        if e in inside or e.op not in ("add", CONST, VAR):
            inside.update(a for a in e.args if a.op != CONST)
    return sorted(e.value for e in order if e.op == VAR and e in inside)
