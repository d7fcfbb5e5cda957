"""From data to expressions."""

import sys
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from symgate.cli.options import AsJson
from symgate.cli.terminal import INTERRUPTED, print_json, print_parts

if TYPE_CHECKING:
    from symgate.learn.symbolnet.command import Training

_EVERY = 10  # epochs for a line in a log


def train(
    file: Annotated[
        Path, typer.Argument(metavar="TRAIN.TOML", help="Data, network, targets, schedule, design.")
    ],
    output: Annotated[
        Path | None,
        typer.Option("-o", "--output", help="The folder. [default: build/NAME-training]"),
    ] = None,
    sweep: Annotated[
        bool, typer.Option("--sweep", help="Train each point of [sweep] into front.json.")
    ] = False,
    as_json: AsJson = False,
) -> None:
    """Train a SymbolNet, or a network of tables, into a design file; an interrupted SymbolNet goes
    on where it stopped.
    """
    from symgate.learn.tables import trainfile

    if trainfile.describes(file):
        _train_tables(file, output, sweep, as_json)
    else:
        _train_symbolnet(file, output, sweep, as_json)


def _train_symbolnet(file: Path, output: Path | None, sweep: bool, as_json: bool) -> None:
    from symgate.learn.symbolnet import command
    from symgate.report import training

    with training.bar(sys.stderr) as step:
        found = (
            command.sweep(file, output, progress=step)
            if sweep
            else [command.run(file, output, progress=step)]
        )
    for trained in found:
        _write_page(trained)
    rows = [trained.row() for trained in found]
    if as_json:
        print_json(rows if sweep else rows[0])
        return
    hints = [f"Compile it: symgate compile {first.folder}/design.toml" for first in found[:1]]
    print_parts(training.table(rows), *hints)


def _train_tables(file: Path, output: Path | None, sweep: bool, as_json: bool) -> None:
    from symgate.errors import InputError, Where
    from symgate.learn.tables import command
    from symgate.learn.tables.progress import Told
    from symgate.report import training

    if sweep:
        raise InputError(
            "a training of tables has no sweep",
            where=Where(str(file)),
            remedy="leave --sweep out, and train a file for each number of tables",
        )
    found = command.run(file, output, progress=lambda job: Told(job.settings.epochs, _EVERY))
    row = found.row()
    if as_json:
        print_json(row)
    else:
        hint = f"Compile it: symgate compile {found.folder}/design.toml"
        print_parts(training.table_of_tables(row), hint)
    if found.network.interrupted:
        typer.echo("interrupted: these are the best tables until then", err=True)
        raise typer.Exit(INTERRUPTED)


def _write_page(trained: "Training") -> None:
    """Write ``report.html`` beside what a training left."""
    from symgate.files import replace_file
    from symgate.report.page import training_page

    fitted = trained.fitted
    history = [asdict(record) for record in fitted.history]
    page = training_page(trained.folder.name, history, fitted.summary(), fitted.expressions)
    replace_file(trained.folder / "report.html", page)
