"""Who runs the tasks of an exploration: this process, several on this machine, or Dask's workers.

Each runner yields what is done as it is done, in any order, and drops the rest where its user stops
listening. A worker that dies takes only the point with it that it was at; another one makes it.
"""

from __future__ import annotations

import os
import signal
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future, ProcessPoolExecutor, as_completed
from concurrent.futures.process import BrokenProcessPool
from contextlib import suppress
from dataclasses import dataclass
from multiprocessing import get_context

from symgate.errors import BrokenPromise, InputError
from symgate.explore.measure import Task, measured
from symgate.scheduler import SECONDS, connected, dask

#: How often a point may take its worker with it before it is given up.
LIVES = 3


@dataclass(frozen=True)
class Done:
    """A point as text, or why there is none: our own mistake, or a worker that died at it."""

    task: Task
    text: str | None
    problem: str | None = None


Runner = Callable[[Sequence[Task]], Iterator[Done]]


def here(tasks: Sequence[Task]) -> Iterator[Done]:
    """Run ``tasks`` one after the other in this process."""
    for task in tasks:
        yield _attempt(task, lambda task=task: measured(task))  # type: ignore[misc]


def _attempt(task: Task, get: Callable[[], str]) -> Done:
    """What ``get`` gives; a mistake of ours is kept, so that the other points go on."""
    try:
        return Done(task, get())
    except InputError:
        raise  # another symgate: it would be the same for all
    except BrokenPromise as e:
        return Done(task, None, e.what)
    except Exception as e:
        return Done(task, None, f"{type(e).__name__}: {e}")


@dataclass(frozen=True)
class Processes:
    """So many processes on this machine."""

    jobs: int

    def __call__(self, tasks: Sequence[Task]) -> Iterator[Done]:
        """Run ``tasks``; where a process dies, the others start anew with what is left."""
        left = {task.key: task for task in tasks}
        died: Counter[str] = Counter()
        while left:
            pool = ProcessPoolExecutor(self.jobs, get_context("spawn"), _leave_with, (os.getpid(),))
            try:
                for done in _pooled(pool, list(left.values()), self.jobs):
                    left.pop(done.task.key)
                    yield done
            except _Died as e:
                died.update(e.keys)
                for key in [key for key in e.keys if died[key] >= LIVES]:
                    yield Done(left.pop(key), None, f"its process died {LIVES} times")
            finally:
                _end(pool)


class _Died(Exception):
    """A process died; ``keys`` are the points that may have been under way."""

    def __init__(self, keys: Sequence[str]) -> None:
        self.keys = keys


def _pooled(pool: ProcessPoolExecutor, tasks: Sequence[Task], jobs: int) -> Iterator[Done]:
    """What a pool makes of ``tasks``; at most one more than its processes is under way."""
    waiting = list(reversed(tasks))
    running: dict[Future[str], Task] = {}
    try:
        while waiting or running:
            while waiting and len(running) <= jobs:
                task = waiting.pop()
                running[pool.submit(measured, task)] = task
            future = next(as_completed(running))
            if isinstance(future.exception(), BrokenProcessPool):
                raise BrokenProcessPool
            yield _attempt(running.pop(future), future.result)
    except BrokenProcessPool:
        raise _Died([task.key for task in running.values()]) from None


def _end(pool: ProcessPoolExecutor) -> None:
    """Leave a pool at once: what is under way is given up."""
    processes = list((getattr(pool, "_processes", None) or {}).values())
    pool.shutdown(wait=False, cancel_futures=True)
    for process in processes:
        with suppress(OSError, ValueError):
            process.terminate()
    for process in processes:
        process.join()


def _leave_with(parent: int) -> None:
    """Be a worker: Ctrl-C is for the parent, and where that is killed, go too."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)

    def watch() -> None:
        while os.getppid() == parent:
            time.sleep(1)
        os._exit(1)

    threading.Thread(target=watch, daemon=True).start()


@dataclass(frozen=True)
class Dask:
    """The workers of a Dask scheduler, such as ``tcp://head:8786``."""

    address: str
    seconds: float = SECONDS

    def __call__(self, tasks: Sequence[Task]) -> Iterator[Done]:
        """Run ``tasks``; what a lost worker was at, Dask gives to another one."""
        with connected(self.address, self.seconds) as client:
            futures = {
                client.submit(measured, task, key=f"symgate-{task.key}", pure=False): task
                for task in tasks
            }
            try:
                for future in dask().as_completed(futures):
                    yield _attempt(futures[future], future.result)
            finally:
                with suppress(Exception):  # the scheduler may be gone: nothing to take back
                    client.cancel(list(futures))


def runner(jobs: int | None = None, scheduler: str | None = None) -> Runner:
    """Who runs the tasks: Dask's workers, or ``jobs`` processes, by default one for each core."""
    if scheduler is not None:
        if jobs is not None:
            raise InputError(
                "both jobs and a scheduler are given",
                remedy="keep one: the scheduler has its own workers",
            )
        return Dask(scheduler)
    count = jobs or len(os.sched_getaffinity(0))
    return here if count == 1 else Processes(count)
