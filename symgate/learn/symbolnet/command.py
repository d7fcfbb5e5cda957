"""What `symgate train` does: one training, or a sweep over targets, each into a folder of its own."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import asdict, dataclass
from hashlib import sha256
from pathlib import Path
from typing import Any

from symgate.files import replace_file
from symgate.learn.symbolnet import trainfile
from symgate.learn.symbolnet.fitted import Fitted
from symgate.learn.symbolnet.fitting import fit
from symgate.learn.symbolnet.journal import Journal, Record
from symgate.learn.symbolnet.settings import plain
from symgate.learn.symbolnet.trainfile import Job

Progress = Callable[[Job, Record], None]
FRONT = "front.json"


@dataclass(frozen=True)
class Training:
    """A finished training and the folder that holds it."""

    fitted: Fitted
    folder: Path

    def row(self) -> dict[str, Any]:
        """Its place on a front."""
        summary = self.fitted.summary()
        return {
            "folder": str(self.folder),
            "classes": summary["classes"],
            "valid_error": summary["valid_error"],
            "valid_score": summary["valid_score"],
            "mean_complexity": summary["mean_complexity"],
            "inputs": summary["inputs_used"],
            "sparsity": summary["sparsity"],
            "missed": summary["missed"],
        }


def run(path: Path, output: Path | None = None, *, progress: Progress | None = None) -> Training:
    """Train what ``path`` describes into ``output`` (``build/<name>-training``), going on where one
    was interrupted.
    """
    job = trainfile.load(path)
    return _run(job, output or Path("build") / f"{job.name}-training", progress)


def sweep(
    path: Path, output: Path | None = None, *, progress: Progress | None = None
) -> list[Training]:
    """Train every point of the file's sweep; ``front.json`` in ``output`` lists them."""
    job = trainfile.load(path)
    top = output or Path("build") / f"{job.name}-sweep"
    found: list[Training] = []
    for k, point in enumerate(job.points()):
        found.append(_run(point, top / f"{k}", progress))
        replace_file(top / FRONT, json.dumps([t.row() for t in found], indent=1) + "\n")
    return found


def _run(job: Job, folder: Path, progress: Progress | None) -> Training:
    tell = None if progress is None else (lambda record: progress(job, record))
    journal = Journal(folder, identity(job))
    found = fit(
        job.samples,
        job.network,
        job.targets,
        job.schedule,
        standardise=job.standardise,
        journal=journal,
        progress=tell,
    )
    found.save(folder, job.options, job.name)
    return Training(found, folder)


def identity(job: Job) -> dict[str, Any]:
    """What a training depends on: another one must not go on from its state."""
    data = sha256(job.samples.x.tobytes() + job.samples.y.tobytes()).hexdigest()
    settings = plain(job.network, job.targets, job.schedule)
    return {"data": data, "standardise": job.standardise, **settings}


def epochs(job: Job) -> int:
    """The most epochs that a job can take."""
    s = asdict(job.schedule)
    return int(s["epochs"] + s["close"] + s["anneal"])
