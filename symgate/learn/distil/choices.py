"""Formulas for all outputs of a block, from the smallest to the closest."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from symgate.errors import InputError
from symgate.ir.expr import Expr
from symgate.learn.fit.archive import Candidate
from symgate.learn.fit.found import falls
from symgate.learn.fit.numbers import nodes

#: The best choice is within this factor of the least loss, or below this loss: 99.99 % explained.
_NEAR, _CLOSE = 1.5, 1e-4


@dataclass(frozen=True)
class Choice:
    """A formula for each output: their ``nodes`` together, and the mean over outputs of the mean
    squared error in variances, on the rows they were fitted on and on held-out ones.
    """

    formulas: tuple[Expr, ...]
    nodes: int
    loss: float
    held: float


def size(formulas: Iterable[Expr]) -> int:
    """The nodes of formulas together."""
    return sum(nodes(e) for e in formulas)


def combined(fronts: Sequence[Sequence[Candidate]]) -> list[Choice]:
    """One front from those of single outputs: from the smallest formula of each, always the step
    that takes most of the loss for its nodes.
    """
    at = [0] * len(fronts)
    out = [_choice(fronts, at)]
    while True:
        steps = [_gain(front, k) for front, k in zip(fronts, at, strict=True)]
        gain, which, ahead = max((g, -n, ahead) for n, (g, ahead) in enumerate(steps))
        if gain <= 0:
            return out
        at[-which] += ahead
        out.append(_choice(fronts, at))


def _gain(front: Sequence[Candidate], k: int) -> tuple[float, int]:
    """The steepest fall of the loss per node from entry ``k`` on, and how far ahead it is."""
    here = front[k]
    falls = [
        ((here.loss - later.loss) / max(later.nodes - here.nodes, 1), ahead)
        for ahead, later in enumerate(front[k + 1 :], 1)
    ]
    return max(falls, default=(0.0, 0))


def _choice(fronts: Sequence[Sequence[Candidate]], at: Sequence[int]) -> Choice:
    taken = [front[k] for front, k in zip(fronts, at, strict=True)]
    formulas = tuple(candidate.formulas[0] for candidate in taken)
    loss = sum(c.loss for c in taken) / len(taken)
    return Choice(formulas, size(formulas), loss, sum(c.held for c in taken) / len(taken))


def joint(candidates: Iterable[Candidate]) -> list[Choice]:
    """The choices of a front whose candidates have a formula for each output."""
    return [Choice(c.formulas, c.nodes, c.loss, c.held) for c in candidates]


def merged(choices: Iterable[Choice]) -> list[Choice]:
    """Those that no smaller choice beats, smallest first."""
    best, out = math.inf, list[Choice]()
    for choice in sorted(choices, key=lambda c: (c.nodes, c.loss)):
        if choice.loss < best:
            best = choice.loss
            out.append(choice)
    return out


def picked(choices: Sequence[Choice], complexity: int | None) -> int:
    """The index of the closest choice of at most ``complexity`` nodes; without one, of the steepest
    fall of the logarithm of the held-out loss per node, as PySR chooses, among those that are close.
    Raise `InputError` where none is small enough.
    """
    if complexity is not None:
        small = [k for k, c in enumerate(choices) if c.nodes <= complexity]
        if not small:
            raise InputError(
                f"no formulas have at most {complexity} nodes",
                expected=f"{choices[0].nodes} nodes or more",
            )
        return min(small, key=lambda k: choices[k].held)
    least = min(c.held for c in choices)
    limit = max(_NEAR * least, _CLOSE)
    close = [k for k, c in enumerate(choices) if c.held <= limit]
    fall = list(falls(choices))
    return max(close or [len(choices) - 1], key=fall.__getitem__)
