"""train.toml: what to learn from which rows, the network, the targets, the schedule, and the design
that follows.
"""

from __future__ import annotations

import tomllib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, TypeVar

from symgate.errors import InputError, Where
from symgate.frontend.files import read_text
from symgate.frontend.language.source import listed, meant
from symgate.frontend.options import Options
from symgate.learn.data import Samples, read
from symgate.learn.symbolnet import datasets
from symgate.learn.symbolnet.settings import KINDS, Network, Schedule, Targets, known

_SECTIONS = ("data", "network", "targets", "schedule", "design", "sweep")
_DATA = ("file", "set", "label", "targets", "features", "classes", "standardise", "constant")
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


@dataclass(frozen=True)
class Job:
    """One training that a file describes; ``sweep`` holds the values of each target that `--sweep`
    combines.
    """

    name: str
    samples: Samples
    network: Network
    targets: Targets
    schedule: Schedule
    standardise: bool = True
    options: Options = field(default_factory=Options)
    sweep: Mapping[str, tuple[float, ...]] = field(default_factory=dict)
    file: str = "train.toml"

    def points(self) -> list[Job]:
        """A job per combination of the sweep's values: all targets take their k-th value together."""
        if not self.sweep:
            what, remedy = (
                "there is nothing to sweep",
                "add [sweep] with a list per target: weight = [0.9, 0.95]",
            )
            raise InputError(what, where=Where(self.file), remedy=remedy)
        lengths = {len(v) for v in self.sweep.values()}
        if len(lengths) != 1:
            what, remedy = "the lists of [sweep] differ in length", "give as many values for each"
            raise InputError(what, where=Where(self.file), remedy=remedy)
        out = []
        for k in range(lengths.pop()):
            change = {kind: values[k] for kind, values in self.sweep.items() if kind != "size"}
            schedule = (
                replace(self.schedule, size=self.sweep["size"][k])
                if "size" in self.sweep
                else self.schedule
            )
            out.append(replace(self, targets=replace(self.targets, **change), schedule=schedule))
        return out


def _needed(path: Path | None) -> Path:
    if path is None:
        raise InputError("this data set needs a file", remedy='add file = "train_32x32.mat"')
    return path


def load(path: str | Path) -> Job:
    """The job that ``path`` describes, its rows read and checked; raise `InputError` for what
    cannot be trained.
    """
    return described(path, _job)


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


def _job(stated: Mapping[str, Any], path: Path) -> Job:
    only(stated, _SECTIONS, "section", "the file")
    data, design = stated.get("data", {}), dict(stated.get("design", {}))
    only(data, _DATA, "key", "[data]")
    only(design, DESIGN, "key", "[design]")
    sweep = _swept(stated.get("sweep", {}))
    name = design.get("name", path.resolve().parent.name)
    if not any(k in design for k in ("bits", "formats")):
        design["bits"] = 12
    network, targets, schedule = (
        known(kind, stated.get(kind.__name__.lower(), {})) for kind in _SETTINGS
    )
    return Job(
        name,
        samples(data, path.parent),
        network,
        targets,
        schedule,
        standardise=_stated(data, "standardise", bool, "true or false", True),
        options=Options(**design),
        sweep=sweep,
        file=str(path),
    )


_SETTINGS: tuple[type, ...] = (Network, Targets, Schedule)


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
    name = _stated(data, "file", str, 'the name of a file: file = "rows.csv"')
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
        label=_stated(data, "label", str, 'the name of a column: label = "class"'),
        targets=_texts(data, "targets"),
        features=_texts(data, "features"),
        classes=_texts(data, "classes"),
        constant=_stated(data, "constant", str, '"drop" or "refuse"', "refuse") == "drop",
    )


def _stated(data: Mapping[str, Any], key: str, kind: type, expected: str, other: Any = None) -> Any:
    """What [data] says under ``key``, or ``other``; raise `InputError` where it is no ``kind``."""
    value = data.get(key, other)
    if key in data and not isinstance(value, kind):
        raise InputError(f"{key} in [data] is {value!r}", expected=expected)
    return value


def _swept(stated: Mapping[str, Any]) -> dict[str, tuple[float, ...]]:
    """The values of [sweep], each a list of numbers."""
    only(stated, (*KINDS, "size"), "key", "[sweep]")
    for kind, values in stated.items():
        numbers = isinstance(values, list) and [v for v in values if isinstance(v, (int, float))]
        if not numbers or len(numbers) != len(values):
            raise InputError(
                f"{kind} in [sweep] is {values!r}",
                expected=f"a list of numbers: {kind} = [0.9, 0.95]",
            )
    return {kind: tuple(values) for kind, values in stated.items()}


def _texts(data: Mapping[str, Any], key: str) -> tuple[str, ...]:
    value = data.get(key, ())
    if isinstance(value, str) or not all(isinstance(v, str) for v in value):
        raise InputError(f"{key} in [data] is not a list of names", expected=f'{key} = ["a", "b"]')
    return tuple(value)
