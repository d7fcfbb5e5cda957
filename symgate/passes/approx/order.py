"""Signed inputs: the generators see codes in ascending order of the number, which inverts the top
bit.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from symgate.ir.fixed import Builder
from symgate.passes.approx.base import Candidate, Ints, Spec, above_low, bits, flip, whole


@dataclass(frozen=True, eq=False)
class Ordered:
    """``inner`` of the code with its top bit inverted, which costs nothing: LUTs absorb the
    inverter.
    """

    n: int
    inner: Candidate

    @property
    def name(self) -> str:
        return self.inner.name

    @property
    def luts(self) -> float:
        return self.inner.luts

    @property
    def delay(self) -> float:
        return self.inner.delay

    @property
    def brams(self) -> int:
        return self.inner.brams

    @property
    def dsps(self) -> int:
        return self.inner.dsps

    def values(self) -> Ints:
        return np.roll(self.inner.values(), 1 << (self.n - 1))

    def lower(self, builder: Builder, x: int) -> int:
        x = whole(builder, x)
        top = flip(builder, bits(builder, x, self.n - 1, self.n - 1), 1)
        return self.inner.lower(builder, above_low(builder, top, x, self.n - 1))


def in_order(spec: Spec) -> Spec:
    """The same windows for an unsigned input that counts from the smallest number up."""
    half = 1 << (spec.n - 1)
    return Spec(spec.n, False, np.roll(spec.lo, half), np.roll(spec.hi, half))
