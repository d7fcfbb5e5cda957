"""The whole compilation as data: each step with its name, its pass, and the reason for its place.

`compilation` is all of it, from what the user wrote to the scheduled graph. `symgate passes` prints
it, `symgate show design.toml --after STEP` what any step leaves, and `symgate.passes.compiler` runs
it.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace

from symgate.ir.boxes import Box
from symgate.ir.classes import near_choices, score_design
from symgate.ir.design import Design, Input, Target
from symgate.ir.expr import Program
from symgate.ir.fixed import Graph
from symgate.ir.saturation import behind_inputs, saturating
from symgate.passes.domains.check import CheckDomains
from symgate.passes.domains.clamp import Clamp
from symgate.passes.domains.guard import Guard
from symgate.passes.domains.hold import Hold
from symgate.passes.hardware.initiation import ShareProducts
from symgate.passes.hardware.saturate_inputs import SaturateInputs
from symgate.passes.hardware.schedule import Schedule
from symgate.passes.rewrite.cancel import Cancel
from symgate.passes.rewrite.complete_products import CompleteProducts
from symgate.passes.rewrite.decide import Decide
from symgate.passes.rewrite.double_angle import DoubleAngle
from symgate.passes.rewrite.drop_idle import DropIdle
from symgate.passes.rewrite.function_variants import Horner, ShareFunctions
from symgate.passes.rewrite.fuse import Fuse
from symgate.passes.rewrite.group_multiples import GroupMultiples
from symgate.passes.rewrite.long_operators import LongOperators
from symgate.passes.rewrite.reduce import ReduceOperators
from symgate.passes.rewrite.settle import Settle
from symgate.passes.rewrite.share import ShareMultiples
from symgate.passes.rewrite.simplify import Simplify
from symgate.passes.rewrite.tabulate import Tabulate
from symgate.passes.rewrite.thresholds import MOST_TABLE_BITS, Thresholds
from symgate.passes.rewrite.turns import Turns
from symgate.passes.steps.decide_classes import DecideClasses
from symgate.passes.steps.kinds import Inside, OnGraph, OnProgram, OnUnit, OnUnits, Step
from symgate.passes.steps.lower_networks import LowerNetworks
from symgate.passes.steps.outputs import JoinOutputs, ReadDesign, SplitOutputs
from symgate.passes.steps.search_forms import TryForms
from symgate.passes.steps.unit import CompileSettings
from symgate.passes.steps.word_lengths import ErrorSearch, KeepMetric, RunStage, UseOneFormat
from symgate.passes.widths.stages.allocate import AllocateSlicesAndBlocks
from symgate.passes.widths.stages.compare_forms import CompareForms
from symgate.passes.widths.stages.draft import DraftModel
from symgate.passes.widths.stages.explore import ExploreWidths
from symgate.passes.widths.stages.float_functions import FloatLongInputs, FloatSteepFunctions
from symgate.passes.widths.stages.give_back import GiveBackError
from symgate.passes.widths.stages.lower_graph import LowerGraph, WidenAddresses
from symgate.passes.widths.stages.search_and_prove import SearchAndProve, TrimWidths

Ranges = Mapping[str, Box]


def compilation(design: Design, settings: CompileSettings | None = None) -> tuple[Step, ...]:
    """Every step that ``design`` takes, in order."""
    settings = settings or CompileSettings()
    return (*expression_steps(design, settings), *hardware_steps(design, settings))


def expression_steps(design: Design, settings: CompileSettings) -> tuple[Step, ...]:
    """From what the user wrote to expressions that can be lowered."""
    design = behind_inputs(design)
    ranges = ranges_of(design)
    seconds, wanted = settings.search_seconds, settings.forms
    return (
        OnUnits("read", ReadDesign(score_design(design)),
            "every language ends here: named inputs in their ranges, named outputs"),
        *normal_form(ranges, design.source, design.domain == "clamp", design.inputs),
        OnUnits("split-outputs", SplitOutputs(),
            "no search has to weigh together what has no input in common; "
            "normal form has lost the inputs that do not matter"),
        OnUnit("lower-networks", LowerNetworks(design.target.objective, settings.loss),
            "what is exact needs no word lengths: such a unit skips all steps up to join-outputs",
            stage="lower"),
        OnUnit("search-forms",
            TryForms(datapath, tuple(VARIANTS), seconds, wanted, settings.form_effort, tuple(LAST_RESORTS)),
            "its rules know normal form only; each form takes the steps below, or a variant of them",
            stage="forms"),
        *datapath_form(ranges, inputs=design.inputs),
    )  # fmt: skip


def normal_form(
    ranges: Ranges,
    source: str | None = None,
    clamp: bool = False,
    inputs: tuple[Input, ...] | None = None,
) -> tuple[OnProgram, ...]:
    """From what the user wrote to normal form, in which equal things are one node.

    Conditions are seen as guards of their branches where the codes of ``inputs`` are known.
    """
    spans = {name: box.span for name, box in ranges.items()}
    clamped = OnProgram("clamp", Clamp(spans),
        "before the check, which then sees what will be computed")  # fmt: skip
    return (
        *([] if inputs is None else [_guard(inputs)]),
        *([clamped] if clamp else []),
        OnProgram("check-domains", CheckDomains(spans, source),
            "on what the user wrote, before x/x or 0*log(x) can vanish"),
        OnProgram("reduce-operators", ReduceOperators(ranges),
            "before algebra, which knows powers with constant exponents only"),
        OnProgram("drop-idle", DropIdle(ranges),
            "before simplify, which joins what such operators keep apart"),
        OnProgram("simplify", Simplify(),
            "one form for equal things: shared subexpressions are one node from here on"),
        OnProgram("cancel", Cancel(),
            "needs sums in normal form; before any pass that takes them apart"),
        OnProgram("double-angle", DoubleAngle(),
            "needs products in normal form; makes more functions of one value for fuse"),
        *([] if inputs is None else [_settle(inputs)]),
    )  # fmt: skip


def _guard(inputs: tuple[Input, ...]) -> OnProgram:
    return OnProgram("guard", Guard(inputs),
        "first: no clamp and no refusal is due where the condition of a branch protects it")  # fmt: skip


def _settle(inputs: tuple[Input, ...]) -> OnProgram:
    return OnProgram("settle", Settle(inputs),
        "last of normal form, once for all other forms; what it makes is to be seen as it is")  # fmt: skip


def datapath_form(
    ranges: Ranges, variant: str | None = None, inputs: tuple[Input, ...] | None = None
) -> tuple[OnProgram, ...]:
    """From normal form to sums, products of two and functions of one value, or of the bits of few
    ``inputs`` where their codes are known.

    ``variant`` is one of `VARIANTS`: other passes in the place of one of these.
    """
    spans = {name: box.span for name, box in ranges.items()}
    wide = wide_inputs(inputs or ())
    thresholds = OnProgram(
        "thresholds",
        Thresholds(tuple(wide)),
        "takes conditions that fuse made functions of long inputs, before decide makes them exact",
    )
    usual = (
        *([] if inputs is None else [_tabulate(inputs)]),
        OnProgram("hold", Hold(spans),
            "before fuse, which makes what it adds a part of functions"),
        OnProgram("fuse", Fuse(),
            "after all algebra: what depends on one value becomes one generator"),
        *([thresholds] if wide else []),
        OnProgram("decide", Decide(),
            "takes conditions that fuse made functions of computed values, "
            "and leaves those on inputs"),
        OnProgram("turns", Turns(ranges),
            "takes the periodic functions that fuse made, and scales their arguments"),
        OnProgram("complete-products", CompleteProducts(),
            "after turns, whose sums it shortens"),
        OnProgram("share-multiples", ShareMultiples(),
            "last: nothing looks through the nodes that it makes"),
    )  # fmt: skip
    if variant is None:
        return usual
    found = _variant(variant).of(usual, inputs)
    if variant != ALL_BY_DIGITS:
        return found
    short = {port.name for port in inputs or ()} - set(wide)
    return tuple(
        replace(s, run=replace(s.run, kept=short)) if isinstance(s.run, Turns) else s
        for s in found
    )


def _variant(name: str) -> Variant:
    return LAST_RESORTS[name] if name in LAST_RESORTS else VARIANTS[name]


def _tabulate(inputs: tuple[Input, ...]) -> OnProgram:
    return OnProgram("tabulate", Tabulate(inputs),
        "takes the jumps that are not settled; before fuse, which would take them apart")  # fmt: skip


def hardware_steps(
    design: Design, settings: CompileSettings, objective: str | None = None
) -> tuple[Step, ...]:
    """From expressions that can be lowered to registers.

    ``objective`` is what is made small, where that is not what ``design`` states: see
    `symgate.passes.compiler.within_limits`.
    """
    inside = behind_inputs(design)
    decided = OnUnits("decide-classes", DecideClasses(inside),
        "needs the formats and bounds of all scores; before schedule, so that it is pipelined",
        stage="quantize")  # fmt: skip
    saturated = OnGraph("saturate-inputs", SaturateInputs(design, settings.measure),
        "before schedule, so that it is pipelined; all before is for the codes in range",
        stage="quantize")  # fmt: skip
    return (
        *word_lengths(design, settings, objective or design.target.objective),
        OnUnits("join-outputs", JoinOutputs(score_design(inside)),
            "before schedule, so that all outputs leave in one cycle", stage="quantize"),
        *([decided] if near_choices(inside) else []),
        *([saturated] if saturating(design) else []),
        OnGraph("schedule", _scheduling(design.target, settings),
            "last: needs the delay of every operator, and changes no value"),
    )  # fmt: skip


def _scheduling(target: Target, settings: CompileSettings) -> Callable[[Graph], Graph]:
    """The last step: with products on shared slices where inputs come every few cycles."""
    return Schedule.of(target) if target.ii == 1 else ShareProducts.of(target, settings.measure)


def word_lengths(design: Design, settings: CompileSettings, objective: str) -> tuple[OnUnit, ...]:
    """The steps that choose word lengths, by the mode of accuracy that ``design`` states."""
    accuracy = design.accuracy
    if accuracy.precision is not None:
        return (
            OnUnit("use-one-format", UseOneFormat(accuracy.precision, objective),
                "the user states the format: nothing is searched"),
        )  # fmt: skip
    if accuracy.metric is not None:
        return (
            OnUnit("keep-metric", KeepMetric(settings.loss),
                "the user states what the metric may lose: errors are searched, then widths"),
        )  # fmt: skip
    search = ErrorSearch(design.target, objective, settings)
    return (
        OnUnit("compare-forms", RunStage(CompareForms, search),
            "the expressions are final: each form gets its hardware, and the best one goes on",
            inside=FORM_STAGES),
        OnUnit("give-back-error", RunStage(GiveBackError, search),
            "needs the proof of the hardware, which may show errors that are smaller than bounds"),
        OnUnit("explore-widths", RunStage(ExploreWidths, search),
            "last of the search, and for --search-seconds only: it goes on from the best"),
    )  # fmt: skip


#: What `CompareForms` takes each form through; `Quantize.stages` says how they hold each other.
FORM_STAGES = (
    Inside("draft-model", DraftModel,
        "first: what each bit costs and saves, before anything is decided"),
    Inside("search-and-prove", SearchAndProve,
        "on drafts with plain tables, as generators take long to find"),
    Inside("trim-widths", TrimWidths,
        "after the search, whose slopes cannot say how many bits the proof would spare"),
    Inside("allocate", AllocateSlicesAndBlocks,
        "needs widths, to know what saves most; then widths are searched again"),
    Inside("lower-graph", LowerGraph,
        "after all choices: generators in place of tables, and the proof that is kept"),
    Inside("float-steep-functions", FloatSteepFunctions,
        "holds the stages above: plain widths say which addresses are long, then all runs again"),
    Inside("float-long-inputs", FloatLongInputs,
        "holds the stages above: where inputs are long, they run with both kinds of addresses"),
    Inside("widen-addresses", WidenAddresses,
        "holds all above, for where they miss the error: it takes a minute per function"),
)  # fmt: skip


# ------------------------------------------------------------------ other ways to datapath form


@dataclass(frozen=True)
class Variant:
    """Another way to datapath form: other passes, by their names, in the place of one step."""

    place: str
    passes: Mapping[str, Callable[[Program], Program]]
    reason: str

    def of(
        self, usual: Sequence[OnProgram], inputs: tuple[Input, ...] | None = None
    ) -> tuple[OnProgram, ...]:
        """The steps of this way; the usual ones where they lack what it changes."""
        names = [step.name for step in usual]
        if self.place not in names:
            return tuple(usual)
        passes = {name: _of_inputs(run, inputs) for name, run in self.passes.items()}
        mine = [OnProgram(name, run, self.reason) for name, run in passes.items()]
        at = names.index(self.place)
        return (*usual[:at], *mine, *usual[at + 1 :])


def _of_inputs(
    run: Callable[[Program], Program], inputs: tuple[Input, ...] | None
) -> Callable[[Program], Program]:
    """A pass of `VARIANTS` for the inputs of a design, where it reads their codes."""
    return replace(run, inputs=inputs) if isinstance(run, Tabulate) and inputs else run


#: The ways that are taken where none of the others leads to hardware, one after the other.
BY_DIGITS, ALL_BY_DIGITS = "by digits", "all by digits"
LAST_RESORTS: Mapping[str, Variant] = {
    BY_DIGITS: Variant(
        "fuse",
        {"long-operators": LongOperators(), "fuse": Fuse(), "horner": Horner()},
        "a table of a long argument has too few good bits; digits take many LUTs",
    ),
    ALL_BY_DIGITS: Variant(
        "fuse",
        {"long-operators": LongOperators(single=True), "fuse": Fuse(), "horner": Horner()},
        "so has a table of one input, where what is steep comes behind it",
    ),
}


#: The ways that `TryForms` compares with the usual one: no rule says which takes less.
VARIANTS: Mapping[str, Variant] = {
    "tables of six bits": Variant("tabulate", {"tabulate": Tabulate(small=6)},
        "any function of six bits is one LUT for each bit of its value"),
    "tables of eight bits": Variant("tabulate", {"tabulate": Tabulate(small=8)},
        "a function of eight bits is at most four LUTs for each bit of its value"),
    "linear forms fused": Variant("fuse", {"fuse": Fuse(linear=2)},
        "a linear form beside a function of it becomes a part of that function"),
    "sums apart": Variant("fuse", {"fuse": Fuse(linear=0)},
        "a value beside a periodic function of it leaves that function periodic"),
    "horner": Variant("decide", {"decide": Decide(), "horner": Horner()},
        "a polynomial of a wide value is a large table, but few products; "
        "before complete-products, which shortens them"),
    "shared functions": Variant(
        "decide", {"decide": Decide(), "share-functions": ShareFunctions()},
        "functions that are affine in each other can be multiples of one table; "
        "before turns, which scales each for itself"),
    "multiples of sums": Variant(
        "share-multiples",
        {"group-multiples": GroupMultiples(), "share-multiples": ShareMultiples()},
        "terms of equal constants can be added before they are multiplied"),
    "products as they are": Variant("complete-products", {},
        "a completed product saves a term, and its other factor can grow by more than that"),
}  # fmt: skip


# ------------------------------------------------------------------ parts of the compilation


def normalised(design: Design) -> Program:
    """The expressions of ``design`` in normal form."""
    clamp = design.domain == "clamp"
    return rewrite(
        design.program, normal_form(ranges_of(design), design.source, clamp, design.inputs)
    )


def datapath(design: Design, program: Program, variant: str | None = None) -> Program:
    """``program``, in normal form, brought into datapath form, in the usual way or by `VARIANTS`."""
    return rewrite(program, datapath_form(ranges_of(design), variant, design.inputs))


def rewrite(program: Program, steps: Sequence[OnProgram]) -> Program:
    """``program`` after ``steps``."""
    for step in steps:
        program = step.run(program)
    return program


def wide_inputs(inputs: Sequence[Input]) -> list[str]:
    """The inputs of so many bits that no table holds a condition on one: these are compared."""
    return [port.name for port in inputs if port.type.width > MOST_TABLE_BITS]


def ranges_of(design: Design) -> dict[str, Box]:
    """The range of each input, as what passes compute with."""
    return {port.name: Box.exact(*port.span) for port in design.inputs}
