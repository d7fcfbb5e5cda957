"""About how many LUTs formulas take, in microseconds: to choose what is compiled, never to be shown.

Prices are those of operators of 12 bits to within 2^-8, as `symgate` compiles them alone; widths
scale them. Equal parts are counted once, a product by a constant by its digits, and what reads one
input alone is a table at most.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction

from symgate.ir.expr import CONST, VAR, Expr, postorder

#: LUTs of an operator at 12 bits.
_LUTS = {
    "add": 8.0,
    "mul": 35.0,
    "div": 83.0,
    "square": 25.0,
    "sqrt": 159.0,
    "exp": 27.0,
    "log": 23.0,
    "sin": 28.0,
    "cos": 28.0,
    "tanh": 23.0,
    "gauss": 27.0,
    "relu": 4.0,
    "abs": 4.0,
    "inv": 33.0,
    "max": 14.0,
    "min": 14.0,
}
_OTHER = 30.0
_BITS = 12
#: The table of one input of 12 bits.
_TABLE = 60.0
#: Digits of a constant that a product takes an adder for, at most.
_MOST_DIGITS, _DIGIT_BITS = 4, 8


@dataclass(frozen=True)
class Prices:
    """Of formulas on ports of ``bits``."""

    bits: int = _BITS

    def of(self, formulas: Sequence[Expr]) -> float:
        """About the LUTs of the formulas together."""
        order = postorder(formulas)
        read: dict[Expr, frozenset[str]] = {}
        below: dict[Expr, float] = {}
        counted: dict[Expr, float] = {}
        for e in order:
            read[e] = frozenset({e.value}) if e.op == VAR else frozenset().union(
                *(read[operand] for operand in e.args)
            )  # fmt: skip
            below[e] = self._own(e) + sum(below[operand] for operand in e.args)
            counted[e] = self._own(e)
        return sum(self._once(formulas, counted, below, read))

    def _once(
        self,
        roots: Sequence[Expr],
        own: dict[Expr, float],
        below: dict[Expr, float],
        read: dict[Expr, frozenset[str]],
    ) -> list[float]:
        """The price of every node, once; below a table nothing is counted."""
        found, stack, seen = list[float](), list(roots), set[Expr]()
        while stack:
            e = stack.pop()
            if e in seen or not e.args:
                continue
            seen.add(e)
            if len(read[e]) == 1 and below[e] > self.table:
                found.append(self.table)
                continue
            found.append(own[e])
            stack.extend(e.args)
        return found

    @property
    def table(self) -> float:
        """A function of one input."""
        return min(_TABLE, (self.bits + 1.0) * max(1.0, 2.0 ** min(self.bits - 6, 3)))

    def _own(self, e: Expr) -> float:
        scale = self.bits / _BITS
        if not e.args:
            return 0.0
        if e.op == "mul":
            return self._of_product(e) * scale
        if e.op == "add":
            return (len(e.args) - 1) * _LUTS["add"] * scale
        if e.op == "pow" and e.args[1].op == CONST:
            return _of_power(e.args[1].value) * scale
        if e.op == "div" and e.args[0].op == CONST:
            return _LUTS["inv"] * scale
        return _LUTS.get(e.op, _OTHER) * scale

    def _of_product(self, e: Expr) -> float:
        constants = [factor.value for factor in e.args if factor.op == CONST]
        moving = len(e.args) - len(constants)
        products = max(moving - 1, 0) * _LUTS["mul"] * self.bits / _BITS
        return products + sum(_LUTS["add"] * (digits(c) - 1) for c in constants)


def _of_power(exponent: Fraction) -> float:
    """A power by squaring; a root where the exponent is a half."""
    whole = abs(exponent)
    price = _LUTS["inv"] if exponent < 0 else 0.0
    if whole.denominator == 2:
        price += _LUTS["sqrt"]
    return price + _LUTS["square"] * max(math.log2(max(float(whole), 1.0)), 0.0)


def digits(value: Fraction) -> int:
    """The signed binary digits of a constant cut to 8 bits: 1 to 4."""
    size = abs(float(value))
    if size == 0:
        return 1
    whole = round(size * 2.0 ** (_DIGIT_BITS - 1 - math.floor(math.log2(size))))
    count = (whole ^ (3 * whole)).bit_count()
    return min(max(count, 1), _MOST_DIGITS)
