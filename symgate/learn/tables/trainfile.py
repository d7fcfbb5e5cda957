"""train.toml with a section ``[table_network]``: which rows, which tables, and the design that
follows. ``[data]`` and ``[design]`` are those of a SymbolNet.
"""

from __future__ import annotations

import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, fields
from pathlib import Path
from typing import Any

from symgate.errors import InputError
from symgate.frontend.files import read_text
from symgate.frontend.language.source import listed
from symgate.frontend.options import Options
from symgate.learn.data import Samples
from symgate.learn.tables.export import OUTPUTS
from symgate.learn.tables.settings import TableSettings
from symgate.learn.trainfile import DESIGN, described, only, samples

SECTION = "table_network"
_DATA = ("file", "set", "label", "features", "classes", "constant")
_OWN = ("thresholds", "outputs")  # what is no setting of the training


@dataclass(frozen=True)
class Job:
    """One training that a file describes. ``outputs``: those of the design, as `export.design` has
    them.
    """

    name: str
    samples: Samples
    settings: TableSettings
    thresholds: int | Sequence[float] = 8
    outputs: str = "class"
    options: Options = field(default_factory=Options)


def describes(path: str | Path) -> bool:
    """Whether a file is of tables; a file that is no TOML is not."""
    try:
        return SECTION in tomllib.loads(read_text(path))
    except tomllib.TOMLDecodeError:
        return False


def load(path: str | Path) -> Job:
    """The job that ``path`` describes, its rows read and checked; raise `InputError` for what
    cannot be trained.
    """
    return described(path, _job)


def _job(stated: Mapping[str, Any], path: Path) -> Job:
    only(stated, ("data", SECTION, "design"), "section", f"a file with [{SECTION}]")
    data, tables, design = (dict(stated.get(k, {})) for k in ("data", SECTION, "design"))
    names = [f.name for f in fields(TableSettings)]
    only(data, _DATA, "key", f"[data] of a file with [{SECTION}]")
    only(tables, (*names, *_OWN), "key", f"[{SECTION}]")
    only(design, DESIGN, "key", "[design]")
    own = {key: tables.pop(key) for key in _OWN if key in tables}
    if own.get("outputs", "class") not in OUTPUTS:
        raise InputError(
            f"outputs in [{SECTION}] is {own['outputs']!r}", expected=f"one of {listed(OUTPUTS)}"
        )
    settings = TableSettings(**tables)
    name = design.get("name", path.resolve().parent.name)
    return Job(name, samples(data, path.parent), settings, **own, options=Options(**design))
