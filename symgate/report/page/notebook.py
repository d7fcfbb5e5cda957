"""What a notebook shows of a build: its figures, its errors, and their histograms."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from symgate.ir.firmware import Firmware
from symgate.report.page.errors import histograms
from symgate.report.page.html import Html, el, table
from symgate.report.page.numbers import counted, level, short
from symgate.report.page.view import View

#: A notebook has a style of its own, light or dark: colours that can be seen on both.
_STYLE = """
.symgate { max-width: 52rem; } .symgate table { font-variant-numeric: tabular-nums; }
.symgate td, .symgate th { padding: .15rem .8rem .15rem 0; text-align: left; }
.symgate .tiles { display: flex; flex-wrap: wrap; gap: .5rem 1rem; } .symgate figure { margin: 0; }
.symgate svg text { font: 11px sans-serif; fill: currentColor; opacity: .75; }
.symgate .bar { fill: #3b8fd0; } .symgate .axis { stroke: currentColor; opacity: .5; }
.symgate .bound { stroke: #d2691e; stroke-dasharray: 4 3; } .symgate caption { text-align: left; }
"""


def notebook(firmware: Firmware, report: Mapping[str, Any]) -> str:
    """Return a piece of HTML that needs nothing around it."""
    view = View(firmware, report)
    netlist = report.get("synthesis") or report["estimate"]
    cycles, ns = report["latency"]["cycles"], report["latency"]["ns"]
    line = (
        f"{counted(cycles, 'cycle')} = {short(ns)} ns, {short(netlist['lut'])} LUT, "
        f"{short(netlist['ff'])} FF, {short(netlist['dsp'])} DSP, {short(netlist['bram'])} BRAM"
    )
    heads = ("output", "format", "asked for", "certified", "largest seen")
    rows = [_row(view, bound.output, bound.target, bound.bound) for bound in view.bounds]
    note = "Certified: for every input code in range; rounding your data onto the grid is extra."
    plots = histograms(view)
    return el(
        "div",
        el("style", Html(_STYLE)),
        el("p", el("strong", report["name"]), f": {line}"),
        table("Errors in the unit of each output", heads, rows, names=2),
        el("p", el("small", note)),
        el("div", *plots, class_="tiles") if plots else None,
        class_="symgate",
    )


def _row(view: View, output: str, target: float | None, bound: float) -> list[str]:
    told = view.report["outputs"][output]
    return [output, told["format"], short(target, 4), level(bound), level(view.seen(output))]
