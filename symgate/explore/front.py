"""Which points no other beats, and in what."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from symgate.errors import InputError
from symgate.frontend.language.source import listed, meant

Row = dict[str, Any]
#: What a front may be about; less is better.
MINIMISED = ("lut", "ff", "dsp", "bram", "cycles", "ns", "bound", "total", "loss")


def front_of(rows: Sequence[Row], minimise: Sequence[str] = ()) -> tuple[str, ...]:
    """Set ``best`` in the ``rows`` that no other beats in all columns of ``minimise``; return these.

    By default they are the LUTs, how wrong a point is, and where clocks or objectives vary, its
    latency in ns. How wrong: the loss on data; else the certified bound, with what rounding
    does to the inputs where their bits vary, and the loss of the search where every candidate has
    one. Candidates without a loss say different things, so each
    has a front of its own.
    """
    found = [row for row in rows if row["state"] == "compiled"]
    by = checked(minimise) if minimise else _usual(found)
    groups: dict[str, list[Row]] = {}
    for row in found:
        is_common = "loss" in by
        groups.setdefault("" if is_common else row["candidate"], []).append(row)
    for group in groups.values():
        _mark([row for row in group if all(row[name] is not None for name in by)], by)
    return by


def checked(minimise: Sequence[str]) -> tuple[str, ...]:
    """Return the columns of a front; raise `InputError` for a name that is none."""
    for name in minimise:
        if name not in MINIMISED:
            raise InputError(
                f"'{name}' is not what a front can be about",
                expected=f"some of {listed(MINIMISED, len(MINIMISED))}",
                remedy=meant(name, MINIMISED),
            )
    return tuple(dict.fromkeys(minimise))


def _usual(rows: Sequence[Row]) -> tuple[str, ...]:
    by = ["lut"]
    if not any(row["metric"] is not None for row in rows):
        by.append("total" if len({row["bits"] for row in rows}) > 1 else "bound")
    if rows and all(row["loss"] is not None for row in rows):
        by.append("loss")
    if any(len({row[name] for row in rows}) > 1 for name in ("clock", "objective")):
        by.append("ns")
    return tuple(by)


def _mark(rows: Iterable[Row], by: Sequence[str]) -> None:
    """Set ``best``; of rows with equal values the first one is it."""
    kept: dict[tuple[float, ...], Row] = {}
    for row in rows:
        kept.setdefault(tuple(float(row[name]) for name in by), row)
    places = list(kept)
    for place, row in kept.items():
        row["best"] = not any(_beats(other, place) for other in places)


def _beats(one: tuple[float, ...], other: tuple[float, ...]) -> bool:
    return one != other and all(a <= b for a, b in zip(one, other, strict=True))


def wrong(minimised: Sequence[str]) -> str:
    """Return the column that a picture shows beside the LUTs: what says how wrong a point is."""
    return next((name for name in ("loss", "total", "bound") if name in minimised), "bound")
