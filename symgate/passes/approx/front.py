"""The candidates that nothing beats in every respect."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from symgate.passes.approx.base import Candidate, Generator, Spec


def front(spec: Spec, generators: Sequence[Generator]) -> tuple[Candidate, ...]:
    """The best candidates of all ``generators``, fewest LUTs first; each is checked at every code."""
    return pareto(c for generate in generators for c in generate(spec) if _checked(spec, c))


def _checked(spec: Spec, c: Candidate) -> bool:
    if not spec.allows(c.values()):
        raise AssertionError(f"{c.name} leaves its windows: the generator is wrong")
    return True


def pareto(candidates: Iterable[Candidate]) -> tuple[Candidate, ...]:
    """Those that no other beats in LUTs, delay, block RAMs and DSPs at once."""
    kept: list[Candidate] = []
    for c in sorted(candidates, key=lambda c: (c.luts, c.delay, c.brams, c.dsps)):
        if not any(
            k.luts <= c.luts and k.delay <= c.delay and k.brams <= c.brams and k.dsps <= c.dsps
            for k in kept
        ):
            kept.append(c)
    return tuple(kept)
