"""What a form of a program costs, quickly: the model's LUTs after a short search of widths over few
sub-boxes.

It ranks forms and proves nothing. Forms of one program have most values in common, so what is known
of a value, an output or a width is kept for all of them.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property

import numpy as np

from symgate.ir.boxes import Box
from symgate.ir.design import Input
from symgate.ir.expr import Expr, Program
from symgate.passes.bounds.propagation import Sensitivity, sensitivity
from symgate.passes.bounds.subboxes import subdivide
from symgate.passes.widths.model import Known as Numbers
from symgate.passes.widths.model import Model
from symgate.passes.widths.relaxation import equal_widths, relax_widths
from symgate.passes.widths.settings import WidthSearch

_CELLS = 64
_SEARCH = WidthSearch(rounds=8, kept=1)
#: How far beyond its budget the quick search may end.
_CLOSE = 1.05


@dataclass
class Known:
    """Errors, costs and slopes by expression, for all forms of one program."""

    errors: dict[tuple[object, ...], Numbers] = field(default_factory=dict)
    costs: dict[tuple[object, ...], Numbers] = field(default_factory=dict)
    outputs: dict[Expr, Sensitivity] = field(default_factory=dict)
    limited: dict[Expr, float] = field(default_factory=dict)  # see `Model`


@dataclass(frozen=True)
class SharedModel(Model):
    """A `Model` that remembers by expression, so that other forms find what they have in common."""

    known: Known = field(default_factory=Known)

    @cached_property
    def pure(self) -> Sensitivity:
        """Values and slopes, output by output."""
        values: dict[Expr, Box] = {}
        slopes: dict[Expr, Mapping[Expr, Box]] = {}
        for root in (self.marked[r] for r in self.program.roots):
            if root not in self.known.outputs:
                self.known.outputs[root] = sensitivity([root], self.cells, {}, self._limit)
            values.update(self.known.outputs[root].values)
            slopes.update(self.known.outputs[root].slopes)
        return Sensitivity(values, slopes)

    @cached_property
    def relevant(self) -> list[list[int]]:
        """As in `Model`, in an order that does not depend on the rest of the program."""
        order = {i: (kind, e.key) for i, (kind, e) in enumerate(self.knobs)}
        return [sorted(knobs, key=lambda i: order[i]) for knobs in super().relevant]

    @cached_property
    def surroundings(self) -> list[tuple[object, ...]]:
        """What the error and cost of each node depend on besides widths."""
        return [
            (e.key, self.modulus.get(e), *(a.key for a in self.operands(e) if a in self.absorbed))
            for e in self.nodes
        ]

    @cached_property
    def errors(self) -> list[Numbers]:
        """As in `Model`, by what a node is."""
        return [self.known.errors.setdefault(around, {}) for around in self.surroundings]

    @cached_property
    def costs(self) -> list[Numbers]:
        """As in `Model`, by what a node is."""
        return [self.known.costs.setdefault(around, {}) for around in self.surroundings]


@dataclass
class Score:
    """The quick cost of programs over the same inputs with the same error budgets."""

    inputs: Mapping[str, Input]
    targets: Mapping[str, float]
    cells: Mapping[str, Box]
    known: Known = field(default_factory=Known)

    @staticmethod
    def of(inputs: Sequence[Input], targets: Mapping[str, float], roots: Sequence[Expr]) -> Score:
        """The cost of forms of ``roots``."""
        ranges = {i.name: i.span for i in inputs}
        return Score({i.name: i for i in inputs}, targets, subdivide(ranges, roots, _CELLS))

    def __call__(self, program: Program) -> float:
        """LUT6 of a program in datapath form; infinite where its values are not bounded, or no
        widths fit.
        """
        model = SharedModel(
            program,
            self.inputs,
            self.cells,
            targets=self.targets,
            limited=self.known.limited,
            known=self.known,
        )
        if not all(np.isfinite(s).all() for s in model.spans.values()):
            return math.inf
        problem = model.problem([self.targets[n] for n, _ in program.outputs])
        if not all(np.isfinite(matrix).all() for matrix in problem.slopes):
            return math.inf
        widths = relax_widths(problem, equal_widths(problem, _SEARCH), _SEARCH)
        return (
            problem.total(widths) if problem.excess(problem.errors(widths)) <= _CLOSE else math.inf
        )
