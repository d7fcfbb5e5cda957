"""What symgate is made of, for `symgate ops` and `symgate passes`, and what each step did."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

from symgate.errors import SymgateError
from symgate.frontend.language.functions import COMMON
from symgate.ir.design import Accuracy, Design, Input
from symgate.ir.expr import CONST, VAR, Program, const, make, postorder, var
from symgate.ir.fixed import CONST as CONSTANT
from symgate.ir.fixed import INPUT, Graph
from symgate.ir.operators import NAMES, OPERATORS, Operator
from symgate.ir.operators.families import MOST_ADDRESS
from symgate.ir.programtext import show_program
from symgate.ir.text import show as show_graph
from symgate.ir.types import FixedType
from symgate.passes.compiler import Taken, within
from symgate.passes.forms.score import QuickCost
from symgate.passes.pipeline import LAST_RESORTS, VARIANTS, compilation
from symgate.passes.rewrite.thresholds import MOST_TABLE_BITS
from symgate.passes.steps.kinds import Step
from symgate.passes.steps.outputs import merge_graphs, merge_programs
from symgate.passes.steps.unit import Unit, Units
from symgate.passes.steps.word_lengths import RunStage
from symgate.passes.widths.candidate import Measure
from symgate.passes.widths.quantize import targets

#: Operators of a program above which its LUTs are not estimated: that would take minutes.
MOST_ESTIMATED = 400
_ANY_FORMAT = FixedType(True, 8, 4)


def operators() -> list[Operator]:
    """Return every operator that expressions may use, by name."""
    return sorted(OPERATORS.values(), key=lambda op: op.name)


def functions() -> list[tuple[str, str, tuple[str, ...]]]:
    """Return the functions that are written with operators, tables of bits among them: the name,
    how many operands it takes, and its other names.
    """
    named: dict[int, list[str]] = {}
    ours = {id(macro) for name, macro in COMMON.items() if name in NAMES}
    for name, macro in COMMON.items():
        if id(macro) not in ours:
            named.setdefault(id(macro), []).append(name)
    found = [(first, COMMON[first].takes, tuple(more)) for first, *more in named.values()]
    bits = f"its contents as a text, then N bits, 1 to {MOST_ADDRESS}"
    return sorted([*found, ("lutN", bits, ())])


# ------------------------------------------------------------------ the steps by themselves


@dataclass(frozen=True)
class Entry:
    """One step: its name, what its pass does, why it stands where it stands, and for which designs."""

    name: str
    does: str
    reason: str
    applies: str = ""  # empty: to every design
    inside: str = ""  # the step inside which it runs, for a stage of one


def steps() -> list[Entry]:
    """Return every step that there is, in the order in which they run."""
    usual = compilation(_example(domain="clamp"))
    (uniform,) = _only_in(compilation(_example(accuracy=Accuracy(precision=_ANY_FORMAT))), usual)
    (by_metric,) = _only_in(compilation(_example(accuracy=Accuracy(metric="accuracy"))), usual)
    by_error = [step for step in usual if isinstance(step.run, RunStage)]
    applies = {
        "clamp": 'where domain = "clamp"',
        "thresholds": f"where an input has more than {MOST_TABLE_BITS} bits",
        "decide-classes": "where approximate scores are compared",
        "saturate-inputs": "where a range leaves out codes of its format, unless saturate = false",
        uniform.name: "where precision is stated",
        by_metric.name: "where a metric is stated",
        **{step.name: "where max_error is stated" for step in by_error},
    }
    at = usual.index(by_error[-1]) + 1
    found: list[Entry] = []
    for step in (*usual[:at], uniform, by_metric, *usual[at:]):
        found += entries(step, applies.get(step.name, ""))
    return found


def variants() -> list[tuple[str, str, str, str]]:
    """Return the other ways to datapath form: name, the step that changes, the passes, the reason."""
    return [
        (name, variant.place, ", ".join(map(repr, variant.passes.values())), variant.reason)
        for name, variant in {**VARIANTS, **LAST_RESORTS}.items()
    ]


def _example(**stated: Any) -> Design:
    """A design that takes the steps of every kind, but for those of another mode of accuracy."""
    kind = FixedType(True, MOST_TABLE_BITS + 8, MOST_TABLE_BITS + 4)
    port = Input.of("x", kind, (Fraction(0), Fraction(1, 2)))
    outputs = (("y", make("gt", var(port.name), const(0))),)
    return Design("example", (port,), outputs, saturate=True, ties="near", **stated)


def _only_in(steps: Sequence[Step], others: Sequence[Step]) -> list[Step]:
    names = {step.name for step in others}
    return [step for step in steps if step.name not in names]


def entries(step: Step, applies: str = "") -> list[Entry]:
    """Return a step, and the stages that run inside it."""
    kind = step.run.kind if isinstance(step.run, RunStage) else type(step.run)
    entry = Entry(step.name, summary(kind), step.reason, applies)
    stages = [
        Entry(stage.name, summary(stage.run), stage.reason, inside=step.name)
        for stage in step.inside
    ]
    return [entry, *stages]


def summary(kind: type) -> str:
    """Return the first paragraph of a docstring as one line."""
    paragraph = (kind.__doc__ or "").strip().split("\n\n")[0]
    return " ".join(paragraph.split())


# ------------------------------------------------------------------ the steps on one design


@dataclass(frozen=True)
class Effect:
    """What a step did to a design.

    Nodes are the operators of the program, or of the graph where there is one, without inputs and
    constants. ``lut`` is the measure of the graph; for a program a quick estimate, and None where it
    cannot be lowered yet. A stage inside a step has the seconds of all its runs, and is otherwise
    about the run that led to the result.
    """

    step: str
    inside: str  # the step inside which it runs, or empty
    reason: str
    nodes_before: int
    nodes_after: int
    lut: float | None
    seconds: float
    note: str


def remembered(measure: Measure) -> Measure:
    """Return ``measure``, which maps each graph once: most steps leave the one they were given."""
    known: dict[int, tuple[Graph, float]] = {}  # the graphs too, so that no other gets their id

    def found(graph: Graph) -> float:
        if id(graph) not in known:
            known[id(graph)] = graph, measure(graph)
        return known[id(graph)][1]

    return found


def effects(taken: Taken, measure: Measure) -> list[Effect]:
    """Return what a step did, then what the stages inside it did; ``measure`` gives a graph's LUTs."""
    step, before = taken.step, taken.before
    change = _change(before, taken.after, measure)
    found = [Effect(step.name, "", step.reason, *change, taken.seconds, _note(taken))]
    for stage in step.inside:
        after = within(taken, stage)
        if after is None:
            continue
        runs = [left for unit in taken.after for left in unit.inside if left.stage is stage.run]
        seconds = sum(left.seconds for left in runs)
        change = _change(before, after, measure)
        found.append(Effect(stage.name, step.name, stage.reason, *change, seconds, ""))
        before = after
    return found


def _change(before: Units, after: Units, measure: Measure) -> tuple[int, int, float | None]:
    """Nodes before and after, and LUTs."""
    found = [luts(unit, measure) for unit in after]
    known = [value for value in found if value is not None]
    total = sum(known) if known and len(known) == len(found) else None
    return sum(map(size, before)), sum(map(size, after)), total


def size(unit: Unit) -> int:
    """Return the number of operators of a unit."""
    if unit.graph is not None:
        return sum(node.op not in (INPUT, CONSTANT) for node in unit.graph.nodes)
    return operator_count(unit.program)


def operator_count(program: Program) -> int:
    """Return the number of nodes that are neither inputs nor constants."""
    return sum(node.op not in (VAR, CONST) for node in postorder(program.roots))


def luts(unit: Unit, measure: Measure) -> float | None:
    """Return the LUTs of a unit; None where its program cannot be lowered yet, or is too large."""
    if unit.graph is not None:
        return measure(unit.graph)
    design, program = unit.design, unit.program
    if not design.accuracy.max_error or operator_count(program) > MOST_ESTIMATED:
        return None
    try:
        cost = QuickCost.of(design.inputs, targets(design), program.roots)(program)
    except (SymgateError, ArithmeticError):
        return None
    return cost if cost < float("inf") else None


def _note(taken: Taken) -> str:
    """What nodes and LUTs do not show."""
    notes = []
    if len(taken.after) > max(1, len(taken.before)):
        notes.append(f"{len(taken.after)} parts")
    forms = sum(len(unit.others) for unit in taken.after)
    if forms > sum(len(unit.others) for unit in taken.before):
        notes.append(f"{forms} other form{'s' if forms > 1 else ''} to compare")
    left_out = _outputs(taken.before) - _outputs(taken.after)
    if left_out:
        notes.append(f"without {', '.join(sorted(left_out))}")
    return ", ".join(notes)


def _outputs(units: Units) -> set[str]:
    return {name for unit in units for name, _ in unit.program.outputs}


def text(design: Design, units: Units) -> str:
    """Return the program or the graph of ``units``, which `parse_program` or `parse` reads back."""
    named = _outputs(units)
    kept = design.only([name for name, _ in design.outputs if name in named])
    if any(unit.graph is None for unit in units):
        return show_program(merge_programs(kept, [unit.program for unit in units]))
    return show_graph(graph(kept, units))


def graph(design: Design, units: Units) -> Graph:
    """Return the graph of all ``units``, joined where the outputs are still apart."""
    found = [unit.graph for unit in units if unit.graph is not None]
    return found[0] if len(found) == 1 else merge_graphs(design, found)
