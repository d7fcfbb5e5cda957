"""Inputs that are likely to show a large error: corners, edges of codes, and steps from the worst."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from symgate.ir.design import Input
from symgate.ir.domains import Interval
from symgate.sim.vectors import corners, uniform

Rows = NDArray[Any]  # codes, a column for each input: int64, or Python ints where ports are wider
_NARROW = 62  # bits of codes that int64 holds, steps included


def every(inputs: Sequence[Input]) -> Rows:
    """All inputs in range."""
    axes = [np.arange(i.raw.lo, i.raw.hi + 1, dtype=_dtype(inputs)) for i in inputs]
    if not axes:
        return np.zeros((1, 0), dtype=np.int64)
    return np.stack([g.ravel() for g in np.meshgrid(*axes, indexing="ij")], axis=1)


def combinations(inputs: Sequence[Input]) -> int:
    """How many inputs are in range."""
    return math.prod(i.raw.hi - i.raw.lo + 1 for i in inputs)


def starting(
    inputs: Sequence[Input],
    count: int,
    rng: np.random.Generator,
    marks: Mapping[str, Sequence[int]],
) -> Rows:
    """Corners of the box, rows with all codes at an edge, with one at an edge or at ``marks``, and
    random rows.
    """
    ranges, dtype = [i.raw for i in inputs], _dtype(inputs)
    ends = np.stack([c.astype(dtype) for c in corners(ranges, rng, count // 4)], axis=1)
    at_edges = _columns([_picked(edges(r), count // 4, rng) for r in ranges], dtype)
    free = count - len(ends) - len(at_edges)
    random = _columns([uniform(r, free, rng) for r in ranges], dtype)
    one = rng.integers(0, len(inputs), free // 2)
    for k, i in enumerate(inputs):
        rows = np.flatnonzero(one == k)
        random[rows, k] = _picked(marks.get(i.name) or edges(i.raw), len(rows), rng)
    return np.concatenate([ends, at_edges, random])


def edges(r: Interval) -> list[int]:
    """The codes at and beside the ends of a range, 0, and powers of two."""
    marks = {r.lo, r.hi, 0}
    for k in range(max(abs(r.lo), abs(r.hi)).bit_length() + 1):
        marks |= {1 << k, -(1 << k)}
    beside = {m + step for m in marks for step in (-1, 0, 1)}
    return sorted(m for m in beside if m in r)


def moved(
    rows: Rows, inputs: Sequence[Input], reads: Sequence[int], rng: np.random.Generator
) -> Rows:
    """``rows``, each with one of the inputs ``reads`` a power of two of codes further."""
    size = len(rows)
    taken = np.asarray(reads)[rng.integers(0, len(reads), size)]
    widths = np.array([max(1, (i.raw.hi - i.raw.lo).bit_length()) for i in inputs])
    exponents = np.floor(rng.random(size) * widths[taken]).astype(int).tolist()
    signs = rng.choice([-1, 1], size).tolist()
    steps = [s << e if s > 0 else -(1 << e) for s, e in zip(signs, exponents, strict=True)]
    lows = np.array([i.raw.lo for i in inputs], dtype=rows.dtype)[taken]
    highs = np.array([i.raw.hi for i in inputs], dtype=rows.dtype)[taken]
    out = rows.copy()
    here = np.arange(size)
    new = out[here, taken] + np.array(steps, dtype=rows.dtype)
    out[here, taken] = np.minimum(np.maximum(new, lows), highs)
    return out


def _dtype(inputs: Sequence[Input]) -> Any:
    sizes = (max(abs(i.raw.lo), abs(i.raw.hi)) for i in inputs)
    return object if max(sizes, default=0).bit_length() >= _NARROW else np.int64


def _columns(columns: Sequence[Any], dtype: Any) -> Rows:
    return np.stack([np.asarray(c).astype(dtype) for c in columns], axis=1)


def _picked(marks: Sequence[int], count: int, rng: np.random.Generator) -> list[int]:
    """``count`` of the marks at random, each as often as any other."""
    rounds = count // len(marks) + 1
    order = np.concatenate([rng.permutation(len(marks)) for _ in range(rounds)])
    return [marks[k] for k in order[:count].tolist()]
