"""The words of LaTeX formulas; spacing and the size of brackets are left out."""

from __future__ import annotations

import re
from typing import NamedTuple

from symgate.frontend.language.source import Source

_TOKEN = re.compile(
    r"(?P<space>\s+|~|\\[,;:!> ]"
    r"|\\(?:quad|qquad|left|right|[bB]igg?[lr]?|displaystyle|limits|nonumber|thinspace)(?![a-zA-Z])\.?)"
    r"|(?P<number>(?:\d+(?:\.\d*)?|\.\d+)(?:[eE][+-]?\d+)?)|(?P<command>\\(?:[a-zA-Z]+|[\\{}_|%&]))|(?P<letter>[^\W\d_])"
    r"|(?P<sign>[-+*/^_{}()\[\]|,<>=&!'])"
)
_SCIENTIFIC = re.compile(r"\s*(?:\\cdot|\\times)\s*10\^\{?(-?\d+)\}?")
_LETTERS = """
    alpha beta gamma delta epsilon varepsilon zeta eta theta vartheta iota kappa lambda mu nu xi rho sigma tau upsilon
    phi varphi chi psi omega Gamma Delta Theta Lambda Xi Pi Sigma Upsilon Phi Psi Omega ell hbar
"""
#: Letters that commands print, by the names that their variables get.
GREEK = {f"\\{name}": name for name in _LETTERS.split()}
_FUNCTIONS = "sin cos tan sinh cosh tanh exp ln log min max arcsin arccos arctan sec csc cot coth"
#: Commands that are functions.
COMMANDS = {f"\\{name}": name for name in _FUNCTIONS.split()}
_SAME = {"\\lbrace": "\\{", "\\rbrace": "\\}", "\\vert": "|", "\\|": "|"}


class Word(NamedTuple):
    """A word: its kind ("number", "letter", "command" or "sign"), its text, and where it starts."""

    kind: str
    text: str
    at: int


def words(source: Source) -> list[Word]:
    r"""The words of a formula, closed by an empty one; ``2 \cdot 10^{-3}`` is one number."""
    found, at, text = list[Word](), 0, source.text
    while at < len(text):
        match = _TOKEN.match(text, at)
        if match is None:
            raise source.error(
                f"unexpected character {text[at]!r}", at, expected="LaTeX mathematics"
            )
        end, word = match.end(), match[0]
        kind = match.lastgroup or ""
        if kind == "number" and "e" not in word.lower() and (power := _SCIENTIFIC.match(text, end)):
            word, end = f"{word}e{power[1]}", power.end()
        if kind != "space":
            found.append(Word(kind, _SAME.get(word, word), at))
        at = end
    return [*found, Word("sign", "", len(text))]
