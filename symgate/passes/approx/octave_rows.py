"""Functions whose rows, one for each value of the top bits, are one function moved or shifted.

With the octave of a number as the top bits, a logarithm is the same in every octave but for a
constant, and a power is the same but for a factor: a power of two, if octaves are taken in turns of
two for square roots, of three for cube roots. So one table of the low bits serves all rows.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from symgate.ir.fixed import Builder
from symgate.passes.approx.affine import Reduced
from symgate.passes.approx.base import (
    BIG,
    Bound,
    Candidate,
    Generator,
    Ints,
    Spec,
    as_ints,
    bits,
    look_up,
    whole,
)
from symgate.passes.approx.fit import Floats
from symgate.passes.approx.front import front
from symgate.passes.approx.table_cost import LEVEL_NS, carry_delay, table_delay, table_luts

#: Rows that differ by less are no octaves; a result of 2^20 units shifted by more is 0.
LEAST_SHIFT, MOST_SHIFT = 2, 20


@dataclass(frozen=True, eq=False)
class Moved(Reduced):
    """``inner`` of the low bits plus ``bases`` by the top bits, in units of ``2**-guard``.

    The result of ``inner`` is read modulo ``2**width``. Where no base has ones below that, the sum
    is no adder.
    """

    bases: Ints
    width: int
    guard: int

    @property
    def name(self) -> str:
        return f"rows{self.top}+({self.inner.name})"

    @property
    def top(self) -> int:
        """Bits that say the row."""
        return self.n - self.inner_bits

    @property
    def _joined(self) -> bool:
        """Whether bases only stand above the result of ``inner``."""
        return _are_above(self.bases, self.width)

    @property
    def out_bits(self) -> int:
        """Bits of the sum."""
        return _out_bits(self.bases)

    @property
    def luts(self) -> float:
        return self.inner.luts + moving_luts(self.bases, self.width)

    @property
    def delay(self) -> float:
        adder = 0.0 if self._joined else carry_delay(self.out_bits)
        return max(self.inner.delay, table_delay(self.top)) + adder

    def values(self) -> Ints:
        low = self.inner.values() & ((1 << self.width) - 1)
        return as_ints((self.bases[:, None] + low[None, :]).reshape(-1) >> self.guard)

    def lower(self, builder: Builder, x: int) -> int:
        x = whole(builder, x)
        top = bits(builder, x, self.n - 1, self.inner_bits)
        low = self.inner.lower(builder, bits(builder, x, self.inner_bits - 1, 0))
        low = bits(builder, low, self.width - 1, 0)
        if self._joined:
            base = look_up(builder, top, self.bases >> self.width)
            found = builder.concat(base, low, self.width)
        else:
            found = builder.add(look_up(builder, top, self.bases), low)
        return whole(builder, builder.round(found, self.guard))


def moving_luts(bases: Ints, width: int) -> float:
    """LUTs of the bases of a `Moved`, and of its adder."""
    wide = max(_out_bits(bases), width + 1)
    return table_luts(bases, wide) + (0 if _are_above(bases, width) else wide)


def _are_above(bases: Ints, width: int) -> bool:
    return not (bases & ((1 << width) - 1)).any()


def _out_bits(bases: Ints) -> int:
    return int(np.abs(bases).max()).bit_length() + 1


@dataclass(frozen=True, eq=False)
class _Table:
    """The windows of a spec, a row for each value of its top bits; ``used`` are the rows that matter
    somewhere, those with the most such codes and the last ones first.
    """

    lo: Ints
    hi: Ints
    free: NDArray[np.bool_]
    used: tuple[int, ...]

    @staticmethod
    def of(spec: Spec, top: int) -> _Table:
        shape = (1 << top, 1 << (spec.n - top))
        lo, hi = spec.bounded
        free = spec.free.reshape(shape)
        count = shape[1] - np.count_nonzero(free, axis=1)
        rows = np.flatnonzero(count).tolist()
        used = sorted(rows, key=lambda row: (-int(count[row]), -row))
        return _Table(lo.reshape(shape), hi.reshape(shape), free, tuple(used))

    def row(self, row: int, guard: int) -> tuple[Ints, Ints, NDArray[np.bool_]]:
        """The windows of one row with ``guard`` bits more, and which of them matter."""
        return self.lo[row] << guard, ((self.hi[row] + 1) << guard) - 1, ~self.free[row]


@dataclass(frozen=True)
class MoveRows:
    """One function of the low bits and a constant by the top bits, for a few numbers of top bits."""

    inner: tuple[Generator, ...]
    tops: tuple[int, ...] = (2, 3, 4, 5, 6)
    min_low: int = 3
    guards: tuple[int, ...] = (0, 1, 2, 3)

    def __call__(self, spec: Spec, bound: Bound | None = None) -> Iterator[Candidate]:
        if spec.free.all():
            return
        for top in self.tops:
            low = spec.n - top
            if low < self.min_low:
                continue
            found = self._found(_Table.of(spec, top))
            if found is None:
                continue
            bases, lo, hi, width, guard = found
            within = bound and bound.without(moving_luts(bases, width))
            for candidate in front(Spec(low, False, lo, hi), self.inner, within):
                yield Moved(spec.n, low, candidate, bases, width, guard)

    def _found(self, table: _Table) -> tuple[Ints, Ints, Ints, int, int] | None:
        """Bases, the windows of the function, bits of its result, and guard bits."""
        for guard in self.guards:
            for joined in (True, False)[guard > 0 :]:
                found = _bases(table, guard, joined)
                if found is not None:
                    return *found, guard
        return None


def _bases(table: _Table, guard: int, joined: bool) -> tuple[Ints, Ints, Ints, int] | None:
    """A constant for each row with which the windows of all rows meet; multiples of what bits of
    the rest tell apart with ``joined``.
    """
    first, *others = table.used
    lo, hi, used = table.row(first, guard)
    start, end = int(hi[used].min()), int(lo[used].max())
    width = max(1, (end - start).bit_length())
    step = (1 << width) if joined else 1
    bases = np.zeros(table.lo.shape[0], np.int64)
    bases[first] = _roundest(end - (1 << width) + 1, start)
    if bases[first] % step:
        return None
    least = np.where(used, np.maximum(lo - bases[first], 0), 0)
    most = np.where(used, np.minimum(hi - bases[first], (1 << width) - 1), (1 << width) - 1)
    for row in others:
        lo, hi, used = table.row(row, guard)
        near, far = int((lo - most)[used].max()), int((hi - least)[used].min())
        wanted = near if joined else (near + far) // 2
        base = -(-wanted // step) * step
        if not near <= base <= far:
            return None
        bases[row] = base
        least = np.where(used, np.maximum(least, lo - base), least)
        most = np.where(used, np.minimum(most, hi - base), most)
    return bases, least, most, width


def _roundest(first: int, last: int) -> int:
    """The multiple of the largest power of two among some numbers."""
    size = 0
    while -(-first >> (size + 1)) << (size + 1) <= last:
        size += 1
        if size > 62:
            return 0
    return -(-first >> size) << size


@dataclass(frozen=True, eq=False)
class ShiftedRows(Reduced):
    """``inner`` of the low bits and the row's class, cut to ``width`` bits and shifted right as the
    row says; all bits inverted, with ``inverted``.
    """

    classes: Ints
    shifts: Ints
    width: int
    inverted: bool

    @property
    def name(self) -> str:
        return f"rows{self.top}>>({self.inner.name})"

    @property
    def top(self) -> int:
        """Bits that say the row."""
        return self.shifts.size.bit_length() - 1

    @property
    def low(self) -> int:
        """Bits that ``inner`` sees besides the class."""
        return self.n - self.top

    @property
    def stages(self) -> int:
        """Muxes of two that a bit of the result goes through."""
        return int(self.shifts.max()).bit_length()

    @property
    def luts(self) -> float:
        recode = table_luts(self.classes, 2) if self.inner_bits > self.low + 1 else 0.0
        return self.inner.luts + recode + shifting_luts(self.shifts, self.width)

    @property
    def delay(self) -> float:
        return self.inner.delay + LEVEL_NS * ((self.stages + 1) // 2)

    def values(self) -> Ints:
        table = self.inner.values() & ((1 << self.width) - 1)
        by_class = table.reshape(-1, 1 << self.low)[self.classes]
        found = (by_class >> self.shifts[:, None]).reshape(-1)
        return as_ints(~found if self.inverted else found)

    def lower(self, builder: Builder, x: int) -> int:
        x = whole(builder, x)
        top, address = bits(builder, x, self.n - 1, self.low), bits(builder, x, self.low - 1, 0)
        if self.inner_bits > self.low:
            kind = look_up(builder, top, self.classes)
            address = builder.concat(kind, address, self.low)
        found = bits(builder, self.inner.lower(builder, address), self.width - 1, 0)
        shift = look_up(builder, top, self.shifts)
        for stage in reversed(range(self.stages)):
            far = bits(builder, found, self.width - 1, 1 << stage)
            found = builder.select(bits(builder, shift, stage, stage), far, found)
        return builder.invert(found) if self.inverted else found


def shifting_luts(shifts: Ints, width: int) -> float:
    """LUTs of the shifts of a `ShiftedRows`, and of what shifts."""
    stages = int(shifts.max()).bit_length()
    return table_luts(shifts, stages) + width * ((stages + 1) // 2)


@dataclass(frozen=True)
class ShiftRows:
    """One function of the low bits, or one each for two or three classes of rows in turns, and a
    shift by the top bits.
    """

    inner: tuple[Generator, ...]
    tops: tuple[int, ...] = (3, 4, 5, 6)
    turns: tuple[int, ...] = (1, 2, 3)
    min_low: int = 3

    def __call__(self, spec: Spec, bound: Bound | None = None) -> Iterator[Candidate]:
        live = ~spec.free
        if not live.any():
            return
        inverted = bool(spec.lo[live].max() < 0)
        if inverted:
            lo, hi = np.where(live, -1 - spec.hi, -BIG), np.where(live, -1 - spec.lo, BIG)
            spec = Spec(spec.n, False, lo, hi)
        if spec.hi[live].min() < 0:
            return
        for top in self.tops:
            if spec.n - top >= self.min_low:
                yield from self._with(spec, top, inverted, bound)

    def _with(
        self, spec: Spec, top: int, inverted: bool, bound: Bound | None
    ) -> Iterator[Candidate]:
        """The designs with the fewest classes."""
        table = _Table.of(spec, top)
        for turn in self.turns:
            found = _shifts(table, turn)
            if found is None:
                continue
            classes, shifts, lo, hi, width = found
            inner = Spec(lo.size.bit_length() - 1, False, lo, hi)
            within = bound and bound.without(shifting_luts(shifts, width))
            for candidate in front(inner, self.inner, within):
                yield ShiftedRows(spec.n, inner.n, candidate, classes, shifts, width, inverted)
            return


def _shifts(table: _Table, turn: int) -> tuple[Ints, Ints, Ints, Ints, int] | None:
    """Class and shift of each row, the windows of the function, and bits of its result."""
    count, columns = table.lo.shape
    classes, shifts = as_ints(np.arange(count) % turn), np.zeros(count, np.int64)
    size = (1 << (turn - 1).bit_length(), columns)
    least, most = np.zeros(size, np.int64), np.full(size, BIG)
    for kind in range(turn):
        found = _shifts_of(table, np.flatnonzero(classes == kind))
        if found is None:
            return None
        own, least[kind], most[kind] = found
        shifts[classes == kind] = own
    if int(shifts.max()) < LEAST_SHIFT:
        return None
    width = max(1, int(least.max()).bit_length())
    free = (least == 0) & (most == BIG)
    lo, hi = np.where(free, -BIG, least), np.where(free, BIG, np.minimum(most, (1 << width) - 1))
    return classes, shifts, lo.reshape(-1), hi.reshape(-1), width


def _shifts_of(table: _Table, rows: Ints) -> tuple[Ints, Ints, Ints] | None:
    """The shift of each of ``rows``, and the windows of the function that all of them shift."""
    lo, hi, free = np.maximum(table.lo[rows], 0), table.hi[rows], table.free[rows]
    shifts = np.zeros(rows.size, np.int64)
    least, most = np.zeros(lo.shape[1], np.int64), np.full(lo.shape[1], BIG)
    middle = np.where(free, -1.0, (lo + hi) / 2)
    order = np.argsort(-middle.max(1), kind="stable")
    for row in order[~free[order].all(1)]:
        near = _near_shift(middle[row], middle[order[0]])
        for shift in (near, near + 1, max(0, near - 1)):
            low = np.where(free[row], least, np.maximum(least, lo[row] << shift))
            above = ((hi[row] + 1) << shift) - 1
            high = np.where(free[row], most, np.minimum(most, above))
            if (low <= high).all():
                break
        else:
            return None
        shifts[row], least, most = shift, low, high
    return shifts, least, most


def _near_shift(row: Floats, first: Floats) -> int:
    """By how many bits ``first`` is larger than ``row``, where that is largest."""
    both = (row >= 0) & (first > 0)
    if not both.any():
        return 0
    at = int(np.argmax(np.where(both, row, -1.0)))
    larger = math.log2(float(first[at]) / max(float(row[at]), 0.5))
    return min(max(0, round(larger)), MOST_SHIFT)
