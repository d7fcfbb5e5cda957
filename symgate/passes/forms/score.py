"""What a form of a program costs, quickly: the model's LUTs after a short search of widths over few
sub-boxes.

It ranks forms and proves nothing. Forms of one program have most values in common, so what is known
of a value, an output or a width is kept for all of them.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np

from symgate.ir.boxes import Box
from symgate.ir.design import Input
from symgate.ir.expr import Expr, Program
from symgate.passes.bounds.propagation import Limit, Sensitivity, sensitivity
from symgate.passes.bounds.subboxes import subdivide
from symgate.passes.widths.datapath import Cells, Datapath, Structure, Task
from symgate.passes.widths.layouts import Allocation
from symgate.passes.widths.memo import Known as Numbers
from symgate.passes.widths.memo import Memo
from symgate.passes.widths.model import Model
from symgate.passes.widths.relaxation import equal_widths, relax_widths
from symgate.passes.widths.slope_limits import SlopeLimits
from symgate.passes.widths.width_settings import WidthSearch


@dataclass(frozen=True)
class Scoring:
    """How much is computed for the cost of one form."""

    cells: int = 64  # sub-boxes of the inputs
    search: WidthSearch = field(default_factory=lambda: WidthSearch(rounds=8, kept=1))
    close: float = 1.05  # how far beyond its budget the search may end


SCORING = Scoring()
Surroundings = tuple[object, ...]


@dataclass
class Known:
    """Errors, costs and slopes by expression, for all forms of one program."""

    errors: dict[Surroundings, Numbers] = field(default_factory=dict)
    costs: dict[Surroundings, Numbers] = field(default_factory=dict)
    outputs: dict[Expr, Sensitivity] = field(default_factory=dict)
    steeper: dict[tuple[Expr, int], float] = field(default_factory=dict)
    slope_limits: SlopeLimits = field(default_factory=SlopeLimits)

    def enclose(self, roots: Sequence[Expr], cells: Cells, limit: Limit) -> Sensitivity:
        """Values and slopes, output by output."""
        values: dict[Expr, Box] = {}
        slopes: dict[Expr, Mapping[Expr, Box]] = {}
        for root in roots:
            if root not in self.outputs:
                self.outputs[root] = sensitivity([root], cells, {}, limit)
            values.update(self.outputs[root].values)
            slopes.update(self.outputs[root].slopes)
        return Sensitivity(values, slopes)

    def memo(self, structure: Structure) -> Memo:
        """What is known of the nodes of one form, by what they are."""
        around = [_surroundings(structure, e) for e in structure.nodes]
        errors = [self.errors.setdefault(key, {}) for key in around]
        costs = [self.costs.setdefault(key, {}) for key in around]
        return Memo.of(structure.relevant_knobs(), errors, costs, self.steeper)


def _surroundings(structure: Structure, e: Expr) -> Surroundings:
    """What the error and cost of a node depend on besides widths."""
    absorbed = (a.key for a in structure.operands(e) if a in structure.absorbed)
    return (e.key, structure.modulus.get(e), *absorbed)


@dataclass
class QuickCost:
    """The quick cost of programs over the same inputs with the same error budgets."""

    inputs: Mapping[str, Input]
    targets: Mapping[str, float]
    cells: Mapping[str, Box]
    known: Known = field(default_factory=Known)
    scoring: Scoring = SCORING

    @staticmethod
    def of(
        inputs: Sequence[Input],
        targets: Mapping[str, float],
        roots: Sequence[Expr],
        scoring: Scoring = SCORING,
    ) -> QuickCost:
        """The cost of forms of ``roots``."""
        ranges = {port.name: port.span for port in inputs}
        cells = subdivide(ranges, roots, scoring.cells)
        return QuickCost({port.name: port for port in inputs}, targets, cells, scoring=scoring)

    def __call__(self, program: Program) -> float:
        """LUT6 of a program in datapath form; infinite where its values are not bounded, or no
        widths fit.
        """
        known, task = self.known, Task(self.inputs, self.targets)
        datapath = Datapath.of(program, task, self.cells, known.slope_limits, known.enclose)
        if not all(np.isfinite(span).all() for span in datapath.ranges.values()):
            return math.inf
        model = Model.of(datapath, Allocation(), known.memo(datapath.structure))
        problem = model.problem([self.targets[name] for name, _ in program.outputs])
        if not all(np.isfinite(matrix).all() for matrix in problem.slopes):
            return math.inf
        search = self.scoring.search
        equal = equal_widths(problem, search)
        widths = relax_widths(problem, equal, search, equal)
        fits = problem.excess(problem.errors(widths)) <= self.scoring.close
        return problem.total(widths) if fits else math.inf
