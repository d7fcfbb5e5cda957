"""Piecewise linear with segments of different lengths, for functions that are steep in one place
only.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from symgate.passes.approx.base import Ints, Spec, as_ints
from symgate.passes.approx.fields import Address, Aligned, Low
from symgate.passes.approx.fit import Floats, Windows, best_slopes
from symgate.passes.approx.piecewise import Bound, Shape, designs, guards
from symgate.passes.approx.terms import Sum


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

    def __call__(self, spec: Spec) -> Iterator[Sum]:
        if spec.n < self.min_bits:
            return
        windows, bound = Windows(spec), Bound()
        margins = _margins(windows, min(self.deepest, spec.n - 2))
        for depths in self._depths(margins):
            address, size = zoned(spec.n, depths), spec.n - min(depths)
            field = Aligned(spec.n, size, tuple(d - min(depths) for d in depths))
            yield from designs(
                Shape(windows, address, address, field), guards(size), bound, "uneven"
            )

    def _depths(self, margins: list[Floats]) -> list[tuple[int, ...]]:
        """For each zone, its segments' address bits counted from the top of the input: choices
        worth a try.
        """
        found = set()
        for need in self.needed:
            for z in range(1, self.zones + 1):
                needed = _needed(margins, z, need)
                for least in range(z, max(needed) + 1) if needed else ():
                    depths = tuple(max(d, least) for d in needed)
                    if (
                        len(set(depths)) > 1
                        and sum(1 << (d - z) for d in depths) <= 1 << self.index
                    ):
                        found.add(depths)
        return sorted(found, key=lambda d: (sum(1 << (k - len(d).bit_length() + 1) for k in d), d))


def _margins(windows: Windows, deepest: int) -> list[Floats]:
    """The best margin of every segment, for segments of 0, 1, 2... address bits."""
    n = windows.spec.n
    out, nothing = [], np.zeros(1 << n)
    for k in range(deepest + 1):
        a = Address(n, k)
        out.append(best_slopes(windows, nothing, a, a, Low(n, n - k))[1])
    return out


def _needed(margins: list[Floats], z: int, need: float) -> tuple[int, ...]:
    """The fewest address bits that give every segment of each zone the margin ``need``; empty if
    none are enough.
    """
    if z >= len(margins):
        return ()
    worst = np.array([m.reshape(1 << z, -1).min(1) for m in margins[z:]])
    enough = worst >= need
    return tuple(int(k) + z for k in enough.argmax(0)) if enough.any(0).all() else ()


def zoned(n: int, depths: tuple[int, ...]) -> Address:
    """Segments of ``depths[zone]`` address bits in each zone.

    In the number of a segment, the bits of its place in the zone come first, at the same positions
    in all zones; the bits below tell apart the zones that are left (a prefix code, read backwards).
    """
    z, deepest = len(depths).bit_length() - 1, max(depths)
    width = max(1, (sum(1 << (d - z) for d in depths) - 1).bit_length())
    recode: Ints = np.zeros(1 << deepest, dtype=np.int64)
    used = 0
    for zone in sorted(range(len(depths)), key=lambda i: -depths[i]):
        size = depths[zone] - z
        place = np.repeat(np.arange(1 << size), 1 << (deepest - depths[zone]))
        tag = int(format(used >> size, f"0{width}b")[::-1], 2) >> size
        at = slice(zone << (deepest - z), (zone + 1) << (deepest - z))
        recode[at] = (place << (width - size)) | tag
        used += 1 << size
    return Address(n, deepest, as_ints(recode))
