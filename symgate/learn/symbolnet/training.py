"""One training: prune adaptively, close what is missed, anneal on the kept masks; resumable,
logged, repeatable.

Importing this module imports TensorFlow.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from typing import Any

import keras
import numpy as np
import tensorflow as tf

from symgate.learn.symbolnet import prune, steps, thin
from symgate.learn.symbolnet.journal import Journal, Record
from symgate.learn.symbolnet.model import build, freeze, pruned, sparsity
from symgate.learn.symbolnet.settings import Network, Schedule, Targets
from symgate.learn.symbolnet.steps import Extra, Steps

Array = np.ndarray[Any, Any]
Progress = Callable[[Record], None]


@dataclass(frozen=True)
class ClosingSettings:
    """How a network is brought to its size in the epochs that close it. Not measured."""

    #: The part of these epochs that removes weights; the others swap them.
    removing: float = 0.6
    #: The part of the weights that the first epoch of the others swaps; the last one swaps none.
    swapped: float = 0.3
    #: Nodes of our count for one of SymPy's at most, which merges equal terms.
    merged: float = 1.5


CLOSING = ClosingSettings()

ADAPT, CLOSE, ANNEAL = "adapt", "close", "anneal"


@dataclass(frozen=True)
class Rows:
    """Features (n, inputs) and wanted outputs (n, outputs): class shares, or values."""

    x: Array
    y: Array

    def __len__(self) -> int:
        return len(self.x)


@dataclass
class Trained:
    """A model that a training left, and its history.

    ``missed`` says which targets the model does not meet; ``result`` has its error and its score on
    the training and the validation rows.
    """

    model: keras.Model
    history: list[Record]
    missed: list[str] = field(default_factory=list)
    result: dict[str, float] = field(default_factory=dict)


def split(rows: Rows, share: float, seed: int) -> tuple[Rows, Rows]:
    """Training and validation rows; all rows are both where ``share`` leaves none for validation."""
    held = int(len(rows) * share)
    if held == 0:
        return rows, rows
    order = np.random.default_rng([seed, 7]).permutation(len(rows))
    first, second = order[held:], order[:held]
    return Rows(rows.x[first], rows.y[first]), Rows(rows.x[second], rows.y[second])


class Training:
    """A run over all epochs of a schedule, one epoch at a time, so that it can stop and go on
    anywhere.
    """

    def __init__(
        self, model: keras.Model, train: Rows, valid: Rows, targets: Targets, schedule: Schedule,
        extra: Extra | None = None, classes: bool = True,
    ) -> None:  # fmt: skip
        schedule = schedule.of(classes, len(train))
        self.model, self.valid, self.targets, self.schedule = model, valid, targets, schedule
        self.train, self.classes = train, classes
        loss, batch = str(schedule.loss), int(schedule.batch or 1)
        self.steps = Steps(
            model, train.x, train.y, loss, targets, batch, extra, decay=schedule.decay
        )
        self.rng = np.random.default_rng(schedule.seed)
        self.stage, self.done = self._first_stage(), 0  # epochs done in this stage
        self.start_size = math.inf
        self.history: list[Record] = []
        self.best: tuple[float, list[Array]] | None = None

    # What an epoch does

    def run(self, journal: Journal | None = None, progress: Progress | None = None) -> Trained:
        """Train to the end of the schedule; with a journal, go on from where it stands and write
        each epoch.
        """
        if journal is not None:
            journal.resume(self)
        for record in self.epochs():
            if journal is not None:
                journal.write(self, record)
            if progress is not None:
                progress(record)
        if self.best is not None:
            self._load(self.best[1])
        return Trained(self.model, self.history, self.missed(), self.result())

    def result(self) -> dict[str, float]:
        """The error and the score of the model as it is now, on training and validation rows."""
        error, score = self.judge(self.train)
        valid_error, valid_score = self.judge(self.valid)
        return {
            "error": error,
            "score": score,
            "valid_error": valid_error,
            "valid_score": valid_score,
        }

    def epochs(self) -> Iterator[Record]:
        """One record per epoch until the schedule ends."""
        while self.stage is not None:
            frozen = self.stage != ADAPT
            if self.stage == CLOSE:
                self._close()
            result = self.steps.epoch(self.rng, self._rates(), frozen)
            record = self._record(result)
            self.history.append(record)
            self.done += 1
            self._remember(record)
            self._advance()
            yield record

    def _record(self, result: dict[str, float]) -> Record:
        error, score = self.judge(self.valid)
        whole = float(np.square(self.train.y - self.train.y.mean(axis=0)).sum(axis=1).mean())
        return Record(
            epoch=len(self.history) + 1,
            stage=str(self.stage),
            loss=result["loss"],
            error=result["error"],
            score=result["accuracy"] if self.classes else 1.0 - result["error"] / (whole or 1.0),
            valid_error=error,
            valid_score=score,
            **sparsity(self.model),
        )

    def judge(self, rows: Rows) -> tuple[float, float]:
        """The mean error on ``rows``, and their accuracy or, of values, R^2."""
        out = steps.predict(self.model, rows.x)
        error = float(
            tf.reduce_mean(self.steps.error(tf.constant(rows.y, tf.float32), tf.constant(out)))
        )
        if self.classes:
            return error, float(np.mean(out.argmax(1) == rows.y.argmax(1)))
        return error, explained(rows.y, out)

    def _rates(self) -> Array:
        s, n = self.schedule, self.steps.count
        if self.stage != ANNEAL:
            return np.full(n, s.rate)
        at = (self.done + np.arange(n) / n) / self._anneals() * s.restarts
        rates: Array = s.anneal_rate * 0.5 * (1 + np.cos(np.pi * (at % 1.0)))
        return rates

    def _close(self) -> None:
        """Remove a part of what the targets and the size limit still ask for; later, swap weak
        weights for others.
        """
        if math.isinf(self.start_size):
            self.start_size = prune.count(self.model).mean
        part = (self.done + 1) / self.schedule.close
        self._prune(min(part / CLOSING.removing, 1.0))
        if (
            part > CLOSING.removing and self.done % 2 == 0
        ):  # every other epoch lets the weights settle
            prune.regrow(
                self.model, self._uses(), CLOSING.swapped * (1 - part) / (1 - CLOSING.removing)
            )

    def _prune(self, share: float) -> None:
        if self.schedule.size is None:
            thin.thin(self.model, self._uses(), self.targets, 1 - (1 - share) ** 3)
        else:
            limit = (
                max(self.start_size, self.schedule.size) ** (1 - share) * self.schedule.size**share
            )
            uses = self._uses()
            others = replace(self.targets, weight=0.0)
            thin.thin(self.model, uses, others, 1 - (1 - share) ** 3)
            prune.shrink(self.model, uses, limit * CLOSING.merged)
            if share == 1.0:
                prune.fit_size(self.model, uses, limit)

    def _uses(self) -> thin.Uses:
        picked = self.rng.choice(
            len(self.train), min(prune.PRUNE.rows, len(self.train)), replace=False
        )
        return prune.saliency(
            self.model, self.train.x[picked], self.train.y[picked], self.steps.error
        )

    # Which stage comes next

    def _first_stage(self) -> str | None:
        if self.schedule.epochs:
            return ADAPT
        freeze(self.model)
        if self.schedule.close:
            return CLOSE
        return ANNEAL if self.schedule.anneal else None

    def _advance(self) -> None:
        schedule = self.schedule
        if self.stage == ADAPT and (self.done >= schedule.epochs or self._met()):
            freeze(self.model)
            self.stage, self.done = CLOSE, 0
            if not schedule.close or self._met():
                self.stage = ANNEAL
        if self.stage == CLOSE and self.done >= schedule.close:
            self._prune(1.0)
            self.stage, self.done = ANNEAL, 0
        if self.stage == ANNEAL and self.done >= self._anneals():
            self.stage = None

    def _anneals(self) -> int:
        """Annealing epochs: those that pruning did not need are added."""
        s, before = self.schedule, len(self.history) - self.done
        return s.anneal and s.epochs + s.close + s.anneal - before

    def _met(self) -> bool:
        if self.schedule.size is not None and self._size() > self.schedule.size:
            return False
        return self._asked().met(sparsity(self.model), 1e-6)

    def _asked(self) -> Targets:
        """The targets that hold: a size stands in for that of weights."""
        if self.schedule.size is None:
            return self.targets
        return replace(self.targets, weight=0.0)

    def _size(self) -> float:
        return prune.count(self.model).mean if self.stage != ADAPT else math.inf

    def missed(self) -> list[str]:
        """The kinds of sparsity whose target is not reached, and the size if it is exceeded."""
        found, asked = sparsity(self.model), self._asked()
        kinds = [kind for kind, value in found.items() if value < getattr(asked, kind) - 1e-6]
        size = self.schedule.size
        too_large = size is not None and prune.complexity(self.model) > size
        return [*kinds, "size"] if too_large else kinds

    # What is remembered

    def _remember(self, record: Record) -> None:
        """Keep the weights of the least validation error among those that are as sparse as the
        training gets.
        """
        if self.stage != ANNEAL and self.schedule.anneal:
            return
        if self.best is None or record.valid_error < self.best[0]:
            self.best = record.valid_error, self._weights()

    def _weights(self) -> list[Array]:
        return [np.array(v) for v in self.model.weights]

    def _load(self, weights: list[Array]) -> None:
        for v, value in zip(self.model.weights, weights, strict=True):
            v.assign(value)


def train(
    network: Network, rows: Rows, targets: Targets, schedule: Schedule, *, journal: Journal | None = None,
    progress: Progress | None = None, classes: bool = True,
) -> Trained:  # fmt: skip
    """Train ``network`` on ``rows``: the whole of what `symgate train` does with data in memory.

    ``classes`` says whether the outputs are scores of classes, or values.
    """
    keras.utils.set_random_seed(schedule.seed)
    model = build(network, rows.x.shape[1], rows.y.shape[1])
    fitted, valid = split(rows, schedule.validation, schedule.seed)
    run = Training(model, fitted, valid, targets, schedule, classes=classes)
    return run.run(journal, progress)


def explained(wanted: Array, out: Array) -> float:
    """R^2 of (n, outputs) values, the mean over the outputs; 0 for one that never changes."""
    rest = np.square(wanted - out).sum(axis=0)
    whole = np.square(wanted - wanted.mean(axis=0)).sum(axis=0)
    return float(np.mean(np.where(whole > 0, 1.0 - rest / np.where(whole > 0, whole, 1.0), 0.0)))


def live(model: keras.Model) -> int:
    """How many weights stay."""
    return int(sum(np.asarray(layer.masks()["kernel"]).sum() for layer in thin.linears(model)))


__all__ = ["Rows", "Trained", "Training", "live", "pruned", "split", "train"]
