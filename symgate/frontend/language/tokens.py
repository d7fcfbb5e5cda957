"""The words of infix text: numbers, names and signs, each with its place."""

from __future__ import annotations

import re
from collections.abc import Iterator
from fractions import Fraction
from typing import NamedTuple

from symgate.frontend.language.source import Source
from symgate.ir.operators.families import is_family

NUMBER, NAME, QUOTED, TEXT, SIGN, END = "number", "name", "quoted", "text", "sign", "end"
INDEX = "index"  # a bracket behind a vector
#: The longest number, the largest decimal exponent (float64 goes to 308), and the longest name.
MAX_DIGITS, MAX_EXPONENT, MAX_NAME = 1000, 300, 200

_TOKEN = re.compile(
    r"(?P<space>\s+)"
    r"|(?P<number>(?:\d+(?:\.\d*)?|\.\d+)(?:[eE][-+\u2212]?\d+|f[-+\u2212]?\d+(?!\w))?)"
    r"|(?P<element>[^\W\d]\w*\[\s*\d+\s*\])"
    r"|(?P<name>[^\W\d²³¹⁰-⁹](?:(?![²³¹⁰-⁹])\w)*)"
    r"|`(?P<quoted>[^\W\d]\w*)`"
    r"|\"(?P<text>\w*)\""
    r"|(?P<sign>\*\*|<=|>=|==|!=|&&|\|\||[-+*/@^()\[\],<>&|~!?:\u2212\u2013\u00d7·⋅÷≤≥≠])"
)
_SYNONYM = {"^": "**", "&&": "&", "||": "|", "!": "~"}
#: Signs of typography, and what they stand for.
_SYNONYM |= {"\u2212": "-", "\u2013": "-", "\u00d7": "*", "·": "*", "⋅": "*", "÷": "/"}
_SYNONYM |= {"≤": "<=", "≥": ">=", "≠": "!="}
_PLACE = re.compile(r"(\w+)\[\s*(\d+)\s*\]")
_REMEDY = {
    "=": "write == to compare; a definition stands on a line of its own",
    "[": "use round brackets",
    "{": "use round brackets",
    "%": "write mod(x, y)",
    ";": "write one expression",
    "'": "write names without quotes, or in backticks where they are words of the language",
    '"': "write names without quotes, or in backticks where they are words of the language",
    "\u00b2": "write powers as x**2",
    "\\": "LaTeX is not read; write sin(x) instead of \\sin x",
}


class Token(NamedTuple):
    """One word: its kind, its text, and the offset where it starts."""

    kind: str
    text: str
    at: int


def tokens(source: Source) -> Iterator[Token]:
    """The words of ``source``, closed by one of kind END; raise `InputError` at a character that
    starts none. ``x[0]`` is the name x0.
    """
    text, at = source.text, 0
    match = _TOKEN.match
    while found := match(text, at):
        kind = found.lastgroup
        if kind == "element":
            yield _element(source, found["element"], at)
        elif kind == SIGN:
            sign = found[SIGN]
            yield Token(SIGN, _SYNONYM.get(sign, sign), at)
        elif kind and kind != "space":
            long = kind in (NAME, QUOTED) and len(found[kind]) > MAX_NAME
            if long and not is_family(found[kind]):
                raise source.error(
                    "a name is too long", at, expected=f"at most {MAX_NAME} characters"
                )
            yield Token(kind, found[kind], at)
        at = found.end()
    if at < len(text):
        char = text[at]
        shown = char if char.isprintable() else f"U+{ord(char):04X}"
        raise source.error(
            f"unexpected character '{shown}'",
            at,
            expected="a number, a name, an operator or a bracket",
            remedy=_REMEDY.get(char, "remove it"),
        )
    yield Token(END, "", len(text))


def _element(source: Source, text: str, at: int) -> Token:
    """``x[0]`` as the name x0, which then must not be another variable."""
    match = _PLACE.match(text)
    assert match is not None
    name = f"{match[1]}{int(match[2])}"
    if re.search(rf"(?<!\w){name}(?!\w)", source.text):
        what = f"{text} and {name} would be one input"
        raise source.error(what, at, remedy="rename one of them")
    return Token(NAME, name, at)


def number(token: Token, source: Source) -> Fraction:
    """The exact value of a decimal number: 0.1 is 1/10.

    >>> number(Token(NUMBER, "2.5e-1", 0), Source("2.5e-1"))
    Fraction(1, 4)
    """
    text = token.text.lower().replace("f", "e").replace("\u2212", "-")  # 2.5f0 is Julia's Float32
    mantissa, _, exponent = text.partition("e")
    if len(mantissa) > MAX_DIGITS:
        raise source.error(
            f"a number of {len(mantissa)} digits",
            token.at,
            expected=f"at most {MAX_DIGITS} digits",
            remedy="round it",
        )
    huge = len(exponent) > 8
    whole = mantissa.partition(".")[0].lstrip("0")
    if huge or abs(len(whole) + int(exponent or 0)) > MAX_EXPONENT:
        raise source.error(
            f"the number {_short(token.text)} is outside the range of numbers",
            token.at,
            expected=f"an exponent between -{MAX_EXPONENT} and {MAX_EXPONENT}",
            remedy="write 0 for a number that small, and rescale the expression for one that large",
        )
    return Fraction(text)


def _short(text: str) -> str:
    return text if len(text) <= 24 else text[:21] + "..."
