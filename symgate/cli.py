"""The command line: arguments in, tables out. What the commands do is in `symgate.api`."""

from __future__ import annotations

import json
import sys
import warnings
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import wraps
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, ParamSpec, TextIO

import typer

from symgate import __version__
from symgate.errors import CheckFailed, SymgateError

if TYPE_CHECKING:  # everything heavy is imported inside the commands: `symgate --help` takes 0.3 s
    from rich.console import Console, RenderableType

INTERRUPTED = 130
PIPE_COLUMNS = 120  # of tables that go to a file or a pipe
P = ParamSpec("P")

app = typer.Typer(
    name="symgate",
    help="Compile symbolic expressions to FPGA firmware: you state the accuracy, symgate proves the error bound.",
    epilog="Exit codes: 0 done, 1 the accuracy is missed or a check failed, 2 bad input, 130 interrupted.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)

BuildFolder = Annotated[
    Path, typer.Argument(metavar="BUILD", help="A build folder, such as build/jets.")
]
AsJson = Annotated[bool, typer.Option("--json", help="Print JSON for machines instead of tables.")]
Dialect = Annotated[
    str | None,
    typer.Option(
        help="Language of the source: pysr, gplearn, operon,base=1 ... [default: told by content]"
    ),
]
Combine = Annotated[
    str | None, typer.Option(help="How the parts of a PySR template combine: 'f(x1, x2) + g(x3)'.")
]
Seed = Annotated[int, typer.Option(help="Seed of the random vectors.", min=0)]


def main() -> None:
    """Run the command line."""
    warnings.showwarning = _warn
    app()


def _warn(
    message: Warning | str,
    category: type[Warning],
    filename: str,
    lineno: int,
    file: TextIO | None = None,
    line: str | None = None,
) -> None:
    """Print a warning as a user reads it, in the place of `warnings.showwarning`."""
    typer.echo(f"warning: {message}", err=True)


def guarded(command: Callable[P, None]) -> Callable[P, None]:
    """Turn a `SymgateError` into its message and exit code, and Ctrl-C into one line."""

    @wraps(command)
    def run(*args: P.args, **kwargs: P.kwargs) -> None:
        try:
            command(*args, **kwargs)
        except SymgateError as e:
            typer.echo(str(e), err=True)
            raise typer.Exit(e.exit_code) from None
        except KeyboardInterrupt:
            typer.echo("interrupted: no file was left half-written", err=True)
            raise typer.Exit(INTERRUPTED) from None

    return run


@contextmanager
def progress() -> Iterator[Callable[[str], None]]:
    """Show the current step on a terminal; say nothing in a log."""
    if not sys.stderr.isatty():
        yield lambda step: None
        return
    from rich.console import Console
    from rich.markup import escape

    with Console(stderr=True).status("starting") as status:
        yield lambda step: status.update(escape(step))


def _console() -> Console:
    from rich.console import Console

    return Console(highlight=False, width=None if sys.stdout.isatty() else PIPE_COLUMNS)


def _show(*parts: RenderableType) -> None:
    console = _console()
    for part in parts:
        console.print(part)


def _json(value: Any) -> None:
    typer.echo(json.dumps(value, indent=2, allow_nan=False, ensure_ascii=False))


def _version(wanted: bool) -> None:
    if wanted:
        typer.echo(f"symgate {__version__}")
        raise typer.Exit


@app.callback()
def _options(
    version: Annotated[
        bool, typer.Option("--version", callback=_version, is_eager=True, help="Print the version.")
    ] = False,
) -> None:
    pass


@app.command("compile")
@guarded
def compile_(
    source: Annotated[
        list[Path],
        typer.Argument(
            help="A design.toml, a file of expressions, or a PySR hall of fame per output."
        ),
    ],
    output: Annotated[
        Path | None,
        typer.Option("-o", "--output", help="The build folder. [default: build/<name>]"),
    ] = None,
    bits: Annotated[
        int | None, typer.Option(help="Bits of each input whose format is not stated.", min=1)
    ] = None,
    ranges: Annotated[
        list[str] | None, typer.Option("--range", help="Range of an input: x=[-4,4].")
    ] = None,
    formats: Annotated[
        list[str] | None,
        typer.Option("--format", help="Format of an input, x=fixed<12,5>, or of all: fixed<12,5>."),
    ] = None,
    data: Annotated[
        Path | None, typer.Option(help="CSV whose columns give the ranges that are not stated.")
    ] = None,
    pick: Annotated[
        str,
        typer.Option(
            help="Row of a hall of fame: best, score, accuracy, or a complexity; or an output's name."
        ),
    ] = "best",
    functions: Annotated[
        list[str] | None,
        typer.Option("--function", help="A function to use: 'sc(x) = sin(x)*cos(x)'."),
    ] = None,
    dialect: Dialect = None,
    combine: Combine = None,
    name: Annotated[
        str | None, typer.Option(help="Name of the design. [default: what the source says]")
    ] = None,
    max_error: Annotated[
        list[str] | None, typer.Option(help="Largest error: 0.01 for every output, or g=2^-7.")
    ] = None,
    relative_error: Annotated[
        str | None, typer.Option(help="Largest error as a share of each output's range.")
    ] = None,
    precision: Annotated[
        str | None, typer.Option(help="One format for every value: fixed<16,6>.")
    ] = None,
    clock: Annotated[
        str | None, typer.Option(help="Clock period or frequency: '5 ns', '200 MHz'.")
    ] = None,
    part: Annotated[str | None, typer.Option(help="The device.")] = None,
    domain: Annotated[
        str | None, typer.Option(help="strict, or clamp: hold operands at the edge of domains.")
    ] = None,
    search_seconds: Annotated[
        float | None, typer.Option(help="Time for the search of word lengths.", min=0)
    ] = None,
    synth: Annotated[str | None, typer.Option(help="Count the netlist too, with: yosys.")] = None,
    skip: Annotated[
        bool, typer.Option("--skip", help="Leave out outputs that are refused, with a warning.")
    ] = False,
    front: Annotated[
        bool, typer.Option("--front", help="Compile every row of a table: accuracy against LUT.")
    ] = False,
    as_json: AsJson = False,
) -> None:
    """Compile expressions to a build folder: firmware projects, certificate, report."""
    from symgate import api

    options = api.Options(
        bits=bits,
        ranges=ranges or (),
        formats=dict(_named(text) for text in formats or ()),
        data=data,
        max_error=max_error or (),
        relative_error=relative_error,
        precision=precision,
        domain=domain,
        clock=clock,
        part=part,
        name=name,
        pick=pick,
        functions=functions or (),
        dialect=dialect,
        combine=combine,
        skip=skip,
    )
    if front:
        _front(source, output, options, search_seconds, as_json)
        return
    with progress() as step:
        build = api.compile(
            source, output, options=options, search_seconds=search_seconds, progress=step
        )
        if synth is not None:
            build = api.report(build, synth=synth, progress=step)
    _show_build(build, as_json)
    if not as_json:
        _show("", f"Written to {build.path}/")
    if missed := [
        b.output for b in build.certificate.bounds if b.target is not None and b.bound > b.target
    ]:
        raise CheckFailed(
            f"the accuracy is missed on {', '.join(missed)}",
            remedy="allow more time or a larger error",
        )


@app.command("import")
@guarded
def import_(
    source: Annotated[
        list[Path],
        typer.Argument(help="A file of another tool; `symgate dialects` lists what is read."),
    ],
    output: Annotated[
        Path | None, typer.Option("-o", "--output", help="The design file. [default: printed]")
    ] = None,
    dialect: Dialect = None,
    bits: Annotated[
        int | None, typer.Option(help="Bits of each input whose format is not stated.", min=1)
    ] = None,
    ranges: Annotated[
        list[str] | None, typer.Option("--range", help="Range of an input: x=[-4,4].")
    ] = None,
    pick: Annotated[
        str,
        typer.Option(
            help="Row of a hall of fame: best, score, accuracy, or a complexity; or an output's name."
        ),
    ] = "best",
    functions: Annotated[
        list[str] | None,
        typer.Option("--function", help="A function to use: 'sc(x) = sin(x)*cos(x)'."),
    ] = None,
    combine: Combine = None,
    name: Annotated[
        str | None, typer.Option(help="Name of the design. [default: what the source says]")
    ] = None,
    max_error: Annotated[
        list[str] | None, typer.Option(help="Largest error: 0.01 for every output, or g=2^-7.")
    ] = None,
    relative_error: Annotated[
        str | None, typer.Option(help="Largest error as a share of each output's range.")
    ] = None,
    skip: Annotated[
        bool, typer.Option("--skip", help="Leave out outputs that are refused, with a warning.")
    ] = False,
) -> None:
    """Turn the expressions of another tool into a design file, and say what changed on the way."""
    from symgate import api
    from symgate.report import tables

    options = api.Options(
        bits=bits,
        ranges=ranges or (),
        max_error=max_error or (),
        relative_error=relative_error,
        name=name,
        pick=pick,
        functions=functions or (),
        dialect=dialect,
        combine=combine,
        skip=skip,
    )
    text, found = api.import_(source, output, options=options)
    if output is None:
        typer.echo(text, nl=False)
    else:
        _show(
            tables.imported([(n.kind, n.before, n.after) for n in found.notes]),
            f"Written to {output}",
        )


@app.command()
@guarded
def export(
    source: Annotated[
        Path, typer.Argument(help="A design file, a build folder, or what `compile` takes.")
    ],
    language: Annotated[str, typer.Option("--to", help="sympy, latex, fpcore, python, c or json.")],
    output: Annotated[
        Path | None, typer.Option("-o", "--output", help="The file. [default: printed]")
    ] = None,
) -> None:
    """Write the expressions of a design in the language of another tool."""
    from symgate import api
    from symgate.files import replace_file

    text = api.export(
        source, language, options=api.Options(bits=16, ranges=["[-1, 1]"], precision="fixed<16,8>")
    )
    if output is None:
        typer.echo(text, nl=False)
    else:
        replace_file(output, text)


@app.command()
@guarded
def dialects() -> None:
    """List the languages that expressions may come in."""
    from symgate.frontend.load import SOURCES
    from symgate.report import tables

    _show(tables.dialects([(kind.dialect, kind.name, kind.example) for kind in SOURCES]))


def _front(
    source: list[Path],
    output: Path | None,
    options: Any,
    search_seconds: float | None,
    as_json: bool,
) -> None:
    """Compile a whole front, print and keep its table and picture."""
    from dataclasses import asdict

    from symgate.errors import InputError, ToolMissing
    from symgate.explore import pareto_front as front
    from symgate.files import replace_file
    from symgate.report import plots, tables

    if len(source) != 1:
        raise InputError(f"{len(source)} files are given", expected="one table of candidates")
    with progress() as step:
        top, points = front.compile_front(source[0], output, options, search_seconds, step)
    rows = [asdict(p) for p in points]
    replace_file(top / "front.csv", front.csv(points))
    try:
        replace_file(top / "front.png", plots.front(rows))
        note = f"Written to {top}/"
    except ToolMissing as e:
        note = f"Written to {top}/, without front.png: {e.what}; {e.remedy}"
    if as_json:
        _json(rows)
    else:
        _show(tables.front(rows), "", note)


@app.command("pysr-prices")
@guarded
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
    from symgate.explore import pareto_front as front

    typer.echo(
        front.settings(front.prices(bits, relative_error, operators or ()), bits, relative_error),
        nl=False,
    )


def _named(text: str) -> tuple[str, str]:
    """``x=fixed<12,5>`` as a name and a value; without a name it stands for all, ``*``."""
    name, equals, value = text.partition("=")
    return (name.strip(), value.strip()) if equals else ("*", text)


def _show_build(build: Any, as_json: bool) -> None:
    from symgate.report import tables

    if as_json:
        _json(build.report)
    else:
        _show(tables.design_report(build.design, build.certificate, build.report))


@app.command()
@guarded
def simulate(
    folder: BuildFolder,
    data: Annotated[
        Path | None, typer.Option(help="CSV with a column per input. [default: random inputs]")
    ] = None,
    label: Annotated[
        str | None, typer.Option(help="Column of classes. [default: the one that names outputs]")
    ] = None,
    vectors: Annotated[int, typer.Option(help="Random inputs without --data.", min=1)] = 100_000,
    seed: Seed = 0,
    plots: Annotated[
        bool, typer.Option(help="Draw histograms and ROC curves into BUILD/plots.")
    ] = True,
    as_json: AsJson = False,
) -> None:
    """Compare fixed point with float64: errors, saturations, accuracy, plots."""
    from symgate import api
    from symgate.report import report, tables

    build = api.load(folder)
    with progress() as step:
        result = api.simulate(build, data, label=label, vectors=vectors, seed=seed, progress=step)
        drawn = api.plot(build, result) if plots else []
    if as_json:
        _json(report.simulation_json(result))
    else:
        _show(tables.simulation(result), *(f"Plot: {path}" for path in drawn))
    if problem := api.missed_metric(build, result):
        raise CheckFailed(problem, where=str(folder), remedy="compile with a smaller max_loss")


@app.command()
@guarded
def verify(
    folder: BuildFolder,
    tool: Annotated[
        list[str] | None,
        typer.Option(help="Only this model: cpp, amaranth, verilator, icarus. Repeatable."),
    ] = None,
    vectors: Annotated[int, typer.Option(help="Vectors for the fast models.", min=1)] = 100_000,
    seed: Seed = 0,
    data: Annotated[Path | None, typer.Option(help="CSV whose rows are among the vectors.")] = None,
    strict: Annotated[
        bool, typer.Option("--strict", help="Fail where a bound is not proved a second time.")
    ] = False,
    as_json: AsJson = False,
) -> None:
    """Run every available model on the same vectors, compare every bit, and check the certificate."""
    from symgate import api
    from symgate.report import report, tables

    with progress() as step:
        result = api.verify(
            folder, tools=tool, vectors=vectors, seed=seed, rows=data, progress=step
        )
    if as_json:
        _json(report.verification_json(result))
    else:
        _show(tables.verification(result))
    if problems := result.problems + (result.notes if strict else []):
        first, *others = problems
        more = "".join(f"\n  also: {problem}" for problem in others)
        remedy = "compile again; if it stays, report it with graph.txt"
        raise CheckFailed(first + more, where=str(folder), remedy=remedy)


@app.command()
@guarded
def report(
    folder: BuildFolder,
    synth: Annotated[
        str | None, typer.Option(help="Count the netlist with this tool: yosys.")
    ] = None,
    dsp: Annotated[bool, typer.Option(help="Let the synthesis use DSP blocks.")] = True,
    as_json: AsJson = False,
) -> None:
    """Show the report of a build; with --synth, count its netlist first."""
    from symgate import api

    with progress() as step:
        build = api.report(folder, synth=synth, dsp=dsp, progress=step)
    _show_build(build, as_json)


@app.command()
@guarded
def train(
    file: Annotated[
        Path, typer.Argument(metavar="TRAIN.TOML", help="Data, network, targets, schedule, design.")
    ],
    output: Annotated[
        Path | None,
        typer.Option("-o", "--output", help="The folder. [default: build/<name>-training]"),
    ] = None,
    sweep: Annotated[
        bool, typer.Option("--sweep", help="Train each point of [sweep] into front.json.")
    ] = False,
    as_json: AsJson = False,
) -> None:
    """Train a SymbolNet into expressions and a design file; an interrupted training goes on where
    it stopped.
    """
    from symgate.learn.symbolnet import command
    from symgate.report import training

    with training.bar(sys.stderr) as step:
        found = (
            command.sweep(file, output, progress=step)
            if sweep
            else [command.run(file, output, progress=step)]
        )
    rows = [t.row() for t in found]
    if as_json:
        _json(rows if sweep else rows[0])
    else:
        _show(
            training.table(rows),
            *(f"Compile it: symgate compile {t.folder}/design.toml" for t in found[:1]),
        )


@app.command()
@guarded
def doctor(as_json: AsJson = False) -> None:
    """Say which tools this machine has, and how to get the others."""
    from symgate.report import doctor, tables

    found = doctor.examine()
    if as_json:
        _json(
            {
                f.tool.name: {"found": f.found, "purpose": f.tool.purpose, "remedy": f.tool.remedy}
                for f in found
            }
        )
    else:
        _show(tables.tools(found))


@app.command()
@guarded
def ops() -> None:
    """List the operators that expressions may use."""
    from symgate.report import catalogue, tables

    _show(tables.operators(catalogue.operators()))


@app.command()
@guarded
def passes() -> None:
    """List the passes in the order in which they run, with the reason for the place of each."""
    from symgate.report import catalogue, tables

    _show(tables.passes(catalogue.passes()))
