"""Segments that are one curve, each scaled and moved: for exponentials, whose segments are alike.

``f(top + low) = C0(top) + C1(top) * u(low)`` is exact for exponentials, and near for what bends
everywhere in the same sense. The curve ``u`` is a function of few bits, so a small design of its own,
and neither a table of curvatures nor a square is needed.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from symgate.ir.types import FixedType
from symgate.passes.approx.base import Bound, Generator, Spec
from symgate.passes.approx.fields import Address, Curve, Low
from symgate.passes.approx.fit import Floats, Windows, best_slopes, windows_of
from symgate.passes.approx.front import front
from symgate.passes.approx.generator_settings import SAVING
from symgate.passes.approx.objective import AREA
from symgate.passes.approx.piecewise import Shape, designs, guards
from symgate.passes.approx.plain import Table
from symgate.passes.approx.table_sums import Sum

#: Bits of a curve that is taken as exact, to see what a perfect one would leave.
_EXACT = 24


@dataclass(frozen=True)
class OneCurve:
    """``(C0[top bits] + C1[top bits] * u[low bits]) >> guard``."""

    inner: tuple[Generator, ...]
    min_bits: int = 9
    most_bits: int = 18
    segments: tuple[int, ...] = (6, 5, 7)  # bits
    longer: int = 3  # sizes of the curve, from the fewest bits that may be enough
    degree: int = 6  # of the polynomial that smooths the curve
    coarsest: float = 1.0  # ulps of a unit of the curve at the steepest segment

    def __call__(self, spec: Spec, bound: Bound | None = None) -> Iterator[Sum]:
        if not self.min_bits <= spec.n <= self.most_bits or spec.free.all():
            return
        windows, bound = windows_of(spec), bound or Bound()
        for k in self.segments:
            if spec.n - k < 2 or bound.beats(self._least_luts(windows, k, 1)):
                continue
            if (place := self._place(windows, k)) is not None:
                yield from self._with(windows, k, place, bound)

    def _least_luts(self, windows: Windows, k: int, size: int) -> float:
        """A lower bound, about, of all but the curve of ``size`` bits: constants, and rows of slopes."""
        out = windows.spec.format.width
        return (out - 1) * 2.0 ** max(0, k - 6) + (out - 1) * 2.0 ** max(0, k - 7) / 2 + size

    def _place(self, windows: Windows, k: int) -> Floats | None:
        """The curve, from 0 to 1, where it leaves a margin in every segment."""
        n = windows.spec.n
        curve = common_curve(windows, k, self.degree)
        reach = float(np.ptp(curve))
        if reach == 0:
            return None
        place: Floats = (curve - curve.min()) / reach
        exact = np.rint(place * ((1 << _EXACT) - 1)).astype(np.int64)
        table = Table(n - k, FixedType(False, _EXACT, 0), exact)
        address, field = Address(n, k), Curve(Low(n, n - k), _EXACT, table)
        _, margin = best_slopes(windows, np.zeros(1 << n), address, address, field)
        return place if margin.min() > 0 else None

    def _with(self, windows: Windows, k: int, place: Floats, bound: Bound) -> Iterator[Sum]:
        n = windows.spec.n
        rows = windows.middle.reshape(1 << k, -1)
        reach = float(np.ptp(rows, axis=1).max())
        fewest = max(2, math.ceil(math.log2(max(2.0, reach) / self.coarsest)))
        address = Address(n, k)
        for size in range(fewest, min(fewest + self.longer, SAVING.most_bits + 1)):
            rest = self._least_luts(windows, k, size)
            if bound.beats(rest):
                return
            wanted = place * ((1 << size) - 1)
            lo, hi = np.floor(wanted).astype(np.int64), np.ceil(wanted).astype(np.int64)
            found = front(Spec(n - k, False, lo, hi), self.inner, bound.without(rest))
            inner = min(found, key=AREA.cost)
            shape = Shape(windows, address, address, Curve(Low(n, n - k), size, inner))
            yield from designs(shape, guards(size), bound, "one curve")


def common_curve(windows: Windows, k: int, degree: int) -> Floats:
    """The curve of the low bits that all segments are nearest to multiples of, but for a constant."""
    rows = windows.middle.reshape(1 << k, -1)
    whole = (windows.weight.reshape(rows.shape) > 0).all(1)
    rows = rows[whole] if whole.any() else rows
    rows = rows - rows.mean(1, keepdims=True)
    x = np.linspace(-1, 1, rows.shape[1])
    basis = np.polynomial.legendre.legvander(x, min(degree, rows.shape[1] - 1))
    smooth = np.linalg.lstsq(basis, rows.T, rcond=None)[0]
    left, _, _ = np.linalg.svd(smooth)
    return np.asarray(basis @ left[:, 0])
