"""Sums and products taken apart: a sum is constants times terms, a product a constant times powers."""

from __future__ import annotations

from collections.abc import Mapping
from fractions import Fraction

from symgate.ir.expr import CONST, Expr, const, make, postorder

ZERO, ONE = const(0), const(1)


def is_constant(e: Expr, known: dict[Expr, bool]) -> bool:
    """Whether ``e`` has no variable below it; ``known`` remembers."""
    for node in postorder([e]) if e not in known else ():
        known[node] = node.op != "var" and all(known[a] for a in node.args)
    return known[e]


def times(a: Expr, b: Expr) -> Expr:
    """The product of two constants; rational ones are folded."""
    if a.op == b.op == CONST:
        return const(a.value * b.value)
    if a is ONE or b is ONE:
        return b if a is ONE else a
    parts = [p for e in (a, b) for p in (e.args if e.op == "mul" else (e,))]
    rational = Fraction(1)
    for p in parts:
        rational *= p.value if p.op == CONST else 1
    rest = [p for p in parts if p.op != CONST]
    if rational == 0:
        return ZERO
    rest = [const(rational), *rest] if rational != 1 else rest
    return rest[0] if len(rest) == 1 else make("mul", *rest)


def plus(a: Expr, b: Expr) -> Expr:
    """The sum of two constants; rational ones are folded."""
    if a.op == b.op == CONST:
        return const(a.value + b.value)
    if a is ZERO or b is ZERO:
        return b if a is ZERO else a
    return make("add", a, b)


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


def split_product(e: Expr, known: dict[Expr, bool]) -> tuple[Expr, Expr]:
    """``(constant, rest)`` with ``e = constant * rest``; rest is 1 for a constant."""
    if is_constant(e, known):
        return e, ONE
    if e.op != "mul":
        return ONE, e
    coefficient, rest = ONE, []
    for a in e.args:
        if is_constant(a, known):
            coefficient = times(coefficient, a)
        else:
            rest.append(a)
    return coefficient, rest[0] if len(rest) == 1 else make("mul", *rest)


def split_sum(e: Expr, known: dict[Expr, bool]) -> tuple[Expr, dict[Expr, Expr]]:
    """``(offset, {term: coefficient})`` of a sum in normal form, or of anything else as one term."""
    offset, terms = ZERO, dict[Expr, Expr]()
    for part in e.args if e.op == "add" else (e,):
        c, t = split_product(part, known)
        if t is ONE:
            offset = plus(offset, c)
        else:
            terms[t] = plus(terms.get(t, ZERO), c)
    return offset, terms
