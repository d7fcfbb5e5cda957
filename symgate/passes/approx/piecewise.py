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
from symgate.passes.approx.fields import Address, Field
from symgate.passes.approx.fit import Floats, Windows, best_slopes, centre_field, margins
from symgate.passes.approx.generator_settings import WORD_LENGTHS
from symgate.passes.approx.rows import Rows, row_digits, row_values, row_width, slope_width
from symgate.passes.approx.table_cost import choose
from symgate.passes.approx.table_sums import AddedTable, Offset, Sum, Term, sign_offset, table_term

Flags = NDArray[np.bool_]
_DIGITS = as_ints([-2, -1, 0, 1])
#: An entry that no code reads may be of this size.
_ANYTHING = 1 << 50


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
        if self.correction is None:
            return np.zeros(1 << self.inner.n, dtype=np.int64)
        return self.correction.values()

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
        digits = np.array(row_digits(self.field))
        entries = len(_DIGITS) * self.outer.starts.size
        first = entries * np.arange(len(digits))[:, None]
        return as_ints(first + self.ordinal * len(_DIGITS) + digits - _DIGITS[0])

    def rows(self, slope: Ints, width: int, drop: int) -> Ints:
        """The sum of the rows for every code, for one slope per outer segment."""
        i = np.arange(len(self.picks))[:, None, None]
        widths = np.where(
            2 * i + 1 == self.field.size, row_width(width, True), row_width(width, False)
        )
        entries = row_values(slope[:, None], _DIGITS, widths, i, drop).ravel()
        return as_ints(entries[self.picks].sum(0))

    def floor_luts(self, guard: int, drop: int) -> float:
        """A lower bound, about, of the LUTs at these word lengths."""
        longest, size = self.slope_bits(guard + drop) + 1, self.field.size
        cuts = [max(0, drop - 2 * i) for i in range((size + 1) // 2)]
        rows = sum(max(1, longest - cut) for cut in cuts) - size % 2
        extra = 0.0
        if self.correction is not None:
            extra = self.correction.luts + sum(width for _, width in self.correction.parts())
        return rows + self.floor_tables(guard, drop) + extra + self.inner.luts + self.field.luts

    def floor_tables(self, guard: int, drop: int) -> float:
        """A lower bound, about, of the LUTs of the tables of constants and slopes."""
        outer, inner = (2.0 ** max(0, address.width - 6) for address in (self.outer, self.inner))
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
    return None if (lo > hi).any() else _assemble(shape, slope, guard, drop, kind)


def _bad(shape: Shape, lo: Ints, hi: Ints) -> Flags:
    """Outer segments with an inner segment that has no constant."""
    return np.logical_or.reduceat(lo > hi, shape.groups)


def _constants(shape: Shape, slope: Ints, guard: int, drop: int, width: int) -> tuple[Ints, Ints]:
    """The smallest and largest constant of each inner segment."""
    taken = -shape.rows(slope, width, drop) - shape.subtracted
    return intersect(shape.windows, shape.inner, taken, guard)


def intersect(windows: Windows, segments: Address, taken: Ints, guard: int) -> tuple[Ints, Ints]:
    """The constants, in units of ``2**-guard``, that bring ``constant + taken`` into every window
    of a segment.
    """
    low, high = windows.in_units(guard)
    least = np.maximum.reduceat(low - taken, segments.starts)
    return least, np.minimum.reduceat(high - taken, segments.starts)


def _assemble(shape: Shape, slope: Ints, guard: int, drop: int, kind: str) -> Sum | None:
    out = shape.windows.spec.format
    rows = Rows(shape.outer, shape.outer.spread(slope), shape.field, drop)
    terms: list[Term] = [rows] if shape.correction is None else [shape.correction, rows]
    lo, hi = intersect(shape.windows, shape.inner, -rows.values() - shape.subtracted, guard)
    if (lo > hi).any():
        return None
    detail = f"{shape.inner.top}+{shape.field.size}"
    return start(kind, shape.inner, lo, hi, terms, out, guard, detail)


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
    more = sign_offset(terms)
    first = first_table(address, lo - more, hi - more, out.width + guard)
    rows = [term for term in terms if isinstance(term, Rows)]
    addresses, fields = [term.address for term in rows], [term.field for term in rows]
    every: tuple[Address | Field, ...] = (address, *addresses, *fields)
    shared = {id(each): each for each in every}
    return Sum(kind, out, guard, first, tuple(terms), tuple(shared.values()), detail=detail)


def first_table(address: Address, lo: Ints, hi: Ints, width: int) -> AddedTable:
    """A table with a value between ``lo`` and ``hi`` for each segment, modulo ``2**width``; the
    cheapest.
    """
    size, at = 1 << address.width, address.index[address.starts]
    low, high = np.full(size, -_ANYTHING), np.full(size, _ANYTHING)
    low[at], high[at] = lo, hi
    return table_term(address, choose(low, high, width), width)
