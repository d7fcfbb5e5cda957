"""From widths to hardware with function generators and its proof; longer addresses if need be."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from symgate.passes.widths.candidate import (
    Candidate,
    Missed,
    Progress,
    Stage,
    refusal_of,
    run_stages,
)
from symgate.passes.widths.greedy import repair_widths
from symgate.passes.widths.relaxation import relax_widths
from symgate.passes.widths.width_settings import DEFAULTS, WidthSettings


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
        for _ in range(lower.tries):
            made = candidate.lower(widths, budgets, self.draft)
            excess = made.bounds / made.goal
            if np.all(excess <= 1):
                return made
            budgets = budgets / np.maximum(excess, 1) * np.where(excess > 1, lower.part, 1.0)
            problem = candidate.model.problem(budgets)
            repaired = repair_widths(problem, widths, search)
            widths = tuple(repaired or relax_widths(problem, widths, search))
        raise refusal_of(made)


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
