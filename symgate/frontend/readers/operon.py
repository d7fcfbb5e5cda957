"""Operon's infix, as pyoperon prints it: ``((-0.0011) + (0.99998 * X1))``, variables from X1."""

from __future__ import annotations

import re

from symgate.frontend.language.dialect import Language
from symgate.frontend.language.functions import Macro
from symgate.frontend.readers.base import Content, Kind, infix
from symgate.ir.algebra import powered, quotient, total
from symgate.ir.expr import const, make

FUNCTIONS: dict[str, Macro] = {
    "aq": Macro(
        2, 2, lambda x, y: quotient(x, make("sqrt", total([const(1), powered(y, const(2))])))
    ),
    "powabs": Macro(2, 2, lambda x, y: powered(make("abs", x), y)),
    "logabs": Macro(1, 1, lambda x: make("log", make("abs", x))),
    "sqrtabs": Macro(1, 1, lambda x: make("sqrt", make("abs", x))),
}
_OWN = re.compile(r"\b(aq|powabs|logabs|sqrtabs)\s*\(")


def matches(content: Content) -> bool:
    """Whether the text is one fully bracketed expression of X1, X2, ... or uses a function of
    Operon's.
    """
    text = content.sample
    bracketed = (
        re.match(r"\((?:\(-|\(|[-\d.])", text) is not None
        and re.search(r"\bX[1-9]\d*\b", text) is not None
    )
    return bool(_OWN.search(text)) or (bracketed and "X0" not in text and " " in text)


KIND = Kind(
    "Operon infix", "operon", matches, infix(Language(FUNCTIONS), base=1),
    example="((-0.0011) + (0.99998 * (cos((0.5 * X1)) / sqrt((1 + (X2 ^ 2))))))",
)  # fmt: skip
