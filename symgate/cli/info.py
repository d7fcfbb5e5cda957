"""What symgate is made of, and what it makes of a design on the way."""

from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from symgate.cli.options import AsJson, SearchSeconds, Sources, takes_options
from symgate.cli.terminal import print_json, print_parts, progress
from symgate.errors import InputError

if TYPE_CHECKING:
    from symgate.frontend.options import Options


def dialects() -> None:
    """List the languages that expressions may come in."""
    from symgate.frontend.load import SOURCES
    from symgate.report import lists

    print_parts(lists.dialects([(kind.dialect, kind.name, kind.example) for kind in SOURCES]))


def doctor(as_json: AsJson = False) -> None:
    """Say which tools this machine has, and how to get the others."""
    from symgate.report import doctor, lists

    found = doctor.examine()
    if not as_json:
        print_parts(lists.tools(found))
        return
    print_json(
        {
            f.tool.name: {"found": f.found, "purpose": f.tool.purpose, "remedy": f.tool.remedy}
            for f in found
        }
    )


def ops() -> None:
    """List the operators that expressions may use."""
    from symgate.report import catalogue, lists

    print_parts(lists.operators(catalogue.operators()), "", lists.functions(catalogue.functions()))


@takes_options()
def passes(
    options: "Options",
    source: Annotated[
        list[Path] | None,
        typer.Argument(
            help="What `compile` takes: then say what each step does to it. [default: none]"
        ),
    ] = None,
    search_seconds: SearchSeconds = None,
    as_json: AsJson = False,
) -> None:
    """List the steps in the order in which they run, with the reason for the place of each; with a
    design, what each step did to it.
    """
    from symgate import api
    from symgate.report import catalogue, lists

    if not source:
        if options != api.Options():
            raise InputError(
                "options of a design are given, but no design",
                expected="a design file or expressions",
                remedy="symgate passes design.toml",
            )
        steps, variants = catalogue.steps(), catalogue.variants()
        if as_json:
            print_json([asdict(step) for step in steps])
        else:
            print_parts(lists.passes(steps), "", lists.variants(variants))
        return
    with progress() as step:
        effects = api.passes(source, options=options, search_seconds=search_seconds, progress=step)
    if as_json:
        print_json([asdict(effect) for effect in effects])
    else:
        print_parts(lists.effects(effects))


@takes_options()
def show(
    source: Sources,
    options: "Options",
    after: Annotated[
        str | None,
        typer.Option(
            help="Show what this step leaves; `list` names the steps. [default: the last one]"
        ),
    ] = None,
    search_seconds: SearchSeconds = None,
) -> None:
    """Print the program or the graph after any step of the compilation, as text that reads back."""
    from symgate import api

    if after == LIST:
        for name in api.steps_of(source, options):
            typer.echo(name)
        return
    with progress() as step:
        text = api.show(
            source, after, options=options, search_seconds=search_seconds, progress=step
        )
    typer.echo(text, nl=False)


LIST = "list"  # in the place of a step's name
