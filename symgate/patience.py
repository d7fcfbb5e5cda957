"""How long a compilation goes on trying: what it can do without ends where the user or the clock
says so.

A compilation that has found some hardware tries others that may be smaller. Such trials run inside
`tried`, which gives them up once patience is over; work that is needed for any result does not.
What is given up is said in the report, as a slower machine may find another design then.
"""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field
from typing import TypeVar, TypeVarTuple

_Arguments = TypeVarTuple("_Arguments")
_Result = TypeVar("_Result")

#: Processor seconds of a formula after which nothing is tried that can be done without; one of more
#: nodes gets more in proportion.
SECONDS = 40.0
NODES = 200


class Stopped(Exception):
    """A trial was given up; raised by `checkpoint` inside `tried` alone."""


@dataclass
class Patience:
    """Processor ``seconds`` from its use on, None for those of the formula; ``reason`` says why it
    ended, once it did.
    """

    seconds: float | None = None
    clock: Callable[[], float] = time.process_time
    reason: str = ""
    started: float = field(default=0.0, init=False)
    trials: int = field(default=0, init=False)  # that are under way, one inside the other
    used: bool = field(default=False, init=False)  # whether a compilation works with it now

    def stop(self, reason: str) -> None:
        """End it, as the user wants."""
        self.reason = self.reason or reason

    def over(self, part: float = 1.0) -> bool:
        """Whether it has ended, or this part of its seconds is spent."""
        if self.reason:
            return True
        if self.seconds is None:
            return False
        spent = self.clock() - self.started
        if spent > self.seconds:
            self.reason = f"after {self.seconds:.0f} processor seconds"
        return spent > part * self.seconds


def for_formula(nodes: int, search_seconds: float) -> float:
    """The processor seconds for a formula of so many nodes: no end where a search is asked for."""
    return math.inf if search_seconds > 0 else SECONDS * max(1.0, nodes / NODES)


_current: ContextVar[Patience] = ContextVar("patience", default=Patience())  # noqa: B039 - endless


@contextmanager
def using(patience: Patience) -> Iterator[Patience]:
    """Work with ``patience`` inside the block; its seconds count from here on."""
    token = _current.set(patience)
    patience.used, patience.started = True, patience.clock()
    try:
        yield patience
    finally:
        patience.used = False
        _current.reset(token)


def over(part: float = 1.0) -> bool:
    """Whether the patience in use has ended, or this part of it is spent."""
    return _current.get().over(part)


def checkpoint() -> None:
    """Give up the trial that is under way, if there is one and patience is over."""
    patience = _current.get()
    if patience.trials and patience.over():
        raise Stopped


def tried_for(
    seconds: float, trial: Callable[[*_Arguments], _Result], *arguments: *_Arguments
) -> _Result | None:
    """As `tried`, for so many processor ``seconds`` of its own: what makes a whole design better, and
    comes after all that the patience in use is for.
    """
    with using(Patience(seconds)):
        return tried(trial, *arguments)


def tried(trial: Callable[[*_Arguments], _Result], *arguments: *_Arguments) -> _Result | None:
    """What ``trial`` of ``arguments`` returns; None where it is given up, or not begun."""
    patience = _current.get()
    if patience.over():
        return None
    patience.trials += 1
    try:
        return trial(*arguments)
    except Stopped:
        return None
    finally:
        patience.trials -= 1
