"""Sums and products in the one shape that frontends build and that `symgate.ir.exprtext` prints.

A sum holds at most one constant; a product at most one, and a minus sign is the factor -1 of the
product it stands before. Nothing else is rewritten here: `symgate.passes` does that.
"""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction

from symgate.ir.expr import Expr, combined, const, make

#: Constants are folded while the result stays below this many bits.
FOLD_BITS = 4096
#: Products up to this size are rebuilt for a change of sign; longer ones are wrapped, so that time
#: stays linear.
REBUILD = 64


def bits(value: Fraction) -> int:
    """The size of an exact constant."""
    return value.numerator.bit_length() + value.denominator.bit_length()


def total(terms: Sequence[Expr]) -> Expr:
    """The n-ary sum of ``terms``, constants folded."""
    constant, rest = Fraction(0), list[Expr]()
    for term in terms:
        if term.is_const and bits(constant) + bits(term.value) <= FOLD_BITS:
            constant += term.value
        else:
            rest.append(term)
    if constant or not rest:
        rest.append(const(constant))
    return combined("add", rest)


def product(factors: Sequence[Expr]) -> Expr:
    """The n-ary product of ``factors``, constants and signs folded."""
    scale, rest = Fraction(1), list[Expr]()
    for factor in factors:
        if factor.is_const and bits(scale) + bits(factor.value) <= FOLD_BITS:
            scale *= factor.value
        elif _is_opposite(factor):
            scale = -scale
            rest.append(factor.args[1])
        else:
            rest.append(factor)
    if scale != 1 or not rest:
        rest.append(const(scale))
    return combined("mul", rest)


def _is_opposite(e: Expr) -> bool:
    """Whether ``e`` is ``-1 * y`` with one other factor."""
    return e.op == "mul" and len(e.args) == 2 and e.args[0] is const(-1)


def negated(e: Expr) -> Expr:
    """``-e``."""
    if e.is_const:
        return const(-e.value)
    if e.op != "mul" or len(e.args) > REBUILD:
        return make("mul", const(-1), e)
    return product([const(-1), *e.args])


def quotient(x: Expr, y: Expr) -> Expr:
    """``x / y``; division by a constant other than 0 is a multiplication by its exact inverse."""
    return product([x, const(1 / y.value)]) if y.is_const and y.value else make("div", x, y)


def powered(x: Expr, y: Expr) -> Expr:
    """``x ** y``; exact where both are constants, ``y`` is whole and the result is of reasonable
    size.
    """
    if not (x.is_const and y.is_const) or y.value.denominator != 1:
        return make("pow", x, y)
    undefined = x.value == 0 and y.value <= 0
    if undefined or bits(x.value) * abs(y.value) > FOLD_BITS:
        return make("pow", x, y)
    return const(x.value ** int(y.value))
