"""A training on the terminal: a bar while it runs, a table of its results."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any, TextIO

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn
from rich.table import Table

_KINDS = ("input", "weight", "unary", "binary")


def describe(record: Any) -> str:
    """Loss, score and the four sparsities of an epoch, short."""
    removed = " ".join(f"{kind} {getattr(record, kind):.3f}" for kind in _KINDS)
    return f"{record.stage:6} loss {record.valid_error:.4f} score {record.valid_score:.3f} | removed: {removed}"


@contextmanager
def bar(stream: TextIO) -> Iterator[Callable[[Any, Any], None]]:
    """What shows each epoch of a job: a progress bar on a terminal, a line per 10 epochs in a log."""
    if not stream.isatty():
        yield (
            lambda job, record: (
                print(f"{record.epoch:4} {describe(record)}", file=stream)
                if _tells(record)
                else None
            )
        )
        return
    columns = (
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TimeRemainingColumn(),
    )
    with Progress(*columns, console=Console(file=stream)) as progress:
        tasks: dict[int, Any] = {}

        def show(job: Any, record: Any) -> None:
            schedule = job.schedule
            task = tasks.setdefault(
                id(job),
                progress.add_task("", total=schedule.epochs + schedule.close + schedule.anneal),
            )
            progress.update(task, completed=record.epoch, description=describe(record))

        yield show


def _tells(record: Any) -> bool:
    return bool(record.epoch % 10 == 0)


def table(rows: Sequence[Mapping[str, Any]]) -> Table:
    """Validation score, size and sparsities of trainings, one line each; of the networks that were
    written.
    """
    out = Table(box=None, pad_edge=False, header_style="dim")
    score = "accuracy" if all(row["classes"] for row in rows) else "R^2"
    heads = ("folder", "error", score, "nodes", "inputs", *_KINDS, "missed targets")
    for k, head in enumerate(heads):
        out.add_column(head, justify="left" if k in (0, len(heads) - 1) else "right")
    for row in rows:
        numbers = [
            f"{row['valid_error']:.4f}",
            f"{row['valid_score']:.4f}",
            f"{row['mean_complexity']:.1f}",
        ]
        shares = [f"{row['sparsity'][kind]:.3f}" for kind in _KINDS]
        out.add_row(
            row["folder"], *numbers, str(row["inputs"]), *shares, ", ".join(row["missed"]) or "none"
        )
    return out


def table_of_tables(row: Mapping[str, Any]) -> Table:
    """The result of one training of tables, one line."""
    out = Table(box=None, pad_edge=False, header_style="dim")
    heads = ("folder", "accuracy", "tables", "inputs", "bits", "epochs", "CPU s")
    for k, head in enumerate(heads):
        out.add_column(head, justify="right" if k else "left")
    counts = [str(row[key]) for key in ("tables", "inputs", "bits", "epochs")]
    out.add_row(row["folder"], f"{row['valid_score']:.4f}", *counts, f"{row['seconds']:.1f}")
    return out
