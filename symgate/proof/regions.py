"""What expressions can be on parts of the inputs' ranges, by the interval meanings of operators."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from symgate.ir.boxes import Box
from symgate.ir.design import Input
from symgate.ir.evaluate import boxes
from symgate.ir.expr import Expr, postorder, variables
from symgate.proof.codes import float_above, float_below

Cells = dict[str, Box]  # sub-boxes: per input an interval for each of them
_SIGNS = frozenset({-1, 0, 1})


@dataclass(frozen=True)
class Cuts:
    """How finely ranges are cut."""

    cells: int = 512  # sub-boxes on which two expressions are enclosed, where dimensions allow
    rounds: int = 24  # of halving what leaves a sign open
    most: int = 8192  # sub-boxes at a time for a sign
    work: int = 4_000_000  # sub-boxes times nodes for all signs, at about 50 ns each
    call: int = 200  # sub-boxes that take as long as it takes to call NumPy for a node


@dataclass
class Regions:
    """The box of some inputs, cut as far as a question needs."""

    inputs: Mapping[str, Input]
    cuts: Cuts = Cuts()
    known: dict[tuple[Expr, Expr], frozenset[int]] = field(default_factory=dict)
    done: int = 0  # sub-boxes times nodes so far

    def whole(self, names: Sequence[str]) -> Cells:
        """The ranges of some inputs as one box."""
        return {n: _box(self.inputs[n]) for n in names}

    def signs(self, x: Expr, y: Expr) -> frozenset[int]:
        """The signs that ``x - y`` can have: of -1, 0 and 1, those that are not excluded."""
        if (x, y) not in self.known:
            self.known[x, y] = self._signs(x, y)
        return self.known[x, y]

    def _signs(self, x: Expr, y: Expr) -> frozenset[int]:
        cells = self.whole(variables([x, y]))
        if not cells or self.done > self.cuts.work:
            return _SIGNS
        size, found = len(postorder([x, y])), set[int]()
        for left in range(self.cuts.rounds, 0, -1):
            self.done += size * (_size(cells) + self.cuts.call)
            possible = _comparable(*_both(x, y, cells))
            open_ = np.sum(list(possible.values()), axis=0) > 1
            found |= {sign for sign, can in possible.items() if np.any(can & ~open_)}
            spent = self.done > self.cuts.work or 2 * int(open_.sum()) > self.cuts.most
            if left == 1 or spent or len(found) > 1 or not open_.any():
                break
            cells = _halved({n: Box(c.lo[open_], c.hi[open_]) for n, c in cells.items()})
        return frozenset(found | {s for s, can in possible.items() if np.any(can & open_)})

    def apart(self, f: Expr, g: Expr) -> float:
        """The most by which two expressions can differ at any input."""
        names = variables([f, g])
        cells, size = self.whole(names), len(postorder([f, g]))
        while names and 2 * _size(cells) <= self.cuts.cells and self.done <= self.cuts.work:
            cells = _halved(cells)
            self.done += size * _size(cells)
        return _apart(f, g, cells)


def _apart(f: Expr, g: Expr, cells: Cells) -> float:
    """The most by which two expressions can differ on any of the sub-boxes."""
    a, b = _both(f, g, cells)
    with np.errstate(invalid="ignore"):
        most = np.maximum(np.nextafter(a.hi - b.lo, np.inf), np.nextafter(b.hi - a.lo, np.inf))
    return float(np.max(np.where(np.isnan(most), np.inf, most)))


def _both(x: Expr, y: Expr, cells: Cells) -> tuple[Box, Box]:
    with np.errstate(all="ignore"):
        found = boxes([x, y], cells)
    size = _size(cells)
    out = []
    for e in (x, y):
        lo, hi = (np.broadcast_to(side, size) for side in (found[e].lo, found[e].hi))
        out.append(Box(np.where(np.isnan(lo), -np.inf, lo), np.where(np.isnan(hi), np.inf, hi)))
    return out[0], out[1]


def _comparable(x: Box, y: Box) -> dict[int, NDArray[np.bool_]]:
    """Where ``x`` can be below ``y``, equal to it, and above it, by the sign of the difference."""
    return {-1: x.lo < y.hi, 0: (x.lo <= y.hi) & (x.hi >= y.lo), 1: x.hi > y.lo}


def _box(port: Input) -> Box:
    return Box(np.array([float_below(port.lo)]), np.array([float_above(port.hi)]))


def _size(cells: Cells) -> int:
    return max((c.lo.size for c in cells.values()), default=1)


def _halved(cells: Cells) -> Cells:
    """Every sub-box cut in two along its input that is widest for its size."""
    names = list(cells)
    widths = [np.max(cells[n].hi - cells[n].lo) for n in names]
    sizes = [max(float(np.max(cells[n].mag)), 1e-300) for n in names]
    name = names[int(np.argmax([w / s for w, s in zip(widths, sizes, strict=True)]))]
    middle = (cells[name].lo + cells[name].hi) / 2
    out = {}
    for n, c in cells.items():
        low, high = (c, c) if n != name else (Box(c.lo, middle), Box(middle, c.hi))
        out[n] = Box(np.concatenate([low.lo, high.lo]), np.concatenate([low.hi, high.hi]))
    return out
