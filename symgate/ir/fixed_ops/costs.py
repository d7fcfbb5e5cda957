"""What fixed-point operators take: LUT6, slices and block RAM.

A cost is a function of the format of the result, those of the operands, and the attributes.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

from symgate.ir.fixed_ops.device import DEVICE
from symgate.ir.lossy import Attr, Types
from symgate.ir.types import FixedType, Rounding

Cost = Callable[[FixedType, Types, Attr], float]


def no_luts(*_: Any) -> float:
    """Wires only."""
    return 0.0


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
    return t.width if rounds(attr) else 0


def rounds(attr: Attr) -> bool:
    """Whether bits are not only dropped."""
    drop, mode = attr
    return bool(drop) and mode != Rounding.TRN


def mul_luts(t: FixedType, types: Types, attr: Attr) -> float:
    """Booth rows of a product; none where slices take it."""
    if slices(types[0], types[-1]):
        return 0.0
    wide, narrow = sorted((types[0].width, types[-1].width), reverse=True)
    return booth_rows(narrow) * (wide + 1)


def square_luts(t: FixedType, types: Types, attr: Attr) -> float:
    """Those of a product of the same size, less what its halves share."""
    return DEVICE.square_luts * mul_luts(t, types, attr)


def booth_rows(width: int) -> int:
    """Rows of Booth's multiplication by an operand of ``width`` bits."""
    return math.ceil((width + 1) / 2)


def slices(x: FixedType, y: FixedType) -> int:
    """DSP48E2 slices of a product, as Yosys and Vivado cut it; 0 where it is so small that they
    take LUTs.
    """
    narrow, wide = sorted((x.width + (not x.signed), y.width + (not y.signed)))
    if x.width + y.width < DEVICE.dsp_least or narrow < 2:
        return 0
    along = _tiles(wide, DEVICE.dsp_wide) * _tiles(narrow, DEVICE.dsp_narrow)
    across = _tiles(wide, DEVICE.dsp_narrow) * _tiles(narrow, DEVICE.dsp_wide)
    return min(along, across)


def _tiles(width: int, port: int) -> int:
    """Parts of an operand that fit a port; each has a sign, and one bit of it is no more than that."""
    return math.ceil((width - 1) / (port - 1))


def blocks(k: int, width: int) -> int:
    """RAMB18 of a table of ``width`` bits by ``k`` address bits: 512 x 36, 1024 x 18 ... 16384 x 1
    (UG573).
    """
    least, most = DEVICE.block_least_address, DEVICE.block_most_address
    deep = max(k, least)
    word = max(1, DEVICE.block_width >> (deep - least)) if deep <= most else 1
    return math.ceil(width / word) * (1 << max(0, deep - most))


def table_luts(t: FixedType, types: Types, attr: Attr) -> float:
    """LUT6 of a table as plain logic: equal and constant output columns are shared, two 5-input
    ones fit one LUT6_2.
    """
    values, address = attr[0], types[0].width
    columns = {tuple((value >> i) & 1 for value in values) for i in range(t.width)}
    live = sum(1 for column in columns if len(set(column)) > 1)
    return live / 2 if address <= DEVICE.shared_lut_bits else live * 2.0 ** (address - 6)
