"""Quotients of which both sides are 0 at one place get their limit there, those by a tangent the one
at its poles, and logarithms times what they are of.

``sin(x)/x`` is undefined at 0 and tends to 1, ``x*log(x)`` to 0. Where a code of an input lies there, the design has
``where(x == 0, 1, sin(x)/x)``, and the user is told.
"""

from __future__ import annotations

import warnings
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

from symgate.errors import InputError
from symgate.frontend.check import DesignWarning
from symgate.frontend.sincs import with_sincs
from symgate.ir.boxes import Box
from symgate.ir.constants import rational
from symgate.ir.design import Input
from symgate.ir.evaluate import boxes, constant_value, derivative, meaning
from symgate.ir.expr import (
    CONST,
    VAR,
    Expr,
    Program,
    combined,
    const,
    make,
    postorder,
    rebuild,
    substitute,
    var,
    variables,
    with_args,
)
from symgate.ir.exprtext import brief
from symgate.passes.domains.check import CheckDomains
from symgate.passes.domains.guard import Guard
from symgate.passes.domains.guarded_codes import possible_zeros
from symgate.passes.rewrite.simplify import Simplify

_LOGARITHMS = ("log", "log2", "log10")
#: The name of a common operand of both sides, which no input can have.
_OPERAND = "operand of a quotient"


@dataclass(frozen=True)
class LimitSettings:
    """How far limits are looked for."""

    #: Derivatives of both sides until one is not 0: (x - sin x)/x^3 needs three.
    orders: int = 6
    #: Codes of an input that are looked at, where a side may be 0.
    codes: int = 1 << 10
    #: Nodes of a derivative beyond which it is given up.
    nodes: int = 2000


LIMITS = LimitSettings()


def with_limits(outputs: Mapping[str, Expr], inputs: Sequence[Input]) -> dict[str, Expr]:
    """``outputs`` with limits where a quotient, or ``x*log(x)``, has one alone at codes of ``inputs``;
    a warning names each.

    What is defined anyway stays as it is, and so does what has no finite limit.
    """
    return {name: _with_limits(e, tuple(inputs)) for name, e in outputs.items()}


def _with_limits(e: Expr, inputs: tuple[Input, ...]) -> Expr:
    smooth, angles = with_sincs(e, lambda angle: _may_be_zero(angle, inputs))
    if angles:
        if not is_defined(e, inputs):
            for angle in angles:
                warnings.warn(_told_of_sinc(angle), DesignWarning, stacklevel=4)
        e = smooth
    if is_defined(e, inputs):
        return e
    e = _without_poles_of_tan(e, inputs)
    found: dict[Expr, str] = {}

    def step(node: Expr, args: tuple[Expr, ...]) -> Expr:
        new = with_args(node, args)
        limit = _limit_of(node, inputs)
        if limit is None:
            return new
        found[node] = f"'{brief(node, 60)}' has its limit {brief(limit.value, 40)} {limit.place}"
        return make("where", limit.condition, limit.value, new)

    (changed,) = rebuild([e], step)
    if not found or not is_defined(changed, inputs):
        return e
    for told in found.values():
        warnings.warn(told, DesignWarning, stacklevel=4)
    return changed


def _told_of_sinc(angle: Expr) -> str:
    shown = brief(angle, 40)
    quotient = make("div", make("sin", angle), angle)
    names = variables([angle])
    place = f"where '{shown}' is 0"
    if len(names) == 1 and angle.op in (VAR, "mul", "div"):
        place = f"at {names[0]} = 0"
    return f"'{brief(quotient, 60)}' has its limit 1 {place}"


def _without_poles_of_tan(e: Expr, inputs: tuple[Input, ...]) -> Expr:
    """``e`` with ``1/tan(t)`` as ``cos(t)/sin(t)``, which is 0 where a tangent has its pole, if that
    makes it defined.
    """

    def step(node: Expr, args: tuple[Expr, ...]) -> Expr:
        new = with_args(node, args)
        sides = (const(1), new.args[0]) if new.op == "inv" else _sides(new)
        if sides is None or sides[1].op != "tan":
            return new
        above, (angle,) = sides[0], sides[1].args
        return make("div", make("mul", above, make("cos", angle)), make("sin", angle))

    (changed,) = rebuild([e], step)
    return changed if is_defined(changed, inputs) else e


def is_defined(e: Expr, inputs: tuple[Input, ...]) -> bool:
    """Whether ``e`` is proved to stay inside all domains on the ranges of ``inputs``."""
    names = tuple(port.name for port in inputs)
    program = Guard(inputs)(Program(names, (("y", e),)))
    try:
        CheckDomains({port.name: port.span for port in inputs})(program)
    except InputError:
        return False
    return True


@dataclass(frozen=True, eq=False)
class Limit:
    """What an expression tends to where ``condition`` holds."""

    condition: Expr
    value: Expr
    place: str


def _limit_of(e: Expr, inputs: tuple[Input, ...]) -> Limit | None:
    return _of_quotient(e, inputs) or _of_logarithm(e, inputs)


def _of_logarithm(e: Expr, inputs: tuple[Input, ...]) -> Limit | None:
    """``x**n * log(x)`` is 0 at 0, for n > 0."""
    factors = _factors(e)
    bases = {_root_of(factor) for factor in factors}
    for factor in factors:
        if factor.op not in _LOGARITHMS:
            continue
        (operand,) = factor.args
        needed = {_root_of(a) for a in _factors(operand) if a.op != CONST}
        if needed and needed <= bases and _may_be_zero(operand, inputs):
            place = f"where '{brief(operand, 40)}' is 0" if operand.args else f"at {operand.value} = 0"
            return Limit(make("eq", operand, const(0)), const(0), place)
    return None


def _factors(e: Expr) -> list[Expr]:
    return [f for operand in e.args for f in _factors(operand)] if e.op in ("mul", "neg") else [e]


def _root_of(factor: Expr) -> Expr:
    """What ``factor`` is a power of, with an exponent above 0."""
    if factor.op in ("sqrt", "cbrt", "square", "cube"):
        return factor.args[0]
    if factor.op == "pow" and factor.args[1].op == CONST and factor.args[1].value > 0:
        return factor.args[0]
    return factor


def _of_quotient(e: Expr, inputs: tuple[Input, ...]) -> Limit | None:
    sides = _sides(e)
    if sides is None or not _may_be_zero(sides[1], inputs):
        return None
    above, below = sides
    names = variables([below])
    if len(names) == 1 and set(variables([above])) <= set(names):
        return _at_a_code(above, below, next(i for i in inputs if i.name == names[0]))
    operand = below.args[0] if len(below.args) == 1 else below
    (inner,) = substitute([above], {operand: var(_OPERAND)})
    (lower,) = substitute([below], {operand: var(_OPERAND)})
    if set(variables([inner, lower])) != {_OPERAND}:
        return None
    value = limit(inner, lower, _OPERAND, Fraction(0))
    condition = make("eq", operand, const(0))
    return None if value is None else Limit(condition, value, f"where '{brief(operand, 40)}' is 0")


def _at_a_code(above: Expr, below: Expr, port: Input) -> Limit | None:
    """The limit at the one code of ``port`` where ``below`` is 0."""
    codes = possible_zeros(below, port, LIMITS.codes)
    points = (Fraction(code) / Fraction(2) ** port.type.frac for code in codes)
    zeros = [x for x in points if _is_zero(below, port.name, x)]
    if len(zeros) != 1:
        return None
    value = limit(above, below, port.name, zeros[0])
    if value is None:
        return None
    condition = make("eq", var(port.name), const(zeros[0]))
    return Limit(condition, value, f"at {port.name} = {zeros[0]}")


def limit(above: Expr, below: Expr, name: str, at: Fraction) -> Expr | None:
    """The limit of ``above/below`` where variable ``name`` tends to ``at`` and both are 0; None
    where they are not, where it is not finite, or where it takes too many derivatives.

    By l'Hopital's rule: the first derivatives of equal order that are not both 0.
    """
    for _ in range(LIMITS.orders):
        if len(postorder([above, below])) > LIMITS.nodes:
            return None
        over, under = _value(above, name, at), _value(below, name, at)
        if over is None or under is None:
            return None
        if not under.contains(0):
            return _quotient(above, below, name, at)
        if not (over.is_zero() and under.is_zero()):
            return None
        slopes = _slopes((above, below), name)
        if slopes is None:
            return None
        above, below = slopes
    return None


def _slopes(sides: tuple[Expr, Expr], name: str) -> tuple[Expr, Expr] | None:
    """The derivatives of both sides; None where one jumps, as at the kink of ``abs``."""
    try:
        slopes = [derivative(side, name) for side in sides]
    except TypeError:
        return None
    program = Program((name,), tuple(zip(("above", "below"), slopes, strict=True)))
    above, below = Simplify()(program).roots
    inner = [e for e in postorder([above, below]) if e.args]
    return None if any(meaning(e).derivative is None for e in inner) else (above, below)


def _quotient(above: Expr, below: Expr, name: str, at: Fraction) -> Expr:
    value = make("div", *substitute([above, below], {var(name): const(at)}))
    return const(rational(value)) if constant_value(value).is_exact() else value


def _value(e: Expr, name: str, at: Fraction) -> Any:
    """A ball around ``e`` at a point; None where it has no finite value."""
    (closed,) = substitute([e], {var(name): const(at)})
    ball = constant_value(closed)
    return ball if ball.is_finite() else None


def _is_zero(e: Expr, name: str, at: Fraction) -> bool:
    value = _value(e, name, at)
    return value is not None and bool(value.is_zero())


def _may_be_zero(e: Expr, inputs: tuple[Input, ...]) -> bool:
    names = set(variables([e]))
    if not names:
        return False
    spans = {port.name: Box.exact(*port.span) for port in inputs if port.name in names}
    low, high = boxes([e], spans)[e].span
    return not (low > 0 or high < 0)


def _sides(e: Expr) -> tuple[Expr, Expr] | None:
    """What is divided, and what it is divided by; None where ``e`` is no quotient."""
    if e.op == "div":
        return e.args[0], e.args[1]
    if e.op != "mul":
        return None
    divisors = [(a, d) for a in e.args if (d := _divisor(a)) is not None]
    if len(divisors) != 1:
        return None
    ((factor, divisor),) = divisors
    others = [a for a in e.args if a is not factor]
    return combined("mul", others), divisor


def _divisor(factor: Expr) -> Expr | None:
    if factor.op == "inv":
        return factor.args[0]
    if factor.op != "pow" or factor.args[1].op != CONST:
        return None
    n = factor.args[1].value
    if n >= 0 or n.denominator != 1:
        return None
    return factor.args[0] if n == -1 else make("pow", factor.args[0], const(-n))
