"""train.toml: what to learn from which rows, the network, the targets, the schedule, and the design
that follows.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from symgate.errors import InputError, Where
from symgate.frontend.options import Options
from symgate.learn.data import Samples
from symgate.learn.symbolnet.settings import KINDS, Network, Schedule, Targets, known
from symgate.learn.trainfile import DESIGN, described, only, samples, value_of

_SECTIONS = ("data", "network", "targets", "schedule", "design", "sweep")
_DATA = ("file", "set", "label", "targets", "features", "classes", "standardise", "constant")


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


def load(path: str | Path) -> Job:
    """The job that ``path`` describes, its rows read and checked; raise `InputError` for what
    cannot be trained.
    """
    return described(path, _job)


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
        standardise=value_of(data, "standardise", bool, "true or false", True),
        options=Options(**design),
        sweep=sweep,
        file=str(path),
    )


_SETTINGS: tuple[type, ...] = (Network, Targets, Schedule)


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
