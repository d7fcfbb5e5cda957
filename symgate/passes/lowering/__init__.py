"""Lowering: expressions in datapath form become the fixed-point graph, one rule for each kind of node."""

from __future__ import annotations

from collections.abc import Mapping
from fractions import Fraction

from symgate.ir.boxes import Box
from symgate.ir.design import Input
from symgate.ir.expr import CONST, VAR, Expr, Program, postorder
from symgate.ir.fixed import Builder
from symgate.passes.lowering.choices import lower_choice, lower_constant, lower_input, unsupported
from symgate.passes.lowering.context import Context, Rule
from symgate.passes.lowering.functions import lower_function
from symgate.passes.lowering.products import lower_product
from symgate.passes.lowering.sums import lower_sum
from symgate.passes.plan import Plan
from symgate.passes.terms import is_constant, split_product

#: How each kind of node is lowered.
RULES: dict[str, Rule] = {
    CONST: lower_constant,
    VAR: lower_input,
    "add": lower_sum,
    "mul": lower_product,
    "fn": lower_function,
    **dict.fromkeys(("lt", "le", "eq", "and", "or", "not", "where", "min", "max"), lower_choice),
}


def lower(program: Program, inputs: Mapping[str, Input], plan: Plan) -> tuple[Context, dict[Expr, Box]]:
    """Lower ``program``; the builder in the context holds the graph, the errors are the nodes' local errors."""
    order = datapath(program.roots)
    c = Context(Builder(), plan, inputs, moduli(program, order))
    for name in program.inputs:
        from symgate.ir.expr import var

        c.values[var(name)] = lower_input(c, var(name))
    for e in order:
        if e not in c.values:
            c.values[e] = rule_of(e)(c, e)
    return c, c.errors


def rule_of(e: Expr) -> Rule:
    """The rule that lowers ``e``; raise `InputError` where there is none."""
    constant = is_constant(e, {})
    kind = CONST if constant else "add" if e.op == "mul" and split_product(e, {})[0].op != CONST else e.op
    if e.op == "mul" and not constant and split_product(e, {})[1].op != "mul":
        kind = "add"  # a constant times one value
    if kind not in RULES:
        raise unsupported(e)
    return RULES[kind]


def datapath(roots: list[Expr]) -> list[Expr]:
    """The nodes that become values: operands of a sum's products with constants count, the products do not."""
    from symgate.passes.terms import split_sum

    done: dict[Expr, None] = {}
    stack = [(r, False) for r in reversed(roots)]
    while stack:
        e, ready = stack.pop()
        if e in done:
            continue
        if ready or not e.args or is_constant(e, {}):
            done[e] = None
            continue
        operands = list(split_sum(e, {})[1]) if e.op in ("add", "mul") else list(e.args)
        operands = list(e.args) if operands == [e] else operands
        stack.append((e, True))
        stack.extend((a, False) for a in reversed(operands) if a not in done)
    return list(done)


def moduli(program: Program, order: list[Expr]) -> dict[Expr, Fraction]:
    """The sums and products that only periodic functions read, and modulo what."""
    uses: dict[Expr, list[Expr]] = {}
    for e in order:
        for a in e.args if e.op != "add" else (split_product(a, {})[1] for a in e.args):
            uses.setdefault(a, []).append(e)
    out: dict[Expr, Fraction] = {}
    outputs = set(program.roots)
    for e in reversed(order):
        readers = uses.get(e, [])
        if e in outputs or not readers or e.op not in ("add", "mul"):
            continue
        periods = [r.value.period if r.op == "fn" else None for r in readers]
        if all(p is not None for p in periods):
            out[e] = max(p for p in periods if p is not None)
    return out


def ports(program: Program) -> list[str]:
    """The outputs' names in port order."""
    return [n for n, _ in program.outputs]


__all__ = ["RULES", "datapath", "lower", "moduli", "postorder"]
