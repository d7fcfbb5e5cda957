"""PySR's TemplateExpression: rows such as ``f = #1 - 0.3; g = #1*#2; C = [0.34, 0.14]``, and how
they combine.

``p[#2]`` is a parameter by its category: the second argument is its number, from 1 as in Julia.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from fractions import Fraction

from symgate.frontend.language.definitions import Budget, macro
from symgate.frontend.language.dialect import Language
from symgate.frontend.language.functions import Macro
from symgate.frontend.language.infix import parse
from symgate.frontend.language.source import Source
from symgate.ir.expr import Expr, const, make

_ARGUMENT = re.compile(r"#(\d+)")
_PART = re.compile(r"\s*([^\W\d]\w*)\s*=\s*(.*)", re.DOTALL)
_PARAMETER = re.compile(r"([^\W\d]\w*)\[(\d+)\]")
_CATEGORY = re.compile(r"([^\W\d]\w*)\[\s*([^\W\d]\w*|#\d+)\s*\]")
MOST_ARGUMENTS = 99


def combined(equation: Source, combine: str | None) -> Source:
    """What is to be read of a row: itself, or the text that combines its parts, parameters filled
    in.
    """
    if not is_template(equation, combine):
        return equation
    if combine is None:
        raise equation.error(
            "this equation is a template's: #1 stands for an argument",
            equation.text.index("#"),
            remedy="say how its parts are combined, as in PySR: --combine 'f(x1, x2) + g(x3)'",
        )
    values = _parameters(equation)

    def filled(match: re.Match[str]) -> str:
        place = int(match[2]) - 1  # Julia counts from 1
        if match[1] not in values or not 0 <= place < len(values[match[1]]):
            raise equation.error(
                f"the row has no parameter {match[0]}", 0, remedy="correct --combine"
            )
        return f"({values[match[1]][place].strip()})"

    text = _by_category(_PARAMETER.sub(filled, combine), values)
    return Source(text, label="option combine")


def is_template(equation: Source, combine: str | None) -> bool:
    """Whether a row holds the parts of a template: it numbers arguments, or names parts."""
    if _ARGUMENT.search(equation.text):
        return True
    return combine is not None and _PART.match(equation.text) is not None


def _parameters(equation: Source) -> dict[str, list[str]]:
    """The lists of numbers in a row, by their names."""
    found = [(name, text) for name, text, _ in _parts(equation) if text.startswith("[")]
    return {name: text.strip("[] \t").split(",") for name, text in found}


def _by_category(text: str, values: dict[str, list[str]]) -> str:
    """``p[i]`` as a call of the function that `_category` makes of the parameter p."""
    return _CATEGORY.sub(lambda m: f"{m[1]}({m[2]})" if m[1] in values else m[0], text)


def categories(equation: Source, combine: str | None) -> Iterator[tuple[str, str]]:
    """What is told of parameters that are chosen by a category: how, and of how many."""
    if is_template(equation, combine):
        chosen = {match[1] for match in _CATEGORY.finditer(f"{equation.text} {combine or ''}")}
        for name, values in _parameters(equation).items():
            if name in chosen:
                yield f"{name}[i]", f"i counts from 1 to {len(values)}; others are the nearest"


def _category(place: Source, numbers: list[str]) -> Macro:
    """The function of a category's number: the first value below 1.5, then the second, ..."""
    values = [parse(Source(text.strip(), place.file, place.line), ()) for text in numbers]

    def build(number: Expr) -> Expr:
        result = values[-1]
        for count, value in reversed(list(enumerate(values[:-1], 1))):
            below = make("lt", number, const(count + Fraction(1, 2)))
            result = make("where", below, value, result)
        return result

    return Macro(1, 1, build)


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
    if combine is None or not is_template(equation, combine):
        return {}
    budget, found = Budget(equation), dict[str, Macro]()
    values = _parameters(equation)
    categories = {name: _category(equation, numbers) for name, numbers in values.items()}
    for name, text, source in _parts(equation):
        if text.startswith("["):
            continue
        most = max((int(n) for n in _ARGUMENT.findall(text)), default=1)
        if most > MOST_ARGUMENTS:
            raise source.error(f"#{most} is no argument", 0, expected=f"#1 to #{MOST_ARGUMENTS}")
        names = [f"a{k}" for k in range(1, most + 1)]
        text = _by_category(source.text, values)
        plain = Source(_ARGUMENT.sub(r"a\1", text), source.file, source.line, source.column)
        body = parse(plain, names, functions=categories, language=language)
        found[name] = _lenient(macro(names, body, budget), most)
    return found | categories


def _lenient(inner: Macro, needed: int) -> Macro:
    return Macro(needed, MOST_ARGUMENTS, lambda *args: inner.build(*args[:needed]))
