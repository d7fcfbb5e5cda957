"""The search of widths, and what the proof adds to it: corrected budgets, bits off by trial."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from symgate import patience
from symgate.passes.bounds.exhaustive import cones
from symgate.passes.widths.candidate import Candidate
from symgate.passes.widths.greedy import improve_widths
from symgate.passes.widths.problem import Array, Problem
from symgate.passes.widths.refusal import refusal_of
from symgate.passes.widths.relaxation import equal_widths, relax_widths
from symgate.passes.widths.width_settings import DEFAULTS, NEGLIGIBLE, WidthSettings


@dataclass(frozen=True)
class SearchAndProve:
    """Search and prove in turns: what a draft of the proof finds beyond the first-order model
    corrects the budgets of the next search.

    Where no turn fits, the cheapest of the closest ones is kept if ``tries_inputs`` and all outputs
    have few input bits: `LowerGraph` will try every input then, which may prove what slopes cannot.
    """

    tries_inputs: bool = True
    settings: WidthSettings = DEFAULTS

    def __call__(self, candidate: Candidate) -> Candidate:
        """The cheapest widths whose proof holds; raise `AccuracyError` where there are none."""
        model, turns = candidate.model, self.settings.turns
        budgets = _room(candidate) * turns.first_budget
        widths: Sequence[int] = ()
        trials: list[Candidate] = []
        cheapest: Candidate | None = None
        improved = 0
        for turn in range(turns.turns):
            problem = model.problem(budgets)
            start = widths or equal_widths(problem, self.settings.search)
            widths = relax_widths(problem, start, self.settings.search)
            if cheapest is not None and turn > 1:
                widths = improve_widths(problem, widths, self.settings.search)
                improved += 1
            if trials and trials[-1].widths == tuple(widths):
                trial = trials[-1].with_budgets(budgets)
            else:
                trial = candidate.lower(widths, budgets, draft=True)
            trials.append(trial)
            if trial.holds and (cheapest is None or trial.cost < cheapest.cost):
                cheapest = trial
            if improved == turns.improved or (cheapest is not None and patience.over()):
                break
            stuck = cheapest is None and turn >= turns.stuck_after
            budgets = self._correct_budgets(trial, problem, stuck)
        if cheapest is not None:
            return cheapest.with_budgets(budgets)
        if not self.tries_inputs or not _few_inputs(candidate):
            raise refusal_of(min(trials, key=lambda trial: trial.excess))
        return self._closest(trials)

    def _closest(self, trials: Sequence[Candidate]) -> Candidate:
        """The cheapest of the trials that miss by about as little as any."""
        closest = min(trials, key=lambda trial: trial.excess)
        if not np.isfinite(closest.excess):
            return closest
        limit = self.settings.turns.as_close * closest.excess
        close = [trial for trial in trials if trial.excess <= limit]
        return min(close, key=lambda trial: trial.cost)

    def _correct_budgets(self, trial: Candidate, problem: Problem, stuck: bool) -> Array:
        """Budgets by how far the proof is from the prediction; ``stuck`` ones do not grow."""
        turns, goal, budgets = self.settings.turns, trial.goal, trial.budgets
        lost = trial.lost
        goal = _left(goal, lost)
        proven = np.maximum(trial.bounds - lost, NEGLIGIBLE.divisor)
        predicted = problem.predicted(problem.errors(trial.widths))
        surprise = proven / np.maximum(predicted, NEGLIGIBLE.divisor)
        less = np.where(proven > goal, np.minimum(budgets, goal) / turns.cut, budgets)
        fair = goal / np.maximum(surprise, turns.least_surprise)
        corrected = np.where(surprise > turns.surprising, less, fair)
        if not stuck:
            return corrected
        # outputs fit in turns: none may have more again
        return np.minimum(corrected, budgets) * np.minimum(1.0, turns.stuck_part * goal / proven)


def _room(candidate: Candidate) -> Array:
    """What the formats of outputs leave of the allowed errors, in output order."""
    return _left(candidate.goal, candidate.model.datapath.lost)


def _left(goal: Array, lost: Array) -> Array:
    """``goal`` without what is ``lost``; next to nothing where that is all, which exact values
    keep to.
    """
    return np.where(lost > 0, np.maximum(goal - lost, goal * 2.0**-30), goal)


def _few_inputs(candidate: Candidate) -> bool:
    """Whether every input of every output can be tried."""
    inputs = candidate.model.datapath.inputs
    return len(cones(candidate.program, inputs)) == len(candidate.goal)


@dataclass(frozen=True)
class TrimWidths:
    """Take bits away one by one, the dearest first, as long as a draft of the proof holds: where
    slopes could not say how many, as at a root of 0.
    """

    settings: WidthSettings = DEFAULTS

    def __call__(self, candidate: Candidate) -> Candidate:
        """The candidate with fewer bits, where most of its allowed error is unused."""
        trim, model = self.settings.trim, candidate.model
        if candidate.excess > trim.room:
            return candidate
        best, problem, stuck = candidate, model.problem(candidate.budgets), set[int]()
        for _ in range(trim.trials):
            dearest = _dearest_bit(problem, best.widths, stuck)
            if dearest is None or patience.over():
                break
            trial = best.lower(_without_bit(best.widths, dearest), best.budgets, draft=True)
            if trial.holds:
                best = trial
            else:
                stuck.add(dearest)
        predicted = problem.predicted(problem.errors(best.widths))
        return best.with_budgets(np.where(predicted > 0, predicted, best.budgets))


def _dearest_bit(problem: Problem, widths: Sequence[int], stuck: set[int]) -> int | None:
    """The knob whose last bit costs most LUT, of those that are not stuck and have one to give."""
    size = problem.total(widths)
    gains: dict[int, float] = {}
    for k in range(len(widths)):
        if k not in stuck and widths[k] > problem.knobs.low[k]:
            gains[k] = size - problem.total(_without_bit(widths, k))
    paying = (k for k in gains if gains[k] > 0)
    return max(paying, key=lambda k: gains[k], default=None)


def _without_bit(widths: Sequence[int], knob: int) -> list[int]:
    return [w - (k == knob) for k, w in enumerate(widths)]
