"""What the bits of small tables take: each is a LUT6, half of one that it shares, or nothing. Two tables
whose sum matters may share out a constant so that they take the fewest.
"""

from __future__ import annotations

from collections.abc import Sequence

from symgate.ir.types import FixedType
from symgate.passes.lowering.counters import SIX

#: LUTs of one bit by the address bits that it depends on: as it is, in half a LUT, or in one.
_PRICES = (0, 0, 0.5, 0.5, 0.5, 0.5, 1)
#: Where each address bit is 0, in contents of 64 bits.
_LOW = [sum(1 << k for k in range(1 << SIX) if not k >> pin & 1) for pin in range(SIX)]


def price(entries: Sequence[int]) -> float:
    """LUTs of a table of up to six address bits; one that leaves a pin free shares its LUT with another
    one, or with a bit of the sum.
    """
    t = FixedType.holding(min(entries), max(entries), 0)
    columns = {
        sum((value >> place & 1) << k for k, value in enumerate(entries))
        for place in range(t.width)
    }
    return sum(_PRICES[_pins(column, len(entries))] for column in columns)


def _pins(column: int, size: int) -> int:
    """How many address bits the contents of a LUT depend on."""
    return sum(
        (column ^ column >> (1 << pin)) & _LOW[pin] & ((1 << size) - 1) != 0
        for pin in range(SIX)
        if size >> pin > 1
    )


def shares(first: Sequence[int], second: Sequence[int], whole: int) -> tuple[int, int] | None:
    """How ``whole`` is added to the entries of two tables of numbers from 0 on, so that they take the
    fewest LUTs and no bit more; None where there is no way.
    """
    others = set(_room(max(second)))
    pairs = [(part, whole - part) for part in _room(max(first)) if whole - part in others]
    return min(pairs, key=lambda pair: _moved(first, pair[0]) + _moved(second, pair[1]), default=None)


def _moved(entries: Sequence[int], part: int) -> float:
    return price([value + part for value in entries])


def _room(high: int) -> list[int]:
    """What numbers from 0 to ``high`` can be moved by without a bit more, as signed ones too."""
    codes = 1 << high.bit_length()
    half = codes // 2
    return [*range(codes - high), *range(half - 1 - high, -half - 1, -1)]
