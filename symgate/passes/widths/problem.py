"""The word-length problem as the searches see it: knobs with limits, bounds from slopes, costs.

The bound of output o is ``max over sub-boxes of sum_v |D_ov| e_v`` with the derivative enclosures D
of `bounds.propagation` and the local errors e of `local_errors`, so the move of one knob changes a
few rows of a matrix.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]
#: (node, widths of all knobs) -> its local error, or its LUT6
OfNode = Callable[[int, Sequence[int]], float]


@dataclass(frozen=True)
class Knobs:
    """What can be chosen, knob by knob: limits in fraction bits, and the nodes that it changes."""

    low: Sequence[int]
    high: Sequence[int]
    node: Sequence[int]  # whose error and cost it changes first
    also: Sequence[Sequence[int]]  # further nodes whose error or cost depends on it

    def __len__(self) -> int:
        return len(self.low)

    def clipped(self, bits: int) -> list[int]:
        """The same number of bits for all knobs, each within its limits."""
        return [min(max(bits, lo), hi) for lo, hi in zip(self.low, self.high, strict=True)]

    def allow(self, knob: int, bits: int) -> bool:
        """Whether ``bits`` are within the limits of a knob."""
        return self.low[knob] <= bits <= self.high[knob]

    def nodes_of(self, knob: int) -> tuple[int, ...]:
        """All nodes whose error or cost a knob changes."""
        return (self.node[knob], *self.also[knob])


@dataclass
class Effort:
    """How many bounds were evaluated for one problem, by all searches over it together."""

    spent: int = 0


@dataclass(frozen=True, eq=False)
class Problem:
    """Errors within budgets at least cost.

    ``slopes[o]`` has a row per node and a column per sub-box.
    """

    slopes: Sequence[Array]
    budgets: Array  # the largest error of each output
    knobs: Knobs
    error: OfNode
    cost: OfNode
    scaled: Array  # all `slopes` side by side, each over the budget of its output
    starts: NDArray[np.intp]  # where the columns of each output start in `scaled`
    steepest: Array  # for each node, the sum over the outputs of its largest slope over budget
    effort: Effort

    @classmethod
    def of(
        cls, slopes: Sequence[Array], budgets: Array, knobs: Knobs, error: OfNode, cost: OfNode
    ) -> Problem:
        """The problem for these budgets, with nothing evaluated yet."""
        scaled = np.hstack([s / budget for s, budget in zip(slopes, budgets, strict=True)])
        starts = np.cumsum([0, *(slope.shape[1] for slope in slopes[:-1])])
        steepest = np.asarray(np.maximum.reduceat(scaled, starts, axis=1).sum(1))
        return cls(slopes, budgets, knobs, error, cost, scaled, starts, steepest, Effort())

    @property
    def nodes(self) -> range:
        """The numbers of all nodes."""
        return range(self.slopes[0].shape[0])

    def errors(self, widths: Sequence[int]) -> Array:
        """Local errors of all nodes."""
        return np.array([self.error(v, widths) for v in self.nodes])

    def total(self, widths: Sequence[int]) -> float:
        """LUT6 of all nodes."""
        return float(sum(self.cost(v, widths) for v in self.nodes))

    def predicted(self, errors: Array) -> Array:
        """The first-order bound of each output."""
        return np.array([float(np.max(errors @ slope)) for slope in self.slopes])

    def excess(self, errors: Array) -> float:
        """The worst ratio of bound to budget."""
        self.effort.spent += 1
        return float(np.max(errors @ self.scaled))
