"""C, C++ and JavaScript expressions: ``double f(double x) { double t = x*x; return pow(t, 3) +
2.5f*cos(x); }``.

Read are straight lines of declarations and assignments; ``return`` and elements such as ``y[0] =
...`` are outputs. A division of whole numbers, which C cuts off, is refused rather than guessed.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from pathlib import Path

from symgate.errors import InputError, Where
from symgate.frontend.imported import Imported
from symgate.frontend.language.definitions import Budget, macro
from symgate.frontend.language.dialect import Language
from symgate.frontend.language.functions import Macro, lookup
from symgate.frontend.language.infix import parse
from symgate.frontend.language.source import Source
from symgate.frontend.language.tokens import NAME, NUMBER, Token, tokens
from symgate.frontend.options import Options, unstated
from symgate.frontend.readers.base import Content, Kind, Settings
from symgate.frontend.readers.fpcore.fpcore_ops import CONSTANTS as FPCORE
from symgate.frontend.readers.fpcore.fpcore_ops import OPERATIONS
from symgate.frontend.readers.text import in_order, name_outputs
from symgate.ir.algebra import powered
from symgate.ir.expr import Expr, const, var, variables

_TYPE = (
    r"(?:const|static|inline|constexpr|extern|volatile|unsigned|void|float|double|long|int|auto|real|half|var|let|function"
    r"|ap_u?fixed\s*<[^>]*>|\w+_t|std::\w+)"
)
_COMMENT = re.compile(r"/\*.*?\*/|//[^\n]*|^[ \t]*#[^\n]*", re.DOTALL | re.MULTILINE)
_BLANK = re.compile(
    rf"std::|\bMath\.|\bhls::|static_cast<\w+>|\(\s*{_TYPE}\s*\)(?=\s*[\w(.])"
    r"|(?<=[\d.])[fFlL](?!\w)|\bap_u?fixed<[\d, ]*>(?=\()"
)
_HEADER = re.compile(
    rf"\s*(?:{_TYPE}[\s*&]+)+([A-Za-z_]\w*)\s*\(([^()]*)\)\s*(?:const)?\s*$", re.DOTALL
)
_ASSIGN = re.compile(rf"\s*(?P<type>(?:{_TYPE}[\s*&]+)*)(?P<out>\*\s*)?(?P<name>[A-Za-z_]\w*)\s*"
                     r"(?:\[\s*(?P<index>\d+)\s*\])?\s*(?P<op>[-+*/]?)=(?!=)")  # fmt: skip
_DECLARED, _WORDS = re.compile(rf"\s*{_TYPE}[\s*&]"), re.compile(r"[\w\s,*&\[\]<>:]*")
_RETURN = re.compile(r"\s*return\b")
_STOP = re.compile(r"\s*(if|for|while|do|switch|goto|else)\b")
_SAME = (
    "sin cos tan asin acos atan atan2 sinh cosh tanh exp "
    "exp2 expm1 log log2 log10 log1p sqrt cbrt hypot erf floor ceil"
)
_C = (
    "fabs",
    "fmod",
    "remainder",
    "fdim",
    "copysign",
    "round",
    "trunc",
    "nearbyint",
    "rint",
    "fma",
    "fmax",
    "fmin",
    "erfc",
)
FUNCTIONS: dict[str, Macro] = {name: OPERATIONS[name] for name in _C}
FUNCTIONS |= {f"{name}{end}": found for name in (*_SAME.split(), *_C, "pow") for end in "fl"
              if (found := OPERATIONS.get(name) or lookup(name, {}))}  # fmt: skip
FUNCTIONS |= {"pow": OPERATIONS["pow"], "exp10": Macro(1, 1, lambda x: powered(const(10), x))}
_CONSTANTS = {
    f"M_{name}": FPCORE[name]
    for name in ("E", "LOG2E", "LOG10E", "LN2", "LN10", "PI", "PI_2", "PI_4", "SQRT2")
}
_CONSTANTS |= {
    "M_1_PI": FPCORE["M_1_PI"],
    "M_2_PI": FPCORE["M_2_PI"],
    "M_SQRT1_2": FPCORE["SQRT1_2"],
}
LANGUAGE = Language(FUNCTIONS, {})


def matches(content: Content) -> bool:
    """Whether the text declares floats, or returns between braces."""
    if content.suffix in (".c", ".h", ".cc", ".cpp", ".hpp", ".cxx", ".js", ".cu"):
        return True
    return (
        re.search(r"\b(?:double|float)\s+\w+\s*[(=;]|\breturn\b[^;\n]*;", content.sample)
        is not None
    )


def read(content: Content, paths: Sequence[Path], options: Options) -> Imported:
    """The outputs of the last function of a text (or of the one that ``pick`` names), or of its
    statements.
    """
    file = str(content.path)
    reader = _Reader(content.text, file, options)
    for statement, opens in reader.statements():
        reader.take(statement, opens)
    found, parameters = reader.finished(options.pick)
    bare = [e for name, e in found if name is None]
    outputs = {name: e for name, e in found if name is not None}
    outputs |= name_outputs(bare, () if outputs else options.outputs, {*parameters, *outputs})
    if not outputs:
        raise InputError(
            "no expression is in this file",
            where=Where(file),
            expected="double f(double x) { return x; }",
        )
    used = variables(outputs.values())
    inputs = {n: unstated(n, file) for n in in_order(used, parameters)}
    return Settings.of(options).apply(Imported(content.path.stem, inputs, outputs, file))


class _Reader:
    """One run over one text."""

    def __init__(self, text: str, file: str, options: Options):
        text = _COMMENT.sub(lambda m: re.sub(r"[^\n]", " ", m[0]), text)
        text = _BLANK.sub(lambda m: " " * len(m[0]), text)
        text = re.sub(
            r"(?<=\w)\[\s*(\d+)\s*\](?!\s*[-+*/]?=(?!=))", lambda m: m[1].ljust(len(m[0])), text
        )  # x[0] is x0
        self.source = Source(text, file)
        self.macros = options.macros()
        self.budget = Budget(self.source)
        self.functions = dict[str, tuple[list[str], list[tuple[str | None, Expr]]]]()
        self.constants = {name: build() for name, build in _CONSTANTS.items()}
        self.begin("", [])

    def begin(self, name: str, parameters: list[str]) -> None:
        """A new function, or the text outside of any."""
        self.name, self.parameters = name, parameters
        self.scope: dict[str, Expr] = {parameter: var(parameter) for parameter in parameters}
        self.found = list[tuple[str | None, Expr]]()
        self.last: tuple[str, Expr] | None = None

    def statements(self) -> Iterator[tuple[Source, str]]:
        """Pieces between ``;`` and braces, each with the sign that ends it."""
        start, depth = 0, 0
        for place in re.finditer(r"[(){};]|$", self.source.text):
            depth = max(0, depth + {"(": 1, ")": -1}.get(place[0], 0))
            if place[0] in ("{", "}", "") or (place[0] == ";" and depth == 0):
                yield self.source.part(start, place.start()), place[0]
                start, depth = place.end(), 0

    def take(self, statement: Source, end: str) -> None:
        """One statement."""
        text = statement.text
        if stop := _STOP.match(text):
            where = len(text) - len(text.lstrip())
            raise statement.error(
                f"'{stop[1]}' is not read",
                where,
                expected="straight lines",
                remedy="write c ? a : b",
            )
        if (header := _HEADER.match(text)) and end == "{":
            stated = [
                re.findall(r"\w+", re.sub(r"\[[^\]]*\]", "", p)) for p in header[2].split(",")
            ]
            parameters = [words[-1] for words in stated if words]
            self.begin(header[1], [parameter for parameter in parameters if parameter != "void"])
        elif found := _RETURN.match(text):
            self.found.append((None, self.expression(statement.part(found.end()))))
        elif found := _ASSIGN.match(text):
            self.assign(found, statement)
        elif text.strip() and not _declares(text) and end != "{":
            self.found.append((None, self.expression(statement)))
        if end == "}" and self.name:
            self.close()

    def assign(self, found: re.Match[str], statement: Source) -> None:
        """``type name = expression``, ``name += expression``, ``*out = ...`` or ``y[0] = ...``."""
        name = found["name"] + (found["index"] or "")
        value = self.expression(statement.part(found.end()))
        if found["op"]:
            before = self.scope.get(name, var(name))
            value = {
                "+": before + value,
                "-": before - value,
                "*": before * value,
                "/": before / value,
            }[found["op"]]
        self.scope[name] = value
        self.last = name, value
        if found["out"] or found["index"] is not None or not self.name:
            self.found = [(n, e) for n, e in self.found if n != name] + [(name, value)]

    def expression(self, source: Source) -> Expr:
        """One expression."""
        self.check_division(source)
        return parse(
            source,
            self.constants | self.scope,
            functions=self.macros,
            open_names=True,
            language=LANGUAGE,
        )

    def check_division(self, source: Source) -> None:
        """Refuse a division of whole numbers, as in ``1/2*x``."""
        if "/" not in source.text:
            return
        found = list(tokens(source))
        for at, token in enumerate(found):
            if token.text == "/" and _whole_after(found, at + 1) and _whole_before(found, at - 1):
                what = "this divides whole numbers, which C cuts off"
                raise source.error(
                    what, token.at, remedy="write one of them with a point, as in 1.0/2"
                )

    def close(self) -> None:
        """The end of a function: it may be called from here on, and its outputs are kept."""
        if not self.found and self.last is not None:
            self.found = [self.last]
        self.functions[self.name] = self.parameters, self.found
        if len(self.found) == 1:
            self.macros[self.name] = macro(self.parameters, self.found[0][1], self.budget)
        self.begin("", [])

    def finished(self, pick: str | int) -> tuple[list[tuple[str | None, Expr]], list[str]]:
        """The outputs that are wanted, and the parameters in their order."""
        if self.name:
            self.close()
        if str(pick) in self.functions:
            parameters, found = self.functions[str(pick)]
            return found, parameters
        if self.functions and not self.found:
            parameters, found = list(self.functions.values())[-1]
            return found, parameters
        return self.found, []


def _declares(text: str) -> bool:
    """Whether a statement names variables and gives them no value."""
    return _DECLARED.match(text) is not None and _WORDS.fullmatch(text) is not None


def _is_whole(token: Token) -> bool:
    return token.kind == NUMBER and token.text.isdecimal()


def _whole_after(found: list[Token], at: int) -> bool:
    return _is_whole(found[at]) or (found[at].text == "(" and _group(found, at, 1))


def _whole_before(found: list[Token], at: int) -> bool:
    """Whether the whole term before a division is of whole numbers."""
    while at >= 0:
        if found[at].text == ")":
            if not _group(found, at, -1):
                return False
            while found[at].text != "(":
                at -= 1
            at -= 1
            if at >= 0 and found[at].kind == NAME:
                return False
        elif _is_whole(found[at]):
            at -= 1
        else:
            return False
        if at < 0 or found[at].text not in ("*", "/"):
            return True
        at -= 1
    return True


def _group(found: list[Token], at: int, step: int) -> bool:
    """Whether a group in brackets holds nothing but whole numbers; groups in it are none."""
    inner, end = at + step, ")" if step > 0 else "("
    while 0 <= inner < len(found) and found[inner].text != end:
        if not _is_whole(found[inner]) and found[inner].text not in ("+", "-", "*", "/"):
            return False
        inner += step
    return True


KIND = Kind(
    "C-like source",
    "c",
    matches,
    read,
    example="double f(double x) { return pow(x, 2) + 2.5f*cos(x); }",
)
