"""Counters: the sum of many single bits, by tables of six of them and one adder at the end.

A table of six bits that says how many of them are 1 takes three LUT6 and leaves three bits, so each
LUT removes one bit, as each LUT of a carry chain does; a full adder of three bits takes two LUTs for
one bit. So columns of equal weight are cut down by sixes as long as there are any (Dadda 1965, with
6:3 counters), and what is left of at most two rows is added.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from symgate.ir.fixed import Builder
from symgate.ir.fixed_ops import DEVICE
from symgate.passes.approx.base import bits as single_bit

#: Bits that one table counts: those of a LUT6.
SIX = DEVICE.shared_lut_bits + 1
Columns = dict[int, list[int]]


def popcounts(count: int) -> tuple[int, ...]:
    """How many bits of each number below ``2**count`` are 1."""
    return tuple(k.bit_count() for k in range(1 << count))


def address(b: Builder, bits: Sequence[int]) -> int:
    """Bits as one number, the first one lowest."""
    joined = bits[0]
    for place, bit in enumerate(bits[1:], 1):
        joined = b.concat(bit, joined, place)
    return joined


def count_bits(b: Builder, columns: Mapping[int, Sequence[int]]) -> int:
    """The sum of single bits, unsigned nodes without fraction bits: those of ``columns[w]`` count
    ``2**w``. The result has ``-min(w)`` fraction bits.
    """
    left = {weight: list(bits) for weight, bits in columns.items() if bits}
    lowest = min(left)
    most = sum(len(bits) << (weight - lowest) for weight, bits in left.items())
    for least in (SIX, SIX - 1, 3):
        _cut(b, left, least)
    total, width = _added(b, left), most.bit_length()
    if b.nodes[total].type.width > width:  # the carries of the last adder are known to be 0
        total = b.wrap(total, width, False)
    return b.scale(total, lowest)


def _cut(b: Builder, columns: Columns, least: int) -> None:
    """Count bits of one weight together, ``least`` or more of them, until no column has so many."""
    while True:
        weight = next((w for w in sorted(columns) if len(columns[w]) >= least), None)
        if weight is None:
            return
        taken = min(SIX, least)
        bits, columns[weight] = columns[weight][:taken], columns[weight][taken:]
        total = b.table(address(b, bits), popcounts(taken))
        for place in range(b.nodes[total].type.width):
            columns.setdefault(weight + place, []).append(single_bit(b, total, place, place))


def _added(b: Builder, columns: Columns) -> int:
    """The sum of columns of at most two bits."""
    weights = [w for w in sorted(columns) if columns[w]]
    start = next((w for w in weights if len(columns[w]) > 1), weights[-1])
    rows = [_row(b, columns, start, weights[-1], k) for k in (0, 1)]
    found = [row for row in rows if row is not None]
    total = found[0] if len(found) == 1 else b.add(*found)
    low = _row(b, columns, weights[0], start - 1, 0)
    if low is not None:
        total = b.concat(total, low, start - weights[0])
    return total


def _row(b: Builder, columns: Columns, first: int, last: int, k: int) -> int | None:
    """Bit ``k`` of each column from ``first`` to ``last``; None where there is none."""
    present = [w for w in range(first, last + 1) if len(columns.get(w, ())) > k]
    if not present:
        return None
    zero = b.const(0)
    bits = [columns[w][k] if w in present else zero for w in range(first, present[-1] + 1)]
    return address(b, bits)
