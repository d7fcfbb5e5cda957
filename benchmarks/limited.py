"""A measurement in a process of its own, with a limit of processor time."""

from __future__ import annotations

import multiprocessing
import resource
import signal
from collections.abc import Callable
from multiprocessing.connection import Connection
from typing import Any

Row = dict[str, Any]


def limited(measure: Callable[..., Row], *arguments: object, seconds: float) -> Row:
    """What ``measure`` of ``arguments`` returns, with the processor ``seconds`` and the ``memory``
    in MB that it took.

    The outcome is "too long" after so many processor seconds, and "failed" where ``measure`` raises
    or its process ends otherwise.
    """
    here, there = multiprocessing.Pipe(duplex=False)
    process = multiprocessing.Process(target=_child, args=(there, measure, arguments, seconds))
    process.start()
    there.close()
    try:
        found: Row = here.recv()
    except EOFError:
        process.join()
        found = {"outcome": "too long" if _ran_out(process) else "failed", "seconds": seconds}
    process.join()
    return found


def _child(
    pipe: Connection, measure: Callable[..., Row], arguments: tuple[object, ...], seconds: float
) -> None:
    limit = int(seconds)
    resource.setrlimit(resource.RLIMIT_CPU, (limit, limit + 5))
    try:
        found = measure(*arguments)
    except Exception as e:  # a bug of ours: the table counts it
        found = {"outcome": "failed", "problem": f"{type(e).__name__}: {e}"}
    usage = resource.getrusage(resource.RUSAGE_SELF)
    taken = {"seconds": round(usage.ru_utime, 2), "memory": round(usage.ru_maxrss / 1024)}
    pipe.send({**taken, **found})


def _ran_out(process: multiprocessing.Process) -> bool:
    return process.exitcode in (-signal.SIGXCPU, -signal.SIGKILL)
