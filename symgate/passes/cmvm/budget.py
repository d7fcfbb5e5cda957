"""How far each output may be off, and coefficients that need fewer digits within it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction

from symgate.ir.domains import Interval
from symgate.passes.cmvm.graph import Vector, span
from symgate.passes.lowering.constants import signed_digits


@dataclass(frozen=True)
class Budget:
    """Per output the largest error in ulps, and the exponent of its ulp; 0 is exact.

    ``centred``: the caller takes the graph's ``offsets`` off the outputs (into a table, say), so
    that only what is left counts.
    """

    ulps: tuple[Fraction, ...]
    lsb: tuple[int, ...]
    centred: bool = False

    @classmethod
    def of(cls, ulps: Fraction | int, outputs: int, lsb: int = 0, centred: bool = False) -> Budget:
        """The same budget for each output."""
        return cls((Fraction(ulps),) * outputs, (lsb,) * outputs, centred)

    @property
    def limits(self) -> tuple[Fraction, ...]:
        """Per output the largest error as a multiple of one."""
        return tuple(
            ulp * Fraction(2) ** exponent for ulp, exponent in zip(self.ulps, self.lsb, strict=True)
        )

    def spent(self, error: Interval) -> Fraction:
        """What ``error`` takes of a budget, as a multiple of one."""
        if self.centred:
            return Fraction(error.hi - error.lo, 2)
        return Fraction(max(-error.lo, error.hi, 0))

    def holds(self, errors: Sequence[Interval]) -> bool:
        """Whether every output is within its budget."""
        return all(
            self.spent(error) <= limit for error, limit in zip(errors, self.limits, strict=True)
        )


def cheaper(
    rows: Sequence[Vector], inputs: Sequence[Interval], budget: Budget, share: Fraction
) -> list[Vector]:
    """``rows`` without the digits that matter least, within ``share`` of the budget."""
    pairs = zip(rows, budget.limits, strict=True)
    return [_fewer_digits(row, inputs, budget, share * limit) for row, limit in pairs]


def _fewer_digits(
    row: Vector, inputs: Sequence[Interval], budget: Budget, limit: Fraction
) -> Vector:
    """Each digit is one adder at most, so the cheapest errors go first."""
    digits = []
    for i, (coefficient, x) in enumerate(zip(row, inputs, strict=True)):
        reach = budget.spent(x)
        for position, sign in signed_digits(coefficient):
            digits.append((reach * (1 << position), i, sign << position))
    kept = list(row)
    for cost, i, value in sorted(digits):
        if cost > 2 * limit:
            break
        kept[i] -= value
        change = [new - old for new, old in zip(kept, row, strict=True)]
        if budget.spent(span(change, inputs)) > limit:
            kept[i] += value
    return tuple(kept)
