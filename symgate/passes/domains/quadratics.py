"""Quadratic forms that are never negative: what intervals cannot see where the least value is
exactly 0.
"""

from __future__ import annotations

from collections.abc import Callable
from fractions import Fraction

from symgate.ir.expr import CONST, Expr, Program, const, make
from symgate.passes.rewrite.simplify import Simplify
from symgate.passes.rewrite.terms import ZERO, build_sum, powers, product_of, split_sum

Monomial = dict[Expr, Fraction]
Holds = Callable[[Expr], bool]


def never_negative(e: Expr, positive: Holds, at_most_zero: Holds) -> bool:
    """Whether ``e = a v^2 + b v + c`` for some v with a > 0 and ``b^2 - 4 a c <= 0``, by what the
    two checks prove.

    >>> from symgate.ir.expr import var
    >>> x, y = var("x"), var("y")
    >>> never_negative(x * x + y * y - x * y, lambda a: a is const(1), lambda d: d is const(-3))
    True
    """
    offset, terms = split_sum(_normal(e))
    monomials = [(powers(term), k) for term, k in terms.items()] + (
        [({}, offset)] if offset is not ZERO else []
    )
    for v in dict.fromkeys(b for m, _ in monomials for b, n in m.items() if n == 2):
        if any(m.get(v, 0) not in (0, 1, 2) for m, _ in monomials):
            continue
        c, b, a = (_sum([(m, k) for m, k in monomials if m.get(v, 0) == n], v) for n in (0, 1, 2))
        if positive(a) and at_most_zero(without_squares(_normal(b * b - 4 * a * c))):
            return True
    return False


def root_outweighs(e: Expr) -> Expr | None:
    """For ``e = a + k sqrt(b)`` with k > 0, what makes it positive where it is: ``k^2 b - a^2``;
    None for other forms.

    >>> from symgate.ir.expr import var
    >>> x = var("x")
    >>> root_outweighs(x + make("sqrt", x * x + 1)) is const(1)
    True
    """
    offset, terms = split_sum(_normal(e))
    half = const(Fraction(1, 2))
    roots = [
        (term, k)
        for term, k in terms.items()
        if term.op == "sqrt" or (term.op == "pow" and term.args[1] is half)
    ]
    if len(roots) != 1 or roots[0][1].op != CONST or roots[0][1].value <= 0:
        return None
    ((root, k),) = roots
    rest = build_sum(offset, {term: c for term, c in terms.items() if term is not root})
    return _normal(k * k * root.args[0] - rest * rest)


def without_squares(e: Expr) -> Expr:
    """``e`` divided by the even powers that all its terms share: it has the same sign, or is 0
    where they are.
    """
    offset, terms = split_sum(e)
    if offset is not ZERO or not terms:
        return e
    factors = [(powers(term), k) for term, k in terms.items()]
    shared = {b: min(m.get(b, Fraction(0)) for m, _ in factors) for b in factors[0][0]}
    even = {b: 2 * (n // 2) for b, n in shared.items() if n >= 2}
    return _normal(
        _sum([({b: n - even.get(b, 0) for b, n in m.items()}, k) for m, k in factors], None)
    )


def _normal(e: Expr) -> Expr:
    return Simplify()(Program((), (("e", e),))).roots[0]


def _sum(monomials: list[tuple[Monomial, Expr]], without: Expr | None) -> Expr:
    """The sum of monomials, each without the factor ``without``."""
    offset, terms = ZERO, dict[Expr, Expr]()
    for monomial, coefficient in monomials:
        kept = {b: n for b, n in monomial.items() if n and b is not without}
        factors = [b if n == 1 else make("pow", b, const(n)) for b, n in kept.items()]
        if factors:
            terms[product_of(factors)] = coefficient
        else:
            offset = offset + coefficient
    return build_sum(_normal(offset), terms)
