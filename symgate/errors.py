"""The errors a user can meet: each says what is wrong, where, what was expected, and what to do."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import ClassVar

_KEPT = 300
_LONG = re.compile(
    rf"\S{{{_KEPT + 3},}}"
)  # a word of a message: a name or a key that somebody's file made up


@dataclass(frozen=True, slots=True)
class Where:
    """A place in the user's files.

    >>> print(Where("jets.toml", line=7, symbol="g"))
    jets.toml:7, g
    """

    file: str | None = None
    line: int | None = None
    symbol: str | None = None

    def __str__(self) -> str:
        place = self.file or ""
        if self.line is not None:
            place = f"{place}:{self.line}" if place else f"line {self.line}"
        return ", ".join(part for part in (place, self.symbol) if part)


class SymgateError(Exception):
    """A failure that the user can act on. Anything else that is raised is a bug in symgate.

    >>> print(InputError("output g uses x9, which is not an input", where=Where("jets.toml", 7), remedy="declare x9"))
    error: output g uses x9, which is not an input
      at: jets.toml:7
      do: declare x9
    """

    exit_code: ClassVar[int] = 2

    def __init__(
        self,
        what: str,
        *,
        where: Where | str | None = None,
        expected: str | None = None,
        remedy: str | None = None,
    ) -> None:
        super().__init__(what)
        self.what = what
        self.where = where
        self.expected = expected
        self.remedy = remedy

    def __str__(self) -> str:
        details = (("at", self.where), ("expected", self.expected), ("do", self.remedy))
        text = "\n".join(
            [f"error: {self.what}", *(f"  {key}: {value}" for key, value in details if value)]
        )
        return _LONG.sub(lambda found: f"{found[0][:_KEPT]}...", text)


class InputError(SymgateError):
    """The design, the data or an option is wrong."""


class ToolMissing(SymgateError):
    """An optional program or package is needed and is not installed."""


class AccuracyError(SymgateError):
    """The stated accuracy cannot be met."""


class CheckFailed(SymgateError):
    """The design compiles, but a check of it failed: models differ, or a bound is broken."""

    exit_code = 1


class BrokenPromise(SymgateError):
    """symgate contradicts itself: what it claims is not so at an input that it found, its own bug.

    ``where`` is that input. Nothing that would make the claim is written.
    """

    exit_code = 1

    def __init__(
        self,
        what: str,
        *,
        where: Where | str | None = None,
        expected: str | None = None,
        remedy: str | None = "report this as a bug of symgate, with the design file",
    ) -> None:
        super().__init__(what, where=where, expected=expected, remedy=remedy)
