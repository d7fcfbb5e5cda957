"""Names in LaTeX formulas: functions with what they are applied to, and variables."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Protocol

from symgate.frontend.language.functions import Functions, lookup
from symgate.frontend.language.naming import plain
from symgate.frontend.language.walk import Step
from symgate.frontend.readers.latex_tokens import (
    CLOSING,
    COMMANDS,
    GREEK,
    OVER,
    TIMES,
    UPRIGHT,
    Cursor,
    Word,
)
from symgate.ir.algebra import powered, product
from symgate.ir.expr import Expr, const, make, var

_INVERSE = {
    "sin": "asin",
    "cos": "acos",
    "tan": "atan",
    "sinh": "asinh",
    "cosh": "acosh",
    "tanh": "atanh",
}

#: As SymPy prints what is always or never so.
_TRUTH = {"True": 1, "False": 0}

#: What ends the operand of a function that has no bracket.
_AFTER_OPERAND = {*COMMANDS, *TIMES, *OVER, "("}


class Grammar(Protocol):
    """What names need of the grammar around them."""

    def comparison(self) -> Step[Expr]:
        """A whole expression."""

    def group(self) -> Step[Expr]:
        """What stands in braces, or one word."""

    def factor(self) -> Step[Expr]:
        """What is multiplied."""

    def begins(self) -> bool:
        """Whether the next word begins a factor."""


@dataclass
class Names:
    """Reads names at the place of ``cursor``; ``macros`` are the user's functions."""

    cursor: Cursor
    macros: Functions
    grammar: Grammar

    def function(self, word: Word) -> Step[Expr]:
        r"""``\sin x``, ``\sin^{2}{\left(x \right)}``, ``\log_{2}{x}``, ``\max\left(x, y\right)``."""
        name = COMMANDS.get(word.text) or self._spelled()
        if name == "e" and self.cursor.word.text != "_":
            return make("e")
        if word.text == r"\text" and name in _TRUTH:
            return const(_TRUTH[name])
        if word.text in UPRIGHT and lookup(name, self.macros) is None:
            named = var(plain(f"{name}{self._subscript()}"))
            return named
        raised, base = yield self._scripts()
        operands: list[Expr] = yield self._operands()
        if raised is const(-1) and name in _INVERSE:
            name, raised = _INVERSE[name], None
        if name in ("atan", "arctan") and base is const(2) and len(operands) == 2:
            name, base = "atan2", None  # as SymPy prints it
        if base is not None:
            operands.append(base)
        result = self._applied(word, name, operands)
        return result if raised is None else powered(result, raised)

    def _spelled(self) -> str:
        return self.cursor.braced().replace(r"\_", "_").replace("\\", "")

    def _scripts(self) -> Step[tuple[Expr | None, Expr | None]]:
        """What is raised and what is lowered after a name."""
        raised: Expr | None = None
        lowered: Expr | None = None
        while self.cursor.word.text in ("^", "_"):
            sign = self.cursor.take().text
            value: Expr = yield self.grammar.group()
            if sign == "_":
                lowered = value
            else:
                raised = value
        return raised, lowered

    def _applied(self, word: Word, name: str, operands: list[Expr]) -> Expr:
        """The function ``name`` of ``operands``; raise `InputError` where there is none."""
        macro = lookup(name, self.macros)
        if macro is None:
            remedy = f"define it: --function '{name}(x) = ...'"
            raise self.cursor.error(f"unknown function '{name}'", word, remedy=remedy)
        if not macro.accepts(len(operands)):
            raise self.cursor.error(f"{name} takes {macro.takes}, got {len(operands)}", word)
        return macro.build(*operands)

    def _operands(self) -> Step[list[Expr]]:
        """What a function is applied to: a group or a bracket, operands between commas, or the
        factors after it.
        """
        in_braces = self.cursor.skip("{")
        if self.cursor.word.text in ("(", "[", r"\{"):
            operands: list[Expr] = yield self._between_commas()
            if in_braces and self.cursor.word.text != "}":
                what = "a bracket ends inside a group"
                raise self.cursor.error(what, self.cursor.word, expected="}")
        else:
            whole = self.grammar.comparison() if in_braces else self._factors()
            value: Expr = yield whole
            operands = [value]
        if in_braces:
            self.cursor.take("}")
        return operands

    def _between_commas(self) -> Step[list[Expr]]:
        closing = CLOSING[self.cursor.take().text]
        first: Expr = yield self.grammar.comparison()
        operands = [first]
        while self.cursor.skip(","):
            following: Expr = yield self.grammar.comparison()
            operands.append(following)
        self.cursor.take(closing)
        return operands

    def _factors(self) -> Step[Expr]:
        r"""The factors that ``\sin 2 \pi x`` is applied to, up to the next sign or function."""
        factor: Expr = yield self.grammar.factor()
        found = [factor]
        while self.grammar.begins() and self.cursor.word.text not in _AFTER_OPERAND:
            factor = yield self.grammar.factor()
            found.append(factor)
        return product(found)

    def variable(self, word: Word) -> Expr:
        """A letter with its subscript."""
        name = GREEK.get(word.text, word.text) + self._subscript()
        if self.cursor.skip("'"):
            name += "_prime"
        return make("e") if name == "e" else var(name)

    def _subscript(self) -> str:
        """What is lowered after a name, as the end of that name."""
        if not self.cursor.skip("_"):
            return ""
        grouped = self.cursor.word.text == "{"
        letters = self.cursor.braced() if grouped else self.cursor.take().text
        letters = re.sub(r"\\(?:mathrm|text|operatorname|,|_)?|[{}\s]", "", letters)
        return letters if letters[:1].isdigit() else f"_{letters}"

    def wraps_letter(self) -> bool:
        """Whether ``{g}_`` stands here, behind its first brace: a letter of its own."""
        words = self.cursor.words[self.cursor.at : self.cursor.at + 3]
        letter = words[0].kind == "letter" or words[0].text in GREEK
        return letter and [word.text for word in words[1:]] == ["}", "_"]

    def wrapped(self) -> Expr:
        """The variable ``{g}_{k}``, whose first brace is read."""
        word = self.cursor.take()
        self.cursor.take("}")
        return self.variable(word)
