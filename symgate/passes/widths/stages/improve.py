"""What is done with a program that has its hardware: unused error is spent, and chance is tried."""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from symgate.errors import BrokenPromise, SymgateError
from symgate.passes.widths.candidate import LEAST_BOUND, Candidate, Measure, Progress, Rank
from symgate.passes.widths.greedy import improve_widths, repair_widths
from symgate.passes.widths.problem import Array, Problem
from symgate.passes.widths.relaxation import relax_widths
from symgate.passes.widths.settings import DEFAULTS, ExploreSettings, WidthSettings


@dataclass(frozen=True)
class GiveBackError:
    """Search again with larger budgets where the real error is smaller than any sum of bounds, as
    long as ``rank`` likes the result better.
    """

    rank: Rank
    settings: WidthSettings = DEFAULTS

    def __call__(self, candidate: Candidate) -> Candidate:
        """The candidate, or one that uses more of the error that is allowed."""
        give_back, search = self.settings.give_back, self.settings.search
        best, power = candidate, give_back.power
        size: tuple[float, ...] | None = None
        for _ in range(give_back.searches):
            spare = _unused_ratio(best)
            if not best.widths or float(np.max(spare)) < give_back.worth:
                break
            budgets = best.budgets * np.minimum(spare, give_back.most) ** power
            problem = best.model.problem(budgets)
            widths = relax_widths(problem, best.widths, search)
            trial = _lower_if_possible(best, improve_widths(problem, widths, search), budgets)
            size = self.rank(best.graph) if size is None else size
            better = _rank_if_better(self.rank, trial, size)
            if trial is not None and better is not None:
                best, size = trial, better
            else:
                power /= 2
        return best


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
        while time.monotonic() < deadline:
            tried += 1
            budgets = candidate.budgets * self._slack(best, rng)
            problem = best.model.problem(budgets)
            widths = self._vary_widths(problem, best.widths, rng)
            if widths is None:
                continue
            trial = _lower_if_possible(best, widths, budgets)
            better = _rank_if_better(self.rank, trial, size)
            if trial is not None and better is not None:
                best, size, lut = trial, better, self.measure(trial.graph)
            self.progress(f"search: {tried} tried, {lut:.0f} LUT")
        return best

    def _slack(self, best: Candidate, rng: np.random.Generator) -> Array:
        """By what budgets grow, at random up to what the proof leaves."""
        most = self.settings.explore.most_slack
        left = np.clip(best.goal / np.maximum(best.bounds, LEAST_BOUND), 1.0, most)
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


def _unused_ratio(candidate: Candidate) -> Array:
    """Allowed over real error, by output; 1 where only a bound is known."""
    ratio = candidate.goal / np.maximum(candidate.bounds, LEAST_BOUND)
    return np.where(candidate.are_errors, ratio, 1.0)


def _lower_if_possible(
    candidate: Candidate, widths: Sequence[int], budgets: Array
) -> Candidate | None:
    """The candidate at other widths; None where it has no hardware, as a function may be huge at
    what errors make of its argument.
    """
    try:
        return candidate.lower(widths, budgets)
    except BrokenPromise:
        raise
    except SymgateError:
        return None


def _rank_if_better(
    rank: Rank, trial: Candidate | None, size: tuple[float, ...]
) -> tuple[float, ...] | None:
    """The rank of a trial that holds and comes before ``size``; None of any other."""
    if trial is None or not trial.holds:
        return None
    found = rank(trial.graph)
    return found if found < size else None
