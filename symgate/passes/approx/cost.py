"""LUT6 cost of tables, and the choice of table contents inside windows that makes them cheap."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from symgate.caches import remembered
from symgate.ir.fixed_ops import CARRY_BIT_NS, CARRY_NS, LUT_NS
from symgate.passes.approx.base import Ints

Column = NDArray[np.bool_]
#: LUTs that Yosys makes of a column of 7 inputs, and of two such columns, for each that F7 and F8
#: muxes would need.
LARGE = (1.35, 1.1)
#: Address bits above which columns are not looked at one by one.
EXACT_BITS = 12


def column_luts(column: Column) -> float:
    """LUT6 of one output bit as a function of ``log2(len)`` inputs; F7 and F8 muxes are free."""
    packed = np.packbits(column, bitorder="little").tobytes()
    return _luts(int.from_bytes(packed, "little"), len(column).bit_length() - 1)


def _luts(f: int, k: int) -> float:
    """LUT6 of the function of ``k`` inputs whose value at ``x`` is bit ``x`` of ``f``."""
    f, k = drop_unused(f, k)
    if k <= 6:
        return 0.0 if k <= 1 else 1.0
    size = 1 << min(k - 1, 8)
    parts = [(f >> at) & ((1 << size) - 1) for at in range(0, 1 << k, size)]
    luts = sum(_luts(part, size.bit_length() - 1) for part in parts)
    return LARGE[k - 7] * luts if k <= 8 else luts + ((len(parts) - 1) / 3 if k > 9 else 1.0)


def drop_unused(f: int, k: int) -> tuple[int, int]:
    """``f`` as a function of the inputs that it depends on, and their number."""
    lower = _lower(k)
    for axis in reversed(range(k)):
        if not (f ^ (f >> (1 << axis))) & lower[axis]:
            f, k = _halved(f, k, axis), k - 1
            lower = _lower(k)
    return f, k


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


def _halved(f: int, k: int, axis: int) -> int:
    """The bits of ``f`` where bit ``axis`` of the index is 0, moved together."""
    lower = _lower(k)
    f &= lower[axis]
    for i in range(axis, k - 1):
        f = (f | (f >> (1 << i))) & lower[i + 1]
    return f


def columns(values: Ints, width: int) -> list[Column]:
    """The distinct output bits of a table that are not constant."""
    found: dict[bytes, Column] = {}
    for i in range(width):
        column = ((values >> i) & 1).astype(bool)
        if column.any() and not column.all():
            found.setdefault(min(column.tobytes(), (~column).tobytes()), column)
    return list(found.values())


def table_luts(values: Ints, width: int) -> float:
    """LUT6 of a table with ``len(values)`` entries of ``width`` bits (two's complement)."""
    k = len(values).bit_length() - 1
    live = columns(values, width)
    if k > EXACT_BITS:
        return len(live) * 2.0 ** (k - 6) * 1.05
    return sum(column_luts(c) for c in live)


def table_delay(k: int) -> float:
    """Delay of a ``k``-input table, ns."""
    return LUT_NS * max(1.0, (k - 3) / 3)


def carry_delay(width: int) -> float:
    """Delay of an adder, ns."""
    return CARRY_NS + CARRY_BIT_NS * width


def choose(lo: Ints, hi: Ints, width: int) -> Ints:
    """Values inside the windows; each column, from the lowest, is constant or needs few inputs if
    the windows let it.

    A value is fixed bit by bit: an entry whose window still holds both an even and an odd number
    leaves the bit free.
    """
    a, b, out = lo.copy(), hi.copy(), np.zeros_like(lo)
    for i in range(width + 1):
        if (a == b).all():
            return out + (a << i)
        bit = _complete(_must(a, b, 0), _must(a, b, 1)).astype(np.int64)
        out += bit << i
        a, b = -((bit - a) >> 1), (b - bit) >> 1
    return out + (np.where((a <= 0) & (b >= 0), 0, a) << (width + 1))


def _must(a: Ints, b: Ints, bit: int) -> Column:
    """Where the window holds only numbers that end in ``bit``."""
    return np.asarray((a == b) & ((a & 1) == bit))


def _complete(must0: Column, must1: Column) -> Column:
    """A function that is 0 and 1 where it must, of as few inputs as a greedy search finds."""
    if not must1.any() or not must0.any():
        return np.full_like(must1, must1.any())
    shape = (2,) * (len(must0).bit_length() - 1)
    zero, one = must0.reshape(shape), must1.reshape(shape)
    for axis in range(len(shape)):
        z, o = zero.any(axis, keepdims=True), one.any(axis, keepdims=True)
        if not np.logical_and(z, o).any():
            zero, one = np.broadcast_to(z, shape), np.broadcast_to(o, shape)
    return np.asarray(one).reshape(-1)
