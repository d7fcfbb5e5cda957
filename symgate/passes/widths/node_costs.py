"""Widths to LUT6: what each value's hardware costs, as the search estimates it."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from symgate.ir.expr import Expr
from symgate.ir.fixed_ops import blocks
from symgate.ir.function import ByDigits
from symgate.ir.joint import JOINT, code_bits
from symgate.passes.rewrite.exactness import is_floor
from symgate.passes.rewrite.long_operators import QUOTIENT
from symgate.passes.widths.datapath import Datapath
from symgate.passes.widths.formats import Formats, Widths
from symgate.passes.widths.layouts import Allocation, Layouts
from symgate.passes.widths.memo import Memo
from symgate.passes.widths.width_settings import CostCurves

#: Inputs of a LUT.
_LUT_INPUTS = 6


@dataclass(frozen=True, eq=False)
class Costs:
    """The LUT6 of all nodes, as functions of the widths of all knobs."""

    layouts: Layouts
    memo: Memo

    @property
    def datapath(self) -> Datapath:
        """What is computed."""
        return self.layouts.datapath

    @property
    def curves(self) -> CostCurves:
        """What function generators cost, and the slack they want."""
        return self.datapath.settings.curves

    @property
    def formats(self) -> Formats:
        """The formats at given widths."""
        return self.layouts.formats

    @property
    def allocation(self) -> Allocation:
        """What hardware the operators get."""
        return self.layouts.allocation

    def of_node(self, row: int, widths: Widths) -> float:
        """LUT6 of node ``row``; remembered."""
        known, key = self.memo.costs[row], self.memo.matter[row](widths)
        found = known.get(key)
        if found is None:
            found = known[key] = self._cost(self.datapath.structure.nodes[row], widths)
        return found

    def saved_by_slice(self, e: Expr, widths: Widths) -> float:
        """LUT6 that a DSP slice saves for the product ``e``; 0 where it does not fit one."""
        if not self.layouts.fits_slice(e, widths):
            return 0.0
        row = self.datapath.structure.row[e]
        return self.of_node(row, widths) - self.layouts.joining_luts(e, widths)

    def blocks_of(self, e: Expr, widths: Widths) -> int:
        """The block RAMs that the function ``e`` takes as a table."""
        address = math.ceil(self.formats.address_bits(e, widths))
        return blocks(address, self.formats.width(e, widths))

    def _cost(self, e: Expr, widths: Widths) -> float:
        if e in self.datapath.structure.sums:
            return self._of_sum(e, widths)
        if e.op == "mul":
            return self.layouts.product_rows(e, widths).luts
        if e.op == "fn":
            return 0.0 if is_floor(e) else self._of_function(e, widths)
        if e.op == JOINT:
            return self._of_joint(e, widths)
        return 0.0 if e.op == "hold" else self.curves.choice * self.formats.width(e, widths)

    def _of_sum(self, e: Expr, widths: Widths) -> float:
        width = self.formats.width(e, widths)
        return self.layouts.sum_form(e, widths).luts(width) + self.curves.idle * width

    def _of_function(self, e: Expr, widths: Widths) -> float:
        if isinstance(e.value, ByDigits):
            return self._of_digits(e, widths)
        address, out = self.formats.address_bits(e, widths), self.formats.width(e, widths)
        if blocks(math.ceil(address), out) <= self.allocation.blocks.get(e, 0):
            return self.curves.idle * (address + out)
        cost = self.table_luts(address, out)
        if e in self.allocation.floating:
            cost += self._of_normaliser(e, widths)
        return cost

    def _of_digits(self, e: Expr, widths: Widths) -> float:
        """LUT6 of a subtraction and a choice for each digit, of the bits of the divisor or root."""
        digits = self.formats.width(e, widths)
        if e.value == QUOTIENT:
            return 2.0 * digits * self.formats.width(e.args[0], widths)
        return float(digits * (digits + 4))

    def table_luts(self, address: float, out: int) -> float:
        """LUT6 of a smooth function of ``address`` bits: what `approx` reaches on average with half
        an ulp to spare.
        """
        curves = self.curves
        return out * float(np.interp(address, curves.address_bits, curves.luts_per_bit))

    def _of_joint(self, e: Expr, widths: Widths) -> float:
        """LUT6 of a table of all bits of some inputs: one for each output bit up to six bits."""
        bits = code_bits([self.datapath.inputs[operand.value] for operand in e.args])
        return self.formats.width(e, widths) * 2.0 ** max(0, bits - _LUT_INPUTS)

    def _of_normaliser(self, e: Expr, widths: Widths) -> float:
        """LUT6 that find the octave of an argument and shift its leading zeros out."""
        exponent = self.allocation.floating[e].seen.exponent
        width, mantissa = self.formats.width(e.args[0], widths), self.formats.address(e, widths)
        stages = [min(width, mantissa + (2 << j)) for j in range(exponent)]
        return self.curves.stage * sum(stages) + (1 << exponent) / self.curves.octaves_per_lut
