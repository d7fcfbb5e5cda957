"""Designs in processes of their own, so that a crash or a hang of one ends only that one."""

from __future__ import annotations

import multiprocessing
import resource
import signal
import tempfile
from collections.abc import Generator, Iterable
from dataclasses import dataclass
from multiprocessing.connection import Connection, wait
from pathlib import Path
from typing import Any

from tools.attack.families import design
from tools.attack.judge import CRASH, HANG, Failure, Slow, Verdict, judge
from tools.attack.search import Effort


@dataclass(frozen=True)
class Limits:
    """What one design may take."""

    seconds: int = 300  # of the processor, for the compilation and the attack
    gigabytes: int = 8  # of address space; libraries map much of it without use
    grace: int = 30  # seconds until a process that ignores its limit is ended by the system


@dataclass(frozen=True)
class Task:
    """One design to attack."""

    seed: int
    index: int
    verify: bool
    effort: Effort
    limits: Limits


@dataclass(frozen=True)
class Result:
    """A design and what became of it."""

    seed: int
    index: int
    family: str
    text: str
    files: dict[str, str]
    verdict: Verdict


def attack(task: Task) -> Result:
    """Attack one design in this process."""
    hostile = design(task.seed, task.index)
    with tempfile.TemporaryDirectory(prefix="attack-") as folder:
        verdict = judge(
            hostile.text,
            hostile.files,
            Path(folder) / "design",
            seed=task.seed * 1_000_003 + task.index,
            effort=task.effort,
            verify=task.verify,
        )
    return Result(task.seed, task.index, hostile.family, hostile.text, hostile.files, verdict)


def _stop(signum: int, frame: object) -> None:
    raise Slow


def _work(task: Task, out: Connection) -> None:
    """The body of a process."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is the parent's
    signal.signal(signal.SIGPROF, _stop)
    limits = task.limits
    resource.setrlimit(resource.RLIMIT_CPU, (limits.seconds + limits.grace,) * 2)
    resource.setrlimit(resource.RLIMIT_AS, (limits.gigabytes << 30,) * 2)
    signal.setitimer(signal.ITIMER_PROF, limits.seconds)
    out.send(attack(task))


def _lost(task: Task, code: int | None) -> Result:
    """The result of a process that ended without one."""
    hostile = design(task.seed, task.index)
    kind = HANG if code in (-signal.SIGXCPU, -signal.SIGKILL) else CRASH
    failure = Failure(kind, f"the process ended with exit code {code}")
    verdict = Verdict(kind, failures=[failure], seconds=float(task.limits.seconds))
    return Result(task.seed, task.index, hostile.family, hostile.text, hostile.files, verdict)


def attacked(tasks: Iterable[Task], jobs: int) -> Generator[Result, None, None]:
    """The results of ``tasks`` as they come, ``jobs`` at a time."""
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload(["tools.attack.preload"])
    running: dict[Any, tuple[Task, Any, Connection]] = {}
    waiting = iter(tasks)
    try:
        while True:
            while len(running) < jobs and (task := next(waiting, None)) is not None:
                reader, writer = context.Pipe(duplex=False)
                process = context.Process(target=_work, args=(task, writer), daemon=True)
                process.start()
                writer.close()
                running[reader] = task, process, reader
            if not running:
                return
            for ready in wait(list(running)):
                task, process, reader = running.pop(ready)
                yield _received(task, process, reader)
    finally:
        for _, process, _ in running.values():
            process.terminate()


def _received(task: Task, process: Any, reader: Connection) -> Result:
    try:
        result: Result = reader.recv()
    except EOFError:
        process.join()
        return _lost(task, process.exitcode)
    finally:
        reader.close()
    process.join()
    return result
