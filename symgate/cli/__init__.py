"""The command line: arguments in, tables out. What the commands do is in `symgate.api`.

Each file holds one group of commands. Everything heavy is imported inside the commands, so that
`symgate --help` answers in 0.1 s.

Nothing here compiles, measures or writes a build folder itself.
"""

import os
import sys
import warnings
from collections.abc import Callable, Collection
from importlib import import_module
from typing import Annotated, Any

import typer

from symgate import __version__

EXIT_CODES = (
    "Exit codes: 0 done, 1 the accuracy is missed or a check failed, 2 bad input, 130 interrupted."
)
#: The commands, in the order of `symgate --help`: where each is, and the first paragraph of what it says
#: of itself. Who asks for one imports the file of no other.
COMMANDS: dict[str, tuple[str, str]] = {
    "init": (
        "start.init",
        "Write a commented design file that compiles as it is, to be changed into yours.",
    ),
    "compile": (
        "sources.compile_",
        "Compile expressions to a build folder: firmware projects, certificate, report.",
    ),
    "import": (
        "sources.import_",
        "Turn the expressions of another tool into a design file, and say what changed on the way.",
    ),
    "export": (
        "sources.export",
        "Write the expressions of a design in the language of another tool.",
    ),
    "dialects": (
        "info.dialects",
        "List the languages that expressions may come in.",
    ),
    "explore": (
        "explore.explore",
        "Compile many designs to a Pareto front: budgets, input bits, clocks, objectives, "
        "formulas.",
    ),
    "pysr-prices": (
        "explore.pysr_prices",
        "Print complexities for PySR that are what the operators cost in hardware.",
    ),
    "simulate": (
        "builds.simulate",
        "Compare fixed point with float64: errors, saturations, accuracy, plots.",
    ),
    "verify": (
        "builds.verify",
        "Check a build: its models on the same vectors, bit by bit; its bounds against what"
        " is seen and against a second proof; its files against their hashes.",
    ),
    "report": (
        "builds.report",
        "Show the report of a build; with --synth, count its netlist first.",
    ),
    "train": (
        "train.train",
        "Train a SymbolNet, or a network of tables, into a design file; an interrupted SymbolNet"
        " goes on where it stopped.",
    ),
    "fit": (
        "fit.fit",
        "Search small formulas for columns of data; print the front of size, loss and LUT.",
    ),
    "doctor": (
        "info.doctor",
        "Say which tools this machine has, and how to get the others.",
    ),
    "ops": (
        "info.ops",
        "List the operators that expressions may use.",
    ),
    "passes": (
        "info.passes",
        "List the steps in the order in which they run, with the reason for the place of "
        "each; with a design, what each step did to it.",
    ),
    "show": (
        "info.show",
        "Print the program or the graph after any step of the compilation, as text that "
        "reads back.",
    ),
}


def _version(wanted: bool) -> None:
    if wanted:
        typer.echo(f"symgate {__version__}")
        raise typer.Exit


def _options(
    version: Annotated[
        bool, typer.Option("--version", callback=_version, is_eager=True, help="Print the version.")
    ] = False,
) -> None:
    pass


def app_of(called: Collection[str] = tuple(COMMANDS)) -> typer.Typer:
    """Return the command line, in which only the commands that are ``called`` have their options.

    To import the files of all commands, and to make their options, takes half of the time of
    `symgate --help`, which shows none.
    """
    found = typer.Typer(
        name="symgate",
        help="Compile symbolic expressions to FPGA firmware: "
        "you state the accuracy, symgate proves the error bound.",
        epilog=EXIT_CODES,
        rich_markup_mode=None,  # rich and its markdown would take as long as all the rest
        no_args_is_help=True,
        pretty_exceptions_enable=False,
        context_settings={"help_option_names": ["-h", "--help"]},
    )
    for name, (place, summary) in COMMANDS.items():
        made = _command(place) if name in called else _nothing
        found.command(name, epilog=EXIT_CODES, short_help=summary)(made)
    found.callback()(_options)
    return found


def _command(place: str) -> Callable[..., None]:
    """The command ``file.function``, whose errors are printed as the user's."""
    from symgate.cli.terminal import guarded

    file, _, name = place.partition(".")
    return guarded(getattr(import_module(f"symgate.cli.{file}"), name))


def _nothing() -> None:
    """What stands for a command in a list of commands."""


def __getattr__(name: str) -> typer.Typer:
    if name != "app":
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return app_of()


def _print_warning(*of: Any, **more: Any) -> None:
    from symgate.cli.terminal import print_warning

    print_warning(*of, **more)


def main() -> None:
    """Run the command line."""
    warnings.showwarning = _print_warning
    completing = any(name.endswith("_COMPLETE") for name in os.environ)
    app_of(COMMANDS if completing else sys.argv[1:])()
