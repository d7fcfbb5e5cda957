"""Many designs at once: fronts of accuracy against LUT, and prices of operators."""

import math
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from symgate.cli.options import AsJson, takes_options
from symgate.cli.terminal import INTERRUPTED, print_json, print_parts, progress
from symgate.errors import CheckFailed, InputError, ToolMissing

if TYPE_CHECKING:
    from symgate.explore.exploration import Found, State
    from symgate.frontend.options import Options


def compile_front(
    source: list[Path],
    output: Path | None,
    options: "Options",
    search_seconds: float | None,
    as_json: bool,
) -> None:
    """Compile a whole front, print and keep its table and picture."""
    from dataclasses import asdict

    from symgate.explore import pareto_front
    from symgate.files import replace_file
    from symgate.report import lists, plots
    from symgate.report.page import front_page

    if len(source) != 1:
        raise InputError(f"{len(source)} files are given", expected="one table of candidates")
    with progress() as step:
        top, points = pareto_front.compile_front(source[0], output, options, search_seconds, step)
    rows = [asdict(point) for point in points]
    replace_file(top / "front.csv", pareto_front.csv(points))
    replace_file(top / "report.html", front_page(rows, top.name))
    try:
        replace_file(top / "front.png", plots.front(rows))
        note = f"Written to {top}/"
    except ToolMissing as e:
        note = f"Written to {top}/, without front.png: {e.what}; {e.remedy}"
    if as_json:
        print_json(rows)
    else:
        legend = "*: no other row has a smaller loss at no more LUT"
        print_parts(lists.front(rows), legend, "", note)


@takes_options(without=("bits", "max_error", "relative_error", "clock", "data", "pick"))
def explore(
    source: Annotated[
        list[Path],
        typer.Argument(
            help="Design files, files of expressions, fronts of PySR or symgate fit, a folder of "
            "symgate train with --sweep: each formula is a candidate."
        ),
    ],
    options: "Options",
    output: Annotated[
        Path | None,
        typer.Option("-o", "--output", help="The folder. [default: build/NAME_explore]"),
    ] = None,
    errors: Annotated[
        list[str] | None, typer.Option(help="Largest errors: 2^-3..2^-8, or 0.1,0.01.")
    ] = None,
    relative_errors: Annotated[
        list[str] | None, typer.Option(help="The same as shares of each output's range.")
    ] = None,
    bits: Annotated[
        list[str] | None, typer.Option(help="Bits of every input: 8..12, or 8,12,16.")
    ] = None,
    clocks: Annotated[list[str] | None, typer.Option(help="Clocks: '5 ns,2.5 ns'.")] = None,
    objectives: Annotated[
        list[str] | None, typer.Option(help="What is made small: lut,latency,balanced.")
    ] = None,
    efforts: Annotated[
        list[str] | None,
        typer.Option(help="full, or quick: fewer forms and trials; the same proof."),
    ] = None,
    data: Annotated[
        Path | None,
        typer.Option(help="CSV that each point is tried on; it gives ranges that are not stated."),
    ] = None,
    label: Annotated[
        str | None, typer.Option(help="Its column of classes, or of wanted values.")
    ] = None,
    minimise: Annotated[
        str,
        typer.Option(
            help="What the front is about, such as lut,bound,ns. [default: lut, and the loss or bound]"
        ),
    ] = "",
    jobs: Annotated[
        int | None, typer.Option(help="Processes on this machine. [default: all cores]", min=1)
    ] = None,
    scheduler: Annotated[
        str | None, typer.Option(help="A Dask scheduler whose workers run it: tcp://head:8786.")
    ] = None,
    patience: Annotated[
        float | None,
        typer.Option(
            help="Processor seconds of a point after which what may be smaller is tried no longer; "
            "results then depend on the machine. [default: no end]",
            min=0,
        ),
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Compile many designs to a Pareto front: budgets, input bits, clocks, objectives, formulas.

    Points are kept in the folder by their content: a run that was stopped, or one with more values,
    makes only what is missing.
    """
    from dataclasses import replace

    from symgate.explore import exploration, texts
    from symgate.explore.axes import Axes
    from symgate.explore.candidates import candidates
    from symgate.explore.front import checked
    from symgate.explore.plan import Rows, plan
    from symgate.explore.workers import runner

    axes = Axes(
        errors or (),
        relative_errors or (),
        bits or (),
        clocks or (),
        objectives or (),
        efforts or (),
    )
    by = checked([name.strip() for name in minimise.split(",") if name.strip()])
    settings, run = axes.settings(), runner(jobs, scheduler)
    found = candidates(source)
    stated = replace(options, data=data)
    planned = plan(found, settings, stated, Rows(data, label), patience or math.inf)
    folder = output or Path("build") / f"{found[0].name}_explore"
    with _points() as show:
        result = exploration.explore(planned, folder, run, by, show)
    notes = texts.write(result, folder)
    if as_json:
        print_json(result.rows)
    else:
        _print(result, folder, notes)
    _say_end(result)


def _print(result: "Found", folder: Path, notes: list[str]) -> None:
    from symgate.report import lists

    refused = sum(row["state"] == "refused" for row in result.rows)
    compiled = sum(row["state"] == "compiled" for row in result.rows)
    count = f"{compiled} of {len(result.rows)} designs compiled"
    count += f", {refused} refused (why: points.csv)" if refused else ""
    print_parts(
        lists.explored(result.front),
        "",
        f"{count}; the front is of {', '.join(result.minimised)}",
        f"Written to {folder}/; open {folder}/report.html in a browser",
        *notes,
    )


def _say_end(result: "Found") -> None:
    """Exit with the code of an interruption or of failed points, saying so."""
    if result.interrupted:
        left = f"{result.missing} of {len(result.rows)} points are missing"
        typer.echo(f"interrupted: {left}; the same command goes on", err=True)
        raise typer.Exit(INTERRUPTED)
    if result.problems:
        key, problem = next(iter(result.problems.items()))
        raise CheckFailed(
            f"{len(result.problems)} of {len(result.rows)} points failed, the first one with: {problem}",
            where=f"point {key} in points.csv",
            remedy="report this as a bug of symgate; the same command tries them again",
        )


@contextmanager
def _points() -> "Iterator[Callable[[State], None]]":
    """Show how far an exploration is and what is left: on a terminal always, in a log each minute."""
    if sys.stderr.isatty():
        with progress() as step:
            yield lambda state: step(str(state))
        return
    said = time.monotonic()

    def log(state: "State") -> None:
        nonlocal said
        if time.monotonic() - said >= _LOGGED or state.made == state.all - state.kept:
            said = time.monotonic()
            typer.echo(str(state), err=True)

    yield log


_LOGGED = 60.0  # seconds between two lines of a log


def pysr_prices(
    operators: Annotated[
        list[str] | None, typer.Argument(help="Operators of PySR. [default: the usual ones]")
    ] = None,
    bits: Annotated[int, typer.Option(help="Bits of each operand.", min=1)] = 12,
    relative_error: Annotated[
        str, typer.Option(help="Largest error as a share of the range.")
    ] = "2^-8",
) -> None:
    """Print complexities for PySR that are what the operators cost in hardware."""
    from symgate.explore import pareto_front

    prices = pareto_front.prices(bits, relative_error, operators or ())
    typer.echo(pareto_front.settings(prices, bits, relative_error), nl=False)
