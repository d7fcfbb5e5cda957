"""The text of an expression as a tree of terms, written from the grammar in the documentation.

Loosest first: ``a if c else b`` and ``c ? a : b``; ``or |``; ``and &``; ``not ~``; comparisons;
``+ -``; ``* /``; signs; ``** ^`` from right to left. Decimal numbers are exact.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from fractions import Fraction

_TOKEN = re.compile(
    r"\s*(?:(?P<number>(?:\d+(?:\.\d*)?|\.\d+)(?:[eE][+-]?\d+)?)"
    r"|(?P<name>[A-Za-z_]\w*)"
    r"|(?P<sign>\*\*|<=|>=|==|!=|&&|\|\||[-+*/^(),<>&|~!?:]))"
)
_WORDS = {"^": "**", "&&": "and", "&": "and", "||": "or", "|": "or", "~": "not", "!": "not"}
_COMPARISONS = {"<": "lt", "<=": "le", ">": "gt", ">=": "ge", "==": "eq", "!=": "ne"}


Points = tuple[tuple[Fraction, Fraction], ...]
Tables = Mapping[str, tuple[str, Points]]  # "lines" or "steps", and places with values


@dataclass(frozen=True, eq=False)
class Term:
    """An operator and its operands, a number, a constant or an input. Shared terms are one object.

    "lines" and "steps" are functions that are given by their values at points.
    """

    op: str  # "number", "input", "pi", "e", or an operator
    args: tuple[Term, ...] = ()
    number: Fraction = Fraction(0)
    name: str = ""
    points: Points = ()


class NoFormula(ValueError):
    """The text is no expression that this parser knows."""


def number(value: Fraction | int) -> Term:
    """A constant."""
    return Term("number", number=Fraction(value))


ONE, ZERO = number(1), number(0)
_SAME_NAME = [
    "sqrt",
    "cbrt",
    "exp",
    "exp2",
    "expm1",
    "log",
    "log2",
    "log10",
    "log1p",
    "sin",
    "cos",
    "tan",
    "asin",
    "acos",
    "atan",
    "sinh",
    "cosh",
    "tanh",
    "asinh",
    "acosh",
    "atanh",
    "sigmoid",
    "erf",
    "gauss",
    "relu",
    "abs",
    "sign",
    "step",
    "floor",
    "ceil",
    "round",
    "mod",
    "atan2",
    "hypot",
    "min",
    "max",
    "not",
    "and",
    "or",
    "lt",
    "le",
    "gt",
    "ge",
    "eq",
    "ne",
    "where",
]
_OTHER_NAMES = {
    "ln": "log",
    "Abs": "abs",
    "fabs": "abs",
    "arcsin": "asin",
    "arccos": "acos",
    "arctan": "atan",
    "arctan2": "atan2",
    "arcsinh": "asinh",
    "arccosh": "acosh",
    "arctanh": "atanh",
    "sgn": "sign",
    "ceiling": "ceil",
    "rint": "round",
    "Mod": "mod",
    "minimum": "min",
    "maximum": "max",
    "Min": "min",
    "Max": "max",
    "select": "where",
    "And": "and",
    "Or": "or",
    "Not": "not",
    "logistic": "sigmoid",
}


def _inverse_of(op: str) -> Callable[..., Term]:
    return lambda x: Term("div", (ONE, Term(op, (x,))))


def _logarithm(x: Term, base: Term | None = None) -> Term:
    if base is None:
        return Term("log", (x,))
    if base.op == "number" and base.number in (2, 10):
        return Term(f"log{base.number}", (x,))
    return Term("div", (Term("log", (x,)), Term("log", (base,))))


def _root(x: Term, n: Term) -> Term:
    if n.op == "number" and n.number == 3:
        return Term("cbrt", (x,))
    return Term("pow", (x, Term("div", (ONE, n))))


def _heaviside(x: Term, middle: Term | None = None) -> Term:
    at_zero = middle or number(Fraction(1, 2))
    return Term("where", (Term("eq", (x, ZERO)), at_zero, Term("step", (x,))))


def _truncated(x: Term) -> Term:
    return Term("mul", (Term("sign", (x,)), Term("floor", (Term("abs", (x,)),))))


_COMBINED: dict[str, Callable[..., Term]] = {
    "inv": lambda x: Term("div", (ONE, x)),
    "reciprocal": lambda x: Term("div", (ONE, x)),
    "sec": _inverse_of("cos"),
    "csc": _inverse_of("sin"),
    "cot": _inverse_of("tan"),
    "sech": _inverse_of("cosh"),
    "csch": _inverse_of("sinh"),
    "coth": _inverse_of("tanh"),
    "erfc": lambda x: Term("sub", (ONE, Term("erf", (x,)))),
    "softplus": lambda x: Term("log1p", (Term("exp", (x,)),)),
    "clip": lambda x, lo, hi: Term("min", (Term("max", (x, lo)), hi)),
    "fma": lambda x, y, z: Term("add", (Term("mul", (x, y)), z)),
    "pow": lambda x, y: Term("pow", (x, y)),
    "square": lambda x: Term("mul", (x, x)),
    "sq": lambda x: Term("mul", (x, x)),
    "cube": lambda x: Term("mul", (x, Term("mul", (x, x)))),
    "neg": lambda x: Term("neg", (x,)),
    "log": _logarithm,
    "ln": _logarithm,
    "root": _root,
    "heaviside": _heaviside,
    "trunc": _truncated,
}


def parse(text: str, scope: Mapping[str, Term], tables: Tables | None = None) -> Term:
    """The term that ``text`` states in the names of ``scope`` and the functions of ``tables``.

    Raise `NoFormula` for other text.
    """
    return _Parser(text, scope, tables or {}).whole()


class _Parser:
    """Recursive descent over the words of one text."""

    def __init__(self, text: str, scope: Mapping[str, Term], tables: Tables):
        self.words, self.at, self.scope, self.tables = _split(text), 0, scope, tables

    def whole(self) -> Term:
        found = self.choice()
        if self.word:
            raise NoFormula(f"unexpected {self.word!r}")
        return found

    @property
    def word(self) -> str:
        return self.words[self.at] if self.at < len(self.words) else ""

    def taken(self, *wanted: str) -> str:
        """The next word, where it is one of ``wanted``, else nothing."""
        word = self.word
        if word not in wanted or not word:
            return ""
        self.at += 1
        return word

    def expect(self, word: str) -> None:
        if not self.taken(word):
            raise NoFormula(f"{word!r} expected before {self.word!r}")

    def choice(self) -> Term:
        first = self.either()
        if self.taken("if"):
            condition = self.choice()
            self.expect("else")
            return Term("where", (condition, first, self.choice()))
        if self.taken("?"):
            then = self.choice()
            self.expect(":")
            return Term("where", (first, then, self.choice()))
        return first

    def either(self) -> Term:
        found = self.both()
        while self.taken("or"):
            found = Term("or", (found, self.both()))
        return found

    def both(self) -> Term:
        found = self.negation()
        while self.taken("and"):
            found = Term("and", (found, self.negation()))
        return found

    def negation(self) -> Term:
        return Term("not", (self.negation(),)) if self.taken("not") else self.comparison()

    def comparison(self) -> Term:
        left = self.sum()
        sign = self.taken(*_COMPARISONS)
        return Term(_COMPARISONS[sign], (left, self.sum())) if sign else left

    def sum(self) -> Term:
        found = self.product()
        while sign := self.taken("+", "-"):
            found = Term("add" if sign == "+" else "sub", (found, self.product()))
        return found

    def product(self) -> Term:
        found = self.signed()
        while sign := self.taken("*", "/"):
            found = Term("mul" if sign == "*" else "div", (found, self.signed()))
        return found

    def signed(self) -> Term:
        sign = self.taken("+", "-")
        if not sign:
            return self.power()
        return Term("neg", (self.signed(),)) if sign == "-" else self.signed()

    def power(self) -> Term:
        base = self.atom()
        return Term("pow", (base, self.signed())) if self.taken("**") else base

    def atom(self) -> Term:
        word = self.word
        self.at += 1
        if word == "(":
            found = self.choice()
            self.expect(")")
            return found
        if word[:1].isdigit() or word[:1] == ".":
            return number(Fraction(word))
        if self.word == "(" and re.fullmatch(r"\w+", word):
            return self.call(word)
        if word in self.scope:
            return self.scope[word]
        if word in ("pi", "e"):
            return Term(word)
        raise NoFormula(f"unknown word {word!r}")

    def call(self, name: str) -> Term:
        self.expect("(")
        args = [self.choice()]
        while self.taken(","):
            args.append(self.choice())
        self.expect(")")
        if name in self.tables:
            kind, points = self.tables[name]
            return Term(kind, tuple(args), points=points)
        if name in _COMBINED:
            return _COMBINED[name](*args)
        op = _OTHER_NAMES.get(name, name)
        if op not in _SAME_NAME:
            raise NoFormula(f"unknown function {name!r}")
        return _nested(op, args)


def _nested(op: str, args: list[Term]) -> Term:
    """Operators of any number of operands as a chain of pairs."""
    if op not in ("min", "max", "and", "or"):
        return Term(op, tuple(args))
    found = args[0]
    for other in args[1:]:
        found = Term(op, (found, other))
    return found


def _split(text: str) -> list[str]:
    words, at = [], 0
    text = text.rstrip()
    while at < len(text):
        found = _TOKEN.match(text, at)
        if found is None:
            raise NoFormula(f"cannot read {text[at : at + 20]!r}")
        word = found[found.lastgroup or 0]
        words.append(_WORDS.get(word, word))
        at = found.end()
    return words
