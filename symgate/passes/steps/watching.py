"""What stages leave that run inside another stage, for whoever wants to see that.

A stage of the word-length search may hold other stages in its fields, and run them on several forms
or several times. `watch` tells what each of them leaves; nothing else changes by that.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, fields, replace
from typing import Any

from symgate.passes.widths.candidate import Candidate, Stage


@dataclass(frozen=True)
class Left:
    """What one run of a stage was given and left, and its seconds."""

    stage: type
    before: Candidate
    after: Candidate
    seconds: float


Tell = Callable[[Left], None]


def watch(stage: Stage, tell: Tell) -> Stage:
    """``stage`` with all stages inside it watched."""
    held = stages_in(stage)
    if not held:
        return stage
    inside = {name: tuple(_telling(one, tell) for one in ones) for name, ones in held.items()}
    found: Stage = replace(stage, **inside)  # type: ignore[type-var]  # a dataclass, as it has fields
    return found


def _telling(stage: Stage, tell: Tell) -> Stage:
    inner = watch(stage, tell)

    def run(candidate: Candidate) -> Candidate:
        start = time.perf_counter()
        found = inner(candidate)
        tell(Left(type(stage), candidate, found, time.perf_counter() - start))
        return found

    return run


def stages_in(stage: Any) -> dict[str, Sequence[Stage]]:
    """The stages that ``stage`` holds, by the field that holds them."""
    values = {field.name: getattr(stage, field.name) for field in fields(stage)}
    return {name: value for name, value in values.items() if _are_stages(value)}


def _are_stages(value: object) -> bool:
    return isinstance(value, tuple) and len(value) > 0 and all(map(callable, value))


def kept(left: Sequence[Left], final: Candidate) -> tuple[Left, ...]:
    """The runs that led to ``final``, the last one of each stage, in the order of the first ones.

    Those are the runs on its model; where a stage had none, those on its program.
    """
    found: list[Left] = []
    for stage in dict.fromkeys(one.stage for one in left):
        runs = [one for one in left if one.stage is stage]
        same_program = [one for one in runs if one.after.program == final.program]
        same_model = [one for one in same_program if one.after.drafted is final.drafted]
        closest = same_model or same_program
        if closest:
            spent = sum(one.seconds for one in runs)
            found.append(replace(closest[-1], seconds=spent))
    return tuple(found)
