"""Functions by digits: long division and the written square root, a digit in each step.

Both take away from a remainder what the next digit stands for, where it is there to be taken. The
digits that come out are those of the exact value, cut behind the last one: nothing in them depends
on how steep the function is.
"""

from __future__ import annotations

from fractions import Fraction

from symgate.ir.expr import Expr
from symgate.ir.fixed import Builder
from symgate.ir.meanings import HELD
from symgate.passes.approx.base import bits, whole
from symgate.passes.lowering.context import Context
from symgate.passes.lowering.plan import Value
from symgate.passes.rewrite.long_operators import QUOTIENT

#: ``log2`` of where a reciprocal is held, and what its line has on top of ``x``: ``x / HELD**2``.
EDGE_BITS = -round(Fraction(HELD).denominator.bit_length() - 1)
_SLOPE_BITS = -2 * EDGE_BITS
#: Bits by which an argument may get longer, so that its offset is one of its codes, or nearly.
_MORE_BITS = 3


def lower_digits(c: Context, e: Expr) -> Value:
    """``fn(t)`` at the plan's fraction bits, cut towards 0."""
    frac = c.plan.frac[e]
    b, value = c.builder, c.values[e.args[0]]
    node = b.to_frac(value.node, max(b.nodes[value.node].frac, 1 - EDGE_BITS))
    ulp = Fraction(2) ** -frac
    if e.value == QUOTIENT:
        signed = b.nodes[node].range.lo < 0
        c.error(e, -ulp, ulp if signed else 0)
        return Value(reciprocal(b, node, frac))
    c.error(e, -ulp, 0)
    return Value(root(b, node, frac))


def lower_hold(c: Context, e: Expr) -> Value:
    """A value that nothing looks through; what digits are found of has no offset."""
    value = c.values[e.args[0]]
    if e not in c.of_digits or not value.offset:
        return value
    b, have = c.builder, c.builder.nodes[value.node].frac
    denominator = value.offset.denominator
    dyadic = not denominator & (denominator - 1)
    needed = denominator.bit_length() - 1 if dyadic else have + _MORE_BITS
    frac = max(have, min(needed, have + _MORE_BITS))
    offset, missing = c.const(value.offset, frac)
    if missing:
        c.error(e, -missing, -missing)
    return Value(b.add(b.to_frac(value.node, frac), offset))


def reciprocal(b: Builder, x: int, frac: int) -> int:
    """``held_inv(x)``: digits of ``1/abs(x)`` with the sign of x, or its line near 0."""
    unit = b.nodes[x].frac
    signed = b.nodes[x].range.lo < 0
    size = whole(b, b.emit("abs", x) if signed else x)
    edge = b.const(1 << (unit + EDGE_BITS))
    found = _quotient(b, b.emit("max", size, edge), unit + EDGE_BITS - 1, frac - EDGE_BITS + 1)
    found = b.scale(found, -frac)
    if signed:
        found = b.select(_sign(b, x), b.neg(found), found)
    line = b.to_frac(b.scale(x, _SLOPE_BITS), frac)
    return b.select(b.emit("lt", size, edge), line, found)


def _quotient(b: Builder, divisor: int, start: int, steps: int) -> int:
    """``floor(2**(start + steps) / divisor)`` for whole divisors above ``2**start``."""
    width = b.nodes[divisor].type.width
    rest, quotient = b.const(1 << start), b.const(0)
    for _ in range(steps):
        doubled = b.concat(rest, b.const(0), 1)
        less = b.sub(doubled, divisor)
        digit = b.emit("not", _sign(b, less))
        rest = _cut(b, b.select(digit, less, doubled), width)
        quotient = b.concat(quotient, digit, 1)
    return quotient


def root(b: Builder, x: int, frac: int) -> int:
    """``floor(sqrt(x))`` at ``frac`` bits; 0 where x is negative."""
    held = b.emit("max", x, b.const(0, b.nodes[x].frac))
    square = whole(b, b.to_frac(held, 2 * frac))
    pairs = (b.nodes[square].type.width + 1) // 2
    rest, found = b.const(0), b.const(0)
    for k in reversed(range(pairs)):
        taken = b.concat(rest, bits(b, square, 2 * k + 1, 2 * k), 2)
        less = b.sub(taken, b.concat(found, b.const(1), 2))
        digit = b.emit("not", _sign(b, less))
        rest = _cut(b, b.select(digit, less, taken), pairs - k + 1)
        found = b.concat(found, digit, 1)
    return b.scale(found, -frac)


def _sign(b: Builder, x: int) -> int:
    """The bit that says whether ``x`` is negative."""
    n = b.nodes[x]
    if n.range.lo >= 0:
        return b.const(0)
    return bits(b, x, n.type.width - 1, n.type.width - 1)


def _cut(b: Builder, x: int, width: int) -> int:
    """``x`` without bits that the remainder never has."""
    t = b.nodes[x].type
    return x if t.width <= width and not t.signed else b.wrap(x, width, False)
