"""The page of an exploration: what each design costs beside how wrong it is, and which to take."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from symgate.report.page.frame import frame
from symgate.report.page.html import Child, Html, code, el, section, table
from symgate.report.page.numbers import ABSENT, counted, level, percent, short
from symgate.report.page.svg import Axes, Scale, labels, polyline, svg, titled

Row = Mapping[str, Any]
#: Columns of a setting, in the words of a table; those that do not vary are left out.
_SETTINGS = {
    "candidate": "formula",
    "error": "stated error",
    "bits": "input bits",
    "clock": "clock",
    "objective": "objective",
    "effort": "effort",
}
_WRONG = {
    "loss": "loss",
    "total": "error with rounded inputs",
    "bound": "certified error",
}
_NAMES = {**_WRONG, "cycles": "cycles", "ns": "latency"}


def explore_page(rows: Sequence[Row], minimised: Sequence[str], name: str) -> str:
    """Return the page of the rows of `symgate.explore.exploration.Found`, on a front of the columns
    ``minimised``.
    """
    found = [row for row in rows if row["state"] == "compiled"]
    best = sorted((row for row in found if row["best"]), key=lambda row: float(row["lut"]))
    head = el(
        "header",
        el("p", "symgate exploration", class_="eyebrow"),
        el("h1", name),
        el("p", *_sentence(rows, found, best), class_="lead"),
        id_="top",
        class_="hero",
    )
    varied = [key for key in _SETTINGS if len({row[key] for row in rows}) > 1]
    parts = [("front", "Front", _front(found, best, minimised))]
    if best:
        parts.append(("designs", "Designs", _designs(best, varied, name)))
    parts.append(("points", "Points", _points(found, varied)))
    if refused := [row for row in rows if row["state"] == "refused"]:
        parts.append(("refused", "Refused", _refused(refused, varied)))
    return frame(f"{name} · symgate exploration", head, parts)


def _sentence(rows: Sequence[Row], found: Sequence[Row], best: Sequence[Row]) -> Iterator[Child]:
    yield f"{len(found)} of {counted(len(rows), 'design')} compiled. "
    missing = sum(row["state"] == "missing" for row in rows)
    if missing:
        yield f"{missing} are still to be made: run the same command again. "
    if best:
        small, large = best[0], best[-1]
        yield f"{len(best)} {'is' if len(best) == 1 else 'are'} beaten by no other: from "
        yield el("strong", f"{short(small['lut'])} LUT")
        yield " to "
        yield el("strong", f"{short(large['lut'])} LUT")
        yield "."


def _wrong(minimised: Sequence[str]) -> str:
    """The column that the plot shows beside the LUTs."""
    return next((name for name in _WRONG if name in minimised), "bound")


def _front(found: Sequence[Row], best: Sequence[Row], minimised: Sequence[str]) -> Html:
    key = _wrong(minimised)
    shown = [row for row in found if row[key] is not None]
    if not shown:
        return section("front", "Error against hardware", el("p", "Nothing compiled yet."))
    heights = [float(row[key]) for row in shown]
    is_log = min(heights) > 0
    low, high = (min(heights) / 1.1, max(heights) * 1.1) if is_log else (0.0, max(heights) * 1.1)
    sizes = [float(row["lut"]) for row in shown]
    span = max(sizes) - min(sizes) or max(sizes) or 1.0
    left = max(0.0, min(sizes) - 0.06 * span)
    x, y = (
        Scale(left, max(sizes) + 0.06 * span, 60, 740),
        Scale(low, high or 1.0, 360, 24, log=is_log),
    )
    axes = Axes(x, y)
    dots = [_dot(row, key, x, y) for row in sorted(shown, key=lambda row: bool(row["best"]))]
    tips = _labels(best, key, x, y)
    lines = _lines(best, key, x, y) if len(minimised) == 2 else []
    label = f"{_WRONG[key]} against LUT of {counted(len(shown), 'design')}"
    what = _measure(shown, key)
    picture = svg(760, 400, label, axes.vertical(what, count=5), axes.horizontal("LUT, estimate", count=6),
                  *lines, *dots, *tips, class_="plot wide")  # fmt: skip
    inside = el("div", picture, class_="scroll", tabindex="0", role="region", aria_label="Front")
    words = [_NAMES.get(name, name.upper()) for name in minimised]
    by = " and ".join([", ".join(words[:-1]), words[-1]]) if words[1:] else words[0]
    note = f"Strong: no other design is as good or better in {by}. Point at a dot for its settings."
    return section("front", f"{_WRONG[key].capitalize()} against hardware", el("p", note, class_="note"),
                   el("figure", inside, data_plot="explore"))  # fmt: skip


def _measure(rows: Sequence[Row], key: str) -> str:
    metrics = {row["metric"] for row in rows} - {None}
    if key == "loss" and metrics:
        name = str(min(metrics))
        return (
            f"1 − {name} on the data"
            if name in ("accuracy", "agreement")
            else f"{name} on the data"
        )
    return "loss of the search" if key == "loss" else _WRONG[key]


def _dot(row: Row, key: str, x: Scale, y: Scale) -> Html:
    stated = [f"{word} {row[name]}" for name, word in _SETTINGS.items() if row[name] is not None]
    tell = f"{short(row['lut'])} LUT, {_WRONG[key]} {short(row[key])}: {', '.join(stated)}"
    kind, size = ("dot best", 4.5) if row["best"] else ("dot beaten", 3)
    place = {"cx": x(float(row["lut"])), "cy": y(float(row[key])), "r": size}
    return titled("circle", tell, kind, **place, data_lut=row["lut"], data_wrong=row[key])


def _labels(best: Sequence[Row], key: str, x: Scale, y: Scale) -> list[Html]:
    """Numbers of the designs beside their dots."""
    return labels(
        (x(float(row["lut"])), y(float(row[key])), f"{number:02}")
        for number, row in enumerate(best, 1)
        if row[key] is not None
    )


def _lines(best: Sequence[Row], key: str, x: Scale, y: Scale) -> list[Html]:
    """A line through each front: one for each formula where these are not compared."""
    names = {row["candidate"] for row in best} if key != "loss" else {""}
    lines = []
    for name in sorted(names):
        rows = [row for row in best if name in ("", row["candidate"]) and row[key] is not None]
        places = [(x(float(row["lut"])), y(float(row[key]))) for row in rows]
        lines.append(polyline(places, "series s0"))
    return lines


def _designs(best: Sequence[Row], varied: Sequence[str], name: str) -> Html:
    heads = ("design", *(_SETTINGS[key] for key in varied), *_HEADS)
    cells = [
        [el("code", f"front/{number:02}.toml"), *_cells(row, varied)]
        for number, row in enumerate(best, 1)
    ]
    how = code("symgate compile front/01.toml -o build/chosen", "command")
    return section(
        "designs", "Designs on the front",
        el("p", f"Each is a complete design file in the folder of this page, {name}:"), how,
        table("Designs on the front", heads, cells, names=1 + len(varied), quiet=True),
    )  # fmt: skip


_HEADS = ("LUT", "FF", "DSP", "cycles", "ns", "certified error", "with rounded inputs", "on data")


def _cells(row: Row, varied: Sequence[str]) -> list[Child]:
    stated: list[Child] = [ABSENT if row[key] is None else str(row[key]) for key in varied]
    sizes = [short(row[key]) for key in ("lut", "ff", "dsp", "cycles", "ns")]
    return [*stated, *sizes, level(row["bound"]), level(row["total"]), _on_data(row)]


def _on_data(row: Row) -> str:
    if row["metric"] is None:
        return ABSENT
    if row["metric"] in ("accuracy", "agreement"):
        return percent(row["fixed"], 1)
    return short(row["fixed"])


def _points(found: Sequence[Row], varied: Sequence[str]) -> Html:
    heads = ("", *(_SETTINGS[key] for key in varied), *_HEADS)
    marks = ["on the front" if row["best"] else "" for row in found]
    cells = [[mark, *_cells(row, varied)] for mark, row in zip(marks, found, strict=True)]
    whole = table("All designs", heads, cells, names=1 + len(varied), quiet=True)
    return section("points", "All designs", whole)


def _refused(rows: Sequence[Row], varied: Sequence[str]) -> Html:
    heads = ("formula", *(_SETTINGS[key] for key in varied if key != "candidate"), "reason")
    others = [key for key in varied if key != "candidate"]
    cells: list[list[Child]] = [
        [
            str(row["candidate"]),
            *(ABSENT if row[key] is None else str(row[key]) for key in others),
            str(row["refused"]),
        ]
        for row in rows
    ]
    shown = table("Designs that were refused", heads, cells, len(heads), quiet=True)
    return section("refused", "Refused", shown)
