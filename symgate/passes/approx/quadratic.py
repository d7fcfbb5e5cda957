"""Piecewise quadratic: piecewise linear plus the square term, a small table or a product of its
own.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from symgate.caches import remembered
from symgate.passes.approx.affine import DropLow
from symgate.passes.approx.base import LUT_INPUTS, Bound, Candidate, Spec
from symgate.passes.approx.fields import Address, Curve, Field, Low, Square
from symgate.passes.approx.fit import (
    Floats,
    Windows,
    best_slopes,
    centre_field,
    curvatures,
    windows_of,
)
from symgate.passes.approx.front import front
from symgate.passes.approx.generator_settings import WORD_LENGTHS
from symgate.passes.approx.multipartite import Multipartite
from symgate.passes.approx.objective import AREA
from symgate.passes.approx.piecewise import Shape, designs, first_drop, guards
from symgate.passes.approx.plain import Plain
from symgate.passes.approx.rows import Rows
from symgate.passes.approx.table_sums import Offset, Sum

#: Bits of a place whose square is a small design of its own.
LARGE = 9
#: What makes it. Folded squares are a little smaller, but on the longest path of the whole: Yosys
#: takes more LUTs to make that short than the folds save.
_SQUARES = (Multipartite(), DropLow((Plain(),)))


@dataclass(frozen=True)
class Quadratic:
    """``(C0[top bits] + C1[top bits] * low bits + C2[few top bits, few of the low bits]) >>
    guard``.

    The square is a table because it is small and symmetric about the middle of a segment: each
    power of the input has as many address bits as it deserves (Detrey and de Dinechin, Table-based
    polynomials, ASAP 2005).
    """

    min_bits: int = 9
    max_segments: int = 7  # bits

    def __call__(self, spec: Spec, bound: Bound | None = None) -> Iterator[Sum]:
        if spec.n < self.min_bits:
            return
        windows, bound = windows_of(spec), bound or Bound()
        for k in sorted(range(2, min(self.max_segments, spec.n - 3) + 1), key=lambda k: abs(k - 6)):
            curves = Curves(windows, Address(spec.n, k), Low(spec.n, spec.n - k))
            if not curves.is_beaten(bound) and curves.margin > 0:
                yield from self._tables(curves, bound)

    def _tables(self, curves: Curves, bound: Bound) -> Iterator[Sum]:
        size = curves.field.size
        for top in range(min(curves.segments.top, 5) + 1):
            longest = min(size, WORD_LENGTHS.square_bits - top)
            parts = [
                part
                for part in range(2, longest + 1)
                if curves.leaves(top, part) > WORD_LENGTHS.margin
            ]
            for part in parts[: WORD_LENGTHS.squares]:
                for guard in guards(size):
                    if bound.beats(curves.floor_luts(guard)):
                        continue
                    square = curves.table(top, part, guard)
                    yield from designs(curves.shape(square, guard), range(1), bound, "quadratic")


@dataclass(frozen=True, eq=False)
class Curves:
    """The best parabola of each segment."""

    windows: Windows
    segments: Address
    field: Field

    @cached_property
    def curve(self) -> Floats:
        """Per segment, the factor of the squared distance from the middle."""
        return curvatures(self.windows, self.segments, self.field)

    @cached_property
    def best(self) -> tuple[Floats, Floats]:
        """Per segment, the best slope beside the square term, and the margin."""
        square = self._per_code(self.curve) * centre_field(self.field) ** 2
        return best_slopes(self.windows, square, self.segments, self.segments, self.field)

    @property
    def margin(self) -> float:
        """The margin of the worst segment."""
        return float(self.best[1].min())

    def _per_code(self, per_segment: Floats) -> Floats:
        lengths = np.diff(np.append(self.segments.starts, 1 << self.segments.n))
        return np.repeat(per_segment, lengths)

    def is_beaten(self, bound: Bound) -> bool:
        """Whether no shape of equal segments is worth a fit."""
        shape = Shape(self.windows, self.segments, self.segments, self.field)
        return all(bound.beats(shape.floor_unfitted(guard)) for guard in guards(self.field.size))

    def floor_luts(self, guard: int) -> float:
        """A lower bound, about, of the LUTs of any shape, without its square term."""
        if guard not in self._floors:
            shape = self.shape(None, guard)
            fewest = first_drop(shape, guard, self.windows.tightest)
            self._floors[guard] = shape.floor_luts(guard, fewest)
        return self._floors[guard]

    @cached_property
    def _floors(self) -> dict[int, float]:
        return {}

    def shape(self, square: Offset | Rows | None, guard: int) -> Shape:
        """The segments with ``square`` for the square term."""
        return Shape(
            self.windows,
            self.segments,
            self.segments,
            self.field,
            square,
            guard,
            self.best[0],
            self.bits,
        )

    @cached_property
    def bits(self) -> dict[int, int]:
        """The slopes' bits by scale, for all shapes."""
        return {}

    def _square(self, top: int, part: int) -> Floats:
        """What a table of the square term subtracts, exactly, for equal segments."""
        groups = self.curve.reshape(1 << top, -1)
        curve = (groups.max(1) + groups.min(1)) / 2
        steps = (np.arange(1 << part) - ((1 << part) - 1) / 2) * 2.0 ** (self.field.size - part)
        return np.asarray(-curve[:, None] * steps**2)

    def leaves(self, top: int, part: int) -> float:
        """About how much of the margin is left with a table of these address bits."""
        groups = self.curve.reshape(1 << top, -1)
        reach = 4.0 ** (self.field.size - 1)
        by_top = float((groups.max(1) - groups.min(1)).max()) / 2 * reach
        by_part = 0.0
        if part < self.field.size:
            by_part = float(np.abs(self.curve).max()) * reach * 2.0 ** (1 - part)
        return WORD_LENGTHS.optimism * self.windows.tightest - by_top - by_part

    def table(self, top: int, part: int, guard: int) -> Offset:
        """The square term from ``top`` bits of the segment and the ``part`` high bits of the place
        in it.
        """
        down = np.rint(self._square(top, part) * 2.0**guard)
        table = (down - down.min(1, keepdims=True)).astype(np.int64)
        n, low = self.segments.n, self.field.size - part
        if top + part <= LUT_INPUTS:
            return Offset(n, top, low, part, table)
        return Offset(n, top, low, part, table[:, 1 << (part - 1) :], "even")

    def product(self, square: Square | Curve, guard: int, drop: int) -> Rows:
        """The square term: a coefficient of each segment times ``square`` of the place."""
        unit = 4.0 ** (self.field.size - 1) / 2.0**square.size
        factor = np.rint(self.curve * unit * 2.0 ** (guard + drop)).astype(np.int64)
        return Rows(self.segments, self.segments.spread(factor), square, drop)

    def squares(self, size: int) -> list[Square | Curve]:
        """Squares of about ``size`` bits of the place, from the least exact on."""
        reach = 4.0 ** (self.field.size - 1)
        largest = float(np.abs(self.curve).max()) * reach
        longest = min(WORD_LENGTHS.square_bits, self.field.size)
        if isinstance(self.field, Low) and self.field.size >= LARGE:
            longest = LUT_INPUTS
        parts = [part for part in range(3, longest + 1) if 3 * largest / 2**part < self.margin]
        tables: list[Square | Curve] = [
            Square(self.field, part, bits)
            for part in parts[: WORD_LENGTHS.squares]
            for bits in (size, size + 1, size + 2)
            if bits <= 2 * part + 1
        ]
        if not isinstance(self.field, Low) or self.field.size < LARGE:
            return tables
        for bits in (size, size + 1, size + 2):
            for quarters in (4, 5):
                design = square_design(self.field.size, bits, quarters)
                tables += [Curve(self.field, bits, design)] if design else []
        return tables


@dataclass(frozen=True)
class SquareProduct:
    """As `Quadratic`, with a coefficient of each segment times a short square: for functions whose
    curvature varies.
    """

    min_bits: int = 11
    max_segments: int = 8
    #: Bits of segments where fewer are not enough: their tables are large, and plain ones larger.
    most_segments: int = 11

    def __call__(self, spec: Spec, bound: Bound | None = None) -> Iterator[Sum]:
        if spec.n < self.min_bits:
            return
        windows, bound = windows_of(spec), bound or Bound()
        few = range(2, min(self.max_segments, spec.n - 3) + 1)
        found = False
        for design in self._with(windows, bound, sorted(few, key=lambda k: abs(k - 6))):
            found = True
            yield design
        most = min(self.most_segments, spec.n - 3)
        if not found:
            yield from self._with(windows, bound, range(self.max_segments + 1, most + 1))

    def _with(self, windows: Windows, bound: Bound, segments: Iterable[int]) -> Iterator[Sum]:
        n = windows.spec.n
        for k in segments:
            curves = Curves(windows, Address(n, k), Low(n, n - k))
            if not curves.is_beaten(bound) and curves.margin > 0:
                yield from products(curves, bound, "square")


def products(curves: Curves, bound: Bound, kind: str) -> Iterator[Sum]:
    """Designs whose square term is a product, with about as many bits as its size asks for."""
    largest = float(np.abs(curves.curve).max()) * 4.0 ** (curves.field.size - 1)
    size = max(3, math.ceil(math.log2(max(largest, 1e-9) / curves.windows.tightest)) + 2)
    squares = curves.squares(size)
    for guard in guards(curves.field.size + size):
        for square in squares:
            if bound.beats(curves.floor_luts(guard)):
                break
            product = curves.product(square, guard, max(0, square.size - guard))
            yield from designs(curves.shape(product, guard), range(1), bound, kind)


@remembered
def square_design(bits: int, size: int, quarters: int) -> Candidate | None:
    """The least hardware for a ``size``-bit multiple of the square of the distance from the middle,
    within so many quarters of a unit; None where no generator makes it.
    """
    place = (np.arange(1 << bits) - ((1 << bits) - 1) / 2) / (1 << (bits - 1))
    square, largest = place**2 * (1 << size), (1 << size) - 1
    lo = np.clip(np.ceil(square - quarters / 4), 0, largest).astype(np.int64)
    hi = np.clip(np.floor(square + quarters / 4), 0, largest).astype(np.int64)
    return min(front(Spec(bits, False, lo, hi), _SQUARES, Bound()), key=AREA.cost, default=None)
