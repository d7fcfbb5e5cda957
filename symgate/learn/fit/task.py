"""What an engine is given, and what it gives back."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from symgate.ir.evaluate import evaluate
from symgate.ir.expr import Expr

Reals = NDArray[np.float64]
#: The formula of one output, or those of several that may share terms.
Formulas = Expr | tuple[Expr, ...]


def several(e: Formulas) -> tuple[Expr, ...]:
    """The formulas of all outputs."""
    return (e,) if isinstance(e, Expr) else e


def values_of(formulas: Iterable[Expr], names: Sequence[str], x: Reals) -> Reals:
    """What formulas of inputs ``names`` give for rows ``x`` (rows, inputs): (rows, formulas); NaN
    where one is undefined.
    """
    found = evaluate(formulas, {name: x[:, k] for k, name in enumerate(names)})
    return np.stack([np.broadcast_to(v, len(x)) for v in found], axis=1)


@dataclass(frozen=True)
class Task:
    """Rows to fit: ``x`` (rows, inputs) and ``y``, with the names of the inputs.

    ``y`` holds the values of one output (rows,), of several (rows, outputs), or, with ``classes``,
    the share of each class (rows, classes): 1 and 0 where rows have labels. ``weights`` (rows,) say
    what a row counts.

    The loss of formulas is their mean squared error over the variance of ``y``, the mean of all
    outputs; of classes the cross entropy of the softmax of their scores over that of the shares
    alone. ``bits`` are those of the ports that formulas will stand behind,
    ``ranges`` theirs where they are stated, and not those of the rows.
    """

    x: Reals
    y: Reals
    names: tuple[str, ...]
    classes: bool = False
    weights: Reals | None = None
    bits: int = 12
    ranges: Mapping[str, tuple[float, float]] = field(default_factory=dict)

    @cached_property
    def share(self) -> Reals:
        """What each row counts (rows,), 1 together."""
        if self.weights is None:
            return np.full(len(self.y), 1 / len(self.y))
        found: Reals = self.weights / self.weights.sum()
        return found

    @cached_property
    def root_weights(self) -> Reals:
        """What residuals are multiplied by (rows,): 1 where all rows count alike."""
        return np.sqrt(self.share * len(self.y))

    @cached_property
    def wanted(self) -> Reals:
        """What is wanted of each output (rows, outputs)."""
        return self.y.reshape(len(self.y), -1)

    @property
    def outputs(self) -> int:
        """How many formulas there are."""
        return int(self.wanted.shape[1])

    @cached_property
    def variance(self) -> Reals:
        """Of the wanted values of each output (outputs,); 1 where these are all the same."""
        mean = self.share @ self.wanted
        found: Reals = self.share @ (self.wanted - mean) ** 2
        return np.where(found > 0, found, 1.0)

    @cached_property
    def entropy(self) -> float:
        """Of the shares of classes: the loss of who knows nothing else."""
        shares = self.share @ self.wanted
        used = shares[shares > 0]
        return float(-(used * np.log(used)).sum())

    def columns(self) -> dict[str, Reals]:
        """Each input by its name."""
        return {name: self.x[:, k] for k, name in enumerate(self.names)}

    def values(self, e: Expr) -> Reals:
        """What a formula gives on the rows (rows,); NaN where it is undefined."""
        return values_of([e], self.names, self.x)[:, 0]

    def scores(self, e: Formulas) -> Reals:
        """What formulas give on the rows (rows, outputs)."""
        return values_of(several(e), self.names, self.x)

    def loss(self, e: Formulas) -> float:
        """The loss of formulas; infinite where one is undefined on a row."""
        return self.loss_of(self.scores(e))

    def loss_of(self, scores: Reals) -> float:
        """The loss of what formulas give (rows, outputs)."""
        if self.classes:
            return self._cross_entropy(scores)
        with np.errstate(all="ignore"):
            error = float(np.mean(self.share @ (scores - self.wanted) ** 2 / self.variance))
        return error if np.isfinite(error) else np.inf

    def _cross_entropy(self, scores: Reals) -> float:
        if not np.isfinite(scores).all():
            return np.inf
        apart = scores - scores.max(axis=1, keepdims=True)
        norm = np.log(np.exp(apart).sum(axis=1))
        found = self.share @ (norm - (self.wanted * apart).sum(axis=1))
        return float(found) / self.entropy

    def accuracy_of(self, scores: Reals) -> float:
        """The share of rows whose largest score is that of their class."""
        right = scores.argmax(axis=1) == self.wanted.argmax(axis=1)
        return float(self.share @ right)

    def take(self, rows: Any) -> Task:
        """Some of the rows."""
        weights = None if self.weights is None else self.weights[rows]
        return replace(self, x=self.x[rows], y=self.y[rows], weights=weights)

    def sample(self, rows: int, seed: int) -> Task:
        """At most ``rows`` of the rows, drawn with ``seed``."""
        if len(self.y) <= rows:
            return self
        return self.take(np.random.default_rng(seed).permutation(len(self.y))[:rows])


Emit = Callable[[Formulas], None]


@dataclass
class Budget:
    """Processor seconds that an engine may take, from when it starts; ``rounds`` of its work, where
    what it finds shall not depend on the clock.
    """

    seconds: float
    start: float = field(default_factory=time.process_time)
    rounds: int | None = None

    @property
    def spent(self) -> float:
        """Processor seconds so far."""
        return time.process_time() - self.start

    def is_over(self, share: float = 1.0) -> bool:
        """Whether ``share`` of it is spent."""
        return self.spent >= share * self.seconds

    def stop(self) -> None:
        """Let it be over, whatever is left of it."""
        self.seconds = 0.0


class Engine(Protocol):
    """A search: it tells ``emit`` each formula that may be worth keeping, or the formulas of all
    outputs.
    """

    def __call__(self, task: Task, budget: Budget, seed: int, emit: Emit) -> None: ...
