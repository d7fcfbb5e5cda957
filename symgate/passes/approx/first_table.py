"""The first table of a sum: its constants that bring everything else into every window."""

from __future__ import annotations

import numpy as np

from symgate.ir.types import FixedType
from symgate.passes.approx.base import Ints
from symgate.passes.approx.fields import Address, Field
from symgate.passes.approx.fit import Windows
from symgate.passes.approx.rows import Rows
from symgate.passes.approx.table_cost import choose
from symgate.passes.approx.table_sums import AddedTable, Sum, Term, sign_offset, table_term

#: An entry that no code reads may be of this size.
_ANYTHING = 1 << 50


def intersect(windows: Windows, segments: Address, taken: Ints, guard: int) -> tuple[Ints, Ints]:
    """The constants, in units of ``2**-guard``, that bring ``constant + taken`` into every window
    of a segment.
    """
    low, high = windows.in_units(guard)
    least = np.maximum.reduceat(low - taken, segments.starts)
    return least, np.minimum.reduceat(high - taken, segments.starts)


def start(
    kind: str,
    address: Address,
    lo: Ints,
    hi: Ints,
    terms: list[Term],
    out: FixedType,
    guard: int,
    detail: str,
) -> Sum:
    """A table minus ``terms``, the table with one value between ``lo`` and ``hi`` per segment."""
    more = sign_offset(terms)
    first = first_table(address, lo - more, hi - more, out.width + guard)
    rows = [term for term in terms if isinstance(term, Rows)]
    addresses, fields = [term.address for term in rows], [term.field for term in rows]
    every: tuple[Address | Field, ...] = (address, *addresses, *fields)
    shared = {id(each): each for each in every}
    return Sum(kind, out, guard, first, tuple(terms), tuple(shared.values()), detail=detail)


def first_table(address: Address, lo: Ints, hi: Ints, width: int) -> AddedTable:
    """A table with a value between ``lo`` and ``hi`` for each segment, modulo ``2**width``; the
    cheapest.
    """
    size, at = 1 << address.width, address.index[address.starts]
    low, high = np.full(size, -_ANYTHING), np.full(size, _ANYTHING)
    low[at], high[at] = lo, hi
    return table_term(address, choose(low, high, width), width)
