"""What `symgate train` does with a file of tables: the network and its design, in one folder."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from symgate.files import replace_file
from symgate.frontend.design_file import toml
from symgate.learn.tables import trainfile
from symgate.learn.tables.export import design
from symgate.learn.tables.network import Record, TableNetwork
from symgate.learn.tables.training import fit

Progress = Callable[[Record], None]


@dataclass(frozen=True)
class Trained:
    """A network, and the folder that holds it as ``network.npz`` beside its ``design.toml``."""

    network: TableNetwork
    folder: Path

    def row(self) -> dict[str, Any]:
        """The result in numbers. ``valid_score``: the part of the validation rows whose class is
        right; ``bits``: those that some table reads, ``inputs``: their features; ``seconds``: of
        the processor.
        """
        network, last = self.network, self.network.history[-1]
        read = network.read()
        return {
            "folder": str(self.folder),
            "classes": len(network.outputs),
            "tables": len(network.pins),
            "bits": len(read),
            "inputs": len(set(network.encoding.feature[read].tolist())),
            "epochs": last.epoch,
            "train_score": last.train,
            "valid_score": last.valid,
            "seconds": last.seconds,
            "interrupted": network.interrupted,
        }


def run(
    path: Path,
    output: Path | None = None,
    *,
    progress: Callable[[trainfile.Job], Progress] | None = None,
) -> Trained:
    """Train what ``path`` describes into ``output`` (``build/<name>-training``). ``progress`` makes
    of a job what is told of each epoch. The network is written before its design, so that a design
    that is refused loses no training.
    """
    job = trainfile.load(path)
    folder = output or Path("build") / f"{job.name}-training"
    tell = None if progress is None else progress(job)
    network = fit(job.samples, job.settings, job.thresholds, progress=tell)
    network.save(folder / "network.npz")
    found = design(network, job.options, job.name, job.outputs)
    replace_file(folder / "design.toml", toml.dump(found, folder))
    return Trained(network, folder)
