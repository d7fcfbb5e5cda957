"""Multipartite tables: a table of initial values and up to three small tables of offsets, all
added.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from symgate.passes.approx.base import LUT_INPUTS, Bound, Ints, Spec, as_ints
from symgate.passes.approx.fields import Address
from symgate.passes.approx.first_table import intersect, start
from symgate.passes.approx.fit import Windows, windows_of
from symgate.passes.approx.table_sums import Offset, Sum


@dataclass(frozen=True)
class Multipartite:
    """``(TIV[top bits] + TO1[...] + ...) >> guard``: no multiplier, one adder per offset table.

    The decomposition of de Dinechin and Tisserand (IEEE TC 54(3), 2005), with the initial values
    found by intersecting windows in place of a bound on the errors.
    """

    offsets: int = 3
    guards: int = 3
    max_bits: int = 14
    max_top: int = 8

    def __call__(self, spec: Spec, bound: Bound | None = None) -> Iterator[Sum]:
        if spec.n > self.max_bits:
            return
        windows, bound = windows_of(spec), bound or Bound()
        alphas = range(spec.n // 2, min(self.max_top, spec.n - 1) + 1)
        for guard, alpha in itertools.product(range(self.guards), alphas):
            for parts in splits(spec.n - alpha, self.offsets):
                search = _Search(windows, alpha, parts, guard, bound)
                if (found := search.best()) is not None:
                    yield found


def splits(rest: int, most: int) -> list[tuple[int, ...]]:
    """Ways to cut ``rest`` bits into up to ``most`` fields of 1 to 4 bits, sizes as even as they
    can be within 1.
    """
    every = (
        sizes
        for count in range(1, most + 1)
        for sizes in itertools.product(range(1, 5), repeat=count)
    )
    return [sizes for sizes in every if sum(sizes) == rest and max(sizes) - min(sizes) <= 1]


@dataclass(eq=False)
class _Search:
    """The shortest addresses of the offset tables for one decomposition."""

    windows: Windows
    alpha: int
    parts: tuple[int, ...]  # sizes of the fields, from the top
    guard: int
    bound: Bound

    @cached_property
    def address(self) -> Address:
        return Address(self.windows.spec.n, self.alpha)

    def best(self) -> Sum | None:
        tops = [self.alpha] * len(self.parts)
        if self.bound.beats(self._floor()) or (window := self._window(tops)) is None:
            return None
        shorter = True
        while shorter:
            shorter = False
            for i in sorted(range(len(tops)), key=lambda i: -(tops[i] + self.parts[i])):
                fewer = [top - (other == i) for other, top in enumerate(tops)]
                if fewer[i] >= 0 and (found := self._window(fewer)) is not None:
                    tops, window, shorter = fewer, found, True
                    break
        offsets = [self._offset(i, top)[0] for i, top in enumerate(tops)]
        addresses = zip(tops, self.parts, strict=True)
        detail = f"{self.alpha}|" + ",".join(f"{top}+{part}" for top, part in addresses)
        out = self.windows.spec.format
        best = start("multipartite", self.address, *window, list(offsets), out, self.guard, detail)
        self.bound.luts = min(self.bound.luts, best.luts)
        return best

    def _floor(self) -> float:
        out = self.windows.spec.format.width + self.guard
        return (out - 2) * 2.0 ** max(0, self.alpha - 6) + 4 * len(self.parts)

    def _window(self, tops: list[int]) -> tuple[Ints, Ints] | None:
        taken = -sum((self._offset(i, top)[1] for i, top in enumerate(tops)), as_ints(0))
        lo, hi = intersect(self.windows, self.address, taken, self.guard)
        return None if (lo > hi).any() else (lo, hi)

    def _offset(self, i: int, top: int) -> tuple[Offset, Ints]:
        """`_made`, and its value for every code."""
        if (i, top) not in self._tables:
            made = self._offset_table(i, top)
            self._tables[i, top] = made, made.values()
        return self._tables[i, top]

    @cached_property
    def _tables(self) -> dict[tuple[int, int], tuple[Offset, Ints]]:
        return {}

    def _offset_table(self, i: int, top: int) -> Offset:
        """The offsets of field ``i``: the slope of the top bits, times the distance from the
        field's middle.
        """
        n, size, low = self.windows.spec.n, self.parts[i], sum(self.parts[i + 1 :])
        distance = (np.arange(1 << size) - ((1 << size) - 1) / 2) * (1 << low)
        change = np.rint(self.windows.slopes(top, top)[0][:, None] * distance * 2.0**self.guard).astype(np.int64)
        upper = change[:, 1 << (size - 1) :]
        sign, fold = (1, "rise") if upper.max() > 0 else (-1, "fall")
        if top + size > LUT_INPUTS and size > 1 and (upper * sign).min() >= 0:
            return Offset(n, top, low, size, upper * sign, fold)
        down = change.max(1, keepdims=True) - change
        borrow = i > 0
        lift = borrow & (down[:, 1 << (size - 1) :].min(1, keepdims=True) == 0)
        return Offset(n, top, low, size, down + lift, borrow=bool(borrow))
