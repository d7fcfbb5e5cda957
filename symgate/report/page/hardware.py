"""The section of the hardware: the pipeline stage by stage, and what each value costs."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from symgate.report import plain, sharing
from symgate.report.page.html import Child, Html, details, el, section, table
from symgate.report.page.mathml import inline, is_typeset, symbol
from symgate.report.page.numbers import counted, level, listed, percent, short
from symgate.report.page.pipeline import pipeline
from symgate.report.page.view import Value, View

_ROWS, _ALL = 12, 200  # values of the table: open, and in all
_KINDS = (("LUT", "lut"), ("FF", "ff"), ("DSP", "dsp"), ("BRAM", "bram"), ("carry", "carry"))
_LONG = 120  # characters of a formula in the table


def hardware(view: View) -> Html:
    """Return resources, the pipeline, and the cost of each value."""
    latency, target = view.report["latency"], view.design.target
    line = (
        f"{target.part}, clock {short(target.clock_ns)} ns, latency "
        f"{counted(latency['cycles'], 'cycle')}, a set of inputs every "
        f"{'cycle' if view.report['ii'] == 1 else counted(view.report['ii'], 'cycle')}."
    )
    told = view.report.get("plain")
    note = el("p", plain.sentence(told), class_="note") if told else None
    turns = view.report.get("sharing")
    shared = el("p", sharing.sentence(turns), class_="note") if turns else None
    resources, saturated = _resources(view.report), _saturation(view.report)
    parts: list[Child] = [el("p", line), resources, note, shared, saturated]
    return section("hardware", "Hardware", *parts, *pipeline(view), *_values(view))


def _saturation(report: Mapping[str, Any]) -> Html | None:
    """What it takes that inputs saturate, where the report says it."""
    found = report.get("input_saturation")
    if not found:
        return None
    names = listed(list(found["inputs"]))
    line = f"{short(found['lut'])} LUT of these make {names} saturate to the stated range."
    return el("p", line, class_="note")


def _resources(report: Mapping[str, Any]) -> Html:
    rows = [["estimate, before any tool", *(short(report["estimate"].get(k)) for _, k in _KINDS)]]
    if found := report.get("plain"):
        rows.append(["plain Verilog", *(plain.shown(found[key]) for _, key in _KINDS)])
    if counts := report.get("synthesis"):
        tool = f"{counts['tool']} {counts.get('family') or ''}".strip()
        rows.append([tool, *(short(counts.get(key)) for _, key in _KINDS)])
    return table("Resources", ("", *(name for name, _ in _KINDS)), rows)


def _values(view: View) -> Iterator[Html]:
    placed = sorted((v for v in view.values if v.node is not None), key=lambda v: -v.lut)
    if not placed:
        return
    total = sum(value.lut for value in placed) or 1.0
    most = placed[0].lut or 1.0
    yield el("h3", "Cost per value")
    yield el("p", "Shares of the LUT by the operators' own model, before the mapping that the estimate "
             "above counts: what a value takes, with what is there for it alone.", class_="note")  # fmt: skip
    heads = ("value", "formula", "format", "stage", "share of the LUT", "own error")
    rows = [_value(value, total, most) for value in placed[:_ALL]]
    yield table("Values, the dearest first", heads, rows[:_ROWS], names=3)
    if rest := rows[_ROWS:]:
        more = table("The other values", heads, rest, names=3)
        left = f", and {len(placed) - _ALL:,} that are not shown" if len(placed) > _ALL else ""
        yield details(f"{counted(len(rest), 'more value')}{left}", more)


def _value(value: Value, total: float, most: float) -> list[Child]:
    part = value.lut / total
    bar = el("span", el("span", style=f"width:{100 * value.lut / most:.1f}%"), class_="bar")
    own = level(value.error) if value.error else "exact"
    share = el("span", bar, percent(part), class_="nowrap")
    stage = str(value.stage + 1)
    return [symbol(value.name), _formula(value), el("code", value.format), stage, share, own]  # fmt: skip


def _formula(value: Value) -> Html:
    if value.expr is None or len(value.text) > _LONG or not is_typeset(value.expr):
        text_ = value.text if len(value.text) <= _LONG else f"{value.text[:_LONG]}…"
        return el("code", text_)
    return inline(value.expr)
