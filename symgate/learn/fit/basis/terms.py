"""The terms that sums are made of: steps, bells and bends of one input or of two, and products.

Thresholds stand at multiples of the standard deviation from the mean of each input, rounded, so that
terms are short; inputs that are standardised get none that they do not need.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import combinations

import numpy as np
from numpy.typing import NDArray

from symgate.ir.evaluate import evaluate
from symgate.ir.expr import Expr, const, make, var, variables
from symgate.learn.fit.numbers import constant, nodes
from symgate.learn.fit.task import Reals, Task

Singles = NDArray[np.float32]
#: Where steps and bells of one input stand, in standard deviations from its mean.
KNOTS = (-1.5, -1.0, -0.5, 0.0, 0.5, 1.0, 1.5)
#: Offsets of sums and differences of two inputs.
OFFSETS = (-1.0, 0.0, 1.0)
#: Products are of the inputs that alone say most; their pairs are at most this many.
MOST_PAIRED = 16
#: Terms that vary less than this are constants.
_LEAST = 1e-3
_ONE = const(1)


@dataclass(frozen=True)
class Terms:
    """Terms with their values (terms, rows), each divided by its standard deviation; how many nodes
    they have, and the input that they are a function of, -1 where it is more than one.
    """

    formulas: tuple[Expr, ...]
    values: Singles
    scales: Reals
    sizes: NDArray[np.intp]
    inputs: NDArray[np.intp]

    def __len__(self) -> int:
        return len(self.formulas)


@dataclass(frozen=True)
class Column:
    """One input: its mean and its standard deviation, 0 and 1 where it is nearly standardised."""

    x: Expr
    mean: float
    deviation: float

    @staticmethod
    def of(name: str, values: Reals) -> Column:
        """The column of these values."""
        mean, deviation = float(values.mean()), float(values.std())
        if abs(mean) < 0.25 and 0.7 < deviation < 1.4:
            return Column(var(name), 0.0, 1.0)
        return Column(var(name), mean, deviation)

    def beyond(self, knot: float) -> Expr:
        """How far the input is beyond a knot, in its own unit."""
        return _plus(self.x, -_short(self.mean + knot * self.deviation))

    def scaled(self, factor: float, knot: float) -> Expr:
        """How far the input is beyond a knot, in standard deviations, times ``factor``."""
        slope = _short(factor / self.deviation)
        offset = _short(-factor * (self.mean / self.deviation + knot))
        return _plus(_times(slope, self.x), offset)


def _short(value: float) -> float:
    return float(f"{value:.2g}") if abs(value) > 1e-6 else 0.0


def _plus(e: Expr, value: float) -> Expr:
    return e + constant(value) if value else e


def _times(value: float, e: Expr) -> Expr:
    return e if value == 1 else constant(value) * e


def of_one(column: Column, shift: float = 0.0) -> Iterator[Expr]:
    """Functions of one input."""
    yield column.x
    yield column.beyond(0.0) ** const(2)
    for knot in KNOTS:
        yield make("relu", column.beyond(knot + shift))
        yield make("tanh", column.scaled(2.0, knot + shift))
        yield make("gauss", column.scaled(1.0, knot + shift))
        yield make("gauss", column.scaled(2.0, knot + shift))


def of_two(a: Column, b: Column, shift: float = 0.0) -> Iterator[Expr]:
    """Functions of two inputs."""
    yield a.beyond(0.0) * b.beyond(0.0)
    for sign in (1.0, -1.0):
        slope, other = _short(1 / a.deviation), _short(sign / b.deviation)
        both = _times(slope, a.x) + _times(other, b.x) if other != -1 else _times(slope, a.x) - b.x
        mean = a.mean / a.deviation + sign * b.mean / b.deviation
        for offset in OFFSETS:
            inside = _plus(both, _short(offset + shift - mean))
            for name in ("gauss", "tanh", "relu"):
                yield make(name, inside)


def terms(task: Task, seed: int = 0) -> Terms:
    """The terms of a task; knots are a little elsewhere with each seed."""
    shift = 0.0 if seed == 0 else float(np.random.default_rng(seed).uniform(-0.25, 0.25))
    columns = [Column.of(name, task.x[:, k]) for k, name in enumerate(task.names)]
    ones = _evaluated([e for column in columns for e in of_one(column, shift)], task)
    paired = [columns[k] for k in _telling(ones, task)]
    twos = [e for a, b in combinations(paired, 2) for e in of_two(a, b, shift)]
    return _joined(ones, _evaluated(twos, task)) if twos else ones


def _evaluated(formulas: Sequence[Expr], task: Task) -> Terms:
    """Those of the formulas that vary."""
    formulas = list(dict.fromkeys(formulas))
    found = evaluate(formulas, task.columns())
    values = np.stack([np.broadcast_to(v, len(task.y)) for v in found])
    scales = values.std(axis=1)
    kept = np.flatnonzero(np.isfinite(scales) & (scales > _LEAST * np.abs(values).max(axis=1)))
    place = {name: k for k, name in enumerate(task.names)}
    read = [[place[n] for n in variables([formulas[k]])] for k in kept]
    return Terms(
        tuple(formulas[k] for k in kept),
        (values[kept] / scales[kept, None]).astype(np.float32),
        scales[kept],
        np.array([nodes(formulas[k]) for k in kept], np.intp),
        np.array([names[0] if len(names) == 1 else -1 for names in read], np.intp),
    )


def _joined(a: Terms, b: Terms) -> Terms:
    return Terms(
        a.formulas + b.formulas,
        np.concatenate([a.values, b.values]),
        np.concatenate([a.scales, b.scales]),
        np.concatenate([a.sizes, b.sizes]),
        np.concatenate([a.inputs, b.inputs]),
    )


def _telling(ones: Terms, task: Task) -> list[int]:
    """The inputs whose functions say most of what is wanted, in their order."""
    centred = ones.values - ones.values.mean(axis=1, keepdims=True)
    wanted = (task.wanted - task.wanted.mean(axis=0)) / np.maximum(task.wanted.std(axis=0), 1e-300)
    told = ((centred @ wanted.astype(np.float32)) ** 2).max(axis=1)
    best = [told[ones.inputs == k].max(initial=0.0) for k in range(len(task.names))]
    return sorted(np.argsort(best)[::-1][:MOST_PAIRED].tolist())
