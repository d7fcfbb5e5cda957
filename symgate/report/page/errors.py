"""The section of errors: what was asked, proved and seen; where and how often it is large."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from symgate.ir.firmware import Bound
from symgate.report.page.html import Child, Html, details, el, section, table
from symgate.report.page.mathml import symbol
from symgate.report.page.numbers import ABSENT, counted, level, percent, short
from symgate.report.page.svg import Axes, Scale, svg, text, titled
from symgate.report.page.view import View
from symgate.sim.input_bits import width_text, worst_outputs

_DRAWN = 12  # outputs with plots of their own
_LEGEND = (("allowed", "asked for"), ("certified", "certified"), ("seen", "largest seen"))


def errors(view: View) -> Html:
    """Return every figure and plot about errors."""
    parts: list[Child] = [_allowances(view), _figures(view)]
    if view.pictures:
        parts += [*_plots(view, view.pictures), *_along_inputs(view, view.pictures)]
    return section("errors", "Errors", *parts, *_worst(view), *_input_bits(view))


def _allowances(view: View) -> Html:
    """A bar per output: how much of what is allowed is certified, and how much was seen."""
    rows = [_allowance(view, bound) for bound in view.bounds]
    keys = [el("span", el("i", class_=f"key {key}"), name) for key, name in _LEGEND]
    return el("div", el("p", *keys, class_="legend"), *rows, class_="bullets")


def _allowance(view: View, bound: Bound) -> Html:
    seen = view.seen(bound.output)
    full = max(bound.target or 0.0, bound.bound, seen or 0.0) or 1.0
    x = Scale(0.0, full, 0.0, 100.0)
    bars: list[Child] = [
        titled("rect", f"certified {short(bound.bound)}", "certified", x=0, y=4,
               width=x(bound.bound), height=16, data_value=bound.bound),
    ]  # fmt: skip
    if seen is not None:
        bars.append(titled("rect", f"largest seen {short(seen)}", "seen", x=0, y=9,
                           width=x(seen), height=6, data_value=seen))  # fmt: skip
    if bound.target is not None:
        at = x(bound.target)
        bars.append(el("line", x1=at, x2=at, y1=0, y2=24, class_="allowed"))
    label = f"{bound.output}: certified {short(bound.bound)}, seen {short(seen)}"
    picture = el("svg", *bars, viewBox="0 0 100 24", preserveAspectRatio="none", role="img",
                 aria_label=label, class_="bullet", data_output=bound.output)  # fmt: skip
    tell = (
        [short(bound.bound), " of ", short(bound.target, 4)]
        if bound.target
        else [short(bound.bound)]
    )
    return el("div", el("span", symbol(bound.output), class_="who"), picture,
              el("span", *tell, class_="num"), class_="bullet-row")  # fmt: skip


def _figures(view: View) -> Html:
    drawn = (view.pictures or {}).get("outputs", {})
    heads = ("output", "asked for", "certified", "largest seen", "rms", "one output step")
    rows = []
    for bound in view.bounds:
        told = view.report["outputs"][bound.output]
        step = next(port.type.ulp for port in view.graph.outputs if port.name == bound.output)
        rms = told.get("rms")
        if rms is None:
            rms = ((drawn.get(bound.output) or {}).get("firmware") or {}).get("rms")
        cells = (bound.target, told["certified_bound"], view.seen(bound.output), rms, float(step))
        rows.append([symbol(bound.output), short(cells[0], 4), *map(level, cells[1:])])
    return table("Errors in the unit of each output", heads, rows)


def _plots(view: View, pictures: Mapping[str, Any]) -> Iterator[Html]:
    drawn = _drawn(pictures)
    rows = counted(pictures["rows"], "row")
    yield el("h3", "How large, how often")
    yield el("p", f"Firmware minus formula on {rows}: {pictures['source']}. "
             "Dashed lines are the certified bound.", class_="note")  # fmt: skip
    yield el("div", *histograms(view), class_="tiles")
    if any(p.get("both") for p in drawn.values()):
        yield _sources(drawn)
    yield el("h3", "Fixed point against float64")
    yield el("div", *(_scatter(n, p["scatter"]) for n, p in drawn.items()), class_="tiles")


def _drawn(pictures: Mapping[str, Any]) -> dict[str, Any]:
    """The outputs with plots."""
    outputs = list(pictures["outputs"].items())[:_DRAWN]
    return {name: picture for name, picture in outputs if picture.get("histogram")}


def histograms(view: View) -> list[Html]:
    """Return the histogram of the error of each output; none where nothing was simulated."""
    bounds = {bound.output: bound.bound for bound in view.bounds}
    drawn = _drawn(view.pictures) if view.pictures else {}
    return [_histogram(name, picture, bounds[name]) for name, picture in drawn.items()]


def _histogram(name: str, picture: Mapping[str, Any], bound: float) -> Html:
    h = picture["histogram"]
    edge = max(bound, h["to"]) * 1.04
    x, y = Scale(-edge, edge, 14, 254), Scale(0, max(h["counts"]) or 1, 132, 24)
    width = (h["to"] - h["from"]) / len(h["counts"])
    bars = []
    for k, count in enumerate(h["counts"]):
        low = h["from"] + k * width
        title = f"{short(low)} to {short(low + width)}: {count:,}"
        bars.append(titled("rect", title, "bar", x=x(low), y=y(count), data_count=count,
                           width=round(max(x(low + width) - x(low), 0.5), 2),
                           height=round(132 - y(count), 2)))  # fmt: skip
    ends = [el("line", x1=x(v), x2=x(v), y1=20, y2=132, class_="bound") for v in (-bound, bound)]
    size = picture["firmware"]["max"]
    label = f"Histogram of the error of {name}: at most {short(size)}, certified {short(bound)}"
    title = text(14, 12, f"largest {short(size)}", "start", "label")
    inside = [*bars, *ends, Axes(x, y).horizontal("firmware − formula", count=5), title]
    return _figure(name, svg(268, 170, label, *inside), "histogram")


def _sources(drawn: Mapping[str, Any]) -> Html:
    """The errors of the firmware, of rounding the data onto the ports, and of both."""
    heads = ("output", "firmware", "rounding your data onto the ports", "both together")
    rows = []
    for name, picture in drawn.items():
        sizes = [(picture.get(part) or {}).get("max") for part in ("firmware", "inputs", "both")]
        rows.append([symbol(name), *map(level, sizes)])
    return table("Largest errors on these data, by where they come from", heads, rows)


def _scatter(name: str, points: Sequence[Sequence[float]]) -> Html:
    values = [value for point in points for value in point] or [0.0, 1.0]
    lo, hi = min(values), max(values)
    room = (hi - lo) * 0.05 or 1.0
    x, y = Scale(lo - room, hi + room, 44, 254), Scale(lo - room, hi + room, 150, 24)
    dots = [titled("circle", f"float64 {short(a, 5)}, fixed {short(b, 5)}", "dot", cx=x(a), cy=y(b),
                   r=2, data_x=a, data_y=b) for a, b in points]  # fmt: skip
    axes = Axes(x, y)
    line = el("line", x1=x(lo), y1=y(lo), x2=x(hi), y2=y(hi), class_="diagonal")
    label = f"Fixed point against float64 for {name}: {len(points)} rows on the diagonal"
    inside = [
        axes.vertical("fixed point", count=5),
        axes.horizontal("float64", count=5),
        line,
        *dots,
    ]
    return _figure(name, svg(268, 188, label, *inside), "scatter")


def _figure(name: str, picture: Html, kind: str) -> Html:
    return el("figure", el("figcaption", symbol(name)), picture, data_plot=kind, data_output=name)


def _along_inputs(view: View, pictures: Mapping[str, Any]) -> Iterator[Html]:
    drawn = list(pictures["outputs"].items())[:_DRAWN]
    slices = {n: p["slices"] for n, p in drawn if p.get("slices")}
    if not slices:
        return
    yield el("h3", "Where it is large")
    yield el("p", "The range of each input in 16 parts; the stronger, the closer the largest error "
             "seen there comes to the certified bound. Empty: no row lay there.", class_="note")  # fmt: skip
    inputs = list(dict.fromkeys(name for found in slices.values() for name in found))
    bounds = {bound.output: bound.bound for bound in view.bounds}
    spans = {port.name: port.span for port in view.design.inputs}
    if len(inputs) <= 8:
        heads = ["output", *inputs]
        rows = [[symbol(out), *_strips(out, inputs, found, bounds[out], spans)]
                for out, found in slices.items()]  # fmt: skip
        title = "Largest errors over the range of each input"
        yield table(title, heads, rows, names=len(heads), quiet=True)
        return
    for out, found in slices.items():
        rows = [
            [symbol(n), _strip(out, n, strip, bounds[out], spans[n])] for n, strip in found.items()
        ]
        inside = table(f"Inputs that change the error of {out} most", ("input", "over its range"),
                       rows, names=2)  # fmt: skip
        yield details(symbol(out), inside)


def _strips(
    output: str, inputs: Sequence[str], found: Mapping[str, Any], bound: float, spans: Mapping[str, Any]
) -> Iterator[Child]:
    """A strip for each input, nothing for those that change the error of ``output`` least."""
    for n in inputs:
        yield _strip(output, n, found[n], bound, spans[n]) if n in found else ""


def _strip(
    output: str,
    name: str,
    parts: Sequence[float | None],
    bound: float,
    span: tuple[float, float],
) -> Html:
    lo, hi = span
    step = (hi - lo) / len(parts)
    cells: list[Child] = [
        el("rect", x=0, y=0, width=9 * len(parts) - 0.6, height=16, class_="empty")
    ]
    for k, size in enumerate(parts):
        if size is None:
            continue
        share = min(size / bound, 1.0) if bound else 0.0
        title = f"{name} from {short(lo + k * step)} to {short(lo + (k + 1) * step)}: {short(size)}"
        cells.append(titled("rect", title, "heat", x=k * 9, y=0, width=8.4, height=16, data_value=size,
                            fill_opacity=round(0.06 + 0.94 * share, 3)))  # fmt: skip
    known = [size for size in parts if size is not None]
    label = f"Error of {output} along {name}: {short(min(known, default=0.0))} to {short(max(known, default=0.0))}"
    return svg(9.0 * len(parts), 16, label, *cells, class_="strip")


def _worst(view: View) -> Iterator[Html]:
    tried = view.report.get("evidence")
    if not tried:
        return
    bounds = {bound.output: bound.bound for bound in view.bounds}
    rows: list[list[Child]] = []
    for name, seen in tried["outputs"].items():
        error, bound = seen["largest_error"], bounds.get(name)
        share = percent(error / bound) if error is not None and bound else ABSENT
        at = [f"{n} = {v if isinstance(v, str) else short(v, 7)}" for n, v in seen["at"].items()]
        rows.append([symbol(name), ", ".join(at[:6]) + (", …" if len(at) > 6 else ""),
                     level(error), share])  # fmt: skip
    what = counted(tried["points"], "input")
    every = (
        "Every input was tried"
        if tried["all_inputs"]
        else f"{what} were tried, with a climb from the worst"
    )
    yield el("h3", "Worst inputs found")
    yield el(
        "p", f"{every}; {tried['ball_points']:,} of them in rigorous arithmetic.", class_="note"
    )
    heads = ("output", "at", "error", "of the bound")
    yield table("Worst inputs that compiling found", heads, rows, names=2, quiet=True)


def _input_bits(view: View) -> Iterator[Html]:
    """What other widths of the inputs would do to the errors."""
    found = view.report.get("input_bits")
    if not found:
        return
    bounds = {bound.output: bound.bound for bound in view.bounds}
    rows: list[list[Child]] = []
    for row, output, share in worst_outputs(found, bounds):
        size, here = row["outputs"][output], "" if row["change"] else " as compiled"
        part = ABSENT if share is None else percent(share)
        cells = (level(size["max"]), level(size["rms"]), part)
        rows.append([f"{width_text(row)} bits{here}", symbol(output), *cells])
    yield el("h3", "How many input bits?")
    yield el("p", "The certified error holds for values on the grid of the inputs. Rounding yours onto it adds "
             "what stands here, for the output that it hurts most; take more bits until it is small beside "
             f"the certified error. On {counted(found['rows'], 'row')}: {found['source']}.", class_="note")  # fmt: skip
    heads = ("inputs", "output", "largest", "rms", "of its certified error")
    yield table("Input bits against error", heads, rows, names=2, quiet=True)
