"""What an exploration varies: error budgets, bits of the inputs, clocks, objectives, effort."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, fields
from itertools import product
from typing import Any

from symgate.errors import InputError
from symgate.frontend.language.source import Source, listed, meant
from symgate.frontend.language.values import clock_ns, positive
from symgate.ir.design import EFFORTS

OBJECTIVES = ("lut", "latency", "balanced")
_SPAN = re.compile(r"\s*(2\^)?(-?\d+)\s*\.\.\s*(2\^)?(-?\d+)\s*")


@dataclass(frozen=True)
class Setting:
    """One place on all axes; None is what the source states."""

    error: str | None = None
    relative_error: str | None = None
    bits: int | None = None
    clock: str | None = None
    objective: str | None = None
    effort: str | None = None

    def __str__(self) -> str:
        """
        >>> print(Setting(error="2^-5", bits=10))
        error 2^-5, bits 10
        """
        usual = Setting()
        stated = [f.name for f in fields(self) if getattr(self, f.name) != getattr(usual, f.name)]
        words = [f"{name.replace('_', ' ')} {getattr(self, name)}" for name in stated]
        return ", ".join(words) or "as stated"


@dataclass(frozen=True)
class Axes:
    """The values on each axis, as a user writes them; an empty axis is what the source states.

    Each text may hold several values, separated by commas, or a span: ``"2^-3..2^-8"``, ``"8..12"``.
    """

    errors: Sequence[str] = ()
    relative_errors: Sequence[str] = ()
    bits: Sequence[str] = ()
    clocks: Sequence[str] = ()
    objectives: Sequence[str] = ()
    efforts: Sequence[str] = ()

    def settings(self) -> list[Setting]:
        """Every combination, errors fastest; raise `InputError` for a value that is none."""
        errors = _values(self.errors, "error", _checked_error)
        shares = _values(self.relative_errors, "relative error", _checked_error)
        if errors and shares:
            raise InputError("errors and relative errors are both given", remedy="keep one of them")
        axes: list[tuple[str, Sequence[Any]]] = [
            ("effort", _values(self.efforts, "effort", _among(EFFORTS))),
            ("objective", _values(self.objectives, "objective", _among(OBJECTIVES))),
            ("clock", _values(self.clocks, "clock", _checked_clock)),
            ("bits", [int(text) for text in _values(self.bits, "bits", _checked_bits)]),
            ("relative_error" if shares else "error", shares or errors),
        ]
        given = [(name, values) for name, values in axes if values]
        names = [name for name, _ in given]
        places = product(*(values for _, values in given))
        return [Setting(**dict(zip(names, place, strict=True))) for place in places]


def _values(texts: Sequence[str], what: str, check: Callable[[str, str], None]) -> list[str]:
    """The values in ``texts``, each once."""
    found = [value for text in texts for value in _split(text, what)]
    for value in found:
        check(value, what)
    return list(dict.fromkeys(found))


def _split(text: str, what: str) -> Iterator[str]:
    for part in text.split(","):
        match = _SPAN.fullmatch(part)
        if match is None:
            yield part.strip()
            continue
        power, first, other, last = match.groups()
        if power != other:
            where = f"the span '{part.strip()}' of {what}"
            raise InputError(f"{where} mixes powers and numbers", expected="2^-3..2^-8, or 8..12")
        step = 1 if int(first) <= int(last) else -1
        for value in range(int(first), int(last) + step, step):
            yield f"{power or ''}{value}"


def _checked_error(text: str, what: str) -> None:
    positive(text, Source(text, label=f"option {what.replace(' ', '_')}s"), what)


def _checked_clock(text: str, what: str) -> None:
    clock_ns(text, Source(text, label="option clocks"))


def _checked_bits(text: str, what: str) -> None:
    if not re.fullmatch(r"\d+", text) or not 1 <= int(text) <= 64:
        raise InputError(f"'{text}' is no number of bits", expected="8, 8,10,12 or 8..12")


def _among(known: Sequence[str]) -> Callable[[str, str], None]:
    def check(text: str, what: str) -> None:
        if text not in known:
            raise InputError(
                f"'{text}' is no {what}",
                expected=f"one of {listed(known)}",
                remedy=meant(text, known),
            )

    return check
