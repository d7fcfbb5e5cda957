"""What fixed-point operators take: LUT6, slices and block RAM, and their delays in ns.

A cost is a function of the format of the result, those of the operands, and the attributes.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

from symgate.ir.lossy import Attr, Types
from symgate.ir.types import FixedType, Rounding

Cost = Callable[[FixedType, Types, Attr], float]

#: Delay of one LUT level and of one carry chain in ns, UltraScale+ -2 with one routed hop
#: (docs/decisions/0003).
LUT_NS, CARRY_NS, CARRY_BIT_NS = 0.35, 0.45, 0.004
#: Operands of the multiplier of a DSP48E2, signed, and the fewest bits of a product that synthesis
#: gives to it.
DSP_WIDE, DSP_NARROW, DSP_LEAST = 27, 18, 9
#: A DSP48E2 without its registers, and from its input registers to that behind its multiplier, ns
#: (DS923, rounded).
DSP_NS, DSP_MULTIPLIER_NS = 2.5, 1.5
#: A block RAM: its address before the clock, its output after it without the output register, ns
#: (UG949, rounded).
BLOCK_SETUP_NS, BLOCK_NS = 0.5, 1.5
#: A block RAM of half the size, RAMB18: its widest words, and the bits of the address at which these
#: and words of one bit fill it (UG573).
_BLOCK_WIDTH, _BLOCK_LEAST, _BLOCK_MOST = 36, 9, 14
#: Part of the LUTs of a product that a square takes: half of its partial products come twice. An
#: estimate.
_SQUARE = 0.6
#: Bits of an address up to which a LUT6 holds two columns of a table.
_TWO_IN_ONE = 5


def no_delay(*_: Any) -> float:
    """Wires only."""
    return 0.0


def no_luts(*_: Any) -> float:
    """Wires only."""
    return 0.0


def carry_delay(t: FixedType, *_: Any) -> float:
    """One carry chain as wide as the result."""
    return CARRY_NS + CARRY_BIT_NS * t.width


def carry_and_level(t: FixedType, *_: Any) -> float:
    """A carry chain and a LUT level behind it."""
    return carry_delay(t) + LUT_NS


def one_level(*_: Any) -> float:
    """One LUT level."""
    return LUT_NS


def two_levels(*_: Any) -> float:
    """Two LUT levels."""
    return 2 * LUT_NS


def lut_per_bit(t: FixedType, *_: Any) -> float:
    """A LUT for each bit of the result."""
    return t.width


def half_lut_per_bit(t: FixedType, *_: Any) -> float:
    """A LUT for two bits of the result."""
    return t.width / 2


def choice_luts(t: FixedType, *_: Any) -> float:
    """A comparison, half a LUT per bit, and a choice, one per bit."""
    return 1.5 * t.width


def half_lut(*_: Any) -> float:
    """One of two functions that share a LUT."""
    return 0.5


def compare_luts(t: FixedType, types: Types, attr: Attr) -> float:
    """A LUT for two bits of the wider operand."""
    return max(operand.width for operand in types) / 2


def equal_luts(t: FixedType, types: Types, attr: Attr) -> float:
    """A LUT for three bits of the wider operand."""
    return max(operand.width for operand in types) / 3


def add_luts(t: FixedType, types: Types, attr: Attr) -> float:
    """Above an unsigned operand the carry chain needs no LUT: one bit and the carry are all it
    adds.
    """
    return min([t.width, *(operand.width for operand in types if not operand.signed)])


def round_luts(t: FixedType, types: Types, attr: Attr) -> float:
    """An increment, unless bits are only dropped."""
    return t.width if _rounds(attr) else 0


def round_delay(t: FixedType, types: Types, attr: Attr) -> float:
    """The carry chain of the increment, if there is one."""
    return carry_delay(t) if _rounds(attr) else 0.0


def _rounds(attr: Attr) -> bool:
    drop, mode = attr
    return bool(drop) and mode != Rounding.TRN


def mul_luts(t: FixedType, types: Types, attr: Attr) -> float:
    """Booth rows of a product; none where slices take it."""
    if slices(types[0], types[-1]):
        return 0.0
    wide, narrow = sorted((types[0].width, types[-1].width), reverse=True)
    return _booth_rows(narrow) * (wide + 1)


def square_luts(t: FixedType, types: Types, attr: Attr) -> float:
    """Those of a product of the same size, less what its halves share."""
    return _SQUARE * mul_luts(t, types, attr)


def mul_delay(t: FixedType, types: Types, attr: Attr) -> float:
    """One level of digits, and carry chains in a tree; or a slice."""
    if slices(types[0], types[-1]):
        return DSP_NS
    rows = _booth_rows(min(types[0].width, types[-1].width))
    return LUT_NS + math.ceil(math.log2(rows + 1)) * carry_delay(t)


def _booth_rows(width: int) -> int:
    return math.ceil((width + 1) / 2)


def slices(x: FixedType, y: FixedType) -> int:
    """DSP48E2 slices of a product, as Yosys and Vivado cut it; 0 where it is so small that they
    take LUTs.
    """
    narrow, wide = sorted((x.width + (not x.signed), y.width + (not y.signed)))
    if x.width + y.width < DSP_LEAST or narrow < 2:
        return 0
    along = _tiles(wide, DSP_WIDE) * _tiles(narrow, DSP_NARROW)
    across = _tiles(wide, DSP_NARROW) * _tiles(narrow, DSP_WIDE)
    return min(along, across)


def _tiles(width: int, port: int) -> int:
    """Parts of an operand that fit a port; each has a sign, and one bit of it is no more than that."""
    return math.ceil((width - 1) / (port - 1))


def blocks(k: int, width: int) -> int:
    """RAMB18 of a table of ``width`` bits by ``k`` address bits: 512 x 36, 1024 x 18 ... 16384 x 1
    (UG573).
    """
    deep = max(k, _BLOCK_LEAST)
    per_block = max(1, _BLOCK_WIDTH >> (deep - _BLOCK_LEAST)) if deep <= _BLOCK_MOST else 1
    return math.ceil(width / per_block) * (1 << max(0, deep - _BLOCK_MOST))


def table_luts(t: FixedType, types: Types, attr: Attr) -> float:
    """LUT6 of a table as plain logic: equal and constant output columns are shared, two 5-input
    ones fit one LUT6_2.
    """
    values, address = attr[0], types[0].width
    columns = {tuple((value >> i) & 1 for value in values) for i in range(t.width)}
    live = sum(1 for column in columns if len(set(column)) > 1)
    return live / 2 if address <= _TWO_IN_ONE else live * 2.0 ** (address - 6)


def table_delay(t: FixedType, types: Types, attr: Attr) -> float:
    """LUT levels and the F7/F8/F9 muxes that join them."""
    return LUT_NS * max(1.0, (types[0].width - 3) / 3)


def block_delay(*_: Any) -> float:
    """The address of a block RAM, before the clock."""
    return BLOCK_SETUP_NS
