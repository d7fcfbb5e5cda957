"""``sin(x)/x`` as the operator ``sinc`` where ``x`` may be 0, with or without a condition around it.

The quotient is not defined there, and its parts know nothing of each other near 0; the operator is
smooth, and has its own range and slope.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from fractions import Fraction

from symgate.ir.evaluate import constant_value
from symgate.ir.expr import (
    CONST,
    VAR,
    Expr,
    combined,
    const,
    make,
    postorder,
    rebuild,
    substitute,
    with_args,
)

Test = Callable[[Expr], bool]


@dataclass(frozen=True)
class _Quotient:
    """A product of quotients as its factors: what is multiplied, and what it is divided by."""

    above: Counter[Expr] = field(default_factory=Counter)
    below: Counter[Expr] = field(default_factory=Counter)

    @staticmethod
    def of(e: Expr) -> _Quotient:
        if e.op == "mul":
            found = _Quotient()
            for factor in e.args:
                found = found.times(_Quotient.of(factor))
            return found
        if e.op == "div":
            return _Quotient.of(e.args[0]).times(_Quotient.of(e.args[1]).inverse())
        if e.op == "inv":
            return _Quotient.of(e.args[0]).inverse()
        return _Quotient(Counter([e]))

    def inverse(self) -> _Quotient:
        return _Quotient(self.below, self.above)

    def times(self, other: _Quotient) -> _Quotient:
        return _Quotient(self.above + other.above, self.below + other.below)

    def part(self, closed: bool) -> _Quotient:
        """The factors that are numbers, or those that are not."""
        sides = [{e: n for e, n in side.items() if e.closed is closed} for side in self.sides]
        return _Quotient(Counter(sides[0]), Counter(sides[1]))

    @property
    def sides(self) -> tuple[Counter[Expr], Counter[Expr]]:
        return self.above, self.below

    def over(self, other: _Quotient) -> _Quotient | None:
        """What is left without the factors of ``other``, where it has all of them."""
        if other.above - self.above or other.below - self.below:
            return None
        return _Quotient(self.above - other.above, self.below - other.below)

    def expression(self) -> Expr:
        """All of it, with one rational number."""
        number, sides = Fraction(1), []
        for side, sign, other in ((self.above, 1, self.below), (self.below, -1, self.above)):
            factors = list(side.elements())
            rational = [f.value for f in factors if f.op == CONST and f.value]
            for value in rational:
                number *= value**sign
            left = [f for f in (side - other).elements() if f.op != CONST or not f.value]
            sides.append(left)
        over = [const(number), *sides[0]] if number != 1 or not sides[0] else sides[0]
        product = combined("mul", over)
        return make("div", product, combined("mul", sides[1])) if sides[1] else product


def with_sincs(e: Expr, may_be_zero: Test) -> tuple[Expr, list[Expr]]:
    """``e`` with ``sinc`` for quotients of a sine by its angle, or a multiple of it, which
    ``may_be_zero``; and these angles.
    """
    angles: list[Expr] = []

    def step(node: Expr, args: tuple[Expr, ...]) -> Expr:
        new = with_args(node, args)
        if new.op == "where":
            return _without_condition(new)
        if new.op not in ("div", "mul"):
            return new
        smooth, found = _with_sincs(new, may_be_zero)
        angles.extend(found)
        return smooth

    (changed,) = rebuild([e], step)
    return changed, list(dict.fromkeys(angles))


def _with_sincs(e: Expr, may_be_zero: Test) -> tuple[Expr, list[Expr]]:
    """A product or quotient with as many of its sines as it divides by their angles."""
    rest, angles = _Quotient.of(e), []
    for sine in list(rest.above.elements()):
        if sine.op != "sin" or not may_be_zero(sine.args[0]):
            continue
        angle = _Quotient.of(sine.args[0])
        moving = angle.part(closed=False)
        taken = _Quotient(Counter([sine]) + moving.below, moving.above)
        left = rest.over(taken)
        if left is None:
            continue
        factor = _Quotient(Counter([make("sinc", sine.args[0])]))
        rest = left.times(factor).times(angle.part(closed=True))
        angles.append(sine.args[0])
    return (rest.expression() if angles else e), angles


def _without_condition(e: Expr) -> Expr:
    """``where(x == 0, v, f)`` is ``f`` where that holds a ``sinc`` and is ``v`` at 0; the same with
    ``x != 0``.
    """
    condition, value, other = e.args
    if condition.op == "ne":
        value, other = other, value
    if condition.op not in ("eq", "ne") or not value.closed:
        return e
    if not any(each.op == "sinc" for each in postorder([other])):
        return e
    zero, operands = const(0), condition.args
    name = operands[1] if operands[0] is zero else operands[0]
    if zero not in operands or name.op != VAR:
        return e
    (there,) = substitute([other], {name: zero})
    if not there.closed:
        return e
    difference = constant_value(make("add", there, make("mul", const(-1), value)))
    return other if difference.is_zero() else e
