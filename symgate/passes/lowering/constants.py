"""Constants inside their error window: the one with the fewest signed digits."""

from __future__ import annotations

import math
from fractions import Fraction

from symgate.caches import remembered


def digits(mantissa: int) -> int:
    """The number of non-zero canonical signed digits (Reitwiesner 1960): adders needed, plus one."""
    return ((3 * abs(mantissa)) ^ abs(mantissa)).bit_count()


@remembered
def cheapest(value: Fraction, window: Fraction) -> tuple[int, int]:
    """``(m, s)`` with ``|m / 2**s - value| <= window``, ``m`` odd or 0, of fewest signed digits,
    then least error.
    """
    if abs(value) <= window:
        return 0, 0
    best: tuple[int, int, int, int] | None = None
    finest = max(0, math.ceil(-math.log2(window)) + 1)
    coarsest = -math.floor(math.log2(abs(value))) - 1
    finest = max(finest, coarsest)
    # all that follows is whole in units of 2^-finest over the denominators
    one = math.lcm(value.denominator, window.denominator) << finest
    target, margin = int(value * one), int(window * one)
    for shift in range(coarsest, finest + 1):
        unit = one >> shift if shift >= 0 else one << -shift
        first, last = -((margin - target) // unit), (target + margin) // unit
        for m in range(first, min(last, first + 64) + 1):
            key = (digits(m), abs(m * unit - target), m, shift)
            best = key if best is None or key < best else best
        if best is not None and best[0] == 1:
            break
    assert best is not None
    _, _, m, shift = best
    while m and m % 2 == 0:
        m, shift = m // 2, shift - 1
    return m, shift


def coarsest(value: Fraction, window: Fraction) -> int:
    """The fewest fraction bits, none negative, at which the nearest number is within a positive
    ``window``.
    """
    frac = 0
    while abs(round(value * 2**frac) - value * 2**frac) > window * 2**frac:
        frac += 1
    return frac


def signed_digits(mantissa: int) -> list[tuple[int, int]]:
    """The canonical signed digits of an integer as (position, sign), lowest first."""
    out, position = [], 0
    while mantissa:
        if mantissa & 1:
            sign = 2 - (mantissa & 3)
            out.append((position, sign))
            mantissa -= sign
        mantissa >>= 1
        position += 1
    return out
