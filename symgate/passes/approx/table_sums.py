"""Sums of small tables and Booth rows: the hardware behind the multipartite and the piecewise
polynomial generators.

Every number is at least 0, so that no sign has to be extended through the carry chains; the offset
that makes it so is part of the first table, which is chosen last (by interval intersection). All
others are subtracted: Yosys swaps the operands of an adder as it likes, but the first of a
subtraction always goes to the carry chain as it is, and the logic that makes the second is absorbed
by the LUTs of the chain.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from functools import cached_property, partial
from typing import Protocol

import numpy as np

from symgate.ir.fixed import Builder
from symgate.ir.types import FixedType
from symgate.passes.approx.base import Ints, as_ints, bits, flip, invert_if, look_up, whole
from symgate.passes.approx.fields import Address, Field
from symgate.passes.approx.table_cost import LEVEL_NS, carry_delay, table_delay, table_luts

#: Subtracts a borrow bit (if any) and the number that a call makes from the sum at a bit position.
#: The borrow is free: it fills a position of the chain, and keeps Yosys from fusing neighbouring
#: chains into carry-save adders.
Subtract = Callable[[tuple[int, int], int | None, Callable[[], int]], None]


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

    def lower(self, builder: Builder, x: int, subtract: Subtract) -> None:
        """Append the nodes; call ``subtract(part, borrow, make)`` for each of `parts`."""


@dataclass(frozen=True, eq=False)
class AddedTable:
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

    def lower(self, builder: Builder, x: int) -> int:
        table = look_up(builder, self.address.lower(builder, x), self.table)
        return builder.concat(table, builder.const(0), self.shift) if self.shift else table


@dataclass(frozen=True, eq=False)
class Offset:
    """A table of the ``top`` high bits and of the ``size`` bits that start at bit ``low``.

    ``fold`` halves it: the field's lower half is read backwards with the same result (``even``), or
    the table is added in the upper half and subtracted in the lower (``rise``), or the
    reverse (``fall``), as in multipartite tables (de Dinechin and Tisserand, IEEE TC 54(3), 2005).
    """

    n: int
    top: int
    low: int
    size: int
    # (2**top, 2**size) of what is subtracted, or (2**top, 2**(size - 1)) for the field's upper half
    table: Ints
    fold: str = ""
    # the field's top bit is subtracted apart, which keeps the carry chains apart
    borrow: bool = False

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
        entry = self.table[high, np.where(above, part - half, half - 1 - part)]
        if not self.odd:
            return as_ints(entry)
        is_added = above == (self.fold == "rise")
        return as_ints((1 << self.width) + np.where(is_added, -entry, entry))

    @cached_property
    def luts(self) -> float:
        inverters = self.size - 1 if self.fold else 0
        return table_luts(self.stored.ravel(), self.width) + inverters

    @property
    def delay(self) -> float:
        inverters = LEVEL_NS if self.fold else 0.0
        return table_delay(self.table.size.bit_length() - 1) + inverters

    @property
    def absorbed(self) -> bool:
        """Whether the table fits the LUTs of the carry chain."""
        return not self.fold and self.top + self.size <= 5

    def lower(self, builder: Builder, x: int, subtract: Subtract) -> None:
        bit = bits(builder, x, self.low + self.size - 1, self.low + self.size - 1)
        if self.odd:
            negative = bit if self.fold == "rise" else flip(builder, bit, 1)
            make = partial(self._offset_number, builder, x, bit, negative)
            subtract(self.parts()[0], negative, make)
        else:
            borrow = bit if self.borrow else None
            subtract(self.parts()[0], borrow, partial(self._look_up, builder, x, bit))

    def _look_up(self, builder: Builder, x: int, bit: int) -> int:
        width = self.size - bool(self.fold)
        part = bits(builder, x, self.low + width - 1, self.low)
        if self.fold:
            part = invert_if(builder, flip(builder, bit, 1), part, width)
        high = bits(builder, x, self.n - 1, self.n - self.top)
        index = part
        if self.top:
            index = builder.concat(high, part, width) if width else high
        return look_up(builder, index, self.stored.ravel())

    def _offset_number(self, builder: Builder, x: int, bit: int, negative: int) -> int:
        """``2**width + entry``, or ``2**width - entry - 1`` where the borrow takes the one."""
        entry = invert_if(builder, negative, self._look_up(builder, x, bit), self.width)
        return builder.concat(flip(builder, negative, 1), entry, self.width)


@dataclass(frozen=True, eq=False)
class Sum:
    """``((first + lift - all numbers of terms) mod 2**width) >> guard``, read as ``out``."""

    kind: str
    out: FixedType
    guard: int
    first: AddedTable
    terms: tuple[Term, ...]
    shared: tuple[Address | Field, ...] = ()  # what the terms share
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
        own = [term for term in self.terms if not (isinstance(term, Offset) and term.absorbed)]
        tables = self.first.luts + sum(term.luts for term in own)
        parts = [part for term in self.terms for part in term.parts()]
        chains = sum(min(width, self.width - shift) for shift, width in parts)
        return tables + chains + sum(part.luts for part in self.shared)

    @cached_property
    def delay(self) -> float:
        adders = sum(len(term.parts()) for term in self.terms)
        latest = max(self.first.delay, *(term.delay for term in self.terms), 0.0)
        return latest + adders * carry_delay(self.width)

    def values(self) -> Ints:
        total = (
            self.first.values()
            + sign_offset(self.terms)
            - sum(term.values() for term in self.terms)
        )
        return as_numbers((total & ((1 << self.width) - 1)) >> self.guard, self.out)

    def lower(self, builder: Builder, x: int) -> int:
        x = whole(builder, x)
        total = [self.first.lower(builder, x)]

        def subtract(part: tuple[int, int], borrow: int | None, make: Callable[[], int]) -> None:
            total[0] = self._minus(builder, total[0], part, borrow, make)

        for term in self.terms:
            term.lower(builder, x, subtract)
        kept = bits(builder, total[0], self.width - 1, self.guard)
        return builder.wrap(kept, self.out.width, self.out.signed)

    def _minus(
        self,
        builder: Builder,
        old: int,
        part: tuple[int, int],
        borrow: int | None,
        make: Callable[[], int],
    ) -> int:
        shift, width = part
        high, low = bits(builder, old, self.width - 1, shift), bits(builder, old, shift - 1, 0)
        if borrow is None:
            number = builder.concat(builder.const(-1), make(), width)
            difference = bits(builder, builder.sub(high, number), self.width - shift - 1, 0)
        else:
            high = builder.concat(high, builder.const(0), 1)
            number = builder.concat(builder.concat(builder.const(-1), make(), width), borrow, 1)
            difference = bits(builder, builder.sub(high, number), self.width - shift, 1)
        return builder.concat(difference, low, shift) if shift else difference


def sign_offset(terms: Iterable[Term]) -> int:
    """What the numbers of ``terms`` lack: each is subtracted without its ``2**width``.

    So the bits above it are all ones, which a subtraction leaves to the carry: no LUT inverts them.
    """
    return sum(1 << (shift + width) for term in terms for shift, width in term.parts())


def as_numbers(values: Ints, out: FixedType) -> Ints:
    """The bit patterns ``values`` read as numbers of format ``out``."""
    return values - ((values > out.hi).astype(np.int64) << out.width)


def table_term(address: Address, values: Ints, width: int) -> AddedTable:
    """A table of ``values`` modulo ``2**width``; columns that are all zero are not stored."""
    stored = values & ((1 << width) - 1)
    shift = 0
    while shift < width - 1 and not ((stored >> shift) & 1).any():
        shift += 1
    return AddedTable(address, stored >> shift, width - shift, shift)
