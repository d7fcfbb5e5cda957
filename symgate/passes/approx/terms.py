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
from functools import cached_property
from typing import Protocol

import numpy as np

from symgate.ir.fixed import Builder
from symgate.ir.fixed_ops import LUT_NS
from symgate.ir.types import FixedType
from symgate.passes.approx.base import Ints, as_ints, bits, flip, invert_if, look_up, whole
from symgate.passes.approx.cost import carry_delay, table_delay, table_luts
from symgate.passes.approx.fields import Address, Field

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

    def lower(self, b: Builder, x: int, subtract: Subtract) -> None:
        """Append the nodes; call ``subtract(part, borrow, make)`` for each of `parts`."""


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

    ``fold`` halves it: the field's lower half is read backwards with the same result (``even``), or
    the table ``t`` is added in the upper half and subtracted in the lower (``rise``), or the
    reverse (``fall``), as in multipartite tables (de Dinechin and Tisserand, IEEE TC 54(3), 2005).
    """

    n: int
    top: int
    low: int
    size: int
    # (2**top, 2**size) of what is subtracted, or (2**top, 2**(size - 1)) for the field's upper half
    table: Ints
    fold: str = ""
    borrow: bool = (
        False  # the field's top bit is subtracted apart, which keeps the carry chains apart
    )

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
        return as_ints(
            (1 << self.width) + np.where(above == (self.fold == "rise"), -t, t) if self.odd else t
        )

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
            subtract(self.parts()[0], negative, lambda: self._signed(b, x, bit, negative))
        else:
            subtract(
                self.parts()[0], bit if self.borrow else None, lambda: self._look_up(b, x, bit)
            )

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
class Sum:
    """``((first + lift - all numbers of terms) mod 2**width) >> guard``, read as ``out``."""

    kind: str
    out: FixedType
    guard: int
    first: Table
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
        tables = self.first.luts + sum(
            t.luts for t in self.terms if not (isinstance(t, Offset) and t.absorbed)
        )
        chains = sum(min(w, self.width - s) for t in self.terms for s, w in t.parts())
        return tables + chains + sum(a.luts for a in self.shared)

    @cached_property
    def delay(self) -> float:
        adders = sum(len(t.parts()) for t in self.terms)
        return max(self.first.delay, *(t.delay for t in self.terms), 0.0) + adders * carry_delay(
            self.width
        )

    def values(self) -> Ints:
        total = self.first.values() + lift(self.terms) - sum(t.values() for t in self.terms)
        return wrapped((total & ((1 << self.width) - 1)) >> self.guard, self.out)

    def lower(self, b: Builder, x: int) -> int:
        x = whole(b, x)
        total = [self.first.lower(b, x)]

        def subtract(part: tuple[int, int], borrow: int | None, make: Callable[[], int]) -> None:
            total[0] = self._minus(b, total[0], part, borrow, make)

        for term in self.terms:
            term.lower(b, x, subtract)
        return b.wrap(
            bits(b, total[0], self.width - 1, self.guard), self.out.width, self.out.signed
        )

    def _minus(
        self,
        b: Builder,
        old: int,
        part: tuple[int, int],
        borrow: int | None,
        make: Callable[[], int],
    ) -> int:
        shift, width = part
        high, low = bits(b, old, self.width - 1, shift), bits(b, old, shift - 1, 0)
        if borrow is None:
            difference = bits(
                b, b.sub(high, b.concat(b.const(-1), make(), width)), self.width - shift - 1, 0
            )
        else:
            high = b.concat(high, b.const(0), 1)
            number = b.concat(b.concat(b.const(-1), make(), width), borrow, 1)
            difference = bits(b, b.sub(high, number), self.width - shift, 1)
        return b.concat(difference, low, shift) if shift else difference


def lift(terms: Iterable[Term]) -> int:
    """What the numbers of ``terms`` lack: each is subtracted without its ``2**width``.

    So the bits above it are all ones, which a subtraction leaves to the carry: no LUT inverts them.
    """
    return sum(1 << (shift + width) for t in terms for shift, width in t.parts())


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
