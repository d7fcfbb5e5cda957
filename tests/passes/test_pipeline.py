"""The compilation as data: every step has a reason, changes what it says, and leaves text that reads
back.
"""

from __future__ import annotations

import os
import subprocess
import sys
from dataclasses import replace
from fractions import Fraction
from itertools import count

import pytest
from hypothesis import given, settings

from symgate.errors import AccuracyError, InputError, SymgateError
from symgate.frontend.load import Options, load_any
from symgate.ir.design import Accuracy, Design, Input
from symgate.ir.exprtext import brief
from symgate.ir.programtext import parse_program, show_program
from symgate.ir.text import parse, show
from symgate.ir.types import FixedType
from symgate.passes.compiler import Run, Taken, compile_design, run_steps, units_after, within
from symgate.passes.pipeline import (
    FORM_STAGES,
    VARIANTS,
    compilation,
    datapath_form,
    expression_steps,
    normalised,
    ranges_of,
)
from symgate.passes.steps.outputs import merge_programs
from symgate.passes.steps.unit import CompileSettings, Units
from symgate.passes.steps.watching import Left, stages_in, watch
from symgate.passes.steps.word_lengths import ErrorSearch
from symgate.passes.widths.candidate import Candidate
from symgate.passes.widths.quantize import targets
from symgate.passes.widths.stages import explore
from symgate.passes.widths.stages.compare_forms import CompareForms
from symgate.passes.widths.stages.lower_graph import WidenAddresses
from symgate.passes.widths.width_settings import DEFAULTS
from symgate.report import catalogue
from tests.sane import RANGES, programs, reals

#: A small design that each step changes, and what is stated beside it.
CASES: dict[str, tuple[str, dict[str, object]]] = {
    "read": ("y = sin(x) + 1", {}),
    "guard": ("y = where(x > 0, log(x), 0)", {}),
    "clamp": ("y = log(x)", {"domain": "clamp"}),
    "check-domains": ("y = log(x)", {}),
    "reduce-operators": ("y = x**z", {"ranges": ["[1, 2]"]}),
    "drop-idle": ("y = relu(x) + where(z < 2, z, x)", {"ranges": ["[0, 1]"]}),
    "simplify": ("y = x + 2*z + 2*x - 3*z/3 + 1", {}),
    "cancel": ("y = (x*z - 1)/((x*z)**2 - 1)", {"ranges": ["[2, 3]"]}),
    "double-angle": ("y = z*sin(x)*cos(x)", {}),
    "settle": ("y = floor(0.3*x + sin(z))", {}),
    "split-outputs": ("a = x + 0.5\nb = 2*z", {}),
    "lower-networks": ('y = lut2("6", x > 0, z > x) + max(min(x + z, 0.5), -1)', {}),
    "search-forms": ("y = x*z/w", {"ranges": ["[1, 3]"], "bits": 6}),
    "tabulate": ("y = floor(3*exp(x*z)) + w", {}),
    "hold": ("y = sqrt(x*z)", {"ranges": ["[0, 1]"]}),
    "fuse": ("y = z + 0.5*exp(-x**2)", {}),
    "thresholds": ("y = where(x > 0.3, z, 0.5)", {"formats": {"x": "fixed<20,1>"}}),
    "decide": ("y = where(x > 0.3*z + 0.1, x, z)", {}),
    "turns": ("y = sin(3*x + 4*z)", {"ranges": ["[-2, 2]"]}),
    "complete-products": ("y = (2*x + 1)*sin(z) + 3*x", {}),
    "share-multiples": ("a = 0.3*x + sin(z)\nb = exp(0.6*x - z)", {}),
    "compare-forms": ("y = sin(x) + z", {}),
    "draft-model": ("y = sin(x) + z", {}),
    "search-and-prove": ("y = sin(x) + z", {}),
    "trim-widths": ("y = sqrt(1 - x*z)", {"ranges": ["[0, 1]"]}),
    "allocate": ("y = x*z", {"bits": 8, "max_error": "0.01"}),
    "lower-graph": ("y = sin(x) + z", {}),
    "float-steep-functions": ("y = log(x*z)", {"ranges": ["[0.125, 4]"]}),
    "float-long-inputs": ("y = sqrt(x)", {"bits": 8, "ranges": ["[0, 1]"]}),
    "widen-addresses": ("y = exp(x + z)", {"bits": 11, "max_error": "0.5"}),
    "give-back-error": ("y = z + x*x*z", {"max_error": "0.2"}),
    "explore-widths": ("y = exp(x)*sin(z) + x*w", {"bits": 6, "max_error": "0.05"}),
    "use-one-format": ("y = sin(x) + z", {"precision": "fixed<6,3>"}),
    "keep-metric": ("y = sin(x) + z", {}),
    "join-outputs": ("a = x + 0.5\nb = 2*z", {}),
    "decide-classes": ("y = sin(x)*z > 0.3", {"ties": "near"}),
    "saturate-inputs": ("y = x + z", {"ranges": ["[-0.7, 0.5]"], "saturate": True}),
    "schedule": ("y = sin(x) + z", {"clock": "1 ns"}),
}
#: What each variant makes of a program in normal form.
VARIED = {
    "tables of six bits": "y = x*z + w",
    "tables of eight bits": "y = x*z + w",
    "linear forms fused": "y = exp(x + 2*z) - 3*x - 6*z",
    "sums apart": "y = sin(4*x) + 0.3*x",
    "horner": "y = 2*x**3 - x + 1",
    "shared functions": "y = w*(sin(x) + exp(x)) + z*(2*sin(x) + 2*exp(x) - 1)",
    "multiples of sums": "y = 0.7*x - 0.7*w + 1.4*z",
    "products as they are": "y = (2*x + 1)*sin(z) + 3*x",
}


def read(text: str, stated: dict[str, object]) -> Design:
    usual: dict[str, object] = {"bits": 4, "ranges": ["[-1, 1]"]}
    if "precision" not in stated:
        usual["max_error"] = "0.1"
    return load_any(text + "\n", Options(**{**usual, **stated}))


def case(step: str) -> tuple[Design, CompileSettings]:
    """The small design of a step; other forms are searched for the step that searches them."""
    design = read(*CASES[step])
    kept = CompileSettings(forms=step == "search-forms")
    if step == "keep-metric":
        design = replace(design, accuracy=Accuracy(metric="rmse", max_loss=0.1))
        kept = replace(kept, loss=lambda graph: 4.0 ** -graph.outputs[0].type.frac)
    if step == "allocate":
        design = replace(design, target=replace(design.target, dsp=1))
    if step == "float-steep-functions":
        short = replace(DEFAULTS.floats, from_bits=3, saved_bits=1)
        kept = replace(kept, numbers=replace(DEFAULTS, floats=short))
    if step == "float-long-inputs":
        short = replace(DEFAULTS.floats, long_bits=4, saved_bits=1)
        kept = replace(kept, numbers=replace(DEFAULTS, floats=short))
    if step == "explore-widths":
        kept = replace(kept, search_seconds=EXPLORED)
    return design, kept


def around(step: str) -> Taken:
    """What the step is given, and what it leaves."""
    seen: dict[str, Taken] = {}
    run_steps(*case(step), observe=lambda taken: seen.update({taken.step.name: taken}))
    return seen[step]


def inside(step: str) -> Left:
    """What a stage inside a step is given and leaves, in the first run that changes something."""
    design, kept = case(step)
    (unit,) = Run().through(expression_steps(design, kept), ())
    search = ErrorSearch(design.target, "lut", kept)
    stage, start = search.stage(unit, CompareForms), Candidate(unit.program, targets(design))
    if step == "widen-addresses":
        return widened(stage, start)
    left: list[Left] = []
    watch(stage, left.append)(start)
    kinds = {named.name: named.run for named in FORM_STAGES}
    return next(x for x in left if x.stage is kinds[step] and state(x.before) != state(x.after))


def widened(stage: CompareForms, start: Candidate) -> Left:
    """Addresses of 3 bits are what the stage is to widen: those of 20 would take a minute."""
    draft, widen = stage.alone
    drafted = draft(start)
    short = drafted.with_model(drafted.model.with_allocation(most_address=3))
    return Left(WidenAddresses, short, widen(short), 0.0)


def state(candidate: Candidate) -> str:
    """All that is decided of a candidate."""
    lines = []
    if candidate.drafted is not None:
        structure = candidate.model.datapath.structure
        widths = [""] * len(structure.knobs)
        if candidate.choice is not None:
            widths = [f" = {width}" for width in candidate.widths]
        for (kind, e), width in zip(structure.knobs, widths, strict=True):
            lines.append(f"# {kind} bits of {brief(e)}{width}")
    made = candidate.hardware
    lines.append(show_program(candidate.program) if made is None else show(made.graph))
    return "\n".join(lines)


def listing(units: Units) -> str:
    """All that is known between two steps."""
    lines = []
    for unit in units:
        lines.append(f"# {unit.label or 'all outputs'}".removesuffix(": "))
        lines.append(show_program(unit.program) if unit.graph is None else show(unit.graph))
        for other in unit.others:
            lines += ["# another form, in datapath form", show_program(other)]
    return "\n".join(lines) or "# nothing\n"


# ------------------------------------------------------------------ the list


def test_every_step_has_a_name_of_its_own_and_a_reason():
    entries = catalogue.steps()

    assert len({e.name for e in entries}) == len(entries)
    assert all(e.name == e.name.lower() and " " not in e.name for e in entries)
    assert all(e.reason and e.does for e in entries)


def test_all_stages_inside_a_step_are_listed():
    design, kept = case("compare-forms")
    (unit,) = Run().through(expression_steps(design, kept), ())
    stage = ErrorSearch(design.target, "lut", kept).stage(unit, CompareForms)

    assert kinds_in(stage) == {listed.run for listed in FORM_STAGES}
    assert list(INSIDE) == [e.name for e in catalogue.steps() if e.inside == "compare-forms"]


def kinds_in(stage) -> set[type]:
    inner = [one for ones in stages_in(stage).values() for one in ones]
    return {type(one) for one in inner}.union(*map(kinds_in, inner))


def test_every_step_has_a_small_design_that_it_changes():
    assert list(CASES) == [e.name for e in catalogue.steps()]
    assert list(VARIED) == list(VARIANTS)


INSIDE = {stage.name: stage for stage in FORM_STAGES}
#: What has a test of its own.
OTHERS = ("check-domains", "explore-widths", *INSIDE)


@pytest.mark.parametrize("step", [s for s in CASES if s not in OTHERS])
def test_what_a_step_changes(step, golden):
    taken = around(step)

    assert listing(taken.before) != listing(taken.after)
    reason = taken.step.reason
    golden(f"{reason}\n\nBEFORE\n{listing(taken.before)}\nAFTER\n{listing(taken.after)}")


@pytest.mark.parametrize("step", INSIDE)
def test_what_a_stage_inside_a_step_changes(step, golden):
    left = inside(step)

    assert state(left.before) != state(left.after)
    golden(f"{INSIDE[step].reason}\n\nBEFORE\n{state(left.before)}\nAFTER\n{state(left.after)}")


EXPLORED = 100.0  # seconds, of a clock that goes on by one with each look at it


def test_what_exploring_changes(golden, monkeypatch):
    """By a clock that counts how often it is read, as a real one would stop anywhere."""
    ticks = count()
    monkeypatch.setattr(explore.time, "monotonic", lambda: float(next(ticks)))

    taken = around("explore-widths")

    assert listing(taken.before) != listing(taken.after)
    golden(f"{taken.step.reason}\n\nBEFORE\n{listing(taken.before)}\nAFTER\n{listing(taken.after)}")


def test_what_the_check_of_domains_refuses(golden):
    with pytest.raises(InputError) as refused:
        around("check-domains")

    golden(f"{refused.value}\n")


@pytest.mark.parametrize("variant", VARIED)
def test_what_a_variant_changes(variant, golden):
    design = read(VARIED[variant], {"bits": 3} if variant == "tables of six bits" else {})
    ranges = ranges_of(design)
    usual, varied = (datapath_form(ranges, way, design.inputs) for way in (None, variant))
    at = next(k for k, (a, b) in enumerate(zip(usual, varied, strict=False)) if a != b)
    others = len(varied) - len(usual) + 1  # steps in the place of one
    program = normalised(design)
    for step in usual[:at]:
        program = step.run(program)
    found = [program, usual[at].run(program), program]
    for step in varied[at : at + others]:
        found[2] = step.run(found[2])
    before, as_usual, as_varied = map(show_program, found)

    assert as_usual != as_varied
    golden(
        f"{VARIANTS[variant].reason}\n\nBEFORE\n{before}\n"
        f"USUALLY, {usual[at].name}\n{as_usual}\nIN THIS VARIANT\n{as_varied}"
    )


# ------------------------------------------------------------------ the text


def check_text(design: Design, units: Units) -> None:
    """The text of what a step leaves reads back to the same."""
    text = catalogue.text(design, units)
    if any(unit.graph is None for unit in units):
        program = merge_programs(design, [unit.program for unit in units])
        assert parse_program(text) == program
        assert show_program(parse_program(text)) == text
    else:
        assert parse(text) == catalogue.graph(design, units)
        assert show(parse(text)) == text


def check_all_texts(design: Design, **settings: object) -> list[str]:
    """As `check_text`, for every step; returns their names."""
    taken: list[Taken] = []
    run_steps(design, CompileSettings(watched=True, **settings), observe=taken.append)
    for step in taken:
        check_text(design, step.after)
        for stage in step.step.inside:
            units = within(step, stage)
            if units is not None:
                check_text(design, units)
    return [step.step.name for step in taken]


EXAMPLES = {
    "one_line": (
        "one_line/expression.txt",
        {"bits": 12, "max_error": "2^-8", "ranges": ["x0=[-4, 4]", "x1=[-2, 2]"]},
    ),
    "spin_wave": ("feynman/spin_wave.txt", {"relative_error": "2^-8"}),
    "gluon": (
        "pysr/hall_of_fame.csv",
        {"bits": 12, "ranges": ["[-8, 8]"], "relative_error": "2^-8"},
    ),
    "jets": ("jets/design.toml", {}),
}


@pytest.mark.parametrize(
    "name", [pytest.param(n, marks=[pytest.mark.slow] if n == "jets" else []) for n in EXAMPLES]
)
def test_text_of_every_step_of_the_examples_reads_back(name, root):
    file, stated = EXAMPLES[name]
    design = load_any(root / "examples" / file, Options(**stated))

    names = check_all_texts(design, forms=False)

    assert names == [step.name for step in compilation(design)]


FORMAT = FixedType.parse("fixed<6,3>")


def random_design(program, error=Fraction(1, 4)) -> Design:
    ports = [Input.of(n, FORMAT, (Fraction(lo), Fraction(hi))) for n, (lo, hi) in RANGES.items()]
    errors = {name: error for name, _ in program.outputs}
    return Design("random", tuple(ports), program.outputs, Accuracy(max_error=errors))


@settings(max_examples=60)
@given(programs)
def test_text_of_every_step_on_random_expressions_reads_back(program):
    design = random_design(program)
    units: Units = ()
    for step in compilation(design, CompileSettings(forms=False)):
        if step.name == "compare-forms":
            break
        if step.name != "check-domains":
            units = step(units)
        check_text(design, units)


@settings(max_examples=20)
@given(reals(2))
def test_text_of_every_step_on_random_hardware_reads_back(e):
    design = random_design(replace(EMPTY, outputs=(("y", e), ("copy", EMPTY.outputs[0][1]))))
    try:
        names = check_all_texts(design, forms=False)
    except SymgateError:
        return  # refused, with a message of its own: atan2(x, x), a jump
    assert names[-1] == "schedule"


EMPTY = load_any("y = x\n", Options(bits=4, ranges=["[-1, 1]"], max_error="0.1")).program


@pytest.mark.slow
def test_listing_of_the_jet_tagger_is_current(root):
    command = [sys.executable, "tools/annotate_pipeline.py", "--check"]
    environment = {**os.environ, "PYTHONPATH": str(root)}

    ran = subprocess.run(
        command, cwd=root, env=environment, capture_output=True, text=True, check=False
    )

    assert (ran.returncode, ran.stderr) == (0, "")


# ------------------------------------------------------------------ running it


def test_what_the_last_step_leaves_is_what_is_compiled():
    design, kept = case("schedule")
    firmware = compile_design(design, forms=False)

    (unit,) = units_after(design, "schedule", kept)

    assert unit.graph == firmware.graph
    assert unit.certificate == firmware.certificate


def test_a_step_on_expressions_takes_none_of_hardware():
    """A design whose bound cannot be met still shows its expressions."""
    design = read("y = sin(x) + z", {"max_error": "1e-30"})

    (unit,) = units_after(design, "fuse", CompileSettings(forms=False))

    assert unit.program == around_fuse(design)
    with pytest.raises(AccuracyError):
        units_after(design, "compare-forms", CompileSettings(forms=False))


def around_fuse(design: Design):
    steps = compilation(design, CompileSettings(forms=False))
    at = [step.name for step in steps].index("fuse")
    (unit,) = Run().through(steps[: at + 1], ())
    return unit.program


def test_hardware_of_another_objective_is_what_is_shown():
    """The limit is missed by the stated objective: the steps of the one that keeps it are shown."""
    text = "y = sin(x)*z*w + x*w"
    design = read(text, {"bits": 6, "clock": "2 ns", "max_error": "0.02"})
    cycles = compile_design(design, forms=False).graph.latency
    limited = replace(design, target=replace(design.target, latency=cycles - 1))
    taken: list[Taken] = []
    firmware = run_steps(limited, CompileSettings(forms=False), observe=taken.append)

    names = [step.step.name for step in taken]
    assert names.count("schedule") > 1
    assert names.count("fuse") == 1
    (unit,) = units_after(limited, "schedule", CompileSettings(forms=False))
    assert unit.graph == firmware.graph
    assert unit.graph.latency < cycles


def test_the_stages_that_led_to_the_graph_are_shown():
    """With DSP slices, widths are searched twice: before the choice, and for what it made."""
    design, kept = case("allocate")

    (searched,) = units_after(design, "search-and-prove", kept)
    (lowered,) = units_after(design, "lower-graph", kept)
    (final,) = units_after(design, "compare-forms", kept)

    assert searched.candidate.model.allocation.slices
    assert lowered.graph == final.graph


def test_a_stage_that_did_not_run_is_refused():
    """Other forms are compared without wider addresses."""
    design, kept = case("search-forms")

    with pytest.raises(InputError, match=r"^error: the step 'widen-addresses' does not run on"):
        units_after(design, "widen-addresses", kept)
