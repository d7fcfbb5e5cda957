"""A smooth function that is off by a few units, and a table of what it is off by.

Where windows hold one value each, as those of a function that is rounded to integers, no polynomial
stays inside of them; one that may be off by a unit does with far fewer LUTs than a table of all
values, and what it is off by takes one column of a table.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from symgate.ir.fixed import Builder
from symgate.passes.approx.affine import Reduced
from symgate.passes.approx.base import Bound, Candidate, Generator, Ints, Spec, whole
from symgate.passes.approx.front import front
from symgate.passes.approx.plain import Plain, Table
from symgate.passes.approx.table_cost import carry_delay


@dataclass(frozen=True, eq=False)
class Corrected(Reduced):
    """``inner + table``."""

    table: Table
    width: int

    @property
    def name(self) -> str:
        return f"corrected{self.table.out.width}({self.inner.name})"

    @property
    def luts(self) -> float:
        return self.inner.luts + self.table.luts + self.width

    @property
    def delay(self) -> float:
        return max(self.inner.delay, self.table.delay) + carry_delay(self.width)

    def values(self) -> Ints:
        return self.inner.values() + self.table.values()

    def lower(self, builder: Builder, x: int) -> int:
        x = whole(builder, x)
        return builder.add(self.inner.lower(builder, x), self.table.lower(builder, x))


@dataclass(frozen=True)
class Correct:
    """The best few functions of windows that are wider by what one or two bits correct."""

    inner: tuple[Generator, ...]
    min_bits: int = 9  # below, a table of all values is as small
    max_bits: int = 14  # above, one column of a table is larger than what it saves
    units: tuple[int, ...] = (1, 3)
    narrow: int = 1  # units of a window at most, of most codes: wider ones need no correction

    def __call__(self, spec: Spec, bound: Bound | None = None) -> Iterator[Candidate]:
        if not self.min_bits <= spec.n <= self.max_bits or spec.free.all():
            return
        size = (spec.hi - spec.lo)[~spec.free]
        if np.median(size) >= self.narrow:
            return
        low, high = spec.bounded
        for units in self.units:
            lo = np.where(spec.free, spec.lo, low - units)
            wider = Spec(spec.n, False, lo, np.where(spec.free, spec.hi, high))
            within = bound and bound.without(spec.format.width)
            for candidate in front(wider, self.inner, within):
                yield self._corrected(spec, candidate, units)

    def _corrected(self, spec: Spec, candidate: Candidate, units: int) -> Candidate:
        values = candidate.values()
        low = np.where(spec.free, 0, np.maximum(spec.lo - values, 0))
        high = np.where(spec.free, units, np.minimum(spec.hi - values, units))
        (table,) = Plain()(Spec(spec.n, False, low, high))
        return Corrected(spec.n, spec.n, candidate, table, spec.format.width)
