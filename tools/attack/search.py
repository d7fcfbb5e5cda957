"""The inputs on which a design errs most: all of them, or corners, random ones and a climb."""

from __future__ import annotations

import itertools
import random
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from tools.attack.designs import Port, Stated
from tools.attack.netlist import Netlist, run
from tools.attack.screen import points_of, screened

Codes = NDArray[Any]
_LONGEST = 61  # bits of a step, which is an int64
Columns = dict[str, Codes]
Answers = dict[str, Codes]


@dataclass(frozen=True)
class Effort:
    """How much is tried for each design."""

    exhaustive: int = 1 << 14  # designs with at most so many inputs are run on all of them
    random: int = 6_000  # random points otherwise
    corners: int = 2_000  # at most
    rounds: int = 24  # of the climb
    leaders: int = 24  # points that each round starts from
    neighbours: int = 40  # of each leader and round
    decided: int = 24  # worst points of each output that are decided rigorously
    doubtful: int = 60  # points near jumps that are
    checked: int = 16  # random points that are
    few: int = 300  # points that are all decided


@dataclass
class Tried:
    """Points with the hardware's answers, and per output an approximate error."""

    columns: Columns
    answers: dict[str, Codes]
    errors: dict[str, NDArray[np.float64]]
    doubtful: NDArray[np.bool_]

    def __len__(self) -> int:
        return len(self.doubtful)


class Hunt:
    """The search on one compiled design."""

    def __init__(self, stated: Stated, graph: Netlist, rng: random.Random, effort: Effort):
        self.stated, self.graph, self.rng, self.effort = stated, graph, rng, effort
        self.numpy = np.random.default_rng(rng.getrandbits(64))
        self.broken: list[str] = []

    def tried(self) -> Iterator[Tried]:
        """Every part of the points that are tried."""
        if self.stated.points <= self.effort.exhaustive:
            yield self.measure(_all(self.stated.ports))
            return
        first = self.measure(self._first())
        yield first
        for output in self.stated.outputs:
            yield from self._climb(output, first)

    def outside(self) -> tuple[Columns, Answers, Answers]:
        """Points of which codes lie outside of their ranges, what the hardware gives there, and at
        the nearest codes inside.

        A code that a range misses by rounding may count as inside, so it is none of these.
        """
        rows = self.effort.random
        given: Columns = {}
        for p in self.stated.ports:
            taken = self.graph.inputs[p.name]
            low = p.first if p.first - taken.low == 1 else taken.low
            high = p.last if taken.high - p.last == 1 else taken.high
            ends = [low, p.first, p.last, high]
            drawn = [
                self.rng.choice(ends) if self.rng.random() < 0.1 else self.rng.randint(low, high)
                for _ in range(rows)
            ]
            given[p.name] = _column(drawn, p)
        held = {
            p.name: np.minimum(np.maximum(given[p.name], p.first), p.last)
            for p in self.stated.ports
        }
        return given, run(self.graph, given)[0], run(self.graph, held)[0]

    def measure(self, columns: Columns) -> Tried:
        """The hardware and the formulas on these points."""
        answers, wrong = run(self.graph, columns)
        self.broken += wrong
        rows = len(next(iter(columns.values()))) if columns else 1
        points = {p.name: points_of(columns[p.name], p.frac) for p in self.stated.ports}
        errors, doubtful = {}, np.zeros(rows, dtype=bool)
        for name, term in self.stated.outputs.items():
            found = screened(term, points, self.stated.clamp, rows)
            answer = points_of(answers[name], self.graph.outputs[name][1].frac)
            with np.errstate(all="ignore"):
                size = abs(answer - found.values)
            errors[name] = np.where(np.isnan(size), np.inf, size).astype(float)
            doubtful |= found.doubtful
        return Tried(columns, answers, errors, doubtful)

    def _first(self) -> Columns:
        """Corners and random points; half of those lie near an end of a range or near 0."""
        special = [_special(p) for p in self.stated.ports]
        total = 1
        for codes in special:
            total *= len(codes)
        if total <= self.effort.corners:
            corners = list(itertools.product(*special))
        else:
            corners = [
                tuple(self.rng.choice(codes) for codes in special)
                for _ in range(self.effort.corners)
            ]
        columns = {}
        for k, p in enumerate(self.stated.ports):
            drawn = [c[k] for c in corners]
            drawn += [self._drawn(p) for _ in range(self.effort.random)]
            columns[p.name] = _column(drawn, p)
        return columns

    def _drawn(self, p: Port) -> int:
        if self.rng.random() < 0.5:
            return self.rng.randint(p.first, p.last)
        start, sign = self.rng.choice(_ends(p))
        away = int(2 ** self.rng.uniform(0, max(1, p.count.bit_length())))
        return min(max(start + sign * away, p.first), p.last)

    def _climb(self, output: str, start: Tried) -> Iterator[Tried]:
        """From the worst points to worse ones nearby."""
        best = _worst(start, output, self.effort.leaders)
        for _ in range(self.effort.rounds):
            near = self.measure(self._around(best.columns))
            yield near
            best = _worst(_joined(best, near), output, self.effort.leaders)

    def _around(self, columns: Mapping[str, Codes]) -> Columns:
        leaders = len(next(iter(columns.values())))
        rows = leaders * self.effort.neighbours
        moved = self.numpy.random((len(columns), rows)) < 1.5 / max(len(columns), 1)
        out = {}
        for k, p in enumerate(self.stated.ports):
            reach = min(max(p.count.bit_length() - 1, 0), _LONGEST)
            size = np.exp2(self.numpy.uniform(0, reach, rows)).astype(np.int64)
            step = size * self.numpy.choice([-1, 1], rows) * moved[k]
            old = np.repeat(columns[p.name], self.effort.neighbours)
            out[p.name] = np.clip(old + step, p.first, p.last)
        return out


def _column(codes: list[int], p: Port) -> Codes:
    wide = max(abs(p.first), abs(p.last)).bit_length() > 61
    return np.array(codes, dtype=object if wide else np.int64)


def _all(ports: tuple[Port, ...]) -> Columns:
    codes = [_column(list(range(p.first, p.last + 1)), p) for p in ports]
    grids = np.meshgrid(*codes, indexing="ij")
    return {p.name: g.reshape(-1) for p, g in zip(ports, grids, strict=True)}


def _ends(p: Port) -> list[tuple[int, int]]:
    """Where random points crowd, and to which side."""
    middle = min(max(0, p.first), p.last)
    return [(p.first, 1), (p.last, -1), (middle, 1), (middle, -1)]


def _special(p: Port) -> list[int]:
    """Codes at the ends of the range, around 0 and around powers of two."""
    near = [p.first, p.first + 1, p.first + 2, p.last - 2, p.last - 1, p.last]
    near += [-2, -1, 0, 1, 2, (p.first + p.last) // 2]
    for k in range(p.width):
        near += [s * (1 << k) + d for s in (-1, 1) for d in (-1, 0, 1)]
    return sorted({c for c in near if p.first <= c <= p.last})


def _picked(tried: Tried, rows: Any) -> Tried:
    return Tried(
        {n: c[rows] for n, c in tried.columns.items()},
        {n: c[rows] for n, c in tried.answers.items()},
        {n: c[rows] for n, c in tried.errors.items()},
        tried.doubtful[rows],
    )


def _worst(tried: Tried, output: str, count: int) -> Tried:
    """The worst points, no two of them alike."""
    order = np.argsort(-tried.errors[output], kind="stable")[: 8 * count]
    seen: set[tuple[int, ...]] = set()
    kept: list[int] = []
    for row in order:
        point = tuple(int(c[row]) for c in tried.columns.values())
        if point not in seen and len(kept) < count:
            seen.add(point)
            kept.append(int(row))
    return _picked(tried, np.array(kept, dtype=np.int64))


def _joined(a: Tried, b: Tried) -> Tried:
    def both(x: Mapping[str, Any], y: Mapping[str, Any]) -> dict[str, Any]:
        return {n: np.concatenate([x[n], y[n]]) for n in x}

    return Tried(
        both(a.columns, b.columns),
        both(a.answers, b.answers),
        both(a.errors, b.errors),
        np.concatenate([a.doubtful, b.doubtful]),
    )


def questions(
    tried: Tried, output: str, bound: float, effort: Effort, rng: random.Random
) -> list[int]:
    """The rows whose error is to be decided rigorously: the worst, some near jumps, some at random."""
    errors = tried.errors[output]
    if len(errors) <= effort.few:
        return list(range(len(errors)))
    rows = np.argsort(-errors, kind="stable")[: effort.decided].tolist()
    doubtful = np.flatnonzero(tried.doubtful).tolist()
    rows += rng.sample(doubtful, min(effort.doubtful, len(doubtful)))
    rows += rng.sample(range(len(errors)), min(effort.checked, len(errors)))
    suspicious = np.flatnonzero(errors > bound).tolist()
    rows += rng.sample(suspicious, min(effort.doubtful, len(suspicious)))
    return sorted(set(rows))


Measure = Callable[[Columns], Tried]
