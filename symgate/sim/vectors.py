"""Input vectors for checks: every input where that is feasible, else corners, the user's data and
random ones.
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from symgate.ir.design import Input
from symgate.ir.domains import Interval
from symgate.ir.types import FixedType

#: At most this many inputs are all tried.
EXHAUSTIVE = 1 << 20
#: At most this many corners.
CORNERS = 4096
Column = NDArray[Any]  # int64, or object where a port is wider than 62 bits


@dataclass(frozen=True)
class Vectors:
    """Raw input codes, a column per input; ``parts`` says how many rows come from where, in row
    order.
    """

    columns: dict[str, Column]
    parts: dict[str, int]
    seed: int

    def __len__(self) -> int:
        return sum(self.parts.values())

    @property
    def exhaustive(self) -> bool:
        """Whether these are all inputs in range."""
        return "all inputs" in self.parts

    def take(self, count: int) -> dict[str, Column]:
        """At most ``count`` rows, spread evenly over all parts."""
        rows = spread(len(self), count)
        return {name: column[rows] for name, column in self.columns.items()}

    def __str__(self) -> str:
        sources = ", ".join(f"{n:,} {part}" for part, n in self.parts.items() if n)
        return sources + ("" if self.exhaustive else f"; seed {self.seed}")


def spread(rows: int, count: int) -> NDArray[np.int64]:
    """Return at most ``count`` row numbers below ``rows``, evenly spaced, first and last included."""
    return np.linspace(0, rows - 1, min(count, rows)).astype(np.int64)


def make(
    inputs: Sequence[Input],
    count: int,
    seed: int,
    data: Mapping[str, Column] | None = None,
    inside: Sequence[Input] = (),
    whole: int | None = None,
) -> Vectors:
    """Return all inputs in range where these are at most ``whole``, by default 2^20, else ``count``
    corners, rows of data and random ones. Where ``inside`` are the same inputs with narrower ranges,
    half of the corners and of the random rows lie in these.
    """
    ranges = [port.raw for port in inputs]
    most = EXHAUSTIVE if whole is None else whole
    if math.prod(r.hi - r.lo + 1 for r in ranges) <= most:
        return _vectors(inputs, {"all inputs": _product([_span(r) for r in ranges])}, seed)
    rng = np.random.default_rng(seed)
    narrower = [port.raw for port in inside]
    halves = [ranges] if narrower in ([], ranges) else [ranges, narrower]
    share = min(CORNERS, max(count // 4, 1)) // len(halves)
    parts = {"corners": _joined([corners(half, rng, max(share, 1)) for half in halves])}
    if data:
        parts["data"] = [data[port.name] for port in inputs]
    rest = max(count - sum(len(columns[0]) for columns in parts.values()), 0)
    counts = [rest - rest // 2, rest // 2] if len(halves) == 2 else [rest]
    drawn = [[uniform(r, n, rng) for r in half] for half, n in zip(halves, counts, strict=True)]
    parts["random"] = _joined(drawn)
    return _vectors(inputs, parts, seed)


def _joined(parts: Sequence[list[Column]]) -> list[Column]:
    return [np.concatenate(columns) for columns in zip(*parts, strict=True)]


def _vectors(inputs: Sequence[Input], parts: Mapping[str, list[Column]], seed: int) -> Vectors:
    columns = {
        port.name: np.concatenate([part[k] for part in parts.values()])
        for k, port in enumerate(inputs)
    }
    return Vectors(columns, {name: len(part[0]) for name, part in parts.items()}, seed)


def _column(values: Sequence[int], interval: Interval) -> Column:
    """An array of the type that the values of ``interval`` need: int64, or Python ints for wide
    ports.
    """
    wide = max(abs(interval.lo), abs(interval.hi)).bit_length() > 62
    return np.array(list(values), dtype=object if wide else np.int64)


def _span(interval: Interval) -> Column:
    return _column(range(interval.lo, interval.hi + 1), interval)


def _product(axes: list[Column]) -> list[Column]:
    return [grid.ravel() for grid in np.meshgrid(*axes, indexing="ij")]


def corners(ranges: Sequence[Interval], rng: np.random.Generator, limit: int) -> list[Column]:
    """Return rows of the ends of the ranges, -1, 0 and 1: all combinations, or ``limit`` of them
    with the extremes.
    """
    marks = [sorted({r.lo, r.hi} | {v for v in (-1, 0, 1) if v in r}) for r in ranges]
    if math.prod(map(len, marks)) <= limit:
        rows = list(itertools.product(*marks))
    else:
        extremes = [tuple(mark[0] for mark in marks), tuple(mark[-1] for mark in marks)]
        picks = [rng.integers(0, len(mark), limit).tolist() for mark in marks]
        drawn = (
            tuple(m[k] for m, k in zip(marks, pick, strict=True))
            for pick in zip(*picks, strict=True)
        )
        rows = list(dict.fromkeys([*extremes, *drawn]))[:limit]
    return [_column([row[k] for row in rows], r) for k, r in enumerate(ranges)]


def uniform(interval: Interval, count: int, rng: np.random.Generator) -> Column:
    """Return ``count`` raw codes, each as likely as any other."""
    size = interval.hi - interval.lo + 1
    if max(abs(interval.lo), abs(interval.hi)).bit_length() <= 62:
        return rng.integers(interval.lo, interval.hi, count, dtype=np.int64, endpoint=True)
    words = size.bit_length() // 32 + 3  # 64 spare bits: no code is measurably likelier
    draws = rng.integers(0, 1 << 32, (count, words), dtype=np.int64)
    values = (sum(int(word) << (32 * k) for k, word in enumerate(row)) for row in draws)
    return _column([interval.lo + value % size for value in values], interval)


def quantise(values: NDArray[np.float64], port: Input) -> tuple[Column, int]:
    """Return the nearest codes in range (ties upward) for finite ``values``, and how many lay
    outside the range.
    """
    raw = port.raw
    scaled = np.ldexp(np.asarray(values, float), port.type.frac)
    below = np.floor(scaled)
    nearest = below + (scaled - below >= 0.5)
    outside = int(np.count_nonzero((nearest < raw.lo) | (nearest > raw.hi)))
    if max(abs(raw.lo), abs(raw.hi)).bit_length() <= 53:
        return np.clip(nearest, raw.lo, raw.hi).astype(np.int64), outside
    return _column([min(max(int(v), raw.lo), raw.hi) for v in nearest], raw), outside


def reals(codes: Column, type: FixedType) -> NDArray[np.float64]:
    """Return the real values of raw ``codes``: exact in float64 up to 53 bits."""
    if codes.dtype != object:
        return np.asarray(np.ldexp(codes.astype(float), -type.frac))
    return np.array([float(int(code) * type.ulp) for code in codes])
