"""What a port shows of a value in its format, as an expression of that value."""

from __future__ import annotations

from fractions import Fraction

from symgate.ir.algebra import product, total
from symgate.ir.exactly import value_at
from symgate.ir.expr import CONST, VAR, Expr, const, make, postorder
from symgate.ir.operators import OPERATORS
from symgate.ir.port_format import PortFormat
from symgate.ir.types import Overflow, Rounding

HALF = Fraction(1, 2)
_LARGEST_POWER = 8
_POLYNOMIAL = frozenset({"add", "mul", "neg", "abs", "square", "cube", "min", "max"})


def saturated(e: Expr, stated: PortFormat) -> Expr:
    """``e`` with the ends of the format in place of what is beyond them."""
    return make("min", make("max", e, const(stated.lowest)), const(stated.highest))


def quantised(e: Expr, stated: PortFormat) -> Expr:
    """The code of ``e``, as ``ap_fixed`` rounds and overflows: all modes but SAT and SAT_SYM, which
    `saturated` is enough for.
    """
    rounded = _rounded(e, stated)
    if stated.overflow is Overflow.SAT_ZERO:
        beyond = make(
            "or",
            make("lt", rounded, const(stated.lowest)),
            make("gt", rounded, const(stated.highest)),
        )
        return make("where", beyond, const(0), rounded)
    span = stated.highest - stated.lowest + stated.type.ulp
    raised = total([rounded, const(-stated.lowest)])
    return total([make("mod", raised, const(span)), const(stated.lowest)])


def _rounded(e: Expr, stated: PortFormat) -> Expr:
    """``e`` rounded to the codes of ``stated``, written with floor, ceil and round."""
    ulp = stated.type.ulp
    scaled = product([e, const(1 / ulp)])
    low, high = make("floor", scaled), make("ceil", scaled)
    up = make("floor", total([scaled, const(HALF)]))
    down = make("ceil", total([scaled, const(-HALF)]))
    negative = make("lt", e, const(0))
    found = {
        Rounding.TRN: low,
        Rounding.TRN_ZERO: make("where", negative, high, low),
        Rounding.RND: up,
        Rounding.RND_ZERO: make("where", negative, up, down),
        Rounding.RND_INF: make("where", negative, down, up),
        Rounding.RND_MIN_INF: down,
        Rounding.RND_CONV: make("round", scaled),
    }[stated.rounding]
    return product([found, const(ulp)])


def chosen_constants(e: Expr, stated: PortFormat) -> Expr | None:
    """What a port shows of a choice between constants, as such a choice; None where ``e`` is
    none.
    """
    if e.op == CONST:
        return const(_of_number(e, stated))
    if e.op == "where":
        condition, *chosen = e.args
    elif e.op in OPERATORS and OPERATORS[e.op].boolean and e.args:
        condition, chosen = e, [const(1), const(0)]
    else:
        return None
    found = [chosen_constants(branch, stated) for branch in chosen]
    branches = [branch for branch in found if branch is not None]
    return make("where", condition, *branches) if len(branches) == len(chosen) else None


def _of_number(e: Expr, stated: PortFormat) -> Fraction:
    """What a port shows of a constant, where values beyond its ends are asked for."""
    found = value_at((saturated if stated.saturates else quantised)(e, stated), {})
    assert isinstance(found, Fraction)  # jumps of rational numbers are rational
    return found


def is_dyadic_polynomial(e: Expr) -> bool:
    """Whether fixed-point arithmetic can have the value of ``e`` exactly, for inputs of any
    format.
    """
    return all(map(_is_exact, postorder([e])))


def _is_exact(e: Expr) -> bool:
    if e.op == VAR:
        return True
    if e.op == CONST:
        denominator: int = e.value.denominator
        return denominator & (denominator - 1) == 0
    if e.op == "pow":
        power = e.args[1]
        whole = power.op == CONST and power.value.denominator == 1
        return whole and 0 <= power.value <= _LARGEST_POWER
    return e.op in _POLYNOMIAL
