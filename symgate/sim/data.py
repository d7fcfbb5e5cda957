"""The user's rows: a CSV file with a header, columns by input name, and perhaps classes or wanted
values.
"""

from __future__ import annotations

import csv
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from symgate.errors import InputError, Where
from symgate.frontend.files import separated

_SHAPE = "a header with the names of the columns, then a line per row, separated by commas"


@dataclass(frozen=True)
class Table:
    """Real values, a column per input; the class of each row, or the wanted value of each output,
    where given.
    """

    path: str
    columns: dict[str, NDArray[np.float64]]
    label: str | None = None  # the column of labels
    classes: NDArray[np.int64] | None = None  # indices into the outputs
    wanted: dict[str, NDArray[np.float64]] = field(default_factory=dict)  # per output, or empty

    def __len__(self) -> int:
        return len(next(iter(self.columns.values()), ()))


def read(
    path: Path,
    inputs: Sequence[str],
    outputs: Sequence[str],
    label: str | None = None,
    usual: Mapping[str, float] | None = None,
) -> Table:
    """Return the columns of ``inputs`` and what the rows are known to be.

    ``label`` is the column of classes, or of the wanted values of a single output. Without it, a
    column that holds only names of outputs holds classes, and columns named as the outputs hold
    wanted values. An input without a column has its ``usual`` value in all rows.
    """
    header, rows = _rows(path)
    held = {name: value for name, value in (usual or {}).items() if name not in header}
    inputs = [name for name in inputs if name not in held]
    for name in (*inputs, *([label] if label else ())):
        if name not in header:
            raise InputError(
                f"{path} has no column '{name}'",
                expected=f"a column for each input: {_listed(inputs)}"
                if name in inputs
                else "the column of classes",
                remedy=f"name or rename one of its columns: {_listed(header)}",
            )
    cells = {name: [row[header.index(name)] for _, row in rows] for name in header}
    lines = [line for line, _ in rows]
    columns = {name: _numbers(path, name, cells[name], lines) for name in inputs}
    columns |= {name: np.full(len(lines), value) for name, value in held.items()}
    if len(outputs) > 1:
        label = label or next(
            (n for n in header if n not in inputs and set(cells[n]) <= set(outputs)), None
        )
    if label and len(outputs) > 1:
        return Table(str(path), columns, label, _classes(path, label, cells[label], outputs, lines))
    if label:
        names: dict[str, str | None] = {outputs[0]: label}
    else:
        names = dict.fromkeys(outputs) if set(outputs) <= set(header) else {}
    wanted = {o: _numbers(path, n or o, cells[n or o], lines) for o, n in names.items()}
    return Table(str(path), columns, label, None, wanted)


def _rows(path: Path) -> tuple[list[str], list[tuple[int, list[str]]]]:
    """The header and the rows with their line numbers."""
    try:
        lines = separated(path.read_text(encoding="utf-8-sig"))
    except (OSError, UnicodeDecodeError, csv.Error) as e:
        problem = getattr(e, "strerror", None) or e
        raise InputError(
            f"{path} cannot be read: {problem}", expected=_SHAPE, remedy="name a CSV file"
        ) from None
    if len(lines) < 2:
        raise InputError(
            f"{path} holds no rows", expected=_SHAPE, remedy="add the rows, or name another file"
        )
    header = lines[0][1]
    if twice := sorted({name for name in header if header.count(name) > 1}):
        where = Where(str(path), lines[0][0])
        raise InputError(
            f"the column '{twice[0]}' stands twice",
            where=where,
            remedy="rename or remove one of them",
        )
    for line, row in lines[1:]:
        if len(row) != len(header):
            cells = f"{len(row)} cell{'s' if len(row) != 1 else ''}"
            expected, where = f"{len(header)} cells, as in the header", Where(str(path), line)
            raise InputError(
                f"{cells} in a row",
                where=where,
                expected=expected,
                remedy="complete or remove the row",
            )
    return header, lines[1:]


def _listed(names: Sequence[str], limit: int = 12) -> str:
    more = f" and {len(names) - limit} more" if len(names) > limit else ""
    return ", ".join(names[:limit]) + more


def _numbers(path: Path, name: str, cells: list[str], lines: list[int]) -> NDArray[np.float64]:
    def number(cell: str, line: int) -> float:
        try:
            value = float(cell)
        except ValueError:
            value = math.nan
        if not math.isfinite(value):
            where = Where(str(path), line, f"column {name}")
            raise InputError(
                f"'{cell}' is not a finite number", where=where, remedy="correct or remove the row"
            )
        return value

    return np.array([number(cell, line) for cell, line in zip(cells, lines, strict=True)], float)


def _classes(
    path: Path, label: str, cells: list[str], outputs: Sequence[str], lines: list[int]
) -> NDArray[np.int64]:
    """Labels as indices of outputs: names of outputs, or numbers from 0."""
    names = {name: k for k, name in enumerate(outputs)}
    numbers = {str(k): k for k in range(len(outputs))}
    index = numbers if names.keys().isdisjoint(cells) else names
    for cell, line in zip(cells, lines, strict=True):
        if cell not in index:
            raise InputError(
                f"the label '{cell}' is no output",
                where=Where(str(path), line, f"column {label}"),
                expected=f"the name of an output ({_listed(outputs)}), or its number from 0",
                remedy="correct or remove the row, or name another column with --label",
            )
    return np.array([index[cell] for cell in cells], np.int64)
