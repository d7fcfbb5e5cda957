"""From data to expressions."""

import sys
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from symgate.cli.options import AsJson
from symgate.cli.terminal import print_json, print_parts

if TYPE_CHECKING:
    from symgate.learn.symbolnet.command import Training


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
    for trained in found:
        _write_page(trained)
    rows = [trained.row() for trained in found]
    if as_json:
        print_json(rows if sweep else rows[0])
        return
    hints = [f"Compile it: symgate compile {first.folder}/design.toml" for first in found[:1]]
    print_parts(training.table(rows), *hints)


def _write_page(trained: "Training") -> None:
    """Write ``report.html`` beside what a training left."""
    from symgate.files import replace_file
    from symgate.report.page import training_page

    fitted = trained.fitted
    history = [asdict(record) for record in fitted.history]
    page = training_page(trained.folder.name, history, fitted.summary(), fitted.expressions)
    replace_file(trained.folder / "report.html", page)
