"""Multipartite tables: a table of initial values and up to three small tables of offsets, all
added.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from symgate.passes.approx.base import Ints, Spec, as_ints
from symgate.passes.approx.fields import Address, Low
from symgate.passes.approx.fit import Floats, Windows, best_slopes
from symgate.passes.approx.piecewise import Bound, intersect, start
from symgate.passes.approx.terms import Offset, Sum


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

    def __call__(self, spec: Spec) -> Iterator[Sum]:
        if spec.n > self.max_bits:
            return
        windows, bound, slopes = Windows(spec), Bound(), _Slopes(Windows(spec))
        alphas = range(spec.n // 2, min(self.max_top, spec.n - 1) + 1)
        for guard, alpha in itertools.product(range(self.guards), alphas):
            for parts in splits(spec.n - alpha, self.offsets):
                if (
                    found := _Search(windows, slopes, alpha, parts, guard, bound).best()
                ) is not None:
                    yield found


def splits(rest: int, most: int) -> list[tuple[int, ...]]:
    """Ways to cut ``rest`` bits into up to ``most`` fields of 1 to 4 bits, sizes as even as they
    can be within 1.
    """
    every = (
        s for count in range(1, most + 1) for s in itertools.product(range(1, 5), repeat=count)
    )
    return [s for s in every if sum(s) == rest and max(s) - min(s) <= 1]


@dataclass(eq=False)
class _Slopes:
    """The best slope of each segment, for segments of every size."""

    windows: Windows

    def __post_init__(self) -> None:
        self._known: dict[int, Floats] = {}

    def __call__(self, top: int) -> Floats:
        if top not in self._known:
            n = self.windows.spec.n
            a = Address(n, top)
            self._known[top] = best_slopes(self.windows, np.zeros(1 << n), a, a, Low(n, n - top))[0]
        return self._known[top]


@dataclass(eq=False)
class _Search:
    """The shortest addresses of the offset tables for one decomposition."""

    windows: Windows
    slopes: _Slopes
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
                fewer = [t - (j == i) for j, t in enumerate(tops)]
                if fewer[i] >= 0 and (found := self._window(fewer)) is not None:
                    tops, window, shorter = fewer, found, True
                    break
        offsets = [self._offset(i, t)[0] for i, t in enumerate(tops)]
        detail = f"{self.alpha}|" + ",".join(
            f"{t}+{p}" for t, p in zip(tops, self.parts, strict=True)
        )
        out = self.windows.spec.format
        best = start("multipartite", self.address, *window, list(offsets), out, self.guard, detail)
        self.bound.luts = min(self.bound.luts, best.luts)
        return best

    def _floor(self) -> float:
        out = self.windows.spec.format.width + self.guard
        return (out - 2) * 2.0 ** max(0, self.alpha - 6) + 4 * len(self.parts)

    def _window(self, tops: list[int]) -> tuple[Ints, Ints] | None:
        taken = -sum((self._offset(i, t)[1] for i, t in enumerate(tops)), as_ints(0))
        lo, hi = intersect(self.windows, self.address, taken, self.guard)
        return None if (lo > hi).any() else (lo, hi)

    def _offset(self, i: int, top: int) -> tuple[Offset, Ints]:
        """`_made`, and its value for every code."""
        if (i, top) not in self._known:
            made = self._made(i, top)
            self._known[i, top] = made, made.values()
        return self._known[i, top]

    @cached_property
    def _known(self) -> dict[tuple[int, int], tuple[Offset, Ints]]:
        return {}

    def _made(self, i: int, top: int) -> Offset:
        """The offsets of field ``i``: the slope of the top bits, times the distance from the
        field's middle.
        """
        n, size, low = self.windows.spec.n, self.parts[i], sum(self.parts[i + 1 :])
        distance = (np.arange(1 << size) - ((1 << size) - 1) / 2) * (1 << low)
        change = np.rint(self.slopes(top)[:, None] * distance * 2.0**self.guard).astype(np.int64)
        upper = change[:, 1 << (size - 1) :]
        sign = 1 if upper.max() > 0 else -1
        if top + size > 6 and size > 1 and (upper * sign).min() >= 0:
            return Offset(n, top, low, size, upper * sign, "rise" if sign > 0 else "fall")
        down = change.max(1, keepdims=True) - change
        borrow = i > 0
        lift = borrow & (down[:, 1 << (size - 1) :].min(1, keepdims=True) == 0)
        return Offset(n, top, low, size, down + lift, borrow=bool(borrow))
