"""The plain table, in LUTs or in block RAM."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from symgate.ir.fixed import Builder
from symgate.ir.fixed_ops import blocks
from symgate.ir.types import FixedType
from symgate.passes.approx import table_cost
from symgate.passes.approx.base import Bound, Ints, Spec, look_up, whole


@dataclass(frozen=True, eq=False)
class Table:
    """``table[code]``, where the code is the bit pattern of the input."""

    n: int
    out: FixedType
    table: Ints
    memory: bool = False

    @property
    def name(self) -> str:
        return "bram" if self.memory else "plain"

    @cached_property
    def luts(self) -> float:
        return 0.0 if self.memory else table_cost.table_luts(self.table, self.out.width)

    @property
    def delay(self) -> float:
        return table_cost.block_delay() if self.memory else table_cost.table_delay(self.n)

    @property
    def brams(self) -> int:
        return blocks(self.n, self.out.width) if self.memory else 0

    @property
    def dsps(self) -> int:
        return 0

    def values(self) -> Ints:
        return self.table

    def lower(self, builder: Builder, x: int) -> int:
        index = whole(builder, x)
        entries = self._read_by(builder.nodes[index].type)
        return builder.rom(index, entries) if self.memory else look_up(builder, index, entries)

    def _read_by(self, index: FixedType) -> list[int]:
        """The entries for an index that is known to take fewer codes than a port of ``n`` bits."""
        codes = np.arange(1 << min(index.width, self.n))
        negative = index.signed & (codes >> (index.width - 1) == 1)
        at = np.where(negative, codes - (1 << index.width), codes)
        return [int(v) for v in self.table[at & ((1 << self.n) - 1)]]


@dataclass(frozen=True)
class Plain:
    """One table entry per code; each is chosen inside its window so that columns become constant or
    need few inputs.
    """

    max_bits: int = 20
    max_width: int = 40  # of an entry
    memory: bool = False  # in block RAM: no LUTs, but a block for each 18 Kbit

    def __call__(self, spec: Spec, bound: Bound | None = None) -> Iterator[Table]:
        if spec.n > self.max_bits or spec.format.width > self.max_width:
            return
        if self.memory and bound is not None and bound.luts < math.inf:
            return
        lo, hi = spec.bounded
        if spec.free.all():
            values = np.maximum(lo, np.minimum(hi, 0))
        else:
            values = table_cost.choose(lo, hi, spec.format.width)
        yield Table(spec.n, spec.format, values, self.memory)
