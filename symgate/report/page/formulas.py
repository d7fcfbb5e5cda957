"""The section of formulas and ports."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import groupby

from symgate.ir.expr import Expr
from symgate.ir.exprtext import brief, show
from symgate.ir.types import FixedType
from symgate.report.page.html import Child, Html, code, details, el, section, table
from symgate.report.page.mathml import flowing, is_typeset, symbol
from symgate.report.page.numbers import counted, short
from symgate.report.page.view import LONG_TEXT, View

_SHOWN = 12  # formulas that stand open
_PORTS, _ALIKE = 24, 5  # rows of a table, and ports of one format that have a row together
_HEADS = ("port", "direction", "format", "bits", "fraction bits f", "range", "step")


def formulas(view: View) -> Html:
    """Return what was compiled: the formulas, and the ports that carry their values."""
    outputs = view.design.outputs
    shown = [_formula(name, e) for name, e in outputs[:_SHOWN]]
    more = [_formula(name, e) for name, e in outputs[_SHOWN:]]
    folded = [details(counted(len(more), "more formula"), *more)] if more else []
    text = "\n".join(f"{name} = {brief(e, LONG_TEXT)}" for name, e in outputs)
    digits = "Constants are shown with six digits; the text has all of them."
    return section(
        "formulas",
        "Formulas",
        el("div", *shown, *folded, class_="formulas"),
        details("As text", el("p", digits, class_="note"), code(text, "formulas")),
        el("h3", "Ports"),
        el("p", "A port carries an integer, raw; its value is raw × 2", el("sup", "−f"),
           ", where f is its number of fraction bits."),
        table("Ports", _HEADS, _ports(view), names=3, quiet=True),
    )  # fmt: skip


def _formula(name: str, e: Expr) -> Html:
    if not is_typeset(e):
        return el("div", el("code", f"{name} = {brief(e, 400)}"), class_="line")
    label = f"{name} = {show(e)}" if len(show(e)) < 600 else f"formula of {name}"
    return el("div", flowing(e, name), class_="line", role="group", aria_label=label)


def _ports(view: View) -> Iterator[list[Child]]:
    alike = groupby(view.design.inputs, key=lambda port: (port.type, port.lo, port.hi))
    groups = [list(group) for _, group in alike]
    rows = [[port] for group in groups for port in group]
    for group in (groups if len(rows) > _PORTS else rows)[:_PORTS]:
        port = group[0]
        span = f"{short(float(port.lo), 9)} to {short(float(port.hi), 9)}"
        name = symbol(port.name)
        if len(group) > _ALIKE:
            name = el("span", name, " to ", symbol(group[-1].name), f", {len(group)} ports")
        yield _row(name, "in", port.type, span)
    if len(rows) > _PORTS and len(groups) > _PORTS:
        yield [f"{counted(len(groups) - _PORTS, 'more row')}", "in", "", "", "", "", ""]
    for out in view.graph.outputs:
        ends = (float(end * out.type.ulp) for end in (out.type.lo, out.type.hi))
        yield _row(symbol(out.name), "out", out.type, " to ".join(short(end, 9) for end in ends))


def _row(name: Html, way: str, kind: FixedType, span: str) -> list[Child]:
    step = short(float(kind.ulp), 6)
    return [name, way, el("code", str(kind)), str(kind.width), str(kind.frac), span, step]
