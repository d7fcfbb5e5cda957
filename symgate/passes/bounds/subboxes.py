"""Sub-boxes of the inputs, on which errors are bounded one by one: equal ones, then finer ones
where that matters.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from symgate.ir.boxes import Box
from symgate.ir.expr import CONST, VAR, Expr, postorder
from symgate.passes.bounds.bound_settings import SUBBOXES

Cells = Mapping[str, Box]
Array = NDArray[np.float64]


def subdivide(
    ranges: Mapping[str, tuple[float, float]], roots: Sequence[Expr], most: int = 4096
) -> dict[str, Box]:
    """Cut the input box into at most ``most`` sub-boxes, along the inputs that non-linear nodes
    read.
    """
    names = nonlinear_inputs(roots)
    halvings = {name: count for name, count in _halvings(names, most).items() if count}
    edges = {name: _edges(ranges[name], 2**count) for name, count in halvings.items()}
    out = {name: Box.exact(lo, hi) for name, (lo, hi) in ranges.items()}
    pieces = np.meshgrid(*(np.arange(len(edge) - 1) for edge in edges.values()), indexing="ij")
    for (name, cut), piece in zip(edges.items(), map(np.ravel, pieces), strict=True):
        out[name] = Box(cut[:-1][piece], cut[1:][piece])
    return out


def _halvings(names: Sequence[str], most: int) -> dict[str, int]:
    """How often each range is halved, in turn, so that at most ``most`` sub-boxes arise; never,
    where not each can be.
    """
    halvings = dict.fromkeys(names, 0)
    if not names or 2 ** len(names) > most:
        return halvings
    total = 1
    while total * 2 <= most:
        halvings[min(names, key=halvings.__getitem__)] += 1
        total *= 2
    return halvings


def _edges(span: tuple[float, float], pieces: int) -> Array:
    """Where the equal pieces of a range meet, its two ends included."""
    edges = np.linspace(*span, pieces + 1)
    edges[-1] = span[1]
    return edges


def refined(
    cells: Cells, names: Sequence[str], score: Callable[[Cells], Array], most: int
) -> dict[str, Box]:
    """``cells``, up to ``most`` of them: those of the largest ``score`` halved, each along the best
    of ``names``.
    """
    out, scores = dict(cells), score(cells)
    for _ in range(SUBBOXES.rounds):
        size, worst = len(scores), float(np.max(scores))
        count = _halved_at_once(size, most, len(names))
        at = np.argsort(-scores, kind="stable")[:count]
        at = at[scores[at] > worst * SUBBOXES.worth]
        if not at.size or not np.isfinite(worst):
            break
        halves = _halved(out, names, at)
        found = _scores(score, halves).reshape(len(names), 2, len(at))
        best = np.argmin(found.max(1), axis=0)
        lower = best * 2 * len(at) + np.arange(len(at))
        rows = np.concatenate([lower, lower + len(at)])
        out = _replaced(out, at, _taken(halves, rows))
        scores = np.concatenate([np.delete(scores, at), found.ravel()[rows]])
        little_better = float(np.max(scores)) * SUBBOXES.growth > worst
        if little_better and size + count >= most:
            break
    return out


def _halved_at_once(size: int, most: int, names: int) -> int:
    """How many of ``size`` sub-boxes are halved in one round, each along ``names`` inputs."""
    part = max(SUBBOXES.fewest, most // SUBBOXES.part)
    scored = SUBBOXES.tried // (2 * max(1, names))
    return min(size, most - size, part, max(SUBBOXES.fewest_of_many_inputs, scored))


def _taken(cells: Cells, rows: NDArray[np.int64] | slice) -> dict[str, Box]:
    """Some of the sub-boxes; an input that is the same in all of them stays one value."""
    return {
        name: Box(box.lo[rows], box.hi[rows]) if box.lo.size > 1 else box
        for name, box in cells.items()
    }


def _scores(score: Callable[[Cells], Array], cells: Cells) -> Array:
    """The score of each sub-box, a part of them at a time."""
    size = max(box.lo.size for box in cells.values())
    parts = [slice(k, k + SUBBOXES.at_once) for k in range(0, size, SUBBOXES.at_once)]
    return np.concatenate([score(_taken(cells, part)) for part in parts])


def _halved(cells: Cells, names: Sequence[str], at: NDArray[np.int64]) -> dict[str, Box]:
    """The sub-boxes ``at`` cut along each of ``names`` in turn: for each name the lower halves,
    then the upper ones.
    """
    size = max((b.lo.size for b in cells.values()), default=1)
    out = {}
    for name, box in cells.items():
        if box.lo.size == 1 and name not in names:
            out[name] = box
            continue
        lo, hi = (np.broadcast_to(side, size)[at] for side in (box.lo, box.hi))
        middle = (lo + hi) / 2
        lows = [np.concatenate([lo, middle if name == k else lo]) for k in names]
        highs = [np.concatenate([middle if name == k else hi, hi]) for k in names]
        out[name] = Box(np.concatenate(lows), np.concatenate(highs))
    return out


def _replaced(cells: Cells, at: NDArray[np.int64], parts: Cells) -> dict[str, Box]:
    """``cells`` with ``parts`` in place of the sub-boxes ``at``."""
    size = max((b.lo.size for b in cells.values()), default=1)
    out = {}
    for name, box in cells.items():
        if parts[name] is box:
            out[name] = box
            continue
        lo, hi = (np.delete(np.broadcast_to(side, size), at) for side in (box.lo, box.hi))
        out[name] = Box(np.concatenate([lo, parts[name].lo]), np.concatenate([hi, parts[name].hi]))
    return out


def nonlinear_inputs(roots: Sequence[Expr]) -> list[str]:
    """The inputs that something else than sums reads."""
    order = postorder(roots)
    inside: set[Expr] = set()
    for e in reversed(order):
        if e in inside or e.op not in ("add", CONST, VAR):
            inside.update(operand for operand in e.args if operand.op != CONST)
    return sorted(e.value for e in order if e.op == VAR and e in inside)
