"""The front of a search for formulas, for people; for programs it is `symgate.learn.fit.frontfile`."""

from __future__ import annotations

from collections.abc import Sequence

from rich.markup import escape
from rich.table import Table

from symgate.learn.fit.archive import Candidate
from symgate.learn.fit.found import Found

_CELLS = "", "nodes", "held-out loss", "firmware", "LUT", "cycles", "engine", "formula"
_CELLS_OF_CLASSES = "", "nodes", "largest", "accuracy", "firmware", "LUT", "cycles", "scores"
_LEFT = "", "engine", "formula", "scores"


def table(found: Found, chosen: Candidate) -> Table:
    """Sizes, losses on rows that no engine saw, and hardware; the chosen formula is marked."""
    out = Table(box=None, pad_edge=False, header_style="dim")
    for name in _CELLS_OF_CLASSES if found.classes else _CELLS:
        out.add_column(name, justify="left" if name in _LEFT else "right")
    for c in found.candidates:
        cells = _cells_of_classes(c) if found.classes else _cells(c)
        out.add_row("*" if c == chosen else "", *cells)
    return out


def refusals(found: Found) -> list[str]:
    """Why formulas of the front were refused, one line for each reason."""
    reasons: dict[str, list[str]] = {}
    for c in found.candidates:
        if c.refused is not None:
            reasons.setdefault(c.refused, []).append(str(c.nodes))
    return [
        f"Refused, of {', '.join(sizes)} nodes: {escape(reason)}"
        for reason, sizes in reasons.items()
    ]


def _cells(c: Candidate) -> Sequence[str]:
    hardware = [_number(c.fixed, 2), _number(c.lut, 6), _number(c.cycles, 3)]
    if c.refused is not None:
        hardware[0] = "refused"
    return [str(c.nodes), f"{c.held:.2g}", *hardware, c.engine, escape(_short(c.formula))]


def _cells_of_classes(c: Candidate) -> Sequence[str]:
    firmware = "refused" if c.refused is not None else _share(c.fixed_accuracy)
    sizes = [str(c.nodes), _number(c.largest, 4), _share(c.accuracy), firmware]
    return [*sizes, _number(c.lut, 6), _number(c.cycles, 3), escape(_short(c.formula))]


def _number(value: float | None, digits: int) -> str:
    return "" if value is None else f"{value:.{digits}g}"


def _share(value: float | None) -> str:
    return "" if value is None else f"{100 * value:.1f} %"


def _short(text: str, limit: int = 60) -> str:
    return text if len(text) <= limit else text[: limit - 3] + "..."
