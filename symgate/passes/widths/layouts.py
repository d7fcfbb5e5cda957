"""Formats to layouts: the terms and rows of which sums and products are made at given widths.

What functions and products get besides LUTs is an `Allocation`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace

from symgate.ir.expr import Expr
from symgate.ir.fixed_ops import slices
from symgate.passes.lowering.products import BoothRows, cheaper_rows, slice_rows
from symgate.passes.lowering.sums import SumForm
from symgate.passes.widths.datapath import Datapath
from symgate.passes.widths.formats import Formats, Widths
from symgate.passes.widths.steep_points import SteepPoint
from symgate.passes.widths.width_settings import DEFAULTS


@dataclass(frozen=True)
class Allocation:
    """What hardware the operators of a program get, apart from their widths."""

    objective: str = "lut"  # or "latency", "balanced"
    slices: frozenset[Expr] = frozenset()  # products in DSP slices
    # functions in block RAM, and how many blocks each may take
    blocks: Mapping[Expr, int] = field(default_factory=dict)
    # functions that see their argument as a floating-point number
    floating: Mapping[Expr, SteepPoint] = field(default_factory=dict)
    most_address: int = DEFAULTS.limits.most_address  # address bits of functions


@dataclass(frozen=True, eq=False)
class Layouts:
    """How sums and products are computed, as functions of the widths of all knobs."""

    formats: Formats
    allocation: Allocation

    @property
    def datapath(self) -> Datapath:
        """What is computed."""
        return self.formats.datapath

    def sum_form(self, e: Expr, widths: Widths) -> SumForm:
        """The terms of a sum; products that it absorbs are not among them."""
        structure = self.datapath.structure
        terms = tuple(
            (k, self.formats.type(t, widths))
            for t, k in structure.sums[e][1]
            if t not in structure.absorbed
        )
        frac, modulus = self.formats.frac(e, widths), self.datapath.modulus_bits(e)
        bits = None if modulus is None else max(1, frac + modulus)
        return SumForm.cheapest(terms, frac, bits, self.allocation.objective)

    def product_rows(self, e: Expr, widths: Widths) -> BoothRows:
        """The rows of a product; none where a DSP slice makes it."""
        x, y = (self.formats.type(a, widths) for a in factors(e))
        frac = self.formats.frac(e, widths)
        if e in self.allocation.slices and slices(x, y) == 1:
            return replace(slice_rows(x, y, frac), luts=self.joining_luts(e, widths))
        return cheaper_rows(x, y, frac, self.datapath.modulus_bits(e))[1]

    def joining_luts(self, e: Expr, widths: Widths) -> float:
        """LUT6 that add the product of a DSP slice to the sum that it is part of."""
        absorbed = e in self.datapath.structure.absorbed
        return float(self.formats.width(e, widths)) if absorbed else 0.0

    def fits_slice(self, e: Expr, widths: Widths) -> bool:
        """Whether one DSP slice can make a product."""
        x, y = (self.formats.type(a, widths) for a in factors(e))
        return slices(x, y) == 1


def factors(e: Expr) -> tuple[Expr, ...]:
    """The two operands of a product; one value twice for a square."""
    return e.args if len(e.args) == 2 else (e.args[0], e.args[0])
