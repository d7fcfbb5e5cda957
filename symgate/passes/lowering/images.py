"""The values of a function on cells of codes: hulls of what it is at each code that exists.

A value that is infinite or undefined at a code is never passed over: where an interval shows none,
each code is looked at, then each code exactly; what stays open is infinite. Where an interval is
wide at one code, as that of a condition at its tie, the code is looked at exactly too.
"""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction

import numpy as np
from numpy.typing import NDArray

from symgate.caches import remembered
from symgate.ir.boxes import Box
from symgate.ir.exactly import enclosure
from symgate.ir.expr import Expr
from symgate.ir.function import ARGUMENT, Function
from symgate.ir.rationals import Ratios, boxes_at

Ints = NDArray[np.int64]
Floats = NDArray[np.float64]
Bools = NDArray[np.bool_]


#: The address of an image before it has one.
NO_NODE = -1


@dataclass(frozen=True)
class Limits:
    """Up to where codes are looked at one by one."""

    #: All codes of an argument together: a hull of points is closer than an interval, and is as
    #: fast up to about here.
    codes: int = 1 << 16
    #: Codes in cells of which an interval shows no values; beyond, such a cell stays open.
    open_codes: int = 1 << 18
    #: Codes of which an interval shows no value, and a ball may: 20 us each.
    exact: int = 1 << 12
    #: Codes at which an interval is wide, as next to a jump: a function that cancels is wide everywhere.
    wide: int = 1 << 9
    #: The same of functions that jump, which say nothing between: 50 us each.
    jumping: int = 1 << 16
    #: Bits of the offset of an argument for exact arithmetic: others stand for irrational numbers.
    short: int = 40
    #: Cells of which intervals are computed at once: a formula has many arrays of them.
    together: int = 1 << 18
    #: Width of an interval of one point, relative to 1 or to its size, that rounding does not explain.
    rounding: float = 2.0**-36


LIMITS = Limits()


@dataclass(frozen=True, eq=False)
class Argument:
    """What codes of an argument stand for: ``code / 2**frac + offset``."""

    frac: int
    offset: Fraction

    def real(self, code: int) -> Fraction:
        """The number that a code stands for."""
        return Fraction(code) / Fraction(2) ** self.frac + self.offset


@dataclass(frozen=True, eq=False)
class Image:
    """What a function does at each bit pattern of its address, the node ``address``.

    The codes ``first`` to ``last`` of its argument have the pattern, none where the pattern does not
    occur. ``low`` and ``high`` are the least and the largest value at these codes, rounded outward;
    infinite where none is proved.
    """

    address: int
    first: Ints
    last: Ints
    low: Floats
    high: Floats

    @staticmethod
    def of(
        f: Function,
        argument: Argument,
        first: Ints,
        last: Ints,
        at: Ints,
        width: int,
        address: int = NO_NODE,
    ) -> Image:
        """The image of ``f`` on cells of codes, whose bit patterns, of ``width`` bits, are ``at``."""
        low, high = hulls(f, argument, first, last)
        size = 1 << width
        firsts, lasts = np.zeros(size, np.int64), np.full(size, -1, np.int64)
        lows, highs = np.zeros(size), np.zeros(size)
        firsts[at], lasts[at], lows[at], highs[at] = first, last, low, high
        return Image(address, firsts, lasts, lows, highs)

    @staticmethod
    def table(address: int, at: Ints, width: int, low: Floats, high: Floats) -> Image:
        """The image of a function that is known at bit patterns ``at``, of ``width`` bits."""
        size = 1 << width
        firsts, lasts = np.zeros(size, np.int64), np.full(size, -1, np.int64)
        lows, highs = np.zeros(size), np.zeros(size)
        lasts[at], lows[at], highs[at] = 0, low, high
        return Image(address, firsts, lasts, lows, highs)

    @property
    def occurs(self) -> Bools:
        """The patterns that can occur."""
        return self.first <= self.last

    @property
    def bounded(self) -> Bools:
        """Those of them where the function has finite values."""
        return self.occurs & finite(self.low, self.high)


def finite(low: Floats, high: Floats) -> Bools:
    """Where both ends are finite numbers."""
    return np.isfinite(low) & np.isfinite(high)


def hulls(f: Function, argument: Argument, first: Ints, last: Ints) -> tuple[Floats, Floats]:
    """The least and the largest value of ``f`` on each cell of codes ``first`` to ``last``."""
    if not first.size:
        return np.empty(0), np.empty(0)
    codes = int(np.sum(last - first)) + first.size
    if codes <= LIMITS.codes:
        return _at_each(f, argument, first, last)
    low, high = _boxed(f, argument, first, last)
    opened = np.flatnonzero(~finite(low, high))
    if opened.size:
        sizes = np.cumsum(last[opened] - first[opened] + 1)
        few = opened[sizes <= LIMITS.open_codes]
        low[few], high[few] = _at_each(f, argument, first[few], last[few])
    return low, high


def first_open(f: Function, argument: Argument, first: int, last: int) -> int:
    """The first of the codes ``first`` to ``last`` at which ``f`` is not proved to be finite."""
    codes = np.arange(first, min(last, first + LIMITS.codes) + 1)
    low, high = _at_points(f, argument, codes)
    opened = np.flatnonzero(~finite(low, high))
    return int(codes[opened[0]]) if opened.size else first


def _at_each(f: Function, argument: Argument, first: Ints, last: Ints) -> tuple[Floats, Floats]:
    """As `hulls`, from every code."""
    if not first.size:
        return np.empty(0), np.empty(0)
    sizes = last - first + 1
    ends = np.cumsum(sizes)
    starts = ends - sizes
    codes = np.repeat(first - starts, sizes) + np.arange(int(ends[-1]))
    low, high = _at_points(f, argument, codes)
    return np.minimum.reduceat(low, starts), np.maximum.reduceat(high, starts)


def _at_points(f: Function, argument: Argument, codes: Ints) -> tuple[Floats, Floats]:
    low, high = _jumping(f, argument, codes) if f.jumps else _boxed(f, argument, codes, codes)
    opened = np.flatnonzero(~finite(low, high))[: LIMITS.exact]
    with np.errstate(invalid="ignore"):
        size = 1 + np.maximum(np.abs(low), np.abs(high))
        wide = np.flatnonzero(finite(low, high) & (high - low > LIMITS.rounding * size))
    most = LIMITS.jumping if f.jumps else LIMITS.wide
    for k in (*opened, *(wide if wide.size <= most else ())):
        found = _exactly(f.body, argument.real(int(codes[k])))
        if found[1] - found[0] < high[k] - low[k]:
            low[k], high[k] = found
    return low, high


def _jumping(f: Function, argument: Argument, codes: Ints) -> tuple[Floats, Floats]:
    """The values at single codes: what is rational is decided exactly."""
    if argument.offset.denominator.bit_length() > LIMITS.short:
        return _boxed(f, argument, codes, codes)
    box = boxes_at(f.body, {ARGUMENT: Ratios.codes(codes, argument.frac, argument.offset)})
    low, high = (np.array(np.broadcast_to(side, codes.shape)) for side in (box.lo, box.hi))
    return np.where(np.isnan(low), -np.inf, low), np.where(np.isnan(high), np.inf, high)


def _boxed(f: Function, argument: Argument, first: Ints, last: Ints) -> tuple[Floats, Floats]:
    """As `hulls`, from one interval per cell."""
    starts = range(0, max(1, first.size), LIMITS.together)
    cells = [slice(start, start + LIMITS.together) for start in starts]
    parts = [_boxed_together(f, argument, first[some], last[some]) for some in cells]
    low, high = zip(*parts, strict=True)
    return np.concatenate(low), np.concatenate(high)


def _boxed_together(
    f: Function, argument: Argument, first: Ints, last: Ints
) -> tuple[Floats, Floats]:
    box = f.interval(points(first, last, argument.frac, argument.offset))
    low, high = (np.array(np.broadcast_to(side, first.shape)) for side in (box.lo, box.hi))
    return np.where(np.isnan(low), -np.inf, low), np.where(np.isnan(high), np.inf, high)


@remembered
def _exactly(body: Expr, t: Fraction) -> tuple[float, float]:
    """The value at one point, by fractions and balls; infinite where they show none."""
    return enclosure(body, {ARGUMENT: t})


def points(lo: Ints, hi: Ints, frac: int, offset: Fraction) -> Box:
    """Codes plus an offset as real numbers, rounded outward where these are no floats."""
    start, end = (np.ldexp(side.astype(np.float64), -frac) for side in (lo, hi))
    fine = max(frac, offset.denominator.bit_length() - 1)
    largest = (
        max(abs(int(lo.min())), abs(int(hi.max()))) * 2 ** (fine - frac)
        + abs(offset) * Fraction(2) ** fine
    )
    if largest < 1 << 52 and offset.denominator & (offset.denominator - 1) == 0:
        return Box.exact(start + float(offset), end + float(offset))
    size = np.maximum(np.abs(start), np.abs(end)) + abs(float(offset))
    away = size * 2.0**-51  # of the codes, of the offset, and of their sum
    return Box.exact(start + float(offset) - away, end + float(offset) + away)
