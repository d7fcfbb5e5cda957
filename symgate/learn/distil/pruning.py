"""Pruning a block's outputs while it is trained, so that few formulas are left to find."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass

import numpy as np

from symgate.errors import InputError
from symgate.learn.fit.task import Reals

#: From 0 to 1 over the time of pruning: the share of what goes that is gone.
DECAYS: Mapping[str, Callable[[float], float]] = {
    "cosine": lambda t: (1 - math.cos(math.pi * t)) / 2,
    "linear": lambda t: t,
    "exponential": lambda t: (1 - math.exp(-5 * t)) / (1 - math.exp(-5)),
}


@dataclass(frozen=True)
class Schedule:
    """From ``start`` outputs to ``target``, by step ``end`` of training.

    Raise `InputError` where these are no counts, or the decay has no name.
    """

    start: int
    target: int
    end: int
    decay: str = "cosine"

    def __post_init__(self) -> None:
        if not 1 <= self.target <= self.start or self.end < 1:
            raise InputError(
                f"a schedule from {self.start} to {self.target} outputs by step {self.end}",
                expected="1 <= target <= start, and a step from 1 on",
            )
        if self.decay not in DECAYS:
            raise InputError(f"no decay is '{self.decay}'", expected=f"one of {', '.join(DECAYS)}")

    def count(self, step: int) -> int:
        """How many outputs are left after ``step`` steps."""
        gone = DECAYS[self.decay](min(max(step, 0) / self.end, 1.0))
        return self.start - round(gone * (self.start - self.target))

    def kept(self, step: int, outputs: Reals, before: Reals | None = None) -> Reals:
        """1 for the outputs that vary most on rows (rows, outputs), and else 0; what ``before`` has
        as 0 stays 0.
        """
        spread = np.asarray(outputs, float).reshape(-1, self.start).std(axis=0)
        if before is not None:
            spread = np.where(np.asarray(before) > 0, spread, -1.0)
        mask = np.zeros(self.start)
        mask[np.argsort(-spread, kind="stable")[: self.count(step)]] = 1.0
        return mask
