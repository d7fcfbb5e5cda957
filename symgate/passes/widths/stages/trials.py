"""Other widths of a candidate that has its hardware, tried."""

from __future__ import annotations

from collections.abc import Sequence

from symgate.errors import BrokenPromise, SymgateError
from symgate.passes.widths.candidate import Candidate, Rank
from symgate.passes.widths.problem import Array


def lower_if_possible(
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


def rank_if_better(
    rank: Rank, trial: Candidate | None, size: tuple[float, ...]
) -> tuple[float, ...] | None:
    """The rank of a trial that holds and comes before ``size``; None of any other."""
    if trial is None or not trial.holds:
        return None
    found = rank(trial.graph)
    return found if found < size else None
