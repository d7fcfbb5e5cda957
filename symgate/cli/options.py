"""Arguments and options that several commands have, each defined once.

`takes_options` gives a command everything that a user can state beside a source. Annotations are
values here and in the files of commands, because typer makes options of them.
"""

import inspect
from collections.abc import Callable, Collection
from functools import wraps
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

if TYPE_CHECKING:
    from symgate.frontend.options import Options

Command = Callable[..., None]

AsJson = Annotated[bool, typer.Option("--json", help="Print JSON for machines instead of tables.")]
BuildFolder = Annotated[
    Path, typer.Argument(metavar="BUILD", help="A build folder, such as build/jets.")
]
SearchSeconds = Annotated[
    float | None, typer.Option(help="Time for the search of word lengths.", min=0)
]
Seed = Annotated[int, typer.Option(help="Seed of the random vectors.", min=0)]
Sources = Annotated[
    list[Path],
    typer.Argument(
        help="A design.toml, a file of expressions, a PySR hall of fame per output, or a formula: "
        "'y = sin(x)'."
    ),
]


def source_options(
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
    output_formats: Annotated[
        list[str] | None,
        typer.Option(
            "--output-format",
            help="Format of an output, y=ap_fixed<10,4,AP_RND,AP_SAT>, or of all: Q3.4.",
        ),
    ] = None,
    data: Annotated[
        Path | None, typer.Option(help="CSV whose columns give the ranges that are not stated.")
    ] = None,
    range_margin: Annotated[
        str | None,
        typer.Option(help="What ranges from --data are widened by, of their width. [default: 10%]"),
    ] = None,
    pick: Annotated[
        str,
        typer.Option(
            help="Row of a hall of fame: best, score, accuracy, or a complexity; "
            "or an output's name."
        ),
    ] = "best",
    functions: Annotated[
        list[str] | None,
        typer.Option("--function", help="A function to use: 'sc(x) = sin(x)*cos(x)'."),
    ] = None,
    dialect: Annotated[
        str | None,
        typer.Option(
            help="Language of the source: pysr, gplearn, operon,base=1 ... "
            "[default: told by content]"
        ),
    ] = None,
    combine: Annotated[
        str | None,
        typer.Option(help="How the parts of a PySR template combine: 'f(x1, x2) + g(x3)'."),
    ] = None,
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
    ii: Annotated[
        int | None,
        typer.Option(
            "--ii",
            help="Inputs come every so many cycles; products may then share DSP slices. [default: 1]",
            min=1,
        ),
    ] = None,
    domain: Annotated[
        str | None, typer.Option(help="strict, or clamp: hold operands at the edge of domains.")
    ] = None,
    saturate: Annotated[
        bool | None,
        typer.Option(
            "--saturate/--no-saturate",
            help="Whether inputs saturate to their ranges, or the result outside is anything. "
            "[default: saturate]",
        ),
    ] = None,
    ties: Annotated[
        str | None,
        typer.Option(help="near, or strict: how the class of the largest score is decided."),
    ] = None,
    effort: Annotated[
        str | None,
        typer.Option(help="full, or quick: in a fraction of a second, with some more LUTs."),
    ] = None,
    skip: Annotated[
        bool, typer.Option("--skip", help="Leave out outputs that are refused, with a warning.")
    ] = False,
) -> "Options":
    """What the user states beside a source."""
    from symgate.frontend.options import Options

    return Options(
        bits=bits,
        ranges=ranges or (),
        formats=dict(_named_format(text) for text in formats or ()),
        output_formats=dict(_named_format(text) for text in output_formats or ()),
        data=data,
        range_margin=range_margin,
        max_error=max_error or (),
        relative_error=relative_error,
        precision=precision,
        domain=domain,
        saturate=saturate,
        ties=ties,
        effort=effort,
        clock=clock,
        part=part,
        ii=ii,
        name=name,
        pick=pick,
        functions=functions or (),
        dialect=dialect,
        combine=combine,
        skip=skip,
    )


def _named_format(text: str) -> tuple[str, str]:
    """``x=fixed<12,5>`` as a name and a value; without a name it stands for all, ``*``."""
    name, equals, value = text.partition("=")
    return (name.strip(), value.strip()) if equals else ("*", text)


def takes_options(without: Collection[str] = ()) -> Callable[[Command], Command]:
    """Put the options of `source_options` in the place of a command's parameter ``options``.

    The command is called with what they make. ``without`` names options that it does not have.
    """
    shared = {
        name: parameter.replace(kind=inspect.Parameter.KEYWORD_ONLY)
        for name, parameter in _parameters(source_options).items()
        if name not in without
    }

    def give(command: Command) -> Command:
        @wraps(command)
        def run(**given: Any) -> None:
            stated = {name: given.pop(name) for name in shared}
            command(**given, options=source_options(**stated))

        own = _parameters(command)
        parameters: list[inspect.Parameter] = []
        for name, parameter in own.items():
            parameters += shared.values() if name == "options" else [_keyword(parameter)]
        signature = inspect.Signature(parameters)
        vars(run)["__signature__"] = signature
        run.__annotations__ = {parameter.name: parameter.annotation for parameter in parameters}
        return run

    return give


def _parameters(function: Callable[..., Any]) -> dict[str, inspect.Parameter]:
    return dict(inspect.signature(function).parameters)


def _keyword(parameter: inspect.Parameter) -> inspect.Parameter:
    return parameter.replace(kind=inspect.Parameter.KEYWORD_ONLY)
