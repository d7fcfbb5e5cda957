"""What the search believes of a program: its parts composed, the problem and the plan they make.

Datapath            values, ranges, slopes, knobs
Formats             widths -> formats
Layouts             formats -> terms of sums, rows of products
Errors, Costs       widths -> local errors, LUT6 of each node
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from typing import Any

import numpy as np

from symgate.ir.constants import rational
from symgate.ir.expr import Expr
from symgate.passes.lowering.constants import coarsest
from symgate.passes.lowering.plan import Plan
from symgate.passes.rewrite.exactness import is_floor
from symgate.passes.widths.datapath import Datapath, is_bit
from symgate.passes.widths.formats import ALL_BITS, Formats, Widths
from symgate.passes.widths.knob_limits import knob_limits
from symgate.passes.widths.layouts import Allocation, Layouts
from symgate.passes.widths.local_errors import Errors, steepness_of
from symgate.passes.widths.memo import Memo
from symgate.passes.widths.node_costs import Costs
from symgate.passes.widths.problem import Array, Knobs, Problem


@dataclass(frozen=True, eq=False)
class Model:
    """Errors and costs of a datapath whose operators have some hardware."""

    datapath: Datapath
    allocation: Allocation
    formats: Formats
    errors: Errors
    costs: Costs
    touched: Sequence[Sequence[int]]  # by knob: the nodes besides its own that depend on it

    @classmethod
    def of(
        cls,
        datapath: Datapath,
        allocation: Allocation,
        memo: Memo | None = None,
        steepness: Mapping[Expr, float] | None = None,
    ) -> Model:
        """The model of ``datapath``; ``memo`` and ``steepness`` where they are known."""
        relevant = datapath.structure.relevant_knobs()
        memo = memo or Memo.of(relevant)
        steepness = steepness_of(datapath) if steepness is None else steepness
        formats = Formats.of(datapath, allocation.floating)
        layouts = Layouts(formats, allocation)
        errors, costs = Errors(layouts, steepness, memo), Costs(layouts, memo)
        touched = _touched(datapath, relevant)
        return cls(datapath, allocation, formats, errors, costs, touched)

    def with_allocation(self, **changes: Any) -> Model:
        """The model of the same datapath with other hardware."""
        allocation = replace(self.allocation, **changes)
        steepness = self.errors.steepness
        return Model.of(self.datapath, allocation, steepness=steepness)

    @property
    def clipped(self) -> bool:
        """Whether longer addresses would give any knob more freedom."""
        wider = replace(self.allocation, most_address=self.datapath.settings.limits.widest_address)
        _, now = knob_limits(self.datapath, self.allocation)
        _, then = knob_limits(self.datapath, wider)
        return any(wide > most for wide, most in zip(then, now, strict=True))

    def problem(self, budgets: Sequence[float] | Array) -> Problem:
        """The choice of all widths for these error budgets of the outputs."""
        structure = self.datapath.structure
        low, high = knob_limits(self.datapath, self.allocation)
        knobs = Knobs(low, high, [structure.row[e] for _, e in structure.knobs], self.touched)
        budget = np.asarray(budgets, float)
        return Problem.of(
            self.datapath.slopes, budget, knobs, self.errors.of_node, self.costs.of_node
        )

    def total(self, widths: Widths) -> float:
        """LUT6 of all nodes."""
        rows = range(len(self.datapath.structure.nodes))
        return float(sum(self.costs.of_node(row, widths) for row in rows))

    def slacks(self, widths: Widths) -> dict[Expr, float]:
        """The error beyond rounding of each function with an address, in ulp."""
        functions = self.datapath.structure.address_knob
        bits = [e for e in self.datapath.structure.nodes if is_bit(e)]
        return {e: self.errors.slack(e, widths) for e in (*functions, *bits)}

    def is_large(self, slack: float) -> bool:
        """Whether a function with such a slack has a generator that is smaller with more."""
        return slack >= self.errors.curves.large

    def plan(self, widths: Widths, spare: float = 0.0) -> Plan:
        """The widths as a plan for lowering; large functions, which gain by it, may err by
        ``spare`` ulp more than the search has counted.
        """
        structure = self.datapath.structure
        bits = [e for e in structure.nodes if is_bit(e) or is_floor(e)]
        frac = {e: widths[knob] for e, knob in structure.frac_knob.items()}
        address = {e: widths[knob] for e, knob in structure.address_knob.items()}
        frac |= dict.fromkeys(bits, 0)
        address |= dict.fromkeys(bits, ALL_BITS)
        frac |= _constant_outputs(self.datapath)
        return Plan(
            frac,
            address,
            {e: slack + spare * self.is_large(slack) for e, slack in self.slacks(widths).items()},
            self.allocation.slices,
            self.allocation.blocks,
            {e: point.seen for e, point in self.allocation.floating.items()},
            self.datapath.ends,
            quick=self.datapath.settings.lower.quick,
            objective=self.allocation.objective,
        )


def _touched(datapath: Datapath, relevant: Sequence[Sequence[int]]) -> list[list[int]]:
    """For each knob, the nodes besides its own whose error or cost depends on it."""
    structure = datapath.structure
    found: list[list[int]] = [[] for _ in structure.knobs]
    for row, knobs in enumerate(relevant):
        for knob in knobs:
            if structure.nodes[row] is not structure.knobs[knob][1]:
                found[knob].append(row)
    return found


def _constant_outputs(datapath: Datapath) -> dict[Expr, int]:
    """The fraction bits of outputs that are constants, which no other value reads."""
    read = {operand for e in datapath.structure.nodes for operand in e.args}
    part = Fraction(datapath.settings.limits.of_constant_outputs)
    found: dict[Expr, int] = {}
    for name, e in datapath.program.outputs:
        if e.closed and e not in read and name in datapath.task.targets:
            allowed = Fraction(datapath.task.targets[name]) * part
            bits = coarsest(rational(e), allowed)
            found[e] = max(bits, found.get(e, bits))
    return found
