"""The frame of every page: head, style, navigation, script; nothing comes from elsewhere."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from symgate import __version__
from symgate.caches import remembered
from symgate.report.page.html import Html, el, joined

_HERE = Path(__file__).parent
#: What a browser may load for this page: nothing at all.
_POLICY = "default-src 'none'; style-src 'unsafe-inline'; script-src 'unsafe-inline'; img-src data:"


def frame(title: str, head: Html, sections: Sequence[tuple[str, str, Html]]) -> str:
    """Return a whole page: ``head`` and named sections, each with a word for the navigation."""
    links = (el("li", el("a", word, href=f"#{name}")) for name, word, _ in sections)
    bar = el(
        "nav",
        el("a", "symgate", href="#top", class_="brand"),
        el("ol", *links),
        el("button", "Light or dark", type="button", id_="theme", class_="theme"),
        aria_label="Sections of this page",
    )
    skip = el("a", "To the content", href="#content", class_="skip")
    main = el("main", head, *(part for _, _, part in sections), id_="content")
    foot = el("footer", el("p", f"Written by symgate {__version__}. This file is complete: it opens "
                           "without a network."))  # fmt: skip
    body = el("body", skip, bar, main, foot, el("script", Html(_asset("script.js"))))
    return f"<!doctype html>\n{el('html', _head(title), body, lang='en')}\n"


def _head(title: str) -> Html:
    metas = (
        el("meta", charset="utf-8"),
        el("meta", name="viewport", content="width=device-width, initial-scale=1"),
        el("meta", name="color-scheme", content="light dark"),
        el("meta", http_equiv="Content-Security-Policy", content=_POLICY),
    )
    icon = Html('<link rel="icon" href="data:,">')
    return el(
        "head", joined(metas), el("title", title), icon, el("style", Html(_asset("style.css")))
    )


@remembered
def _asset(name: str) -> str:
    return (_HERE / name).read_text(encoding="utf-8")
