"""What operators of text make of their operands; errors point at the operator."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

from symgate.errors import InputError
from symgate.frontend.language.arrays import (
    Array,
    Operand,
    lifted,
    matmul,
    nested,
    product,
    quotient,
)
from symgate.frontend.language.arrays import negated as opposite
from symgate.frontend.language.arrays import powered as raised
from symgate.frontend.language.functions import is_boolean, truth
from symgate.frontend.language.tokens import INDEX, Token
from symgate.ir.expr import Expr, const, make

COMPARISONS = {"<": "lt", "<=": "le", ">": "gt", ">=": "ge", "==": "eq", "!=": "ne"}


class Fails(Protocol):
    """What makes an error that points at a word."""

    def __call__(
        self, what: str, token: Token, *, expected: str | None = None, remedy: str | None = None
    ) -> InputError:
        """The error."""


def signed(value: Operand, token: Token, fail: Fails) -> Operand:
    """What stands behind the sign ``token``, as a term of a sum or a factor of a product."""
    if token.text == "-":
        return opposite(value)
    if token.text != "/" or not isinstance(value, Expr) or not value.is_const:
        return value
    if value is const(0):
        raise fail("division by zero", token, remedy="correct the divisor")
    return const(1 / value.value)


def joined(factors: Sequence[Operand], token: Token, value: Operand) -> Operand:
    """The product of ``factors``, divided by or as a matrix times what stands behind ``token``."""
    left = product(factors)
    return matmul(left, value) if token.text == "@" else quotient(left, value)


def powered(base: Operand, exponent: Operand, token: Token, fail: Fails) -> Operand:
    """``base ** exponent``; raise `InputError` for a negative power of 0."""
    negative = isinstance(exponent, Expr) and exponent.is_const and exponent.value < 0
    if base is const(0) and negative:
        what = "division by zero: a negative power of 0"
        raise fail(what, token, remedy="correct the base")
    return raised(base, exponent)


def applied(token: Token, args: Sequence[Operand], fail: Fails) -> Operand:
    """A prefix operator, a comparison or a logical operator, element by element."""
    return lifted(lambda *each: _applied(token, each, fail), token.text, *args)


def _applied(token: Token, args: Sequence[Expr], fail: Fails) -> Expr:
    word = token.text
    if word in COMPARISONS:
        return make(COMPARISONS[word], *args)
    if word in ("+", "-"):
        (value,) = args
        return value if word == "+" else _negated(value)
    is_number = word == "~" and args[0].is_const  # ~1/x is 0 in no language: -1/x is meant, or -2/x
    if is_number or (word in ("&", "|", "~") and not all(map(is_boolean, args))):
        raise fail(
            f"an operand of '{word}' is a number",
            token,
            expected="comparisons on both sides" if len(args) > 1 else "a comparison",
            remedy="write (x > 0) & (y > 0), or x != 0 for a number as a condition",
        )
    name = {"&": "and", "|": "or", "~": "not"}.get(word, word)
    return make(name, *map(truth, args))


def _negated(value: Expr) -> Expr:
    found = opposite(value)
    assert isinstance(found, Expr)
    return found


def closed(token: Token, parts: Sequence[Operand], fail: Fails) -> Operand:
    """``[a, b]`` where a list begins with ``token``, or an element of the first of ``parts``."""
    if token.kind != INDEX:
        return nested(parts)
    base, *indices = parts
    numbers = [e.value for e in indices if isinstance(e, Expr) and e.is_const]
    if len(numbers) < len(indices) or any(n.denominator != 1 for n in numbers):
        raise fail("this is no index", token, expected="v[0], or A[0, 1]")
    assert isinstance(base, Array)
    return base.at(*map(int, numbers))
