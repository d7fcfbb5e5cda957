"""From rows to a network of tables: contents and the choice of pins, learned together.

Source of the pins' gradient and of the learned choice: Bacellar et al., arXiv 2410.11112.
"""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Sequence
from dataclasses import asdict, replace

import numpy as np
from numpy.typing import NDArray

from symgate.errors import InputError, Where
from symgate.learn.data import Samples, checked
from symgate.learn.tables.encoding import Encoding
from symgate.learn.tables.kernel import Kernel, Sizes
from symgate.learn.tables.network import Record, TableNetwork
from symgate.learn.tables.settings import TableSettings

Progress = Callable[[Record], None]
#: Ways to move an image by up to a pixel, none among them.
SHIFTS = [(down, right) for down in (0, -1, 1) for right in (0, -1, 1)]


def fit(
    samples: Samples,
    settings: TableSettings | None = None,
    thresholds: int | Sequence[float] = 8,
    *,
    progress: Progress | None = None,
) -> TableNetwork:
    """Train a network of tables on ``samples`` of classes; ``thresholds`` as in `Encoding.of`.

    The same seed gives the same network. Ctrl-C ends training, and the tables of the best epoch on
    the validation rows are returned; without it those of the last one. Raise `InputError` for
    samples that cannot be trained on, before anything is trained.
    """
    checked(samples)
    if not samples.classes:
        raise InputError(
            "tables vote for classes, and values are to be learned",
            where=Where(samples.source),
            expected="samples of classes",
            remedy="name the column of classes as label",
        )
    settings, encoding = settings or TableSettings(), Encoding.of(samples.x, thresholds)
    if settings.shifted and np.ndim(thresholds) == 0 and not encoding.binary.all():
        raise InputError(
            "images are shifted, and each pixel has thresholds of its own at its quantiles",
            where=Where(samples.source),
            expected="the same thresholds for all pixels, or pixels of zeros and ones",
            remedy="state the thresholds themselves, such as thresholds=[64, 192] for 0 to 255",
        )
    return Training(samples, settings, encoding).run(progress)


class Training:
    """One training: its tables, its random numbers and its history."""

    def __init__(self, samples: Samples, settings: TableSettings, encoding: Encoding) -> None:
        self.samples, self.encoding = samples, encoding
        self.history: list[Record] = []
        self._rng = np.random.default_rng(settings.seed)
        self._trained, self._valid = _split(len(samples), settings)
        self.settings = settings.of(len(self._trained), len(samples.outputs))
        self._bits, self._y = encoding.bits(samples.x), samples.y.astype(np.int64)
        self._valid_bits = self._bits[self._valid]
        self._read = self._readable()
        classes, batch = len(samples.outputs), self.settings.batch or 1
        sizes = Sizes(self.settings.tables, classes, len(self._read), batch)
        self._kernel = Kernel(self._bits, self._places(), sizes, self._rng)
        self._wanted = np.eye(classes, dtype=np.float32)

    def run(self, progress: Progress | None = None) -> TableNetwork:
        """Train; Ctrl-C ends it with the best epoch until then."""
        best: TableNetwork | None = None
        start = time.process_time()
        try:
            for epoch in range(self.settings.epochs):
                loss, right = self._epoch(epoch)
                found = self._network()
                voted = found.votes(self._valid_bits).argmax(axis=1)
                valid = float(np.mean(voted == self._y[self._valid]))
                seconds = time.process_time() - start
                self.history.append(Record(epoch + 1, loss, right, valid, seconds))
                if best is None or valid >= best.history[-1].valid:
                    best = self._network()
                if progress is not None:
                    progress(self.history[-1])
        except KeyboardInterrupt:
            if best is None:
                raise
            return replace(best, interrupted=True)
        return self._network()

    def _epoch(self, epoch: int) -> tuple[float, float]:
        """The mean loss, and the part of the rows whose class was right."""
        batch = self._kernel.sizes.batch
        order = self._rng.permutation(self._trained)
        steps = len(order) // batch
        loss, right = 0.0, 0
        choose = epoch < self.settings.frozen * self.settings.epochs
        for step in range(steps):
            rows = order[step * batch : (step + 1) * batch]
            done = (epoch + step / steps) / self.settings.epochs
            one, hits = self._step(rows, self._rate(done), choose)
            loss, right = loss + one, right + hits
        return loss / (steps * batch), right / (steps * batch)

    def _rate(self, done: float) -> float:
        """The rate of Adam after this part of the training."""
        constant = self.settings.constant
        if done <= constant:
            return self.settings.rate
        return self.settings.rate * (1 + math.cos(math.pi * (done - constant) / (1 - constant))) / 2

    def _step(self, rows: NDArray[np.int64], rate: float, choose: bool) -> tuple[float, int]:
        """The loss of some rows, summed, and how many are right; and one step."""
        votes = self._kernel.look_up(rows, self._shifts(len(rows)))
        y = self._y[rows]
        scaled = (self.settings.scale or 1.0) * (votes - votes.max(axis=0))
        parts = np.exp(scaled)
        parts /= parts.sum(axis=0)
        gradient = parts.astype(np.float32) - self._wanted[:, y]
        self._kernel.learn(gradient, rate, choose)
        likely = parts[y, np.arange(len(y))]
        return float(-np.log(likely + 1e-12).sum()), int((votes.argmax(axis=0) == y).sum())

    def _shifts(self, count: int) -> NDArray[np.uint8]:
        if not self.settings.shifted:
            return np.zeros(count, np.uint8)
        moved = self._rng.random(count) < self.settings.shifted
        ways = self._rng.integers(0, len(SHIFTS), count, dtype=np.uint8)
        return np.where(moved, ways, 0).astype(np.uint8)

    def _network(self) -> TableNetwork:
        """The tables as they are now."""
        each = self.settings.tables // len(self.samples.outputs)
        unit_class = np.repeat(np.arange(len(self.samples.outputs), dtype=np.int32), each)
        x = self.samples.x
        return TableNetwork(
            self._read[self._kernel.pins],
            self._kernel.contents,
            unit_class,
            self.encoding,
            self.samples.features,
            self.samples.outputs,
            np.stack([x.min(axis=0), x.max(axis=0)], axis=1),
            tuple(self.history),
            asdict(self.settings),
        )

    def _readable(self) -> NDArray[np.int32]:
        """The bits that a pin may read."""
        share = self._bits[self._trained].mean(axis=0)
        rare = self.settings.rare
        found = np.flatnonzero((share > rare) & (share < 1 - rare)).astype(np.int32)
        if not len(found):
            raise InputError(
                f"no bit is 0 and 1 in more than {rare:g} of the rows each",
                where=Where(self.samples.source),
                remedy="state other thresholds, or a smaller rare",
            )
        return found

    def _places(self) -> NDArray[np.int32]:
        """(shifts, bits): the place among the readable bits that a bit has after a shift, or -1."""
        place = np.full(len(self.encoding), -1, np.int32)
        place[self._read] = np.arange(len(self._read))
        image = self.settings.image
        if image is None:
            return place[None]
        height, width = image
        if height * width != len(self.samples.features):
            raise InputError(
                f"image is {image}, and there are {len(self.samples.features)} features",
                expected="a feature for each pixel",
            )
        return np.stack([_moved(self.encoding, place, image, shift) for shift in SHIFTS])


def _moved(
    encoding: Encoding, place: NDArray[np.int32], image: tuple[int, int], shift: tuple[int, int]
) -> NDArray[np.int32]:
    """``place`` of the bit of the same threshold at the pixel that is moved by ``shift``."""
    pairs = list(zip(encoding.feature.tolist(), encoding.threshold.tolist(), strict=True))
    known = {pair: k for k, pair in enumerate(pairs)}
    found = np.full(len(pairs), -1, np.int32)
    for k, (feature, threshold) in enumerate(pairs):
        row, column = feature // image[1] + shift[0], feature % image[1] + shift[1]
        if 0 <= row < image[0] and 0 <= column < image[1]:
            other = known.get((row * image[1] + column, threshold))
            found[k] = -1 if other is None else place[other]
    return found


def _split(count: int, settings: TableSettings) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """The rows to train on and to validate on; all rows are both where none is held back."""
    held = int(count * settings.validation)
    order = np.random.default_rng([settings.seed, 7]).permutation(count)
    if held == 0:
        return np.arange(count), np.arange(count)
    return np.sort(order[held:]), np.sort(order[:held])
