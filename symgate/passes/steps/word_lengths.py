"""Word lengths by the mode of accuracy that the user states, as passes over units."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import partial

from symgate.errors import InputError
from symgate.ir.classes import AGREEMENT
from symgate.ir.design import Design, Target
from symgate.ir.types import FixedType
from symgate.passes.domains.meaning import meaning_of
from symgate.passes.steps.unit import CompileSettings, Unit
from symgate.passes.steps.watching import Left, kept, watch
from symgate.passes.widths.candidate import Candidate, Stage
from symgate.passes.widths.certify import certify_plan
from symgate.passes.widths.design_limits import rank_graph
from symgate.passes.widths.metric import ByMetric, Loss
from symgate.passes.widths.quantize import Quantize, targets, uniform_plan


@dataclass(frozen=True)
class ErrorSearch:
    """The word-length search of units for the errors that the user states.

    ``target`` holds the user's limits and objective, by which forms are compared; ``objective`` is
    what this attempt makes small.
    """

    target: Target
    objective: str
    settings: CompileSettings

    def of(self, unit: Unit) -> Quantize:
        """The search of one unit."""
        stated = self.objective == self.target.objective
        return Quantize(
            unit.design.inputs,
            targets(unit.design),
            seconds=self.settings.search_seconds * unit.share if stated else 0.0,
            measure=self.settings.measure,
            objective=self.objective,
            dsp=self.target.dsp or 0,
            bram=self.target.bram or 0,
            progress=lambda stage: self.settings.progress(f"{unit.label}{stage}"),
            prefix=unit.prefix,
            meant=meaning_of(unit.design),
            settings=self.settings.numbers,
            ports=unit.design.ports,
        )

    def stage(self, unit: Unit, kind: type) -> Stage:
        """The stage of this kind, of those that the search of ``unit`` goes through."""
        order = partial(rank_graph, self.target, self.settings.measure)
        (found,) = [
            s
            for s in self.of(unit).stages(unit.others, order, unit.last_resorts)
            if isinstance(s, kind)
        ]
        return found


@dataclass(frozen=True)
class RunStage:
    """One stage of the word-length search, on the candidate of each unit."""

    kind: type
    search: ErrorSearch

    def __call__(self, unit: Unit) -> Unit:
        """The unit with what the stage makes of it; raise `AccuracyError` where no bound is met."""
        search = self.search.of(unit)
        stage = self.search.stage(unit, self.kind)
        left: list[Left] = []
        if self.search.settings.watched:
            stage = watch(stage, left.append)
        found = stage(unit.candidate or Candidate(unit.program, search.targets))
        return replace(
            unit,
            program=found.program,
            candidate=found,
            graph=found.graph,
            certificate=search.certificate(found.program, found.lowered),
            inside=kept(left, found),
        )


@dataclass(frozen=True)
class UseOneFormat:
    """The same fraction bits everywhere, as hls4ml does; the error is reported, not chosen."""

    stated: FixedType
    objective: str

    def __call__(self, unit: Unit) -> Unit:
        """The unit lowered; raise `InputError` where an output overflows the stated format."""
        meant = meaning_of(unit.design)
        ports = unit.design.ports
        search = Quantize(
            unit.design.inputs, {}, objective=self.objective, meant=meant, ports=ports
        )
        model = search.model(unit.program)
        lowered = certify_plan(model.datapath, uniform_plan(model, self.stated.frac))
        for port in lowered.graph.outputs:
            sign_bit = self.stated.signed and not port.type.signed
            if port.name in ports:
                continue
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
        search = ByMetric(
            unit.design.inputs,
            self.loss,
            accuracy.max_loss,
            meant,
            together=accuracy.metric == AGREEMENT,
            ports=unit.design.ports,
        )
        graph, certificate = search(unit.program)
        return replace(unit, graph=graph, certificate=certificate)
