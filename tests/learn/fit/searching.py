"""A search that ends where what it finds is good enough, so that its time is no measure of it."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from typing import Any

import numpy as np

from symgate.learn.fit.archive import Archive
from symgate.learn.fit.task import Budget, Task


class _Enough(Exception):
    """The search need not go on."""


def least_loss(
    run: Callable[..., Any], task: Task, seed: int, enough: float, *, name: str, seconds: float = 60
) -> float:
    """The smallest loss of what an engine finds until one is below ``enough``, or in so many
    processor ``seconds``.
    """
    archive = Archive(task, task)

    def emit(e: Any) -> None:
        archive.emit(e, name, seed)
        if loss() < enough:
            raise _Enough

    def loss() -> float:
        return min((c.loss for c in archive.candidates()), default=np.inf)

    with suppress(_Enough):
        run(task, Budget(seconds), seed, emit)
    return loss()
