"""What every train.toml says, whatever is trained: which rows in ``[data]``, which design follows in
``[design]``.
"""

from __future__ import annotations

import tomllib
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any, TypeVar

from symgate.errors import InputError, Where
from symgate.frontend.files import read_text
from symgate.frontend.language.source import listed, meant
from symgate.learn import datasets
from symgate.learn.data import Samples, read

DESIGN = (
    "name",
    "bits",
    "formats",
    "ranges",
    "max_error",
    "relative_error",
    "precision",
    "clock",
    "part",
)
_SETS: dict[str, Callable[[Path | None], Samples]] = {
    "jets": lambda path: datasets.jets(path),
    "mnist": lambda path: datasets.mnist("train"),
    "digits": lambda path: datasets.digits(),
    "svhn": lambda path: datasets.svhn(_needed(path)),
    "svhn-colour": lambda path: datasets.svhn(_needed(path), grey=False),
}
_T = TypeVar("_T")


def described(path: str | Path, job: Callable[[Mapping[str, Any], Path], _T]) -> _T:
    """What ``job`` makes of the sections of the file at ``path``; its `InputError` names the file."""
    text, file = read_text(path), str(path)
    try:
        stated = tomllib.loads(text)
    except tomllib.TOMLDecodeError as e:
        raise InputError(f"the file is not valid TOML: {e}", where=Where(file)) from None
    try:
        return job(_sections(stated), Path(path))
    except InputError as e:
        if e.where is None:
            e.where = Where(file)
        raise


def _sections(stated: Mapping[str, Any]) -> Mapping[str, Any]:
    for name, section in stated.items():
        if not isinstance(section, dict):
            raise InputError(f"{name} is not a section", expected=f"[{name}] and its keys below")
    return stated


def only(table: Mapping[str, Any], names: Sequence[str], what: str, where: str) -> None:
    """Raise `InputError` for a key of ``table``, a ``what`` in ``where``, that is none of ``names``."""
    for key in table:
        if key not in names:
            remedy = meant(key, names) or "remove it"
            raise InputError(
                f"unknown {what} '{key}' in {where}",
                expected=f"one of {listed(names)}",
                remedy=remedy,
            )


def samples(data: Mapping[str, Any], folder: Path) -> Samples:
    """The rows that [data] names, relative to the ``folder`` of the file."""
    name = value_of(data, "file", str, 'the name of a file: file = "rows.csv"')
    file = None if name is None else folder / name
    if "set" in data:
        if str(data["set"]) not in _SETS:
            raise InputError(
                f"unknown data set '{data['set']}'", expected=f"one of {listed(_SETS)}"
            )
        return _SETS[data["set"]](file)
    if file is None:
        raise InputError("no data are named", expected='file = "rows.csv", or set = "mnist"')
    return read(
        file,
        label=value_of(data, "label", str, 'the name of a column: label = "class"'),
        targets=_texts(data, "targets"),
        features=_texts(data, "features"),
        classes=_texts(data, "classes"),
        constant=value_of(data, "constant", str, '"drop" or "refuse"', "refuse") == "drop",
    )


def _needed(path: Path | None) -> Path:
    if path is None:
        raise InputError("this data set needs a file", remedy='add file = "train_32x32.mat"')
    return path


def value_of(
    data: Mapping[str, Any], key: str, kind: type, expected: str, other: Any = None
) -> Any:
    """What [data] says under ``key``, or ``other``; raise `InputError` where it is no ``kind``."""
    value = data.get(key, other)
    if key in data and not isinstance(value, kind):
        raise InputError(f"{key} in [data] is {value!r}", expected=expected)
    return value


def _texts(data: Mapping[str, Any], key: str) -> tuple[str, ...]:
    value = data.get(key, ())
    if isinstance(value, str) or not all(isinstance(v, str) for v in value):
        raise InputError(f"{key} in [data] is not a list of names", expected=f'{key} = ["a", "b"]')
    return tuple(value)
