"""A formal check of the Verilog in a build folder: the module by its wires, its wrappers by what they
do.
"""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace

from symgate.backends.verilog.names import legal, port_names
from symgate.backends.verilog.notes import notes
from symgate.backends.verilog.style import Style
from symgate.backends.verilog.tables import CELLS
from symgate.errors import CheckFailed
from symgate.project.folder import Build
from symgate.proof.formal import module, protocol, solver
from symgate.proof.formal.module import OPEN, PROVED, REFUTED, Found, Limits
from symgate.proof.formal.protocol import Bounded
from symgate.proof.formal.solver import Solver

Progress = Callable[[str], None]
#: The modules of a graph by what their names end in.
FRAMES = {"": Style.VALID, "_pipe": Style.ENABLE, "_core": Style.BARE}
_SHOWN = 5  # goals that are told of one by one
_EVERY = 50  # goals between two words of progress


@dataclass(frozen=True)
class Tally:
    """What came of the goals of one kind."""

    kind: str  # with the module, where that is another frame
    goals: int
    proved: int
    refuted: int
    open: int
    seconds: float


@dataclass(frozen=True)
class Formal:
    """What was proved of a build."""

    found: tuple[Found, ...]
    wrappers: tuple[Bounded, ...]
    solver: str
    seconds: float
    unread: str | None = None  # why the Verilog could not be read
    unproved: tuple[str, ...] = ()  # what no goal is about, a sentence each

    @property
    def tallies(self) -> list[Tally]:
        """A row for each kind of goal."""
        kinds: dict[str, list[Found]] = {}
        for f in sorted(self.found, key=lambda f: (f.frame, f.kind)):
            kinds.setdefault(f"{f.kind} in {f.frame}" if f.frame else f.kind, []).append(f)
        return [_tally(kind, found) for kind, found in kinds.items()]

    @property
    def open(self) -> list[Found]:
        """The goals of the module that were neither proved nor refuted."""
        return [f for f in self.found if f.outcome == OPEN]

    @property
    def problems(self) -> list[str]:
        """What is wrong, a sentence each."""
        refuted = [f for f in self.found if f.outcome == REFUTED]
        broken = [w for w in self.wrappers if w.broken]
        told = [_sentence(f) for f in refuted[:_SHOWN]]
        if len(refuted) > _SHOWN:
            told.append(f"{len(refuted) - _SHOWN} more wires of rtl/ differ from their nodes")
        unread = [self.unread] if self.unread else []
        return [*unread, *told, *(_broken(w) for w in broken)]

    @property
    def notes(self) -> list[str]:
        """What is not known, a sentence each."""
        found = [f"wire {f.wire} is not proved: {f.reason}" for f in self.open[:_SHOWN]]
        if len(self.open) > _SHOWN:
            found.append(f"{len(self.open) - _SHOWN} more wires are not proved")
        found += self.unproved
        late = [w for w in self.wrappers if w.open]
        return found + [
            f"{w.wrapper}, '{w.rule}': not proved for {w.cycles} cycles in time" for w in late
        ]


def prove(
    build: Build,
    limits: Limits | None = None,
    solve: Solver | None = None,
    progress: Progress = lambda step: None,
) -> Formal:
    """Return what was proved of ``rtl/`` in the folder of ``build``, as it is on disk now.

    Raise `ToolMissing` without Yosys or without a solver.
    """
    start, limits = time.perf_counter(), limits or Limits()
    solve = solve or solver.default()
    top, files = legal(build.name), build.files("rtl", "*.v")
    found: list[Found] = []
    wrappers: tuple[Bounded, ...] = ()
    unread = None
    try:
        for goal in _goals(build, top, files, limits, solve):
            found.append(goal)
            if len(found) % _EVERY == 1:
                progress(f"formal: {len(found):,} goals, now {goal.kind} {goal.wire}")
        progress("formal: wrappers")
        bounded = protocol.check(files, top, build.graph, limits.goal_seconds, solve)
        wrappers = tuple(bounded)
    except CheckFailed as e:
        unread = e.what
    seconds = time.perf_counter() - start
    unproved = tuple(_without_goals(build))
    return Formal(tuple(found), wrappers, solve.__name__, seconds, unread, unproved)


def _without_goals(build: Build) -> Iterator[str]:
    """What is only simulated, in words."""
    ii = build.graph.interval
    if ii > 1:
        yield (
            f"products take turns on multipliers (II = {ii}): rtl/{legal(build.name)}.v was simulated, "
            "its valid bits and its wrappers are proved, its values are not"
        )


def _goals(
    build: Build, top: str, files: dict[str, str], limits: Limits, solve: Solver
) -> Iterator[Found]:
    if f"{top}.v" not in files:
        raise CheckFailed(f"rtl/{top}.v is missing")
    if build.graph.interval > 1:
        text = {f"{top}.v": files[f"{top}.v"]}
        yield from module.check_valid(text, top, build.graph, limits, solve)
        return
    for end, style in FRAMES.items():
        name = f"{top}{end}"
        if f"{name}.v" in files:
            names = port_names(build.graph, name)
            told = notes(build.firmware, [name, *names.inputs, *names.outputs])
            text = {f"{name}.v": files[f"{name}.v"]}
            for found in module.check(text, name, build.graph, told, limits, solve, style):
                yield replace(found, frame=name if end else "")
            if CELLS in files[f"{name}.v"]:
                for found in module.check_cells(
                    text, name, build.graph, told, limits, solve, style
                ):
                    yield replace(found, frame=f"{name} with {CELLS}")


def _tally(kind: str, found: list[Found]) -> Tally:
    count = Counter(f.outcome for f in found)
    seconds = sum(f.seconds for f in found)
    return Tally(kind, len(found), count[PROVED], count[REFUTED], count[OPEN], seconds)


def _sentence(found: Found) -> str:
    example = found.counterexample
    if example is None:
        return f"formal: {_of(found)}{found.reason}"
    inputs = ", ".join(f"{name}={raw}" for name, raw in example.inputs.items())
    later = f" {example.later} cycles later" if example.later else ""
    bits = f"{example.got:#x} instead of {example.expected:#x}"
    return f"formal: {_of(found)}{found.kind} {found.wire} is {bits}{later} for the raw inputs {inputs}"


def _of(found: Found) -> str:
    return f"{found.frame}: " if found.frame else ""


def _broken(wrapper: Bounded) -> str:
    assert wrapper.broken
    return f"formal: {wrapper.wrapper}: not so that {wrapper.rule}: {'; '.join(wrapper.broken)}"
