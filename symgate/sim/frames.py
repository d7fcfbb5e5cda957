"""Rows as Python's users have them: arrays, mappings of columns, data frames of pandas or polars."""

from __future__ import annotations

import csv
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import numpy as np
from numpy.typing import NDArray

from symgate.errors import InputError
from symgate.frontend.language.source import listed
from symgate.ir.design import Design
from symgate.sim import data
from symgate.sim.data import Table

Floats = NDArray[np.float64]
_EXPECTED = "an array with a row per event, a mapping of columns, or a data frame"


def is_table(rows: Any) -> bool:
    """Whether ``rows`` are values, not the name of a file."""
    return not isinstance(rows, (str, Path)) and (
        isinstance(rows, (Mapping, Sequence, np.ndarray)) or hasattr(rows, "columns")
    )


def has_names(rows: Any) -> bool:
    """Whether the columns of ``rows`` have names."""
    return isinstance(rows, Mapping) or hasattr(rows, "columns")


def columns(
    rows: Any, names: Sequence[str], usual: Mapping[str, float] | None = None
) -> dict[str, Floats]:
    """Return the column of each of ``names``: by name where columns have names, else by place. A
    column that is missing has the ``usual`` value of its name; of an array, all of these or none.

    Raise `InputError` where one is missing, or where a value is no finite number.
    """
    others = usual or {}
    if has_names(rows):
        known = [str(name) for name in (rows if isinstance(rows, Mapping) else rows.columns)]
        given = [name for name in names if name in known or name not in others]
        if missing := [name for name in given if name not in known]:
            raise InputError(
                f"the data has no column {listed(missing)}",
                expected=f"a column for each input; it has {listed(known)}",
            )
        found = {name: _floats(rows[name], f"column {name}") for name in given}
    else:
        found = _by_place(_floats(rows, "the array"), names, others)
    if len({len(column) for column in found.values()}) > 1:
        raise InputError("the columns have different lengths", expected=_EXPECTED)
    count = len(next(iter(found.values()), np.empty(0)))
    return {n: found[n] if n in found else np.full(count, others[n]) for n in names}


def _by_place(
    values: Floats, names: Sequence[str], usual: Mapping[str, float]
) -> dict[str, Floats]:
    """The columns of an array of all ``names``, or of those without a usual value."""
    plain = [name for name in names if name not in usual]
    for given in (names, plain):
        shaped = values.reshape(1, -1) if values.ndim == 1 and len(given) > 1 else values
        shaped = shaped.reshape(-1, 1) if shaped.ndim == 1 else shaped
        if shaped.ndim == 2 and shaped.shape[1] == len(given):
            return dict(zip(given, shaped.T, strict=True))
    without = f", or without {listed(list(usual))}" if usual else ""
    raise InputError(
        f"an array of shape {values.shape} for {len(names)} inputs",
        expected=f"columns in the order {listed(names)}{without}",
    )


def _floats(values: Any, what: str) -> Floats:
    try:
        found = np.asarray(values, float)
    except (TypeError, ValueError):
        raise InputError(f"{what} holds what is no number", expected=_EXPECTED) from None
    if not np.isfinite(found).all():
        raise InputError(
            f"{what} holds what is not finite", remedy="remove those rows, or replace the values"
        )
    return found


def like(rows: Any, found: Mapping[str, Floats]) -> Any:
    """Return outputs in the form of ``rows``: a frame with the same index, a mapping, or an array,
    which has one axis where there is one output.
    """
    if isinstance(rows, Mapping):
        return dict(found)
    if hasattr(rows, "columns"):
        index = {"index": rows.index} if hasattr(rows, "index") else {}
        return type(rows)(dict(found), **index)
    stacked = np.stack(list(found.values()), axis=-1)
    return stacked[:, 0] if len(found) == 1 else stacked


def table_of(design: Design, rows: Any, label: str | None = None) -> Table:
    """Return ``rows``, a CSV file or values in memory, with what they are known to be; see
    `symgate.sim.data.read`.
    """
    inputs = [port.name for port in design.inputs]
    outputs = [name for name, _ in design.outputs]
    usual = {name: float(value) for name, value in design.constants.items()}
    if not is_table(rows):
        return data.read(Path(rows), inputs, outputs, label, usual)
    if not has_names(rows):
        return Table("an array", columns(rows, inputs, usual))
    with as_file(rows) as path:
        return replace(data.read(path, inputs, outputs, label, usual), path="a table in memory")


@contextmanager
def as_file(rows: Any) -> Iterator[Path]:
    """Named columns as a CSV file for a while, for readers of files; numbers keep every digit."""
    if not has_names(rows):
        raise InputError(
            "the columns of the data have no names",
            expected="a mapping of columns, or a data frame",
        )
    names = list(rows if isinstance(rows, Mapping) else rows.columns)
    values = [np.asarray(rows[name]).tolist() for name in names]
    with TemporaryDirectory(prefix="symgate-") as folder:
        path = Path(folder) / "data"
        with path.open("w", encoding="utf-8", newline="") as file:
            writer = csv.writer(file)
            writer.writerow(names)
            writer.writerows(zip(*values, strict=True))
        yield path
