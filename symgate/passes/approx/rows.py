"""Multiplication by a field of the input, as rows for the carry chains of
`symgate.passes.approx.terms`.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np

from symgate.ir.fixed import Builder
from symgate.passes.approx.base import Ints, as_ints, bits, look_up, whole
from symgate.passes.approx.cost import table_delay, table_luts
from symgate.passes.approx.fields import Address, Field
from symgate.passes.approx.terms import Subtract


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
            (max(0, 2 * i - self.drop), max(1, self._row_width(i) - t)) for i, t in enumerate(cut)
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

    def lower(self, b: Builder, x: int, subtract: Subtract) -> None:
        slope = look_up(b, self.address.lower(b, x), self.slope)
        field = self.field.lower(b, x)
        for i, part in enumerate(self.parts()):
            top = min(2 * i + 1, self.size - 1)
            negative, pair = bits(b, field, top, top), bits(b, field, top, 2 * i)
            subtract(part, negative, lambda i=i, p=pair, w=part[1]: self._row(b, slope, p, i, w))  # type: ignore[misc]

    def _row(self, b: Builder, slope: int, pair: int, i: int, keep: int) -> int:
        """The top ``keep`` bits of a row without its borrow, plus the offset that inverts its sign
        bit.
        """
        zero, single = b.const(0), 2 * i + 1 == self.size
        if single:
            row = b.select(pair, b.invert(slope), zero)
        else:
            low, high = bits(b, pair, 0, 0), bits(b, pair, 1, 1)
            double = whole(b, b.shl(slope, 1))
            row = b.select(high, b.invert(b.select(low, double, slope)), b.select(low, zero, slope))
        w = self._row_width(i)
        sign = bits(b, b.invert(row), w - 1, w - 1)
        return b.concat(sign, bits(b, row, w - 2, w - keep), keep - 1) if keep > 1 else sign


def slope_width(slope: Ints) -> int:
    """Bits of the signed slopes."""
    low, high = int(slope.min()), int(slope.max())
    return max(high.bit_length(), (~low).bit_length() if low < 0 else 0) + 1


def row_width(slope_width: int, single: bool) -> int:
    """Bits of a signed row before any are dropped; a ``single`` row has one bit of the input, the
    others two.
    """
    return slope_width + (not single)


def row_digits(field: Field) -> list[Ints]:
    """Each radix-4 digit for every code: 1 to -2, and 0 or -1 for a single bit at the top."""
    x, top = field.values, field.size - 1
    return [
        -((x >> top) & 1) if 2 * i == top else 1 - ((x >> (2 * i)) & 3) for i in range(top // 2 + 1)
    ]


def row_values(slope: Ints, digit: Ints, width: int, i: int, drop: int) -> Ints:
    """Row ``i`` of ``slope * digit``, as the hardware makes it: never negative, cut, at its place."""
    cut = min(max(0, drop - 2 * i), width - 1)
    row = np.sign(digit) * ((slope * np.abs(digit)) >> cut) + (1 << (width - 1 - cut))
    return as_ints(row << max(0, 2 * i - drop))
