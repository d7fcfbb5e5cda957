"""Rows to train on: CSV, parquet, npz and NumPy arrays, with named columns, checked before training
starts.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from symgate.errors import InputError, ToolMissing, Where
from symgate.frontend.files import separated
from symgate.frontend.language.source import listed, meant

Reals = NDArray[np.float64]
LEAST_ROWS = 2
_MANY = 6  # columns of which an example shows some
#: Different numbers of a label, and rows for each, from where on they may be classes.
_MOST_NUMBERS, _ROWS_OF_NUMBER = 20, 20


@dataclass(frozen=True)
class Samples:
    """Named features ``x`` (n, features), and what is wanted.

    Classes: ``y`` (n,) holds indices into ``outputs``. Regression: ``y`` is (n, outputs).
    """

    x: Reals
    y: NDArray[Any]
    features: tuple[str, ...]
    outputs: tuple[str, ...]
    classes: bool
    source: str = "data"
    weights: Reals | None = None  # (n,): what each row counts

    def __len__(self) -> int:
        return len(self.x)

    def take(self, rows: Any) -> Samples:
        """Some of the rows."""
        weights = None if self.weights is None else self.weights[rows]
        return replace(self, x=self.x[rows], y=self.y[rows], weights=weights)

    def wanted(self) -> Reals:
        """(n, outputs): 1 for the class and else 0, or the values."""
        found: Reals = (
            np.eye(len(self.outputs))[self.y] if self.classes else np.asarray(self.y, float)
        )
        return found


Columns = Mapping[str, NDArray[Any]]


def read(
    path: str | Path, *, label: str | None = None, targets: Sequence[str] = (), features: Sequence[str] = (),
    classes: Sequence[str] = (), constant: bool = False, weights: str | None = None,
) -> Samples:  # fmt: skip
    """The rows of a CSV, parquet or npz file.

    ``label``: the column of classes. ``targets``: columns of wanted values. ``weights``: the column
    that says what a row counts. ``features``: the input columns, by default all others.
    ``classes``: the order of the outputs. ``constant``: take
    features that never change. An npz file holds a column per array, or ``x`` of two dimensions
    (columns x0, x1, ...) and ``y``. Raise `InputError` for anything that cannot be trained on.
    """
    columns, lines = _READERS[_kind(path)](Path(path))
    return samples(
        columns,
        str(path),
        lines=lines,
        label=label,
        targets=targets,
        features=features,
        classes=classes,
        constant=constant,
        weights=weights,
    )


def of_table(table: Any, source: str = "data", **named: Any) -> Samples:
    """The rows of a data frame of pandas or polars, or of a mapping of names to columns; ``named``
    as in `read`.
    """
    names = list(getattr(table, "columns", table))
    columns = {str(name): np.array(list(table[name]), dtype=object) for name in names}
    return samples(columns, source, **{"label": None, **named})


def samples(
    columns: Columns, source: str, *, label: str | None, targets: Sequence[str] = (), features: Sequence[str] = (),
    classes: Sequence[str] = (), constant: bool = False, weights: str | None = None, lines: Sequence[int] = (),
) -> Samples:  # fmt: skip
    """Rows from named columns; see `read`. ``lines``: where rows stand in their file."""
    if (label is None) == (not targets):
        raise InputError(
            "both a label and targets are named" if targets else "nothing says what to learn",
            where=Where(source),
            expected="label, the column of classes, or targets, the columns of wanted values",
        )
    wanted = [label] if label is not None else list(targets)
    aside = [] if weights is None else [weights]
    names = list(features) or [n for n in columns if n not in (*wanted, *aside)]
    for name in (*wanted, *names, *aside):
        if name not in columns:
            raise _no_column(name, columns, source)
    if not names:
        raise InputError(
            "there is no column of features",
            where=Where(source),
            remedy="add them beside the label",
        )
    x = np.stack([numbers(columns[name], source, name, lines) for name in names], axis=1)
    if label is None:
        y = np.stack([numbers(columns[n], source, n, lines) for n in targets], axis=1)
        found = checked(Samples(x, y, tuple(names), tuple(targets), False, source))
    else:
        index, known = indices(columns[label], source, label, classes, lines)
        found = checked(Samples(x, index, tuple(names), known, True, source))
    if not constant:
        _refuse_constant(found)
    if weights is not None:
        counts = numbers(columns[weights], source, weights, lines)
        found = replace(found, weights=_checked_weights(counts, source, weights, lines))
    return found


def _no_column(name: str, columns: Columns, source: str) -> InputError:
    what = f"there is no column '{name}'"
    if all(map(_is_number, columns)):
        return InputError(
            what,
            where=Where(source, 1),
            expected="the names of the columns in the first line, which has numbers",
            remedy=f"is there no header? Write one, such as {_example(len(columns))}",
        )
    expected, remedy = f"one of {listed(columns)}", meant(name, columns)
    return InputError(what, where=Where(source), expected=expected, remedy=remedy)


def _example(count: int) -> str:
    """A header of so many columns."""
    names = [*(f"x{k}" for k in range(count - 1)), "y"]
    return ",".join(names if count < _MANY else [*names[:2], "...", "y"])


def _checked_weights(found: Reals, source: str, name: str, lines: Sequence[int] = ()) -> Reals:
    if found.min() < 0 or not found.any():
        row = int(found.argmin())
        what = "this row" if len(lines) else f"row {row + 1} of column '{name}'"
        raise InputError(
            f"{what} weighs {found[row]:g}",
            where=_place(source, name, lines, row),
            expected="weights of 0 or more, not all 0",
        )
    return found


def _kind(path: str | Path) -> str:
    kind = Path(path).suffix.lower()
    if kind not in _READERS:
        raise InputError(
            "this kind of file holds no rows", where=Where(str(path)), expected=listed(_READERS)
        )
    if not Path(path).exists():
        raise InputError("no such file", where=Where(str(path)), remedy="correct the path")
    return kind


def _csv(path: Path) -> tuple[Columns, Sequence[int]]:
    found = separated(path.read_text(encoding="utf-8-sig"))
    header, rows = found[0][1] if found else [], found[1:]
    for line, row in rows:
        if len(row) != len(header):
            where = Where(str(path), line)
            raise InputError(
                f"{len(row)} cells in a row",
                where=where,
                expected=f"{len(header)}, as in the header",
            )
    columns = {
        name: np.array([row[k].strip() for _, row in rows], dtype=object)
        for k, name in enumerate(header)
    }
    return columns, [line for line, _ in rows]


def _parquet(path: Path) -> tuple[Columns, Sequence[int]]:
    try:
        import pyarrow.parquet as parquet
    except ModuleNotFoundError:
        raise ToolMissing(
            "reading parquet needs pyarrow", where=str(path), remedy="pip install pyarrow"
        ) from None
    try:
        table = parquet.read_table(path)
    except (OSError, ValueError) as e:
        raise InputError(f"this is no parquet file: {e}", where=Where(str(path))) from None
    names = table.column_names
    return {name: np.array(table[name].to_pylist(), dtype=object) for name in names}, ()


def _npz(path: Path) -> tuple[Columns, Sequence[int]]:
    try:
        with np.load(path, allow_pickle=False) as stored:
            arrays = {name: stored[name] for name in stored.files}
    except (OSError, ValueError) as e:
        raise InputError(
            f"this is no npz file of plain arrays: {e}", where=Where(str(path))
        ) from None
    lower = {name.lower(): a for name, a in arrays.items()}
    if "x" in lower and "y" in lower and lower["x"].ndim >= 2:
        flat = lower["x"].reshape(len(lower["x"]), -1)
        wanted = lower["y"].reshape(len(lower["y"]), -1)
        columns = {f"x{k}": flat[:, k] for k in range(flat.shape[1])}
        outputs = ["y"] if wanted.shape[1] == 1 else [f"y{k}" for k in range(wanted.shape[1])]
        return columns | {name: wanted[:, k] for k, name in enumerate(outputs)}, ()
    return arrays, ()


_READERS = {".csv": _csv, ".tsv": _csv, ".parquet": _parquet, ".npz": _npz}


def numbers(column: NDArray[Any], source: str, name: str, lines: Sequence[int] = ()) -> Reals:
    """A column of finite numbers; raise `InputError` that names the first row that is none, by its
    line in the file where ``lines`` are known.
    """
    found = np.empty(len(column))
    for k, value in enumerate(column.tolist()):
        try:
            found[k] = float("nan" if value is None else value)
        except (TypeError, ValueError):
            found[k] = np.nan
    if (bad := np.flatnonzero(~np.isfinite(found))).size:
        more = f" (one of {bad.size} such rows)" if bad.size > 1 else ""
        first = int(bad[0])
        row = (
            f"column '{name}' of this row" if len(lines) else f"row {first + 1} of column '{name}'"
        )
        raise InputError(
            f"{row} is {column[first]!r}, which is not a finite number{more}",
            where=_place(source, name, lines, first),
            remedy="correct or remove the rows, or leave the column out of features",
        )
    return found


def _place(source: str, name: str, lines: Sequence[int], row: int) -> Where:
    """A row of a column, with its line in the file where that is known."""
    return Where(source, lines[row] if len(lines) else None, symbol=name)


def indices(
    column: NDArray[Any],
    source: str,
    name: str,
    classes: Sequence[str] = (),
    lines: Sequence[int] = (),
) -> tuple[NDArray[np.int64], tuple[str, ...]]:
    """Classes as indices, and their names: ``classes``, or those found, in order."""
    texts = ["" if v is None else _name(v) for v in column.tolist()]
    if missing := [k for k, text in enumerate(texts) if text in ("", "nan")]:
        row = "this row" if len(lines) else f"row {missing[0] + 1}"
        more = f", and {len(missing)} rows in all" if len(missing) > 1 else ""
        raise InputError(
            f"{row} has no label{more}",
            where=_place(source, name, lines, missing[0]),
            remedy="add the labels, or remove the rows",
        )
    known = tuple(classes) or tuple(sorted(set(texts), key=_by_number))
    if not classes:
        _refuse_values(known, len(texts), source, name)
    place = {c: k for k, c in enumerate(known)}
    if unknown := [text for text in texts if text not in place]:
        what = f"the label '{unknown[0]}' is none of the classes"
        raise InputError(what, where=Where(source, symbol=name), expected=f"one of {listed(known)}")
    return np.array([place[text] for text in texts], np.int64), known


def _refuse_values(found: Sequence[str], rows: int, source: str, name: str) -> None:
    """Raise `InputError` for a label of many numbers, which is a value rather than a class."""
    if len(found) <= _MOST_NUMBERS or rows >= _ROWS_OF_NUMBER * len(found):
        return
    if all(_is_number(text) for text in found):
        raise InputError(
            f"the label has {len(found)} different numbers in {rows} rows",
            where=Where(source, symbol=name),
            expected="a column of classes",
            remedy="name it as a target to learn its values, or name the classes",
        )


def _is_number(text: str) -> bool:
    try:
        float(text)
    except ValueError:
        return False
    return True


def _name(value: Any) -> str:
    return str(int(value)) if isinstance(value, float) and value.is_integer() else str(value)


def _by_number(text: str) -> tuple[int, float, str]:
    return (0, float(text), text) if text.lstrip("-").isdigit() else (1, 0.0, text)


def checked(found: Samples) -> Samples:
    """``found``; raise `InputError` where it cannot be trained on, be it from a file or made in
    Python.
    """
    where = Where(found.source)
    if len(found) < LEAST_ROWS:
        raise InputError(
            f"there are {len(found)} rows", where=where, expected=f"{LEAST_ROWS} or more"
        )
    if len(found.y) != len(found):
        raise InputError(
            f"there are {len(found)} rows of features and {len(found.y)} of what is wanted",
            where=where,
        )
    _finite(found.x, found.features, where)
    if len(_constant(found)) == len(found.features):
        raise InputError("every feature is constant", where=where, remedy="check the columns")
    if found.classes:
        _classes(found, where)
    else:
        _finite(found.y, found.outputs, where)
    return found


def _classes(found: Samples, where: Where) -> None:
    most = len(found.outputs) - 1
    if len(bad := np.flatnonzero(~np.isin(found.y, range(most + 1)))):
        what = f"the class of row {bad[0] + 1} is {found.y[bad[0]]}"
        raise InputError(
            what,
            where=where,
            expected=f"an index from 0 to {most}",
            remedy="correct or remove the rows",
        )
    counts = np.bincount(found.y.astype(int), minlength=most + 1)
    if empty := [c for c, n in zip(found.outputs, counts, strict=True) if n == 0]:
        what = f"no row is of class {listed(repr(c) for c in empty)}"
        raise InputError(what, where=where, remedy="add rows, or leave the class out")
    if most < 1:
        raise InputError("there is one class only", where=where, expected="two classes or more")


def _finite(values: Reals, names: Sequence[str], where: Where) -> None:
    if values.shape[1:] != (len(names),):
        raise InputError(
            f"an array of {values.shape} has no column for each of {len(names)} names", where=where
        )
    rows, columns = np.nonzero(~np.isfinite(values))
    if len(rows):
        what = f"row {rows[0] + 1} of column '{names[columns[0]]}' is {values[rows[0], columns[0]]}"
        raise InputError(
            what, where=where, expected="finite numbers", remedy="correct or remove the rows"
        )


def _constant(found: Samples) -> list[str]:
    return [n for n, column in zip(found.features, found.x.T, strict=True) if np.ptp(column) == 0]


def _refuse_constant(found: Samples) -> None:
    """Raise `InputError` for features that never change, which a table has by mistake (an image has
    dark corners).
    """
    if flat := _constant(found):
        raise InputError(
            f"column {listed(repr(n) for n in flat)} is constant",
            where=Where(found.source),
            remedy="name the columns to take: --feature of symgate fit, features in [data]; "
            'or keep it: constant = "drop" in [data], constant=True in Python',
        )
