"""Which products take DSP slices, and which functions block RAM (decisions 0009 and 0014)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from symgate.ir.expr import Expr
from symgate.passes.lowering import lower, rule_of
from symgate.passes.lowering.products import lower_product
from symgate.passes.widths.candidate import Candidate, Stage, run_stages
from symgate.passes.widths.model import Model
from symgate.passes.widths.width_settings import DEFAULTS, AllocationSettings


@dataclass(frozen=True)
class AllocateSlicesAndBlocks:
    """Give DSP slices and block RAMs to what saves most LUT by them, then ``search`` again.

    The choice needs widths, and widths depend on the choice: one round of both is made.
    """

    dsp: int
    bram: int
    search: tuple[Stage, ...]
    settings: AllocationSettings = DEFAULTS.allocation

    def __call__(self, candidate: Candidate) -> Candidate:
        """The candidate with widths for the hardware that it gets."""
        model, widths = candidate.model, candidate.widths
        slices = allocate_dsp(model, widths, self.dsp, self.settings)
        blocks = allocate_bram(model, widths, self.bram, self.settings)
        if not slices and not blocks:
            return candidate
        allocated = model.with_allocation(slices=slices, blocks=blocks)
        return run_stages(self.search, candidate.with_model(allocated))


def allocate_dsp(
    model: Model, widths: Sequence[int], count: int, settings: AllocationSettings
) -> frozenset[Expr]:
    """The up to ``count`` products for which a DSP slice saves most LUT."""
    if not count:
        return frozenset()
    nodes = model.datapath.structure.nodes
    products = [e for e in nodes if rule_of(e) is lower_product]
    saved = {e: model.costs.saved_by_slice(e, widths) for e in products}
    worth = (e for e in products if saved[e] >= settings.slice_luts)
    ranked = sorted(worth, key=lambda e: (-saved[e], e.key))
    return frozenset(ranked[:count])


def allocate_bram(
    model: Model, widths: Sequence[int], count: int, settings: AllocationSettings
) -> dict[Expr, int]:
    """The functions for which up to ``count`` block RAMs save most LUT, and how many each takes.

    Designs for latency get none, as all take a clock cycle.
    """
    if not count or model.allocation.objective == "latency":
        return {}
    context, _ = lower(model.datapath.program, model.datapath.inputs, model.plan(widths))
    luts, address_knob = context.luts, model.datapath.structure.address_knob
    taken = {e: model.costs.blocks_of(e, widths) for e in luts if e in address_knob}
    found: dict[Expr, int] = {}
    for e in sorted(taken, key=lambda e: (-luts[e] / taken[e], e.key)):
        worth = luts[e] >= settings.block_luts * taken[e]
        if worth and sum(found.values()) + taken[e] <= count:
            found[e] = taken[e]
    return found
