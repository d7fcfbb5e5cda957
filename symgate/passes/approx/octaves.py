"""The input as a floating-point number: its octave and the bits below its leading one, for
functions steep near 0.

What is steep near 0, such as reciprocals, logarithms and roots, asks for fine segments there and
coarse ones elsewhere. In terms of octave and mantissa such functions are smooth, and the code is
short: each octave keeps as many bits as its windows need. Found on the windows alone, so it serves
every function that changes less the farther it is from an end.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property

import numpy as np

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
    flip,
    look_up,
    merge_neighbours,
    whole,
)
from symgate.passes.approx.front import front
from symgate.passes.approx.table_cost import LEVEL_NS, table_delay, table_luts


@dataclass(frozen=True, eq=False)
class Scale:
    """The ``n``-bit code, inverted or not, as its octave's number above the ``mantissa`` bits below
    its leading one.

    ``octaves`` of them are told apart; the codes below all of them are number 0.
    """

    n: int
    octaves: int
    mantissa: int
    inverted: bool

    @property
    def width(self) -> int:
        """Bits of the result."""
        return self.octaves.bit_length() + self.mantissa

    @cached_property
    def numbers(self) -> Ints:
        """The octave's number by the top bits of the code."""
        return as_ints([top_bits.bit_length() for top_bits in range(1 << self.octaves)])

    @cached_property
    def shifts(self) -> Ints:
        """By the top bits, how far the bits below the first one move up."""
        return as_ints(np.minimum(self.octaves - self.numbers, self.octaves - 1))

    @property
    def stages(self) -> int:
        """Muxes of two that a bit of the mantissa goes through."""
        return (self.octaves - 1).bit_length()

    @cached_property
    def luts(self) -> float:
        numbers = table_luts(self.numbers, self.octaves.bit_length())
        select = numbers + table_luts(self.shifts, self.stages)
        return select + self.mantissa * ((self.stages + 1) // 2)

    @property
    def delay(self) -> float:
        return table_delay(self.octaves) + (self.stages + 1) // 2 * LEVEL_NS

    @cached_property
    def index(self) -> Ints:
        """The result for every code."""
        x = np.arange(1 << self.n, dtype=np.int64)
        if self.inverted:
            x = x[::-1]
        top = x >> (self.n - self.octaves)
        moved = (x << self.shifts[top]) & ((1 << (self.n - 1)) - 1)
        mantissa = moved >> (self.n - 1 - self.mantissa)
        return as_ints((self.numbers[top] << self.mantissa) | mantissa)

    def lower(self, builder: Builder, x: int) -> int:
        """The result as a node."""
        if self.inverted:
            x = flip(builder, bits(builder, x, self.n - 1, 0), self.n)
        top = bits(builder, x, self.n - 1, self.n - self.octaves)
        moved, shift = bits(builder, x, self.n - 2, 0), look_up(builder, top, self.shifts)
        for stage in reversed(range(self.stages)):
            low = bits(builder, moved, self.n - 2 - (1 << stage), 0)
            far = builder.concat(low, builder.const(0), 1 << stage)
            moved = builder.select(bits(builder, shift, stage, stage), far, moved)
        number = look_up(builder, top, self.numbers)
        mantissa = bits(builder, moved, self.n - 2, self.n - 1 - self.mantissa)
        return builder.concat(number, mantissa, self.mantissa)


@dataclass(frozen=True, eq=False)
class Floating(Reduced):
    """``inner`` of the code as a floating-point number."""

    scale: Scale

    @property
    def name(self) -> str:
        return f"octaves{self.scale.octaves}+{self.scale.mantissa}({self.inner.name})"

    @property
    def luts(self) -> float:
        return self.inner.luts + self.scale.luts

    @property
    def delay(self) -> float:
        return self.inner.delay + self.scale.delay

    def values(self) -> Ints:
        return self.inner.values()[self.scale.index]

    def lower(self, builder: Builder, x: int) -> int:
        return self.inner.lower(builder, self.scale.lower(builder, whole(builder, x)))


@dataclass(frozen=True)
class Octaves:
    """Octaves where these shorten the code by at least ``saved`` bits, counted from 0 or from the
    other end.
    """

    inner: tuple[Generator, ...]
    min_bits: int = 9
    most: int = 10  # octaves
    saved: int = 2

    def __call__(self, spec: Spec, bound: Bound | None = None) -> Iterator[Candidate]:
        if spec.n < self.min_bits:
            return
        for inverted in (False, True):
            scale = self._scale(spec, inverted)
            if scale.width > spec.n - self.saved:
                continue
            lo, hi = np.full(1 << scale.width, -BIG), np.full(1 << scale.width, BIG)
            np.maximum.at(lo, scale.index, spec.lo)
            np.minimum.at(hi, scale.index, spec.hi)
            within = bound and bound.without(scale.luts)
            for candidate in front(Spec(scale.width, False, lo, hi), self.inner, within):
                yield Floating(spec.n, scale.width, candidate, scale)

    def _scale(self, spec: Spec, inverted: bool) -> Scale:
        """The octaves that make the shortest code."""
        lo, hi = spec.lo, spec.hi
        if inverted:
            lo, hi = lo[::-1], hi[::-1]
        starts = [1 << (spec.n - 1 - octave) for octave in range(min(self.most, spec.n - 3))]
        kept = [_shortest(lo[start : 2 * start], hi[start : 2 * start]) for start in starts]
        found = []
        for count in range(2, len(starts) + 1):
            end = 1 << (spec.n - count)
            mantissa = max(1, *kept[:count], _shortest(lo[:end], hi[:end]))
            found.append(Scale(spec.n, count, mantissa, inverted))
        return min(found, key=lambda scale: (scale.width, scale.octaves))


def _shortest(lo: Ints, hi: Ints) -> int:
    """Bits of the code that are left when low bits go as long as the windows of neighbours meet."""
    while lo.size > 1 and (coarser := merge_neighbours(lo, hi)) is not None:
        lo, hi = coarser
    return lo.size.bit_length() - 1
