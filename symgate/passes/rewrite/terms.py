"""Sums and products taken apart: a sum is constants times terms, a product a constant times powers."""

from __future__ import annotations

from collections.abc import Mapping
from fractions import Fraction
from functools import reduce

from symgate.ir.expr import CONST, Expr, const, make

ZERO, ONE = const(0), const(1)


def powers(term: Expr) -> dict[Expr, Fraction]:
    """The factors of a product with their constant exponents."""
    out: dict[Expr, Fraction] = {}
    for f in term.args if term.op == "mul" else (term,):
        base, n = (
            (f.args[0], f.args[1].value)
            if f.op == "pow" and f.args[1].op == CONST
            else (f, Fraction(1))
        )
        out[base] = out.get(base, Fraction(0)) + n
    return out


def times(a: Expr, b: Expr) -> Expr:
    """The product of two constants; rational ones are folded."""
    if a.op == b.op == CONST:
        return const(a.value * b.value)
    if a is ONE or b is ONE:
        return b if a is ONE else a
    a, b = (b, a) if a.op == CONST else (a, b)
    if b.op == CONST and a.op == "add":
        return reduce(plus, (times(p, b) for p in a.args))
    rational, powers = Fraction(1), dict[Expr, Fraction]()
    for p in (p for e in (a, b) for p in (e.args if e.op == "mul" else (e,))):
        if p.op == CONST:
            rational *= p.value
        else:
            base, n = (
                (p.args[0], p.args[1].value)
                if p.op == "pow" and p.args[1].op == CONST
                else (p, Fraction(1))
            )
            powers[base] = powers.get(base, Fraction(0)) + n
    whole = {
        p: n
        for p, n in powers.items()
        if p.op == CONST and p.value and n.denominator == 1 and abs(n) <= 64
    }
    rational = reduce(lambda r, p: r * p.value ** int(whole[p]), whole, rational)
    if rational == 0:
        return ZERO
    rest = [
        p if n == 1 else make("pow", p, const(n)) for p, n in powers.items() if n and p not in whole
    ]
    rest = [const(rational), *rest] if rational != 1 or not rest else rest
    return rest[0] if len(rest) == 1 else make("mul", *rest)


def plus(a: Expr, b: Expr) -> Expr:
    """The sum of two constants; rational ones are folded."""
    if a.op == b.op == CONST:
        return const(a.value + b.value)
    if a is ZERO or b is ZERO:
        return b if a is ZERO else a
    parts: dict[Expr, Fraction] = {}
    for p in (p for e in (a, b) for p in (e.args if e.op == "add" else (e,))):
        scale, rest = _rational(p)
        parts[rest] = parts.get(rest, Fraction(0)) + scale
    kept = [times(const(c), rest) for rest, c in parts.items() if c]
    return ZERO if not kept else kept[0] if len(kept) == 1 else make("add", *kept)


def _rational(e: Expr) -> tuple[Fraction, Expr]:
    """A constant as a rational number times another constant."""
    if e.op == CONST:
        return e.value, ONE
    if e.op != "mul" or e.args[0].op != CONST:
        return Fraction(1), e
    rest = e.args[1:]
    return e.args[0].value, rest[0] if len(rest) == 1 else make("mul", *rest)


def build_sum(offset: Expr, terms: Mapping[Expr, Expr]) -> Expr:
    """``offset + sum(coefficient * term)`` in normal form."""
    parts = [times_term(c, t) for t, c in terms.items() if c is not ZERO]
    if offset is not ZERO:
        parts.append(offset)
    return ZERO if not parts else parts[0] if len(parts) == 1 else make("add", *parts)


def times_term(coefficient: Expr, term: Expr) -> Expr:
    """A constant times a term, as one product node."""
    if coefficient is ONE:
        return term
    factors = term.args if term.op == "mul" else (term,)
    if coefficient.op == "mul":
        return make("mul", *coefficient.args, *factors)
    return make("mul", coefficient, *factors)


def split_product(e: Expr) -> tuple[Expr, Expr]:
    """``(constant, rest)`` with ``e = constant * rest``; rest is 1 for a constant."""
    if e.closed:
        return e, ONE
    if e.op != "mul":
        return ONE, e
    coefficient, rest = ONE, []
    for a in e.args:
        if a.closed:
            coefficient = times(coefficient, a)
        else:
            rest.append(a)
    return coefficient, rest[0] if len(rest) == 1 else make("mul", *rest)


def split_sum(e: Expr) -> tuple[Expr, dict[Expr, Expr]]:
    """``(offset, {term: coefficient})`` of a sum in normal form, or of anything else as one term."""
    offset, terms = ZERO, dict[Expr, Expr]()
    for part in e.args if e.op == "add" else (e,):
        c, t = split_product(part)
        if t is ONE:
            offset = plus(offset, c)
        else:
            terms[t] = plus(terms.get(t, ZERO), c)
    return offset, terms
