"""What an output can reach over its inputs: a climb from sampled points, checked and refined by
intervals.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from fractions import Fraction

import numpy as np
from numpy.typing import NDArray

from symgate.ir.boxes import Box
from symgate.ir.evaluate import balls, boxes, evaluate, fraction_ball
from symgate.ir.expr import Expr, postorder, variables


@dataclass(frozen=True)
class ReachedSettings:
    """How long the values that an output reaches are looked for. Not measured."""

    #: Nodes times boxes that are evaluated in one round, boxes at least and at most, and rounds.
    work: int = 1 << 21
    fewest: int = 64
    most: int = 1 << 12
    rounds: int = 60
    #: What the two ends may be off by, as a part of what lies between them.
    close: float = 0.01


REACHED = ReachedSettings()
#: Bits that hold what cancels in float64: a number of its range beside one of its smallest.
EXACT_BITS = 2200
Points = NDArray[np.float64]  # one row per point, one column per variable


@np.errstate(over="ignore", invalid="ignore")
def reached(e: Expr, ranges: Mapping[str, tuple[float, float]]) -> tuple[float, float] | None:
    """Values that ``e`` takes, within 1 % of all that it can take where that is provable; None
    where it is unbounded.

    Branch and bound: only sub-boxes that may hold values beyond those seen are cut further.
    """
    names = variables([e])
    lo, hi = (np.array([[ranges[name][k] for name in names]]) for k in (0, 1))
    low, high = -_climb(e, names, lo, hi, -1.0), _climb(e, names, lo, hi, 1.0)
    most = int(np.clip(REACHED.work // len(postorder([e])), REACHED.fewest, REACHED.most))
    whole, bounded = np.maximum(hi - lo, 1e-300), False
    for _ in range(REACHED.rounds):
        image = boxes([e], {name: Box(lo[:, k], hi[:, k]) for k, name in enumerate(names)})[e]
        bounded = bounded or bool(np.all(np.isfinite(image.lo)) and np.all(np.isfinite(image.hi)))
        over = np.broadcast_to(np.maximum(image.hi - high, low - image.lo), len(lo))
        keep = np.argsort(-over)[: most // 2]
        keep = keep[~(over[keep] <= REACHED.close * max(high - low, 1e-300))]
        if keep.size == 0 or not names:
            break
        lo, hi = _halved(lo[keep], hi[keep], whole)
        seen = _values(e, names, (lo + hi) / 2)
        low, high = min(low, float(np.min(seen))), max(high, float(np.max(seen)))
    return (low, high) if bounded and np.isfinite(low) and np.isfinite(high) else None


def blurred(e: Expr, ranges: Mapping[str, tuple[float, float]]) -> tuple[float, float] | None:
    """A value that float64 shows at some point and the true one, where the first has no digit of the
    second; None where all is well.

    What two large numbers leave of each other is lost in float64, and a share of it would be a share
    of nothing.
    """
    import flint

    for place in (0.0, 0.5, 1.0):
        point = {name: lo + place * (hi - lo) for name, (lo, hi) in ranges.items()}
        shown = float(evaluate([e], point)[0])
        with flint.ctx.workprec(EXACT_BITS):
            env = {name: fraction_ball(Fraction(x)) for name, x in point.items()}
            ball = balls([e], env)[e]
            known = bool(ball.is_finite()) and not bool(ball.contains(0))
            true = float(ball.mid())
        if known and np.isfinite(shown) and abs(shown - true) > abs(true) / 2:
            return shown, true
    return None


def _values(e: Expr, names: list[str], points: Points) -> NDArray[np.float64]:
    """``e`` at points, those left out where it is undefined."""
    found = np.atleast_1d(
        evaluate([e], {name: points[:, k] for k, name in enumerate(names)})[0]
    ).ravel()
    found = found[np.isfinite(found)]
    return found if found.size else np.array([np.nan])


def _climb(
    e: Expr, names: list[str], lo: Points, hi: Points, sign: float, rounds: int = 30
) -> float:
    """A large value of ``sign * e``: from the best of some points, variables move to an end or to
    the middle.
    """
    rng = np.random.default_rng(0)
    start = np.concatenate([lo, hi, (lo + hi) / 2, rng.uniform(lo, hi, (61, len(names)))])

    def scores(points: Points) -> NDArray[np.float64]:
        found = (
            np.broadcast_to(
                evaluate([e], {name: points[:, k] for k, name in enumerate(names)})[0], len(points)
            )
            * sign
        )
        return np.where(np.isfinite(found), found, -np.inf)

    first = scores(start)
    best, value = start[int(np.argmax(first))], float(np.max(first))
    for _ in range(rounds if names else 0):
        moves = np.concatenate([np.repeat(best[None], len(names), 0) for _ in range(3)])
        places = np.concatenate([lo[0], hi[0], (lo[0] + hi[0]) / 2])
        column = np.tile(np.arange(len(names)), 3)
        moves[np.arange(len(moves)), column] = places
        gains = scores(moves).reshape(3, -1)
        choice, better = np.argmax(gains, 0), np.max(gains, 0) > value
        together = np.where(better, places.reshape(3, -1)[choice, np.arange(len(names))], best)
        candidates = np.concatenate([together[None], moves[[int(np.argmax(gains))]]])
        found = scores(candidates)
        if not float(np.max(found)) > value:
            break
        best, value = candidates[int(np.argmax(found))], float(np.max(found))
    return value


def _halved(lo: Points, hi: Points, whole: Points) -> tuple[Points, Points]:
    """Every cell cut in two along its widest side, relative to the whole."""
    widest = int(np.argmax(np.max((hi - lo) / whole, 0)))
    middle = (lo[:, widest] + hi[:, widest]) / 2
    left, right = hi.copy(), lo.copy()
    left[:, widest], right[:, widest] = middle, middle
    return np.concatenate([lo, right]), np.concatenate([left, hi])
