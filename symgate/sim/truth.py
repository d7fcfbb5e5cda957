"""What the firmware is meant to compute: the user's expressions, with the clamps that ``domain =
"clamp"`` adds.

Conditions are written without fractions: ``0.1*x < 0.3`` is false at x = 3, but in float64, and no
ball decides it.
"""

from __future__ import annotations

import math

from symgate.ir.design import Design
from symgate.ir.expr import CONST, VAR, Expr, const, make, postorder, rebuild, with_args
from symgate.sim.held import held

_COMPARISONS = ("lt", "le", "gt", "ge", "eq", "ne")
_LARGEST = 1 << 64  # of a common denominator
Whole = tuple[Expr, int]  # an expression in whole constants, and what it was multiplied by


def expressions(design: Design) -> dict[str, Expr]:
    """Return the expression of each output, in port order."""
    names = [name for name, _ in design.outputs]
    roots = [e for _, e in design.outputs]
    if design.domain == "clamp":
        roots = held(design.inputs, roots)
    return dict(zip(names, rebuild(roots, _cleared), strict=True))


def cleared(e: Expr) -> Expr:
    """``e`` with conditions written without fractions, as those of `expressions` are."""
    return rebuild([e], _cleared)[0]


def _cleared(e: Expr, args: tuple[Expr, ...]) -> Expr:
    """A comparison of polynomials without fractions."""
    if e.op in _COMPARISONS:
        sides = [whole(operand) for operand in args]
        known = [side for side in sides if side is not None]
        if len(known) == 2 and (common := math.lcm(*(d for _, d in known))) <= _LARGEST:
            args = tuple(_times(common // d, x) for x, d in known)
    return with_args(e, args)


def _times(factor: int, e: Expr) -> Expr:
    if factor == 1:
        return e
    if e.op == CONST:
        return const(factor * e.value)
    return make("mul", const(factor), e)


def whole(root: Expr) -> Whole | None:
    """Return a polynomial times its common denominator, and that; None for anything else."""
    known: dict[Expr, Whole] = {}
    for e in postorder([root]):
        found = (
            _step(e, [known[operand] for operand in e.args])
            if all(operand in known for operand in e.args)
            else None
        )
        if found is None or found[1] > _LARGEST:
            return None
        known[e] = found
    return known[root]


def _step(e: Expr, args: list[Whole]) -> Whole | None:
    if e.op in (CONST, VAR):
        return (e, 1) if e.op == VAR else (const(e.value.numerator), e.value.denominator)
    if e.op in ("add", "min", "max"):
        common = math.lcm(*(d for _, d in args))
        return make(e.op, *(_times(common // d, x) for x, d in args)), common
    if e.op == "mul":
        return make("mul", *(x for x, _ in args)), math.prod(d for _, d in args)
    if e.op in ("abs", "neg", "square"):
        return make(e.op, args[0][0]), args[0][1] ** (2 if e.op == "square" else 1)
    if (
        e.op == "pow"
        and e.args[1].op == CONST
        and e.args[1].value.denominator == 1
        and 0 <= e.args[1].value <= 8
    ):
        return make("pow", args[0][0], e.args[1]), args[0][1] ** int(e.args[1].value)
    return None
