"""A second reader of expression text, so that the check does not rest on the reader that the
compiler uses.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from fractions import Fraction

from symgate.ir.expr import Expr, const, make
from symgate.ir.operators import OPERATORS

_WORD = re.compile(
    r"\s*(?:(?P<number>\d+(?:\.\d+)?)|`?(?P<name>[^\W\d]\w*)`?|(?P<sign>\*\*|<=|>=|==|!=|[-+*/<>(),]))"
)
_BINARY = {"or": 1, "and": 2, "+": 5, "-": 5, "*": 6, "/": 6, "**": 8}
_BINARY |= dict.fromkeys(("<", "<=", ">", ">=", "==", "!="), 4)
_PREFIX = {"not": 3, "-": 7}
_NAMED = {
    "<": "lt",
    "<=": "le",
    ">": "gt",
    ">=": "ge",
    "==": "eq",
    "!=": "ne",
    "**": "pow",
    "/": "div",
}


@dataclass
class _Reader:
    """Shunting yard (Dijkstra 1961): operators wait on one stack for their operands on the other."""

    names: Mapping[str, Expr]
    values: list[Expr | None] = field(default_factory=list)  # None: an opening bracket
    waiting: list[tuple[int, str]] = field(
        default_factory=list
    )  # level 0: an opening bracket, with its function

    def operand(self, kind: str, word: str, called: bool) -> bool:
        """Take a word where an operand begins; return whether the operand is complete."""
        if kind == "number":
            self.values.append(const(Fraction(word)))
        elif word in _PREFIX:
            self.waiting.append((_PREFIX[word], f"prefix {word}"))
            return False
        elif word == "(" or called:
            self.open(word)
            return False
        elif kind == "name" and (word in self.names or word in ("pi", "e")):
            self.values.append(self.names[word] if word in self.names else make(word))
        else:
            raise ValueError(f"'{word}' begins no operand")
        return True

    def open(self, word: str) -> None:
        self.values.append(None)
        self.waiting.append((0, "" if word == "(" else word))

    def operator(self, word: str) -> bool:
        """Take a word after an operand; return whether an operand is complete then."""
        if word not in (")", ","):
            level = _BINARY[word]
            self.reduce(level + (word == "**"))
            self.waiting.append((level, word))
            return False
        self.reduce(1)
        if not self.waiting:
            raise ValueError(f"'{word}' outside brackets")
        if word == ",":
            return False
        self.close()
        return True

    def close(self) -> None:
        _, function = self.waiting.pop()
        args: list[Expr] = []
        while (value := self.values.pop()) is not None:
            args.append(value)
        args.reverse()
        if function:
            self.values.append(called(function, args))
        elif len(args) == 1:
            self.values.append(args[0])
        else:
            raise ValueError("a bracket holds one expression")

    def reduce(self, level: int) -> None:
        """Build every operator that binds at least as tightly as ``level``."""
        while self.waiting and self.waiting[-1][0] >= max(level, 1):
            _, word = self.waiting.pop()
            right = self.take()
            prefix = word.startswith("prefix")
            self.values.append(
                _negated(word, right) if prefix else _joined(word, self.take(), right)
            )

    def take(self) -> Expr:
        value = self.values.pop() if self.values else None
        if value is None:
            raise ValueError("an operand is missing")
        return value


def read(text: str, names: Mapping[str, Expr]) -> Expr:
    """The expression in ``text``; raise ValueError where it is none.

    >>> from symgate.ir.expr import var
    >>> read("-v1**2 + 1/4*sin(v1)", {"v1": var("v1")})
    add(mul(-1, pow(v1, 2)), mul(1/4, sin(v1)))
    """
    reader, at, complete, end = _Reader(names), 0, False, len(text.rstrip())
    while at < end:
        match = _WORD.match(text, at)
        if match is None:
            raise ValueError(f"cannot read '{text[at:][:20]}'")
        at, kind = match.end(), str(match.lastgroup)
        word = match[kind]
        if complete and word in (*_BINARY, ")", ","):
            complete = reader.operator(word)
        elif complete:
            raise ValueError(f"'{word}' follows an operand")
        elif word == ")" and reader.waiting and reader.waiting[-1][1] and reader.values[-1] is None:
            reader.close()
            complete = True
        else:
            complete = reader.operand(
                kind, word, kind == "name" and text[at : at + 1] == "(" and word not in _PREFIX
            )
            at += kind == "name" and not complete and word not in _PREFIX
    reader.reduce(1)
    if not complete or reader.waiting or len(reader.values) != 1:
        raise ValueError("the expression is not complete")
    return reader.take()


def called(name: str, args: list[Expr]) -> Expr:
    """The node ``name(args)``; raise ValueError where there is no such operator."""
    op = OPERATORS.get(name)
    if op is None or (len(args) != op.arity if op.arity is not None else len(args) < 2):
        raise ValueError(f"there is no {name} of {len(args)} operands")
    return args[0] if name == "hold" else make(name, *args)  # the identity, a mark for the compiler


def _negated(word: str, x: Expr) -> Expr:
    if word == "prefix not":
        return make("not", x)
    return const(-x.value) if x.is_const else make("mul", const(-1), x)


def _joined(word: str, x: Expr, y: Expr) -> Expr:
    if word in ("+", "-"):
        right = _negated("-", y) if word == "-" else y
        return make("add", *(x.args if x.op == "add" else (x,)), right)
    if word == "*":
        return make("mul", *(x.args if x.op == "mul" else (x,)), y)
    if word == "/" and x.is_const and y.is_const and y.value:
        return const(x.value / y.value)
    return make(_NAMED.get(word, word), x, y)
