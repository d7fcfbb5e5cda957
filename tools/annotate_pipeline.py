"""Writes docs/pipeline-of-the-jet-tagger.md: what each step of the compilation does to a real design.

    python tools/annotate_pipeline.py            write the page
    python tools/annotate_pipeline.py --check    exit with 1 where the page is not what would be written

The page has no seconds in it, so that the same code writes the same bytes on every machine.
"""

from __future__ import annotations

import argparse
import sys
import textwrap
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path

from symgate.files import replace_file
from symgate.frontend.load import load_any
from symgate.ir.design import Design
from symgate.ir.expr import CONST, VAR, Expr, postorder
from symgate.ir.exprtext import show
from symgate.ir.fixed import Graph
from symgate.ir.text import show as show_graph
from symgate.passes.compiler import Taken, run_steps
from symgate.passes.steps.kinds import Inside
from symgate.passes.steps.unit import CompileSettings, Unit
from symgate.passes.steps.watching import Left
from symgate.passes.widths.candidate import Candidate
from symgate.report.catalogue import Effect, effects, entries, remembered, summary
from symgate.report.estimate import luts

ROOT = Path(__file__).resolve().parent.parent
SOURCE = "examples/jets/design.toml"
PAGE = ROOT / "docs" / "pipeline-of-the-jet-tagger.md"
OUTPUT = "t"  # the score that is followed: every pass over expressions changes it
COLUMNS = 96  # of expressions, which have no line ends of their own
FIRST_LINES, LAST_LINES = 8, 12  # of a graph: some inputs with what reads them, and the outputs
#: How to read what a step leaves, where that is new.
READING = {
    "fuse": "`fn{body}(value)` is one function generator: what `body` gives for `t` = the value.",
    "turns": "An argument now counts parts of a turn. Its whole turns are integer bits above the "
    "period, which hardware drops, so no range reduction is left to compute.",
    "share-multiples": "`hold(...)` is a value that is computed once; sums do not look through it.",
    "compare-forms": "A type `fixed<W,I>` has W bits, I of them before the binary point; the "
    "interval behind it holds all integers that these bits can be.",
}


def main() -> None:
    """Write the page, or compare it."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--check", action="store_true", help="write nothing; fail where it differs")
    check = parser.parse_args().check
    text = page(load_any(ROOT / SOURCE))
    if not check:
        replace_file(PAGE, text)
    elif not PAGE.exists() or PAGE.read_text(encoding="utf-8") != text:
        sys.exit(f"{PAGE.relative_to(ROOT)} is not current: run python tools/annotate_pipeline.py")


def page(design: Design) -> str:
    """The whole page."""
    taken: list[Taken] = []
    run_steps(design, CompileSettings(measure=luts, watched=True), observe=taken.append)
    found = [effects(step, remembered(luts)) for step in taken]
    lines = [
        "# What each step does to the jet tagger",
        "",
        f"`{SOURCE}` has five scores of four features, found by symbolic regression. This page",
        f"follows the score `{OUTPUT}` through every step of the compilation, and counts the",
        "operators of all five. It is written by `python tools/annotate_pipeline.py`, and CI checks",
        "that it is current. The same for any design: `symgate passes design.toml`, and",
        "`symgate show design.toml --after STEP` for the whole text after a step.",
        "",
        "LUTs of a program are the quick estimate that ranks forms; those of a graph are counted",
        "after a mapping to LUT6. Nodes are operators, without inputs and constants.",
        "",
        *overview(figure for figures in found for figure in figures),
    ]
    for number, (step, figures) in enumerate(zip(taken, found, strict=True), 1):
        lines += ["", f"## {number}. {step.step.name}", "", *section(step, figures[0])]
        graph: Graph | None = None
        for stage in step.step.inside:
            run = last_run(step, stage)
            lines += stage_section(step, stage, run, graph)
            graph = graph if run is None or run.after.hardware is None else run.after.graph
    return "\n".join(lines) + "\n"


def overview(effects: Iterable[Effect]) -> Iterator[str]:
    """All steps as a table."""
    yield "| step | nodes | LUT | |"
    yield "|---|---:|---:|---|"
    for e in effects:
        lut = "" if e.lut is None else f"{e.lut:,.0f}"
        name = f"— {e.step}" if e.inside else e.step
        yield f"| {name} | {e.nodes_before:,} → {e.nodes_after:,} | {lut} | {e.note} |"


def section(taken: Taken, figures: Effect) -> Iterator[str]:
    """What one step does and why it stands there, then what it did."""
    (entry, *_) = entries(taken.step)
    yield from wrapped(f"{entry.does} *Why here:* {entry.reason}.")
    yield ""
    before, after = taken.before[0] if taken.before else None, taken.after[0]
    if after.graph is not None:
        yield from hardware(taken.step.name, before, after)
        return
    changes = changed(operators(before), operators(after))
    if figures.note:
        yield f"It found {figures.note}."
    elif not changes:
        yield "It changes nothing here."
    else:
        yield f"Operators: {changes}."
    yield from reading(taken.step.name)
    new = expression(after)
    if before is None or expression(before) is not new:
        yield from block(textwrap.wrap(f"{OUTPUT} = {show(new)}", COLUMNS, **WHOLE_WORDS))


WHOLE_WORDS = {"break_long_words": False, "break_on_hyphens": False}


def reading(step: str) -> Iterator[str]:
    """How to read what the step leaves."""
    if step in READING:
        yield ""
        yield from wrapped(READING[step])


def last_run(taken: Taken, stage: Inside) -> Left | None:
    """The run of a stage inside a step that led to the result."""
    return next((left for left in taken.after[0].inside if left.stage is stage.run), None)


def stage_section(
    taken: Taken, stage: Inside, run: Left | None, graph: Graph | None
) -> Iterator[str]:
    """What a stage inside a step does and why it stands there, then what it did.

    ``graph`` is what the stages before it left.
    """
    yield from ["", f"### {taken.step.name}: {stage.name}", ""]
    yield from wrapped(f"{summary(stage.run)} *Why here:* {stage.reason}.")
    yield ""
    if run is None:
        yield "It does not run here."
        return
    after = None if run.after.hardware is None else run.after.graph
    if after is graph:
        yield "It changes nothing here." if graph is not None else "There is no graph yet."
        return
    yield from wrapped(f"Operators: {changed(kinds(graph), kinds(after))}.")
    if run.before.choice is None:
        yield from block(widths(run.after))


def widths(candidate: Candidate) -> list[str]:
    """The word lengths of the values below the score that is followed."""
    below = set(postorder([dict(candidate.program.outputs)[OUTPUT]]))
    knobs = zip(candidate.model.datapath.structure.knobs, candidate.widths, strict=True)
    lines = [f"{bits:3} {kind} bits: {show(e)}" for (kind, e), bits in knobs if e in below]
    return [line if len(line) <= COLUMNS else f"{line[:COLUMNS]}..." for line in lines]


def hardware(step: str, before: Unit | None, after: Unit) -> Iterator[str]:
    """What a step made of the graph, or the graph that it made."""
    assert after.graph is not None
    old = None if before is None else before.graph
    changes = changed(kinds(old), kinds(after.graph))
    if not changes:
        yield "It changes nothing here."
        return
    yield from wrapped(f"Operators: {changes}.")
    yield ""
    if old is None and after.certificate is not None:
        for bound in after.certificate.bounds:
            yield f"- `{bound.output}`: error at most {bound.bound:.5f}, {bound.target:.5f} allowed"
    else:
        yield f"Latency: {after.graph.latency} clock cycles. Every output is a register."
    yield from reading(step)
    yield from excerpt(after.graph)


def excerpt(graph: Graph) -> Iterator[str]:
    """The first and the last lines of a graph."""
    lines = show_graph(graph).splitlines()
    cut = [line if len(line) <= COLUMNS else f"{line[:COLUMNS]}..." for line in lines]
    left_out = f"... {len(lines) - FIRST_LINES - LAST_LINES:,} lines ..."
    yield from block([*cut[:FIRST_LINES], left_out, *cut[-LAST_LINES:]])


def expression(unit: Unit) -> Expr:
    """The score that is followed."""
    return dict(unit.program.outputs)[OUTPUT]


def operators(unit: Unit | None) -> Counter[str]:
    """How many there are of each operator of a program."""
    nodes = [] if unit is None else postorder(unit.program.roots)
    return Counter(node.op for node in nodes if node.op not in (VAR, CONST))


def kinds(graph: Graph | None) -> Counter[str]:
    """How many there are of each operator of a graph."""
    return Counter() if graph is None else Counter(node.op for node in graph.nodes)


def changed(before: Mapping[str, int], after: Mapping[str, int]) -> str:
    """What was counted before and after, where that differs."""
    names = sorted({*before, *after})
    different = [n for n in names if before.get(n, 0) != after.get(n, 0)]
    return ", ".join(f"{n} {before.get(n, 0)} → {after.get(n, 0)}" for n in different)


def wrapped(text: str) -> list[str]:
    """A paragraph."""
    return textwrap.wrap(text, COLUMNS, **WHOLE_WORDS)


def block(lines: list[str]) -> Iterator[str]:
    """Lines as they are."""
    yield from ["", "```", *lines, "```"]


if __name__ == "__main__":
    main()
