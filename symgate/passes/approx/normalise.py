"""The code as a number in floating point, for functions whose octaves are alike.

Unlike `Octaves`, which looks for a shorter code, this leaves one that may be as long as before: what
it is for is that the octaves then differ by a constant or a shift (`octave_rows`).
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

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
    bits,
    flip,
    whole,
)
from symgate.passes.approx.float_format import Format
from symgate.passes.approx.front import front
from symgate.passes.approx.table_cost import LEVEL_NS


@dataclass(frozen=True, eq=False)
class Normalised(Reduced):
    """``inner`` of the code, inverted or not, in floating point."""

    format: Format
    inverted: bool

    @property
    def name(self) -> str:
        return f"float{self.format.exponent}+{self.format.mantissa}({self.inner.name})"

    @property
    def luts(self) -> float:
        return self.inner.luts + self.format.luts

    @property
    def delay(self) -> float:
        return self.inner.delay + self.format.exponent * LEVEL_NS

    def values(self) -> Ints:
        return self.inner.values()[_addresses(self.n, self.format, self.inverted)]

    def lower(self, builder: Builder, x: int) -> int:
        x = bits(builder, whole(builder, x), self.n - 1, 0)
        if self.inverted:
            x = flip(builder, x, self.n)
        return self.inner.lower(builder, self.format.lower(builder, x))


def _addresses(n: int, format: Format, inverted: bool) -> Ints:
    x = np.arange(1 << n, dtype=np.int64)
    return format.address(x[::-1] if inverted else x)


@dataclass(frozen=True)
class Normalise:
    """Floating-point numbers with as many octaves as codes have bits, from either end."""

    inner: tuple[Generator, ...]
    min_bits: int = 9
    exponents: tuple[int, ...] = (2, 3, 4, 5)
    longer: int = 2  # bits that the address may have more than the code,
    quick: int = 15  # unless it has no more than so many: these take little time

    def __call__(self, spec: Spec, bound: Bound | None = None) -> Iterator[Candidate]:
        if spec.n < self.min_bits or spec.free.all():
            return
        for inverted in (False, True):
            for exponent in self.exponents:
                if (1 << exponent) - 1 > 2 * spec.n:
                    continue
                yield from self._with(spec, exponent, inverted, bound)

    def _with(
        self, spec: Spec, exponent: int, inverted: bool, bound: Bound | None
    ) -> Iterator[Candidate]:
        """Those of the shortest address for which there are any."""
        lo, hi = (spec.lo[::-1], spec.hi[::-1]) if inverted else (spec.lo, spec.hi)
        for mantissa in range(3, spec.n + 1):
            format = Format(spec.n, exponent, mantissa)
            if format.bits > max(spec.n + self.longer, self.quick):
                return
            within = bound and bound.without(format.luts)
            # a bit of the result takes a LUT, or half of one where it is close to one of the address
            if within is not None and within.beats(spec.format.width / 2):
                return
            windows = _windows(format, lo, hi)
            if windows is None:
                continue
            found = front(Spec(format.bits, False, *windows), self.inner, within)
            for candidate in found:
                yield Normalised(spec.n, format.bits, candidate, format, inverted)
            if found:
                return


def _windows(format: Format, lo: Ints, hi: Ints) -> tuple[Ints, Ints] | None:
    """What is allowed at each address, where the codes of each have an output in common."""
    starts = format.starts[:-1]
    used = np.flatnonzero(np.diff(np.append(starts, lo.size)) > 0)
    low, high = np.full(starts.size, -BIG), np.full(starts.size, BIG)
    low[used] = np.maximum.reduceat(lo, starts[used])
    high[used] = np.minimum.reduceat(hi, starts[used])
    return None if (low > high).any() else (low, high)
