"""The section of accuracy, where the data had labels: ROC curves, confusion, agreement."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from symgate.report.page.html import Child, Html, el, section, table
from symgate.report.page.mathml import symbol
from symgate.report.page.numbers import percent, short
from symgate.report.page.svg import Axes, Scale, polyline, svg, text, titled
from symgate.report.page.view import View

_SERIES = 8  # colours that can be told apart; further curves have plots of their own


def accuracy(view: View) -> Html | None:
    """Return what labelled data say; None where none were simulated."""
    metric = view.report.get("metric")
    classifier = (view.pictures or {}).get("classifier")
    if not metric and not classifier:
        return None
    parts: list[Child] = [*_classifier(classifier)] if classifier else []
    if metric and metric["name"] != "accuracy":
        parts.append(_metric(metric))
    return section("accuracy", "Accuracy", *parts) if parts else None


def _metric(metric: Mapping[str, Any]) -> Html:
    name, rows = metric["name"], metric["rows"]
    line = f"{name} on {rows:,} rows of {metric['data']}: float64 {short(metric['float'], 4)}, "
    return el("p", f"{line}fixed point {short(metric['fixed'], 4)}.")


def _classifier(c: Mapping[str, Any]) -> Iterator[Html]:
    plus = f" ± {percent(c['sigma'], 1)}"
    figures = (
        ("float64", percent(c["float"], 2) + plus),
        ("fixed point", percent(c["fixed"], 2) + plus),
        ("same class", percent(c["agreement"], 2)),
    )
    cells = (
        el("div", el("dt", n), el("dd", v, class_="value"), class_="figure") for n, v in figures
    )
    yield el("dl", *cells, class_="figures small")
    yield el("p", f"{c['rows']:,} rows with labels in column {c['label']}; ± is statistical, one "
             "standard deviation.", class_="note")  # fmt: skip
    yield el(
        "div", _roc(c["roc"], c["auc"]), _confusion(c["confusion"], list(c["auc"])), class_="pair"
    )
    rows = []
    for name, (a, b) in c["auc"].items():
        change = None if a is None or b is None else b - a
        sign = "+" if change is not None and change > 0 else ""
        rows.append([symbol(name), short(a, 4), short(b, 4), sign + short(change, 2)])
    yield table("Area under the ROC curve", ("output", "float64", "fixed point", "change"), rows)


def _roc(curves: Mapping[str, Any], areas: Mapping[str, Sequence[float | None]]) -> Html:
    x, y = Scale(0.0, 1.0, 44, 344), Scale(0.0, 1.0, 320, 20)
    axes = Axes(x, y)
    lines: list[Child] = [el("line", x1=x(0), y1=y(0), x2=x(1), y2=y(1), class_="diagonal")]
    for k, (name, sides) in enumerate(list(curves.items())[:_SERIES]):
        for side in ("float", "fixed"):
            points = [(x(a), y(b)) for a, b in sides[side]]
            lines.append(polyline(points, f"series s{k} {side}", data_output=name, data_side=side))
        at = 314 - 15 * (min(len(curves), _SERIES) - 1 - k)
        lines.append(
            el("line", x1=228, x2=244, y1=at - 16, y2=at - 16, class_=f"series s{k} fixed")
        )
        lines.append(text(250, at - 12, f"{name}  {short(areas[name][1], 4)}", class_="tick"))
    grid = axes.vertical("true positives"), axes.horizontal("false positives; area at the right")
    label = "ROC curves, one output against the rest; fixed point full, float64 dashed"
    caption = el("figcaption", "ROC, one against the rest: fixed point full, float64 dashed")
    picture = svg(360, 360, label, *grid, *lines)
    return el("figure", caption, picture, data_plot="roc")


def _confusion(counts: Sequence[Sequence[int]], names: Sequence[str]) -> Html:
    size = min(54.0, 300.0 / max(len(names), 1))
    left, top = 60.0, 34.0
    cells: list[Child] = []
    for i, row in enumerate(counts):
        whole = sum(row) or 1
        cells.append(text(left - 8, top + size * (i + 0.5) + 4, names[i], "end"))
        cells.append(text(left + size * (i + 0.5), top - 8, names[i], "middle"))
        for k, count in enumerate(row):
            share = count / whole
            x, y = left + size * k, top + size * i
            title = f"true {names[i]}, chosen {names[k]}: {count:,} ({percent(share)})"
            opacity = round(0.04 + 0.9 * share, 3)
            cells.append(titled("rect", title, "heat", x=x, y=y, width=size - 1.5, height=size - 1.5,
                                fill_opacity=opacity, data_count=count))  # fmt: skip
            dark = " on" if share > 0.5 else ""
            cells.append(
                text(x + size / 2, y + size / 2 + 4, f"{count:,}", "middle", f"cell{dark}")
            )
    edge = size * len(names)
    label = "Confusion of the firmware: true class by row, chosen class by column"
    below = text(left + edge / 2, top + edge + 18, "chosen by the firmware", "middle", "label")
    picture = svg(left + edge + 10, top + edge + 28, label, *cells, below)
    caption = el("figcaption", "Confusion: true class by row, chosen class by column")
    return el("figure", caption, picture, data_plot="confusion")
