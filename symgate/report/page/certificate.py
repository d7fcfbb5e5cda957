"""The section of the certificate: from the bound of each output down to the formula."""

from __future__ import annotations

from collections.abc import Mapping

from symgate.ir.firmware import Bound, Share
from symgate.report.page.html import Child, Html, details, el, section
from symgate.report.page.mathml import inline, is_typeset, symbol
from symgate.report.page.numbers import counted, level, percent, short
from symgate.report.page.view import Value, View, target_text

_SHARES = 24  # of an output
_MOST = 400  # nodes of all trees together: a page stays below a megabyte
_DEPTH = 6
_TYPESET = 60  # characters of a formula in a line


def certificate(view: View) -> Html:
    """Return a tree for each output: its bound, what each value adds, what that is made from."""
    trees = _Trees(view)
    shown = [trees.output(bound, k == 0) for k, bound in enumerate(view.bounds)]
    buttons = el("p", el("button", "Open all", type="button", data_open="all"), " ",
                 el("button", "Close all", type="button", data_open="none"), class_="tools")  # fmt: skip
    return section(
        "certificate",
        "Certificate",
        el("p", "The bound of an output is what its values spend, added up: each value makes an "
           "error of its own, and a sensitivity carries it to the output. Open a value to see its "
           "formula, the hardware that holds it, and what it is computed from."),
        el("p", "All of it is in ", el("code", "certificate.json"), "; ",
           el("code", "symgate verify"), " proves it a second time with code of its own.",
           class_="note"),
        buttons,
        el("div", *shown, class_="tree"),
    )  # fmt: skip


class _Trees:
    """The trees of a page, which share one limit on their size."""

    def __init__(self, view: View) -> None:
        self.view = view
        self.left = _MOST
        self.by_name: Mapping[str, Value] = {value.name: value for value in view.values}
        self.ports = {port.name: port for port in view.design.inputs}

    def output(self, bound: Bound, open_: bool) -> Html:
        """The tree of one output."""
        largest = sorted(bound.shares, key=lambda share: -share.contribution)
        spent = sum(share.contribution for share in largest)
        parts: list[Child] = [self.share(share, bound) for share in largest[:_SHARES]]
        if rest := largest[_SHARES:]:
            total = sum(share.contribution for share in rest)
            parts.append(_leaf(f"{counted(len(rest), 'smaller share')}, together {short(total)}"))
        if not largest:
            parts.append(_leaf("The output is exact up to the last step of its port."))
        note = _closer(spent, bound)
        head = self._head(symbol(bound.output), bound)
        inside = el("ul", *(el("li", part) for part in parts))
        return details(head, note, inside, open_=open_, class_="output")

    def _head(self, name: Html, bound: Bound) -> Html:
        tell = f"certified {short(bound.bound)}, asked for {target_text(bound)}"
        return el("span", name, " ", el("span", tell, class_="about"))

    def share(self, share: Share, bound: Bound) -> Html:
        """What one value spends, with a bar; it opens to the value."""
        part = share.contribution / bound.bound if bound.bound else 0.0
        bar = el("span", el("span", style=f"width:{min(part, 1.0) * 100:.1f}%"), class_="bar")
        value = self.view.value_behind(share)
        name = symbol(value.name) if value else None
        tell = el("span", level(share.contribution), class_="num")
        what = el("code", share.node, class_="text")
        head = el(
            "span", bar, tell, el("span", percent(part), class_="num"), name, what, class_="share"
        )
        if value is None:
            text = f"makes an error of at most {short(share.error)}"
            return details(head, el("p", el("code", share.node), " ", text))
        return details(head, *self._about(value, _DEPTH))

    def _about(self, value: Value, depth: int) -> list[Child]:
        """The formula of a value, its hardware, and what it is computed from."""
        self.left -= 1
        made = [self._operand(name, depth - 1) for name in value.operands]
        exact = "exact" if not value.error else f"own error at most {short(value.error)}"
        facts = [exact]
        if value.node is not None:
            stage = f"stage {value.stage + 1}"
            facts += [f"held as {value.format}", stage, f"node %{value.node} of graph.txt"]
        inside = el("ul", *(el("li", part) for part in made)) if made else None
        return [
            el("p", _formula(value), class_="value"),
            el("p", "; ".join(facts), class_="note"),
            inside,
        ]

    def _operand(self, name: str, depth: int) -> Html:
        if name in self.ports:
            port = self.ports[name]
            return _leaf(symbol(name), f" input {port.type}, exact")
        value = self.by_name.get(name)
        if value is None or depth <= 0 or self.left <= 0:
            return _leaf(symbol(name))
        head = el("span", symbol(name), " ", el("span", _brief(value), class_="about"))
        return details(head, *self._about(value, depth))


def _closer(spent: float, bound: Bound) -> Html | None:
    """Why the shares add up to another number than the bound."""
    if not spent or bound.bound >= spent * 0.999:
        return None
    text = f"The shares add up to {short(spent)}; every input was run, which proves {short(bound.bound)}."
    return el("p", text, class_="note")


def _brief(value: Value) -> str:
    return "exact" if not value.error else f"error {short(value.error)}"


def _formula(value: Value) -> Html:
    name = symbol(value.name)
    if value.expr is None or not is_typeset(value.expr) or len(value.text) > 4 * _TYPESET:
        return el("span", name, " = ", el("code", value.text[:400]))
    return el("span", name, " = ", inline(value.expr), class_="formula")


def _leaf(*inside: Child) -> Html:
    return el("span", *inside, class_="leaf")
