"""Sums and products taken apart: a sum is constants times terms, a product a constant times powers."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from fractions import Fraction
from functools import reduce

from symgate.ir.algebra import FOLD_BITS, bits
from symgate.ir.expr import CONST, Expr, combined, const, make

ZERO, ONE = const(0), const(1)
#: The largest exponent up to which powers of rational numbers are written out as numbers.
MOST_FOLDED = 64


def sum_of(parts: Sequence[Expr]) -> Expr:
    """The sum of any number of parts, as they are."""
    return combined("add", parts) if parts else ZERO


def product_of(factors: Sequence[Expr]) -> Expr:
    """The product of any number of factors, as they are."""
    return combined("mul", factors) if factors else ONE


def operands_of(e: Expr, op: str) -> tuple[Expr, ...]:
    """The parts of a sum (``op`` "add") or a product ("mul"); anything else is one part."""
    return e.args if e.op == op else (e,)


def base_and_exponent(factor: Expr) -> tuple[Expr, Fraction]:
    """A factor as a power with a constant exponent."""
    if factor.op == "pow" and factor.args[1].op == CONST:
        return factor.args[0], factor.args[1].value
    return factor, Fraction(1)


def powers(term: Expr) -> dict[Expr, Fraction]:
    """The factors of a product with their constant exponents."""
    return _collected(operands_of(term, "mul"))


def _collected(factors: Iterable[Expr]) -> dict[Expr, Fraction]:
    """The bases of some factors, with the sums of their exponents."""
    exponents: dict[Expr, Fraction] = {}
    for factor in factors:
        base, exponent = base_and_exponent(factor)
        exponents[base] = exponents.get(base, Fraction(0)) + exponent
    return exponents


def times(a: Expr, b: Expr) -> Expr:
    """The product of two constants; rational ones are folded."""
    if a is ONE or b is ONE:
        return b if a is ONE else a
    if a.op == b.op == CONST:
        return const(a.value * b.value)
    a, b = (b, a) if a.op == CONST else (a, b)
    if b.op == CONST and a.op == "add":
        return reduce(plus, (times(part, b) for part in a.args))
    factors = (*operands_of(a, "mul"), *operands_of(b, "mul"))
    rational = math.prod(
        (factor.value for factor in factors if factor.op == CONST), start=Fraction(1)
    )
    exponents = _collected(factor for factor in factors if factor.op != CONST)
    folded = {base for base, n in exponents.items() if is_folded(base, n)}
    for base in folded:
        rational *= base.value ** int(exponents[base])
    if rational == 0:
        return ZERO
    rest = [_power(base, n) for base, n in exponents.items() if n and base not in folded]
    return product_of(rest if rational == 1 else [const(rational), *rest])


def is_folded(base: Expr, exponent: Fraction) -> bool:
    """Whether a power is written out as a number: powers of powers would fill the memory."""
    if base.op != CONST or exponent.denominator != 1:
        return False
    if base.value == 0:
        return exponent > 0
    return abs(exponent) <= MOST_FOLDED and bits(base.value) * abs(exponent) <= FOLD_BITS


def _power(base: Expr, exponent: Fraction) -> Expr:
    return base if exponent == 1 else make("pow", base, const(exponent))


def plus(a: Expr, b: Expr) -> Expr:
    """The sum of two constants; rational ones are folded."""
    if a is ZERO or b is ZERO:
        return b if a is ZERO else a
    if a.op == b.op == CONST:
        return const(a.value + b.value)
    scales: dict[Expr, Fraction] = {}
    for part in (*operands_of(a, "add"), *operands_of(b, "add")):
        scale, rest = _rational(part)
        scales[rest] = scales.get(rest, Fraction(0)) + scale
    return sum_of([times(const(scale), rest) for rest, scale in scales.items() if scale])


def _rational(e: Expr) -> tuple[Fraction, Expr]:
    """A constant as a rational number times another constant."""
    if e.op == CONST:
        return e.value, ONE
    if e.op != "mul" or e.args[0].op != CONST:
        return Fraction(1), e
    return e.args[0].value, product_of(e.args[1:])


def build_sum(offset: Expr, terms: Mapping[Expr, Expr]) -> Expr:
    """``offset + sum(coefficient * term)`` in normal form."""
    parts = [times_term(c, term) for term, c in terms.items() if c is not ZERO]
    return sum_of(parts if offset is ZERO else [*parts, offset])


def times_term(coefficient: Expr, term: Expr) -> Expr:
    """A constant times a term, as one product node."""
    if coefficient is ONE:
        return term
    return make("mul", *operands_of(coefficient, "mul"), *operands_of(term, "mul"))


def split_product(e: Expr) -> tuple[Expr, Expr]:
    """``(constant, rest)`` with ``e = constant * rest``; rest is 1 for a constant."""
    if e.closed:
        return e, ONE
    if e.op != "mul":
        return ONE, e
    coefficient = reduce(times, (factor for factor in e.args if factor.closed), ONE)
    return coefficient, product_of([factor for factor in e.args if not factor.closed])


def split_sum(e: Expr) -> tuple[Expr, dict[Expr, Expr]]:
    """``(offset, {term: coefficient})`` of a sum in normal form, or of anything else as one term."""
    offset, terms = ZERO, dict[Expr, Expr]()
    for part in operands_of(e, "add"):
        coefficient, term = split_product(part)
        if term is ONE:
            offset = plus(offset, coefficient)
        else:
            terms[term] = plus(terms.get(term, ZERO), coefficient)
    return offset, terms
