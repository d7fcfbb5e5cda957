"""The first lowering that we tried for da4ml and alkaid: one set of widths for all, tables only for
sines.

It is what a user gets in an hour: no search, every product in one format. The issue of the project
quotes its counts, so it stays measurable; `lowering` is the careful one. Over the whole box its
products overflow, which the errors show.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from cones import whole

from symgate.ir.expr import CONST, VAR, Expr

CONSTANT, WORK, WORK_INTEGER, INDEX, TABLE = (
    8,
    10,
    6,
    9,
    8,
)  # fraction bits, integer bits, bits of a turn


class FirstLowering:
    """All outputs with one choice of widths; values are floats where they are constant."""

    def __init__(self, inputs: Mapping[str, Any], quantize: Any):
        self.inputs, self.quantize = inputs, quantize
        self.values: dict[Expr, Any] = {}

    def outputs(self, roots: Sequence[Expr]) -> list[Any]:
        """``roots`` as fixed<14,4>."""
        return [self.quantize(self.value(e), 1, 3, WORK) for e in roots]

    def value(self, e: Expr) -> Any:
        """The value of a node."""
        if e not in self.values:
            self.values[e] = self.make(e)
        return self.values[e]

    def make(self, e: Expr) -> Any:
        """A node by its operator."""
        if e.op == CONST:
            return rounded(float(e.value))
        if e.op == VAR:
            return self.inputs[e.value]
        if e.op in ("sin", "cos"):
            return self.wave(np.sin if e.op == "sin" else np.cos, self.value(e.args[0]))
        if e.op == "pow":
            return self.work(self.value(e.args[0]) ** whole(e))
        values = [self.value(a) for a in e.args]
        return sum(values[1:], values[0]) if e.op == "add" else self.product(values)

    def product(self, values: Sequence[Any]) -> Any:
        """Constants first, then every product cut to the working format."""
        result: Any = rounded(math.prod(v for v in values if isinstance(v, float)))
        for v in (v for v in values if not isinstance(v, float)):
            scaled = v if isinstance(result, float) and result == 1 else v * result
            result = scaled if isinstance(result, float) else self.work(scaled)
        return result

    def wave(self, function: Any, angle: Any) -> Any:
        """A table over one turn."""
        turns = self.quantize(
            angle * (round(2**10 / (2 * math.pi)) / 2**10), 1, -1, INDEX, "WRAP", "TRN"
        )
        return self.quantize(
            turns.apply(lambda u: function(2 * np.pi * u)), 1, 0, TABLE, "SAT", "RND"
        )

    def work(self, value: Any) -> Any:
        """``value`` in the working format; what does not fit wraps."""
        return self.quantize(value, 1, WORK_INTEGER, WORK, "WRAP", "TRN")


def rounded(constant: float) -> float:
    """A constant with `CONSTANT` fraction bits."""
    return round(constant * 2.0**CONSTANT) / 2.0**CONSTANT
