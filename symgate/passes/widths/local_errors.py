"""Widths to local errors: how far each value's hardware can be from its operator, to first order.

The proof (`certify`) says what is true; this is what the search believes while it looks.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from symgate.ir.boxes import Box
from symgate.ir.expr import CONST, Expr
from symgate.ir.function import ByDigits
from symgate.ir.joint import JOINT
from symgate.passes.rewrite.exactness import dyadic, dyadic_bits
from symgate.passes.widths.datapath import Datapath, is_bit
from symgate.passes.widths.formats import Formats, Widths
from symgate.passes.widths.layouts import Layouts
from symgate.passes.widths.memo import Memo
from symgate.passes.widths.width_settings import CostCurves


@dataclass(frozen=True, eq=False)
class Errors:
    """The local errors of all nodes, as functions of the widths of all knobs."""

    layouts: Layouts
    steepness: Mapping[Expr, float]  # the largest slope of each function
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

    def of_node(self, row: int, widths: Widths) -> float:
        """The local error of node ``row``; remembered."""
        known, key = self.memo.errors[row], self.memo.matter[row](widths)
        found = known.get(key)
        if found is None:
            found = known[key] = self._error(self.datapath.structure.nodes[row], widths)
        return found

    def slack(self, e: Expr, widths: Widths) -> float:
        """Error beyond rounding, in ulp, that makes large generators much smaller and small tables
        not at all.
        """
        if e.op == JOINT:
            return 0.0
        bits = self.formats.address_bits(e, widths)
        if e.value.jumps or self.formats.is_exact(e, widths):
            return 0.0
        return float(np.interp(bits, self.curves.slack_bits, self.curves.slack))

    def _error(self, e: Expr, widths: Widths) -> float:
        if e in self.datapath.structure.sums:
            return self._of_sum(e, widths)
        if e.op == "mul":
            return self._of_product(e, widths)
        if e.op == "fn":
            return self._of_function(e, widths)
        if e.op == JOINT:
            return self._of_joint(e, widths)
        return 0.0

    def _of_joint(self, e: Expr, widths: Widths) -> float:
        frac, exact = self.formats.frac(e, widths), self.datapath.exact.bits(e)
        return 0.0 if is_bit(e) or (exact is not None and frac >= exact) else 0.5 * 2.0**-frac

    def _of_sum(self, e: Expr, widths: Widths) -> float:
        structure, frac = self.datapath.structure, self.formats.frac(e, widths)
        offset, terms = structure.sums[e]
        absorbed = (t for t, _ in terms if t in structure.absorbed)
        fine = any(self.formats.frac(t, widths) > frac for t in absorbed)
        whole = offset.op == CONST and dyadic(offset.value) and dyadic_bits(offset.value) <= frac
        units = self.layouts.sum_form(e, widths).half + 0.5 * fine + 0.25 * (not whole)
        return units * 2.0**-frac

    def _of_product(self, e: Expr, widths: Widths) -> float:
        rows = self.layouts.product_rows(e, widths)
        return float(rows.short / 2 + rows.lost) * 2.0 ** -self.formats.frac(e, widths)

    def _of_function(self, e: Expr, widths: Widths) -> float:
        if is_bit(e) or self.formats.is_exact(e, widths):
            return 0.0
        if isinstance(e.value, ByDigits):
            return self._beyond_slope(e, widths) + 2.0 ** -self.formats.frac(e, widths)
        rounding = (0.5 + self.slack(e, widths)) * 2.0 ** -self.formats.frac(e, widths)
        return self._beyond_slope(e, widths) + 0.5 * self._of_address(e, widths) + rounding

    def _of_address(self, e: Expr, widths: Widths) -> float:
        """What a function changes within one step of its address."""
        address, have = self.formats.address(e, widths), self.formats.frac(e.args[0], widths)
        floating = self.layouts.allocation.floating
        if e in floating:
            single = 2.0 ** (address + 1 - have)  # up to there each number has its own address
            return 2.0**-address * floating[e].change_beyond(single)
        step = 2.0**-address - 2.0**-have if address < have else 0.0
        return step * self.steepness[e]

    def _beyond_slope(self, e: Expr, widths: Widths) -> float:
        """What the first-order model misses where the argument's error makes the slope larger."""
        row = self.datapath.structure.row.get(e.args[0])
        if row is None or e.value.jumps:
            return 0.0
        error = self.of_node(row, widths)
        if not error:
            return 0.0
        return (self._steeper(e, math.ceil(math.log2(error))) - self.steepness[e]) * error

    def _steeper(self, e: Expr, size: int) -> float:
        """The largest slope of a function whose argument is up to ``2**size`` outside its range."""
        known = self.memo.slopes
        if (e, size) not in known:
            lo, hi = self.datapath.ranges[e.args[0]]
            wide = Box.exact(np.array([lo - 2.0**size, lo, hi]), np.array([lo, hi, hi + 2.0**size]))
            slope = float(e.value.slope.interval(wide).mag.max())
            known[e, size] = min(_steepest(self.datapath, e), slope)
        return max(known[e, size], self.steepness[e])


def steepness_of(datapath: Datapath) -> dict[Expr, float]:
    """The largest slope of each function, as far as the model uses it."""
    found: dict[Expr, float] = {}
    for e in datapath.structure.nodes:
        if e.op != "fn":
            continue
        if e.value.jumps:
            lo, hi = datapath.ranges[e]
            found[e] = (hi - lo) * 2.0**datapath.settings.limits.most_bits
        else:
            slope = e.value.slope.interval(datapath.value(e.args[0]))
            found[e] = min(_steepest(datapath, e), float(slope.mag.max()))
    return found


def _steepest(datapath: Datapath, e: Expr) -> float:
    """The largest slope that the model uses for a function."""
    (seen,) = datapath.structure.marked[e].args
    return datapath.slope_limits.steepest(seen)
