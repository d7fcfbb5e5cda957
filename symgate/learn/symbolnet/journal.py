"""What a training leaves on disk: a CSV log, and after each epoch a state from which it goes on. No
TensorFlow here.
"""

from __future__ import annotations

import csv
import io
import json
from dataclasses import asdict, dataclass, fields
from hashlib import sha256
from pathlib import Path
from typing import Any

import numpy as np

from symgate.errors import InputError, Where
from symgate.files import replace_file


@dataclass(frozen=True)
class Record:
    """One epoch: error and score on the training and the validation rows, and the four sparsities
    after it. The score of classes is the accuracy, that of values R^2.
    """

    epoch: int
    stage: str
    loss: float
    error: float
    score: float
    valid_error: float
    valid_score: float
    input: float
    weight: float
    unary: float
    binary: float


class Journal:
    """The folder of one training. ``identity`` is what it trains on; another one in the same folder
    is refused.
    """

    def __init__(self, folder: Path, identity: dict[str, Any]) -> None:
        self.folder = folder
        text = json.dumps(identity, sort_keys=True, default=str)
        self.key = sha256(text.encode()).hexdigest()

    @property
    def log(self) -> Path:
        """The table of epochs."""
        return self.folder / "log.csv"

    @property
    def state(self) -> Path:
        """Everything that the training goes on from."""
        return self.folder / "state.npz"

    def resume(self, training: Any) -> None:
        """Bring ``training`` to where the folder stands; nothing happens where it is new."""
        if not self.state.exists():
            return
        try:
            with np.load(self.state, allow_pickle=False) as stored:
                arrays = {name: stored[name] for name in stored.files}
            header = json.loads(str(arrays["header"]))
        except (OSError, ValueError, KeyError) as e:
            remedy = "remove it to train from the start"
            raise InputError(
                f"the state cannot be read: {e}", where=Where(str(self.state)), remedy=remedy
            ) from None
        if header["key"] != self.key:
            raise InputError(
                "this folder holds a training on other data or with other settings",
                where=Where(str(self.folder)),
                remedy="name another folder with -o, or remove this one",
            )
        _restore(training, header, arrays)

    def write(self, training: Any, record: Record) -> None:
        """Write the state and the log, each whole or not at all."""
        header = {
            "key": self.key,
            "stage": training.stage,
            "done": training.done,
            "rng": training.rng.bit_generator.state,
            "start_size": training.start_size,
            "history": [asdict(r) for r in training.history],
            "best": None if training.best is None else training.best[0],
        }
        arrays = {f"w{k}": np.asarray(v) for k, v in enumerate(training.model.weights)}
        arrays |= {f"o{k}": v for k, v in enumerate(training.steps.state())}
        if training.best is not None:
            arrays |= {f"b{k}": v for k, v in enumerate(training.best[1])}
        buffer = io.BytesIO()
        np.savez(buffer, header=np.array(json.dumps(header)), **arrays)  # type: ignore[arg-type]
        replace_file(self.state, buffer.getvalue())
        replace_file(self.log, table(training.history))


def table(history: list[Record]) -> str:
    """The epochs as CSV."""
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    names = [f.name for f in fields(Record)]
    writer.writerow(names)
    for record in history:
        values = [getattr(record, name) for name in names]
        writer.writerow([f"{v:.6g}" if isinstance(v, float) else v for v in values])
    return out.getvalue()


def _restore(training: Any, header: dict[str, Any], arrays: dict[str, Any]) -> None:
    for k, v in enumerate(training.model.weights):
        v.assign(arrays[f"w{k}"])
    training.steps.restore([arrays[f"o{k}"] for k in range(len(training.steps.state()))])
    training.stage, training.done = header["stage"], header["done"]
    training.rng.bit_generator.state = header["rng"]
    training.start_size = header["start_size"]
    training.history = [Record(**r) for r in header["history"]]
    if header["best"] is not None:
        training.best = (
            header["best"],
            [arrays[f"b{k}"] for k in range(len(training.model.weights))],
        )
