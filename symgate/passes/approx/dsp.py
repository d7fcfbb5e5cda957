"""Piecewise linear with its multiply-add in a DSP slice."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from symgate.ir.fixed import Builder
from symgate.ir.fixed_ops import DEVICE
from symgate.ir.types import FixedType
from symgate.passes.approx.base import Bound, Ints, Spec, bits, look_up, whole
from symgate.passes.approx.fields import Address, Low
from symgate.passes.approx.first_table import first_table, intersect
from symgate.passes.approx.fit import windows_of
from symgate.passes.approx.generator_settings import WORD_LENGTHS
from symgate.passes.approx.piecewise import Shape, first_drop
from symgate.passes.approx.rows import slope_width
from symgate.passes.approx.table_cost import product_delay, table_delay, table_luts
from symgate.passes.approx.table_sums import AddedTable, as_numbers


@dataclass(frozen=True, eq=False)
class MultiplyAdd:
    """``((first << drop) + slope[address(x)] * low) mod 2**width >> (guard + drop)``, read as
    ``out``.
    """

    out: FixedType
    guard: int
    drop: int
    first: AddedTable
    slope: Ints
    low: Low
    brams: int = 0
    dsps: int = 1

    @property
    def name(self) -> str:
        return f"dsp({self.first.address.top}+{self.low.size})"

    @cached_property
    def luts(self) -> float:
        """Tables, and the adder, which Yosys leaves outside of the slice."""
        return (
            self.first.luts
            + table_luts(self.slope, slope_width(self.slope))
            + self.out.width
            + self.guard
        )

    @property
    def delay(self) -> float:
        return table_delay(self.first.address.width) + product_delay()

    def values(self) -> Ints:
        product = self.slope[self.first.address.index] * self.low.values
        total = self.first.values() + (product >> self.drop)
        return as_numbers(
            (total & ((1 << (self.out.width + self.guard)) - 1)) >> self.guard, self.out
        )

    def lower(self, builder: Builder, x: int) -> int:
        x = whole(builder, x)
        product = builder.mul(
            look_up(builder, self.first.address.lower(builder, x), self.slope),
            self.low.lower(builder, x),
        )
        total = builder.add(
            whole(builder, builder.shl(self.first.lower(builder, x), self.drop)), product
        )
        cut = self.guard + self.drop
        return builder.wrap(
            bits(builder, total, self.out.width + cut - 1, cut), self.out.width, self.out.signed
        )


@dataclass(frozen=True)
class Dsp:
    """``C0[top bits] + C1[top bits] * low bits`` in one DSP48E2: only the tables take LUTs."""

    min_bits: int = 8
    max_segments: int = 10  # bits
    guards: tuple[int, ...] = (0, 1)

    def __call__(self, spec: Spec, bound: Bound | None = None) -> Iterator[MultiplyAdd]:
        if spec.n < self.min_bits or (bound is not None and bound.luts < math.inf):
            return
        windows, bound = windows_of(spec), Bound()
        for k in range(1, min(self.max_segments, spec.n - 2) + 1):
            address = Address(spec.n, k)
            shape = Shape(windows, address, address, Low(spec.n, spec.n - k))
            for guard in self.guards if shape.margin > 0 else ():
                if (found := _slopes(shape, guard, bound)) is not None:
                    bound.luts = min(bound.luts, found.luts)
                    yield found


def _slopes(shape: Shape, guard: int, bound: Bound) -> MultiplyAdd | None:
    """The design with the fewest bits in its slopes."""
    first = first_drop(shape, guard, shape.margin)
    for drop in range(first, first + WORD_LENGTHS.scales_in_slice):
        if bound.beats(shape.floor_tables(guard, drop)):
            return None
        slope = np.rint(shape.slopes * 2.0 ** (guard + drop)).astype(np.int64)
        taken = (slope[shape.ordinal] * shape.field.values) >> drop
        lo, hi = intersect(shape.windows, shape.inner, taken, guard)
        if (
            (lo <= hi).all()
            and slope_width(slope) <= DEVICE.dsp_wide
            and shape.field.size < DEVICE.dsp_narrow
        ):
            out = shape.windows.spec.format
            table = first_table(shape.inner, lo, hi, out.width + guard)
            low = Low(shape.inner.n, shape.field.size)
            return MultiplyAdd(out, guard, drop, table, shape.outer.spread(slope), low)
    return None
