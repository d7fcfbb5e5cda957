"""Sums of constants times values: constants inside an error window, low bits that nobody will miss dropped."""

from __future__ import annotations

import math
from fractions import Fraction
from heapq import heapify, heappop, heappush

from symgate.ir.expr import Expr
from symgate.passes.lowering.constants import cheapest, digits
from symgate.passes.lowering.context import Context, rational
from symgate.passes.plan import Value
from symgate.passes.terms import split_sum

#: A constant of at least this many signed digits times a value of at most this many bits is two small tables.
_TABLE_DIGITS, _TABLE_BITS, _LOW_BITS = 3, 12, 6


def lower_sum(c: Context, e: Expr) -> Value:
    """``offset + sum(c_i * t_i)``, rounded to the plan's fraction bits; the rounding's mean is in the offset."""
    offset, terms = split_sum(e, {})
    scaled = [(c.values[t], rational(k)) for t, k in terms.items()]
    total = rational(offset) + sum((k * v.offset for v, k in scaled), Fraction(0))
    frac = c.plan.frac[e]
    exact = _exact_frac(c, scaled)
    if exact is not None and exact <= frac and _dyadic(total) is not None and (_dyadic(total) or 0) <= frac:
        frac = max(exact, _dyadic(total) or 0)
    guard = 1 + math.ceil(math.log2(len(scaled) + 1))
    parts = [_term(c, v, k, frac + guard) for v, k in scaled]
    work = max([frac, *(c.builder.nodes[p.node].frac for p in parts)])
    error = sum((p.error for p in parts), Fraction(0))
    half = (Fraction(2) ** -frac - Fraction(2) ** -work) / 2  # the mean of what rounding toward minus infinity drops
    total += half + sum((p.offset for p in parts), Fraction(0))
    constant, residue = c.const(total, work)
    nodes = [c.builder.shl(p.node, work - c.builder.nodes[p.node].frac) for p in parts]
    if c.builder.nodes[constant].range.lo != 0:
        nodes.append(constant)
    node = c.builder.round(_modular(c, e, balanced(c, nodes), work), work - frac)
    c.error(e, -error - abs(residue) - half, error + abs(residue) + half)
    return Value(node)


class _Part:
    """One lowered term: the real value is the node's plus ``offset``, within ``error``."""

    def __init__(self, node: int, offset: Fraction = Fraction(0), error: Fraction = Fraction(0)):
        self.node, self.offset, self.error = node, offset, error


def _dyadic(x: Fraction) -> int | None:
    """The fraction bits of a dyadic number; None for another."""
    d = x.denominator
    return d.bit_length() - 1 if d & (d - 1) == 0 else None


def _exact_frac(c: Context, scaled: list[tuple[Value, Fraction]]) -> int | None:
    """The fraction bits that hold the whole sum exactly; None where a constant is not dyadic."""
    need = 0
    for v, k in scaled:
        bits = _dyadic(k)
        if bits is None or v.offset:
            return None
        shift = (k.numerator & -k.numerator).bit_length() - 1 if bits == 0 else -bits
        need = max(need, c.type(v).frac - shift)
    return need


def _term(c: Context, v: Value, k: Fraction, frac: int) -> _Part:
    """``k * v`` (without its offset) within about one ulp at ``frac`` bits."""
    n = c.builder.nodes[v.node]
    largest = max(abs(n.range.lo), abs(n.range.hi)) * Fraction(2) ** -n.frac
    if largest == 0:
        return _Part(c.builder.const(0, 0))
    window = Fraction(2) ** -frac / (2 * largest)
    mantissa, shift = cheapest(k, window)
    error = abs(k - mantissa * Fraction(2) ** -shift) * largest
    t = n.type
    if digits(mantissa) >= _TABLE_DIGITS and _LOW_BITS < t.width <= _TABLE_BITS:
        return _table_term(c, v.node, k, frac)
    if mantissa == 0:
        return _Part(c.builder.const(0, 0), error=error)
    product = c.builder.scale(shift_add(c, v.node, mantissa), -shift)
    return _truncated(c, product, frac, error)


def _truncated(c: Context, node: int, frac: int, error: Fraction) -> _Part:
    drop = c.builder.nodes[node].frac - frac
    if drop <= 0:
        return _Part(node, error=error)
    half = (Fraction(2) ** -frac - Fraction(2) ** -(frac + drop)) / 2
    return _Part(c.builder.round(node, drop), half, error + half)


def shift_add(c: Context, x: int, mantissa: int) -> int:
    """``mantissa * x`` by shifts and adds of its signed digits."""
    out, b = None, c.builder
    for position, sign in reversed(cheapest_digits(mantissa)):
        shifted = b.scale(b.shl(x, position), position)
        if out is None:
            out = shifted if sign > 0 else b.neg(shifted)
        else:
            out = b.add(out, shifted) if sign > 0 else b.sub(out, shifted)
    assert out is not None
    return out


def cheapest_digits(mantissa: int) -> list[tuple[int, int]]:
    """The canonical signed digits of an integer as (position, sign), lowest first."""
    out, position = [], 0
    while mantissa:
        if mantissa & 1:
            sign = 2 - (mantissa & 3)
            out.append((position, sign))
            mantissa -= sign
        mantissa >>= 1
        position += 1
    return out


def _table_term(c: Context, x: int, k: Fraction, frac: int) -> _Part:
    """``k * x`` as two tables of at most 6 address bits and an adder: right for any real constant (FloPoCo's KCM)."""
    b = c.builder
    t = b.nodes[x].type
    low = b.slice(x, _LOW_BITS - 1, 0)
    high = b.wrap(b.slice(x, t.width - 1, _LOW_BITS), t.width - _LOW_BITS, t.signed)
    unit = k * Fraction(2) ** (frac - t.frac)
    lows = [round(unit * i) for i in range(1 << _LOW_BITS)]
    codes = [_signed(i, t.width - _LOW_BITS, t.signed) << _LOW_BITS for i in range(1 << (t.width - _LOW_BITS))]
    highs = [round(unit * i) for i in codes]
    error = max(abs(v - unit * i) for i, v in enumerate(lows)) + max(
        abs(v - unit * i) for i, v in zip(codes, highs, strict=True)
    )
    node = b.add(b.table(low, lows, frac), b.table(high, highs, frac))
    return _Part(node, error=error * Fraction(2) ** -frac)


def _signed(code: int, width: int, signed: bool) -> int:
    return code - (1 << width) if signed and code >> (width - 1) else code


def _modular(c: Context, e: Expr, node: int, frac: int) -> int:
    """Only the bits below the modulus, where the rest cannot matter."""
    if e not in c.modulus:
        return node
    width = frac + c.modulus[e].numerator.bit_length() - c.modulus[e].denominator.bit_length()
    return c.builder.wrap(node, width, True) if width < c.builder.nodes[node].type.width else node


def balanced(c: Context, nodes: list[int]) -> int:
    """The sum of ``nodes``, narrow ones first, as a tree."""
    if not nodes:
        return c.builder.const(0, 0)
    heap = [(0, c.builder.nodes[n].type.width, i, n) for i, n in enumerate(nodes)]
    heapify(heap)
    serial = len(nodes)
    while len(heap) > 1:
        level_a, _, _, a = heappop(heap)
        level_b, _, _, other = heappop(heap)
        total = c.builder.add(a, other)
        heappush(heap, (max(level_a, level_b) + 1, c.builder.nodes[total].type.width, serial, total))
        serial += 1
    return heap[0][3]


