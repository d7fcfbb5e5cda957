"""PySR's TemplateExpression: rows such as ``f = #1 - 0.3; g = #1*#2; C = [0.34, 0.14]``, and how
they combine.
"""

from __future__ import annotations

import re

from symgate.frontend.language.definitions import Budget, macro
from symgate.frontend.language.dialect import Language
from symgate.frontend.language.functions import Macro
from symgate.frontend.language.infix import parse
from symgate.frontend.language.source import Source

_ARGUMENT = re.compile(r"#(\d+)")
_PART = re.compile(r"\s*([^\W\d]\w*)\s*=\s*(.*)", re.DOTALL)
_PARAMETER = re.compile(r"([^\W\d]\w*)\[(\d+)\]")
MOST_ARGUMENTS = 99


def combined(equation: Source, combine: str | None) -> Source:
    """What is to be read of a row: itself, or the text that combines its parts, parameters filled
    in.
    """
    if not _ARGUMENT.search(equation.text):
        return equation
    if combine is None:
        raise equation.error(
            "this equation is a template's: #1 stands for an argument",
            equation.text.index("#"),
            remedy="say how its parts are combined, as in PySR: --combine 'f(x1, x2) + g(x3)'",
        )
    values = {
        name: text.strip("[] \t").split(",")
        for name, text, _ in _parts(equation)
        if text.startswith("[")
    }

    def filled(match: re.Match[str]) -> str:
        place = int(match[2]) - 1  # Julia counts from 1
        if match[1] not in values or not 0 <= place < len(values[match[1]]):
            raise equation.error(
                f"the row has no parameter {match[0]}", 0, remedy="correct --combine"
            )
        return f"({values[match[1]][place].strip()})"

    return Source(_PARAMETER.sub(filled, combine), label="option combine")


def _parts(equation: Source) -> list[tuple[str, str, Source]]:
    found, at = [], 0
    for piece in equation.text.split(";"):
        match = _PART.fullmatch(piece)
        if match is None:
            raise equation.error("this part has no name", at, expected="f = #1 + 2; g = #1*#2")
        found.append(
            (match[1], match[2].strip(), equation.part(at + match.start(2), at + len(piece)))
        )
        at += len(piece) + 1
    return found


def template(equation: Source, combine: str | None, language: Language) -> dict[str, Macro]:
    """The parts of a row as functions of their numbered arguments; further operands are allowed,
    and not used.
    """
    if combine is None or not _ARGUMENT.search(equation.text):
        return {}
    budget, found = Budget(equation), dict[str, Macro]()
    for name, text, source in _parts(equation):
        if text.startswith("["):
            continue
        most = max((int(n) for n in _ARGUMENT.findall(text)), default=1)
        if most > MOST_ARGUMENTS:
            raise source.error(f"#{most} is no argument", 0, expected=f"#1 to #{MOST_ARGUMENTS}")
        names = [f"a{k}" for k in range(1, most + 1)]
        body = parse(Source(_ARGUMENT.sub(r"a\1", source.text)), names, language=language)
        found[name] = _lenient(macro(names, body, budget), most)
    return found


def _lenient(inner: Macro, needed: int) -> Macro:
    return Macro(needed, MOST_ARGUMENTS, lambda *args: inner.build(*args[:needed]))
