"""Sums as exact polynomials in whatever their terms are products of: variables, functions, other
sums.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from fractions import Fraction
from itertools import product

from symgate.ir.expr import CONST, Expr, const, make, variables
from symgate.passes.rewrite.terms import (
    ONE,
    ZERO,
    build_sum,
    operands_of,
    plus,
    product_of,
    split_product,
    split_sum,
    times,
    times_term,
)

#: A product of powers: ``((base, exponent), ...)``, sorted; the empty one is 1.
Monomial = tuple[tuple[Expr, int], ...]
Polynomial = dict[Monomial, Expr]  # constants by monomial
_UNIT: Monomial = ()
_MINUS = const(-1)
#: Relative size of coefficients, and differences between them, that come from the rounding of
#: decimals.
NEGLIGIBLE = Fraction(1, 10**10)


def polynomial(e: Expr) -> Polynomial:
    """A sum in normal form, its terms taken apart."""
    offset, terms = split_sum(e)
    out = {monomial(term): c for term, c in terms.items()}
    return out if offset is ZERO else out | {_UNIT: offset}


def monomial(t: Expr) -> Monomial:
    """A product in normal form without its constant."""
    return _sorted(power(f) for f in operands_of(t, "mul"))


def power(f: Expr) -> tuple[Expr, int]:
    """A factor as a base and a whole exponent."""
    if f.op == "pow" and f.args[1].op == CONST and f.args[1].value.denominator == 1:
        return f.args[0], int(f.args[1].value)
    return f, 1


def _sorted(powers: Iterable[tuple[Expr, int]]) -> Monomial:
    total: Counter[Expr] = Counter()
    for base, n in powers:
        total[base] += n
    return tuple(sorted(((b, n) for b, n in total.items() if n), key=lambda p: p[0].key))


def joined(a: Monomial, b: Monomial) -> Monomial:
    """The product of two monomials."""
    return _sorted((*a, *b))


def expression(p: Mapping[Monomial, Expr]) -> Expr:
    """The sum that a polynomial stands for."""
    offset = p.get(_UNIT, ZERO)
    return build_sum(offset, {as_product(m): c for m, c in p.items() if m})


def as_product(m: Monomial) -> Expr:
    """The product that a monomial stands for."""
    return product_of([b if n == 1 else make("pow", b, const(n)) for b, n in m])


def minus(p: Polynomial, q: Polynomial) -> Polynomial:
    """``p - q``."""
    out = dict(p)
    for m, c in q.items():
        out[m] = plus(out.get(m, ZERO), times(_MINUS, c))
    return {m: c for m, c in out.items() if c is not ZERO}


def multiplied(p: Polynomial, q: Polynomial) -> Polynomial:
    """``p * q``."""
    out: Polynomial = {}
    for (m, c), (n, d) in product(p.items(), q.items()):
        key = joined(m, n)
        out[key] = plus(out.get(key, ZERO), times(c, d))
    return {m: c for m, c in out.items() if c is not ZERO}


def expanded(e: Expr, most: int = 64) -> Polynomial | None:
    """``e`` with all products of sums multiplied out; None where more than ``most`` terms arise."""
    out: Polynomial = {}
    for m, c in polynomial(e).items():
        part: Polynomial = {_UNIT: c}
        for base, n in m:
            opened = base.op == "add" and 0 < n <= 4
            alone: Polynomial = {((base, n),): ONE}
            inner = expanded(base, most) if opened else alone
            for _ in range(n if opened else 1):
                if inner is None or len(part) * len(inner) > 4 * most:
                    return None
                part = multiplied(part, inner)
        out = minus(out, {k: times(_MINUS, v) for k, v in part.items()})
    return out if len(out) <= most else None


def rational(p: Polynomial) -> bool:
    """Whether all coefficients are exact rational numbers."""
    return all(c.op == CONST for c in p.values())


def mixed(p: Polynomial) -> int:
    """How many multiplications of different values the terms take: what cannot become one function
    generator.

    Terms that decimals rounded to 15 digits leave over do not count: they are below the last bit of
    any sum.
    """
    least = NEGLIGIBLE * max((abs(c.value) for c in p.values()), default=Fraction(0))
    return sum(
        max(0, len({tuple(variables([b])) for b, _ in m}) - 1)
        for m, c in p.items()
        if abs(c.value) > least
    )


def scaled_product(c: Expr, *factors: Expr) -> Expr:
    """A constant times factors, as one product node."""
    flat = [part for factor in factors for part in operands_of(factor, "mul") if part is not ONE]
    return times_term(c, product_of(flat)) if flat else c


def leading(p: Polynomial) -> Fraction:
    """The coefficient of the first monomial: what proportional polynomials are divided by."""
    first = min(p, key=lambda m: (not m, [(b.key, n) for b, n in m]))
    value: Fraction = p[first].value
    return value


def over_constant(p: Polynomial, by: Fraction) -> Polynomial:
    """``p / by``."""
    return {m: times(const(1 / by), c) for m, c in p.items()}


def factors_of(e: Expr) -> tuple[Expr, list[Expr]]:
    """The constant and the other factors of a product in normal form."""
    c, rest = split_product(e)
    return c, [] if rest is ONE else list(operands_of(rest, "mul"))
