"""Lowering: expressions in datapath form become the fixed-point graph, one rule for each kind of
node.

A `Plan` says how wide everything is. Nothing here chooses a width or proves an error.
"""

from __future__ import annotations

from collections.abc import Mapping
from fractions import Fraction

from symgate.ir.boxes import Box
from symgate.ir.design import Input
from symgate.ir.evaluate import constant_box, meaning
from symgate.ir.expr import CONST, VAR, Expr, Program, operands_first, var
from symgate.ir.fixed import Builder
from symgate.ir.function import ByDigits
from symgate.ir.joint import JOINT
from symgate.ir.operators.families import bits_of
from symgate.passes.lowering.choices import (
    lower_bits,
    lower_choice,
    lower_comparison,
    lower_constant,
    lower_input,
    unsupported,
)
from symgate.passes.lowering.context import Context, Rule
from symgate.passes.lowering.digits import lower_digits, lower_hold
from symgate.passes.lowering.functions import lower_function
from symgate.passes.lowering.joints import lower_joint
from symgate.passes.lowering.plan import Plan
from symgate.passes.lowering.products import lower_product
from symgate.passes.lowering.sums import lower_sum
from symgate.passes.rewrite.terms import ONE, split_product, split_sum

#: The kind of all tables of bits.
BITS = "bits"
#: How each kind of node is lowered.
RULES: dict[str, Rule] = {
    CONST: lower_constant,
    VAR: lower_input,
    "add": lower_sum,
    "mul": lower_product,
    "fn": lower_function,
    BITS: lower_bits,
    JOINT: lower_joint,
    "hold": lower_hold,
    **dict.fromkeys(("lt", "le", "eq"), lower_comparison),
    **dict.fromkeys(("and", "or", "not", "where", "min", "max"), lower_choice),
}


def lower(
    program: Program, inputs: Mapping[str, Input], plan: Plan, draft: bool = False
) -> tuple[Context, dict[Expr, Box]]:
    """Lower ``program``; the builder in the context holds the graph, the errors are the nodes'
    local errors.
    """
    order = datapath_values(program.roots)
    facts = moduli(program, order), absorbed(program, order), addresses(program, order)
    c = Context(Builder(), plan, inputs, *facts, draft)
    c.of_digits = {e.args[0] for e in order if isinstance(e.value, ByDigits)}
    for name in program.inputs:
        c.values[var(name)] = lower_input(c, var(name))
    for e in order:
        if e not in c.values and e not in c.absorbed:
            c.values[e] = rule_of(e)(c, e)
        for t in (
            c.absorbed.intersection(split_sum(e)[1]) if e.op == "add" else ()
        ):  # its error is made in its sum
            c.reach[t] = reached(c, t)
        c.reach[e] = reached(c, e)
    return c, c.errors


def reached(c: Context, e: Expr) -> Box:
    """The real values that the lowered ``e`` can stand for, its own error and those below it
    included.
    """
    if e.op == VAR:
        return Box.exact(*map(float, c.reals(c.values[e])))
    if e.op in ("add", "mul") and not e.closed and rule_of(e) is lower_sum:
        offset, terms = split_sum(e)
        out = constant_box(offset)
        for t, k in terms.items():
            out = out + constant_box(k) * c.reach[t]
    else:
        out = constant_box(e) if e.closed else meaning(e).interval(*(c.reach[a] for a in e.args))
    return out + c.errors[e].union(Box.exact(0.0)) if e in c.errors else out


def rule_of(e: Expr) -> Rule:
    """The rule that lowers ``e``; raise `InputError` where there is none."""
    constant = e.closed
    kind = (
        CONST if constant else "add" if e.op == "mul" and split_product(e)[0].op != CONST else e.op
    )
    if e.op == "mul" and not constant and split_product(e)[1].op != "mul":
        kind = "add"  # a constant times one value
    kind = BITS if bits_of(e.op) is not None else kind
    if isinstance(e.value, ByDigits):
        return lower_digits
    if kind not in RULES:
        raise unsupported(e)
    return RULES[kind]


def datapath_values(roots: list[Expr]) -> list[Expr]:
    """The nodes that become values: operands of a sum's products with constants count, the products
    do not.
    """
    return operands_first(roots, _operands)


def _operands(e: Expr) -> list[Expr]:
    if not e.args or e.closed:
        return []
    summed = e.op == "add" or (e.op == "mul" and rule_of(e) is lower_sum)
    operands = list(split_sum(e)[1]) if summed else list(e.args)
    return list(e.args) if operands == [e] else operands


def readers(order: list[Expr]) -> dict[Expr, list[tuple[Expr, Expr]]]:
    """For each value, who reads it, and with what constant factor."""
    out: dict[Expr, list[tuple[Expr, Expr]]] = {}
    for e in order:
        if e.closed:
            continue
        summed = e.op == "add" or (e.op == "mul" and rule_of(e) is lower_sum)
        for a, k in split_sum(e)[1].items() if summed else ((a, ONE) for a in e.args):
            out.setdefault(a, []).append((e, k))
    return out


def moduli(program: Program, order: list[Expr]) -> dict[Expr, Fraction]:
    """The sums and products that only periodic functions read, directly or through such sums, and
    modulo what.
    """
    uses, outputs = readers(order), set(program.roots)
    out: dict[Expr, Fraction] = {}
    for e in reversed(order):
        if e in outputs or e.op not in ("add", "mul", "hold") or e not in uses:
            continue
        periods = [_modulo(r, k, out) for r, k in uses[e]]
        if all(p is not None for p in periods):
            out[e] = max(p for p in periods if p is not None)
    return out


def _modulo(reader: Expr, k: Expr, known: Mapping[Expr, Fraction]) -> Fraction | None:
    """Modulo what ``reader`` needs a value that it takes ``k`` times; None where it needs all of
    it.
    """
    if reader.op == "fn":
        period: Fraction | None = reader.value.period
        return period
    factor = abs(k.value) if k.op == CONST else Fraction(0)
    if (
        reader not in known
        or not factor
        or (factor.numerator & (factor.numerator - 1))
        or (factor.denominator & (factor.denominator - 1))
    ):
        return None
    return (
        known[reader] / factor
        if reader.op in ("add", "hold") or rule_of(reader) is lower_sum
        else None
    )


def absorbed(program: Program, order: list[Expr]) -> frozenset[Expr]:
    """Products that one sum reads, with factor 1, and nothing else."""
    uses, outputs = readers(order), set(program.roots)
    products = [
        e for e in order if e not in outputs and not e.closed and rule_of(e) is lower_product
    ]
    return frozenset(e for e in products if [(r.op, k) for r, k in uses[e]] == [("add", ONE)])


def addresses(program: Program, order: list[Expr]) -> frozenset[Expr]:
    """Values that functions read and nothing else."""
    outputs = set(program.roots)
    return frozenset(
        e
        for e, uses in readers(order).items()
        if e not in outputs
        and all(r.op == "fn" and not isinstance(r.value, ByDigits) for r, _ in uses)
    )


__all__ = ["RULES", "datapath_values", "lower", "moduli"]
