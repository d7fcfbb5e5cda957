"""Sums of constants times values: constants inside an error window, products added row by row, no guard bits.

Every term is computed at the result's last bit; the search decides how many bits that is. What terms cut off has a
known mean, which becomes the value's offset or goes into a table where there is one.
"""

from __future__ import annotations

from fractions import Fraction

from symgate.ir.expr import Expr
from symgate.passes.lowering.adders import balanced, wrapped
from symgate.passes.lowering.context import Context, rational
from symgate.passes.lowering.products import Product, trimmed
from symgate.passes.lowering.terms import Term, emit, term
from symgate.passes.plan import Value
from symgate.passes.terms import split_sum

#: Bits that matter of a sum that is not taken modulo anything, for estimates.
_WIDE = 64


def lower_sum(c: Context, e: Expr) -> Value:
    """``offset + sum(c_i * t_i)`` at the plan's fraction bits."""
    constant, terms = split_sum(e)
    frac, unit = c.plan.frac[e], Fraction(2) ** -c.plan.frac[e]
    products = [Product.of(c, t) for t in terms if t in c.absorbed]
    scaled = [(c.values[t], rational(k)) for t, k in terms.items() if t not in c.absorbed]
    offset = rational(constant) + sum((k * v.offset for v, k in scaled), Fraction(0))
    offset += sum((p.offset for p in products), Fraction(0))
    modulus = c.modulus_bits(e)
    bits = None if modulus is None else max(1, modulus + frac)
    parts = [(v, term(k, c.type(v), frac, bits or _WIDE)) for v, k in scaled]
    nodes, error, offset = _parts(c, parts, offset, bits)
    node, offset, half = _total(c, e, nodes, products, offset, unit)
    c.error(e, -error - half, error + half)
    return Value(node, offset)


def _parts(
    c: Context, parts: list[tuple[Value, Term]], offset: Fraction, bits: int | None
) -> tuple[list[int], Fraction, Fraction]:
    """The terms' nodes, their largest error, and the offset that is left: the first table takes what there is of it."""
    nodes, error = [], Fraction(0)
    unit = Fraction(2) ** -parts[0][1].frac if parts else Fraction(1)
    offset -= sum((p.middle for _, p in parts if not p.tables), Fraction(0)) * unit
    for v, p in parts:
        node, low, high, took = emit(c.builder, p, v.node, offset / unit if p.tables else Fraction(0), bits)
        nodes.append(node)
        error += (high - low) / 2 * unit
        if p.tables:
            offset -= (took + (low + high) / 2) * unit
    return nodes, error, offset


def _total(
    c: Context, e: Expr, nodes: list[int], products: list[Product], offset: Fraction, unit: Fraction
) -> tuple[int, Fraction, Fraction]:
    """All terms and products added up, what of ``offset`` is worth no adder, and half of what the sum is rounded by."""
    b, modulus, residue, half = c.builder, c.modulus_bits(e), offset, Fraction(0)
    if abs(offset) > unit / 2 or (products and not nodes):
        constant, residue = c.const(offset, c.plan.frac[e])
        if b.nodes[constant].range.lo:
            nodes.append(constant)
    total = balanced(b, nodes, modulus=modulus) if nodes else None
    for p in products:
        lo, hi = (Fraction(0), Fraction(0)) if total is None else c.reals(Value(total))
        plo, phi = p.span(c)
        total = p.add_to(c, total, modulus)
        total = trimmed(c, total, lo + plo, hi + phi) if modulus is None else total
    assert total is not None
    drop = max(0, b.nodes[total].frac - c.plan.frac[e])
    if drop:  # a product that is finer than the sum it is added to
        total = b.round(total, drop)
        half = (unit - unit / 2**drop) / 2
    return wrapped(b, total, None if modulus is None else modulus + b.nodes[total].frac), residue + half, half
