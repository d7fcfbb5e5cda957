"""The words of LaTeX formulas; spacing and the size of brackets are left out."""

from __future__ import annotations

import re
from typing import NamedTuple

from symgate.errors import InputError
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
#: Commands that print a name in letters of another kind.
UPRIGHT = frozenset({r"\mathrm", r"\mathit", r"\text", r"\mathbf"})
#: Signs of comparison, and the operators that they are.
COMPARE = {
    "<": "lt",
    ">": "gt",
    "=": "eq",
    r"\leq": "le",
    r"\le": "le",
    r"\geq": "ge",
    r"\ge": "ge",
    r"\neq": "ne",
    r"\ne": "ne",
    r"\lt": "lt",
    r"\gt": "gt",
}
#: Signs of multiplication and of division.
TIMES = {"*", r"\cdot", r"\times", r"\ast"}
OVER = {"/", r"\div"}
#: Signs of calculus, which have no value at a point.
CALCULUS = frozenset({r"\int", r"\iint", r"\oint", r"\sum", r"\prod", r"\lim", r"\nabla"})
_DIFFERENTIAL = frozenset({"d", r"\partial"})
#: What closes a bracket.
CLOSING = {
    "(": ")",
    "[": "]",
    "{": "}",
    "|": "|",
    r"\lvert": r"\rvert",
    r"\lfloor": r"\rfloor",
    r"\lceil": r"\rceil",
    r"\{": r"\}",
    r"\lbrack": r"\rbrack",
}
#: Brackets that are functions.
WRAPPED = {"|": "abs", r"\lvert": "abs", r"\lfloor": "floor", r"\lceil": "ceil"}
#: Words that end a factor; the empty one ends the formula.
ENDS = {
    ")",
    "]",
    "}",
    "|",
    "&",
    r"\\",
    ",",
    r"\rvert",
    r"\rfloor",
    r"\rceil",
    r"\end",
    r"\}",
    r"\rbrack",
    "",
}


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


class Cursor:
    """A place in the words of a formula."""

    def __init__(self, source: Source):
        self.source, self.words, self.at = source, words(source), 0

    @property
    def word(self) -> Word:
        """The word to be read."""
        return self.words[self.at]

    def take(self, *expected: str) -> Word:
        """The word to be read, which then is read; raise `InputError` where it is none of
        ``expected``.
        """
        word = self.words[self.at]
        if expected and word.text not in expected:
            shown = word.text or "the end"
            raise self.error(f"unexpected {shown}", word, expected=" or ".join(expected))
        self.at = min(self.at + 1, len(self.words) - 1)
        return word

    def differential(self, at: int) -> tuple[bool, int]:
        """Whether a ``d`` of calculus stands at ``at``, and the place after it."""
        texts = [word.text for word in self.words[at : at + 4]]
        if texts[:1] and texts[0] in _DIFFERENTIAL:
            return True, at + 1
        if texts[1:] == ["{", "d", "}"] and texts[0] in UPRIGHT:
            return True, at + 4
        return False, at

    def no_derivative(self, at: int) -> None:
        r"""Raise `InputError` where ``\frac{d}{dx}``, ``\frac{\partial y}{\partial x}`` or ``d/dx``
        begins.
        """
        in_braces = self.words[at].text == "{"
        above, place = self.differential(at + in_braces)
        while above and in_braces and self.words[place].text not in ("}", "{", "+", "-", ""):
            place += 1
        between = self.words[place].text in ("}", "/")
        below, end = self.differential(
            place + 1 + (in_braces and self.words[place + 1].text == "{")
        )
        if not (above and between and below):
            return
        is_name = self.words[end].kind == "letter" or self.words[end].text in GREEK
        if is_name:
            what = "a derivative has no value at a point"
            remedy = "write the derivative out; for a variable d write d_{0}"
            raise self.error(what, self.words[at], remedy=remedy)

    def take_digit(self) -> int:
        """The first digit of a number of several, which alone is raised or lowered: ``x^23`` is
        ``x^2`` times 3.
        """
        kind, text, at = self.word
        self.words[self.at] = Word(kind, text[1:], at + 1)
        return int(text[0])

    def skip(self, *texts: str) -> bool:
        """Read the next word if it is one of ``texts``; whether it was."""
        found = self.word.text in texts
        if found:
            self.take()
        return found

    def error(
        self, what: str, word: Word, expected: str | None = None, remedy: str | None = None
    ) -> InputError:
        """An error that points at a word."""
        return self.source.error(what, word.at, expected=expected, remedy=remedy)

    def braced(self) -> str:
        """The text in braces, such as a name after begin and end."""
        self.take("{")
        letters, depth = "", 1
        while self.word.text:
            depth += {"{": 1, "}": -1}.get(self.word.text, 0)
            if depth == 0:
                break
            letters += self.take().text
        self.take("}")
        return letters
