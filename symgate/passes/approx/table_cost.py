"""LUT6 cost of tables, and the choice of table contents inside windows that makes them cheap."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from symgate.caches import remembered
from symgate.ir.fixed_ops.delays import USUAL
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


@remembered
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
    for table in _packed((values[None, :] >> np.arange(width)[:, None]) & 1):
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


#: A LUT with the net in front of it, ns. Candidates are compared by the delays of one part: those of
#: other families and speed grades are longer by about the same factor for all of them.
LEVEL_NS = USUAL.net(4) + USUAL.lut


def table_delay(k: int) -> float:
    """Delay of a ``k``-input table of some eight bits, with the net of its address, ns."""
    return USUAL.net(8 * 2 ** max(0, k - 6)) + USUAL.table(k)


def block_delay() -> float:
    """Delay of a block RAM with the net in front of it, on both sides of its clock edge, ns."""
    return USUAL.net(2) + USUAL.ram_setup + USUAL.ram_out


def product_delay() -> float:
    """Delay of a product in a DSP slice with the net in front of it, ns."""
    return USUAL.net(2) + USUAL.product(1)


def carry_delay(width: int) -> float:
    """Delay of an adder with the net in front of it, ns."""
    return USUAL.net(2) + USUAL.chain(width)


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
    size = len(must0)
    zero, one = _packed(np.stack([must0, must1]))
    if not zero or not one:
        return np.full_like(must1, bool(one))
    lower = _lower(size.bit_length() - 1)
    for axis in reversed(range(len(lower))):
        place = 1 << axis
        some_zero, some_one = (
            (zero | zero >> place) & lower[axis],
            (one | one >> place) & lower[axis],
        )
        if not some_zero & some_one:
            zero, one = some_zero | some_zero << place, some_one | some_one << place
    filled = np.frombuffer(one.to_bytes(-(-size // 8), "little"), np.uint8)
    return np.unpackbits(filled, count=size, bitorder="little").astype(bool)


def _packed(columns: NDArray[Any]) -> list[int]:
    """Each row of zeros and ones as a number whose bit ``x`` is entry ``x``."""
    packed = np.packbits(columns.astype(bool), axis=1, bitorder="little")
    return [int.from_bytes(row.tobytes(), "little") for row in packed]
