"""Sums of constants times values: constants inside an error window, products added row by row, no
guard bits.

Every term is computed at the result's last bit; the search decides how many bits that is. What
terms cut off has a known mean, which becomes the value's offset or goes into a table where there is
one.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from fractions import Fraction

from symgate.ir.constants import rational
from symgate.ir.expr import Expr
from symgate.passes.lowering.adders import balanced, wrapped
from symgate.passes.lowering.context import Context
from symgate.passes.lowering.distributed import (
    CHAIN,
    PRICE,
    WIDEST,
    Layout,
    Terms,
    emit_tables,
    layout,
    tables,
)
from symgate.passes.lowering.multiples import Multiple, cheapest_multiple, emit_multiple
from symgate.passes.lowering.plan import Value
from symgate.passes.lowering.products import Product, trimmed
from symgate.passes.rewrite.terms import split_sum

#: Bits that matter of a sum that is not taken modulo anything, for estimates.
_WIDE = 64


def lower_sum(c: Context, e: Expr) -> Value:
    """``offset + sum(c_i * t_i)`` at the plan's fraction bits."""
    constant, terms = split_sum(e)
    frac, unit = c.plan.frac[e], Fraction(2) ** -c.plan.frac[e]
    products = [Product.of(c, t) for t in terms if t in c.absorbed]
    scaled = [_turned(c, c.values[t], rational(k)) for t, k in terms.items() if t not in c.absorbed]
    offset = rational(constant) + sum((k * v.offset for v, k in scaled), Fraction(0))
    offset += sum((p.offset for p in products), Fraction(0))
    modulus = c.modulus_bits(e)
    bits = None if modulus is None else max(1, modulus + frac)
    form = SumForm.cheapest(tuple((k, c.type(v)) for v, k in scaled), frac, bits, c.plan.objective)
    nodes, error, offset = _parts(c, form, [v for v, _ in scaled], offset, e in c.addresses)
    node, offset, half = _total(c, e, nodes, products, offset, unit)
    c.error(e, -error - half, error + half)
    return Value(node, offset)


@dataclass(frozen=True)
class SumForm:
    """How a sum is computed: terms one by one, and those in ``spread`` by tables of single bits."""

    frac: int
    modulus: int | None  # of the sum, as bits of its raw value
    terms: tuple[tuple[int, Multiple], ...]
    spread: tuple[int, ...]
    tables: Terms  # of ``spread``
    chain: int

    @classmethod
    def cheapest(cls, terms: Terms, frac: int, modulus: int | None, objective: str) -> SumForm:
        """Powers of two are only shifted; the rest is spread over tables of bits where that is
        cheaper.
        """
        each = [cheapest_multiple(k, t, frac, modulus or _WIDE) for k, t in terms]
        chain = CHAIN[objective]
        hard = tuple(i for i, p in enumerate(each) if p.luts and p.type.width <= WIDEST)
        tables = tuple(terms[i] for i in hard)
        out = cls(
            frac,
            modulus,
            tuple((i, p) for i, p in enumerate(each) if i not in hard),
            hard,
            tables,
            chain,
        )
        alone = cls(frac, modulus, tuple(enumerate(each)), (), (), chain)
        return out if hard and out.price < alone.price else alone

    @property
    def layout(self) -> Layout:
        """The tables of single bits."""
        return layout(self.tables, self.frac, self.modulus, self.chain)

    @property
    def half(self) -> float:
        """The largest error about its mean, in units of 2^-frac."""
        return sum(float(p.half) for _, p in self.terms) + self.layout.half

    def luts(self, width: int) -> float:
        """LUTs with all adders, for a sum of ``width`` bits."""
        adders = max(0, len(self.terms) + len(self.layout.chains[:1]) - 1)
        return sum(p.luts for _, p in self.terms) + self.layout.luts + adders * width

    @property
    def price(self) -> float:
        """What forms are compared by."""
        sizes = [abs(float(k)) * 2.0 ** (t.width - t.frac) for k, t in self.tables]
        sizes += [abs(float(p.k)) * 2.0 ** (p.type.width - p.type.frac) for _, p in self.terms]
        width = max(1, math.ceil(math.log2(sum(sizes))) + self.frac) if sum(sizes) else 1
        return self.luts(min(width, self.modulus or width)) + PRICE * self.half


def _turned(c: Context, v: Value, k: Fraction) -> tuple[Value, Fraction]:
    """``k * v`` with a positive ``k`` where that is a power of two: the inverse of the bits needs
    no adder.
    """
    t = c.type(v)
    if k > 0 or t.signed or not _power_of_two(-k):
        return v, k
    inverse = c.builder.wrap(c.builder.invert(v.node), t.width, False)
    return Value(inverse, -(t.hi * t.ulp + v.offset)), -k


def _power_of_two(k: Fraction) -> bool:
    return k.numerator & (k.numerator - 1) == 0 and k.denominator & (k.denominator - 1) == 0


def _parts(
    c: Context, form: SumForm, values: list[Value], offset: Fraction, free: bool
) -> tuple[list[int], Fraction, Fraction]:
    """The nodes to add, their largest error, and the offset that is left: a table takes what there
    is of it.

    ``free``: the readers take any offset, so none is added.
    """
    nodes, error = [], Fraction(0)
    unit = Fraction(2) ** -form.frac
    offset -= sum((p.middle for _, p in form.terms if not p.tables), Fraction(0)) * unit
    if form.spread:
        found = tables(form.tables, form.frac, form.modulus, form.chain)
        offset += (found.base - (found.low + found.high) / 2) * unit
        error += (found.high - found.low) / 2 * unit
        start = 0 if free or not found.entries else round(offset / unit)
        offset -= start * unit
        nodes += emit_tables(
            c.builder, found, [values[i].node for i in form.spread], form.frac, start, form.modulus
        )
    for i, p in form.terms:
        into = p.tables and not free and not form.spread
        start_ = offset / unit if into else Fraction(0)
        node, low, high, took = emit_multiple(c.builder, p, values[i].node, start_, form.modulus)
        nodes.append(node)
        error += (high - low) / 2 * unit
        if p.tables:
            offset -= (took + (low + high) / 2) * unit
    return nodes, error, offset


def _total(
    c: Context, e: Expr, nodes: list[int], products: list[Product], offset: Fraction, unit: Fraction
) -> tuple[int, Fraction, Fraction]:
    """All terms and products added up, what of ``offset`` is worth no adder, and half of what the
    sum is rounded by.
    """
    b, modulus, residue, half = c.builder, c.modulus_bits(e), offset, Fraction(0)
    if (abs(offset) > unit / 2 and e not in c.addresses) or (products and not nodes):
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
    return (
        wrapped(b, total, None if modulus is None else modulus + b.nodes[total].frac),
        residue + half,
        half,
    )
