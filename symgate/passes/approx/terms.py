"""Sums of small tables and Booth rows: the hardware behind the multipartite and the piecewise polynomial generators.

Every number is at least 0, so that no sign has to be extended through the carry chains; the offset that makes it so is
part of the first table, which is chosen last (by interval intersection). All others are subtracted: Yosys swaps the
operands of an adder as it likes, but the first of a subtraction always goes to the carry chain as it is, and the logic
that makes the second is absorbed by the LUTs of the chain.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from functools import cached_property
from typing import Protocol

import numpy as np

from symgate.ir.fixed import Builder
from symgate.ir.fixed_ops import LUT_NS
from symgate.ir.types import FixedType
from symgate.passes.approx.base import Ints, as_ints, bits, flip, invert_if, look_up, whole
from symgate.passes.approx.cost import carry_delay, table_delay, table_luts


@dataclass(frozen=True, eq=False)
class Address:
    """The index of a table: ``top`` bits from the top of the ``n``-bit code, recoded by a small table if given."""

    n: int
    top: int
    recode: Ints | None = None

    @property
    def width(self) -> int:
        """Bits of the index."""
        return self.top if self.recode is None else max(1, int(self.recode.max()).bit_length())

    @cached_property
    def index(self) -> Ints:
        """The index for every code."""
        high = np.arange(1 << self.n, dtype=np.int64) >> (self.n - self.top)
        return high if self.recode is None else self.recode[high]

    @cached_property
    def starts(self) -> Ints:
        """The first code of each segment, in ascending order; a segment is a run of codes with one index."""
        return np.flatnonzero(np.diff(self.index, prepend=-1))

    def spread(self, per_segment: Ints) -> Ints:
        """The table whose entry at the index of each segment is the given one; 0 where no segment points."""
        table = np.zeros(1 << self.width, dtype=np.int64)
        table[self.index[self.starts]] = per_segment
        return table

    @cached_property
    def luts(self) -> float:
        """LUT6 of the recoding."""
        return 0.0 if self.recode is None else table_luts(self.recode, self.width)

    @property
    def levels(self) -> float:
        """Delay of the recoding, ns."""
        return 0.0 if self.recode is None else table_delay(self.top)

    def lower(self, b: Builder, x: int) -> int:
        """The index as a node."""
        high = bits(b, x, self.n - 1, self.n - self.top) if self.top else b.const(0)
        return high if self.recode is None else look_up(b, high, self.recode)


#: Subtracts a borrow bit (if any) and the number that a call makes from the sum at a bit position. The borrow is free:
#: it fills a position of the chain, and keeps Yosys from fusing neighbouring chains into carry-save adders.
Subtract = Callable[[int, int | None, Callable[[], int]], None]


class Term(Protocol):
    """What is subtracted: numbers that are never negative, each at its bit position."""

    def parts(self) -> list[tuple[int, int]]:
        """(shift, width) of each number."""

    def values(self) -> Ints:
        """The sum of the numbers, for every code."""

    @property
    def luts(self) -> float:
        """LUT6 without the carry chains that subtract it."""

    @property
    def delay(self) -> float:
        """ns until its numbers are there."""

    def lower(self, b: Builder, x: int, subtract: Subtract) -> None:
        """Append the nodes; call ``subtract(shift, borrow, make)`` for each number."""


@dataclass(frozen=True, eq=False)
class Table:
    """The start of a sum: ``table[address(x)]``, of unsigned ``width`` bits, above ``shift`` zeros."""

    address: Address
    table: Ints
    width: int
    shift: int = 0

    def values(self) -> Ints:
        return self.table[self.address.index] << self.shift

    @cached_property
    def luts(self) -> float:
        return table_luts(self.table, self.width)

    @property
    def delay(self) -> float:
        return self.address.levels + table_delay(self.address.width)

    def lower(self, b: Builder, x: int) -> int:
        table = look_up(b, self.address.lower(b, x), self.table)
        return b.concat(table, b.const(0), self.shift) if self.shift else table


@dataclass(frozen=True, eq=False)
class Offset:
    """A table of the ``top`` high bits and of the ``size`` bits that start at bit ``low``.

    ``fold`` halves it: the field's lower half is read backwards with the same result (``even``), or the table ``t`` is
    added in the upper half and subtracted in the lower (``rise``), or the reverse (``fall``), as in multipartite tables
    (de Dinechin and Tisserand, IEEE TC 54(3), 2005).
    """

    n: int
    top: int
    low: int
    size: int
    table: Ints  # (2**top, 2**size) of what is subtracted, or (2**top, 2**(size - 1)) for the field's upper half
    fold: str = ""
    borrow: bool = False  # the field's top bit is subtracted apart, which keeps the carry chains apart

    @cached_property
    def width(self) -> int:
        """Bits of the table."""
        return max(1, int(self.stored.max()).bit_length())

    @cached_property
    def stored(self) -> Ints:
        """The table without what the borrow subtracts."""
        apart = np.arange(1 << self.size) >> (self.size - 1)
        return self.table - apart if self.borrow and not self.fold else self.table

    @property
    def odd(self) -> bool:
        """Whether the table changes its sign in the middle of the field."""
        return self.fold in ("rise", "fall")

    def parts(self) -> list[tuple[int, int]]:
        return [(0, self.width + self.odd)]

    def values(self) -> Ints:
        x = np.arange(1 << self.n, dtype=np.int64)
        high, part = x >> (self.n - self.top), (x >> self.low) & ((1 << self.size) - 1)
        if not self.fold:
            return as_ints(self.table[high, part])
        half = 1 << (self.size - 1)
        above = part >= half
        t = self.table[high, np.where(above, part - half, half - 1 - part)]
        return as_ints((1 << self.width) + np.where(above == (self.fold == "rise"), -t, t) if self.odd else t)

    @cached_property
    def luts(self) -> float:
        return table_luts(self.stored.ravel(), self.width) + (self.size - 1 if self.fold else 0)

    @property
    def delay(self) -> float:
        return table_delay(self.table.size.bit_length() - 1) + (LUT_NS if self.fold else 0.0)

    @property
    def absorbed(self) -> bool:
        """Whether the table fits the LUTs of the carry chain."""
        return not self.fold and self.top + self.size <= 5

    def lower(self, b: Builder, x: int, subtract: Subtract) -> None:
        bit = bits(b, x, self.low + self.size - 1, self.low + self.size - 1)
        if self.odd:
            negative = bit if self.fold == "rise" else flip(b, bit, 1)
            subtract(0, negative, lambda: self._signed(b, x, bit, negative))
        else:
            subtract(0, bit if self.borrow else None, lambda: self._look_up(b, x, bit))

    def _look_up(self, b: Builder, x: int, bit: int) -> int:
        width = self.size - bool(self.fold)
        part = bits(b, x, self.low + width - 1, self.low)
        part = invert_if(b, flip(b, bit, 1), part, width) if self.fold else part
        high = bits(b, x, self.n - 1, self.n - self.top)
        index = part if not self.top else b.concat(high, part, width) if width else high
        return look_up(b, index, self.stored.ravel())

    def _signed(self, b: Builder, x: int, bit: int, negative: int) -> int:
        """``2**width + t``, or ``2**width - t - 1`` where the borrow takes the one."""
        t = invert_if(b, negative, self._look_up(b, x, bit), self.width)
        return b.concat(flip(b, negative, 1), t, self.width)


@dataclass(frozen=True, eq=False)
class Rows:
    """``slope[address(x)]`` times the low ``size`` bits of the code, one row per two bits.

    Two bits ``u`` subtract the slope ``1 - u`` times: 1, 0, -1 or -2. The constant that this adds to the field is left
    to the first table, so no bit of a neighbouring digit is needed as in Booth's rows, and a bit of a row with the bit
    that it is subtracted from has five inputs. ``drop`` low bits of the product are never made: a row is cut toward 0.
    """

    address: Address
    slope: Ints
    size: int
    drop: int

    @cached_property
    def width(self) -> int:
        """Bits of the signed slope."""
        return slope_width(self.slope)

    def parts(self) -> list[tuple[int, int]]:
        cut = [max(0, self.drop - 2 * i) for i in range((self.size + 1) // 2)]
        return [(max(0, 2 * i - self.drop), max(1, self._row_width(i) - t)) for i, t in enumerate(cut)]

    def _row_width(self, i: int) -> int:
        return row_width(self.width, 2 * i + 1 == self.size)

    def values(self) -> Ints:
        code, slope = np.arange(1 << self.address.n, dtype=np.int64), self.slope[self.address.index]
        total = np.zeros_like(code)
        for i, d in enumerate(row_digits(self.size)):
            total += row_values(slope, d[code & ((1 << self.size) - 1)], self._row_width(i), i, self.drop)
        return total

    @cached_property
    def luts(self) -> float:
        return table_luts(self.slope, self.width)

    @property
    def delay(self) -> float:
        return self.address.levels + table_delay(self.address.width)

    def lower(self, b: Builder, x: int, subtract: Subtract) -> None:
        slope = look_up(b, self.address.lower(b, x), self.slope)
        for i, (shift, width) in enumerate(self.parts()):
            top = min(2 * i + 1, self.size - 1)
            negative, field = bits(b, x, top, top), bits(b, x, top, 2 * i)
            subtract(shift, negative, lambda i=i, f=field, w=width: self._row(b, slope, f, i, w))  # type: ignore[misc]

    def _row(self, b: Builder, slope: int, field: int, i: int, keep: int) -> int:
        """The top ``keep`` bits of a row without its borrow, plus the offset that inverts its sign bit."""
        zero, single = b.const(0), 2 * i + 1 == self.size
        if single:
            row = b.select(field, b.invert(slope), zero)
        else:
            low, high = bits(b, field, 0, 0), bits(b, field, 1, 1)
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
    """Bits of a signed row before any are dropped; a ``single`` row has one bit of the input, the others two."""
    return slope_width + (not single)


def row_digits(size: int) -> list[Ints]:
    """Each radix-4 digit for every value of the field: 1 to -2, and 0 or -1 for a single bit at the top."""
    x = np.arange(1 << size, dtype=np.int64)
    return [-((x >> (size - 1)) & 1) if 2 * i + 1 == size else 1 - ((x >> (2 * i)) & 3) for i in range((size + 1) // 2)]


def row_values(slope: Ints, digit: Ints, width: int, i: int, drop: int) -> Ints:
    """Row ``i`` of ``slope * digit``, as the hardware makes it: never negative, cut, at its place."""
    cut = min(max(0, drop - 2 * i), width - 1)
    row = np.sign(digit) * ((slope * np.abs(digit)) >> cut) + (1 << (width - 1 - cut))
    return as_ints(row << max(0, 2 * i - drop))


@dataclass(frozen=True, eq=False)
class Sum:
    """``((first - all numbers of terms) mod 2**width) >> guard``, read as ``out``."""

    kind: str
    out: FixedType
    guard: int
    first: Table
    terms: tuple[Term, ...]
    address: tuple[Address, ...] = ()  # recodings that the terms share
    brams: int = 0
    dsps: int = 0
    detail: str = field(default="", compare=False)

    @property
    def name(self) -> str:
        return f"{self.kind}({self.detail})"

    @property
    def width(self) -> int:
        """Bits of the accumulation."""
        return self.out.width + self.guard

    @cached_property
    def luts(self) -> float:
        tables = self.first.luts + sum(t.luts for t in self.terms if not (isinstance(t, Offset) and t.absorbed))
        chains = sum(min(w, self.width - s) for t in self.terms for s, w in t.parts())
        return tables + chains + sum(a.luts for a in self.address)

    @cached_property
    def delay(self) -> float:
        adders = sum(len(t.parts()) for t in self.terms)
        return max(self.first.delay, *(t.delay for t in self.terms), 0.0) + adders * carry_delay(self.width)

    def values(self) -> Ints:
        total = self.first.values() - sum(t.values() for t in self.terms)
        return wrapped((total & ((1 << self.width) - 1)) >> self.guard, self.out)

    def lower(self, b: Builder, x: int) -> int:
        x = whole(b, x)
        total = [self.first.lower(b, x)]

        def subtract(shift: int, borrow: int | None, make: Callable[[], int]) -> None:
            total[0] = self._minus(b, total[0], shift, borrow, make)

        for term in self.terms:
            term.lower(b, x, subtract)
        return b.wrap(bits(b, total[0], self.width - 1, self.guard), self.out.width, self.out.signed)

    def _minus(self, b: Builder, old: int, shift: int, borrow: int | None, make: Callable[[], int]) -> int:
        high, low = bits(b, old, self.width - 1, shift), bits(b, old, shift - 1, 0)
        if borrow is None:
            difference = bits(b, b.sub(high, make()), self.width - shift - 1, 0)
        else:
            high = b.concat(high, b.const(0), 1)
            difference = bits(b, b.sub(high, b.concat(make(), borrow, 1)), self.width - shift, 1)
        return b.concat(difference, low, shift) if shift else difference


def wrapped(values: Ints, out: FixedType) -> Ints:
    """The bit patterns ``values`` read as numbers of format ``out``."""
    return values - ((values > out.hi).astype(np.int64) << out.width)


def table_term(address: Address, values: Ints, width: int) -> Table:
    """A table of ``values`` modulo ``2**width``; columns that are all zero are not stored."""
    stored = values & ((1 << width) - 1)
    shift = 0
    while shift < width - 1 and not ((stored >> shift) & 1).any():
        shift += 1
    return Table(address, stored >> shift, width - shift, shift)
