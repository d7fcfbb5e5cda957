"""What vendors' tools report beside our estimate."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict
from typing import Any

from rich.table import Table

from symgate.report.report import Report
from symgate.report.tables import number, table
from symgate.report.vendor.figures import Figures

_COLUMNS = (
    "",
    "LUT",
    "FF",
    "DSP",
    "BRAM",
    "slack ns",
    "hold ns",
    "fastest clock ns",
    "cycles",
    "W",
)


def beside_table(report: Report, found: Sequence[Figures]) -> Table:
    """Return our estimate and a row for each tool and stage; ALMs stand under LUT for Quartus."""
    told, clock = report["timing"], report["latency"]
    cycles = clock["cycles"]
    fastest = told["fastest_clock"]
    counts = [number(report["estimate"][key]) for key in ("lut", "ff", "dsp", "bram")]
    ours = ("estimate", *counts, "-", "-", number(fastest), number(cycles), "-")
    return table("Vendors' reports", _COLUMNS, [ours, *map(_row, found)])


def _row(figures: Figures) -> tuple[str, ...]:
    counts = (figures.lut, figures.ff, figures.dsp, figures.bram)
    return (
        f"{figures.tool}, {figures.stage}",
        *map(number, counts),
        number(figures.slack_ns),
        number(figures.hold_ns),
        number(figures.clock_ns),
        number(figures.cycles),
        number(figures.power_w),
    )


def beside_json(report: Report, found: Sequence[Figures]) -> dict[str, Any]:
    """Return the report with the figures of vendors' tools."""
    return {**report, "vendor": [asdict(figures) for figures in found]}
