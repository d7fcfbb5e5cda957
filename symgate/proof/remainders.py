"""Remainders modulo powers of two of what only moves bits: they are made of its operands'."""

from __future__ import annotations

from fractions import Fraction

from symgate.ir.fixed import CONST, Node
from symgate.ir.types import Rounding
from symgate.proof.cones import Cone, Remainder
from symgate.proof.forms import Poly, constant, plus, scaled


def _slice_residue(c: Cone, n: Node, k: int) -> Poly:
    hi, lo = n.attr
    top = c.residue(n.args[0], min(hi + 1, lo + k))
    return scaled(plus(top, c.residue(n.args[0], lo), -1), Fraction(1, 1 << lo))


def _concat_residue(c: Cone, n: Node, k: int) -> Poly:
    (high, low), (width,) = n.args, n.attr
    return (
        c.residue(low, k)
        if k <= width
        else plus(c.exact(low), c.residue(high, k - width), 1 << width)
    )


def _round_residue(c: Cone, n: Node, k: int) -> Poly | None:
    (x,), (drop, mode) = n.args, n.attr
    if mode != Rounding.TRN:
        return None
    return scaled(plus(c.residue(x, k + drop), c.residue(x, drop), -1), Fraction(1, 1 << drop))


#: The rule of each operator that moves bits.
REMAINDERS: dict[str, Remainder] = {
    CONST: lambda c, n, k: constant(n.range.lo & ((1 << k) - 1)),
    "shl": lambda c, n, k: scaled(c.residue(n.args[0], k - n.attr[0]), 1 << n.attr[0]),
    "scale": lambda c, n, k: c.residue(n.args[0], k),
    "invert": lambda c, n, k: plus(constant((1 << k) - 1), c.residue(n.args[0], k), -1),
    "wrap": lambda c, n, k: c.residue(n.args[0], k) if k <= n.attr[0] else None,
    "slice": _slice_residue,
    "concat": _concat_residue,
    "round": _round_residue,
}
