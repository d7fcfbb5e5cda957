"""What lowering one program shares between its rules: the builder, the plan, values and local
errors.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Set
from dataclasses import dataclass, field
from fractions import Fraction

from symgate.ir.boxes import Box
from symgate.ir.design import Input
from symgate.ir.expr import Expr
from symgate.ir.fixed import Builder
from symgate.ir.types import FixedType
from symgate.passes.lowering.plan import Plan, Value


@dataclass
class Context:
    """The state of one lowering.

    ``modulus[e]`` is set where only the value of ``e`` modulo that number matters; ``absorbed``
    products are added row by row to the one sum that reads them. Only functions read ``addresses``,
    so these may have any offset.
    """

    builder: Builder
    plan: Plan
    inputs: Mapping[str, Input]
    modulus: Mapping[Expr, Fraction]
    absorbed: frozenset[Expr] = frozenset()
    addresses: frozenset[Expr] = frozenset()
    draft: bool = False  # tables instead of function generators: the same errors, sooner
    of_digits: Set[Expr] = frozenset()  # the values of which digits are found
    reach: dict[Expr, Box] = field(
        default_factory=dict
    )  # the real values that a lowered value can stand for
    values: dict[Expr, Value] = field(default_factory=dict)
    errors: dict[Expr, Box] = field(default_factory=dict)
    # functions not proved finite everywhere, and a value of their argument where one is not
    open: dict[Expr, Fraction] = field(default_factory=dict)
    luts: dict[Expr, float] = field(default_factory=dict)  # of function generators

    def type(self, v: Value) -> FixedType:
        """The format of a lowered value."""
        return self.builder.nodes[v.node].type

    def reals(self, v: Value) -> tuple[Fraction, Fraction]:
        """The real values that a lowered value can stand for."""
        n = self.builder.nodes[v.node]
        unit = Fraction(2) ** -n.frac
        return n.range.lo * unit + v.offset, n.range.hi * unit + v.offset

    def modulus_bits(self, e: Expr) -> int | None:
        """log2 of what the value of ``e`` is taken modulo; None where all of it matters."""
        m = self.modulus.get(e)
        return None if m is None else m.numerator.bit_length() - m.denominator.bit_length()

    def error(self, e: Expr, lo: Fraction | float, hi: Fraction | float) -> None:
        """Record the local error of ``e``, rounded outward."""
        if lo == hi == 0:
            return
        self.errors[e] = Box.exact(
            math.nextafter(float(lo), -math.inf), math.nextafter(float(hi), math.inf)
        )

    def const(self, value: Fraction, frac: int) -> tuple[int, Fraction]:
        """The constant nearest to ``value`` at ``frac`` bits, and what it lacks."""
        raw = round(value * Fraction(2) ** frac)
        return self.builder.const(raw, frac), value - raw * Fraction(2) ** -frac


Rule = Callable[[Context, Expr], Value]
