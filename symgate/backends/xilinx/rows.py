"""The logic of Booth digits, roundings and limits, bit by bit."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from symgate.backends.verilog import rows
from symgate.backends.xilinx import truth
from symgate.backends.xilinx.forms import Vector
from symgate.backends.xilinx.net import FALSE, Net
from symgate.ir.types import FixedType, Overflow, Rounding

negated_branch = rows.negated_branch
_DIGITS = (0, 1, 1, 2, -2, -1, -1, 0)


def _booth_entry(k: int) -> int:
    """A bit of a row, from the bit of the number below (0), the bit of the number (1) and the digit
    (2 to 4).
    """
    digit = _DIGITS[k >> 2]
    return (k >> (2 - abs(digit)) & 1 if digit else 0) ^ (digit < 0)


_BOOTH_BIT = truth.of(_booth_entry, 5)
_BOOTH_NEGATIVE = truth.of(lambda k: _DIGITS[k] < 0, 3)


def booth_bit(net: Net, x: Vector, digit: Vector, k: int) -> int:
    """Bit ``k`` of the digit times ``x``, one too small where the digit is negative."""
    return net.function(_BOOTH_BIT, (x.bit(k - 1), x.bit(k), *digit.cut(0, 3).bits))


def booth_negative(net: Net, digit: Vector) -> int:
    """Whether the digit is negative."""
    return net.function(_BOOTH_NEGATIVE, digit.cut(0, 3).bits)


#: Whether the part cut off, ``half`` its top bit and ``rest`` the others, rounds up a number of
#: this ``sign``.
_ROUNDS_UP: dict[Rounding, Callable[[int, int, int, int], Any]] = {
    Rounding.TRN_ZERO: lambda sign, odd, half, rest: sign & (half | rest),
    Rounding.RND: lambda sign, odd, half, rest: half,
    Rounding.RND_ZERO: lambda sign, odd, half, rest: half & (sign | rest),
    Rounding.RND_INF: lambda sign, odd, half, rest: half & (1 - sign | rest),
    Rounding.RND_MIN_INF: lambda sign, odd, half, rest: half & rest,
    Rounding.RND_CONV: lambda sign, odd, half, rest: half & (odd | rest),
}


def rounds_up(net: Net, x: Vector, drop: int, mode: Rounding) -> int:
    """Whether ``x`` without its ``drop`` low bits must be one larger."""
    rule = _ROUNDS_UP[mode]
    table = truth.of(lambda k: rule(k & 1, k >> 1 & 1, k >> 2 & 1, k >> 3), 4)
    rest = net.any([x.bit(k) for k in range(drop - 1)])
    return net.function(table, (x.extension, x.bit(drop), x.bit(drop - 1), rest))


def limits(width: int, signed: int, mode: str) -> tuple[int, int, int, int]:
    """What too low a number becomes, the lowest and the highest number, what too high a number
    becomes.
    """
    t = FixedType(bool(signed), width, 0)
    lowest = -t.hi if mode == Overflow.SAT_SYM and signed and width > 1 else t.lo
    return (0, lowest, t.hi, 0) if mode == Overflow.SAT_ZERO else (lowest, lowest, t.hi, t.hi)


def too_high(net: Net, x: Vector, highest: int) -> int:
    """``x > highest``, which is one less than a power of two."""
    above = net.any([x.bit(k) for k in range(highest.bit_length(), len(x.bits))])
    return net.both(x.extension ^ 1, above)


def too_low(net: Net, x: Vector, lowest: int) -> int:
    """``x < lowest``, which is -2^n, one more, or 0."""
    if lowest == 0:
        return x.extension
    size = (-lowest).bit_length() - (-lowest & (-lowest - 1) == 0)
    some_clear = net.all([x.bit(k) for k in range(size, len(x.bits))]) ^ 1
    if lowest != -(1 << size):
        some_clear = net.either(some_clear, net.any([x.bit(k) for k in range(size)]) ^ 1)
    return net.both(x.extension, some_clear) if x.extension != FALSE else FALSE
