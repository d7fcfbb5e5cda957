"""What one step of the compilation hands to the next, and what the user lets it cost.

A unit is some outputs of a design that are compiled together: a program, then a graph with its
certificate. A design is one unit until `SplitOutputs`, and one again from `JoinOutputs` on.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

from symgate.ir.expr import Program
from symgate.ir.firmware import Certificate
from symgate.ir.fixed import Graph
from symgate.passes.forms.finalists import ALL_FORMS, QUICK_FORMS, FormEffort
from symgate.passes.hardware.cost import estimate
from symgate.passes.steps.watching import Left
from symgate.passes.widths.candidate import Candidate, Measure
from symgate.passes.widths.independence import Part
from symgate.passes.widths.metric import Loss
from symgate.passes.widths.width_settings import DEFAULTS, QUICK, WidthSettings
from symgate.patience import Patience


@dataclass(frozen=True)
class Unit(Part):
    """Some outputs of a design between two steps."""

    label: str = ""  # before what is said of it: "part 2 of 3: "
    share: float = 1.0  # of the time that the user gives the search
    exact: bool = False  # lowered already, node by node: no search has anything to decide
    others: tuple[Program, ...] = ()  # other forms of the program, in datapath form
    last_resorts: tuple[Program, ...] = ()  # forms for where none of these has hardware
    graph: Graph | None = None  # what the program is lowered to
    certificate: Certificate | None = None  # the error bounds of the graph
    candidate: Candidate | None = None  # what the word-length search has decided
    inside: tuple[Left, ...] = ()  # what the stages inside the last one left, where that is watched

    @property
    def alone(self) -> bool:
        """Whether the unit is the whole design."""
        return self.share == 1.0

    def at(self, candidate: Candidate) -> Unit:
        """The unit as it stands with ``candidate``, which need not be finished."""
        made = candidate.hardware
        graph = None if made is None else made.graph
        return replace(
            self,
            program=candidate.program,
            graph=graph,
            certificate=None,
            candidate=candidate,
            inside=(),
        )

    @property
    def hardware(self) -> tuple[Graph, Certificate]:
        """The graph and its certificate, once there are both."""
        assert self.graph is not None
        assert self.certificate is not None
        return self.graph, self.certificate


Units = tuple[Unit, ...]


def quick_luts(graph: Graph) -> float:
    """LUTs of ``graph`` by the model of each operator, which takes no time."""
    return estimate(graph).lut


def silent(stage: str) -> None:
    """Say nothing of a stage."""


@dataclass(frozen=True)
class CompileSettings:
    """How much a compilation tries, and what it measures graphs with."""

    search_seconds: float = 0.0  # on top of the search that every design gets
    forms: bool = True  # whether other forms of the expressions are tried
    measure: Measure = quick_luts  # LUTs of a graph
    loss: Loss | None = None  # of a graph on the user's data; the accuracy mode metric needs it
    progress: Callable[[str], None] = silent
    numbers: WidthSettings = DEFAULTS  # of the word-length search
    patience: Patience | None = None  # by default that of the formula
    form_effort: FormEffort = ALL_FORMS  # how many forms are looked at
    watched: bool = False  # whether units keep what stages inside a stage leave

    def with_effort(self, effort: str) -> CompileSettings:
        """The same for a design of this effort; one that asks for a search gets all of it."""
        if effort == "full" or self.search_seconds > 0:
            return self
        return replace(self, form_effort=QUICK_FORMS, numbers=QUICK)
