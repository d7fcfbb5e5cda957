"""What a value is computed from: a sum reads its terms, not the products with constants in its
expression.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping

from symgate.ir.expr import CONST, VAR, Expr, make, with_args
from symgate.passes.lowering import rule_of
from symgate.passes.lowering.sums import lower_sum
from symgate.passes.rewrite.terms import build_sum, split_sum


def over(e: Expr, new: Mapping[Expr, Expr], absorbed: Collection[Expr] = ()) -> Expr:
    """``e`` with the values that its hardware reads replaced; products that it absorbs are written
    out.
    """
    if e.op in (CONST, VAR) or e.closed:
        return e
    if rule_of(e) is not lower_sum:
        return with_args(e, tuple(new.get(a, a) for a in e.args))
    offset, terms = split_sum(e)
    read = {}
    for t, k in terms.items():
        inner = (
            make("mul", *(new.get(a, a) for a in _two(t)))
            if t in absorbed and t not in new
            else new.get(t, t)
        )
        read[inner] = k
    return build_sum(offset, read)


def _two(e: Expr) -> tuple[Expr, ...]:
    return e.args if len(e.args) == 2 else e.args * 2
