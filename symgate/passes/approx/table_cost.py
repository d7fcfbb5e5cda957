"""LUT6 cost of tables, and the choice of table contents inside windows that makes them cheap."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from symgate.ir.fixed_ops import DEVICE
from symgate.passes.approx.base import Ints
from symgate.passes.approx.generator_settings import TABLE_COST

Column = NDArray[np.bool_]


def column_luts(table: int, k: int) -> float:
    """LUT6 of the function of ``k`` inputs whose value at ``x`` is bit ``x`` of ``table``; F7 and F8
    muxes are free.
    """
    table, k = drop_unused(table, k)
    if k <= 6:
        return 0.0 if k <= 1 else 1.0
    size = 1 << min(k - 1, 8)
    parts = [(table >> at) & ((1 << size) - 1) for at in range(0, 1 << k, size)]
    luts = sum(column_luts(part, size.bit_length() - 1) for part in parts)
    if k <= 8:
        return TABLE_COST.large[k - 7] * luts
    muxes = (len(parts) - 1) / 3 if k > 9 else 1.0
    return luts + muxes


def drop_unused(table: int, k: int) -> tuple[int, int]:
    """``table`` as a function of the inputs that it depends on, and their number."""
    lower = _LOWER[k]
    for axis in reversed(range(k)):
        if not (table ^ (table >> (1 << axis))) & lower[axis]:
            table, k = _drop_axis(table, k, axis, lower), k - 1
            lower = _LOWER[k]
    return table, k


def _lower(k: int) -> tuple[int, ...]:
    """By ``axis``: ones where that bit of a ``k``-bit index is 0."""
    masks = []
    for axis in range(k):
        ones = (1 << (1 << axis)) - 1
        for i in range(axis + 1, k):
            ones |= ones << (1 << i)
        masks.append(ones)
    return tuple(masks)


_LOWER = tuple(map(_lower, range(TABLE_COST.exact_bits + 1)))


def _drop_axis(table: int, k: int, axis: int, lower: tuple[int, ...]) -> int:
    """The bits of ``table`` where bit ``axis`` of the index is 0, moved together."""
    table &= lower[axis]
    for i in range(axis, k - 1):
        table = (table | (table >> (1 << i))) & lower[i + 1]
    return table


def columns(values: Ints, width: int) -> list[int]:
    """The distinct output bits of a table that are not constant: bit ``x`` of each is its value at
    ``x``. One and its inverse are not distinct.
    """
    found, ones = dict[int, int](), (1 << len(values)) - 1
    for i in range(width):
        packed = np.packbits(((values >> i) & 1).astype(bool), bitorder="little")
        table = int.from_bytes(packed.tobytes(), "little")
        if 0 < table < ones:
            found.setdefault(min(table, ones ^ table), table)
    return list(found.values())


def table_luts(values: Ints, width: int) -> float:
    """LUT6 of a table with ``len(values)`` entries of ``width`` bits (two's complement)."""
    k = len(values).bit_length() - 1
    live = columns(values, width)
    if k > TABLE_COST.exact_bits:
        return len(live) * 2.0 ** (k - 6) * TABLE_COST.dense
    return sum(column_luts(table, k) for table in live)


def table_delay(k: int) -> float:
    """Delay of a ``k``-input table, ns."""
    return DEVICE.lut_ns * max(1.0, (k - 3) / 3)


def carry_delay(width: int) -> float:
    """Delay of an adder, ns."""
    return DEVICE.carry_ns + DEVICE.carry_bit_ns * width


def choose(lo: Ints, hi: Ints, width: int) -> Ints:
    """Values inside the windows; each column, from the lowest, is constant or needs few inputs if
    the windows let it.

    A value is fixed bit by bit: an entry whose window still holds both an even and an odd number
    leaves the bit free.
    """
    least, most, chosen = lo.copy(), hi.copy(), np.zeros_like(lo)
    for i in range(width + 1):
        if (least == most).all():
            return chosen + (least << i)
        bit = _fill(_fixed_to(least, most, 0), _fixed_to(least, most, 1)).astype(np.int64)
        chosen += bit << i
        least, most = -((bit - least) >> 1), (most - bit) >> 1
    rest = np.where((least <= 0) & (most >= 0), 0, least)
    return chosen + (rest << (width + 1))


def _fixed_to(least: Ints, most: Ints, bit: int) -> Column:
    """Where the window holds only numbers that end in ``bit``."""
    return np.asarray((least == most) & ((least & 1) == bit))


def _fill(must0: Column, must1: Column) -> Column:
    """A function that is 0 and 1 where it must, of as few inputs as a greedy search finds."""
    if not must1.any() or not must0.any():
        return np.full_like(must1, must1.any())
    shape = (2,) * (len(must0).bit_length() - 1)
    zero, one = must0.reshape(shape), must1.reshape(shape)
    for axis in range(len(shape)):
        some_zero, some_one = zero.any(axis, keepdims=True), one.any(axis, keepdims=True)
        if not np.logical_and(some_zero, some_one).any():
            zero, one = np.broadcast_to(some_zero, shape), np.broadcast_to(some_one, shape)
    return np.asarray(one).reshape(-1)
