"""Complete products: ``(p v + q) Q + c v`` is ``(p v + q) (Q + c/p) - q c/p``, one constant
multiplication less.
"""

from __future__ import annotations

from dataclasses import dataclass

from symgate.ir.expr import CONST, VAR, Expr, Program, const, make, with_args
from symgate.passes.rewrite.terms import ONE, ZERO, build_sum, plus, split_sum, times


@dataclass(frozen=True)
class CompleteProducts:
    """Move linear terms of an input into the other factor of a product that has the input as one
    factor.
    """

    def __call__(self, program: Program) -> Program:
        """The same program with fewer terms in its sums."""
        return program.map(lambda e, args: _completed(with_args(e, args)))


def _completed(e: Expr) -> Expr:
    if e.op != "add":
        return e
    offset, terms = split_sum(e)
    for product in [term for term in terms if term.op == "mul" and len(term.args) == 2]:
        if terms[product] is not ONE:
            continue
        new, moved = _absorb(product, terms)
        if new is not product:
            del terms[product]
            terms[new] = plus(terms.get(new, ZERO), ONE)
            offset = plus(offset, moved)
    return build_sum(offset, terms)


def _absorb(product: Expr, terms: dict[Expr, Expr]) -> tuple[Expr, Expr]:
    """The product with terms of its single-input factors taken in, and what that adds to the sum's
    offset.
    """
    factors, moved = list(product.args), ZERO
    for i in (0, 1):
        p_offset, inner = split_sum(factors[i])
        if len(inner) != 1:
            continue
        ((v, p),) = inner.items()
        if v.op != VAR or v not in terms:
            continue
        ratio = times(terms.pop(v), _inverse(p))
        factors[1 - i] = _shifted(factors[1 - i], ratio)
        moved = plus(moved, times(const(-1), times(p_offset, ratio)))
    return (product, ZERO) if factors == list(product.args) else (make("mul", *factors), moved)


def _inverse(p: Expr) -> Expr:
    if p.op == CONST:
        return const(1 / p.value)
    parts = [_inverse(operand) for operand in p.args] if p.op == "mul" else []
    if p.op == "pow" and p.args[1] is const(-1):
        return p.args[0]
    out = ONE
    for a in parts:
        out = times(out, a)
    return out if parts else make("pow", p, const(-1))


def _shifted(e: Expr, by: Expr) -> Expr:
    offset, terms = split_sum(e)
    return build_sum(plus(offset, by), terms)
