"""Piecewise quadratic: piecewise linear plus a table of the square term, which needs only a few bits of the input."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from symgate.passes.approx.base import Spec
from symgate.passes.approx.fit import Floats, Windows, best_slopes, centred, curvatures
from symgate.passes.approx.piecewise import Bound, Shape, designs
from symgate.passes.approx.terms import Address, Offset, Sum


@dataclass(frozen=True)
class Quadratic:
    """``(C0[top bits] + C1[top bits] * low bits + C2[few top bits, few of the low bits]) >> guard``.

    The square is a table because it is small and symmetric about the middle of a segment: each power of the input has as
    many address bits as it deserves (Detrey and de Dinechin, Table-based polynomials, ASAP 2005).
    """

    min_bits: int = 9
    max_segments: int = 7  # bits
    guards: int = 4

    def __call__(self, spec: Spec) -> Iterator[Sum]:
        if spec.n < self.min_bits:
            return
        windows, bound = Windows(spec), Bound()
        for k in sorted(range(2, min(self.max_segments, spec.n - 3) + 1), key=lambda k: abs(k - 6)):
            curves = _Curves(windows, Address(spec.n, k), spec.n - k)
            if curves.margin > 0:
                yield from self._segments(curves, bound)

    def _segments(self, curves: _Curves, bound: Bound) -> Iterator[Sum]:
        k, size = curves.segments.top, curves.size
        for top in range(min(k, 5) + 1):
            for part in range(2, min(size, 8 - top) + 1):
                for guard in range(self.guards):
                    square = curves.table(top, part, guard)
                    shape = Shape(
                        curves.windows, curves.segments, curves.segments, size, square, guard, known=curves.slopes
                    )
                    yield from designs(shape, range(guard, guard + 1), bound, "quadratic")


class _Curves:
    """The best parabola of each segment."""

    def __init__(self, windows: Windows, segments: Address, size: int) -> None:
        self.windows, self.segments, self.size = windows, segments, size
        self.curve = curvatures(windows, segments, size)
        square = np.repeat(self.curve, 1 << size) * centred(segments.n, size) ** 2
        self.slopes, margins = best_slopes(windows, square, segments, segments, size)
        self.margin = float(margins.min())

    def table(self, top: int, part: int, guard: int) -> Offset:
        """The square term from ``top`` bits of the segment and the ``part`` high bits of the place in it."""
        groups = self.curve.reshape(1 << top, -1)
        curve = (groups.max(1) + groups.min(1)) / 2
        steps = (np.arange(1 << part) - ((1 << part) - 1) / 2) * 2.0 ** (self.size - part)
        down: Floats = np.rint(-curve[:, None] * steps**2 * 2.0**guard)
        table = (down - down.min(1, keepdims=True)).astype(np.int64)
        fold = top + part > 6
        table = table[:, 1 << (part - 1) :] if fold else table
        return Offset(self.segments.n, top, self.size - part, part, table, "even" if fold else "")
