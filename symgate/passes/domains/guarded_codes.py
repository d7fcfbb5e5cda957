"""Bounds of expressions over the codes of inputs that meet conditions, by branch and bound."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from symgate.ir.boxes import Box
from symgate.ir.design import Input
from symgate.ir.evaluate import boxes, evaluate
from symgate.ir.expr import Expr, variables

#: Conditions, and whether each holds or fails.
Path = tuple[tuple[Expr, bool], ...]
Bools = NDArray[np.bool_]
Floats = NDArray[np.float64]
Ints = NDArray[np.int64]


@dataclass(frozen=True)
class CodeLimits:
    """How far codes are looked at."""

    #: Boxes of codes at a time. Not measured.
    boxes: int = 1 << 13
    #: Halvings: those of two inputs of 40 bits.
    rounds: int = 80
    #: Powers of which a base of 0 is looked for, in one design: towers of them would take minutes.
    powers: int = 8
    #: How close to the least value a bound is, relative to it: as for `hold`.
    close: float = 1 / 32
    #: Bits of a code that 64-bit arithmetic holds.
    code_bits: int = 62


LIMITS = CodeLimits()


@dataclass(frozen=True, eq=False)
class CodeBoxes:
    """Boxes of codes, those of each input from ``low`` to ``high``."""

    inputs: tuple[Input, ...]
    low: tuple[Ints, ...]
    high: tuple[Ints, ...]

    @staticmethod
    def whole(inputs: tuple[Input, ...]) -> CodeBoxes:
        """One box of all codes."""
        low = tuple(np.array([port.raw.lo], np.int64) for port in inputs)
        high = tuple(np.array([port.raw.hi], np.int64) for port in inputs)
        return CodeBoxes(inputs, low, high)

    @property
    def single(self) -> Bools:
        """Which boxes are one code of each input."""
        same = [lo == hi for lo, hi in zip(self.low, self.high, strict=True)]
        found: Bools = np.logical_and.reduce(same)
        return found

    @property
    def reals(self) -> dict[str, Box]:
        """The boxes as real numbers, rounded outward."""
        found = {}
        for port, low, high in zip(self.inputs, self.low, self.high, strict=True):
            found[port.name] = Box(_real(port, low, -np.inf), _real(port, high, np.inf))
        return found

    @property
    def middles(self) -> dict[str, Floats]:
        """A point in the middle of each box, in floats."""
        found = {}
        for port, low, high in zip(self.inputs, self.low, self.high, strict=True):
            middle = low + (high - low) // 2
            found[port.name] = np.ldexp(middle.astype(np.float64), -port.type.frac)
        return found

    def kept(self, where: Bools) -> CodeBoxes:
        """Some of the boxes."""
        low, high = (tuple(side[where] for side in ends) for ends in (self.low, self.high))
        return CodeBoxes(self.inputs, low, high)

    def halved(self) -> CodeBoxes:
        """All boxes cut in two along the input that is widest somewhere."""
        ends = zip(self.inputs, self.low, self.high, strict=True)
        widths = [float(np.ldexp(np.max(hi - lo), -port.type.frac)) for port, lo, hi in ends]
        widest = int(np.argmax(widths))
        low, high = [], []
        for k, (lo, hi) in enumerate(zip(self.low, self.high, strict=True)):
            middle = lo + (hi - lo) // 2
            last, first = (middle, middle + 1) if k == widest else (hi, lo)
            low.append(np.concatenate([lo, first]))
            high.append(np.concatenate([last, hi]))
        both = CodeBoxes(self.inputs, tuple(low), tuple(high))
        return both.kept(both.low[widest] <= both.high[widest])


def least_under(e: Expr, path: Path, inputs: Mapping[str, Input], wanted: float = np.inf) -> float:
    """A proved lower bound of ``e`` over the codes that meet ``path``: ``wanted`` where it is at
    least that, else close to its least value.

    -inf where nothing is proved; inf where no code meets ``path``.
    """
    roots = [e, *(condition for condition, _ in path)]
    found = boxes_of(roots, inputs)
    if found is None:
        return -np.inf
    sure = best = np.inf
    for _ in range(LIMITS.rounds):
        seen = boxes(roots, found.reals)
        size = found.low[0].size
        alive = _can_hold(seen, path, size)
        low = np.nan_to_num(np.broadcast_to(seen[e].lo, size), nan=-np.inf)
        best = min(best, _least_seen(e, path, found))
        enough = _enough(best, wanted)
        opened = alive & (low < enough) & ~found.single
        sure = min(sure, float(np.min(low[alive & ~opened], initial=np.inf)))
        if not opened.any():
            return sure
        if 2 * int(opened.sum()) > LIMITS.boxes:
            return min(sure, float(np.min(low[opened])))
        found = found.kept(opened).halved()
    return -np.inf


def _enough(best: float, wanted: float) -> float:
    """From where a bound needs to be no closer, where a value of ``best`` is seen."""
    if best >= wanted:
        return wanted
    return best - abs(best) * LIMITS.close if np.isfinite(best) else best


def can_be_taken(path: Path, inputs: Mapping[str, Input]) -> bool:
    """Whether codes may meet ``path``: False is proved."""
    roots = [condition for condition, _ in path]
    found = boxes_of(roots, inputs)
    if found is None:
        return True
    for _ in range(LIMITS.rounds):
        seen = boxes(roots, found.reals)
        alive = _can_hold(seen, path, found.low[0].size)
        if not alive.any():
            return False
        found = found.kept(alive)
        if found.single.any() or 2 * found.low[0].size > LIMITS.boxes:
            return True
        if bool(_meets(path, found).any()):
            return True
        found = found.halved()
    return True


def possible_zeros(e: Expr, port: Input, most: int) -> list[int]:
    """The codes of the one input of ``e`` at which intervals do not show that it is different from
    0; none where these are more than ``most``.
    """
    found = boxes_of([e], {port.name: port})
    while found is not None and found.low[0].size <= most:
        box, size = boxes([e], found.reals)[e], found.low[0].size
        away = (np.broadcast_to(box.lo, size) > 0) | (np.broadcast_to(box.hi, size) < 0)
        found = found.kept(~away)
        if found.single.all():
            return [int(code) for code in found.low[0]]
        found = found.halved()
    return []


def boxes_of(roots: list[Expr], inputs: Mapping[str, Input]) -> CodeBoxes | None:
    """All codes of the inputs that ``roots`` read; None where there are none, or they are too long."""
    names = variables(roots)
    ports = tuple(inputs[name] for name in names)
    too_long = any(port.type.width > LIMITS.code_bits for port in ports)
    return None if too_long or not ports else CodeBoxes.whole(ports)


def _can_hold(seen: Mapping[Expr, Box], path: Path, size: int) -> Bools:
    """The boxes where no condition of ``path`` is certainly wrong."""
    alive = np.ones(size, np.bool_)
    for condition, holding in path:
        box = seen[condition]
        wrong = (box.lo == 0) & (box.hi == 0) if holding else (box.lo > 0) | (box.hi < 0)
        alive &= ~np.broadcast_to(wrong, size)
    return alive


def _meets(path: Path, found: CodeBoxes) -> Bools:
    """The middles of boxes that meet ``path``, by floats."""
    size = found.low[0].size
    values = evaluate([condition for condition, _ in path], found.middles)
    met = np.ones(size, np.bool_)
    for value, (_, holding) in zip(values, path, strict=True):
        met &= np.broadcast_to((value != 0) == holding, size)
    return met


def _least_seen(e: Expr, path: Path, found: CodeBoxes) -> float:
    """The least value at the middles of boxes: what no bound is far below."""
    size = found.low[0].size
    value = np.broadcast_to(evaluate([e], found.middles)[0], size)
    usable = _meets(path, found) & np.isfinite(value)
    return float(np.min(value[usable], initial=np.inf))


def _real(port: Input, codes: Ints, toward: float) -> Floats:
    """Codes as numbers, rounded ``toward`` where floats do not hold them."""
    value = np.ldexp(codes.astype(np.float64), -port.type.frac)
    inexact = np.abs(codes) > 1 << 53
    return np.where(inexact, np.nextafter(value, toward), value)
