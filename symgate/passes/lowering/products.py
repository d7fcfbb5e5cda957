"""Products of two values, rounded to the plan's fraction bits."""

from __future__ import annotations

from fractions import Fraction

from symgate.ir.expr import Expr
from symgate.ir.types import Rounding
from symgate.passes.lowering.context import Context
from symgate.passes.plan import Value


def lower_product(c: Context, e: Expr) -> Value:
    """``a * b``, exact and then rounded to nearest."""
    a, other = (c.values[x] for x in (e.args if len(e.args) == 2 else e.args * 2))
    node = c.builder.mul(a.node, other.node)
    drop = c.builder.nodes[node].frac - c.plan.frac[e]
    half = Fraction(0)
    if drop > 0:
        node = c.builder.round(node, drop, Rounding.RND)
        half = Fraction(2) ** -(c.plan.frac[e] + 1)
    c.error(e, *_offsets(c, a, other, half))
    return Value(node)


def _offsets(c: Context, a: Value, other: Value, half: Fraction) -> tuple[Fraction, Fraction]:
    """Rounding, and what the operands' offsets would have added."""
    (alo, ahi), (blo, bhi) = c.reals(a), c.reals(other)
    extra = [a.offset * v + other.offset * w - a.offset * other.offset for v in (blo, bhi) for w in (alo, ahi)]
    return -half - max(extra), half - min(extra)
