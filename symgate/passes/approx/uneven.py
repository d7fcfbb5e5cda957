"""Piecewise linear with segments of different lengths, for functions that are steep in one place
only.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from symgate.passes.approx.base import Bound, Ints, Spec, as_ints
from symgate.passes.approx.fields import Address, Aligned, Low
from symgate.passes.approx.fit import Floats, Windows, windows_of
from symgate.passes.approx.piecewise import Shape, designs, guards
from symgate.passes.approx.quadratic import Curves, products
from symgate.passes.approx.table_sums import Sum


@dataclass(frozen=True)
class Uneven:
    """As `Linear`, but each zone (equal parts of the domain) has as many segments as it needs.

    A small table turns the top bits of the input into the number of the segment. Most bits of that
    number are bits of the input in every zone, so the recoding costs a few LUTs and keeps the large
    tables at six inputs.
    """

    min_bits: int = 7
    zones: int = 4  # bits, at most
    index: int = 7  # bits, at most
    deepest: int = 10  # bits
    needed: tuple[float, ...] = (0.4, 0.7, 1.0)  # least margin of a segment, in ulps

    def __call__(self, spec: Spec, bound: Bound | None = None) -> Iterator[Sum]:
        if spec.n < self.min_bits:
            return
        windows, bound = windows_of(spec), bound or Bound()
        margins = _margins(windows, min(self.deepest, spec.n - 2))
        for depths in self.depths(margins):
            address, size = zone_address(spec.n, depths), spec.n - min(depths)
            field = Aligned(spec.n, size, tuple(depth - min(depths) for depth in depths))
            shape = Shape(windows, address, address, field)
            if bound.beats(shape.least_luts()):
                continue
            yield from designs(shape, guards(size), bound, "uneven")

    def depths(self, margins: list[Floats]) -> list[tuple[int, ...]]:
        """For each zone, its segments' address bits counted from the top of the input: choices
        worth a try.
        """
        found = set()
        for need in self.needed:
            for zone_bits in range(1, self.zones + 1):
                needed = _depths_for(margins, zone_bits, need)
                for least in range(zone_bits, max(needed, default=0) + 1):
                    depths = tuple(max(depth, least) for depth in needed)
                    if len(set(depths)) > 1 and segments(depths) <= 1 << self.index:
                        found.add(depths)
        return sorted(found, key=lambda depths: (segments(depths), depths))


@dataclass(frozen=True)
class UnevenSquare:
    """As `SquareProduct`, but each zone has as many segments as it needs: for functions that are
    steep and curved in one place, such as roots from near 0 on.
    """

    zones: Uneven = Uneven(min_bits=11, index=8)
    most_bits: int = 17
    tried: int = 16  # choices of segments, those of fewest first

    def __call__(self, spec: Spec, bound: Bound | None = None) -> Iterator[Sum]:
        if not self.zones.min_bits <= spec.n <= self.most_bits:
            return
        windows, bound = windows_of(spec), bound or Bound()
        margins = _square_margins(windows, min(self.zones.deepest, spec.n - 3))
        for depths in self.zones.depths(margins)[: self.tried]:
            address, size = zone_address(spec.n, depths), spec.n - min(depths)
            field = Aligned(spec.n, size, tuple(depth - min(depths) for depth in depths))
            curves = Curves(windows, address, field)
            if bound.beats(Shape(windows, address, address, field).least_luts()):
                continue
            if curves.margin > 0:
                yield from products(curves, bound, "uneven square")


def segments(depths: tuple[int, ...]) -> int:
    """How many segments there are of ``depths[zone]`` address bits in each zone."""
    zone_bits = len(depths).bit_length() - 1
    return sum(1 << (depth - zone_bits) for depth in depths)


def _margins(windows: Windows, deepest: int) -> list[Floats]:
    """The best margin of every segment, for segments of 0, 1, 2... address bits."""
    return [windows.slopes(k, k)[1] for k in range(deepest + 1)]


def _square_margins(windows: Windows, deepest: int) -> list[Floats]:
    """As `_margins`, with a parabola in each segment."""
    n = windows.spec.n
    every = (Curves(windows, Address(n, k), Low(n, n - k)) for k in range(deepest + 1))
    return [curves.best[1] for curves in every]


def _depths_for(margins: list[Floats], zone_bits: int, need: float) -> tuple[int, ...]:
    """The fewest address bits that give every segment of each zone the margin ``need``; empty if
    none are enough.
    """
    if zone_bits >= len(margins):
        return ()
    worst = np.array([margin.reshape(1 << zone_bits, -1).min(1) for margin in margins[zone_bits:]])
    enough = worst >= need
    return tuple(int(k) + zone_bits for k in enough.argmax(0)) if enough.any(0).all() else ()


def zone_address(n: int, depths: tuple[int, ...]) -> Address:
    """Segments of ``depths[zone]`` address bits in each zone.

    In the number of a segment, the bits of its place in the zone come first, at the same positions
    in all zones; the bits below tell apart the zones that are left (a prefix code, read backwards).
    """
    zone_bits, deepest = len(depths).bit_length() - 1, max(depths)
    width = max(1, (segments(depths) - 1).bit_length())
    recode: Ints = np.zeros(1 << deepest, dtype=np.int64)
    used = 0
    for zone in sorted(range(len(depths)), key=lambda i: -depths[i]):
        size = depths[zone] - zone_bits
        place = np.repeat(np.arange(1 << size), 1 << (deepest - depths[zone]))
        tag = int(format(used >> size, f"0{width}b")[::-1], 2) >> size
        at = slice(zone << (deepest - zone_bits), (zone + 1) << (deepest - zone_bits))
        recode[at] = (place << (width - size)) | tag
        used += 1 << size
    return Address(n, deepest, as_ints(recode))
