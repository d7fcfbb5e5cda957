"""Limits that a design states on LUT and latency: what is tried to meet them, and what is said
where none does.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from symgate.errors import AccuracyError
from symgate.ir.design import Target
from symgate.ir.fixed import Graph
from symgate.passes.hardware.schedule import Schedule

Measure = Callable[[Graph], float]


@dataclass(frozen=True)
class Reached:
    """What one search came to."""

    lut: float
    latency: int

    def of(self, name: str) -> float:
        """The figure that the limit ``name`` bounds."""
        return self.lut if name == "lut" else self.latency

    def __str__(self) -> str:
        return (
            f"{math.ceil(self.lut)} LUT at {self.latency} cycle{'s' if self.latency != 1 else ''}"
        )


def stated_limits(target: Target) -> dict[str, int]:
    """The limits that a search can miss, by name; slices and block RAMs are never taken beyond
    theirs.
    """
    both = {"lut": target.lut, "latency": target.latency}
    return {name: limit for name, limit in both.items() if limit is not None}


def missed_limits(target: Target, reached: Reached) -> list[str]:
    """The limits that ``reached`` is beyond."""
    return [name for name, limit in stated_limits(target).items() if reached.of(name) > limit]


def other_objectives(target: Target, beyond: Sequence[str]) -> list[str]:
    """The other objectives, those that aim at the limits in ``beyond`` first; none is always the
    smallest.
    """
    order = (
        ("balanced", "latency", "lut") if "latency" in beyond else ("lut", "balanced", "latency")
    )
    return [objective for objective in order if objective != target.objective]


def rank_graph(target: Target, measure: Measure, graph: Graph) -> tuple[float, ...]:
    """What a graph is compared by with those of other forms: smaller is better; beyond a limit is
    worse than not.
    """
    lut, cycles = measure(graph), 0
    if target.objective != "lut" or target.latency is not None:
        cycles = Schedule.of(target).latency(graph)
    reached = Reached(lut, cycles)
    beyond = sum(
        max(0.0, reached.of(name) - limit) / max(limit, 1)
        for name, limit in stated_limits(target).items()
    )
    order = {"lut": (lut,), "latency": (cycles, lut), "balanced": (lut * cycles,)}
    return (beyond, *order[target.objective])


def limits_refusal(target: Target, tried: Sequence[Reached], source: str | None) -> AccuracyError:
    """The error for limits that nothing in ``tried`` meets: how close each came, and with what."""
    stated = stated_limits(target)
    best = {name: math.ceil(min(r.of(name) for r in tried)) for name in stated}
    alone = [name for name, limit in stated.items() if best[name] > limit]
    named = alone or list(stated)
    limits = " and ".join(f"{name} = {stated[name]}" for name in named)
    closest = ", ".join(f"{name} of at least {best[name]}" for name in best)
    found = " or ".join(
        str(r) for r in sorted(set(tried), key=lambda r: (r.lut, r.latency)) if _front(r, tried)
    )
    verb = "cannot be met" if alone else "can each be met, but not together,"
    return AccuracyError(
        f"the limit{'s' if len(named) > 1 else ''} {limits} {verb} at the stated accuracy",
        where=source,
        expected=f"{closest}; the closest that was reached is {found}",
        remedy=", ".join(["state a larger error or larger limits", *_more(target, named)]),
    )


def _front(r: Reached, tried: Sequence[Reached]) -> bool:
    return not any(o != r and o.lut <= r.lut and o.latency <= r.latency for o in tried)


def _more(target: Target, named: Sequence[str]) -> list[str]:
    """Further ways out, by the limits that are missed."""
    slices = ["allow DSP slices (dsp = N)"] if "lut" in named and not target.dsp else []
    clock = [f"take a slower clock than {target.clock_ns:g} ns"] if "latency" in named else []
    return [*slices, *clock, "or give --search-seconds"]
