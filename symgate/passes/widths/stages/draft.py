"""The first stage: what the search believes of a program, before anything is decided."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from symgate.ir.expr import Program
from symgate.passes.bounds.subboxes import nonlinear_inputs, refined, subdivide
from symgate.passes.widths.candidate import Candidate
from symgate.passes.widths.datapath import Cells, Datapath, Task
from symgate.passes.widths.layouts import Allocation
from symgate.passes.widths.model import Model
from symgate.passes.widths.problem import Array
from symgate.passes.widths.relaxation import equal_widths
from symgate.passes.widths.slope_limits import SlopeLimits


@dataclass(frozen=True)
class DraftModel:
    """Cut the inputs into sub-boxes, finer where errors are large; find ranges and slopes."""

    task: Task
    objective: str = "lut"

    def __call__(self, candidate: Candidate) -> Candidate:
        """The candidate with a model of its program."""
        return candidate.with_model(self.model(candidate.program))

    def model(self, program: Program) -> Model:
        """What is believed of ``program`` where no operator has a DSP slice or block RAM."""
        task, cells = self.task, self.task.settings.cells
        ranges = {name: port.span for name, port in task.inputs.items()}
        equal = subdivide(ranges, program.roots, cells.equal)
        slope_limits = SlopeLimits(settings=task.settings.slopes)
        datapath = Datapath.of(program, task, equal, slope_limits)
        limits = task.settings.limits
        allocation = Allocation(self.objective, most_address=limits.most_address)
        model = Model.of(datapath, allocation)
        names = nonlinear_inputs(program.roots)
        if not task.targets or len(names) < 2 or not datapath.structure.knobs:
            return model
        score = score_cells(model, [task.targets[name] for name, _ in program.outputs])
        finer = refined(equal, names, score, cells.refined)
        return Model.of(datapath.on_cells(finer), model.allocation)


def score_cells(model: Model, budgets: list[float]) -> Callable[[Cells], Array]:
    """Error over budget on sub-boxes, at the smallest equal widths that fit."""
    datapath, problem = model.datapath, model.problem(budgets)
    local = problem.errors(equal_widths(problem, datapath.settings.search))
    structure = datapath.structure
    marked = [structure.marked[e] for e in structure.nodes]

    def score(cells: Cells) -> Array:
        size = max(b.lo.size for b in cells.values())
        found = datapath.enclose(cells).slopes
        worst = np.zeros(size)
        for root, budget in zip(structure.roots, budgets, strict=True):
            slopes, total = found[root], np.zeros(size)
            for e, error in zip(marked, local, strict=True):
                if e in slopes:
                    total = total + error * slopes[e].mag
            worst = np.maximum(worst, total / budget)
        return worst

    return score
