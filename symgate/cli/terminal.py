"""What all commands share: messages for errors, progress on a terminal, tables and JSON."""

from __future__ import annotations

import json
import signal
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import wraps
from types import FrameType
from typing import TYPE_CHECKING, Any, ParamSpec, TextIO

import typer

from symgate.errors import SymgateError

if TYPE_CHECKING:
    from rich.console import Console, RenderableType

    from symgate.patience import Patience

INTERRUPTED = 130  # exit code after Ctrl-C, as shells have it
PIPE_COLUMNS = 120  # of tables that go to a file or a pipe
P = ParamSpec("P")


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


@contextmanager
def stoppable(patience: Patience) -> Iterator[Patience]:
    """The first Ctrl-C ends ``patience`` while a compilation uses it; any other one interrupts."""
    before = signal.getsignal(signal.SIGINT)

    def stop(number: int, frame: FrameType | None) -> None:
        if not patience.used or patience.reason:
            raise KeyboardInterrupt
        patience.stop("by Ctrl-C")
        typer.echo("stopping at the best so far; Ctrl-C once more gives up", err=True)

    if before is signal.default_int_handler:  # not of a job in the background, nor another's
        signal.signal(signal.SIGINT, stop)
    try:
        yield patience
    finally:
        if before is signal.default_int_handler:
            signal.signal(signal.SIGINT, before)


def console() -> Console:
    """Where tables are printed: as wide as the terminal, or as `PIPE_COLUMNS` in a file."""
    from rich.console import Console

    return Console(highlight=False, width=None if sys.stdout.isatty() else PIPE_COLUMNS)


def print_parts(*parts: RenderableType) -> None:
    """Print tables and lines one below the other."""
    printer = console()
    for part in parts:
        printer.print(part)


def print_json(value: Any) -> None:
    """Print ``value`` for machines."""
    typer.echo(json.dumps(value, indent=2, allow_nan=False, ensure_ascii=False))


def print_warning(
    message: Warning | str,
    category: type[Warning],
    filename: str,
    lineno: int,
    file: TextIO | None = None,
    line: str | None = None,
) -> None:
    """Print a warning as a user reads it, in the place of `warnings.showwarning`."""
    typer.echo(f"warning: {message}", err=True)
