"""Chance, for as long as the user gives: narrower widths that no greedy move finds."""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from symgate import patience
from symgate.passes.widths.candidate import Candidate, Measure, Progress, Rank
from symgate.passes.widths.greedy import repair_widths
from symgate.passes.widths.problem import Array, Problem
from symgate.passes.widths.stages.trials import lower_if_possible, rank_if_better
from symgate.passes.widths.width_settings import (
    DEFAULTS,
    NEGLIGIBLE,
    ExploreSettings,
    WidthSettings,
)


@dataclass(frozen=True)
class ExploreWidths:
    """For some seconds, make a few knobs narrower at random, repair, prove, and keep what ``rank``
    likes better.
    """

    seconds: float
    seed: int
    rank: Rank
    measure: Measure
    progress: Progress
    settings: WidthSettings = DEFAULTS

    def __call__(self, candidate: Candidate) -> Candidate:
        """The best candidate that was met before time was up."""
        if self.seconds <= 0 or not candidate.widths:
            return candidate
        rng = np.random.default_rng(self.seed)
        deadline, tried = time.monotonic() + self.seconds, 0
        best, size = candidate, self.rank(candidate.graph)
        lut = self.measure(best.graph)
        while time.monotonic() < deadline and not patience.over():
            tried += 1
            budgets = candidate.budgets * self._slack(best, rng)
            problem = best.model.problem(budgets)
            widths = self._vary_widths(problem, best.widths, rng)
            if widths is None:
                continue
            trial = lower_if_possible(best, widths, budgets)
            better = rank_if_better(self.rank, trial, size)
            if trial is not None and better is not None:
                best, size, lut = trial, better, self.measure(trial.graph)
            self.progress(f"search: {tried} tried, {lut:.0f} LUT")
        return best

    def _slack(self, best: Candidate, rng: np.random.Generator) -> Array:
        """By what budgets grow, at random up to what the proof leaves."""
        most = self.settings.explore.most_slack
        left = np.clip(best.goal / np.maximum(best.bounds, NEGLIGIBLE.divisor), 1.0, most)
        return np.asarray(left ** rng.uniform(0, 1))

    def _vary_widths(
        self, problem: Problem, widths: Sequence[int], rng: np.random.Generator
    ) -> list[int] | None:
        """Other widths that fit, unless they are much dearer by the model."""
        explore = self.settings.explore
        narrowed = _narrow_at_random(problem, widths, rng, explore)
        varied = repair_widths(problem, narrowed, self.settings.search)
        if varied is None or problem.total(varied) > problem.total(widths) * explore.dearer:
            return None
        return varied


def _narrow_at_random(
    problem: Problem, widths: Sequence[int], rng: np.random.Generator, settings: ExploreSettings
) -> list[int]:
    """``widths`` with a few knobs some bits narrower."""
    out = list(widths)
    count = min(len(out), int(rng.integers(1, settings.knobs + 1)))
    for k in rng.choice(len(out), size=count, replace=False):
        bits = int(rng.integers(1, settings.bits + 1))
        out[k] = max(problem.knobs.low[k], out[k] - bits)
    return out
