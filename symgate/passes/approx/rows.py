"""Multiplication by a field of the input, as rows for the carry chains of
`symgate.passes.approx.table_sums`.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property, partial

import numpy as np

from symgate.ir.fixed import Builder
from symgate.passes.approx.base import Ints, as_ints, bits, look_up, whole
from symgate.passes.approx.fields import DIGITS, Address, Field
from symgate.passes.approx.table_cost import table_delay, table_luts
from symgate.passes.approx.table_sums import Subtract


@dataclass(frozen=True, eq=False)
class Rows:
    """``slope[address(x)]`` times a field of the code, one row per two bits of the field.

    Two bits ``u`` subtract the slope ``1 - u`` times: 1, 0, -1 or -2. The constant that this adds
    to the field is left to the first table, so no bit of a neighbouring digit is needed as in
    Booth's rows, and a bit of a row with the bit that it is subtracted from has five inputs.
    ``drop`` low bits of the product are never made; ``trims`` are further low bits that are not, of
    each row from the lowest. A row that is cut subtracts 1 whatever its sign, so that what is cut
    away is between 0 and 1 unit of it, for both signs.
    """

    address: Address
    slope: Ints
    field: Field
    drop: int
    trims: tuple[int, ...] = ()

    @property
    def size(self) -> int:
        """Bits of the field."""
        return self.field.size

    @cached_property
    def width(self) -> int:
        """Bits of the signed slope."""
        return slope_width(self.slope)

    @property
    def count(self) -> int:
        """How many rows there are."""
        return (self.size + 1) // 2

    def trim(self, i: int) -> int:
        """Low bits of row ``i`` that are left out beside those that are dropped."""
        return self.trims[i] if self.trims else 0

    def parts(self) -> list[tuple[int, int]]:
        every = []
        for i in range(self.count):
            cut, place = max(0, self.drop - 2 * i), max(0, 2 * i - self.drop)
            trim = self.trim(i)
            every.append((place + trim, max(1, self.row_width(i) - cut - trim)))
        return every

    def row_width(self, i: int) -> int:
        """Bits of row ``i`` before any are left out."""
        return row_width(self.width, 2 * i + 1 == self.size)

    def values(self) -> Ints:
        return as_ints(sum(self.row(i) for i in range(self.count)))

    def row(self, i: int) -> Ints:
        """What row ``i`` subtracts, for every code."""
        part = i, self.row_width(i), self.trim(i)
        return as_ints(row_entries(self.slope, [part], self.drop).ravel()[self.picks[i]])

    @cached_property
    def picks(self) -> list[Ints]:
        """For each row and code, where `row_entries` has its value."""
        first = len(DIGITS) * self.address.index
        return [first + place for place in self.field.digit_places]

    @cached_property
    def luts(self) -> float:
        return table_luts(self.slope, self.width)

    @property
    def delay(self) -> float:
        return max(self.field.delay, self.address.levels + table_delay(self.address.width))

    def lower(self, builder: Builder, x: int, subtract: Subtract) -> None:
        slope = look_up(builder, self.address.lower(builder, x), self.slope)
        field = self.field.lower(builder, x)
        for i, part in enumerate(self.parts()):
            top = min(2 * i + 1, self.size - 1)
            negative, pair = bits(builder, field, top, top), bits(builder, field, top, 2 * i)
            borrow = builder.const(1) if self._is_cut(i) else negative
            subtract(part, borrow, partial(self._row, builder, slope, pair, i, part[1]))

    def _is_cut(self, i: int) -> bool:
        """Whether row ``i`` has lost low bits."""
        return self.drop > 2 * i or self.trim(i) > 0

    def _row(self, builder: Builder, slope: int, pair: int, i: int, keep: int) -> int:
        """The top ``keep`` bits of a row without its borrow, plus the offset that inverts its sign
        bit.
        """
        zero, is_single = builder.const(0), 2 * i + 1 == self.size
        if is_single:
            row = builder.select(pair, builder.invert(slope), zero)
        else:
            low, high = bits(builder, pair, 0, 0), bits(builder, pair, 1, 1)
            double = whole(builder, builder.shl(slope, 1))
            negative = builder.invert(builder.select(low, double, slope))
            row = builder.select(high, negative, builder.select(low, zero, slope))
        row_bits = self.row_width(i)
        sign = bits(builder, builder.invert(row), row_bits - 1, row_bits - 1)
        if keep <= 1:
            return sign
        rest = bits(builder, row, row_bits - 2, row_bits - keep)
        return builder.concat(sign, rest, keep - 1)


def slope_width(slope: Ints) -> int:
    """Bits of the signed slopes."""
    low, high = int(slope.min()), int(slope.max())
    negative = (~low).bit_length() if low < 0 else 0
    return max(high.bit_length(), negative) + 1


def row_width(slope_width: int, single: bool) -> int:
    """Bits of a signed row before any are dropped; a ``single`` row has one bit of the input, the
    others two.
    """
    return slope_width + (not single)


def row_entries(slope: Ints, rows: Sequence[tuple[int, int, int]], drop: int) -> Ints:
    """``slope * digit`` for each of some ``rows``, each slope and each of `DIGITS`, as the hardware
    makes it: never negative, cut, at its place.

    A row is its number, its width before any bit is left out, and the low bits that it loses beside
    those that are dropped.
    """
    cuts = [max(0, drop - 2 * i) + trim for i, _, trim in rows]
    kept = [min(cut, width - 1) for cut, (_, width, _) in zip(cuts, rows, strict=True)]
    offset = [1 << (width - 1 - keep) for keep, (_, width, _) in zip(kept, rows, strict=True)]
    places = [max(0, 2 * i - drop) + trim for i, _, trim in rows]
    base, right = np.array(offset)[:, None], np.array(kept)[:, None]
    above = base + np.array([int(cut > 0) for cut in cuts])[:, None]
    single = slope >> right
    entries = np.empty((len(rows), slope.size, len(DIGITS)), np.int64)
    entries[..., 0] = base - ((slope << 1) >> right)
    entries[..., 1] = base - single
    entries[..., 2] = above
    entries[..., 3] = above + single
    return as_ints(entries << np.array(places)[:, None, None])
