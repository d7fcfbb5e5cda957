"""From a table of data to formulas and firmware."""

import re
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from symgate.cli.options import AsJson
from symgate.cli.terminal import print_json, print_parts, progress
from symgate.errors import CheckFailed, InputError

if TYPE_CHECKING:
    from symgate.learn.data import Samples
    from symgate.learn.fit.archive import Candidate
    from symgate.learn.fit.found import Found
    from symgate.learn.fit.search import Search
    from symgate.project.folder import Build
    from symgate.proof.verify import Verification

    Built = tuple[Build, Verification | None]

#: Bits of each input by default: of values, and of classes, which need few.
BITS, CLASS_BITS = 12, 8


def fit(
    data: Annotated[Path, typer.Argument(help="A table with a header: CSV, parquet or npz.")],
    target: Annotated[
        list[str] | None, typer.Option(help="A column of wanted values; several share terms.")
    ] = None,
    label: Annotated[str | None, typer.Option(help="The column of classes, in place of --target.")] = None,
    output: Annotated[
        Path | None, typer.Option("-o", "--output", help="The folder. [default: build/DATA_fit]")
    ] = None,
    budget: Annotated[
        str, typer.Option(help="Processor time of the search: 60s, 5min, 1h.")
    ] = "60s",
    features: Annotated[
        list[str] | None, typer.Option("--feature", help="An input column. [default: all others]")
    ] = None,
    weights: Annotated[
        str | None, typer.Option(help="The column that says what a row counts.")
    ] = None,
    engines: Annotated[
        list[str] | None, typer.Option("--engine", help="An engine. [default: all installed]")
    ] = None,
    bits: Annotated[
        int | None, typer.Option(help="Bits of each input. [default: 12; 8 of classes]", min=1, max=32)
    ] = None,
    ranges: Annotated[
        list[str] | None,
        typer.Option("--range", help="Range of an input: x=[-4,4]. [default: that of the data, and a margin]"),
    ] = None,
    range_margin: Annotated[
        str | None,
        typer.Option(help="What ranges of the data are widened by, of their width. [default: 10%]"),
    ] = None,
    relative_error: Annotated[
        str, typer.Option(help="Largest error of the firmware as a share of the output's range.")
    ] = "2^-8",
    constants: Annotated[
        str, typer.Option(help="1 digit, 2 digits, 3 digits, powers of two, or integers.")
    ] = "",
    operators: Annotated[
        list[str] | None, typer.Option("--operator", help="An allowed operator. [default: all]")
    ] = None,
    max_nodes: Annotated[int, typer.Option(help="Nodes of a formula at most; 0: any.", min=0)] = 0,
    pick: Annotated[
        str, typer.Option(help='What is built: best, or conditions such as "lut<=200, nodes<20".')
    ] = "best",
    seed: Annotated[int, typer.Option(help="Seed of the search and of the split.", min=0)] = 0,
    seeds: Annotated[int, typer.Option(help="Seeds that engines run with.", min=1)] = 1,
    folds: Annotated[
        int, typer.Option(help="Judge the whole search on so many folds, each with its own budget.", min=0)
    ] = 0,
    scheduler: Annotated[
        str | None, typer.Option(help="A Dask scheduler that engines run on: tcp://host:8786.")
    ] = None,
    resume: Annotated[
        bool, typer.Option("--resume/--anew", help="Go on with what the folder holds, or begin anew.")
    ] = True,
    build: Annotated[
        bool, typer.Option("--build/--no-build", help="Compile the best formula, too.")
    ] = True,
    verify: Annotated[bool, typer.Option(help="Verify what is built, too.")] = False,
    as_json: AsJson = False,
) -> None:  # fmt: skip
    """Search small formulas for columns of data; print the front of size, loss and LUT.

    A search that was stopped goes on where it was: what is found is appended to archive.jsonl.
    """
    from symgate.learn.data import read
    from symgate.learn.fit.found import conditions_of
    from symgate.learn.fit.limits import Limits
    from symgate.learn.fit.search import ARCHIVE, Search, require_scipy

    require_scipy()
    conditions_of(pick)
    _refuse_aim(target, label)
    samples = read(
        data, label=label, targets=target or (), features=features or (), weights=weights
    )
    settings = Search(
        seconds(budget),
        tuple(engines or ()),
        seed,
        bits=bits or (CLASS_BITS if samples.classes else BITS),
        relative_error=relative_error,
        seeds=seeds,
        limits=Limits(constants, tuple(operators or ()), max_nodes),
        ranges=tuple(ranges or ()),
        range_margin=range_margin,
    )
    folder = output or Path("build") / f"{data.stem}_fit"
    if not resume:
        (folder / ARCHIVE).unlink(missing_ok=True)
    _say_plan(settings, folds, build, verify)
    found = _searched(samples, settings, folder, folds, scheduler)
    if not as_json:
        _print_front(found, pick)
    chosen = found.pick(pick)
    built = _built(found, chosen, settings, folder, verify) if build else None
    if as_json:
        from symgate.learn.fit import frontfile

        print_json(frontfile.json(found))
    else:
        _print_end(found, chosen, built, folder)
    _warn(found, chosen, samples, settings, built)
    _refuse_unverified(built, folder)


def _refuse_aim(target: list[str] | None, label: str | None) -> None:
    """Raise `InputError` where not one of the two says what to learn."""
    if bool(target) == (label is not None):
        raise InputError(
            "both --target and --label are given" if target else "nothing says what to learn",
            expected="--target, a column of wanted values, or --label, the column of classes",
            remedy="keep one of them" if target else "name the column: --target y",
        )


def _say_plan(settings: "Search", folds: int, build: bool, verify: bool) -> None:
    """Say before the silence what takes how long."""
    times = f"{folds + 1} times " if folds else ""
    then = [
        *(["builds the firmware"] if build else []),
        *(["verifies it"] if build and verify else []),
    ]
    last = f", then {' and '.join(then)}" if then else ""
    typer.echo(f"searches {times}{settings.seconds:g} s of processor time{last}", err=True)


def _searched(
    samples: "Samples", settings: "Search", folder: Path, folds: int, scheduler: str | None
) -> "Found":
    from dataclasses import replace

    from symgate.files import replace_file
    from symgate.learn.fit import frontfile
    from symgate.learn.fit import search as searches
    from symgate.learn.fit.folds import cross_validated
    from symgate.report.estimate import luts

    runner = None
    if scheduler is not None:
        from symgate.learn.fit.remote import on_scheduler

        runner = on_scheduler(scheduler)
    with _steps() as step:
        found = searches.fit(samples, settings, folder, step, luts, runner)
        replace_file(folder / "front.csv", frontfile.csv(found))
        if folds:
            judged = cross_validated(samples, settings, folds, step, runner, folder)
            found = replace(found, folds=judged)
    return found


def _built(
    found: "Found", chosen: "Candidate", settings: "Search", folder: Path, verify: bool
) -> "Built":
    from symgate import api

    design = found.design(chosen, settings.options)
    typer.echo("building the firmware", err=True)
    with progress() as step:
        built = api.compile(design, folder / "firmware", progress=step)
        result = api.verify(built, progress=step) if verify else None
    return api.load(built.path), result


@contextmanager
def _steps() -> Iterator[Callable[[str], None]]:
    """Show the current step on a terminal, and each one once in a log."""
    if sys.stderr.isatty():
        with progress() as step:
            yield step
        return
    yield lambda step: typer.echo(step, err=True)


def _print_front(found: "Found", pick: str) -> None:
    """Print the front with a mark at the choice, if there is one."""
    from symgate.report import fronts

    try:
        chosen = found.pick(pick)
    except InputError:
        chosen = None
    print_parts(fronts.table(found, chosen), *fronts.refusals(found), fronts.caption(found), "")


def _print_end(found: "Found", chosen: "Candidate", built: "Built | None", folder: Path) -> None:
    from symgate.ir.exprtext import show
    from symgate.learn.fit.folds import summary
    from symgate.report import fronts, tables

    lines: list[Any] = [f"{name} = {show(e)}" for name, e in found.expressions(chosen).items()]
    if found.folds:
        figures = [f"{n} {m:.4g} +- {s:.2g}" for n, (m, s) in summary(found.folds).items()]
        lines.append(
            f"{len(found.folds)} folds, rows unseen by search and choice: {', '.join(figures)}"
        )
    if built is not None:
        build, result = built
        lines += [fronts.firmware(found, build), fronts.ranges(found, chosen)]
        if result is not None:
            lines += ["", tables.verification(result), "", tables.verified(build.report["verify"])]
    lines.append(f"Written to {folder}/ (front.csv, archive.jsonl)")
    if built is not None:
        lines.append(f"Open {folder}/firmware/report.html in a browser")
        checked = f"symgate verify {folder}/firmware"
        lines += [f"Check the firmware: {checked}"] if built[1] is None else []
    print_parts(*lines)


def _warn(
    found: "Found",
    chosen: "Candidate",
    samples: "Samples",
    settings: "Search",
    built: "Built | None",
) -> None:
    from symgate.report import fronts

    doubts = fronts.doubts(found, chosen, samples)
    if built is not None:
        doubts += fronts.coarse(found, chosen, samples, settings.relative_error, built[0])
    for doubt in doubts:
        typer.echo(f"warning: {doubt}", err=True)


def _refuse_unverified(built: "Built | None", folder: Path) -> None:
    result = None if built is None else built[1]
    if result is not None and result.problems:
        raise CheckFailed(
            f"the firmware was not verified: {result.problems[0]}",
            where=f"{folder}/firmware",
            remedy=f"symgate verify {folder}/firmware",
        )


_UNITS = {"s": 1.0, "min": 60.0, "h": 3600.0}


def seconds(text: str) -> float:
    """The seconds of a duration such as ``60s``; raise `InputError` for anything else."""
    found = re.fullmatch(r"\s*(\d+(?:\.\d*)?)\s*(s|min|h)?\s*", text)
    if found is None or float(found[1]) == 0:
        raise InputError(
            f"the budget '{text}' is no time",
            expected="a number with s, min or h",
            remedy="write 60s, 5min or 1h",
        )
    return float(found[1]) * _UNITS[found[2] or "s"]
