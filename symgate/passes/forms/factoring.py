"""Rules for sums of products: common factors taken out, products of sums multiplied out."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from fractions import Fraction
from itertools import combinations

from symgate.ir.expr import Expr, const, make
from symgate.passes.forms.monomials import (
    NEGLIGIBLE,
    Monomial,
    Polynomial,
    expanded,
    expression,
    factors_of,
    joined,
    leading,
    minus,
    mixed,
    multiplied,
    over_constant,
    polynomial,
    power,
    rational,
    scaled_product,
)
from symgate.passes.forms.rule import Ranges
from symgate.passes.rewrite.terms import ONE, ZERO, build_sum, plus, split_sum, times

#: ``first, second, rest`` of ``first * second + rest``.
Division = tuple[Polynomial, Polynomial, Polynomial]
_UNIT: Monomial = ()
#: Alternatives of one sum, and terms beyond which it is left alone.
_MOST, _TERMS = 6, 40


def factored(e: Expr, known: Ranges) -> Iterable[Expr]:
    """``a*b + a*c = a*(b + c)``, for every common factor of several terms."""
    if e.op != "add" or len(e.args) > _TERMS:
        return
    p = polynomial(e)
    levels = sorted({(b, n) for m in p for b, n in m}, key=lambda f: (f[0].key, f[1]))
    for base, n in levels:
        inside = {m: c for m, c in p.items() if any(b is base and (k - n) * n >= 0 for b, k in m)}
        if len(inside) >= 2:
            quotient = {joined(m, ((base, -n),)): c for m, c in inside.items()}
            yield _combined(
                [(((base, n),), quotient)], {m: c for m, c in p.items() if m not in inside}
            )


def _combined(parts: Iterable[tuple[Monomial, Polynomial]], rest: Polynomial) -> Expr:
    """``sum(monomial * polynomial) + rest``; polynomials have leading coefficient 1, so that
    proportional ones meet.
    """
    offset, terms = split_sum(expression(rest))
    for m, q in parts:
        lead = leading(q) if rational(q) else Fraction(1)
        product = scaled_product(ONE, expression({m: ONE}), expression(over_constant(q, lead)))
        terms[product] = plus(terms.get(product, ZERO), const(lead))
    return build_sum(offset, terms)


def kernels(e: Expr, known: Ranges) -> Iterable[Expr]:
    """``u*q + v*q + r = (u + v)*q + r`` with sums ``q``, also where products fill gaps that ``r``
    takes back.
    """
    if e.op != "add" or not 4 <= len(e.args) <= _TERMS:
        return
    p = polynomial(e)
    if rational(p):
        for first, second, rest in divisions(p)[:_MOST]:
            yield _product_and_rest(first, second, rest)


def refactored(e: Expr, known: Ranges) -> Iterable[Expr]:
    """A polynomial multiplied out, then taken apart again: the best factors first, until none saves
    a product.
    """
    if e.op != "add":
        return
    p = expanded(e, _TERMS)
    if p is None or not rational(p) or mixed(p) < 2:
        return
    found = divisions(p)
    for choice in (0, 1, 2):
        yield _apart(p, found, choice if choice < len(found) else 0)


def _apart(p: Polynomial, found: Sequence[Division], choice: int = 0, depth: int = 6) -> Expr:
    """``p`` as products of sums, greedily; the first of the divisions ``found`` is number ``choice``."""
    if not found:
        return expression(p)
    first, second, rest = found[choice]
    inner = [divisions(q) if depth > 1 else [] for q in (first, second, rest)]
    pairs = zip((first, second, rest), inner, strict=True)
    parts = [_apart(q, below, 0, depth - 1) for q, below in pairs]
    return _plus(scaled_product(ONE, *_powers(parts[:2])), parts[2])


def _product_and_rest(first: Polynomial, second: Polynomial, rest: Polynomial) -> Expr:
    return _plus(
        scaled_product(ONE, *_powers([expression(first), expression(second)])), expression(rest)
    )


def _powers(factors: list[Expr]) -> list[Expr]:
    a, b = factors
    return [make("pow", a, const(2))] if a is b else factors


def _plus(a: Expr, b: Expr) -> Expr:
    offset, terms = split_sum(a)
    more, others = split_sum(b)
    for t, c in others.items():
        terms[t] = plus(terms.get(t, ZERO), c)
    return build_sum(plus(offset, more), terms)


def divisions(p: Polynomial) -> list[Division]:
    """Ways to write ``p`` as ``first * second + rest`` with fewer products of different values,
    best first.
    """
    before = mixed(p)
    found: dict[tuple[int, int, int], Division] = {}
    for first, second in (*_by_kernels(p), *_by_rank(p)):
        rest = minus(p, multiplied(first, second))
        saved = before - mixed(rest) - mixed(first) - mixed(second) - 1
        if saved > 0:
            key = (
                -saved,
                len(rest) + len(first) + len(second),
                expression(second).key ^ expression(first).key,
            )
            found[key] = first, second, rest
    return [found[k] for k in sorted(found)]


def _by_kernels(p: Polynomial) -> Iterator[tuple[Polynomial, Polynomial]]:
    """``(u + r*v, q)`` where the terms of ``q`` occur with both ``u`` and ``v``, and coefficients
    of one ratio.
    """
    quotients = {u: q for u in _divisors(p) if len(q := _quotient(p, u)) >= 2}
    for u, v in combinations(quotients, 2):
        for ratio, q in _by_ratio(quotients[u], quotients[v]).items():
            if len(q) >= 2:
                yield {u: ONE, v: const(ratio)}, q
    for u, q in quotients.items():
        if u:
            yield {u: ONE}, q


def _by_ratio(p: Polynomial, q: Polynomial) -> dict[Fraction, Polynomial]:
    """The terms of ``p`` that are in ``q`` too, by the ratio of their coefficients."""
    out: dict[Fraction, Polynomial] = {}
    for m, c in p.items():
        if m in q:
            ratio = q[m].value / c.value
            near = next((r for r in out if abs(r - ratio) <= NEGLIGIBLE * abs(r)), ratio)
            out.setdefault(near, {})[m] = c
    return out


def _divisors(p: Polynomial) -> list[Monomial]:
    """1, the powers in ``p``, and products of two of its factors."""
    out: dict[Monomial, None] = {_UNIT: None}
    for m in p:
        positive = [(b, n) for b, n in m if n > 0]
        out.update({((b, k),): None for b, n in positive for k in range(1, n + 1)})
        out.update({joined((f,), (g,)): None for f, g in combinations(positive, 2)})
    return list(out)


def _quotient(p: Polynomial, u: Monomial) -> Polynomial:
    out: Polynomial = {}
    for m, c in p.items():
        have = dict(m)
        if all(have.get(b, 0) >= n for b, n in u):
            out[joined(m, tuple((b, -n) for b, n in u))] = c
    return out


def _by_rank(p: Polynomial) -> Iterator[tuple[Polynomial, Polynomial]]:
    """``f(b) * q / pivot``: one step of elimination in the matrix of powers of a base and their
    factors.
    """
    bases = dict.fromkeys(b for m in p for b, n in m)
    for base in bases:
        rows: dict[int, Polynomial] = {}
        for m, c in p.items():
            n = dict(m).get(base, 0)
            rows.setdefault(n, {})[joined(m, ((base, -n),))] = c
        for row in rows.values():
            for pivot in row if len(row) >= 2 else ():
                column = {k: r[pivot] for k, r in rows.items() if pivot in r}
                if len(column) >= 2:
                    scale = const(1 / row[pivot].value)
                    yield (
                        {((base, k),) if k else _UNIT: times(scale, c) for k, c in column.items()},
                        dict(row),
                    )


def distributed(e: Expr, known: Ranges) -> Iterable[Expr]:
    """``a*(b + c) = a*b + a*c``, for every sum that is a factor."""
    if e.op != "mul":
        return
    c, factors = factors_of(e)
    for factor in factors:
        base, n = power(factor)
        if base.op == "add" and n == 1 and len(base.args) <= 8:
            others = [g for g in factors if g is not factor]
            offset, terms = split_sum(base)
            parts = {scaled_product(ONE, *others, term): times(c, k) for term, k in terms.items()}
            alone = scaled_product(ONE, *others)
            parts[alone] = plus(parts.get(alone, ZERO), times(c, offset))
            yield build_sum(ZERO, parts)


def multiplied_out(e: Expr, known: Ranges) -> Iterable[Expr]:
    """All products and powers of sums in a sum or product multiplied out."""
    if e.op not in ("add", "mul", "pow"):
        return
    p = expanded(e)
    if p is not None and len(p) > 1:
        yield expression(p)
