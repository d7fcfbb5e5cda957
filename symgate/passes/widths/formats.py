"""Widths to formats: the fixed-point number that each value is, and the bits that functions see."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from symgate.ir.expr import CONST, VAR, Expr
from symgate.ir.types import FixedType
from symgate.passes.rewrite.exactness import is_floor
from symgate.passes.widths.datapath import Datapath, is_bit
from symgate.passes.widths.steep_points import SteepPoint

#: Address bits of a function that sees its whole argument, and fraction bits of nothing at all.
ALL_BITS, _NO_BITS = 1 << 20, -(1 << 20)
Widths = Sequence[int]
#: The knobs and the fixed fraction bits of which a value has the largest.
Finest = tuple[tuple[int, ...], int]


@dataclass(frozen=True, eq=False)
class Formats:
    """The formats of the values of a datapath, as functions of the widths of all knobs."""

    datapath: Datapath
    floating: Mapping[Expr, SteepPoint]  # functions with floating-point addresses
    finest: Mapping[Expr, Finest]  # by value without a knob

    @classmethod
    def of(cls, datapath: Datapath, floating: Mapping[Expr, SteepPoint]) -> Formats:
        """The formats of ``datapath`` where these functions have floating-point addresses."""
        return cls(datapath, floating, _finest_operands(datapath))

    def frac(self, e: Expr, widths: Widths) -> int:
        """The fraction bits of a value."""
        knob = self.datapath.structure.frac_knob.get(e)
        if knob is not None:
            return widths[knob]
        knobs, least = self.finest[e]
        return max(max(map(widths.__getitem__, knobs), default=least), least)

    def width(self, e: Expr, widths: Widths) -> int:
        """The bits of a value."""
        if e.op == VAR:
            return self.datapath.inputs[e.value].type.width
        return max(1, self.frac(e, widths) + self.datapath.integer_bits(e))

    def type(self, e: Expr, widths: Widths) -> FixedType:
        """The format of a value."""
        if e.op == VAR:
            return self.datapath.inputs[e.value].type
        signed = self.datapath.ranges[e][0] < 0
        return FixedType(signed, self.width(e, widths), self.frac(e, widths))

    def address(self, e: Expr, widths: Widths) -> int:
        """The fraction bits of the argument that a function looks at."""
        knob = self.datapath.structure.address_knob.get(e)
        return ALL_BITS if knob is None else widths[knob]

    def address_bits(self, e: Expr, widths: Widths) -> float:
        """The bits of a function's address."""
        if e in self.floating:
            return self.address(e, widths) + self.floating[e].seen.exponent
        address = min(self.address(e, widths), self.frac(e.args[0], widths))
        if e.value.period is not None:
            return address + math.log2(e.value.period)
        lo, hi = self.datapath.ranges[e.args[0]]
        return math.log2(max((hi - lo) * 2.0**address, 1))

    def is_exact(self, e: Expr, widths: Widths) -> bool:
        """Whether a polynomial of an exact value has all its bits."""
        exact = self.datapath.exact
        own, below = exact.bits(e), exact.bits(e.args[0])
        if own is None or below is None:
            return False
        have = self.frac(e.args[0], widths)
        return have >= below and self.frac(e, widths) >= own and self.address(e, widths) >= have


def _finest_operands(datapath: Datapath) -> dict[Expr, Finest]:
    """For each value without a knob, the knobs and the fixed bits of which it has the largest:
    those of the values that it selects or compares.
    """
    frac_knob, found = datapath.structure.frac_knob, dict[Expr, Finest]()
    of_constants = datapath.settings.limits.of_constants
    for e in datapath.structure.marked:  # operands before their readers
        if e.op == VAR:
            found[e] = (), datapath.inputs[e.value].type.frac
        elif is_bit(e) or is_floor(e):
            found[e] = (), 0
        elif e.closed:
            found[e] = (), of_constants
        elif e not in frac_knob:
            found[e] = _finest_of(e.args, frac_knob, found, of_constants)
    return found


def _finest_of(
    operands: Sequence[Expr],
    frac_knob: Mapping[Expr, int],
    known: Mapping[Expr, Finest],
    of_constants: int,
) -> Finest:
    """The knobs and fixed bits of which the finest operand has the largest; constants follow the
    others.
    """
    knobs: set[int] = set()
    fixed: list[int] = []
    for operand in operands:
        if operand in frac_knob:
            knobs.add(frac_knob[operand])
        elif operand.op != CONST:
            below, least = known[operand]
            knobs.update(below)
            fixed.append(least)
    nothing = _NO_BITS if knobs else of_constants
    return tuple(sorted(knobs)), max(fixed, default=nothing)
