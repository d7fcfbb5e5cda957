"""From expressions to a build folder, to a design file, or to another language."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from symgate.cli.explore import compile_front
from symgate.cli.options import AsJson, SearchSeconds, Sources, takes_options
from symgate.cli.terminal import print_json, print_parts, progress, stoppable
from symgate.errors import CheckFailed
from symgate.patience import Patience

if TYPE_CHECKING:
    from symgate.frontend.options import Options
    from symgate.project.folder import Build


@takes_options()
def compile_(
    source: Sources,
    options: "Options",
    output: Annotated[
        Path | None,
        typer.Option("-o", "--output", help="The build folder. [default: build/NAME]"),
    ] = None,
    search_seconds: SearchSeconds = None,
    synth: Annotated[str | None, typer.Option(help="Count the netlist too, with: yosys.")] = None,
    front: Annotated[
        bool, typer.Option("--front", help="Compile every row of a table: accuracy against LUT.")
    ] = False,
    as_json: AsJson = False,
) -> None:
    """Compile expressions to a build folder: firmware projects, certificate, report."""
    from symgate import api

    if front:
        compile_front(source, output, options, search_seconds, as_json)
        return
    with progress() as step, stoppable(Patience()) as patience:
        build = api.compile(
            source,
            output,
            options=options,
            search_seconds=search_seconds,
            progress=step,
            patience=patience,
        )
        if synth is not None:
            build = api.report(build, synth=synth, progress=step)
    print_build(build, as_json)
    if not as_json:
        print_parts("", f"Written to {build.path}/; open {build.path}/report.html in a browser")
    bounds = build.certificate.bounds
    missed = [
        bound.output for bound in bounds if bound.target is not None and bound.bound > bound.target
    ]
    if missed:
        raise CheckFailed(
            f"the accuracy is missed on {', '.join(missed)}",
            remedy="allow more time or a larger error",
        )


def print_build(build: "Build", as_json: bool) -> None:
    """Print the report of a build folder."""
    from symgate.report import tables

    if as_json:
        print_json(build.report)
    else:
        print_parts(tables.design_report(build.design, build.certificate, build.report))


@takes_options(
    without=("formats", "output_formats", "precision", "clock", "part", "domain", "ties")
)
def import_(
    source: Annotated[
        list[Path],
        typer.Argument(help="A file of another tool; `symgate dialects` lists what is read."),
    ],
    options: "Options",
    output: Annotated[
        Path | None, typer.Option("-o", "--output", help="The design file. [default: printed]")
    ] = None,
) -> None:
    """Turn the expressions of another tool into a design file, and say what changed on the way."""
    from symgate import api
    from symgate.report import lists

    text, found = api.import_(source, output, options=options)
    if output is None:
        typer.echo(text, nl=False)
        return
    notes = [(note.kind, note.before, note.after) for note in found.notes]
    print_parts(lists.imported(notes), f"Written to {output}")


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

    unstated = api.Options(bits=16, ranges=["[-1, 1]"], precision="fixed<16,8>", only_missing=True)
    text = api.export(source, language, options=unstated)
    if output is None:
        typer.echo(text, nl=False)
    else:
        replace_file(output, text)
