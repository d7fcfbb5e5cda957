"""What every function generator takes and gives: integer windows in, exact hardware out."""

from __future__ import annotations

import hashlib
import math
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from symgate.errors import InputError
from symgate.ir.fixed import Builder
from symgate.ir.types import FixedType

Ints = NDArray[np.int64]
#: Inputs of the LUTs that all costs are counted in.
LUT_INPUTS = 6
#: A window from ``-BIG`` to ``BIG`` means that the output at this code does not matter.
BIG = 1 << 40


@dataclass(frozen=True, eq=False)
class Spec:
    """For each bit pattern of an ``n``-bit input, the smallest and the largest integer output that
    is allowed.
    """

    n: int
    signed: bool
    lo: Ints
    hi: Ints

    def __post_init__(self) -> None:
        if max(int(np.max(self.lo, initial=0)), -int(np.min(self.hi, initial=0))) >= BIG:
            raise InputError(
                "a function has values of 2**40 or more units in the last place",
                remedy="state a larger max_error, or a range that keeps away from where the function is so large",
            )
        for name in ("lo", "hi"):
            object.__setattr__(
                self, name, np.clip(np.asarray(getattr(self, name), dtype=np.int64), -BIG, BIG)
            )
        if self.lo.shape != (1 << self.n,) or self.hi.shape != self.lo.shape:
            raise InputError(
                f"windows of shape {self.lo.shape} and {self.hi.shape} do not describe a function of {self.n} bits",
                remedy=f"give one window for each of the {1 << self.n} bit patterns",
            )
        if (empty := np.flatnonzero(self.lo > self.hi)).size:
            raise InputError(
                f"the window at code {empty[0]} is empty", remedy="widen it: lo <= hi at every code"
            )

    @cached_property
    def key(self) -> str:
        """A hash of the whole problem."""
        head = f"{self.n},{self.signed}".encode()
        return hashlib.sha256(head + self.lo.tobytes() + self.hi.tobytes()).hexdigest()

    @cached_property
    def free(self) -> NDArray[np.bool_]:
        """Codes whose output does not matter."""
        return (self.lo <= -BIG) & (self.hi >= BIG)

    @cached_property
    def format(self) -> FixedType:
        """The narrowest integer format in which some value fits at every code."""
        return FixedType.holding(min(0, int(self.hi.min())), max(0, int(self.lo.max())), 0)

    @cached_property
    def bounded(self) -> tuple[Ints, Ints]:
        """The windows cut to `format`."""
        return np.maximum(self.lo, self.format.lo), np.minimum(self.hi, self.format.hi)

    @cached_property
    def found(self) -> dict[type, Any]:
        """What generators found of these windows that others need too, for as long as they live."""
        return {}

    def allows(self, values: Ints) -> bool:
        """Whether ``values``, one per code, are inside every window."""
        return bool(((self.lo <= values) & (values <= self.hi)).all())


class Candidate(Protocol):
    """Hardware for a `Spec`: a frozen dataclass per architecture."""

    @property
    def name(self) -> str:
        """The architecture and its main sizes, for reports."""

    @property
    def luts(self) -> float:
        """Estimate of the LUT6 count."""

    @property
    def delay(self) -> float:
        """Estimate of the delay without registers, ns."""

    @property
    def brams(self) -> int:
        """RAMB18 blocks."""

    @property
    def dsps(self) -> int:
        """DSP slices."""

    def values(self) -> Ints:
        """The integer output for every bit pattern of the input: the meaning of the hardware."""

    def lower(self, builder: Builder, x: int) -> int:
        """Append the nodes that compute `values` of the ``n`` bits of node ``x``; the result has
        ``frac`` 0.
        """


@dataclass
class Bound:
    """The fewest LUTs found so far, shared by the searches of one problem."""

    luts: float = math.inf

    def beats(self, luts: float) -> bool:
        """Whether a design of at least ``luts`` is not worth a look."""
        return luts >= self.luts

    def without(self, luts: float) -> Bound:
        """What is left for the inside of a design whose outside takes ``luts``."""
        return Bound(self.luts - luts)


class Generator(Protocol):
    """An architecture: gives candidates, each of them inside the windows at every code; none where
    it cannot.
    """

    def __call__(self, spec: Spec, bound: Bound | None = None) -> Iterable[Candidate]:
        """The candidates worth comparing.

        With ``bound``, which the search may lower, those of more LUTs may be left out, and those
        with block RAMs or DSP slices, too, where it is finite.
        """


def merge_neighbours(lo: Ints, hi: Ints) -> tuple[Ints, Ints] | None:
    """The windows of pairs of neighbouring codes, where each pair has an output in common."""
    low, high = lo.reshape(-1, 2).max(1), hi.reshape(-1, 2).min(1)
    return None if (low > high).any() else (low, high)


def whole(builder: Builder, x: int) -> int:
    """``x`` read as an integer: the same bits at ``frac`` 0."""
    return builder.scale(x, builder.nodes[x].frac)


def bits(builder: Builder, x: int, hi: int, lo: int) -> int:
    """Bits ``hi`` down to ``lo`` of ``x`` as an unsigned integer; a constant 0 where ``hi < lo``."""
    return whole(builder, builder.slice(x, hi, lo)) if hi >= lo else builder.const(0)


def above_low(builder: Builder, high: int, x: int, width: int) -> int:
    """The bits of ``high`` above the low ``width`` bits of ``x``, which may be none."""
    return builder.concat(high, bits(builder, x, width - 1, 0), width) if width else high


def look_up(builder: Builder, index: int, values: Ints | list[int]) -> int:
    """Entry number ``index``, an unsigned node which may be known to stay below the end of
    ``values``.
    """
    width = builder.nodes[index].type.width
    entries = [int(value) for value in values]
    return builder.table(index, (entries + [0] * (1 << width))[: 1 << width])


def flip(builder: Builder, x: int, width: int) -> int:
    """The ``width`` bits of the unsigned ``x``, all inverted."""
    return bits(builder, builder.invert(x), width - 1, 0)


def invert_if(builder: Builder, condition: int, x: int, width: int) -> int:
    """The ``width`` bits of the unsigned ``x``, inverted where the bit ``condition`` is set."""
    return builder.select(condition, flip(builder, x, width), x)


def as_ints(values: Any) -> Ints:
    """``values`` as an int64 array."""
    return np.asarray(values, dtype=np.int64)
