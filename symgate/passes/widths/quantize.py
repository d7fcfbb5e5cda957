"""Word lengths for a program: the stages in order, and what runs them."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from fractions import Fraction

from symgate.ir.design import Design, Input, OutputPort
from symgate.ir.expr import Expr, Program
from symgate.ir.firmware import Bound, Certificate
from symgate.ir.fixed import Graph
from symgate.passes.hardware.cost import estimate
from symgate.passes.lowering.plan import Plan
from symgate.passes.widths.candidate import Candidate, Measure, Rank, Stage, run_stages
from symgate.passes.widths.certify import Lowered
from symgate.passes.widths.datapath import Task
from symgate.passes.widths.model import Model
from symgate.passes.widths.stages.allocate import AllocateSlicesAndBlocks
from symgate.passes.widths.stages.compare_forms import CompareForms
from symgate.passes.widths.stages.draft import DraftModel
from symgate.passes.widths.stages.explore import ExploreWidths
from symgate.passes.widths.stages.float_functions import FloatLongInputs, FloatSteepFunctions
from symgate.passes.widths.stages.give_back import GiveBackError
from symgate.passes.widths.stages.lower_graph import LowerGraph, WidenAddresses
from symgate.passes.widths.stages.search_and_prove import SearchAndProve, TrimWidths
from symgate.passes.widths.width_settings import DEFAULTS, PROOF_ROUNDING, WidthSettings


@dataclass(frozen=True)
class Quantize:
    """Word lengths for a program in datapath form.

    ``targets`` are the largest allowed errors by output. The search is deterministic; ``seconds``
    of exploring go on from its result with ``seed``, and ``measure`` is what they make smaller.
    """

    inputs: tuple[Input, ...]
    targets: Mapping[str, float]
    seconds: float = 0.0
    draft: bool = False  # plain tables in place of function generators
    measure: Measure = lambda graph: estimate(graph).lut
    objective: str = "lut"
    dsp: int = 0  # slices that products may take
    bram: int = 0  # block RAMs that functions may take
    seed: int = 0
    progress: Callable[[str], None] = lambda stage: None
    prefix: str = "v"  # of the names of values in the certificate
    meant: Mapping[str, Expr] = field(default_factory=dict)  # what the user wrote, by output
    settings: WidthSettings = DEFAULTS
    ports: Mapping[str, OutputPort] = field(default_factory=dict)  # of outputs, where stated

    def __call__(
        self, program: Program, others: Sequence[Program] = (), rank: Rank | None = None
    ) -> tuple[Graph, Certificate]:
        """The cheapest graph found whose certified bounds meet the targets; raise `AccuracyError`
        if none does.

        ``others`` are further forms of the program; the one whose graph ``rank`` puts first is
        taken, the program itself where several are equal.
        """
        rank = rank or (lambda graph: (self.measure(graph),))
        stages = self.draft_stages() if self.draft else self.stages(others, rank)
        found = run_stages(stages, Candidate(program, self.targets))
        return found.graph, self.certificate(found.program, found.lowered)

    def stages(
        self, others: Sequence[Program], rank: Rank, last_resorts: Sequence[Program] = ()
    ) -> tuple[Stage, ...]:
        """What a program goes through, in order; a stage that holds others says when they run."""
        draft, search, finish, finish_inputs = self._form_stages()
        longer = replace(self, settings=self.settings.with_long_words())
        draft_long, _, _, finish_long = longer._form_stages()
        widen = WidenAddresses(
            narrow=(finish_inputs,),
            wide=(*search, *finish),
            progress=self.progress,
            settings=self.settings,
        )
        return (
            CompareForms(
                tuple(others),
                each=(draft, finish_inputs),
                alone=(draft, widen),
                rank=rank,
                progress=self.progress,
                settings=self.settings.forms,
                last_resorts=tuple(last_resorts),
                resorting=(draft_long, finish_long),
            ),
            GiveBackError(rank, self.settings),
            ExploreWidths(
                self.seconds, self.seed, rank, self.measure, self.progress, self.settings
            ),
        )

    def _form_stages(self) -> tuple[Stage, tuple[Stage, ...], tuple[Stage, ...], Stage]:
        """What drafts a form, searches its widths, makes hardware of them, and the last two with all
        kinds of addresses.
        """
        draft = DraftModel(self.task, self.objective)
        search = (SearchAndProve(settings=self.settings), TrimWidths(self.settings))
        finish = (
            AllocateSlicesAndBlocks(self.dsp, self.bram, search, self.settings.allocation),
            LowerGraph(settings=self.settings),
        )
        finish_floats = FloatSteepFunctions(
            search, finish, self.measure, self.progress, self.settings.floats
        )
        finish_inputs = FloatLongInputs(
            (finish_floats,), self.measure, self.progress, self.settings.floats
        )
        return draft, search, finish, finish_inputs

    def draft_stages(self) -> tuple[Stage, ...]:
        """The same for who only wants to know what errors do, as `ByMetric`."""
        search = (SearchAndProve(False, self.settings), TrimWidths(self.settings))
        return (
            DraftModel(self.task, self.objective),
            *search,
            AllocateSlicesAndBlocks(self.dsp, self.bram, search, self.settings.allocation),
            LowerGraph(True, self.settings),
        )

    @property
    def task(self) -> Task:
        """What is wanted of the program."""
        inputs = {port.name: port for port in self.inputs}
        return Task(inputs, self.targets, self.prefix, self.meant, self.settings, self.ports)

    def model(self, program: Program) -> Model:
        """What the search believes of ``program``."""
        return DraftModel(self.task, self.objective).model(program)

    def certificate(self, program: Program, best: Lowered) -> Certificate:
        """The certificate of one candidate."""
        names = [name for name, _ in program.outputs]
        found = [
            Bound(name, self._claimed(name, best), self.targets.get(name), best.shares[name])
            for name in names
        ]
        return Certificate(tuple(found), best.data)

    def _claimed(self, name: str, best: Lowered) -> float:
        """The proved bound with room for the rounding of another proof, within what was asked."""
        proved = best.bounds[name]
        if name in best.data.get("every_input", ()):
            return proved
        roomy = proved * (1 + PROOF_ROUNDING)
        return max(proved, min(roomy, self.targets.get(name, math.inf)))


def uniform_plan(model: Model, frac: int) -> Plan:
    """The same number of fraction bits everywhere."""
    knobs = model.problem([1.0] * len(model.datapath.program.outputs)).knobs
    return model.plan(knobs.clipped(frac))


def targets(design: Design) -> dict[str, float]:
    """The allowed error per output, rounded down to a float."""
    out = {}
    for name, _ in design.outputs:
        wanted: Fraction = design.accuracy.max_error[name]
        value = float(wanted)
        out[name] = value if Fraction(value) <= wanted else math.nextafter(value, 0.0)
    return out
