"""Common factors of quotients of polynomials cancel: ``(x*y - 1)/((x*y)**2 - 1)`` is ``1/(x*y +
1)``.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from fractions import Fraction
from functools import reduce
from typing import Any

import flint

from symgate.ir.expr import CONST, Expr, Program, const, make, postorder, with_args
from symgate.passes.rewrite.simplify import Simplify
from symgate.passes.rewrite.terms import ONE, ZERO, build_sum, powers, split_sum

#: Atoms, terms and degree of polynomials whose factors are looked for.
_ATOMS, _TERMS, _DEGREE = 6, 60, 16
Powers = dict[Expr, Fraction]


@dataclass(frozen=True)
class Cancel:
    """Divide numerators and denominators by their greatest common divisors; the latter are known
    not to be 0.
    """

    def __call__(self, program: Program) -> Program:
        """The same program, in normal form as before."""
        new: dict[Expr, Expr] = {}
        for e in postorder(program.roots):
            whole = with_args(e, tuple(new[a] for a in e.args))
            new[e] = _cancelled(whole) if whole.op == "mul" and not whole.closed else whole
        if all(new[r] is r for r in program.roots):
            return program
        return Simplify()(program.with_roots(new[r] for r in program.roots))


def _cancelled(e: Expr) -> Expr:
    factors = powers(e)
    bases = [b for b, n in factors.items() if n.denominator == 1 and not b.closed]
    below = [b for b in bases if factors[b] < 0 and b.op == "add"]
    atoms = list(dict.fromkeys(a for b in bases for a in _atoms(b)))
    if not below or len(bases) < 2 or len(atoms) > _ATOMS:
        return e
    ring = flint.fmpq_mpoly_ctx.get([f"a{i}" for i in range(len(atoms))], flint.Ordering.degrevlex)
    known = dict(zip(atoms, ring.gens(), strict=True))
    polynomials = {b: p for b in bases if (p := _polynomial(b, known, ring)) is not None}
    found = _divided([(p, int(factors[b])) for b, p in polynomials.items()])
    if found is None:
        return e
    rest = [make("pow", b, const(n)) for b, n in factors.items() if b not in polynomials]
    return make(
        "mul", ONE, ONE, *rest, *(make("pow", _expression(p, atoms), const(n)) for p, n in found)
    )


def _divided(factors: list[tuple[Any, int]]) -> list[tuple[Any, int]] | None:
    """The factors without common ones of numerator and denominator; None where there are none."""
    above, below = [f for f in factors if f[1] > 0], [f for f in factors if f[1] < 0]
    for i, (p, n) in enumerate(above):
        for j, (q, m) in enumerate(below):
            g = p.gcd(q)
            if g.total_degree() > 0:
                k = min(n, -m)
                above[i], below[j] = (p, n - k), (q, m + k)
                parts = [(p / g, k), (q / g, -k)]
                left = [f for f in (*above, *below, *parts) if f[1]]
                return _divided(left) or left
    return None


def _monomials(e: Expr) -> Iterator[tuple[Powers, Expr]]:
    """The terms of a sum as powers of atoms, with their coefficients."""
    offset, terms = split_sum(e)
    if offset is not ZERO:
        yield {}, offset
    for t, k in terms.items():
        factors = powers(t)
        plain = all(n.denominator == 1 and n > 0 and b.op != "add" for b, n in factors.items())
        yield (factors if plain else {t: Fraction(1)}), k


def _atoms(e: Expr) -> Iterator[Expr]:
    return (b for factors, _ in _monomials(e) for b in factors)


def _polynomial(e: Expr, known: Mapping[Expr, Any], ring: Any) -> Any | None:
    """``e`` in its atoms; None where it is large, or has a coefficient that is no fraction."""
    terms = list(_monomials(e))
    degree = max((sum(factors.values()) for factors, _ in terms), default=Fraction(0))
    if len(terms) > _TERMS or degree > _DEGREE or any(k.op != CONST for _, k in terms):
        return None
    out = ring.constant(0)
    for factors, k in terms:
        value = flint.fmpq(k.value.numerator, k.value.denominator)
        out += reduce(
            lambda p, f: p * known[f[0]] ** int(f[1]), factors.items(), ring.constant(value)
        )
    return out


def _expression(p: Any, atoms: list[Expr]) -> Expr:
    offset, terms = ZERO, dict[Expr, Expr]()
    for exponents, k in p.to_dict().items():
        value = const(Fraction(int(k.p), int(k.q)))
        factors = [
            make("pow", a, const(int(n))) if n > 1 else a
            for a, n in zip(atoms, exponents, strict=True)
            if n
        ]
        if not factors:
            offset = value
        else:
            terms[factors[0] if len(factors) == 1 else make("mul", *factors)] = value
    return build_sum(offset, terms)
