"""The page of a training: how the network learned and shrank, and the formulas that are left."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from symgate.ir.expr import Expr
from symgate.ir.exprtext import brief
from symgate.report.page.frame import frame
from symgate.report.page.html import Child, Html, code, el, section, table
from symgate.report.page.mathml import flowing, is_typeset
from symgate.report.page.numbers import counted, level, percent, short
from symgate.report.page.svg import Axes, Scale, polyline, svg, text
from symgate.report.page.view import LONG_TEXT

_KINDS = ("input", "weight", "unary", "binary")
_POINTS = 240  # of a curve
Epoch = Mapping[str, Any]


def training_page(
    name: str, history: Sequence[Epoch], summary: Mapping[str, Any], formulas: Mapping[str, Expr]
) -> str:
    """Return the page of a training: its epochs as in ``log.csv``, its ``summary.json``, and the
    formula of each output.
    """
    head = el(
        "header",
        el("p", "symgate training", class_="eyebrow"),
        el("h1", name),
        el("p", _sentence(history, summary), class_="lead"),
        el("dl", *_figures(history, summary), class_="figures"),
        id_="top",
        class_="hero",
    )
    parts = [("learning", "Learning", _learning(history, summary)), ("formulas", "Formulas", _formulas(formulas)),
             ("next", "Next", _next())]  # fmt: skip
    return frame(f"{name} · symgate training", head, parts)


def _sentence(history: Sequence[Epoch], summary: Mapping[str, Any]) -> str:
    outputs = counted(len(summary["outputs"]), "formula")
    end = "every target of sparsity is met" if not summary["missed"] else "some targets are missed"
    mean = short(summary["mean_complexity"])
    return (
        f"{outputs} of {mean} nodes each on average, after {counted(len(history), 'epoch')}; {end}."
    )


def _figures(history: Sequence[Epoch], summary: Mapping[str, Any]) -> list[Html]:
    found = [
        (_score(summary).capitalize(), _shown(summary["valid_score"], summary), "on rows kept for validation"),
        ("Loss", short(summary["valid_error"]), "on rows kept for validation"),
        ("Nodes", short(summary["mean_complexity"]), "of a formula, on average"),
        ("Inputs", short(summary["inputs_used"]), "that a formula reads"),
    ] if history else []  # fmt: skip
    if summary["missed"]:
        found.append(("Missed", str(len(summary["missed"])), ", ".join(summary["missed"])))
    return [
        el("div", el("dt", name), el("dd", value, class_="value"), el("dd", note, class_="about"),
           class_="figure") for name, value, note in found
    ]  # fmt: skip


def _score(summary: Mapping[str, Any]) -> str:
    return "accuracy" if summary["classes"] else "R²"


def _shown(score: float, summary: Mapping[str, Any]) -> str:
    return percent(score, 1) if summary["classes"] else short(score)


def _learning(history: Sequence[Epoch], summary: Mapping[str, Any]) -> Html:
    if not history:
        return section("learning", "Learning", el("p", "No epoch was trained."))
    kept = _thinned(history)
    plots = (
        _curves(kept, ("error", "valid_error"), "loss", ("training", "validation")),
        _curves(kept, ("score", "valid_score"), _score(summary), ("training", "validation")),
        _curves(kept, _KINDS, "share removed", _KINDS),
    )
    note = "Full and dashed lines are named at the right; below, the stages of the schedule."
    return section("learning", "Learning", el("p", note, class_="note"),
                   el("div", *plots, class_="pair"), _stages(history, summary))  # fmt: skip


def _thinned(history: Sequence[Epoch]) -> list[Epoch]:
    step = max(1, -(-len(history) // _POINTS))
    kept = list(history[::step])
    return kept if kept[-1] is history[-1] else [*kept, history[-1]]


def _curves(
    history: Sequence[Epoch], keys: Sequence[str], name: str, labels: Sequence[str]
) -> Html:
    values = [float(epoch[key]) for epoch in history for key in keys]
    lo, hi = min(0.0, *values), max(*values, 1e-9)
    epochs = [float(epoch["epoch"]) for epoch in history]
    x, y = Scale(epochs[0], epochs[-1], 48, 330), Scale(lo, hi * 1.05, 210, 24)
    axes = Axes(x, y)
    inside: list[Child] = [axes.vertical(name, count=4), axes.horizontal("epoch", count=4)]
    ends = sorted(((float(history[-1][key]), k) for k, key in enumerate(keys)), reverse=True)
    place = {k: 40 + 14 * row for row, (_, k) in enumerate(ends)}
    for k, (key, label) in enumerate(zip(keys, labels, strict=True)):
        points = [(x(float(epoch["epoch"])), y(float(epoch[key]))) for epoch in history]
        dash = "fixed" if k % 2 == 0 else "float"
        inside.append(polyline(points, f"series s{k} {dash}", data_series=key))
        inside.append(el("line", x1=342, x2=358, y1=place[k] - 4, y2=place[k] - 4,
                         class_=f"series s{k} {dash}"))  # fmt: skip
        inside.append(text(364, place[k], f"{label} {short(float(history[-1][key]))}"))
    label = f"{name} over {counted(len(history), 'epoch')}"
    return el(
        "figure", el("figcaption", name.capitalize()), svg(470, 250, label, *inside), data_plot=name
    )


def _stages(history: Sequence[Epoch], summary: Mapping[str, Any]) -> Html:
    rows: list[list[Child]] = []
    for stage in dict.fromkeys(str(epoch["stage"]) for epoch in history):
        own = [epoch for epoch in history if epoch["stage"] == stage]
        last = own[-1]
        shares = (percent(float(last[kind])) for kind in _KINDS)
        rows.append([stage, str(len(own)), level(float(last["valid_error"])),
                     _shown(float(last["valid_score"]), summary), *shares])  # fmt: skip
    heads = ("stage", "epochs", "loss at its end", _score(summary), *(f"{k} removed" for k in _KINDS))
    return table("Stages of the schedule", heads, rows)


def _formulas(formulas: Mapping[str, Expr]) -> Html:
    lines = [_line(name, e) for name, e in formulas.items()]
    whole = "\n".join(f"{name} = {brief(e, LONG_TEXT)}" for name, e in formulas.items())
    return section(
        "formulas", "Formulas", el("div", *lines, class_="formulas"), code(whole, "formulas")
    )


def _line(name: str, e: Expr) -> Html:
    shown = flowing(e, name) if is_typeset(e) else el("code", f"{name} = {brief(e, 400)}")
    return el("div", shown, class_="line", role="group", aria_label=f"formula of {name}")


def _next() -> Html:
    text_ = "symgate compile design.toml -o build/firmware"
    log = el("code", "log.csv")
    files = ("In this folder: ", el("code", "design.toml"), ", the formulas in LaTeX and Python, ")
    line = el("p", *files, "the weights, and ", log, ".")
    return section("next", "Next", line, code(text_, "the next command"))
