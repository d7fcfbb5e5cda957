"""The candidates that nothing beats in every respect."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from symgate import patience
from symgate.passes.approx.base import Candidate, Generator, Spec


def front(spec: Spec, generators: Sequence[Generator]) -> tuple[Candidate, ...]:
    """The best candidates of all ``generators``, fewest LUTs first; each is checked at every code."""
    made: list[Candidate] = []
    for generate in generators:
        patience.checkpoint()
        made.extend(check_windows(spec, candidate) for candidate in generate(spec))
    return pareto(made)


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
