"""Engines on the workers of a Dask scheduler: a task is one engine with one seed.

A task is a pure function of the rows, the engine, its seed and its budget, so one whose worker was
lost is run again elsewhere; what comes back is merged into the archive, in any order.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict
from typing import Any

from symgate.learn.fit.archive import Archive, candidate
from symgate.learn.fit.engines import engines
from symgate.learn.fit.limits import Limits
from symgate.learn.fit.search import Progress, Runner, Search, run_engine, shares
from symgate.learn.fit.task import Budget, Task
from symgate.scheduler import SECONDS, connected, dask

#: How often a task goes to another worker before its loss is an error.
RETRIES = 5


def work(
    task: Task, held: Task, engine: str, seconds: float, seed: int, limits: Limits
) -> list[dict[str, Any]]:
    """What one engine finds with one seed, as rows of an archive."""
    archive = Archive(task, held)
    run_engine(archive, engine, engines()[engine], Budget(seconds), seed, limits)
    return [asdict(found) for found in archive.candidates()]


def on_scheduler(address: str, seconds: float = SECONDS) -> Runner:
    """What runs the engines of a search on the workers of the scheduler at ``address``.

    Raise `ToolMissing` without Dask; what is returned raises `InputError` where no worker answers.
    """
    dask()

    def run(archive: Archive, search: Search, progress: Progress) -> None:
        with connected(address, seconds) as client:
            run_with(client, archive, search, progress)

    return run


def run_with(client: Any, archive: Archive, search: Search, progress: Progress) -> None:
    """Run the engines that have not finished through a Dask ``client``."""
    rows = client.scatter([archive.task, archive.held], broadcast=True, hash=False)
    futures: dict[Any, tuple[str, int]] = {}
    for name, seed, seconds in _open(archive, search):
        future = client.submit(
            work, *rows, name, seconds, seed, search.limits, pure=False, retries=RETRIES
        )
        futures[future] = name, seed
    progress(f"{len(futures)} tasks on {len(client.scheduler_info()['workers'])} workers")
    for count, future in enumerate(dask().as_completed(list(futures)), 1):
        _taken(archive, future.result(), *futures[future])
        progress(f"{count} of {len(futures)} tasks")


def _open(archive: Archive, search: Search) -> Sequence[tuple[str, int, float]]:
    """The engines and seeds that have not finished, with the seconds of each."""
    seeds = range(search.seed, search.seed + search.seeds)
    every = [
        (name, seed, seconds)
        for name, (_, seconds) in shares(archive.task, search).items()
        for seed in seeds
    ]
    return [(n, seed, seconds) for n, seed, seconds in every if (n, seed) not in archive.done]


def _taken(archive: Archive, rows: Sequence[Mapping[str, Any]], engine: str, seed: int) -> None:
    archive.merge(candidate(dict(row)) for row in rows)
    archive.finish(engine, seed)
