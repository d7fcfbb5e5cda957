"""A sweep on several cores, in parts, that goes on where an earlier one was ended."""

from __future__ import annotations

import ctypes
import hashlib
import json
import time
from collections import deque
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

from symgate.files import replace_file
from symgate.proof.sweep.rows import Rows
from symgate.proof.sweep.text import KEPT, OPEN, Sweep
from symgate.sim.compiled import build
from symgate.sim.compiled.text import ALIGNED, BLOCK

#: Blocks in a part: 0.05 to 2 seconds. What was done is kept at least so often, in seconds.
PART = 1 << 14
SAVED_EVERY = 10.0
#: The time is told by so many blocks, and twice as many until they take so long, in seconds.
_FIRST, _TIMED = 64, 0.1
_LATE = 2  # parts in the queue of each core
Say = Callable[[str], None]


@dataclass(frozen=True)
class Told:
    """Who is told: of the time before the work begins, and of how far it is."""

    time: Say
    progress: Say


@dataclass
class Found:
    """What is known of one output: ``least`` is an error that some row has, ``rows`` with ``tops``
    are those that may have a larger one, ``lost`` is what those that were not kept have at most.
    """

    least: float = -1.0
    lost: float = 0.0
    rows: list[int] = field(default_factory=list)
    tops: list[float] = field(default_factory=list)
    open: list[int] = field(default_factory=list)
    opened: int = 0

    def join(self, other: Found) -> None:
        """Take in what another part has found."""
        self.least = max(self.least, other.least)
        pairs = [*zip(self.tops, self.rows, strict=True), *zip(other.tops, other.rows, strict=True)]
        pairs = sorted((pair for pair in pairs if pair[0] > self.least), reverse=True)
        self.lost = max(self.lost, other.lost, *(top for top, _ in pairs[KEPT:]), 0.0)
        self.tops = [top for top, _ in pairs[:KEPT]]
        self.rows = [row for _, row in pairs[:KEPT]]
        self.open = [*self.open, *other.open][:OPEN]
        self.opened += other.opened


@dataclass
class Runner:
    """A sweep of ``rows`` on ``jobs`` cores."""

    sweep: Sweep
    rows: Rows
    jobs: int
    told: Told
    name: str

    def __post_init__(self) -> None:
        program = build.compiler()
        assert program is not None
        path = build.library(self.sweep.text, program, lambda path: None)
        self._call = ctypes.CDLL(str(path)).sweep
        self._call.argtypes = [ctypes.c_int64] * 2 + [ctypes.c_void_p] * 8
        self._call.restype = None
        lists = self.rows.lists
        self._lists = lists
        self._pointers = (ctypes.c_void_p * max(len(lists), 1))(*(a.ctypes.data for a in lists))

    def run(self) -> dict[str, Found]:
        """Go through all rows; what was found is removed at the end, so that nothing old is told."""
        found, done = self._kept()
        self._announce(found, done)
        saved = time.monotonic()
        for end, parts in self._parts(done, found):
            for name, part in zip(self.sweep.outputs, parts, strict=True):
                found[name].join(part)
            share = f"{end / self.rows.blocks:.1%} of {self.rows.count:,} inputs"
            self.told.progress(f"{self.name}: {share}")
            if time.monotonic() - saved > SAVED_EVERY and end < self.rows.blocks:
                self._keep(found, end)
                saved = time.monotonic()
        self.place.unlink(missing_ok=True)
        return found

    def probe(self, blocks: int) -> list[dict[str, Found]]:
        """What single blocks give, spread over all: some rows of each."""
        places = {k * (self.rows.blocks - 1) // max(blocks - 1, 1) for k in range(blocks)}
        none = [-1.0] * len(self.sweep.outputs)
        parts = (self._part(place, place + 1, none) for place in sorted(places))
        return [dict(zip(self.sweep.outputs, part, strict=True)) for part in parts]

    def _announce(self, found: dict[str, Found], done: int) -> None:
        """Say how long it takes, by the first blocks that are left."""
        count, took = 0, 0.0
        best = [found[name].least for name in self.sweep.outputs]
        while took < _TIMED and count < self.rows.blocks - done:
            count = min(2 * count or _FIRST, self.rows.blocks - done)
            start = time.perf_counter()
            self._part(done, done + count, best)
            took = time.perf_counter() - start
        seconds = took / max(count, 1) * (self.rows.blocks - done) / self.jobs
        again = f", {done * BLOCK:,} of them done before" if done else ""
        cores = f"{self.jobs} core{'s' if self.jobs > 1 else ''}"
        size = f"{self.rows.count:,} inputs{again}"
        self.told.time(f"{self.name}: {size}: about {_duration(seconds)} on {cores}")

    def _parts(self, done: int, found: dict[str, Found]) -> Iterator[tuple[int, list[Found]]]:
        """The parts that are left in order, each with where it ends."""
        waiting: deque[tuple[int, Future[list[Found]]]] = deque()
        with ThreadPoolExecutor(self.jobs) as pool:
            try:
                start = done
                while start < self.rows.blocks or waiting:
                    while start < self.rows.blocks and len(waiting) < _LATE * self.jobs:
                        end = min(start + PART, self.rows.blocks)
                        best = [found[name].least for name in self.sweep.outputs]
                        waiting.append((end, pool.submit(self._part, start, end, best)))
                        start = end
                    end, part = waiting.popleft()
                    yield end, part.result()
            finally:
                for _, part in waiting:
                    part.cancel()

    def _part(self, first: int, last: int, best: list[float]) -> list[Found]:
        count = len(self.sweep.outputs)
        memory = np.empty(self.sweep.scratch + ALIGNED, np.uint8)
        least, lost = np.array(best), np.zeros(count)
        tops, rows = np.zeros((count, KEPT)), np.zeros((count, KEPT), np.int64)
        open_, many = np.zeros((count, OPEN), np.int64), np.zeros((count, 3), np.int64)
        scratch = -(-memory.ctypes.data // ALIGNED) * ALIGNED
        results = [a.ctypes.data for a in (least, lost, tops, rows, open_, many)]
        self._call(first, last, self._pointers, scratch, *results)
        return [
            Found(
                float(least[o]),
                float(lost[o]),
                rows[o, : many[o, 0]].tolist(),
                tops[o, : many[o, 0]].tolist(),
                open_[o, : many[o, 1]].tolist(),
                int(many[o, 2]),
            )
            for o in range(count)
        ]

    # ------------------------------------------------------------------ what an earlier run did

    @property
    def place(self) -> Path:
        """The file that keeps what was done, as long as that is a part."""
        key = repr((self.sweep.text, self.rows.blocks, [str(a.tobytes()) for a in self._lists]))
        name = hashlib.sha256(key.encode()).hexdigest()[:32]
        return build.folder().parent / "sweeps" / f"{name}.json"

    def _keep(self, found: dict[str, Found], done: int) -> None:
        content: dict[str, Any] = {"blocks": done}
        content["found"] = {name: asdict(part) for name, part in found.items()}
        replace_file(self.place, json.dumps(content))

    def _kept(self) -> tuple[dict[str, Found], int]:
        try:
            content = json.loads(self.place.read_text(encoding="utf-8"))
            found = {name: Found(**content["found"][name]) for name in self.sweep.outputs}
            return found, min(int(content["blocks"]), self.rows.blocks)
        except (OSError, ValueError, TypeError, LookupError):
            return {name: Found() for name in self.sweep.outputs}, 0


def _duration(seconds: float) -> str:
    if seconds < 90:
        return f"{seconds:.1f} s"
    return f"{seconds / 60:.0f} min" if seconds < 5400 else f"{seconds / 3600:.1f} h"
