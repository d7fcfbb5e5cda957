"""A whole search: engines after each other into one archive, the front polished, and its hardware."""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from hashlib import sha256
from importlib.util import find_spec
from pathlib import Path

import numpy as np

from symgate.errors import InputError, ToolMissing
from symgate.frontend.data_ranges import margin_of
from symgate.frontend.language.naming import distinct, plain
from symgate.frontend.language.source import listed, meant
from symgate.frontend.options import ALL, Options, plain_name
from symgate.learn.data import Samples
from symgate.learn.fit.archive import (
    Archive,
    Candidate,
    best_first,
    front,
    priced_front,
    read_formula,
)
from symgate.learn.fit.defined import box, box_of, is_defined, wide_box
from symgate.learn.fit.engines import Entry, chosen
from symgate.learn.fit.found import EXACT, NEAR, Found
from symgate.learn.fit.hardware import CLASS, Firm, Measure
from symgate.learn.fit.limits import Limits
from symgate.learn.fit.polish import polish
from symgate.learn.fit.ports import Ports
from symgate.learn.fit.task import Budget, Formulas, Reals, Task
from symgate.passes.steps.unit import quick_luts

Progress = Callable[[str], None]
#: Runs engines into an archive; `symgate.learn.fit.remote` has another one.
Runner = Callable[[Archive, "Search", Progress], None]
ARCHIVE = "archive.jsonl"
#: Of the processor seconds: the rest is the engines'.
_POLISH, _HARDWARE, _HARDWARE_CLASSES = 0.07, 0.1, 0.4
#: The ladder of prices at which formulas of classes are compiled; and what a reader takes in.
LEAST_PRICE, RUNG, READABLE = 15.0, 1.25, 20


@dataclass(frozen=True)
class Search:
    """What to search with.

    ``seconds``: of the processor, for all engines, polishing and compiling. ``engines``: names, by
    default all that are installed. ``held``: the share of the rows that no engine sees. ``bits`` and
    ``relative_error``: the firmware whose LUTs the front states. ``seeds``: engines run with so many
    seeds, from ``seed`` on. ``rounds``: of each engine that repeats its work, so that a search that has
    time enough finds the same again. ``limits``: what formulas may hold. ``ranges`` of
    ports, such as "x=[-4, 4]", and the ``range_margin`` of others around the rows, as `Options` have
    them.
    """

    seconds: float = 60.0
    engines: tuple[str, ...] = ()
    seed: int = 0
    held: float = 0.25
    bits: int = 12
    relative_error: str = "2^-8"
    seeds: int = 1
    rounds: int | None = None
    limits: Limits = field(default_factory=Limits)
    ranges: tuple[str, ...] = ()
    range_margin: str | None = None

    @property
    def options(self) -> Options:
        """How the front is compiled."""
        return Options(bits=self.bits, relative_error=self.relative_error, ranges=self.ranges)


def port_names(samples: Samples) -> tuple[str, ...]:
    """The columns' names as every target language accepts them."""
    return tuple(distinct(samples.features)[name] for name in samples.features)


def task_of(samples: Samples, search: Search) -> Task:
    """All rows as one task: of one output, of several, or of classes."""
    y: Reals = samples.wanted()
    if y.shape[1] == 1 and not samples.classes:
        y = y[:, 0]
    names = port_names(samples)
    ranges = stated_ranges(names, search)
    return Task(samples.x, y, names, samples.classes, samples.weights, search.bits, ranges)


def stated_ranges(names: Sequence[str], search: Search) -> dict[str, tuple[float, float]]:
    """The ranges of inputs that are stated, ``*`` those of all others; raise `InputError` for one
    of no input.
    """
    stated = search.options.stated_ranges()
    usual = stated.pop(ALL, None)
    if unknown := [name for name in stated if name not in names]:
        what = f"the option gives a range for '{unknown[0]}', which is not an input"
        remedy = meant(unknown[0], names) or "remove it"
        raise InputError(what, expected=f"one of {listed(names)}", remedy=remedy)
    ends = {name: stated.get(name, usual) for name in names}
    return {name: (float(r[0]), float(r[1])) for name, r in ends.items() if r is not None}


def tasks(samples: Samples, search: Search) -> tuple[Task, Task]:
    """The rows to fit and those that are held out, drawn with the seed of the search; each class is
    in both in its proportion.
    """
    whole, rng = task_of(samples, search), np.random.default_rng(search.seed)
    order = rng.permutation(len(samples))
    if samples.classes:
        order = order[np.argsort(samples.y[order], kind="stable")]
        spaced = np.arange(len(order)) * search.held % 1 < search.held
        return whole.take(order[~spaced]), whole.take(order[spaced])
    count = max(1, round(search.held * len(samples)))
    return whole.take(order[count:]), whole.take(order[:count])


def require_scipy() -> None:
    """Raise `ToolMissing` without SciPy."""
    if find_spec("scipy") is None:
        what = "a fit refines constants with SciPy, which is not installed"
        raise ToolMissing(what, remedy="pip install 'symgate[fit]'")


def fit(
    samples: Samples,
    search: Search | None = None,
    folder: Path | None = None,
    progress: Progress = lambda step: None,
    measure: Measure | None = None,
    runner: Runner | None = None,
    compiled: bool = True,
) -> Found:
    """The front of formulas for the outputs of ``samples``: one, several, or the scores of classes.

    With a ``folder``, what is found is appended to ``archive.jsonl`` there; a search that was stopped
    goes on with the engines that had not finished. ``compiled``: whether the front states hardware.
    Raise `InputError` where the archive is of another search, or an engine is unknown, and
    `ToolMissing` without SciPy.
    """
    require_scipy()
    search = search or Search()
    raw = tasks(samples, search)
    found = _nothing_yet(samples, raw[0], search)
    return fit_tasks(raw, found, search, folder, progress, measure, runner, compiled)


def _nothing_yet(samples: Samples, task: Task, search: Search) -> Found:
    """What a search of ``samples`` fills."""
    if samples.classes and search.range_margin is not None:
        what = "ports of classes hold 99 % of the values of their column, and have no margin"
        raise InputError(what, remedy="state a range: --range 'x=[-4, 4]'")
    names, stated = task.names, dict(task.ranges)
    ports = Ports.of(samples.x, names, search.bits, stated) if samples.classes else None
    return Found(
        tuple(plain(name) for name in samples.outputs),
        box(names, samples.x) | stated,
        (),
        0.0,
        samples.classes,
        ports,
        wide=wide_box(names, samples.x, margin_of(search.range_margin)) | stated,
        name=_design_name(samples, names),
    )


def _design_name(samples: Samples, inputs: Sequence[str]) -> str:
    """That of the table, and of no port."""
    name = plain_name(Path(samples.source).stem)
    ports = {port.lower() for port in (*inputs, *map(plain, samples.outputs), CLASS)}
    return f"{name}_fit" if name.lower() in ports else name


def fit_tasks(
    raw: tuple[Task, Task],
    found: Found,
    search: Search,
    folder: Path | None = None,
    progress: Progress = lambda step: None,
    measure: Measure | None = None,
    runner: Runner | None = None,
    compiled: bool = True,
) -> Found:
    """As `fit`, of rows to fit and held-out rows as tasks; ``found`` is filled."""
    start, ports = time.process_time(), found.ports
    task, held = raw if ports is None else (ports.held(raw[0]), ports.held(raw[1]))
    path = None if folder is None else folder / ARCHIVE
    archive = Archive(task, held, path, identity(task, search))
    (runner or run_engines)(archive, search, progress)
    progress("polishing the front")
    polish_front(archive, search)
    if compiled:
        progress("compiling the front")
        firm = Firm(*raw, measure or quick_luts, lambda c: found.design(c, search.options), ports)
        compile_front(archive, firm, search)
    seconds = time.process_time() - start
    kept = tuple(shown(archive))
    return replace(found, candidates=kept, seconds=seconds, held_rows=len(held.y))


def shown(archive: Archive) -> list[Candidate]:
    """What a user sees: those that no smaller one beats, and those that no cheaper one does; of
    classes, among those that were compiled, what no other beats in size, LUT and held-out loss.
    Where nothing is compiled, which refuses such, beside a formula that can leave its domain stands
    the best one that cannot.
    """
    priced = [c for c in archive.candidates() if c.lut is not None]
    if archive.task.classes:
        kept = undominated(priced or list(archive.candidates()))
    else:
        cheap = best_first(priced, lambda c: c.lut, lambda c: c.loss)
        sure = [] if priced else front(_defined(archive))
        kept = list({c.formula: c for c in (*archive.front(), *cheap, *sure)}.values())
    return sorted(kept, key=lambda c: (c.nodes, c.loss))


def _defined(archive: Archive) -> list[Candidate]:
    ranges = box_of(archive.task)
    return [c for c in archive.candidates() if is_defined(c.formulas, ranges)]


def undominated(candidates: Sequence[Candidate]) -> list[Candidate]:
    """Those of which no other has at most the nodes, in all and of its largest formula, at most the
    LUT and less held-out loss.
    """
    out = list[Candidate]()
    for found in sorted(candidates, key=lambda c: c.held):
        mine = _costs(found)
        if not any(all(a <= b for a, b in zip(_costs(o), mine, strict=True)) for o in out):
            out.append(found)
    return out


def _costs(c: Candidate) -> tuple[float, float, float]:
    return c.nodes, c.largest or c.nodes, c.price if c.lut is None else c.lut


def compile_front(archive: Archive, firm: Firm, search: Search) -> None:
    """Compile what is on the front, and what may be cheaper, the closest first, as long as there is
    time.
    """
    task = archive.task
    budget = Budget(hardware_share(task) * search.seconds)
    if task.classes:
        wanted = rungs(list(archive.candidates()))
    else:
        wanted = [*promising(archive.front()), *priced_front(archive.candidates())]
    for candidate in dict.fromkeys(wanted):
        if budget.is_over():
            return
        if candidate.lut is None and candidate.refused is None:
            archive.update(firm.with_hardware(candidate))


def promising(candidates: Sequence[Candidate]) -> list[Candidate]:
    """Those near the least held-out loss, small ones first, among which the choice falls; then the
    others, the closest first.
    """
    least = min((c.held for c in candidates), default=0.0) + EXACT
    return sorted(candidates, key=lambda c: (1, c.held) if c.held > NEAR * least else (0, c.nodes))


def rungs(candidates: Sequence[Candidate]) -> list[Candidate]:
    """The closest candidates up to each of a ladder of prices, of all and of those whose formulas a
    reader can take in; from the cheapest on, which compile soonest, and first every fourth rung, so
    that a stop leaves a front.
    """
    if not candidates:
        return []
    count = round(math.log(max(c.price for c in candidates) / LEAST_PRICE + 1) / math.log(RUNG)) + 1
    levels = [LEAST_PRICE * RUNG**k for k in range(count + 1)]
    small = [c for c in candidates if (c.largest or c.nodes) <= READABLE]
    out = list[Candidate]()
    for step in (4, 2, 1):
        for level in levels[step // 2 :: step]:
            for among in (small, candidates):
                fitting = [c for c in among if c.price <= level]
                out += [min(fitting, key=lambda c: c.held)] if fitting else []
    return list(dict.fromkeys(out))


def hardware_share(task: Task) -> float:
    """The share of the time that compiling the front gets: prices are what classes are for."""
    return _HARDWARE_CLASSES if task.classes else _HARDWARE


def identity(task: Task, search: Search) -> str:
    """What the contents of an archive depend on."""
    data = sha256(task.x.tobytes() + task.y.tobytes())
    settled = replace(search, seconds=0.0, engines=(), seeds=1)
    data.update(repr((task.names, task.classes, settled)).encode())
    return data.hexdigest()


def is_exact(archive: Archive) -> bool:
    """Whether a formula gives the wanted values to float64, and is defined on the whole box."""
    if archive.task.classes:
        return False
    ranges = box_of(archive.task)
    exact = (c.formulas for c in archive.candidates() if c.loss < EXACT)
    return any(is_defined(formulas, ranges) for formulas in exact)


def shares(task: Task, search: Search) -> dict[str, tuple[Entry, float]]:
    """The engines that can search ``task``, each with its processor seconds for each seed."""
    entries = chosen(search.engines, task)
    whole = sum(entry.share for entry in entries.values()) * search.seeds
    seconds = search.seconds * (1 - _POLISH - hardware_share(task))
    return {name: (entry, seconds * entry.share / whole) for name, entry in entries.items()}


def run_engines(
    archive: Archive,
    search: Search,
    progress: Progress,
    enough: Callable[[Archive], bool] = is_exact,
) -> None:
    """Run the engines of ``search`` that have not finished, until ``enough`` is found."""
    for seed in range(search.seed, search.seed + search.seeds):
        for name, (entry, seconds) in shares(archive.task, search).items():
            if (name, seed) in archive.done:
                continue
            if enough(archive):
                return
            progress(f"searching with {name}")
            budget = Budget(seconds, rounds=search.rounds)
            run_engine(archive, name, entry, budget, seed, search.limits)


def run_engine(
    archive: Archive, name: str, entry: Entry, budget: Budget, seed: int, limits: Limits
) -> None:
    """Run one engine with one seed."""
    emit = _emitter(archive, name, seed, limits, budget)
    entry.load()(archive.task, budget, seed, emit)
    archive.finish(name, seed)


def _emitter(
    archive: Archive, engine: str, seed: int, limits: Limits, budget: Budget | None = None
) -> Callable[[Formulas], None]:
    """What an engine calls; what is exact ends its ``budget``."""

    def emit(e: Formulas) -> None:
        for allowed in limits.within(e, archive.task):
            if archive.emit(allowed, engine, seed) and budget is not None and is_exact(archive):
                budget.stop()

    return emit


def polish_front(archive: Archive, search: Search) -> None:
    """Simplify what is on the front, the closest first."""
    if ("polish", search.seed) in archive.done or archive.task.outputs > 1:
        return
    budget = Budget(_POLISH * search.seconds)
    closest = archive.front()[::-1][: None if search.rounds is None else search.rounds]
    for candidate in closest:
        if budget.is_over():
            break
        emit = _emitter(archive, f"{candidate.engine}, polished", candidate.seed, search.limits)
        polish(read_formula(candidate.formula), archive.task, budget, emit)
    archive.finish("polish", search.seed)
