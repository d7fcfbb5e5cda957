"""Word lengths by the mode of accuracy that the user states, as passes over units."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import partial

from symgate.errors import InputError
from symgate.ir.design import Design, Target
from symgate.ir.types import FixedType
from symgate.passes.domains.meaning import meaning_of
from symgate.passes.steps.unit import CompileSettings, Unit
from symgate.passes.widths.certify import certified
from symgate.passes.widths.design_limits import rank_graph
from symgate.passes.widths.metric import ByMetric, Loss
from symgate.passes.widths.quantize import Quantize, targets, uniform_plan


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
        graph, certificate = search(
            unit.program, unit.others, partial(rank_graph, self.target, measure)
        )
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
