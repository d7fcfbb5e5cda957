"""Parts of the input: the addresses of tables, and the numbers that slopes are multiplied with."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import Protocol

import numpy as np

from symgate.ir.fixed import Builder
from symgate.passes.approx.base import Candidate, Ints, as_ints, bits, look_up
from symgate.passes.approx.table_cost import LEVEL_NS, table_delay, table_luts


@dataclass(frozen=True, eq=False)
class Address:
    """The index of a table: ``top`` bits from the top of the ``n``-bit code, recoded by a small
    table if given.
    """

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
        """The first code of each segment, in ascending order; a segment is a run of codes with one
        index.
        """
        if self.recode is None:
            return np.arange(1 << self.top, dtype=np.int64) << (self.n - self.top)
        return np.flatnonzero(np.diff(self.index, prepend=-1))

    def spread(self, per_segment: Ints) -> Ints:
        """The table whose entry at the index of each segment is the given one; 0 where no segment
        points.
        """
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

    def lower(self, builder: Builder, x: int) -> int:
        """The index as a node."""
        high = bits(builder, x, self.n - 1, self.n - self.top) if self.top else builder.const(0)
        return high if self.recode is None else look_up(builder, high, self.recode)


#: What two bits of a field are read as (`symgate.passes.approx.rows`), by `Digits.digit_places`.
DIGITS = (-2, -1, 0, 1)


class Field(Protocol):
    """An unsigned number of ``size`` bits made from the input."""

    @property
    def size(self) -> int:
        """Bits of the number."""

    @property
    def values(self) -> Ints:
        """The number for every code."""

    @property
    def digit_places(self) -> list[Ints]:
        """For each two bits, and every code, which of `DIGITS` they are read as."""

    @property
    def luts(self) -> float:
        """LUT6 that make it."""

    @property
    def delay(self) -> float:
        """ns until it is there."""

    def lower(self, builder: Builder, x: int) -> int:
        """The number as a node."""


class Digits:
    """A field's digits, which are found once."""

    @cached_property
    def digit_places(self: Field) -> list[Ints]:
        """For each two bits, and every code, which of `DIGITS` they are read as: 1 to -2, and 0 or
        -1 for a single bit at the top.
        """
        x, top = self.values, self.size - 1
        places = [3 - ((x >> place) & 3) for place in range(0, top, 2)]
        if top % 2 == 0:
            places.append(2 - ((x >> top) & 1))
        return places


@dataclass(frozen=True, eq=False)
class Low(Digits):
    """The low ``size`` bits."""

    n: int
    size: int
    luts: float = 0.0
    delay: float = 0.0

    @cached_property
    def values(self) -> Ints:
        return np.arange(1 << self.n, dtype=np.int64) & ((1 << self.size) - 1)

    def lower(self, builder: Builder, x: int) -> int:
        return bits(builder, x, self.size - 1, 0)


@dataclass(frozen=True, eq=False)
class Aligned(Digits):
    """The low bits below each zone's address, moved up to ``size`` bits: the place in a segment of
    any length.

    Zones are equal parts of the domain, numbered by the top bits of the code; ``shifts[zone]`` is
    how far bits move.
    """

    n: int
    size: int
    shifts: tuple[int, ...]

    @property
    def top(self) -> int:
        """Bits of the zone's number."""
        return len(self.shifts).bit_length() - 1

    @cached_property
    def values(self) -> Ints:
        code = np.arange(1 << self.n, dtype=np.int64)
        return as_ints(
            (code << as_ints(self.shifts)[code >> (self.n - self.top)]) & ((1 << self.size) - 1)
        )

    @property
    def luts(self) -> float:
        return 0.0 if len(set(self.shifts)) == 1 else float(self.size)

    @property
    def delay(self) -> float:
        return LEVEL_NS if self.luts else 0.0

    def lower(self, builder: Builder, x: int) -> int:
        zone = bits(builder, x, self.n - 1, self.n - self.top)
        first, *others = sorted(set(self.shifts))
        out = self._shift_up(builder, x, first)
        for shift in others:
            out = builder.select(
                look_up(builder, zone, [int(each == shift) for each in self.shifts]),
                self._shift_up(builder, x, shift),
                out,
            )
        return out

    def _shift_up(self, builder: Builder, x: int, shift: int) -> int:
        low = bits(builder, x, self.size - shift - 1, 0)
        return builder.concat(low, builder.const(0), shift) if shift else low


@dataclass(frozen=True, eq=False)
class Square(Digits):
    """A small table of the top bits of ``of``: a multiple of the square of its distance from the
    middle.
    """

    of: Field
    part: int  # address bits
    size: int

    @cached_property
    def table(self) -> Ints:
        place = (np.arange(1 << self.part) - ((1 << self.part) - 1) / 2) / (1 << (self.part - 1))
        return np.minimum(np.rint(place**2 * (1 << self.size)), (1 << self.size) - 1).astype(
            np.int64
        )

    @cached_property
    def values(self) -> Ints:
        return as_ints(self.table[self.of.values >> (self.of.size - self.part)])

    @cached_property
    def luts(self) -> float:
        # Yosys makes a field of several zones again, here and for the rows
        return table_luts(self.table, self.size) + 2 * self.of.luts

    @property
    def delay(self) -> float:
        return self.of.delay + table_delay(self.part)

    def lower(self, builder: Builder, x: int) -> int:
        return look_up(
            builder,
            bits(builder, self.of.lower(builder, x), self.of.size - 1, self.of.size - self.part),
            self.table,
        )


@dataclass(frozen=True, eq=False)
class Curve(Digits):
    """``inner`` of another field: a number of ``size`` bits."""

    of: Field
    size: int
    inner: Candidate

    @cached_property
    def values(self) -> Ints:
        return as_ints(self.inner.values()[self.of.values])

    @property
    def luts(self) -> float:
        return self.inner.luts + 2 * self.of.luts

    @property
    def delay(self) -> float:
        return self.of.delay + self.inner.delay

    def lower(self, builder: Builder, x: int) -> int:
        found = self.inner.lower(builder, self.of.lower(builder, x))
        return bits(builder, found, self.size - 1, 0)
