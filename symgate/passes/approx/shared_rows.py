"""Tables without an error budget, taken apart: rows that are equal but for a constant, or are halves of
each other, are kept once.

The address is cut into a row and a place in it. A row is its least value plus one of a few rows,
shifted right: ``base[row] + (kept[which[row], place] >> shift[row])``, as in CompressedLUT (Khataei
and Bazargan, FPGA 2024).
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from symgate.ir.fixed import Builder
from symgate.ir.types import FixedType
from symgate.passes.approx.base import Bound, Ints, Spec, bits, look_up
from symgate.passes.approx.plain import Plain, Table
from symgate.passes.approx.table_cost import carry_delay


@dataclass(frozen=True, eq=False)
class SharedRows:
    """The rows of ``n`` bits of address: the upper ones name the row where ``upper``, else the
    lower ones; ``low`` bits name the place in it.
    """

    n: int
    low: int
    upper: bool
    out: FixedType
    base: Table
    which: Table
    shift: Table
    kept: Table

    @property
    def name(self) -> str:
        kind = "rows" if self.upper else "columns"
        return f"shared {kind} {self.n - self.low}+{self.low}"

    @property
    def luts(self) -> float:
        tables = (self.base, self.which, self.shift, self.kept)
        added = self.out.width if _is_used(self.base) else 0
        shifted = self.kept.out.width * self._steps / 2
        return sum(table.luts for table in tables) + added + shifted

    @property
    def _steps(self) -> int:
        """Bits of the shift."""
        return int(self.shift.table.max()).bit_length()

    @property
    def delay(self) -> float:
        row = self.which.delay if _is_used(self.which) else 0.0
        value = row + self.kept.delay + self._steps * 0.1
        return value + (carry_delay(self.out.width) if _is_used(self.base) else 0.0)

    @property
    def brams(self) -> int:
        return 0

    @property
    def dsps(self) -> int:
        return 0

    def values(self) -> Ints:
        codes = np.arange(1 << self.n)
        row, place = _parts(codes, self.n, self.low, self.upper)
        at = (self.which.table[row] << self.low) | place
        found: Ints = self.base.table[row] + (self.kept.table[at] >> self.shift.table[row])
        return found

    def lower(self, builder: Builder, x: int) -> int:
        n, low = self.n, self.low
        row = bits(builder, x, n - 1, low) if self.upper else bits(builder, x, n - low - 1, 0)
        place = bits(builder, x, low - 1, 0) if self.upper else bits(builder, x, n - 1, n - low)
        address = place
        if _is_used(self.which):
            address = builder.concat(look_up(builder, row, self.which.table), place, low)
        value = look_up(builder, address, self.kept.table)
        if self._steps:
            shift = look_up(builder, row, self.shift.table)
            for k in range(self._steps):
                value = self._shifted(builder, value, bits(builder, shift, k, k), 1 << k)
        if not _is_used(self.base):
            return value
        return builder.add(look_up(builder, row, self.base.table), value)

    @staticmethod
    def _shifted(builder: Builder, value: int, condition: int, places: int) -> int:
        width = builder.nodes[value].type.width
        return builder.select(condition, bits(builder, value, width - 1, places), value)


def _is_used(table: Table) -> bool:
    return bool(table.table.any())


def _parts(codes: Ints, n: int, low: int, upper: bool) -> tuple[Ints, Ints]:
    """The row and the place of each code."""
    if upper:
        return codes >> low, codes & ((1 << low) - 1)
    return codes & ((1 << (n - low)) - 1), codes >> (n - low)


@dataclass(frozen=True)
class ShareRows:
    """Rows that are alike are kept once, for windows that hold one value each."""

    min_bits: int = 7  # below, a plain table is one or two LUTs per bit of its value
    max_bits: int = 14
    least_low: int = 2
    most_shift: int = 3

    def __call__(self, spec: Spec, bound: Bound | None = None) -> Iterator[SharedRows]:
        if not self.min_bits <= spec.n <= self.max_bits or spec.free.all():
            return
        low, high = spec.bounded
        if (low[~spec.free] != high[~spec.free]).any():
            return
        values = np.where(spec.free, 0, low)
        for upper in (True, False):
            for width in range(self.least_low, spec.n - 1):
                rows = _rows(values, spec.n, width, upper)
                known = ~_rows(spec.free, spec.n, width, upper)
                for relative in (True, False):
                    for most_shift in dict.fromkeys((0, self.most_shift)):
                        found = _Kept.of(rows, known, relative, most_shift)
                        if found is not None:
                            yield found.hardware(spec, width, upper)


def _rows(values: NDArray, n: int, low: int, upper: bool) -> NDArray:  # type: ignore[type-arg]
    table = values.reshape(1 << (n - low), 1 << low) if upper else values.reshape(1 << low, -1).T
    return np.ascontiguousarray(table)


@dataclass(frozen=True, eq=False)
class _Kept:
    """Rows as kept ones: which, its shift, and what is added."""

    base: Ints
    which: Ints
    shift: Ints
    kept: Ints  # a row each

    @staticmethod
    def of(rows: Ints, known: NDArray[np.bool_], relative: bool, most_shift: int) -> _Kept | None:
        """The kept rows of a table; None where so many are needed that nothing is gained."""
        count, length = rows.shape
        big = np.where(known, rows, np.iinfo(np.int64).max)
        base = np.where(known.any(1), big.min(1), 0) if relative else np.zeros(count, np.int64)
        rest = np.where(known, rows - base[:, None], 0)
        if not relative and rest.min() < 0:
            return None
        kept, defined = np.zeros((0, length), np.int64), np.zeros((0, length), bool)
        which, shift = np.zeros(count, np.int64), np.zeros(count, np.int64)
        # large rows first, of which others are shifted copies; full ones before those with gaps
        order = np.lexsort((-known.sum(1), -rest.max(1)))
        for r in order:
            found = _match(kept, defined, rest[r], known[r], most_shift)
            if found is None:
                if 2 * len(kept) >= count:
                    return None
                kept = np.vstack([kept, rest[r]])
                defined = np.vstack([defined, known[r]])
                which[r] = len(kept) - 1
                continue
            which[r], shift[r] = found
            k = which[r]
            if shift[r] == 0:
                kept[k] = np.where(defined[k], kept[k], rest[r])
                defined[k] |= known[r]
            else:  # what a shifted row relies on may not be filled in by another one
                defined[k] |= known[r]
        return _Kept(base, which, shift, kept)

    def hardware(self, spec: Spec, low: int, upper: bool) -> SharedRows:
        """The tables of these rows."""
        size = max(1, (len(self.kept) - 1).bit_length())
        entries = np.zeros((1 << size if len(self.kept) > 1 else 1, self.kept.shape[1]), np.int64)
        entries[: len(self.kept)] = self.kept
        tables = [_table(t) for t in (self.base, self.which, self.shift, entries.reshape(-1))]
        return SharedRows(spec.n, low, upper, spec.format, *tables)


def _match(
    kept: Ints, defined: NDArray[np.bool_], row: Ints, known: NDArray[np.bool_], most_shift: int
) -> tuple[int, int] | None:
    """The kept row and the shift that give ``row`` where both are known, the smallest shift first."""
    if not len(kept):
        return None
    for shift in range(most_shift + 1):
        both = known if shift else known & defined  # a shifted row needs all its places
        same = ((kept >> shift) == row) | ~both
        if shift:
            same &= defined | ~known
        at = np.flatnonzero(same.all(1))
        if len(at):
            return int(at[0]), shift
    return None


def _table(values: Ints) -> Table:
    n = max(1, (len(values) - 1).bit_length())
    (table,) = Plain()(Spec(n, False, values, values))
    return table
