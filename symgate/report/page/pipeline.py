"""The pipeline of a build, stage by stage: a picture of delays, and a table."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from symgate.passes.hardware import schedule
from symgate.report.page.html import Child, Html, details, el, table
from symgate.report.page.mathml import symbol
from symgate.report.page.numbers import MINUS, counted, percent, short
from symgate.report.page.svg import Axes, Scale, svg, text, titled
from symgate.report.page.view import Stage, View

_WIDTH, _LEFT, _STEP = 720.0, 44.0, 26.0  # pixels of the picture
_HEADS = (
    "",
    "operations",
    "longest path, ns",
    "left of the limit, ns",
    "share of the LUT",
    "FF behind",
)
_FEW = 16  # stages whose table stands open


def pipeline(view: View) -> Iterator[Html]:
    """Yield the section's part about stages.

    Delays are those of ``timing`` in the report where it is there, else by the operators' models.
    """
    told = view.report.get("timing")
    told = told if isinstance(told, Mapping) and told.get("stages") else {}
    clock, limit = view.design.target.clock_ns, _limit(told, view.design.target.clock_ns)
    paths = {int(stage["stage"]): stage for stage in told.get("stages", ())}
    delays = [float(paths[k]["ns"]) if k in paths else s.ns for k, s in enumerate(view.stages)]
    yield el("h3", "Pipeline")
    yield el("p", "Each stage is the logic between two rows of registers. The bar is the delay of its longest "
             f"path by a model, before any tool; the dashed line is the clock, the dotted one the {short(limit)} ns "
             "that a path may take of it.", class_="note")  # fmt: skip
    if note := told.get("note"):
        yield el("p", f"Assumed: {note}.", class_="note")
    yield _picture(view.stages, delays, clock, limit)
    rows = list(_rows(view.stages, delays, limit))
    shown = table("Stages", _HEADS, rows)
    yield shown if len(rows) <= _FEW else details("Stages as a table", shown)
    if paths:
        names = {value.name for value in view.values}
        yield details("What is on the longest paths", _parts(told["stages"], names))


def _limit(told: Mapping[str, Any], clock: float) -> float:
    """What a path may take of a clock period, ns."""
    if "budget" in told:
        return float(told["budget"])
    return clock * float(getattr(schedule, "USABLE", 1.0))


def _rows(stages: Sequence[Stage], delays: Sequence[float], limit: float) -> Iterator[list[Child]]:
    whole = sum(stage.lut for stage in stages) or 1.0
    for k, (stage, ns) in enumerate(zip(stages, delays, strict=True)):
        share = percent(stage.lut / whole)
        cells = (f"{stage.nodes:,}", _ns(ns), _ns(limit - ns), share, f"{stage.ff:,}")
        yield [f"stage {k + 1}", *cells]


def _ns(time: float) -> str:
    """A time with its picoseconds."""
    return f"{round(time, 3) + 0.0:.3f}".replace("-", MINUS)


def _picture(stages: Sequence[Stage], delays: Sequence[float], clock: float, limit: float) -> Html:
    bottom = 20 + _STEP * len(stages)
    x = Scale(0.0, max(clock, *delays) * 1.05, _LEFT, _WIDTH - 60)
    bars: list[Child] = []
    for k, (stage, ns) in enumerate(zip(stages, delays, strict=True)):
        bars += _bar(k, stage, ns, x, ns > max(clock, limit))
    lines = [el("line", x1=x(at), x2=x(at), y1=8, y2=bottom, class_=kind)
             for at, kind in ((clock, "bound"), (limit, "usable"))]  # fmt: skip
    axis = Axes(x, Scale(0, 1, bottom, 10)).horizontal("delay, ns", count=5)
    slowest = max(range(len(stages)), key=lambda k: delays[k])
    label = (
        f"Delays of {counted(len(stages), 'stage')}; the longest is {short(delays[slowest])} ns "
        f"in stage {slowest + 1}, the clock is {short(clock)} ns"
    )
    picture = svg(_WIDTH, bottom + 40, label, *lines, *bars, axis, class_="plot wide")
    inside = el("div", picture, class_="scroll", tabindex="0", role="region", aria_label="Delays")
    return el("figure", inside, data_plot="stages")


def _bar(k: int, stage: Stage, ns: float, x: Scale, late: bool) -> list[Child]:
    y, width = 16 + _STEP * k, max(x(ns) - _LEFT, 1.0)
    title = f"stage {k + 1}: {short(ns)} ns, {counted(stage.nodes, 'operation')}"
    is_long = width > 80
    at, anchor = (x(ns) - 8, "end") if is_long else (x(ns) + 6, "start")
    return [
        text(_LEFT - 8, y + 13, str(k + 1), "end"),
        titled("rect", title, "late" if late else "bar", x=_LEFT, y=y, height=18, data_value=ns,
               width=round(width, 2)),
        text(at, y + 13, f"{short(ns)} ns", anchor, "on" if is_long else "tick halo"),
    ]  # fmt: skip


def _parts(stages: Sequence[Mapping[str, Any]], names: set[str]) -> Html:
    """The parts of each stage's longest path, as `symgate.report.timing` gives them."""
    rows: list[list[Child]] = []
    for stage in stages:
        for k, part in enumerate(stage.get("path") or ()):
            value = str(part["value"])
            shown = symbol(value) if value in names else value
            head = f"stage {int(stage['stage']) + 1}" if k == 0 else ""
            rows.append([head, shown, str(part["what"]), _ns(float(part["ns"]))])
    heads = ("", "value", "what", "ns")
    return table("Longest path of each stage", heads, rows, names=3, quiet=True)
