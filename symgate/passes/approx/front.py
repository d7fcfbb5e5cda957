"""The candidates that nothing beats in every respect."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence

from symgate import patience
from symgate.passes.approx.base import Bound, Candidate, Generator, Spec
from symgate.passes.approx.fit import windows_of
from symgate.passes.approx.generator_settings import WORD_LENGTHS
from symgate.passes.approx.table_sums import Sum
from symgate.passes.approx.trim import trim


def front(
    spec: Spec, generators: Sequence[Generator], bound: Bound | None = None
) -> tuple[Candidate, ...]:
    """The best candidates of all ``generators``, fewest LUTs first; each is checked at every code.

    With ``bound``, only what has the fewest LUTs or nearly so is looked for, and no more than those:
    each generator is told what the ones before have found.
    """
    made: list[Candidate] = []
    if bound is not None and bound.luts <= 0:
        return ()
    for generate in generators:
        patience.checkpoint()
        least = None if bound is None else Bound(min(bound.luts, nearly_least(made)))
        made.extend(check_windows(spec, candidate) for candidate in generate(spec, least))
    return pareto([*made, *(check_windows(spec, each) for each in _trimmed(spec, made))])


def nearly_least(made: Sequence[Candidate]) -> float:
    """The LUTs above which a design without block RAM and DSP slices is not the smallest, trimmed or
    not.
    """
    luts = (each.luts for each in made if not each.brams and not each.dsps)
    return min(luts, default=math.inf) * WORD_LENGTHS.lost_to_trimming + WORD_LENGTHS.trimmed


def _trimmed(spec: Spec, made: list[Candidate]) -> list[Candidate]:
    """The smallest sums without the low bits that no output needs."""
    sums = sorted((each for each in made if isinstance(each, Sum)), key=lambda each: each.luts)
    most = sums[0].luts + WORD_LENGTHS.trimmed if sums else 0.0
    near = [each for each in sums[: WORD_LENGTHS.most_trimmed] if each.luts <= most]
    windows = windows_of(spec)
    return [trim(each, windows) for each in near]


def check_windows(spec: Spec, candidate: Candidate) -> Candidate:
    """``candidate``, which is inside its windows."""
    if not spec.allows(candidate.values()):
        raise AssertionError(f"{candidate.name} leaves its windows: the generator is wrong")
    return candidate


def pareto(candidates: Iterable[Candidate]) -> tuple[Candidate, ...]:
    """Those that no other beats in LUTs, delay, block RAMs and DSPs at once."""
    kept: list[Candidate] = []
    for candidate in sorted(candidates, key=_figures):
        mine = _figures(candidate)
        beaten = any(
            all(theirs <= own for theirs, own in zip(_figures(other), mine, strict=True))
            for other in kept
        )
        if not beaten:
            kept.append(candidate)
    return tuple(kept)


def _figures(candidate: Candidate) -> tuple[float, float, int, int]:
    """What is compared; each is better where it is smaller."""
    return candidate.luts, candidate.delay, candidate.brams, candidate.dsps
