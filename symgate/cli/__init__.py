"""The command line: arguments in, tables out. What the commands do is in `symgate.api`.

Each file holds one group of commands. Everything heavy is imported inside the commands, so that
`symgate --help` answers in 0.3 s.

Nothing here compiles, measures or writes a build folder itself.
"""

import warnings
from typing import Annotated

import typer

from symgate import __version__
from symgate.cli import builds, explore, info, sources, train
from symgate.cli.options import Command
from symgate.cli.terminal import guarded, print_warning

EXIT_CODES = (
    "Exit codes: 0 done, 1 the accuracy is missed or a check failed, 2 bad input, 130 interrupted."
)
app = typer.Typer(
    name="symgate",
    help="Compile symbolic expressions to FPGA firmware: "
    "you state the accuracy, symgate proves the error bound.",
    epilog=EXIT_CODES,
    rich_markup_mode="markdown",  # the other mode takes "[default: printed]" for a colour
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)
#: The commands, in the order of `symgate --help`.
COMMANDS: dict[str, Command] = {
    "compile": sources.compile_,
    "import": sources.import_,
    "export": sources.export,
    "dialects": info.dialects,
    "pysr-prices": explore.pysr_prices,
    "simulate": builds.simulate,
    "verify": builds.verify,
    "report": builds.report,
    "train": train.train,
    "doctor": info.doctor,
    "ops": info.ops,
    "passes": info.passes,
    "show": info.show,
}
for name, command in COMMANDS.items():
    app.command(name, epilog=EXIT_CODES)(guarded(command))


def main() -> None:
    """Run the command line."""
    warnings.showwarning = print_warning
    app()


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
