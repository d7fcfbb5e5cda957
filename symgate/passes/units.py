"""What one step of the compilation hands to the next: units.

A unit is some outputs of a design that are compiled together: a program, then a graph with its
certificate. A design is one unit until `SplitOutputs`, and one again from `JoinOutputs` on.
Here are also the passes that take whole units; most passes know programs or graphs alone.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import partial

from symgate.errors import InputError
from symgate.ir.design import Design, Target
from symgate.ir.expr import Program
from symgate.ir.firmware import Certificate
from symgate.ir.fixed import Graph
from symgate.ir.types import FixedType
from symgate.passes.domains.meaning import meaning_of
from symgate.passes.forms.finalists import find_forms
from symgate.passes.hardware.cost import estimate
from symgate.passes.widths.certify import certified
from symgate.passes.widths.limits import rank
from symgate.passes.widths.metric import ByMetric, Loss
from symgate.passes.widths.parts import Part, joined, parts
from symgate.passes.widths.quantize import Measure, Quantize, targets, uniform_plan


@dataclass(frozen=True)
class Unit(Part):
    """Some outputs of a design between two steps."""

    label: str = ""  # before what is said of it: "part 2 of 3: "
    share: float = 1.0  # of the time that the user gives the search
    others: tuple[Program, ...] = ()  # other forms of the program, in datapath form
    graph: Graph | None = None  # what the program is lowered to
    certificate: Certificate | None = None  # the error bounds of the graph

    @property
    def alone(self) -> bool:
        """Whether the unit is the whole design."""
        return self.share == 1.0

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


# ------------------------------------------------------------------ one unit, several units


@dataclass(frozen=True)
class ReadDesign:
    """The expressions as the frontend read them, all outputs in one unit."""

    design: Design

    def __call__(self, units: Units) -> Units:
        """The whole design; nothing is there before it."""
        return (Unit(self.design, self.design.program, "v"),)


@dataclass(frozen=True)
class SplitOutputs:
    """Outputs that read no input in common go apart."""

    def __call__(self, units: Units) -> Units:
        """A unit for each group of outputs, in order of their first output."""
        (whole,) = units
        found = parts(whole.design, whole.program)
        several = len(found) > 1
        return tuple(
            Unit(
                part.design,
                part.program,
                part.prefix,
                label=f"part {number} of {len(found)}: " if several else "",
                share=1 / len(found),
            )
            for number, part in enumerate(found, 1)
        )


@dataclass(frozen=True)
class JoinOutputs:
    """The graphs of all units become one, with the ports of ``design``, and so do certificates."""

    design: Design

    def __call__(self, units: Units) -> Units:
        """One unit; without the outputs of units that were left out."""
        names = [name for unit in units for name, _ in unit.program.outputs]
        design = self.design.only(names)
        graph, certificate = joined(design, [unit.hardware for unit in units])
        program = merge_programs(design, [unit.program for unit in units])
        return (Unit(design, program, "v", graph=graph, certificate=certificate),)


def merge_programs(design: Design, programs: Sequence[Program]) -> Program:
    """One program with the ports of ``design``, whose outputs ``programs`` compute."""
    roots = {name: root for program in programs for name, root in program.outputs}
    inputs = tuple(port.name for port in design.inputs)
    return Program(inputs, tuple((name, roots[name]) for name, _ in design.outputs))


# ------------------------------------------------------------------ forms and word lengths


@dataclass(frozen=True)
class TryForms:
    """Search other forms of the expressions that take less hardware, by the identities of algebra.

    ``finish`` brings a form of a design into datapath form, in the usual way or in one of
    ``variants``.
    """

    finish: Callable[[Design, Program, str | None], Program]
    variants: tuple[str, ...]
    seconds: float = 0.0
    wanted: bool = True

    def __call__(self, unit: Unit) -> Unit:
        """The unit with the forms among which the word-length search decides."""
        if not self.wanted:
            return unit
        finish = partial(self.finish, unit.design)
        seconds = self.seconds * unit.share
        forms = find_forms(unit.design, unit.program, finish, self.variants, seconds)
        return replace(unit, others=forms)


@dataclass(frozen=True)
class SearchWidths:
    """Word lengths, generators and the form of the program that need least hardware within the
    stated error.

    ``target`` holds the user's limits and objective, by which forms are compared; ``objective`` is
    what this attempt makes small.
    """

    target: Target
    objective: str
    settings: CompileSettings

    def __call__(self, unit: Unit) -> Unit:
        """The unit lowered, with its proved bounds; raise `AccuracyError` where none is met."""
        measure = self.settings.measure
        stated = self.objective == self.target.objective
        search = Quantize(
            unit.design.inputs,
            targets(unit.design),
            seconds=self.settings.search_seconds * unit.share if stated else 0.0,
            measure=measure,
            objective=self.objective,
            dsp=self.target.dsp or 0,
            bram=self.target.bram or 0,
            progress=lambda stage: self.settings.progress(f"{unit.label}{stage}"),
            prefix=unit.prefix,
            meant=meaning_of(unit.design),
        )
        graph, certificate = search(unit.program, unit.others, partial(rank, self.target, measure))
        return replace(unit, graph=graph, certificate=certificate)


@dataclass(frozen=True)
class UseOneFormat:
    """The same fraction bits everywhere, as hls4ml does; the error is reported, not chosen."""

    stated: FixedType
    objective: str

    def __call__(self, unit: Unit) -> Unit:
        """The unit lowered; raise `InputError` where an output overflows the stated format."""
        meant = meaning_of(unit.design)
        search = Quantize(unit.design.inputs, {}, objective=self.objective, meant=meant)
        model = search.model(unit.program)
        lowered = certified(model, uniform_plan(model, self.stated.frac))
        for port in lowered.graph.outputs:
            sign_bit = self.stated.signed and not port.type.signed
            if port.type.integer + sign_bit > self.stated.integer:
                raise self._overflow(unit.design, port.name, port.type)
        certificate = search.certificate(unit.program, lowered)
        return replace(unit, graph=lowered.graph, certificate=certificate)

    def _overflow(self, design: Design, name: str, needed: FixedType) -> InputError:
        what = f"output '{name}' needs {needed}, more integer bits than the stated precision"
        return InputError(
            f"{what} {self.stated}",
            where=design.source,
            expected=f"at least {needed.integer} integer bits",
            remedy="widen the precision, narrow the inputs, "
            "or state max_error and let symgate choose",
        )


@dataclass(frozen=True)
class KeepMetric:
    """The coarsest word lengths whose metric on the user's data stays within what may be lost."""

    loss: Loss | None

    def __call__(self, unit: Unit) -> Unit:
        """The unit lowered; raise `AccuracyError` where no width is enough."""
        accuracy = unit.design.accuracy
        if self.loss is None:
            raise InputError(
                f"the metric '{accuracy.metric}' needs data",
                where=unit.design.source,
                remedy='state data = "file.csv"',
            )
        meant = meaning_of(unit.design)
        search = ByMetric(unit.design.inputs, self.loss, accuracy.max_loss, meant)
        graph, certificate = search(unit.program)
        return replace(unit, graph=graph, certificate=certificate)
