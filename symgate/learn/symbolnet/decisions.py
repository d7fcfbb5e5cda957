"""What the scores of a network decide on its training rows, and the errors that leave it so."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Reals = NDArray[np.float64]


@dataclass(frozen=True)
class DecisionSettings:
    """How small an error is asked for where nothing is stated.

    Half the margin of a row is what its two largest scores may be wrong by without another class.
    """

    #: The part of the training rows whose class may change by the certified errors.
    undecided: float = 0.01
    #: Of the spread of the scores: no smaller error is asked for where margins are smaller.
    least: float = 2.0**-8
    #: Of the spread of a value of a regression.
    of_spread: float = 2.0**-6
    #: Quantiles of the margins that are kept.
    quantiles: int = 400


DECISIONS = DecisionSettings()


@dataclass(frozen=True)
class Decisions:
    """The standard deviation of each output on the training rows, and of classes the quantiles of
    the margins: how far the largest score is above the next one.
    """

    spread: tuple[float, ...]
    margins: tuple[float, ...] = ()

    @staticmethod
    def of(outputs: Reals, classes: bool) -> Decisions:
        """Of ``outputs`` (rows, outputs)."""
        spread = tuple(map(float, outputs.std(axis=0)))
        if not classes or outputs.shape[1] < 2:
            return Decisions(spread)
        best = np.sort(outputs, axis=1)
        margins = best[:, -1] - best[:, -2]
        places = np.linspace(0.0, 1.0, DECISIONS.quantiles + 1)
        return Decisions(spread, tuple(map(float, np.quantile(margins, places))))

    def errors(self) -> list[float]:
        """The error of each output that leaves almost all decisions as they are; of values, a part
        of their spread.
        """
        if not self.margins:
            return [s * DECISIONS.of_spread for s in self.spread]
        places = np.linspace(0.0, 1.0, len(self.margins))
        half = 0.5 * float(np.interp(DECISIONS.undecided, places, self.margins))
        return [max(half, max(self.spread) * DECISIONS.least)] * len(self.spread)

    def undecided(self, errors: Sequence[float]) -> float | None:
        """The part of the rows whose class such errors could change; None of values."""
        if not self.margins:
            return None
        needed = float(np.sum(sorted(errors)[-2:]))  # the two scores that differ most
        places = np.linspace(0.0, 1.0, len(self.margins))
        return float(np.interp(needed, self.margins, places, left=0.0, right=1.0))

    def empty(self, errors: Sequence[float]) -> list[int]:
        """The outputs whose error is larger than their spread: it says nothing of them."""
        return [k for k, (e, s) in enumerate(zip(errors, self.spread, strict=True)) if e > s > 0]
