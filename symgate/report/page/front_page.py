"""The page of a front: what each row of a search costs in hardware, beside how good it is."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from symgate.errors import SymgateError
from symgate.frontend.language.infix import parse
from symgate.report.page.frame import frame
from symgate.report.page.html import Child, Html, el, section, table
from symgate.report.page.mathml import flowing, is_typeset
from symgate.report.page.numbers import ABSENT, counted, level, short
from symgate.report.page.svg import Axes, Scale, labels, polyline, svg, titled

Row = Mapping[str, Any]
_LONGEST = 240  # characters of a formula in the table
_HEADS = ("complexity", "formula", "loss", "LUT", "FF", "DSP", "latency, ns", "certified error")


def front_page(rows: Sequence[Row], name: str) -> str:
    """Return the page of the rows of a front, as `symgate.explore.pareto_front` has them."""
    found = [row for row in rows if row["lut"] is not None]
    best = sorted((row for row in found if row["best"]), key=lambda row: float(row["lut"]))
    head = el(
        "header",
        el("p", "symgate front", class_="eyebrow"),
        el("h1", name),
        el("p", *_sentence(rows, found, best), class_="lead"),
        id_="top",
        class_="hero",
    )
    parts = [("front", "Front", _front(found, best)), ("rows", "Rows", _rows(found))]
    if refused := [row for row in rows if row["lut"] is None]:
        parts.append(("refused", "Refused", _refused(refused)))
    return frame(f"{name} · symgate front", head, parts)


def _sentence(rows: Sequence[Row], found: Sequence[Row], best: Sequence[Row]) -> Iterator[Child]:
    yield f"{len(found)} of {counted(len(rows), 'row')} compiled. "
    if not best:
        return
    small, large = best[0], best[-1]
    yield f"{len(best)} of them {'is' if len(best) == 1 else 'are'} beaten by no other: from "
    yield el("strong", f"{short(small['lut'])} LUT")
    yield f" with a loss of {short(small['loss'])} to "
    yield el("strong", f"{short(large['lut'])} LUT")
    yield f" with {short(large['loss'])}."


def _front(found: Sequence[Row], best: Sequence[Row]) -> Html:
    if not found:
        return section("front", "Loss against hardware", el("p", "No row compiled."))
    losses = [float(row["loss"]) for row in found]
    is_log = min(losses) > 0
    lo, hi = (min(losses) / 1.1, max(losses) * 1.1) if is_log else (0.0, max(losses) * 1.1 or 1.0)
    most = max(float(row["lut"]) for row in found)
    x, y = Scale(0.0, most * 1.08 or 1.0, 60, 740), Scale(lo, hi, 360, 24, log=is_log)
    axes = Axes(x, y)
    line = polyline([(x(row["lut"]), y(row["loss"])) for row in best], "series s0")
    dots: list[Child] = []
    for row in found:
        at, height = x(float(row["lut"])), y(float(row["loss"]))
        tell = f"complexity {row['complexity']}: {short(row['lut'])} LUT, loss {short(row['loss'])}"
        kind = "dot best" if row["best"] else "dot beaten"
        dots.append(titled("circle", tell, kind, cx=at, cy=height, r=4.5 if row["best"] else 3,
                           data_lut=row["lut"], data_loss=row["loss"]))  # fmt: skip
    dots += labels((x(row["lut"]), y(row["loss"]), str(row["complexity"])) for row in best)
    label = f"Loss against LUT of {counted(len(found), 'row')}; {len(best)} are on the front"
    picture = svg(760, 400, label, axes.vertical("loss of the search", count=5),
                  axes.horizontal("LUT, estimate", count=6), line, *dots, class_="plot wide")  # fmt: skip
    inside = el("div", picture, class_="scroll", tabindex="0", role="region", aria_label="Front")
    note = "Numbers are complexities. Pale: another row has no more LUT and no larger loss."
    return section(
        "front", "Loss against hardware", el("p", note, class_="note"),
        el("figure", inside, data_plot="front"),
    )  # fmt: skip


def _rows(found: Sequence[Row]) -> Html:
    cells = [_cells(row) for row in found]
    return section("rows", "Rows", table("Rows that compiled", _HEADS, cells, names=2, quiet=True))


def _cells(row: Row) -> list[Child]:
    number = str(row["complexity"])
    name = (
        el("a", number, href=f"c{number}/report.html") if row["complexity"] else el("span", ABSENT)
    )
    mark = " on the front" if row["best"] else ""
    sizes = (short(row[key]) for key in ("lut", "ff", "dsp", "ns"))
    head = el("span", name, el("span", mark, class_="note"), class_="nowrap")
    return [head, _formula(str(row["equation"])), level(row["loss"]), *sizes, level(row["bound"])]


def _formula(equation: str) -> Html:
    try:
        e = parse(equation, None)
    except (SymgateError, RecursionError):
        e = None
    if e is None or not is_typeset(e) or len(equation) > _LONGEST:
        shown = equation if len(equation) <= _LONGEST else f"{equation[:_LONGEST]}…"
        return el("code", shown)
    return flowing(e)


def _refused(rows: Sequence[Row]) -> Html:
    cells: list[list[Child]] = [
        [str(row["complexity"]), _formula(str(row["equation"])), str(row["refused"])]
        for row in rows
    ]
    heads = ("complexity", "formula", "reason")
    return section(
        "refused", "Refused", table("Rows that were refused", heads, cells, 3, quiet=True)
    )
