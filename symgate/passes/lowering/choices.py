"""Operators that choose between values or compare them: exact on aligned operands."""

from __future__ import annotations

from symgate.errors import InputError
from symgate.ir.expr import CONST, VAR, Expr
from symgate.passes.lowering.context import Context, rational
from symgate.passes.plan import Value

_CONSTANT_BITS = 24


def lower_input(c: Context, e: Expr) -> Value:
    """An input port."""
    port = c.inputs[e.value]
    return Value(c.builder.input(port.name, port.type, port.raw))


def lower_constant(c: Context, e: Expr) -> Value:
    """A constant that stands alone, at the plan's fraction bits."""
    node, lack = c.const(rational(e), c.plan.frac.get(e, _CONSTANT_BITS))
    c.error(e, -abs(lack), abs(lack))
    return Value(node)


def lower_choice(c: Context, e: Expr) -> Value:
    """Comparisons, minimum, maximum, selection and logic."""
    b = c.builder
    nodes = [_settled(c, c.values[a], e) for a in e.args]
    if e.op in ("and", "or", "not"):
        return Value(b.emit(e.op, *nodes))
    values = nodes[1:] if e.op == "where" else nodes
    frac = max(b.nodes[n].frac for n in values)
    values = [b.to_frac(n, frac) for n in values]
    if e.op == "where":
        return Value(b.select(nodes[0], *values))
    out = values[0]
    for other in values[1:]:
        out = b.emit(e.op, out, other)
    return Value(out)


def _settled(c: Context, v: Value, e: Expr) -> int:
    """A value whose offset is small enough to be made part of it."""
    if v.offset == 0:
        return v.node
    frac = max(c.builder.nodes[v.node].frac, v.offset.denominator.bit_length() - 1)
    constant, _ = c.const(v.offset, frac)
    return c.builder.add(c.builder.to_frac(v.node, frac), constant)


def unsupported(e: Expr) -> InputError:
    """What to say of an operator of several values that no rule lowers."""
    names = ", ".join(str(a.value) if a.op in (VAR, CONST) else a.op for a in e.args)
    return InputError(
        f"'{e.op}' of several values ({names}) has no hardware form yet",
        expected="operators of one value, sums, products, divisions, min, max, comparisons and selections",
        remedy="rewrite it, or make all but one operand constant",
    )
