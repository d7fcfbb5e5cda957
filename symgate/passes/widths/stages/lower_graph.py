"""From widths to hardware with function generators and its proof; longer addresses if need be."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from symgate.passes.widths.candidate import (
    Candidate,
    Progress,
    Stage,
    run_stages,
)
from symgate.passes.widths.greedy import repair_widths
from symgate.passes.widths.refusal import Missed, refusal_of
from symgate.passes.widths.relaxation import relax_widths
from symgate.passes.widths.width_settings import DEFAULTS, LowerSettings, WidthSettings


@dataclass(frozen=True)
class LowerGraph:
    """Make hardware with function generators in place of a draft's tables, and prove its error.

    Their ranges can change a product's rows a little: widths are repaired where that misses the
    error.
    ``draft`` leaves the tables, for those who only want to know what errors do.
    """

    draft: bool = False
    settings: WidthSettings = DEFAULTS

    def __call__(self, candidate: Candidate) -> Candidate:
        """The candidate with hardware whose proof holds; raise `AccuracyError` where none does."""
        lower, search = self.settings.lower, self.settings.search
        widths, budgets = candidate.widths, candidate.budgets
        made = self._make(candidate)
        for _ in range(lower.tries):
            if widths != made.widths:
                made = candidate.lower(widths, budgets, self.draft)
            excess = made.bounds / made.goal
            if np.all(excess <= 1):
                return made.with_budgets(budgets)
            budgets = budgets / np.maximum(excess, 1) * np.where(excess > 1, lower.part, 1.0)
            problem = candidate.model.problem(budgets)
            repaired = repair_widths(problem, widths, search)
            widths = tuple(repaired or relax_widths(problem, widths, search))
        raise refusal_of(made)

    def _make(self, candidate: Candidate) -> Candidate:
        """The first hardware: with what is left of the allowed error, where its proof holds so."""
        spare = 0.0 if self.draft else spare_error(candidate, self.settings.lower)
        if spare and self._holds_with(candidate, spare):
            made = candidate.lower(candidate.widths, candidate.budgets, spare=spare)
            if made.holds:
                return made
        return candidate.lower(candidate.widths, candidate.budgets, self.draft)

    def _holds_with(self, candidate: Candidate, spare: float) -> bool:
        """Whether a draft keeps the error with ``spare``: generators take much longer to find."""
        return candidate.lower(candidate.widths, candidate.budgets, True, spare).holds


def spare_error(candidate: Candidate, settings: LowerSettings) -> float:
    """By how many ulp all functions may err beyond what the search has counted, as bits are whole
    and seldom use all of the allowed error. 0 where it is too little to matter.
    """
    if candidate.hardware is None:
        return 0.0
    model, widths = candidate.model, candidate.widths
    structure, problem = model.datapath.structure, model.problem(candidate.goal)
    errors = problem.errors(widths)
    wider = errors.copy()
    for e, slack in model.slacks(widths).items():
        if model.is_large(slack):
            wider[structure.row[e]] += 2.0 ** -model.formats.frac(e, widths)
    added = problem.predicted(wider) - problem.predicted(errors)
    left = candidate.goal - candidate.bounds
    concerned = added > 0
    if not concerned.any():
        return 0.0
    spare = settings.part * float(np.min(left[concerned] / added[concerned]))
    return min(spare, settings.most_spare) if spare > settings.least_spare else 0.0


@dataclass(frozen=True)
class WidenAddresses:
    """Run the ``narrow`` stages; where they miss the error, allow longer addresses and run the
    ``wide`` ones.

    It takes a minute for each function, so it is done where nothing else helps, and only where the
    closest candidate is so near that longer addresses can help: one more bit makes an error no
    less than half as large.
    """

    narrow: tuple[Stage, ...]
    wide: tuple[Stage, ...]
    progress: Progress
    settings: WidthSettings = DEFAULTS

    def __call__(self, candidate: Candidate) -> Candidate:
        """The candidate with its hardware; raise `AccuracyError` where both ways miss."""
        limits, model = self.settings.limits, candidate.model
        try:
            return run_stages(self.narrow, candidate)
        except Missed as missed:
            gained = 2.0 ** (limits.widest_address - limits.most_address)
            if not model.clipped or missed.excess > gained:
                raise
        self.progress(f"quantize: functions of up to {limits.widest_address} bits")
        wider = model.with_allocation(most_address=limits.widest_address)
        return run_stages(self.wide, candidate.with_model(wider))
