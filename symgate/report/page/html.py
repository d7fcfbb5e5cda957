"""HTML from Python: text is escaped unless it is `Html` already."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from html import escape

_VOID = frozenset({"meta", "input", "br", "hr", "rect", "circle", "line", "path", "mspace"})


class Html(str):
    """Text that is HTML: it is not escaped again."""

    __slots__ = ()


Child = str | None
Attribute = str | float | bool | None


def el(name: str, /, *children: Child, **attributes: Attribute) -> Html:
    """Return one element.

    A trailing underscore of an attribute's name falls away and others become hyphens; False and
    None leave an attribute out.

    >>> el("p", "1 < 2", class_="note", data_k="3")
    '<p class="note" data-k="3">1 &lt; 2</p>'
    """
    head = f"<{name}{''.join(_attribute(key, value) for key, value in attributes.items())}"
    if name in _VOID and not children:
        return Html(f"{head}/>")
    return Html(f"{head}>{joined(children)}</{name}>")


def _attribute(key: str, value: Attribute) -> str:
    if value is None or value is False:
        return ""
    name = key.rstrip("_").replace("_", "-")
    return f" {name}" if value is True else f' {name}="{escape(_text(value))}"'


def _text(value: str | float) -> str:
    return f"{value:.6g}" if isinstance(value, float) else str(value)


def joined(children: Iterable[Child], between: str = "") -> Html:
    """Return ``children`` one after the other, those that are plain text escaped."""
    parts = (c if isinstance(c, Html) else escape(c) for c in children if c is not None)
    return Html(between.join(parts))


def table(
    caption: str,
    heads: Sequence[str],
    rows: Iterable[Sequence[Child]],
    names: int = 1,
    quiet: bool = False,
) -> Html:
    """Return a table whose first ``names`` columns are text and the others numbers; the first cell
    of a row is its head. A ``quiet`` caption is there for who does not see the heading above.
    """
    kinds = ["name" if k < names else "num" for k in range(len(heads))]
    head = (
        el("th", text, scope="col", class_=kind) for text, kind in zip(heads, kinds, strict=True)
    )
    body = (el("tr", *_cells(row, kinds)) for row in rows)
    whole = el(
        "table",
        el("caption", caption, class_="unseen" if quiet else None),
        el("thead", el("tr", *head)),
        el("tbody", *body),
    )
    return el("div", whole, class_="scroll", tabindex="0", role="region", aria_label=caption)


def _cells(row: Sequence[Child], kinds: Sequence[str]) -> Iterable[Html]:
    for k, (cell, kind) in enumerate(zip(row, kinds, strict=True)):
        if k == 0:
            yield el("th", cell, scope="row", class_=kind)
        else:
            yield el("td", cell, class_=kind)


def details(summary: Child, *inside: Child, open_: bool = False, class_: str | None = None) -> Html:
    """Return what opens when its summary is chosen."""
    return el("details", el("summary", summary), *inside, open_=open_, class_=class_)


def code(text: str, label: str) -> Html:
    """Return a block of code that can be copied."""
    return el(
        "div",
        el("pre", el("code", text), tabindex="0", role="region", aria_label=label),
        el("button", "Copy", type="button", class_="copy", aria_label=f"Copy {label}"),
        class_="code",
    )


def section(name: str, title: str, *inside: Child) -> Html:
    """Return a section of a page with its heading."""
    return el(
        "section",
        el("h2", title, id_=f"{name}-title"),
        *inside,
        id_=name,
        aria_labelledby=f"{name}-title",
    )
