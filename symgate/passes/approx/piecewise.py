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

from symgate.passes.approx.base import Bound, Ints, as_ints
from symgate.passes.approx.fields import DIGITS, Address, Field, Low
from symgate.passes.approx.first_table import intersect, start
from symgate.passes.approx.fit import Floats, Windows, best_slopes, centre_field, margins
from symgate.passes.approx.generator_settings import WORD_LENGTHS
from symgate.passes.approx.rows import Rows, row_entries, row_width, slope_width
from symgate.passes.approx.table_sums import Offset, Sum, Term
from symgate.passes.approx.trim import settle

Flags = NDArray[np.bool_]


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
        if self.correction is None:
            return np.zeros(1 << self.inner.n, dtype=np.int64)
        return self.correction.values()

    @cached_property
    def best(self) -> tuple[Floats, Floats]:
        """The best slope per outer segment, and its margin."""
        inner, outer, field = self.inner, self.outer, self.field
        equal = inner.recode is None and outer.recode is None and isinstance(field, Low)
        if equal and self.correction is None and field.size == inner.n - inner.top:
            return self.windows.slopes(inner.top, outer.top)
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
        moving = self.known[self.ordinal] * centre_field(self.field) + self.taken
        return float(margins(self.windows.lo, self.windows.hi, moving, self.inner.starts).min())

    @cached_property
    def ordinal(self) -> Ints:
        """The number of the outer segment of every code."""
        starts = self.outer.starts
        return np.repeat(np.arange(starts.size), np.diff(np.append(starts, 1 << self.inner.n)))

    @cached_property
    def groups(self) -> Ints:
        """The first inner segment of each outer one."""
        return np.searchsorted(self.inner.starts, self.outer.starts)

    @cached_property
    def picks(self) -> Ints:
        """For each row and code, where `rows` finds its value."""
        places = np.array(self.field.digit_places)
        entries = len(DIGITS) * self.outer.starts.size
        first = entries * np.arange(len(places))[:, None]
        return as_ints(first + self.ordinal * len(DIGITS) + places)

    def rows(self, slope: Ints, width: int, drop: int) -> Ints:
        """The sum of the rows for every code, for one slope per outer segment."""
        size = self.field.size
        rows = [(i, row_width(width, 2 * i + 1 == size), 0) for i in range(len(self.picks))]
        entries = row_entries(slope, rows, drop).ravel()
        return as_ints(entries[self.picks].sum(0))

    def floor_luts(self, guard: int, drop: int) -> float:
        """A lower bound, about, of the LUTs at these word lengths."""
        return self._floor_luts(guard, drop, self.slope_bits(guard + drop))

    def floor_unfitted(self, guard: int) -> float:
        """As `floor_luts` at the fewest bits, before slopes are fitted; of equal segments without a
        correction.
        """
        drop = first_drop(self, guard, self.windows.tightest)
        steepest = self.windows.steepest(self.inner.top) * 2.0 ** (guard + drop)
        return self._floor_luts(guard, drop, int(max(0.0, steepest - 2)).bit_length() + 1)

    def _floor_luts(self, guard: int, drop: int, slope_bits: int) -> float:
        longest, size = slope_bits + 1, self.field.size
        cuts = [max(0, drop - 2 * i) for i in range((size + 1) // 2)]
        rows = sum(max(1, longest - cut) for cut in cuts) - size % 2
        extra = 0.0
        if self.correction is not None:
            extra = self.correction.luts + sum(width for _, width in self.correction.parts())
        tables = self._floor_tables(guard, slope_bits)
        return rows + tables + extra + self.inner.luts + self.field.luts

    def floor_tables(self, guard: int, drop: int) -> float:
        """A lower bound, about, of the LUTs of the tables of constants and slopes."""
        return self._floor_tables(guard, self.slope_bits(guard + drop))

    def _floor_tables(self, guard: int, slope_bits: int) -> float:
        outer, inner = (2.0 ** max(0, address.width - 6) for address in (self.outer, self.inner))
        out = self.windows.spec.format.width
        return (out + guard - 1) * inner + (slope_bits - 2) * outer

    def slope_bits(self, scale: int) -> int:
        """Bits of the signed slopes at ``scale`` fraction bits."""
        if scale not in self.bits:
            self.bits[scale] = slope_width(np.rint(self.slopes * 2.0**scale).astype(np.int64))
        return self.bits[scale]

    def least_luts(self) -> float:
        """A lower bound, about, of the LUTs of any word lengths: the table of constants, what makes
        address and field, and a bit of each row.
        """
        constants = (self.windows.spec.format.width - 1) * 2.0 ** max(0, self.inner.width - 6)
        return constants + self.inner.luts + self.field.luts + self.field.size // 2


def guards(size: int) -> range:
    """Numbers of guard bits worth a try where ``size`` bits are multiplied: each row that is cut
    costs accuracy.
    """
    fewest = max(0, (size - 3) // 4 - 1)
    return range(fewest, fewest + WORD_LENGTHS.guards)


def designs(shape: Shape, tried: range, bound: Bound, kind: str) -> Iterator[Sum]:
    """The designs of ``shape`` that work, at the fewest slope bits for each number of guard bits."""
    for guard in tried if shape.correction is None else (shape.guard,):
        fewest = first_drop(shape, guard, shape.windows.tightest)
        if bound.beats(shape.floor_luts(guard, fewest)):
            continue
        if shape.margin <= 0:
            return
        found = _shortest_slopes(shape, guard, bound, kind)
        if found is not None:
            bound.luts = min(bound.luts, found.luts)
            yield found


def _shortest_slopes(shape: Shape, guard: int, bound: Bound, kind: str) -> Sum | None:
    """The design with the fewest bits in its slopes, unless ``bound`` beats it."""
    first = first_drop(shape, guard, shape.margin)
    for drop in range(first, first + WORD_LENGTHS.scales):
        if bound.beats(shape.floor_luts(guard, drop)):
            return None
        if (found := _design(shape, guard, drop, kind)) is not None:
            return found
    return None


def first_drop(shape: Shape, guard: int, margin: float) -> int:
    """Fraction bits of the slopes with which their rounding may fit ``margin``."""
    return max(0, math.ceil(shape.field.size - 3 - math.log2(margin * 2**guard)))


def _design(shape: Shape, guard: int, drop: int, kind: str) -> Sum | None:
    """One design, if the constants have a choice in every segment: where they have none, slopes
    one step up or down are tried.
    """
    wanted = np.rint(shape.slopes * 2.0 ** (guard + drop)).astype(np.int64)
    width = slope_width(wanted) + 1
    slope, lo, hi = wanted, *_constants(shape, wanted, guard, drop, width)
    for step in (1, -1):
        if (bad := _bad(shape, lo, hi)).any():
            other = wanted + step
            other_lo, other_hi = _constants(shape, other, guard, drop, width)
            better = bad & ~_bad(shape, other_lo, other_hi)
            slope = np.where(better, other, slope)
            replaced = better[shape.ordinal[shape.inner.starts]]
            lo, hi = np.where(replaced, other_lo, lo), np.where(replaced, other_hi, hi)
    # where segments are uneven, many shapes are tried, and none is worth the time
    most = WORD_LENGTHS.settled if shape.inner.recode is None else 0.0
    if _bad(shape, lo, hi).mean() > most:
        return None
    return _assemble(shape, slope, guard, drop, kind)


def _bad(shape: Shape, lo: Ints, hi: Ints) -> Flags:
    """Outer segments with an inner segment that has no constant."""
    return np.logical_or.reduceat(lo > hi, shape.groups)


def _constants(shape: Shape, slope: Ints, guard: int, drop: int, width: int) -> tuple[Ints, Ints]:
    """The smallest and largest constant of each inner segment."""
    taken = -shape.rows(slope, width, drop) - shape.subtracted
    return intersect(shape.windows, shape.inner, taken, guard)


def _assemble(shape: Shape, slope: Ints, guard: int, drop: int, kind: str) -> Sum | None:
    out = shape.windows.spec.format
    rows = Rows(shape.outer, shape.outer.spread(slope), shape.field, drop)
    terms: list[Term] = [rows] if shape.correction is None else [shape.correction, rows]
    lo, hi = intersect(shape.windows, shape.inner, -rows.values() - shape.subtracted, guard)
    if (lo > hi).any():
        settled = settle(shape.windows, shape.inner, guard, terms)
        if settled is None:
            return None
        terms = settled
        taken = -as_ints(sum(term.values() for term in terms))
        lo, hi = intersect(shape.windows, shape.inner, taken, guard)
    detail = f"{shape.inner.top}+{shape.field.size}"
    return start(kind, shape.inner, lo, hi, terms, out, guard, detail)
