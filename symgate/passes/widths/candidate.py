"""One way to make a program, as far as it is decided; what all stages take and return."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from symgate import patience
from symgate.ir.expr import Program
from symgate.ir.fixed import Graph
from symgate.passes.widths.certify import Lowered, certify_plan
from symgate.passes.widths.model import Model
from symgate.passes.widths.problem import Array
from symgate.passes.widths.width_settings import NEGLIGIBLE

Measure = Callable[[Graph], float]
Rank = Callable[[Graph], tuple[float, ...]]
Progress = Callable[[str], None]


@dataclass(frozen=True, eq=False)
class Choice:
    """Widths of all knobs, and the error budgets of the outputs for which they were chosen."""

    widths: tuple[int, ...]
    budgets: Array


@dataclass(frozen=True, eq=False)
class Candidate:
    """A program with what was decided so far: first a model of it, then widths, then hardware."""

    program: Program
    targets: Mapping[str, float]  # the largest allowed errors, by output
    drafted: Model | None = None  # with the hardware that its operators get
    choice: Choice | None = None
    hardware: Lowered | None = None  # by a draft, until `LowerGraph`

    @property
    def goal(self) -> Array:
        """The largest allowed errors, in output order."""
        return np.array([self.targets[name] for name, _ in self.program.outputs])

    @property
    def model(self) -> Model:
        """What is believed of errors and costs."""
        assert self.drafted is not None, "`DraftModel` comes first"
        return self.drafted

    @property
    def widths(self) -> tuple[int, ...]:
        """The widths of all knobs."""
        assert self.choice is not None, "`SearchAndProve` comes first"
        return self.choice.widths

    @property
    def budgets(self) -> Array:
        """The error budgets for which the widths were chosen, in output order."""
        assert self.choice is not None, "`SearchAndProve` comes first"
        return self.choice.budgets

    @property
    def lowered(self) -> Lowered:
        """The graph with the proof of its error."""
        assert self.hardware is not None, "`SearchAndProve` comes first"
        return self.hardware

    @property
    def graph(self) -> Graph:
        """The graph."""
        return self.lowered.graph

    @property
    def bounds(self) -> Array:
        """The proven error bounds, in output order."""
        return np.array([self.lowered.bounds[name] for name, _ in self.program.outputs])

    @property
    def lost(self) -> Array:
        """What the stated formats of outputs add to the bounds, in output order."""
        return np.array([self.lowered.lost.get(name, 0.0) for name, _ in self.program.outputs])

    @property
    def are_errors(self) -> NDArray[np.bool_]:
        """Which bounds are the error itself, in output order: every input was tried."""
        tried = self.lowered.data.get("every_input", ())
        return np.array([name in tried for name, _ in self.program.outputs])

    @property
    def holds(self) -> bool:
        """Whether all proven bounds are within what is allowed."""
        return bool(np.all(self.bounds <= self.goal))

    @property
    def excess(self) -> float:
        """The worst ratio of proven bound to allowed error."""
        ratios = np.maximum(self.bounds, NEGLIGIBLE.divisor) / self.goal
        return float(np.nan_to_num(np.max(ratios), nan=np.inf))

    @property
    def cost(self) -> float:
        """LUT6 of the widths, by the model."""
        return self.model.total(self.widths)

    def with_model(self, model: Model) -> Candidate:
        """The same program with other hardware, for which nothing is decided yet."""
        return replace(self, drafted=model, choice=None, hardware=None)

    def with_budgets(self, budgets: Array) -> Candidate:
        """The same hardware, as if it had been chosen for these budgets."""
        return replace(self, choice=Choice(self.widths, budgets))

    def lower(
        self, widths: Sequence[int], budgets: Array, draft: bool = False, spare: float = 0.0
    ) -> Candidate:
        """Hardware of these widths with its proof; a draft has plain tables.

        Functions may err by ``spare`` ulp more than the search has counted.
        """
        patience.checkpoint()
        model, choice = self.model, Choice(tuple(widths), budgets)
        made = certify_plan(model.datapath, model.plan(widths, spare), draft)
        return replace(self, choice=choice, hardware=made)


Stage = Callable[[Candidate], Candidate]


def run_stages(stages: Iterable[Stage], candidate: Candidate) -> Candidate:
    """What all stages, one after the other, make of a candidate."""
    for stage in stages:
        candidate = stage(candidate)
    return candidate


def run_unless_over(
    stages: Sequence[Stage], candidate: Candidate, dispensable: bool
) -> Candidate | None:
    """As `run_stages`; None where it can be done without and patience ends."""
    if dispensable:
        return patience.tried(run_stages, stages, candidate)
    return run_stages(stages, candidate)


def smallest(found: Sequence[Candidate], measure: Measure) -> Candidate:
    """The one of least LUT; what is alone is not measured."""
    if len(found) == 1:
        return found[0]
    return min(found, key=lambda candidate: measure(candidate.graph))
