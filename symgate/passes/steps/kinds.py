"""The kinds of steps, by what their passes take: a program, a graph, a unit, or all units."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

from symgate.ir.expr import Program
from symgate.ir.fixed import Graph
from symgate.passes.steps.unit import Unit, Units


@dataclass(frozen=True)
class Inside:
    """A stage that runs inside a step, on each form and as often as the step says."""

    name: str
    run: type
    reason: str


@dataclass(frozen=True)
class Step:
    """One pass with its name, and the reason why it stands where it stands.

    The kinds below say what the pass takes.
    """

    name: str
    run: Any
    reason: str
    stage: str  # under which report.json counts its seconds
    inside: tuple[Inside, ...] = ()

    def __call__(self, units: Units) -> Units:
        """What the step makes of all units."""
        raise NotImplementedError


@dataclass(frozen=True)
class OnEach(Step):
    """A step that takes one unit after another."""

    def __call__(self, units: Units) -> Units:
        """What the step makes of all units."""
        return tuple(self.on(unit) for unit in units)

    def on(self, unit: Unit) -> Unit:
        """What the step makes of one unit."""
        raise NotImplementedError


@dataclass(frozen=True)
class OnProgram(OnEach):
    """A step whose pass takes expressions and gives expressions."""

    run: Callable[[Program], Program]
    stage: str = "rewrite"

    def on(self, unit: Unit) -> Unit:
        """The unit with its expressions rewritten, where these are not lowered yet."""
        if unit.exact:
            return unit
        return replace(unit, program=self.run(unit.program))


@dataclass(frozen=True)
class OnGraph(OnEach):
    """A step whose pass takes a fixed-point graph and gives one."""

    run: Callable[[Graph], Graph]
    stage: str = "schedule"

    def on(self, unit: Unit) -> Unit:
        """The unit with another graph of the same values."""
        graph, _ = unit.hardware
        return replace(unit, graph=self.run(graph))


@dataclass(frozen=True)
class OnUnit(OnEach):
    """A step whose pass takes a unit: its design, its program, its other forms."""

    run: Callable[[Unit], Unit]
    stage: str = "quantize"

    def on(self, unit: Unit) -> Unit:
        """What the pass makes of the unit, where it is not lowered yet."""
        return unit if unit.exact else self.run(unit)


@dataclass(frozen=True)
class OnUnits(Step):
    """A step whose pass takes all units at once, and gives more or fewer."""

    run: Callable[[Units], Units]
    stage: str = "rewrite"

    def __call__(self, units: Units) -> Units:
        """What the pass makes of all units."""
        return self.run(units)
