"""Passes between `Fuse` and `Turns` that undo or share functions, where that is cheaper: variants
for the search.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass

from symgate.ir.expr import CONST, Expr, Program, const, make, postorder, with_args
from symgate.ir.function import Function, apply
from symgate.passes.rewrite.fuse import T
from symgate.passes.rewrite.terms import (
    ONE,
    ZERO,
    base_and_exponent,
    build_sum,
    plus,
    split_sum,
    times,
)

#: Degree up to which every power has its product; sparse ones are products of powers up to the other.
_DENSE_DEGREE, _MOST_DEGREE = 3, 12


@dataclass(frozen=True)
class Horner:
    """Polynomials of one value stay products, ``((c3 t + c2) t + c1) t + c0``: cheaper where the
    value is wide.

    Above the third degree ``t**k q(t**m)`` is made of products of powers, by Horner's rule for q.
    """

    def __call__(self, program: Program) -> Program:
        """The same program without generators of polynomials up to the twelfth degree."""
        return program.map(lambda e, args: _unfused(with_args(e, args)))


def _unfused(e: Expr) -> Expr:
    if e.op != "fn":
        return e
    powers = _coefficients(e.value.body)
    if powers is None or not 2 <= max(powers, default=0) <= _MOST_DEGREE:
        return e
    t, degree = e.args[0], max(powers)
    if degree <= _DENSE_DEGREE:
        return _by_horner(t, powers)
    offset, terms = powers.get(0, ZERO), {n: c for n, c in powers.items() if n}
    least = min(terms)
    step = math.gcd(*(n - least for n in terms))
    inner = {(n - least) // step if step else 0: c for n, c in terms.items()}
    factor = _by_squares(t, least)
    if max(inner) == 0:
        return build_sum(offset, {factor: inner[0]})
    return build_sum(offset, {make("mul", _by_horner(_by_squares(t, step), inner), factor): ONE})


def _by_horner(t: Expr, powers: Mapping[int, Expr]) -> Expr:
    degree = max(powers)
    if degree == 1:
        return _affine_of(t, powers[1], powers.get(0, ZERO))
    out = _affine_of(t, powers[degree], powers.get(degree - 1, ZERO))
    for n in range(degree - 2, -1, -1):
        out = build_sum(powers.get(n, ZERO), {make("mul", out, t): ONE})
    return out


def _by_squares(t: Expr, n: int) -> Expr:
    """``t**n`` as products."""
    if n == 1:
        return t
    half = _by_squares(t, n // 2)
    square = make("mul", half, half)
    return make("mul", square, t) if n % 2 else square


def _affine_of(t: Expr, scale: Expr, offset: Expr) -> Expr:
    inner, terms = split_sum(t)
    return build_sum(
        plus(offset, times(scale, inner)), {u: times(scale, c) for u, c in terms.items()}
    )


def _coefficients(body: Expr) -> dict[int, Expr] | None:
    """The coefficients of a polynomial by power; None for another function."""
    offset, terms = split_sum(body)
    out = {} if offset is ZERO else {0: offset}
    for term, coefficient in terms.items():
        base, power = base_and_exponent(term)
        if base is not T or power.denominator != 1 or power < 1:
            return None
        out[int(power)] = coefficient
    return out


@dataclass(frozen=True)
class ShareFunctions:
    """``k f(t) + c`` beside ``f(t)`` becomes a multiple of one table, for all that outputs have in
    common.
    """

    def __call__(self, program: Program) -> Program:
        """The same program with one function node for functions that are affine in each other."""
        shapes: dict[tuple[Expr, Expr], list[Expr]] = {}
        for e in postorder(program.roots):
            if e.op == "fn" and (found := _shape(e)) is not None:
                shapes.setdefault((e.args[0], found[0]), []).append(e)
        shared = {e for group in shapes.values() if len(group) > 1 for e in group}
        return program.map(
            lambda e, args: (_multiple if e in shared else _opened)(with_args(e, args))
        )


def _shape(e: Expr) -> tuple[Expr, Expr, Expr] | None:
    """``(f, k, c)`` with ``body = k f + c``, f without offset, its first coefficient 1; None where
    k is no number.
    """
    offset, terms = split_sum(e.value.body)
    if not terms:
        return None
    lead = terms[min(terms, key=lambda t: t.key)]
    if lead.op != CONST:
        return None
    inverse = const(1 / lead.value)
    return build_sum(ZERO, {term: times(c, inverse) for term, c in terms.items()}), lead, offset


def _multiple(e: Expr) -> Expr:
    found = _shape(e)
    assert found is not None
    body, k, c = found
    return build_sum(c, {apply(Function(body, e.value.period), e.args[0]): k})


def _opened(e: Expr) -> Expr:
    """Sums in normal form again, after terms of them have become sums."""
    if e.op != "add":
        return e
    offset, terms = ZERO, dict[Expr, Expr]()
    for part in e.args:
        more, inner = split_sum(part)
        offset = plus(offset, more)
        for t, c in inner.items():
            terms[t] = plus(terms.get(t, ZERO), c)
    return build_sum(offset, terms)
