"""Infix text to expressions: an operator-precedence parser with its own stack, so depth is bounded
by memory alone.

Grammar, loosest first: ``a if c else b`` and ``c ? a : b``; ``or |``; ``and &``; ``not``;
comparisons (one, not a chain); ``+ -``; ``* / @``; unary ``- + ~``; ``** ^`` (right to left). Numbers are
exact decimals. ``Matrix([[1, 2], [3, 4]])`` and ``v[0]``: see `symgate.frontend.language.arrays`.
``a + b - c`` is one n-ary sum and ``a*b*c`` one n-ary product. Text is data: nothing here runs it.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from itertools import pairwise

from symgate.errors import InputError
from symgate.frontend.language.arrays import Array, Mismatch, Operand, lifted, product, total
from symgate.frontend.language.dialect import PLAIN, Language
from symgate.frontend.language.functions import Functions, where
from symgate.frontend.language.joining import COMPARISONS, applied, closed, joined, powered, signed
from symgate.frontend.language.scope import LISTS, Scope, Value
from symgate.frontend.language.source import Source
from symgate.frontend.language.tokens import (
    END,
    INDEX,
    NAME,
    NUMBER,
    QUOTED,
    TEXT,
    Token,
    number,
    tokens,
)
from symgate.ir.expr import Expr, const, var

KEYWORDS = frozenset({"and", "or", "not", "if", "else", "True", "False"})
_OPEN, _ELSE, _OR, _AND, _NOT, _COMPARE, _SUM, _PRODUCT, _UNARY, _POWER = range(10)
_LEVEL = {
    "|": _OR,
    "or": _OR,
    "&": _AND,
    "and": _AND,
    "+": _SUM,
    "-": _SUM,
    "*": _PRODUCT,
    "/": _PRODUCT,
    "@": _PRODUCT,
    "**": _POWER,
}
_LEVEL |= dict.fromkeys(COMPARISONS, _COMPARE)
_PREFIX = {"not": _NOT, "-": _UNARY, "+": _UNARY, "~": _UNARY}


@dataclass(slots=True)
class _Frame:
    """Something begun and not yet complete: an operator waiting for its right side, or an open
    bracket.
    """

    level: int
    token: Token  # the operator, "(" or "if"; in sums and products that before the next operand
    parts: list[Value] = field(default_factory=list)
    name: Token | None = None  # of the function whose operands are being read


def parse(
    text: str | Source,
    names: Mapping[str, Operand] | Iterable[str] | None,
    *,
    functions: Functions | None = None,
    open_names: bool = False,
    language: Language | None = None,
) -> Expr:
    """The expression that ``text`` holds, in variables (or earlier definitions) ``names``.

    ``open_names``, or None for ``names``: every unknown name is a variable. ``functions`` are
    further functions, which win over those of the ``language``, and these over the built-in ones.
    Raise `InputError` with the line, the column and a caret for anything else.

    >>> from symgate.ir.exprtext import show
    >>> print(show(parse("0.5*x - y/4", ["x", "y"])))
    0.5*x - 0.25*y
    """
    source = text if isinstance(text, Source) else Source(text)
    value = parse_operand(
        source, names, functions=functions, open_names=open_names, language=language
    )
    return number_of(value, source)


def parse_operand(
    source: Source,
    names: Mapping[str, Operand] | Iterable[str] | None,
    *,
    functions: Functions | None = None,
    open_names: bool = False,
    language: Language | None = None,
) -> Operand:
    """As `parse`, of a number, a vector or a matrix."""
    open_names = open_names or names is None
    known: Mapping[str, Operand] = {}
    known = names if isinstance(names, Mapping) else {name: var(name) for name in names or ()}
    return Parser(source, known, functions or {}, open_names, language or PLAIN).run()


def number_of(value: Operand, source: Source) -> Expr:
    """``value`` where it is a number; raise `InputError` for a vector."""
    if isinstance(value, Expr):
        return value
    what = f"the result has shape {value.text}"
    raise source.error(what, 0, expected="a number", remedy="take an element, as in v[0]")


def operands(values: Iterable[Value | None]) -> list[Operand]:
    """The numbers and vectors among ``values``."""
    return [value for value in values if isinstance(value, Operand)]


def _is_constant(value: Operand) -> bool:
    return isinstance(value, Expr) and value.is_const


class Parser:
    """One run over one text. Words come in turn; `value` tells whether an operand or an operator
    must come next.
    """

    def __init__(
        self,
        source: Source,
        names: Mapping[str, Operand],
        extra: Functions,
        open_names: bool,
        language: Language,
    ):
        functions = {**language.functions, **extra} if language.functions else extra
        self.source = source
        self.scope = Scope(source, names, functions, open_names, language)
        self.frames: list[_Frame] = []
        self.value: Value | None = None  # the operand just read; None where one is expected
        self.called: Token | None = None  # the function name just read
        self.joined: Token | None = None  # the operator whose sides are being joined

    def run(self) -> Operand:
        """The expression; raise `InputError` where the text is none."""
        words = list(tokens(self.source))
        if words[0].kind == END:
            raise self.source.error(
                "the expression is empty", 0, remedy="write an expression, or remove the line"
            )
        for token, ahead in pairwise([*words, words[-1]]):
            try:
                if self.value is None:
                    self.operand(token, ahead)
                else:
                    self.operator(token)
            except Mismatch as problem:
                raise self.error(str(problem), self.joined or token) from None
        assert isinstance(self.value, Operand)
        return self.value

    # An operand must come

    def operand(self, token: Token, ahead: Token) -> None:
        """Take a word where an operand begins."""
        word = token.text
        if token.kind == NUMBER:
            self.value = const(number(token, self.source))
        elif token.kind == QUOTED or (token.kind == NAME and word not in KEYWORDS):
            if token.kind == NAME and ahead.text == "(":
                self.called = token
            else:
                self.value = self.vector(token, ahead) or self.scope.variable(token)
        elif token.kind == TEXT:
            self.value = self.text(token)
        elif word in ("True", "False"):
            self.value = const(int(word == "True"))
        elif word in _PREFIX:
            self.prefix(token)
        elif word == "(" or (word == "[" and self.may_begin_list()):
            self.frames.append(_Frame(_OPEN, token, name=self.called))
            self.called = None
        elif word == ")" and (called := self.empty_call()) is not None:
            self.frames.pop()
            self.value = self.scope.call(called, ())
        else:
            raise self.no_operand(token)

    def may_begin_list(self) -> bool:
        """Whether a list of elements may stand here: in Matrix(...), and in such a list."""
        frame = self.frames[-1] if self.frames else None
        if frame is None:
            return False
        return frame.token.text == "[" or (frame.name is not None and frame.name.text in LISTS)

    def vector(self, token: Token, ahead: Token) -> Array | None:
        """The vector of a name that stands beside a matrix and is no number: its elements."""
        frame = self.frames[-1] if self.frames else None
        count = None
        if frame is not None and frame.level == _PRODUCT and frame.token.text in ("@", "*"):
            left = frame.parts[-1]
            if isinstance(left, Array) and (left.is_matrix or frame.token.text == "@"):
                count = left.shape[-1]
        return self.scope.elements(token, count) if count or ahead.text == "@" else None

    def text(self, token: Token) -> str:
        """A text in quotes, which only the contents of a table of bits are."""
        frame = self.frames[-1] if self.frames else None
        if frame is None or frame.name is None or frame.parts:
            what = "a text stands only as the contents of a table of bits"
            remedy = (
                'write lut6("8000000000000000", b0, b1, b2, b3, b4, b5), or names without quotes'
            )
            raise self.error(what, token, remedy=remedy)
        return token.text

    def empty_call(self) -> Token | None:
        """The function whose bracket has just been opened, if that is so."""
        return self.frames[-1].name if self.frames and not self.frames[-1].parts else None

    def prefix(self, token: Token) -> None:
        """Begin ``-x``, ``+x``, ``~x`` or ``not x``."""
        level = _PREFIX[token.text]
        if level == _NOT and self.frames and self.frames[-1].level >= _COMPARE:
            before = self.frames[-1].token.text
            raise self.error(
                f"'not' cannot follow '{before}'", token, remedy="put 'not ...' in brackets"
            )
        self.frames.append(_Frame(level, token))

    def no_operand(self, token: Token) -> InputError:
        """The error for a word that begins no operand."""
        word = token.text
        what = f"unexpected '{word}'" if token.kind != END else "the expression ends too early"
        remedy = "write the missing operand, or remove what precedes it"
        if word in ("[", "]"):
            remedy = "use round brackets; lists of numbers stand in Matrix([...])"
        if token.kind == NAME:
            remedy = (
                f"'{word}' is a word of the language; write `{word}` for a variable of that name"
            )
        expected = "a number, a name or an opening bracket"
        return self.error(what, token, expected=expected, remedy=remedy)

    # An operator must come

    def operator(self, token: Token) -> None:
        """Take a word where an operand has just ended."""
        word = token.text
        if not isinstance(self.value, Operand) and word not in (",", ")"):
            stands = "a text" if isinstance(self.value, str) else "a pair"
            only = "of lut1 to lut16" if isinstance(self.value, str) else "of Piecewise"
            what = f"{stands} stands only as an operand {only}"
            raise self.error(what, token, expected="',' or ')'")
        if token.kind == END:
            self.finish_all()
        elif word == ")":
            self.close(token)
        elif word == "]":
            self.close_list(token)
        elif word == "[" and isinstance(self.value, Array):
            self.frames.append(_Frame(_OPEN, Token(INDEX, "[", token.at), parts=[self.take()]))
        elif word == ",":
            self.comma(token)
        elif word == "if":
            self.reduce(_ELSE)
            self.frames.append(_Frame(_OPEN, token, parts=[self.take()]))
        elif word == "else":
            self.otherwise(token)
        elif word == "?":
            self.reduce(_ELSE)
            self.frames.append(_Frame(_OPEN, token, parts=[self.take()]))
        elif word == ":":
            self.alternative(token)
        elif word in _LEVEL:
            self.binary(token, _LEVEL[word])
        else:
            raise self.no_operator(token)

    def no_operator(self, token: Token) -> InputError:
        """The error for a word that cannot follow an operand."""
        what, expected = f"unexpected '{token.text}'", "an operator, such as + or *"
        is_operand = token.kind in (NAME, NUMBER, QUOTED) or token.text == "("
        remedy = "write * to multiply" if is_operand else None
        if token.text in ("[", "]"):
            remedy = "use round brackets; an index stands behind a name or a vector"
        return self.error(what, token, expected=expected, remedy=remedy)

    def binary(self, token: Token, level: int) -> None:
        """Take an operator with two sides; sums and products collect all their operands in one
        frame.
        """
        if level == _POWER:
            self.frames.append(_Frame(level, token, parts=[self.take()]))
            return
        self.reduce(level)
        top = self.frames[-1] if self.frames and self.frames[-1].level == level else None
        if top and level == _COMPARE:
            raise self.error("comparisons do not chain", token, remedy="write a < b and b < c")
        if top and level in (_SUM, _PRODUCT):
            self.extend(top)
            top.token = token
            return
        if top:
            self.finish()
        self.frames.append(_Frame(level, token, parts=[self.take()]))

    def take(self) -> Operand:
        """The operand just read, which then is no longer pending."""
        value, self.value = self.value, None
        assert isinstance(value, Operand)
        return value

    def extend(self, frame: _Frame) -> None:
        """Add the operand just read to a sum or a product."""
        value = self.take()
        self.joined = frame.token
        if frame.token.text in ("@", "/") and not _is_constant(value):
            frame.parts = [joined(operands(frame.parts), frame.token, value)]
            return
        frame.parts.append(signed(value, frame.token, self.error))

    # What is complete

    def reduce(self, level: int) -> None:
        """Finish every operator that binds more tightly than ``level``."""
        while self.frames and self.frames[-1].level > level:
            self.finish()

    def finish(self) -> None:
        """Build the innermost operator, whose last operand has just been read."""
        frame = self.frames.pop()
        self.joined = frame.token
        if frame.level in (_SUM, _PRODUCT):
            self.extend(frame)
            parts = operands(frame.parts)
            self.value = (total if frame.level == _SUM else product)(parts)
            return
        last = self.take()
        args = operands(frame.parts)
        if frame.level == _ELSE:
            then, condition = args
            self.value = lifted(where, "if", condition, then, last)
        elif frame.level == _POWER:
            self.value = powered(args[0], last, frame.token, self.error)
        else:
            self.value = applied(frame.token, [*args, last], self.error)

    def finish_all(self) -> None:
        """The end of the text: every bracket must be closed."""
        self.reduce(_OPEN)
        if self.frames:
            raise self.unclosed(self.frames[-1])

    def unclosed(self, frame: _Frame) -> InputError:
        """The error for a bracket or an ``if`` that is not completed."""
        if frame.token.text == "if":
            return self.error("'if' without 'else'", frame.token, expected="a if condition else b")
        if frame.token.text == "?":
            return self.error("'?' without ':'", frame.token, expected="condition ? a : b")
        closing = "]" if frame.token.text == "[" else ")"
        what = "this bracket is never closed"
        return self.error(what, frame.token, remedy=f"add '{closing}'")

    def enclosing(self, token: Token) -> _Frame:
        """The innermost bracket, everything inside it finished; raise `InputError` if there is
        none.
        """
        self.reduce(_OPEN)
        if not self.frames:
            what = f"unexpected '{token.text}' outside brackets"
            remedy = "write numbers with a point: 0.5; an output has one value"
            if token.text == ")":
                remedy = "remove it"
            raise self.error(what, token, remedy=remedy)
        if self.frames[-1].token.text in ("if", "?"):
            raise self.unclosed(self.frames[-1])
        return self.frames[-1]

    def otherwise(self, token: Token) -> None:
        """``else``: the condition is complete."""
        self.reduce(_OPEN)
        if not self.frames or self.frames[-1].token.text != "if":
            raise self.error("'else' without 'if'", token, expected="a if condition else b")
        begun = self.frames.pop()
        self.frames.append(_Frame(_ELSE, token, parts=[*begun.parts, self.take()]))

    def alternative(self, token: Token) -> None:
        """``:`` of ``condition ? a : b``."""
        self.reduce(_OPEN)
        if not self.frames or self.frames[-1].token.text != "?":
            raise self.error("':' without '?'", token, expected="condition ? a : b")
        begun = self.frames.pop()
        self.frames.append(_Frame(_ELSE, token, parts=[self.take(), *begun.parts]))

    # Brackets and calls

    def comma(self, token: Token) -> None:
        """The end of one operand of a function, or the middle of a pair in Piecewise."""
        frame = self.enclosing(token)
        outer = self.frames[-2].name if len(self.frames) > 1 else None
        plain = frame.name is None and frame.token.text != "["
        if plain and (outer is None or outer.text != "Piecewise"):
            raise self.error(
                "unexpected ','",
                token,
                expected="')'",
                remedy="write numbers with a point, as in 0.5",
            )
        assert self.value is not None
        frame.parts.append(self.value)
        self.value = None

    def close(self, token: Token) -> None:
        """A closing bracket."""
        frame = self.enclosing(token)
        if frame.token.text == "[":
            raise self.unclosed(frame)
        self.frames.pop()
        if frame.name or frame.parts:
            assert self.value is not None
            frame.parts.append(self.value)
            if frame.name:
                self.value = self.scope.call(frame.name, frame.parts)
            else:
                self.value = tuple(part for part in frame.parts if isinstance(part, Expr))

    def close_list(self, token: Token) -> None:
        """``]``: the end of a list of elements, or of an index."""
        frame = self.enclosing(token)
        if frame.token.text != "[":
            raise self.unclosed(frame)
        self.frames.pop()
        self.joined = frame.token
        parts = operands([*frame.parts, self.value])
        self.value = closed(frame.token, parts, self.error)

    def error(
        self, what: str, token: Token, *, expected: str | None = None, remedy: str | None = None
    ) -> InputError:
        """An error that points at ``token``."""
        return self.source.error(what, token.at, expected=expected, remedy=remedy)
