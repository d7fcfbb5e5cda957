"""Operators that choose between values or compare them: exact on aligned operands."""

from __future__ import annotations

import math
from fractions import Fraction

from symgate.errors import InputError
from symgate.ir.constants import rational
from symgate.ir.expr import CONST, VAR, Expr
from symgate.ir.operators.families import bits_of
from symgate.passes.lowering.context import Context
from symgate.passes.lowering.counters import address
from symgate.passes.lowering.plan import Value
from symgate.passes.rewrite.exactness import dyadic, dyadic_bits

_CONSTANT_BITS = 24
_OFFSET_BITS = 8  # more than the value it belongs to has


def lower_input(c: Context, e: Expr) -> Value:
    """An input port."""
    port = c.inputs[e.value]
    return Value(c.builder.input(port.name, port.type, port.raw))


def lower_constant(c: Context, e: Expr) -> Value:
    """A constant that stands alone, at the plan's fraction bits, or at those that it has."""
    value, bits = rational(e), c.plan.frac.get(e, _CONSTANT_BITS)
    if dyadic(value):
        bits = min(bits, dyadic_bits(value))
    node, lack = c.const(value, bits)
    c.error(e, -abs(lack), abs(lack))
    return Value(node)


def lower_choice(c: Context, e: Expr) -> Value:
    """Minimum, maximum, selection and logic."""
    b = c.builder
    if e.op in ("and", "or", "not"):
        return Value(b.emit(e.op, *(c.values[a].node for a in e.args)))
    found = [_settled(c, a) for a in (e.args[1:] if e.op == "where" else e.args)]
    lack = max(abs(rest) for _, rest in found)
    c.error(e, -lack, lack)
    frac = max(b.nodes[n].frac for n, _ in found)
    values = [b.to_frac(n, frac) for n, _ in found]
    if e.op == "where":
        return Value(b.select(c.values[e.args[0]].node, *values))
    out = values[0]
    for other in values[1:]:
        out = b.emit(e.op, out, other)
    return Value(out)


def lower_bits(c: Context, e: Expr) -> Value:
    """A table of bits: operands count as 1 where they are not 0."""
    found = bits_of(e.op)
    assert found is not None
    index = address(c.builder, [_bit(c, operand) for operand in e.args])
    width = c.builder.nodes[index].type.width
    return Value(c.builder.table(index, [found[1] >> k & 1 for k in range(1 << width)]))


def _bit(c: Context, e: Expr) -> int:
    """Whether a value differs from 0, as a bit."""
    b, (node, lack) = c.builder, _settled(c, e)
    t = b.nodes[node].type
    if t.width == 1 and not t.signed and not c.values[e].offset:
        return b.scale(node, b.nodes[node].frac)
    if lack:  # an offset between two codes: never 0
        return b.const(1)
    return b.emit("not", b.emit("eq", node, b.const(0, b.nodes[node].frac)))


def lower_comparison(c: Context, e: Expr) -> Value:
    """``lt``, ``le``, ``eq`` of values with offsets, exact.

    The two nodes differ by a whole number of steps. An offset between two such numbers decides like
    any other between them, so the one halfway takes its place.
    """
    b, (x, y) = c.builder, (c.values[a] for a in (e.args if len(e.args) == 2 else e.args * 2))
    frac = max(b.nodes[x.node].frac, b.nodes[y.node].frac)
    steps = (x.offset - y.offset) * Fraction(2) ** frac
    if steps.denominator != 1:
        steps = math.floor(steps) + Fraction(1, 2)
        frac, steps = frac + 1, 2 * steps
    left, right = (b.to_frac(v.node, frac) for v in (x, y))
    return Value(b.emit(e.op, b.add(left, b.const(int(steps), frac)) if steps else left, right))


def _settled(c: Context, e: Expr) -> tuple[int, Fraction]:
    """The value of ``e`` with its offset made part of it, and what that lacks.

    An offset keeps all its bits where these are few, or where the plan gives ``e`` as many; else
    what is left of it would make all that reads the value wider, for nothing.
    """
    v = c.values[e]
    if v.offset == 0:
        return v.node, v.offset
    frac = c.builder.nodes[v.node].frac
    enough = max(frac + _OFFSET_BITS, c.plan.frac.get(e, frac))
    exact = dyadic(v.offset) and dyadic_bits(v.offset) <= enough
    raw = round(v.offset * Fraction(2) ** (frac + 2))
    kept = v.offset if exact else raw * Fraction(2) ** -(frac + 2)
    if not kept:
        return v.node, v.offset
    frac = max(frac, dyadic_bits(kept))
    constant, _ = c.const(kept, frac)
    return c.builder.add(c.builder.to_frac(v.node, frac), constant), v.offset - kept


def unsupported(e: Expr) -> InputError:
    """What to say of an operator of several values that no rule lowers."""
    names = ", ".join(str(a.value) if a.op in (VAR, CONST) else a.op for a in e.args)
    return InputError(
        f"'{e.op}' of several values ({names}) has no hardware form yet",
        expected="operators of one value, sums, products, divisions, min, max, comparisons and selections",
        remedy="rewrite it, or make all but one operand constant",
    )
