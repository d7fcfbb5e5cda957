"""What stands for an infinite slope in the first-order model.

A root at 0 is infinitely steep, and yet a small error of its argument costs little. The model takes
the slope with which an error that costs a part of the output's budget costs just that.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from symgate.ir.boxes import Box
from symgate.ir.expr import Expr
from symgate.ir.function import Function
from symgate.passes.bounds.propagation import modulus
from symgate.passes.widths.width_settings import DEFAULTS, NEGLIGIBLE, SlopeSettings


@dataclass
class SlopeLimits:
    """Limits that were found, by argument; they belong to the search over one program and its
    forms, whose arguments are often the same.
    """

    found: dict[Expr, float] = field(default_factory=dict)
    settings: SlopeSettings = DEFAULTS.slopes

    def for_targets(
        self, targets: Mapping[Expr, float]
    ) -> Callable[[Expr, Expr, Box, float], float]:
        """What `propagation.sensitivity` asks, for outputs with these allowed errors."""

        def limit(root: Expr, e: Expr, argument: Box, slope: float) -> float:
            lo, hi = argument.span
            if not math.isfinite(hi - lo) or not math.isfinite(slope):
                return math.inf
            if e not in self.found:
                budget = targets.get(root, self.settings.without_target) * self.settings.part
                most = budget / max(slope, NEGLIGIBLE.divisor)
                self.found[e] = most / 2.0 ** self._error_that_costs(most, e.value, argument)
            return self.found[e]

        return limit

    def steepest(self, e: Expr) -> float:
        """The largest slope that the model uses for a function."""
        return self.found.get(e, self.settings.steepest)

    def _error_that_costs(self, most: float, function: Function, argument: Box) -> int:
        """The binary exponent of the largest error of the argument that changes the function by at
        most ``most``.
        """
        lo, hi = argument.span
        high = math.ceil(math.log2(max(hi - lo, NEGLIGIBLE.noise)))
        low = min(-self.settings.octaves, high - self.settings.octaves // 2)
        while low < high:
            middle = (low + high + 1) // 2
            if modulus(function, argument, 2.0**middle) <= most:
                low = middle
            else:
                high = middle - 1
        return low
