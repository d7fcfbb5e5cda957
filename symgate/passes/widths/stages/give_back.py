"""Unused error of hardware that is there is given back to it (decision 0005)."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from symgate import patience
from symgate.passes.widths.candidate import Candidate, Rank
from symgate.passes.widths.greedy import improve_widths
from symgate.passes.widths.problem import Array
from symgate.passes.widths.relaxation import relax_widths
from symgate.passes.widths.stages.trials import lower_if_possible, rank_if_better
from symgate.passes.widths.width_settings import DEFAULTS, NEGLIGIBLE, WidthSettings


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
            used = not best.widths or float(np.max(spare)) < give_back.worth
            if used or patience.over():
                break
            budgets = best.budgets * np.minimum(spare, give_back.most) ** power
            problem = best.model.problem(budgets)
            widths = relax_widths(problem, best.widths, search)
            improved = improve_widths(problem, widths, search)
            trial = patience.tried(lower_if_possible, best, improved, budgets)
            size = self.rank(best.graph) if size is None else size
            better = rank_if_better(self.rank, trial, size)
            if trial is not None and better is not None:
                best, size = trial, better
            else:
                power /= 2
        return best


def _unused_ratio(candidate: Candidate) -> Array:
    """Allowed over real error, by output; 1 where only a bound is known."""
    ratio = candidate.goal / np.maximum(candidate.bounds, NEGLIGIBLE.divisor)
    return np.where(candidate.are_errors, ratio, 1.0)
