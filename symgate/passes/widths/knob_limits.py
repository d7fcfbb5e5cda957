"""The fewest and most bits that each knob may have."""

from __future__ import annotations

import math

from symgate.ir.expr import VAR, Expr
from symgate.ir.function import ByDigits
from symgate.passes.widths.datapath import Datapath, is_bit
from symgate.passes.widths.formats import ALL_BITS
from symgate.passes.widths.layouts import Allocation
from symgate.passes.widths.width_settings import NEGLIGIBLE

Limits = tuple[int, int]


def knob_limits(datapath: Datapath, allocation: Allocation) -> tuple[list[int], list[int]]:
    """The fewest and the most bits of all knobs."""
    compared = frozenset(e.args[0] for e in datapath.structure.nodes if is_bit(e))
    looked_up = frozenset(e.args[0] for e in datapath.structure.address_knob)
    low, high = [], []
    for kind, e in datapath.structure.knobs:
        if kind == "frac":
            least, most = _fraction_bits(datapath, allocation, e, e in compared)
            if e in looked_up:
                longest = datapath.settings.limits.most_code - datapath.integer_bits(e)
                most = max(least, min(most, longest))
        else:
            least, most = _address_bits(datapath, allocation, e)
        low.append(least)
        high.append(most)
    return low, high


def _fraction_bits(datapath: Datapath, allocation: Allocation, e: Expr, compared: bool) -> Limits:
    """Of a value: at least one bit of it; ``compared`` ones have all that conditions look at."""
    integer = datapath.integer_bits(e)
    most = datapath.most_bits(e)
    if e.op == "fn" and not isinstance(e.value, ByDigits):
        most = min(most, datapath.settings.limits.most_value - integer)
    if compared:
        most = min(most, allocation.most_address - integer)
    needed = datapath.exact.needed.get(e, -ALL_BITS)
    least = max(min(1 - integer, most), needed)
    shown = datapath.least_shown(e)
    if shown is not None:  # the ends themselves come out
        least = max(least, shown)
    return least, max(least, most)


def _address_bits(datapath: Datapath, allocation: Allocation, e: Expr) -> Limits:
    """Of a function: at least one bit of its argument, at most what generators are made for."""
    if e in allocation.floating:
        return 1, allocation.most_address - allocation.floating[e].seen.exponent
    argument = e.args[0]
    if e.value.period is not None:
        integer: float = math.log2(e.value.period)
    else:
        lo, hi = datapath.ranges[argument]
        integer = math.ceil(math.log2(max(hi - lo, NEGLIGIBLE.narrowest)))
    top = _most_bits(datapath, argument)
    needed = datapath.exact.addresses.get(e, -ALL_BITS)
    least = max(int(min(1 - integer, top)), needed)
    return least, max(least, int(min(top, allocation.most_address - integer)))


def _most_bits(datapath: Datapath, argument: Expr) -> int:
    """The fraction bits that the argument of a function may have."""
    if argument.op == VAR:
        return datapath.inputs[argument.value].type.frac
    return datapath.most_bits(argument)
