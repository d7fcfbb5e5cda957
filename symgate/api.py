"""The verbs of the command line as Python functions with typed results: compile, simulate, verify,
report.
"""

from __future__ import annotations

import json
import time
import warnings
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

from symgate import __version__
from symgate.backends.readme import Readme
from symgate.built import Build
from symgate.emitted import files
from symgate.errors import AccuracyError, BrokenPromise, CheckFailed, InputError, SymgateError
from symgate.files import replace_file
from symgate.frontend.check import DesignWarning
from symgate.frontend.design_file import toml
from symgate.frontend.imported import Imported
from symgate.frontend.language.source import listed, meant
from symgate.frontend.load import Options, import_any, load_any, with_stated
from symgate.frontend.refusals import left_out
from symgate.frontend.writers import exports
from symgate.ir.design import Design
from symgate.ir.firmware import Certificate, Firmware
from symgate.ir.fixed import Graph
from symgate.passes import compiler
from symgate.passes.compiler import Price
from symgate.passes.pipeline import compilation
from symgate.passes.steps.unit import CompileSettings, Unit
from symgate.patience import Patience
from symgate.project import again, folder, manifest
from symgate.project.manifest import PAGE, REPORT
from symgate.proof import evidence
from symgate.proof import verify as verification
from symgate.proof.evidence import Evidence
from symgate.proof.verify import VECTORS, Verification
from symgate.report import catalogue
from symgate.report import report as reports
from symgate.report.catalogue import Effect
from symgate.report.estimate import input_saturation, luts, with_plain
from symgate.report.page import build_page
from symgate.report.report import Report
from symgate.report.timing import too_slow
from symgate.sim import simulate as simulation
from symgate.sim.beyond import beyond_formats
from symgate.sim.data import Table
from symgate.sim.frames import as_file, is_table, table_of
from symgate.sim.loss import loss, losses
from symgate.sim.simulate import Simulation
from symgate.sim.vectors import quantise

if TYPE_CHECKING:
    from symgate.proof.sweep.maximum import Settings as SweepSettings

__all__ = [
    "Build", "Effect", "Options", "Price", "Simulation", "Verification",
    "compile", "export", "import_", "load", "passes", "price", "report", "show", "simulate", "steps_of", "verify",
]  # fmt: skip

SEARCH_SECONDS = 0.0
Progress = Callable[[str], None]
Folder = Build | Path | str


def _silent(step: str) -> None:
    pass


def compile(  # noqa: A001 - the verb of the command line
    source: Design | Path | str | Any,
    output: Path | str | None = None,
    *,
    options: Options | None = None,
    search_seconds: float | None = None,
    progress: Progress = _silent,
    patience: Patience | None = None,
    **stated: Any,
) -> Build:
    """Compile ``source`` into the build folder ``output``, ``build/<name>`` by default, and return
    it as read back.

    ``source`` is a design file, a file of expressions, a PySR hall of fame, a `Design`, or what
    else the frontend reads. ``options`` gives what the source does not state, such as the bits of
    the inputs; each field of `Options` may as well be an argument here, as in
    ``compile("y = sin(x)", bits=10, data=frame, max_error=0.01)``, where ``data`` may be a data
    frame or a mapping of columns. ``patience`` says when what may be smaller is tried no longer, by default after 40
    processor seconds for a formula of up to 200 nodes, and never where ``search_seconds`` are given.
    """
    start = time.perf_counter()
    progress("reading the expressions")
    options = with_stated(options, stated)
    design = _read(source, options)
    path = Path(output) if output is not None else Path("build") / design.name
    folder.check_target(path)
    settings = replace(_settings(design, search_seconds, progress), patience=patience)
    firmware = compiler.run_steps(design, settings, _if_refused(options))
    firmware, found = _checked(firmware, progress)
    firmware, outside = _beyond(firmware)
    if slow := too_slow(firmware):
        warnings.warn(slow, DesignWarning, stacklevel=2)
    progress("writing the projects")
    content = files(firmware, path)
    report_ = reports.with_evidence(_fresh(firmware), found.summary(design.inputs))
    report_ = reports.with_assumed(report_, design.assumed)
    report_ = reports.with_stopped(report_, firmware.stopped)
    report_ = reports.with_beyond(report_, outside)
    report_ = reports.with_first_look(report_, firmware, options.data if options else None)
    new = reports.with_seconds(report_, "compile", time.perf_counter() - start)
    page = manifest.sealed(build_page(firmware, new))
    folder.write(path, {REPORT: reports.dumps(new), PAGE: page, **content})
    return load(path)


def _read(source: Any, options: Options | None) -> Design:
    """The design of ``source``; data that is no file is one while it is read."""
    if options is None or not is_table(options.data):
        return load_any(source, options)
    with as_file(options.data) as path:
        return load_any(source, replace(options, data=path))


def _checked(firmware: Firmware, progress: Progress) -> tuple[Firmware, Evidence]:
    """What a compilation ends with; raise `BrokenPromise` where an input contradicts it."""
    start = time.perf_counter()
    progress("comparing the result with the expressions")
    firmware = evidence.validated(firmware)
    progress("looking for errors above the bounds")
    found = evidence.gather(firmware)
    seconds = {**firmware.seconds, "evidence": time.perf_counter() - start}
    return replace(firmware, seconds=seconds), found


def _beyond(firmware: Firmware) -> tuple[Firmware, dict[str, Any]]:
    """Say where outputs leave their stated formats; the certificate and the report do, too."""
    found = beyond_formats(firmware.design)
    for one in found:
        warnings.warn(str(one), DesignWarning, stacklevel=3)
    outside = {one.output: one.summary() for one in found}
    if not outside:
        return firmware, outside
    proof = firmware.certificate
    data = {**proof.data, "beyond_formats": outside}
    return replace(firmware, certificate=replace(proof, data=data)), outside


def _settings(design: Design, search_seconds: float | None, progress: Progress) -> CompileSettings:
    """How the verbs compile: LUTs are counted after mapping, a metric on the stated data."""
    return CompileSettings(
        search_seconds=SEARCH_SECONDS if search_seconds is None else search_seconds,
        measure=luts,
        loss=_losses(design),
        progress=progress,
    )


def _if_refused(options: Options | None) -> compiler.Refused | None:
    """Who is told of outputs whose bound cannot be met: nobody, unless they may be left out."""
    return _warned if options is not None and options.skip else None


def _warned(unit: Unit, problem: AccuracyError) -> None:
    left_out(dict.fromkeys((name for name, _ in unit.design.outputs), problem), ())


def passes(
    source: Design | Path | str | Any,
    *,
    options: Options | None = None,
    search_seconds: float | None = None,
    progress: Progress = _silent,
) -> list[Effect]:
    """Compile ``source`` and return what each step did to it; nothing is written.

    Where a limit is missed, the steps that are taken again are there once more.
    """
    design = load_any(source, options)
    settings = _settings(design, search_seconds, progress)
    taken: list[compiler.Taken] = []
    watched = replace(settings, watched=True)
    compiler.run_steps(design, watched, _if_refused(options), taken.append)
    measure = catalogue.remembered(settings.measure)
    return [effect for step in taken for effect in catalogue.effects(step, measure)]


def show(
    source: Design | Path | str | Any,
    after: str | None = None,
    *,
    options: Options | None = None,
    search_seconds: float | None = None,
    progress: Progress = _silent,
) -> str:
    """Return the program or the graph of ``source`` as text, after the step ``after``, by default
    the last one.

    `symgate.ir.programtext.parse_program` reads a program back, `symgate.ir.text.parse` a graph.
    Raise `InputError` where there is no such step in the compilation of ``source``.
    """
    design = load_any(source, options)
    names = steps_of(design)
    name = names[-1] if after is None else after
    if name not in names:
        raise InputError(
            f"the compilation of '{design.name}' has no step '{name}'",
            where=design.source,
            expected=f"one of {listed(names, len(names))}",
            remedy=meant(name, names),
        )
    settings = _settings(design, search_seconds, progress)
    units = compiler.units_after(design, name, settings, _if_refused(options))
    return catalogue.text(design, units)


def steps_of(source: Design | Path | str | Any, options: Options | None = None) -> list[str]:
    """Return the names of the steps that ``source`` takes, in order, and of the stages inside."""
    steps = compilation(load_any(source, options))
    return [name for step in steps for name in (step.name, *(s.name for s in step.inside))]


def import_(
    sources: Sequence[Path], output: Path | None = None, *, options: Options | None = None
) -> tuple[str, Imported]:
    """Read the expressions of any dialect; write them to the design file ``output``, and return its
    text and notes.

    What neither the source nor ``options`` state, such as ranges, is left open in the file and
    marked there.
    """
    found, stated = import_any(sources, options or Options()).plain(options or Options())
    complete = stated.states_accuracy and all(
        (port.format or port.bits or stated.bits or stated.formats)
        for port in found.inputs.values()
    )
    if stated.data is not None and not complete:
        raise InputError(
            "the data give ranges, but bits or an accuracy are not stated",
            remedy="add --bits 12 and --max-error 0.01, or leave --data to symgate compile",
        )
    text = toml.dump(found.design(stated)) if complete else found.draft(stated)
    if output is not None:
        replace_file(output, text)
    return text, found


def price(
    source: Design | Path | str | Any,
    *,
    options: Options | None = None,
    effort: str = "quick",
    **stated: Any,
) -> Price:
    """Return the LUTs, cycles and certified bounds of ``source`` without writing a project.

    With the effort "quick", which usual formulas take a fraction of a second for, the LUTs are
    mostly within 15 % of what `compile` comes to. ``options`` are as those of `compile`.
    """
    return compiler.price(_read(source, with_stated(options, stated)), luts, effort)


def luts_of(source: Design | Path | str | Any, options: Options | None = None) -> float:
    """Return the estimated LUT of ``source``, without writing a project."""
    return price(source, options=options, effort="full").luts


def export(
    source: Design | Path | str | Any, language: str, *, options: Options | None = None
) -> str:
    """Return ``source`` in the language ``sympy``, ``latex``, ``fpcore``, ``python``, ``c`` or
    ``json``.
    """
    return exports.export(load_any(source, options), language)


def _losses(design: Design) -> Callable[[Graph], float] | None:
    """What measures a graph where the design states a metric."""
    stated = design.accuracy
    if stated.metric is None or stated.data is None:
        return None
    return losses(design, table_of(design, stated.data, stated.label))


def _fresh(firmware: Firmware) -> Report:
    estimate, plain = with_plain(firmware.graph)
    return reports.with_plain(reports.fresh(firmware, estimate, input_saturation(firmware)), plain)


def load(path: Folder) -> Build:
    """Return the build in a folder; raise `InputError` where it is none."""
    if isinstance(path, Build):
        return path
    found = path if isinstance(path, folder.Build) else folder.read(Path(path), toml.reread)
    return Build.of(found)


def simulate(
    build: Folder,
    rows: Path | str | Any | None = None,
    *,
    label: str | None = None,
    vectors: int = VECTORS,
    seed: int = 0,
    progress: Progress = _silent,
) -> Simulation:
    """Compare fixed point with float64 on ``rows``, or on random inputs, and note it in the report.

    ``rows`` is a CSV file, an array, a mapping of columns or a data frame.
    """
    build, start = load(build), time.perf_counter()
    progress("simulating")
    if rows is None:
        result = simulation.simulate_random(build.design, build.graph, vectors, seed)
    else:
        table = table_of(build.design, rows, label or build.design.accuracy.label)
        result = simulation.simulate(build.design, build.graph, table)
    metric = build.design.accuracy.metric or ("rmse" if result.rmse else "accuracy")
    _note(
        build, "simulate", start, lambda r: reports.with_simulation(r, result, metric, build.design)
    )
    return result


def missed_metric(build: Build, result: Simulation) -> str | None:
    """Return how ``result`` misses the metric that the design states, or None."""
    stated = build.design.accuracy
    values = result.metric(stated.metric) if stated.metric else None
    if stated.metric is None or values is None or loss(result, stated.metric) <= stated.max_loss:
        return None
    return f"{stated.metric} goes from {values[0]:.4f} to {values[1]:.4f}, by more than {stated.max_loss:g}"


def plot(build: Folder, result: Simulation) -> list[Path]:
    """Draw ``result`` into the folder ``plots`` of the build; raise `ToolMissing` without
    matplotlib.
    """
    from symgate.report import plots

    return folder.write_plots(load(build), plots.draw(result))


def verify(
    build: Folder,
    *,
    tools: Sequence[str] | None = None,
    vectors: int = VECTORS,
    seed: int = 0,
    rows: Path | str | None = None,
    sweep: SweepSettings | None = None,
    formal: bool = False,
    progress: Progress = _silent,
    announce: Progress = _silent,
) -> Verification:
    """Run every available model, or only ``tools``, on the same vectors, check the certificate, and
    note it; with ``formal``, prove the Verilog equal to the graph too.

    With ``sweep``, every input of each output is tried that has at most 2^32, and where nothing is
    wrong the largest error found is the bound from then on.
    """
    start = time.perf_counter()
    changes = folder.changes(build.path if isinstance(build, Build) else Path(build))
    build = _load_checked(build, changes)
    codes = _codes(build.design, table_of(build.design, rows)) if rows is not None else None
    progress("files: writing them again")
    others, notes = _made_again(build, changes)
    changes = [*others, *changes]
    result = verification.verify(
        build, vectors, seed, tools, codes, progress, changes, notes, sweep, announce, formal
    )
    if result.maxima and not result.problems:
        build = _with_maxima(build, result)
    _note(build, "verify", start, lambda report: reports.with_verification(report, result))
    return result


def _with_maxima(build: Build, result: Verification) -> Build:
    """Make the largest errors over every input the bounds of the certificate."""
    proof = build.certificate
    found = {m.output: m for m in result.maxima if m.proves}
    before = dict(proof.data.get("maxima", {}))
    told = {
        name: {**m.summary(), "proved": before.get(name, {}).get("proved", proof.bound(name))}
        for name, m in found.items()
    }
    bounds = tuple(
        replace(b, bound=found[b.output].error) if b.output in found else b for b in proof.bounds
    )
    if not told:
        return build
    data = {**proof.data, "maxima": {**before, **told}}
    smaller = Certificate(bounds, data)
    telling = Readme().emit(replace(build.firmware, certificate=smaller))
    return Build.of(folder.write_certificate(build, smaller, telling))


def _made_again(build: Build, changes: Sequence[str]) -> tuple[list[str], list[str]]:
    """Where the folder of ``build`` holds something else than what is made from its graph; and why
    that is not known.
    """
    version = build.report.get(folder.MARK)
    if version != __version__:
        return [], [f"symgate {version} wrote the files, so that they are not written again"]
    try:
        made = files(build.firmware, build.path)
        report_ = reports.with_evidence(_fresh(build.firmware), _evidence(build))
    except (SymgateError, ArithmeticError, AssertionError, LookupError, TypeError, ValueError) as e:
        return [f"no files can be made from {folder.GRAPH}: {str(e).partition(chr(10))[0]}"], []
    edited = any(change.startswith(f"{REPORT} ") for change in changes)
    figures = [] if edited else [*again.misreported(build.report, report_)]
    return [*again.differing(build.path, made, changes), *figures], []


def _evidence(build: Build) -> Mapping[str, Any]:
    """What compiling tried, as in the report; that itself where a bound does not hold, which is
    said by others.
    """
    try:
        return evidence.gather(build.firmware).summary(build.design.inputs)
    except BrokenPromise:
        return cast("Mapping[str, Any]", build.report.get("evidence"))


def _load_checked(path: Folder, changes: Sequence[str]) -> Build:
    """The build in a folder; raise `CheckFailed` where files that were edited keep it from loading."""
    try:
        return load(path)
    except InputError as e:
        if not changes:
            raise
        more = "".join(f"\n  also: {change}" for change in changes)
        raise CheckFailed(e.what + more, where=str(path), remedy=e.remedy) from None


def _codes(design: Design, table: Table) -> dict[str, Any]:
    return {port.name: quantise(table.columns[port.name], port)[0] for port in design.inputs}


def report(
    build: Folder, *, synth: str | None = None, dsp: bool = True, progress: Progress = _silent
) -> Build:
    """Return the build with its report; with ``synth``, count its netlist with that tool and note
    it first.
    """
    build = load(build)
    if synth is None:
        return build
    if synth != "yosys":
        raise InputError(
            f"there is no synthesis '{synth}'", expected="yosys", remedy="--synth yosys"
        )
    from symgate.report.synth import synthesise

    start = time.perf_counter()
    progress("counting the netlist with Yosys")
    counts = synthesise(build.files("rtl", "*.v"), build.name, dsp=dsp)
    _note(build, "synthesis", start, lambda report: reports.with_synthesis(report, counts))
    return load(build.path)


def _note(build: Build, verb: str, start: float, change: Callable[[Report], Report]) -> None:
    """Write the part of ``verb`` into the report as it is on disk now."""
    file = build.path / REPORT
    with folder.updating(build):
        before = file.read_text(encoding="utf-8")
        now: Report = json.loads(before)
        new = reports.with_seconds(change(now), verb, time.perf_counter() - start)
        page = manifest.page_of(build.path / PAGE, build_page(build.firmware, new))
        if page is not None:
            replace_file(build.path / PAGE, page)
        replace_file(file, manifest.updated(before, new))
