"""``domain = "clamp"``: operands that could leave an operator's domain are held at its edge."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from fractions import Fraction

from symgate.ir.expr import Expr, Program, const, make, with_args
from symgate.ir.operators import ABOVE_MINUS_ONE, ABOVE_ONE, NON_NEGATIVE, OPEN_UNIT, POSITIVE, UNIT, Domain
from symgate.passes.domain import CheckDomains, needs

#: How far from an open edge a clamped operand stays.
EDGE = Fraction(1, 1 << 10)
_LIMITS: dict[Domain, tuple[Fraction | None, Fraction | None]] = {
    POSITIVE: (EDGE, None),
    NON_NEGATIVE: (Fraction(0), None),
    UNIT: (Fraction(-1), Fraction(1)),
    OPEN_UNIT: (EDGE - 1, 1 - EDGE),
    ABOVE_ONE: (Fraction(1), None),
    ABOVE_MINUS_ONE: (EDGE - 1, None),
}


@dataclass(frozen=True)
class Clamp:
    """Hold operands inside their operator's domain where they could leave it; division by zero stays an error."""

    ranges: Mapping[str, tuple[float, float]]

    def __call__(self, program: Program) -> Program:
        """The program with ``max`` and ``min`` around such operands."""
        check = CheckDomains(self.ranges)
        return program.map(lambda e, args: self._held(check, with_args(e, args)))

    def _held(self, check: CheckDomains, e: Expr) -> Expr:
        for operand, domain in needs(e):
            if domain in _LIMITS and not check.proves(operand, domain):
                low, high = _LIMITS[domain]
                held = operand if low is None else make("max", operand, const(low))
                held = held if high is None else make("min", held, const(high))
                e = with_args(e, tuple(held if a is operand else a for a in e.args))
        return e
