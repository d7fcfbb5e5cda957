"""An exploration that can be stopped: points are kept as they come, by their content, and a second
run makes only what is missing.
"""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from symgate.errors import InputError
from symgate.explore.axes import Setting
from symgate.explore.front import checked, front_of
from symgate.explore.measure import Task
from symgate.explore.plan import Job
from symgate.explore.workers import Done, Runner
from symgate.files import replace_file

POINTS = "points"  # the folder of points, one file each
Point = Mapping[str, Any]
#: Columns of a row that are copied from its point.
MEASURED = ("lut", "ff", "dsp", "bram", "cycles", "ns", "bound", "total", "stopped")


@dataclass(frozen=True)
class State:
    """How far an exploration is: points in all, those that were there, and those made since."""

    all: int
    kept: int
    made: int
    seconds: float  # since the first one was begun

    @property
    def left(self) -> float | None:
        """Seconds until all are there, as the last ones took; None before the first."""
        if not self.made:
            return None
        return self.seconds / self.made * (self.all - self.kept - self.made)

    def __str__(self) -> str:
        """
        >>> print(State(100, 20, 40, 600.0))
        60 of 100 points, 10 min left
        """
        done = f"{self.kept + self.made} of {self.all} points"
        return done if self.left is None else f"{done}, {duration(self.left)} left"


def duration(seconds: float) -> str:
    """Return a time as a person says it.

    >>> duration(42.0), duration(600.0), duration(9000.0)
    ('42 s', '10 min', '2 h 30 min')
    """
    if seconds < 90:
        return f"{seconds:.0f} s"
    minutes = round(seconds / 60)
    if minutes < 90:
        return f"{minutes} min"
    return f"{minutes // 60} h {minutes % 60} min"


@dataclass(frozen=True)
class Found:
    """What is known so far: a row for each job, in order."""

    rows: list[dict[str, Any]]
    problems: dict[str, str]  # of points that failed, which is our mistake; they are not kept
    minimised: tuple[str, ...]
    interrupted: bool = False

    @property
    def missing(self) -> int:
        """How many rows have no point yet."""
        return sum(row["state"] == "missing" for row in self.rows)

    @property
    def front(self) -> list[dict[str, Any]]:
        """The rows that no other beats, smallest first."""
        return sorted((row for row in self.rows if row["best"]), key=lambda row: row["lut"])


def explore(
    jobs: Sequence[Job],
    folder: Path,
    run: Runner,
    minimise: Sequence[str] = (),
    progress: Callable[[State], None] = lambda state: None,
) -> Found:
    """Make the points of ``jobs`` that ``folder`` does not hold yet, and return all of them.

    Each is written as soon as it is there, so that nothing is lost where this is killed. Ctrl-C
    ends it with what is there. ``minimise`` names the columns that the front is about, see
    `symgate.explore.front`.
    """
    checked(minimise)
    tasks = {job.task.key: job.task for job in jobs if job.task is not None}
    points = {key: found for key, task in tasks.items() if (found := kept(folder, task))}
    before, start = len(points), time.monotonic()
    problems: dict[str, str] = {}
    wanted = [task for key, task in tasks.items() if key not in points]
    progress(State(len(tasks), before, 0, 0.0))
    interrupted = False
    done = run(wanted) if wanted else iter(())
    try:
        for made, one in enumerate(done, 1):
            _keep(one, folder, points, problems)
            progress(State(len(tasks), before, made, time.monotonic() - start))
    except KeyboardInterrupt:
        interrupted = True
    finally:
        close = getattr(done, "close", None)
        if close is not None:
            close()
    rows = [_row(job, points, problems) for job in jobs]
    by = front_of(rows, minimise)
    return Found(rows, problems, by, interrupted)


def kept(folder: Path, task: Task) -> Point | None:
    """The point of ``task`` in ``folder``; None where it is not there, or is damaged."""
    try:
        found = json.loads(_file(folder, task).read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return None
    return found if isinstance(found, dict) and found.get("key") == task.key else None


def _file(folder: Path, task: Task) -> Path:
    return folder / POINTS / f"{task.key}.json"


def _keep(done: Done, folder: Path, points: dict[str, Point], problems: dict[str, str]) -> None:
    if done.text is None:
        problems[done.task.key] = done.problem or "failed"
        return
    replace_file(_file(folder, done.task), done.text)
    points[done.task.key] = json.loads(done.text)


def _row(job: Job, points: Mapping[str, Point], problems: Mapping[str, str]) -> dict[str, Any]:
    key = job.task.key if job.task else None
    point = points.get(key or "", {})
    refused = job.refused or point.get("refused") or problems.get(key or "")
    state = "refused" if refused else ("compiled" if point else "missing")
    on_data = point.get("on_data") or {}
    loss = on_data.get("loss", job.candidate.loss)
    return {
        "candidate": job.candidate.name,
        "complexity": job.candidate.complexity,
        **_stated(job.setting),
        **{name: point.get(name) for name in MEASURED},
        "metric": on_data.get("metric"),
        "fixed": on_data.get("fixed"),
        "float": on_data.get("float"),
        "loss": loss,
        "state": state,
        "refused": refused,
        "key": key,
        "best": False,
    }


def _stated(setting: Setting) -> dict[str, Any]:
    """The columns of a setting; both kinds of error share one."""
    share = None if setting.relative_error is None else f"{setting.relative_error} of range"
    return {
        "error": setting.error or share,
        "bits": setting.bits,
        "clock": setting.clock,
        "objective": setting.objective,
        "effort": setting.effort or "as stated",
    }


def design_of(folder: Path, key: str) -> str:
    """Return the design file of a point in ``folder``; raise `InputError` where it is not there."""
    file = folder / POINTS / f"{key}.json"
    try:
        return str(json.loads(file.read_text(encoding="utf-8"))["design"])
    except (OSError, ValueError, KeyError):
        raise InputError(f"{file} holds no point", remedy="explore again") from None
