"""Multiplication by a field of the input, as rows for the carry chains of
`symgate.passes.approx.table_sums`.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property, partial

import numpy as np

from symgate.ir.fixed import Builder
from symgate.passes.approx.base import Ints, as_ints, bits, look_up, whole
from symgate.passes.approx.fields import Address, Field
from symgate.passes.approx.table_cost import table_delay, table_luts
from symgate.passes.approx.table_sums import Subtract


@dataclass(frozen=True, eq=False)
class Rows:
    """``slope[address(x)]`` times a field of the code, one row per two bits of the field.

    Two bits ``u`` subtract the slope ``1 - u`` times: 1, 0, -1 or -2. The constant that this adds
    to the field is left to the first table, so no bit of a neighbouring digit is needed as in
    Booth's rows, and a bit of a row with the bit that it is subtracted from has five inputs.
    ``drop`` low bits of the product are never made: a row is cut toward 0.
    """

    address: Address
    slope: Ints
    field: Field
    drop: int

    @property
    def size(self) -> int:
        """Bits of the field."""
        return self.field.size

    @cached_property
    def width(self) -> int:
        """Bits of the signed slope."""
        return slope_width(self.slope)

    def parts(self) -> list[tuple[int, int]]:
        cut = [max(0, self.drop - 2 * i) for i in range((self.size + 1) // 2)]
        return [
            (max(0, 2 * i - self.drop), max(1, self._row_width(i) - dropped))
            for i, dropped in enumerate(cut)
        ]

    def _row_width(self, i: int) -> int:
        return row_width(self.width, 2 * i + 1 == self.size)

    def values(self) -> Ints:
        slope = self.slope[self.address.index]
        total = np.zeros_like(slope)
        for i, digit in enumerate(row_digits(self.field)):
            total += row_values(slope, digit, self._row_width(i), i, self.drop)
        return total

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
            subtract(part, negative, partial(self._row, builder, slope, pair, i, part[1]))

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
        row_bits = self._row_width(i)
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


def row_digits(field: Field) -> list[Ints]:
    """Each radix-4 digit for every code: 1 to -2, and 0 or -1 for a single bit at the top."""
    x, top = field.values, field.size - 1
    digits = [1 - ((x >> place) & 3) for place in range(0, top, 2)]
    if top % 2 == 0:
        digits.append(-((x >> top) & 1))
    return digits


def row_values(slope: Ints, digit: Ints, width: Ints | int, i: Ints | int, drop: int) -> Ints:
    """Row ``i`` of ``slope * digit``, as the hardware makes it: never negative, cut, at its place.

    Several rows at once where ``i`` and ``width`` are arrays.
    """
    cut = np.minimum(np.maximum(0, drop - 2 * i), width - 1)
    row = np.sign(digit) * ((slope * np.abs(digit)) >> cut) + (1 << (width - 1 - cut))
    return as_ints(row << np.maximum(0, 2 * i - drop))
