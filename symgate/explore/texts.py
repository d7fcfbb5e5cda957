"""What an exploration writes besides its points: tables for other programs, and design files."""

from __future__ import annotations

import csv
import io
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from symgate.errors import ToolMissing
from symgate.explore.exploration import Found, design_of
from symgate.explore.front import wrong
from symgate.files import replace_file, replace_folder
from symgate.report import plots
from symgate.report.page import explore_page

COLUMNS = (
    "candidate", "complexity", "error", "bits", "clock", "objective", "effort", "lut", "ff", "dsp", "bram",
    "cycles", "ns", "bound", "total", "metric", "fixed", "float", "loss", "best", "state", "refused", "stopped", "key",
)  # fmt: skip


def table(rows: Sequence[Mapping[str, Any]]) -> str:
    """Return ``rows`` as a CSV text; numbers keep every digit, what is not known is empty."""
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(COLUMNS)
    for row in rows:
        writer.writerow([_cell(row[name]) for name in COLUMNS])
    return out.getvalue()


def _cell(value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, bool):
        return str(int(value))
    return repr(value) if isinstance(value, float) else str(value)


def write(found: Found, folder: Path) -> list[str]:
    """Write ``points.csv``, ``front.csv``, ``report.html``, ``front.png`` and the design files of the
    front into ``folder``; return what was not written, and why.
    """
    replace_file(folder / "points.csv", table(found.rows))
    replace_file(folder / "front.csv", table(found.front))
    designs = {
        f"{k:02}.toml": design_of(folder, row["key"]) for k, row in enumerate(found.front, 1)
    }
    replace_folder(folder / "front", designs)
    replace_file(folder / "report.html", explore_page(found.rows, found.minimised, folder.name))
    key = wrong(found.minimised)
    try:
        replace_file(folder / "front.png", plots.explored(found.rows, key))
    except ToolMissing as e:
        return [f"no front.png: {e.what}; {e.remedy}"]
    return []
