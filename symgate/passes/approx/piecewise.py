"""The search that the piecewise linear and quadratic generators share: word lengths for given
segments.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass
from dataclasses import field as default
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from symgate.ir.types import FixedType
from symgate.passes.approx.base import Ints, as_ints
from symgate.passes.approx.cost import choose
from symgate.passes.approx.fields import Address, Field
from symgate.passes.approx.fit import Floats, Windows, best_slopes, centred, margins
from symgate.passes.approx.rows import Rows, row_digits, row_values, row_width, slope_width
from symgate.passes.approx.terms import Offset, Sum, Table, Term, lift, table_term

Flags = NDArray[np.bool_]
_DIGITS = as_ints([-2, -1, 0, 1])


@dataclass
class Bound:
    """The fewest LUTs found so far, shared by the searches of one problem."""

    luts: float = math.inf

    def beats(self, luts: float) -> bool:
        """Whether a design of at least ``luts`` is not worth a look."""
        return luts >= self.luts


@dataclass(frozen=True, eq=False)
class Shape:
    """Segments: ``inner`` ones with an own constant, ``outer`` ones with an own slope, ``field``
    multiplied.
    """

    windows: Windows
    inner: Address
    outer: Address
    field: Field
    correction: Offset | Rows | None = None  # what else is subtracted, in units of 2**-guard
    guard: int = 0  # of the correction
    known: Floats | None = None  # slopes that were found before, for other corrections
    bits: dict[int, int] = default(
        default_factory=dict
    )  # of the slopes at the scales that were asked for

    @cached_property
    def taken(self) -> Floats:
        """What the correction adds (less than 0), in output ulps."""
        return np.asarray(-self.subtracted / 2.0**self.guard)

    @cached_property
    def subtracted(self) -> Ints:
        """What the correction subtracts."""
        return (
            np.zeros(1 << self.inner.n, dtype=np.int64)
            if self.correction is None
            else self.correction.values()
        )

    @cached_property
    def best(self) -> tuple[Floats, Floats]:
        """The best slope per outer segment, and its margin."""
        return best_slopes(self.windows, self.taken, self.inner, self.outer, self.field)

    @cached_property
    def slopes(self) -> Floats:
        """The slope of each outer segment."""
        return self.best[0] if self.known is None else self.known

    @cached_property
    def margin(self) -> float:
        """The margin of the worst segment: the shape can work only where it is above 0."""
        if self.known is None:
            return float(self.best[1].min())
        p = self.known[self.ordinal] * centred(self.field) + self.taken
        return float(margins(self.windows.lo, self.windows.hi, p, self.inner.starts).min())

    @cached_property
    def ordinal(self) -> Ints:
        """The number of the outer segment of every code."""
        starts = self.outer.starts
        return np.repeat(np.arange(starts.size), np.diff(np.append(starts, 1 << self.inner.n)))

    @cached_property
    def picks(self) -> list[Ints]:
        """For each row and code, where `rows` finds its value."""
        return [self.ordinal * 4 + digit + 2 for digit in row_digits(self.field)]

    def rows(self, slope: Ints, width: int, drop: int) -> Ints:
        """The sum of the rows for every code, for one slope per outer segment."""
        total = np.zeros(1 << self.inner.n, dtype=np.int64)
        for i, pick in enumerate(self.picks):
            w = row_width(width, 2 * i + 1 == self.field.size)
            total += row_values(slope[:, None], _DIGITS, w, i, drop).ravel()[pick]
        return total

    def floor_luts(self, guard: int, drop: int) -> float:
        """A lower bound, about, of the LUTs at these word lengths."""
        w1, size = self.slope_bits(guard + drop), self.field.size
        rows = sum(max(1, w1 + 1 - max(0, drop - 2 * i)) for i in range((size + 1) // 2)) - size % 2
        c = self.correction
        extra = 0.0 if c is None else c.luts + sum(w for _, w in c.parts())
        return rows + self.floor_tables(guard, drop) + extra + self.inner.luts + self.field.luts

    def floor_tables(self, guard: int, drop: int) -> float:
        """A lower bound, about, of the LUTs of the tables of constants and slopes."""
        outer, inner = (2.0 ** max(0, a.width - 6) for a in (self.outer, self.inner))
        out = self.windows.spec.format.width
        return (out + guard - 1) * inner + (self.slope_bits(guard + drop) - 2) * outer

    def slope_bits(self, scale: int) -> int:
        """Bits of the signed slopes at ``scale`` fraction bits."""
        if scale not in self.bits:
            self.bits[scale] = slope_width(np.rint(self.slopes * 2.0**scale).astype(np.int64))
        return self.bits[scale]

    def least_luts(self) -> float:
        """A lower bound, about, of the LUTs of any word lengths: the table of constants."""
        return (self.windows.spec.format.width - 1) * 2.0 ** max(0, self.inner.width - 6)


def guards(size: int) -> range:
    """Numbers of guard bits worth a try where ``size`` bits are multiplied: each row that is cut
    costs accuracy.
    """
    fewest = max(0, (size - 3) // 4)
    return range(fewest, fewest + 4)


def designs(shape: Shape, tried: range, bound: Bound, kind: str) -> Iterator[Sum]:
    """The designs of ``shape`` that work, at the fewest slope bits for each number of guard bits."""
    for guard in tried if shape.correction is None else (shape.guard,):
        if bound.beats(shape.floor_luts(guard, first_drop(shape, guard, shape.windows.tightest))):
            continue
        if shape.margin <= 0:
            return
        first = first_drop(shape, guard, shape.margin)
        for drop in range(first, first + 5):
            if bound.beats(shape.floor_luts(guard, drop)):
                break
            if (found := _design(shape, guard, drop, kind)) is not None:
                bound.luts = min(bound.luts, found.luts)
                yield found
                break


def first_drop(shape: Shape, guard: int, margin: float) -> int:
    """Fraction bits of the slopes with which their rounding may fit ``margin``."""
    return max(0, math.ceil(shape.field.size - 3 - math.log2(margin * 2**guard)))


def _design(shape: Shape, guard: int, drop: int, kind: str) -> Sum | None:
    """One design, if the constants have a choice in every segment."""
    wanted = np.rint(shape.slopes * 2.0 ** (guard + drop)).astype(np.int64)
    width = slope_width(wanted) + 1
    slope, lo, hi = wanted, *_constants(shape, wanted, guard, drop, width)
    for step in (1, -1):
        if (bad := _bad(shape, lo, hi)).any():
            other = wanted + step
            lo2, hi2 = _constants(shape, other, guard, drop, width)
            better = bad & ~_bad(shape, lo2, hi2)
            slope = np.where(better, other, slope)
            each = _per_inner(shape, better)
            lo, hi = np.where(each, lo2, lo), np.where(each, hi2, hi)
    return None if (lo > hi).any() else _assemble(shape, slope, guard, drop, kind)


def _per_inner(shape: Shape, outer: Flags) -> Flags:
    return outer[shape.ordinal[shape.inner.starts]]


def _bad(shape: Shape, lo: Ints, hi: Ints) -> Flags:
    """Outer segments with an inner segment that has no constant."""
    groups = np.searchsorted(shape.inner.starts, shape.outer.starts)
    return np.logical_or.reduceat(lo > hi, groups)


def _constants(shape: Shape, slope: Ints, guard: int, drop: int, width: int) -> tuple[Ints, Ints]:
    """The smallest and largest constant of each inner segment."""
    return intersect(
        shape.windows, shape.inner, -shape.rows(slope, width, drop) - shape.subtracted, guard
    )


def intersect(w: Windows, segments: Address, taken: Ints, guard: int) -> tuple[Ints, Ints]:
    """The constants, in units of ``2**-guard``, that bring ``constant + taken`` into every window
    of a segment.
    """
    low, high = w.scaled(guard)
    return np.maximum.reduceat(low - taken, segments.starts), np.minimum.reduceat(
        high - taken, segments.starts
    )


def _assemble(shape: Shape, slope: Ints, guard: int, drop: int, kind: str) -> Sum | None:
    out = shape.windows.spec.format
    rows = Rows(shape.outer, shape.outer.spread(slope), shape.field, drop)
    terms: list[Term] = [rows] if shape.correction is None else [shape.correction, rows]
    lo, hi = intersect(shape.windows, shape.inner, -rows.values() - shape.subtracted, guard)
    if (lo > hi).any():
        return None
    return start(
        kind, shape.inner, lo, hi, terms, out, guard, f"{shape.inner.top}+{shape.field.size}"
    )


def start(
    kind: str,
    address: Address,
    lo: Ints,
    hi: Ints,
    terms: list[Term],
    out: FixedType,
    guard: int,
    detail: str,
) -> Sum:
    """A table minus ``terms``, the table with one value between ``lo`` and ``hi`` per segment."""
    more = lift(terms)
    first = first_table(address, lo - more, hi - more, out.width + guard)
    rows = [t for t in terms if isinstance(t, Rows)]
    every: tuple[Address | Field, ...] = (
        address,
        *(t.address for t in rows),
        *(t.field for t in rows),
    )
    shared = {id(s): s for s in every}
    return Sum(kind, out, guard, first, tuple(terms), tuple(shared.values()), detail=detail)


def first_table(address: Address, lo: Ints, hi: Ints, width: int) -> Table:
    """A table with a value between ``lo`` and ``hi`` for each segment, modulo ``2**width``; the
    cheapest.
    """
    size, at = 1 << address.width, address.index[address.starts]
    low, high = np.full(size, -(1 << 50)), np.full(size, 1 << 50)
    low[at], high[at] = lo, hi
    return table_term(address, choose(low, high, width), width)
