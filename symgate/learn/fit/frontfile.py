"""The front of a search for programs: as rows, and as the text of ``front.csv``."""

from __future__ import annotations

import csv as csv_files
import io
import math
from dataclasses import asdict
from typing import Any

from symgate.learn.fit.found import Found

_COLUMNS = (
    "nodes",
    "largest",
    "loss",
    "held",
    "accuracy",
    "fixed",
    "fixed_accuracy",
    "lut",
    "cycles",
    "engine",
    "seed",
    "formula",
    "refused",
)


def rows(found: Found) -> list[dict[str, Any]]:
    """Each candidate, smallest first: size, losses (shares of the variance), hardware."""
    return [{name: asdict(c)[name] for name in _COLUMNS} for c in found.candidates]


def json(found: Found) -> list[dict[str, Any]]:
    """As `rows`, without infinite losses, which JSON does not have."""
    return [
        {name: None if value in (math.inf, -math.inf) else value for name, value in row.items()}
        for row in rows(found)
    ]


def csv(found: Found) -> str:
    """The front as a CSV text, which `symgate compile` reads; that of one output names it."""
    out = io.StringIO()
    named = len(found.outputs) == 1 and not found.classes
    columns = (*_COLUMNS, "output") if named else _COLUMNS
    writer = csv_files.DictWriter(out, columns, lineterminator="\n")
    writer.writeheader()
    more = {"output": found.output} if named else {}
    writer.writerows({**row, **more} for row in rows(found))
    return out.getvalue()
