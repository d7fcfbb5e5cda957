"""Sums of constants times values: constants inside an error window, products added row by row, no low bit in vain."""

from __future__ import annotations

import math
from dataclasses import dataclass
from fractions import Fraction

from symgate.ir.expr import Expr
from symgate.passes.lowering.adders import add, balanced, sub, wrapped
from symgate.passes.lowering.constants import cheapest, digits, signed_digits
from symgate.passes.lowering.context import Context, rational
from symgate.passes.lowering.products import Product, trimmed
from symgate.passes.plan import Value
from symgate.passes.terms import split_sum

#: A constant of at least this many signed digits times a value of at most this many bits is two small tables.
TABLE_DIGITS, TABLE_BITS, LOW_BITS = 3, 12, 6


@dataclass(frozen=True)
class Part:
    """One lowered term: the real value is the node's plus ``offset``, within ``error``."""

    node: int
    offset: Fraction = Fraction(0)
    error: Fraction = Fraction(0)


def lower_sum(c: Context, e: Expr) -> Value:
    """``offset + sum(c_i * t_i)`` at the plan's fraction bits; the mean of what is dropped is in the value's offset."""
    constant, terms = split_sum(e, {})
    products = [Product.of(c, t) for t in terms if t in c.absorbed]
    scaled = [(c.values[t], rational(k)) for t, k in terms.items() if t not in c.absorbed]
    offset = rational(constant) + sum((k * v.offset for v, k in scaled), Fraction(0))
    offset += sum((p.offset for p in products), Fraction(0))
    work = _work_frac(c, e, scaled, offset)
    drop = _drop(c, e, work, scaled, products)
    half = (Fraction(2) ** -(work - drop) - Fraction(2) ** -work) / 2
    parts, offset = _parts(c, scaled, work, offset + half)
    node, residue = _total(c, e, parts, products, work, offset, Fraction(2) ** -(work - drop))
    node = c.builder.round(node, max(0, c.builder.nodes[node].frac - (work - drop)))
    error = sum((p.error for p in parts), Fraction(0)) + half
    c.error(e, -error, error)
    return Value(node, residue)


def _drop(c: Context, e: Expr, work: int, scaled: list[tuple[Value, Fraction]], products: list[Product]) -> int:
    return max(0, work - c.plan.frac[e])


def _work_frac(c: Context, e: Expr, scaled: list[tuple[Value, Fraction]], offset: Fraction) -> int:
    """The fraction bits in which terms are added: the result's where all is exact there, else with guard bits."""
    frac = c.plan.frac[e]
    needs = [_exact_frac(c, v, k) for v, k in scaled]
    if all(n is not None and n <= frac for n in needs):
        return frac
    return frac + 1 + math.ceil(math.log2(len(scaled) + 1))


def _exact_frac(c: Context, v: Value, k: Fraction) -> int | None:
    """The fraction bits of ``k * v``; None where ``k`` is not dyadic."""
    if k.denominator & (k.denominator - 1):
        return None
    zeros = (k.numerator & -k.numerator).bit_length() - 1
    return c.type(v).frac + k.denominator.bit_length() - 1 - zeros


def _parts(
    c: Context, scaled: list[tuple[Value, Fraction]], work: int, offset: Fraction
) -> tuple[list[Part], Fraction]:
    """The terms, lowered, and what is left of the offset: a term made of tables takes all of it for free."""
    parts = []
    for v, k in scaled:
        part = _term(c, v, k, work, offset)
        if part.offset is not None and _is_table(c, v, k, work):
            offset = Fraction(0)
        parts.append(part)
    return parts, offset + sum((p.offset for p in parts), Fraction(0))


def _window(c: Context, v: Value, frac: int) -> Fraction:
    """How far a constant factor of ``v`` may be off: half a unit of the result at the largest value."""
    n = c.builder.nodes[v.node]
    largest = max(abs(n.range.lo), abs(n.range.hi), 1) * Fraction(2) ** -n.frac
    return Fraction(2) ** -frac / (2 * largest)


def _is_table(c: Context, v: Value, k: Fraction, frac: int) -> bool:
    few = LOW_BITS < c.type(v).width <= TABLE_BITS
    return few and digits(cheapest(k, _window(c, v, frac))[0]) >= TABLE_DIGITS


def _term(c: Context, v: Value, k: Fraction, frac: int, offset: Fraction) -> Part:
    """``k * v`` (without its own offset) within about one unit at ``frac`` bits; tables also add ``offset``."""
    if _is_table(c, v, k, frac):
        return _table_term(c, v.node, k, frac, offset)
    window = _window(c, v, frac)
    mantissa, shift = cheapest(k, window)
    error = abs(k - mantissa * Fraction(2) ** -shift) / window * Fraction(2) ** -frac / 2
    if mantissa == 0:
        return Part(c.builder.const(0, 0), error=error)
    node = c.builder.scale(shift_add(c, v.node, mantissa), -shift)
    drop = c.builder.nodes[node].frac - frac
    if drop <= 0:
        return Part(node, error=error)
    half = (Fraction(2) ** -frac - Fraction(2) ** -(frac + drop)) / 2
    return Part(c.builder.round(node, drop), half, error + half)


def shift_add(c: Context, x: int, mantissa: int) -> int:
    """``mantissa * x`` by shifts and adds of its signed digits."""
    out, b = None, c.builder
    for position, sign in reversed(signed_digits(mantissa)):
        shifted = b.scale(x, position)
        if out is None:
            out = shifted if sign > 0 else b.neg(shifted)
        else:
            out = add(b, out, shifted) if sign > 0 else sub(b, out, shifted)
    assert out is not None
    return out


def _table_term(c: Context, x: int, k: Fraction, frac: int, offset: Fraction) -> Part:
    """``k * x + offset`` as two tables and one adder: right for any real constant (KCM, Chapman 1996)."""
    b = c.builder
    t = b.nodes[x].type
    high_width = t.width - LOW_BITS
    low, high = b.slice(x, LOW_BITS - 1, 0), b.wrap(b.slice(x, t.width - 1, LOW_BITS), high_width, t.signed)
    unit = k * Fraction(2) ** (frac - t.frac)
    lows = [round(unit * i) for i in range(1 << LOW_BITS)]
    codes = [_as_signed(i, high_width, t.signed) << LOW_BITS for i in range(1 << high_width)]
    start = offset * Fraction(2) ** frac
    highs = [round(unit * i + start) for i in codes]
    low_error = [v - unit * i for i, v in enumerate(lows)]
    high_error = [v - unit * i - start for i, v in zip(codes, highs, strict=True)]
    node = b.add(b.table(low, lows, frac), b.table(high, highs, frac))
    ends = [f(low_error) + f(high_error) for f in (min, max)]
    return Part(node, error=max(abs(v) for v in ends) * Fraction(2) ** -frac)


def _as_signed(code: int, width: int, signed: bool) -> int:
    return code - (1 << width) if signed and code >> (width - 1) else code


def _total(
    c: Context, e: Expr, parts: list[Part], products: list[Product], work: int, offset: Fraction, unit: Fraction
) -> tuple[int, Fraction]:
    """All parts and products added up, and the part of ``offset`` that is worth no adder."""
    modulus = c.modulus_bits(e)
    nodes = [wrapped(c.builder, p.node, _bits(c, p.node, modulus)) for p in parts]
    residue = offset
    if offset and (abs(offset) > unit / 2 or (products and not nodes) or e in c.centred):
        constant, residue = c.const(offset, work)
        nodes.append(constant)
    total = balanced(c.builder, nodes, modulus=modulus) if nodes else None
    for p in products:
        lo, hi = (Fraction(0), Fraction(0)) if total is None else c.reals(Value(total))
        plo, phi = p.span(c)
        total = p.add_to(c, total, modulus)
        total = trimmed(c, total, lo + plo, hi + phi) if modulus is None else total
    assert total is not None
    return wrapped(c.builder, total, _bits(c, total, modulus)), residue


def _bits(c: Context, node: int, modulus: int | None) -> int | None:
    return None if modulus is None else modulus + c.builder.nodes[node].frac
