"""Text reports of Vivado: ``report_utilization``, ``report_timing_summary`` and ``report_power``."""

from __future__ import annotations

import re

from symgate.report.vendor.figures import Figures, number

_TOOL = "Vivado"
#: Rows of the utilisation tables; the name of LUTs and registers depends on the family.
_ROWS = {
    "lut": r"(?:CLB|Slice) LUTs\*?",
    "ff": r"(?:CLB|Slice) Registers",
    "dsp": r"DSPs",
    "tiles": r"Block RAM Tile",
}
_HEAD = r"^\|?\s*Design State\s*:\s*([^|\n]+)"
_POWER = r"^\|\s*Total On-Chip Power \(W\)\s*\|\s*([0-9.]+)"
_SUMMARY = re.compile(r"WNS\(ns\).*?WHS\(ns\).*?\n[\s\-|]+\n\s*([^\n]+)")


def utilization(text: str) -> Figures | None:
    """Return what ``report_utilization`` counts; a block RAM tile is two of 18 Kbit."""
    if "Utilization Design Information" not in text:
        return None
    found = {name: _row(text, row) for name, row in _ROWS.items()}
    tiles = found.pop("tiles")
    counts = {name: None if value is None else int(value) for name, value in found.items()}
    return Figures(_TOOL, _stage(text), **counts, bram=None if tiles is None else int(2 * tiles))


def timing_summary(text: str) -> Figures | None:
    """Return the worst slacks of ``report_timing_summary``; none where nothing is constrained."""
    summary = _SUMMARY.search(text)
    if "Timing Summary" not in text or summary is None:
        return None
    values = summary[1].split()
    setup, hold = (_slack(values[k]) if len(values) > k else None for k in (0, 4))
    return Figures(_TOOL, _stage(text), slack_ns=setup, hold_ns=hold)


def power(text: str) -> Figures | None:
    """Return the whole power of ``report_power``."""
    found = re.search(_POWER, text, re.MULTILINE)
    return Figures(_TOOL, _stage(text), power_w=float(found[1])) if found else None


def _row(text: str, row: str) -> float | None:
    """The used count of a row; the first table that has it is the summary."""
    found = re.search(rf"^\|\s*{row}\s*\|\s*([0-9.,]+)\s*\|", text, re.MULTILINE)
    return number(found[1]) if found else None


def _slack(text: str) -> float | None:
    return None if text in ("NA", "inf") else number(text)


def _stage(text: str) -> str:
    """How far the design had come: "synthesized", "placed" or "routed"."""
    found = re.search(_HEAD, text, re.MULTILINE)
    state = found[1].strip().lower() if found else ""
    return next((stage for stage in ("routed", "placed", "synthesized") if stage in state), "any")
