"""Rounding and overflow to the letter of ``ap_fixed``: what each mode does, and the same stated in
real numbers.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from fractions import Fraction
from typing import Any

from symgate.ir.domains import Interval, mux
from symgate.ir.types import FixedType, Overflow, Rounding, pow2

Attr = tuple[Any, ...]
Types = Sequence[FixedType]

_ROUND: dict[Rounding, Callable[[Any, int], Any]] = {
    Rounding.TRN: lambda x, n: x >> n,
    Rounding.TRN_ZERO: lambda x, n: mux(x < 0, x + ((1 << n) - 1), x) >> n,
    Rounding.RND: lambda x, n: (x + (1 << (n - 1))) >> n,
    Rounding.RND_ZERO: lambda x, n: (x + ((1 << (n - 1)) - 1) + (x < 0)) >> n,
    Rounding.RND_INF: lambda x, n: (x + (1 << (n - 1)) - (x < 0)) >> n,
    Rounding.RND_MIN_INF: lambda x, n: (x + ((1 << (n - 1)) - 1)) >> n,
    Rounding.RND_CONV: lambda x, n: (x + ((1 << (n - 1)) - 1) + ((x >> n) & 1)) >> n,
}


def round_raw(x: Any, drop: int, mode: str) -> Any:
    """Drop ``drop`` low bits of ``x`` in one of the seven modes of `Rounding`."""
    return _ROUND[Rounding(mode)](x, drop) if drop else x


def _nearest(x: Fraction, tie: Callable[[Fraction], int]) -> int:
    return tie(x) if x.denominator == 2 else math.floor(x + Fraction(1, 2))


_ROUND_SPEC: dict[Rounding, Callable[[Fraction], int]] = {
    Rounding.TRN: math.floor,
    Rounding.TRN_ZERO: math.trunc,
    Rounding.RND: lambda x: _nearest(x, math.ceil),
    Rounding.RND_ZERO: lambda x: _nearest(x, math.trunc),
    Rounding.RND_INF: lambda x: _nearest(x, lambda h: math.ceil(h) if h > 0 else math.floor(h)),
    Rounding.RND_MIN_INF: lambda x: _nearest(x, math.floor),
    Rounding.RND_CONV: round,
}


def round_spec(attr: Attr, types: Types, x: Fraction) -> Fraction:
    """What `round_raw` does to a real value."""
    unit = pow2(attr[0] - types[0].frac)
    return _ROUND_SPEC[Rounding(attr[1])](x / unit) * unit


def wrap_raw(x: Any, width: int, signed: int) -> Any:
    """``x`` modulo 2^width, read as a signed or unsigned number."""
    half = 1 << (width - 1) if signed else 0
    return ((x + half) & ((1 << width) - 1)) - half


def wrap_interval(attr: Attr, ranges: Sequence[Interval], types: Types) -> Interval:
    """The values of `wrap_raw`."""
    t = FixedType(bool(attr[1]), attr[0], 0)
    offset = ((ranges[0].lo - t.lo) >> t.width) << t.width
    fits = ranges[0].hi - offset <= t.hi
    return Interval(ranges[0].lo - offset, ranges[0].hi - offset) if fits else Interval(t.lo, t.hi)


def wrap_spec(attr: Attr, types: Types, x: Fraction) -> Fraction:
    """What `wrap_raw` does to a real value."""
    t = FixedType(bool(attr[1]), attr[0], types[0].frac)
    span = pow2(t.width - t.frac)
    return x - span * math.floor((x - t.lo * t.ulp) / span)


def saturation_limits(width: int, signed: int, mode: str) -> tuple[int, int]:
    """The smallest and the largest value that `saturate_raw` leaves as it is."""
    t = FixedType(bool(signed), width, 0)
    # one bit has no -0: ap_fixed gives -1
    symmetric = mode == Overflow.SAT_SYM and signed and width > 1
    return (-t.hi if symmetric else t.lo), t.hi


def saturate_raw(x: Any, width: int, signed: int, mode: str) -> Any:
    """Bring ``x`` into ``width`` bits in one of the modes SAT, SAT_SYM, SAT_ZERO of `Overflow`."""
    lo, hi = saturation_limits(width, signed, mode)
    below, above = (0, 0) if mode == Overflow.SAT_ZERO else (lo, hi)
    return mux(x < lo, below, mux(hi < x, above, x))


def saturate_interval(attr: Attr, ranges: Sequence[Interval], types: Types) -> Interval:
    """The values of `saturate_raw`."""
    x, (lo, hi) = ranges[0], saturation_limits(*attr)
    if attr[2] != Overflow.SAT_ZERO:
        return Interval(min(max(x.lo, lo), hi), max(min(x.hi, hi), lo))
    first, last = max(x.lo, lo), min(x.hi, hi)
    if first > last:
        return Interval(0, 0)
    beyond = x.lo < lo or x.hi > hi
    return Interval.hull(first, last, 0) if beyond else Interval(first, last)


def saturate_spec(attr: Attr, types: Types, x: Fraction) -> Fraction:
    """What `saturate_raw` does to a real value."""
    lo, hi = (v * types[0].ulp for v in saturation_limits(*attr))
    if attr[2] == Overflow.SAT_ZERO:
        return x if lo <= x <= hi else Fraction(0)
    return max(lo, min(hi, x))
