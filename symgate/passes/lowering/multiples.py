"""A constant times a value: by shifts and adds, or as two small tables, whichever is cheaper."""

from __future__ import annotations

import math
from dataclasses import dataclass
from fractions import Fraction

from symgate.caches import remembered
from symgate.ir.fixed import Builder
from symgate.ir.types import FixedType, pow2
from symgate.passes.lowering.adders import add, sub, wrapped
from symgate.passes.lowering.constants import cheapest, digits, signed_digits

#: A value of at most this many bits may be split in two for tables; the low part has this many
#: bits.
TABLE_BITS, LOW_BITS = 12, 6
#: The least and the largest error of a table.
Ends = tuple[Fraction, Fraction]


@dataclass(frozen=True)
class Multiple:
    """How ``k * t`` is computed at ``frac`` fraction bits, for a value t of a given format.

    ``low <= hardware - k * t <= high`` in units of 2^-frac, when tables are not given an offset.
    """

    k: Fraction
    type: FixedType
    frac: int
    mantissa: int  # 0 and ``tables``: no shifts and adds
    shift: int
    tables: bool
    low: Fraction
    high: Fraction
    luts: float  # without the adder that adds it to other terms

    @property
    def middle(self) -> Fraction:
        """The mean error, in units of 2^-frac."""
        return (self.low + self.high) / 2

    @property
    def half(self) -> Fraction:
        """The largest deviation from the mean error, in units of 2^-frac."""
        return (self.high - self.low) / 2


@remembered
def cheapest_multiple(k: Fraction, t: FixedType, frac: int, width: int) -> Multiple:
    """The cheaper form of ``k * t`` at ``frac`` fraction bits, of which ``width`` bits matter."""
    exact = _exact(k, t, frac)
    if exact is not None:
        return exact
    shifted = _shifted(k, t, frac)
    if not LOW_BITS < t.width <= TABLE_BITS and t.width > LOW_BITS:
        return shifted
    tables = _tables(k, t, frac, width)
    return (
        tables
        if tables.luts + 2 * float(tables.half) < shifted.luts + 2 * float(shifted.half)
        else shifted
    )


def _exact(k: Fraction, t: FixedType, frac: int) -> Multiple | None:
    """Powers of two, whole or cut at the last bit, cost nothing."""
    mantissa, shift = cheapest(k, Fraction(1, 1 << 60))
    if abs(mantissa) != 1 or mantissa * Fraction(2) ** -shift != k:
        return None
    drop = t.frac + shift - frac
    low = -(1 - Fraction(2) ** -drop) if drop > 0 else Fraction(0)
    return Multiple(k, t, frac, mantissa, shift, False, low, Fraction(0), 0.0)


def _shifted(k: Fraction, t: FixedType, frac: int) -> Multiple:
    largest = max(t.hi, -t.lo) * t.ulp
    window = Fraction(2) ** -frac / (4 * largest)
    mantissa, shift = cheapest(k, window)
    off = abs(k - mantissa * Fraction(2) ** -shift) * largest * Fraction(2) ** frac
    drop = t.frac + shift - frac
    cut = 1 - Fraction(2) ** -drop if drop > 0 and mantissa else Fraction(0)
    luts = max(0, digits(mantissa) - 1) * (t.width + 2.0)
    return Multiple(k, t, frac, mantissa, shift, False, -cut - off, off, luts)


def _tables(k: Fraction, t: FixedType, frac: int, width: int) -> Multiple:
    (_, low_ends), (_, high_ends) = _contents(k, t, frac, Fraction(0))
    low_bits = min(LOW_BITS, t.width)
    span = abs(k) * Fraction(2) ** (frac - t.frac + low_bits)
    low_width = min(max(1, int(span).bit_length()), width)
    if t.width <= LOW_BITS:
        luts = width * (0.5 if t.width <= 5 else 1.0)
    else:
        luts = low_width + width + (width if t.width - LOW_BITS > 5 else 0)
    low, high = (sum(pair, Fraction(0)) for pair in zip(low_ends, high_ends, strict=True))
    return Multiple(k, t, frac, 0, 0, True, low, high, float(luts))


@remembered
def _contents(
    k: Fraction, t: FixedType, frac: int, start: Fraction
) -> tuple[tuple[list[int], Ends], tuple[list[int], Ends]]:
    """Entries of the tables of the low and of the high bits, with the ends of their errors;
    ``start`` (in units) is in the high one.
    """
    unit = k * pow2(frac - t.frac)
    parts = math.lcm(unit.denominator, start.denominator)
    step, first = int(unit * parts), int(start * parts)
    low_bits = min(LOW_BITS, t.width) if t.width > LOW_BITS else 0
    high_width = t.width - low_bits
    codes = [_as_signed(i, high_width, t.signed) << low_bits for i in range(1 << high_width)]
    lows = _nearest([step * i for i in range(1 << low_bits)], parts)
    return lows, _nearest([step * code + first for code in codes], parts)


def _nearest(numerators: list[int], denominator: int) -> tuple[list[int], Ends]:
    """The whole numbers nearest to these fractions, the even ones of two, and the ends of what that
    adds to them.
    """
    whole = []
    for numerator in numerators:
        below, rest = divmod(2 * numerator + denominator, 2 * denominator)
        whole.append(below - (below & 1) if rest == 0 else below)
    added = [w * denominator - n for w, n in zip(whole, numerators, strict=True)]
    return whole, (Fraction(min(added), denominator), Fraction(max(added), denominator))


def _as_signed(code: int, width: int, signed: bool) -> int:
    return code - (1 << width) if signed and code >> (width - 1) else code


def emit_multiple(
    b: Builder, p: Multiple, x: int, start: Fraction, bits: int | None
) -> tuple[int, Fraction, Fraction, Fraction]:
    """The node of ``p`` on value ``x``; then low and high error in units of 2^-frac, and what of
    ``start`` it took.

    ``start`` (in units) goes into a table for free; ``bits`` are those that matter where the rest
    does not.
    """
    if p.tables:
        return _emit_tables(b, p, x, start, bits)
    if p.mantissa == 0:
        return b.const(0, p.frac), p.low, p.high, Fraction(0)
    node = b.scale(shift_add(b, x, p.mantissa), -p.shift)
    node = b.round(node, max(0, b.nodes[node].frac - p.frac))
    return wrapped(b, node, bits), p.low, p.high, Fraction(0)


def _emit_tables(
    b: Builder, p: Multiple, x: int, start: Fraction, bits: int | None
) -> tuple[int, Fraction, Fraction, Fraction]:
    t = p.type
    (lows, low_ends), (highs, high_ends) = _contents(p.k, t, p.frac, start)
    if bits is not None:
        lows, highs = ([_wrap(v, bits) for v in side] for side in (lows, highs))
    low_bits = t.width - (len(highs).bit_length() - 1)
    high = (
        b.wrap(b.slice(x, t.width - 1, low_bits), t.width - low_bits, t.signed) if low_bits else x
    )
    node = b.table(high, highs, p.frac)
    if low_bits:
        node = b.add(b.table(b.slice(x, low_bits - 1, 0), lows, p.frac), node)
    least, most = (sum(pair, Fraction(0)) for pair in zip(low_ends, high_ends, strict=True))
    return wrapped(b, node, bits), least, most, start


def _wrap(value: int, bits: int) -> int:
    half = 1 << (bits - 1)
    return ((value + half) & ((1 << bits) - 1)) - half


def shift_add(b: Builder, x: int, mantissa: int) -> int:
    """``mantissa * x`` by shifts and adds of its signed digits."""
    out = None
    for position, sign in reversed(signed_digits(mantissa)):
        shifted = b.scale(x, position)
        if out is None:
            out = shifted if sign > 0 else b.neg(shifted)
        else:
            out = add(b, out, shifted) if sign > 0 else sub(b, out, shifted)
    assert out is not None
    return out
