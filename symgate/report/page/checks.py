"""The section that says how far to trust the build: proved, simulated, and what needs Vivado."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from symgate.proof.recheck import OPEN, PROVED, WRONG
from symgate.report.page.html import Html, el, section, table
from symgate.report.page.numbers import ABSENT, counted, listed, short
from symgate.report.page.view import View

#: How the verdict of a second proof is told.
_VERDICTS = {PROVED: "proved again", OPEN: "left open", WRONG: "contradicted"}


def checks(view: View) -> Html:
    """Return three lists, and what each model and each second proof gave."""
    columns = (
        ("Proved", "for every input code in range", _proved(view)),
        ("Simulated", "on vectors, bit by bit", _simulated(view.report)),
        ("Needs Vivado", "what symgate cannot know", _open(view)),
    )
    cards = (
        el("div", el("h3", name), el("p", about, class_="note"), el("ul", *lines), class_="card")
        for name, about, lines in columns
    )
    found = view.report.get("checks") or {}
    return section("checks", "How it was checked", el("div", *cards, class_="cards"),
                   *_models(found), *_second(found), *_assumed(view.report))  # fmt: skip


def _item(state: str, *inside: str) -> Html:
    marks = {"yes": ("✓", "done"), "no": ("✗", "failed"), "open": ("○", "not done")}
    sign, word = marks[state]
    return el("li", el("span", sign, role="img", aria_label=word, class_="mark"), " ",
              el("span", *inside), class_=state)  # fmt: skip


def _proved(view: View) -> Iterator[Html]:
    yield _item(
        "yes", "Each output stays within its certified error, for every input code in range."
    )
    compared = view.certificate.data.get("rewriting") or {}
    points = [name for name, c in compared.items() if "point" in str(c.get("method", ""))]
    if compared and not points:
        yield _item(
            "yes", "The formulas that the hardware computes are those of the design, by algebra."
        )
    elif compared:
        yield _item(
            "open", f"The rewritten formulas of {listed(points)} were compared at points only."
        )
    if run := view.certificate.data.get("every_input"):
        yield _item("yes", f"Every input was run for {listed(list(run))}.")
    second = (view.report.get("checks") or {}).get("proof")
    if second is None:
        yield _item(
            "open",
            "The second proof, by other code, is not run yet: ",
            el("code", "symgate verify"),
        )
        return
    wrong = [p["output"] for p in second if p["verdict"] == WRONG]
    open_ = [p["output"] for p in second if p["verdict"] not in (PROVED, WRONG)]
    if wrong:
        yield _item("no", f"The second proof contradicts the bound of {listed(wrong)}.")
    if open_:
        yield _item("open", f"The second proof leaves {listed(open_)} open.")
    if not wrong and not open_:
        yield _item("yes", "Proved a second time, by code that shares nothing with the compiler.")


def _simulated(report: Mapping[str, Any]) -> Iterator[Html]:
    told = report["verify"]
    if told["vectors"] is None:
        yield _item("open", "The models are not compared yet: ", el("code", "symgate verify"))
    else:
        models = ", ".join(told["models"])
        same = told["mismatches"] == 0
        tell = "no bit differs" if same else counted(told["mismatches"], "row") + " differ"
        yield _item("yes" if same else "no", f"{told['vectors']:,} vectors in {models}: {tell}.")
    if tried := report.get("evidence"):
        yield _item(
            "yes", f"{counted(tried['points'], 'input')} tried against the bounds while compiling."
        )
    found = report.get("simulation")
    if found and report.get("metric"):
        yield _item("yes", f"{found['rows']:,} rows of {found['source']} against float64.")
    elif found:
        yield _item("yes", f"{found['rows']:,} rows against float64: {found['source']}.")


def _open(view: View) -> Iterator[Html]:
    part = view.design.target.part
    yield _item(
        "open",
        f"Whether {short(view.design.target.clock_ns)} ns is met on {part}, after place and route.",
    )
    yield _item("open", "LUT and FF after place and route; the figures here are before it.")
    yield _item("open", "What Vitis HLS makes of the C++: its latency and its resources.")
    yield _item(
        "open", "What lies around the module: clocks, resets, and how data reach the ports."
    )


def _models(found: Mapping[str, Any]) -> Iterator[Html]:
    runs = found.get("runs")
    if not runs:
        return
    rows = []
    for run in runs:
        told = run.get("skipped") or run.get("failed")
        outcome = "the reference" if run["model"] == "numpy" else short(run["mismatches"])
        vectors = ABSENT if run.get("skipped") else short(run["vectors"])
        rows.append([run["model"], told or "ran", vectors, ABSENT if told else outcome])
    yield table("Models on the same vectors", ("model", "state", "vectors", "rows that differ"), rows,
                names=2)  # fmt: skip


def _second(found: Mapping[str, Any]) -> Iterator[Html]:
    again = found.get("proof")
    if not again:
        return
    rows = [[p["output"], short(p["certified"], 4), short(p["reached"], 4),
             _VERDICTS.get(p["verdict"], p["verdict"]) + (f": {p['problem']}" if p.get("problem") else "")]
            for p in again]  # fmt: skip
    heads = ("output", "certified", "by the second proof", "verdict")
    yield table("The second proof", heads, rows)


def _assumed(report: Mapping[str, Any]) -> Iterator[Html]:
    """What the reader of the source took for granted."""
    lines = [*(report.get("assumed") or ())]
    if report.get("stopped"):
        lines.append(f"The search stopped {report['stopped']}; this is the best so far.")
    outside = report.get("beyond_formats") or {}
    lines += [f"Output {output} leaves its stated format for some inputs." for output in outside]
    if lines:
        yield el("h3", "Taken for granted")
        yield el("ul", *(el("li", line) for line in lines))
