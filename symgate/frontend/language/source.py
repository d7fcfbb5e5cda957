"""Where an expression stands in the user's files, for messages that point at one character."""

from __future__ import annotations

import difflib
import re
from bisect import bisect_left
from collections.abc import Iterable
from dataclasses import dataclass, replace

from symgate.caches import remembered
from symgate.errors import InputError, Where

#: Characters of a long line that a message shows on each side of the mistake.
_AROUND = 36
#: Texts from this length on have the ends of their lines kept.
_LONG = 4096


@dataclass(frozen=True, slots=True)
class Spot(Where):
    """A place with a column, and the piece of text around it with a caret.

    >>> print(Spot("jets.toml", 7, "g", 12, "sni(x14)", 0))
    jets.toml:7:12, g
        sni(x14)
        ^
    """

    column: int | None = None
    excerpt: str = ""
    caret: int = 0
    label: str | None = None  # what stands in the place of line and column, such as "option range"

    def __str__(self) -> str:
        place = (
            f"{self.file}:{self.line}:{self.column}"
            if self.file
            else f"line {self.line}, column {self.column}"
        )
        place = (self.label or place) + (f", {self.symbol}" if self.symbol else "")
        return (
            f"{place}\n    {self.excerpt}\n    {' ' * self.caret}^"
            if self.excerpt.strip()
            else place
        )


@dataclass(frozen=True)
class Source:
    """A text, and the file, line and column where its first character stands; or a ``label``, such
    as an option's.
    """

    text: str
    file: str | None = None
    line: int = 1
    column: int = 1
    symbol: str | None = None
    label: str | None = None

    def spot(self, offset: int) -> Spot:
        """The place of character number ``offset``."""
        offset = min(offset, len(self.text))
        start = self.text.rfind("\n", 0, offset) + 1
        end = self.text.find("\n", offset)
        line = self.text[start : end if end >= 0 else len(self.text)]
        number = bisect_left(_line_ends(self.text), offset)
        at = offset - start
        excerpt, caret = _window(line, at)
        column = at + (self.column if number == 0 else 1)
        return Spot(self.file, self.line + number, self.symbol, column, excerpt, caret, self.label)

    def part(self, start: int, end: int | None = None) -> Source:
        """The text from ``start`` to ``end``, in its place."""
        ends = _line_ends(self.text)
        lines = bisect_left(ends, start)
        column = start - ends[lines - 1] if lines else self.column + start
        return replace(self, text=self.text[start:end], line=self.line + lines, column=column)

    def error(
        self, what: str, offset: int, *, expected: str | None = None, remedy: str | None = None
    ) -> InputError:
        """An error that points at character number ``offset``."""
        return InputError(what, where=self.spot(offset), expected=expected, remedy=remedy)


def _line_ends(text: str) -> list[int]:
    """Where the lines of a text end; kept for long ones, so that a text of many statements takes
    linear time.
    """
    return _found_ends(text) if len(text) < _LONG else _kept_ends(text)


def _found_ends(text: str) -> list[int]:
    return [match.start() for match in re.finditer("\n", text)]


_kept_ends = remembered(_found_ends)


def _window(line: str, at: int) -> tuple[str, int]:
    """The part of ``line`` around position ``at``, and that position in it."""
    lo, hi = max(0, at - _AROUND), min(len(line), at + _AROUND)
    if lo <= 4:
        lo = 0
    before, after = "..." if lo else "", "..." if hi < len(line) else ""
    visible = "".join(c if c.isprintable() else " " for c in line[lo:hi])
    return before + visible + after, at - lo + len(before)


def meant(name: str, known: Iterable[str]) -> str | None:
    """A remedy that names what ``name`` was probably meant to be.

    >>> meant("sni", ["sin", "cos"])
    "did you mean 'sin'?"
    """
    close = difflib.get_close_matches(name, list(known), n=1, cutoff=0.6)
    return f"did you mean '{close[0]}'?" if close else None


def listed(names: Iterable[str], limit: int = 12) -> str:
    """``names`` for a message; long lists are cut.

    >>> listed(["a", "b", "c"], limit=2)
    'a, b and 1 more'
    """
    names = list(names)
    more = len(names) - limit
    return ", ".join(names) if more <= 0 else f"{', '.join(names[:limit])} and {more} more"
