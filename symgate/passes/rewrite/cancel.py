"""Common factors of quotients of polynomials cancel: ``(x*y - 1)/((x*y)**2 - 1)`` is ``1/(x*y +
1)``.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

import flint

from symgate.ir.expr import CONST, Expr, Program, const, make, postorder, with_args
from symgate.passes.rewrite.simplify import Simplify
from symgate.passes.rewrite.terms import ONE, ZERO, build_sum, powers, product_of, split_sum

Powers = dict[Expr, Fraction]
#: A polynomial of flint, and an exponent of it.
Factor = tuple[Any, int]


@dataclass(frozen=True)
class CancelSettings:
    """Polynomials whose factors are looked for: larger ones take seconds each. Not measured."""

    atoms: int = 6
    terms: int = 60
    degree: int = 16


LARGEST = CancelSettings()


@dataclass(frozen=True)
class Cancel:
    """Divide numerators and denominators by their greatest common divisors; the latter are known
    not to be 0.
    """

    def __call__(self, program: Program) -> Program:
        """The same program, in normal form as before."""
        new: dict[Expr, Expr] = {}
        for e in postorder(program.roots):
            whole = with_args(e, tuple(new[operand] for operand in e.args))
            new[e] = _reduced(whole)
        if all(new[root] is root for root in program.roots):
            return program
        return Simplify()(program.with_roots(new[root] for root in program.roots))


def _reduced(e: Expr) -> Expr:
    """``e`` without the factors that its numerator and its denominator have in common."""
    if e.closed or e.op not in ("mul", "add"):
        return e
    if e.op == "mul":
        return _cancelled(e)
    parts = _common_divisor(e)
    if parts is None:
        return e
    rest, shared = parts
    product = make("mul", ONE, ONE, rest, *(make("pow", b, const(n)) for b, n in shared.items()))
    reduced = _cancelled(product)
    is_shorter = rest in shared or reduced is not product
    return reduced if is_shorter else e


def _common_divisor(e: Expr) -> tuple[Expr, Powers] | None:
    """A sum whose terms all have a sum as divisor, as the rest and the factors in common."""
    offset, terms = split_sum(e)
    if offset is not ZERO or len(terms) < 2:
        return None
    each = [powers(term) for term in terms]
    common = {
        base: min(factors[base] for factors in each)
        for base in each[0]
        if all(base in factors for factors in each)
    }
    if not any(base.op == "add" and n < 0 for base, n in common.items()):
        return None
    rest = dict[Expr, Expr]()
    for factors, coefficient in zip(each, terms.values(), strict=True):
        left = {base: n - common.get(base, 0) for base, n in factors.items()}
        parts = [make("pow", base, const(n)) for base, n in left.items() if n]
        if not parts:
            return None
        rest[product_of(parts)] = coefficient
    return build_sum(ZERO, rest), common


def _cancelled(e: Expr) -> Expr:
    factors = powers(e)
    bases = [b for b, n in factors.items() if n.denominator == 1 and not b.closed]
    below = [base for base in bases if factors[base] < 0 and base.op == "add"]
    atoms = list(dict.fromkeys(a for base in bases for a in _atoms(base)))
    if not below or len(bases) < 2 or len(atoms) > LARGEST.atoms:
        return e
    ring = flint.fmpq_mpoly_ctx.get([f"a{i}" for i in range(len(atoms))], flint.Ordering.degrevlex)
    known = dict(zip(atoms, ring.gens(), strict=True))
    polynomials = {base: p for base in bases if (p := _polynomial(base, known, ring)) is not None}
    found = _divided([(p, int(factors[b])) for b, p in polynomials.items()])
    if found is None:
        return e
    rest = [make("pow", b, const(n)) for b, n in factors.items() if b not in polynomials]
    divided = [make("pow", _expression(p, atoms), const(n)) for p, n in found]
    return make("mul", ONE, ONE, *rest, *divided)


def _divided(factors: list[Factor]) -> list[Factor] | None:
    """The factors without common ones of numerator and denominator; None where there are none."""
    above = [factor for factor in factors if factor[1] > 0]
    below = [factor for factor in factors if factor[1] < 0]
    for i, (p, n) in enumerate(above):
        for j, (q, minus_m) in enumerate(below):
            divisor = p.gcd(q)
            if divisor.total_degree() > 0:
                times = min(n, -minus_m)
                above[i], below[j] = (p, n - times), (q, minus_m + times)
                quotients = [(p / divisor, times), (q / divisor, -times)]
                left = [factor for factor in (*above, *below, *quotients) if factor[1]]
                return _divided(left) or left
    return None


def _monomials(e: Expr) -> Iterator[tuple[Powers, Expr]]:
    """The terms of a sum as powers of atoms, with their coefficients."""
    offset, terms = split_sum(e)
    if offset is not ZERO:
        yield {}, offset
    for term, k in terms.items():
        factors = powers(term)
        plain = all(n.denominator == 1 and n > 0 and b.op != "add" for b, n in factors.items())
        yield (factors if plain else {term: Fraction(1)}), k


def _atoms(e: Expr) -> Iterator[Expr]:
    return (b for factors, _ in _monomials(e) for b in factors)


def _polynomial(e: Expr, known: Mapping[Expr, Any], ring: Any) -> Any | None:
    """``e`` in its atoms; None where it is large, or has a coefficient that is no fraction."""
    terms = list(_monomials(e))
    degree = max((sum(factors.values()) for factors, _ in terms), default=Fraction(0))
    if len(terms) > LARGEST.terms or degree > LARGEST.degree:
        return None
    if any(coefficient.op != CONST for _, coefficient in terms):
        return None
    total = ring.constant(0)
    for factors, coefficient in terms:
        value = coefficient.value
        term = ring.constant(flint.fmpq(value.numerator, value.denominator))
        for atom, exponent in factors.items():
            term *= known[atom] ** int(exponent)
        total += term
    return total


def _expression(p: Any, atoms: list[Expr]) -> Expr:
    offset, terms = ZERO, dict[Expr, Expr]()
    for exponents, coefficient in p.to_dict().items():
        value = const(Fraction(int(coefficient.p), int(coefficient.q)))
        powers_of = [(atom, int(n)) for atom, n in zip(atoms, exponents, strict=True) if n]
        if powers_of:
            factors = [atom if n == 1 else make("pow", atom, const(n)) for atom, n in powers_of]
            terms[product_of(factors)] = value
        else:
            offset = value
    return build_sum(offset, terms)
