"""Piecewise linear: one table of constants, one of slopes, and a multiply-add of Booth rows."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from symgate.passes.approx.base import Bound, Spec
from symgate.passes.approx.fields import Address, Low
from symgate.passes.approx.fit import windows_of
from symgate.passes.approx.piecewise import Shape, designs, guards
from symgate.passes.approx.table_sums import Sum


@dataclass(frozen=True)
class Linear:
    """``(C0[top bits] + C1[fewer top bits] * low bits) >> guard`` over equal segments.

    The slopes are fitted, the constants follow by intersecting the windows of a segment, so the
    result is inside its windows at every code, whatever the rows drop (docs/function-approximation,
    8.1).
    """

    max_segments: int = 9  # bits
    coarser: int = 3  # bits by which the address of the slopes may be shorter

    def __call__(self, spec: Spec, bound: Bound | None = None) -> Iterator[Sum]:
        windows, bound = windows_of(spec), bound or Bound()
        for k in range(max(1, spec.n // 3), min(self.max_segments, spec.n - 1) + 1):
            inner = Address(spec.n, k)
            for kc in range(k, max(0, k - self.coarser - 1), -1):
                shape = Shape(windows, inner, Address(spec.n, kc), Low(spec.n, spec.n - k))
                if bound.beats(shape.least_luts()):
                    break
                tried = guards(spec.n - k)
                if all(bound.beats(shape.floor_unfitted(guard)) for guard in tried):
                    continue
                if shape.margin <= 0:
                    break
                yield from designs(shape, tried, bound, "linear")
