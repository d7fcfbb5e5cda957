"""Word-length search: cheapest widths whose first-order error bound fits, by greedy moves on
memoised costs.

The bound of output o is ``max over sub-boxes of sum_v |D_ov| e_v`` with the derivative enclosures
of `errors`, so one move changes one row of a matrix. Moves: one bit less on a knob, or one bit less
on one knob and one more on another (Han and Evans 2006; pair moves are needed because optimal
widths are not monotone).
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import product

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]


@dataclass
class Problem:
    """``slopes[o]`` has a row per node and a column per sub-box; errors and costs are functions of
    all widths.
    """

    slopes: list[Array]
    budgets: Array
    low: list[int]
    high: list[int]
    node_of: list[int]  # the node whose error and cost a knob changes first
    also: list[list[int]]  # further nodes whose error or cost depends on the knob
    error: Callable[[int, Sequence[int]], float]  # (node, widths) -> local error
    cost: Callable[[int, Sequence[int]], float]  # (node, widths) -> LUT
    evaluations: int = 0
    limit: int = 60_000  # evaluations after which `search` stops

    @cached_property
    def scaled(self) -> Array:
        """All `slopes` side by side, each over the budget of its output."""
        return np.hstack([s / budget for s, budget in zip(self.slopes, self.budgets, strict=True)])

    @cached_property
    def starts(self) -> NDArray[np.intp]:
        """Where the columns of each output start in `scaled`."""
        return np.cumsum([0, *(s.shape[1] for s in self.slopes[:-1])])

    @cached_property
    def steepest(self) -> Array:
        """For each node, the sum over the outputs of its largest slope over budget."""
        return np.asarray(np.maximum.reduceat(self.scaled, self.starts, axis=1).sum(1))

    def errors(self, widths: Sequence[int]) -> Array:
        """Local errors of all nodes."""
        return np.array([self.error(v, widths) for v in range(self.slopes[0].shape[0])])

    def total(self, widths: Sequence[int]) -> float:
        """The cost of all nodes."""
        return float(sum(self.cost(v, widths) for v in range(len(self.slopes[0]))))

    def predicted(self, errors: Array) -> Array:
        """The first-order bound of each output."""
        return np.array([float(np.max(errors @ s)) for s in self.slopes])

    def excess(self, errors: Array) -> float:
        """The worst ratio of bound to budget."""
        self.evaluations += 1
        return float(np.max(errors @ self.scaled))


def uniform(p: Problem) -> list[int]:
    """The smallest equal number of fraction bits that fits, each knob clipped to its limits."""

    def widths(bits: int) -> list[int]:
        return [min(max(bits, lo), hi) for lo, hi in zip(p.low, p.high, strict=True)]

    first, last = min(p.low, default=0), max(p.high, default=0)
    if (
        p.excess(p.errors(widths(last))) > 1
    ):  # limits of addresses: more bits in an argument can make it worse
        best = min(range(first, last + 1), key=lambda bits: p.excess(p.errors(widths(bits))))
        return repaired(p, widths(best)) or widths(last)
    while first < last:
        middle = (first + last) // 2
        if p.excess(p.errors(widths(middle))) <= 1:
            last = middle
        else:
            first = middle + 1
    return widths(last)


def relaxed(p: Problem, start: Sequence[int], rounds: int = 40, keep: int = 3) -> list[int]:
    """Move all widths at once with prices on errors (a Lagrangian relaxation), then repair the best
    few.

    Each output's price follows its ratio of bound to budget; every knob then takes the width of
    least cost plus priced error. Returns the cheapest widths that fit, or the uniform ones if none
    does.
    """
    widths, seen = list(start), dict[tuple[int, ...], float]()
    prices = np.full(len(p.slopes), 100.0)
    for _ in range(rounds):
        errors = p.errors(widths)
        p.evaluations += 1
        ratios, _ = _priced(p, errors, prices)
        seen[tuple(widths)] = p.total(widths) * (
            1 + 0.2 * float(np.log2(np.maximum(ratios, 1)).sum())
        )
        prices = prices * np.clip(ratios, 0.5, 2.0) ** 0.7
        _, per_node = _priced(p, errors, prices)
        for k in range(len(widths)):
            _settle(p, widths, k, per_node)
    candidates = [repaired(p, w) for w in sorted(seen, key=lambda w: seen[w])[:keep]]
    return min([*(c for c in candidates if c is not None), uniform(p)], key=p.total)


def repaired(p: Problem, start: Sequence[int]) -> list[int] | None:
    """``start`` with bits added where they bring the bounds down most for their cost, until all
    fit.
    """
    state = _State(p, list(start))
    for _ in range(20 * len(state.widths)):
        excess = state.excess()
        if excess <= 0:
            return state.widths
        most, best = 0.0, None
        for k in range(len(state.widths)):
            found = state.move(k, 1)
            if found is None:
                continue
            gain = (excess - state.excess(found)) / max(found.cost, 0.05)
            if gain > most:
                most, best = gain, found
        if best is None:
            return None
        state.apply(best)
    return None


def _priced(p: Problem, errors: Array, prices: Array) -> tuple[Array, Array]:
    """Bound over budget per output, and what one unit of error at each node costs near the worst
    sub-boxes.
    """
    totals, counts = errors @ p.scaled, np.diff(np.append(p.starts, p.scaled.shape[1]))
    ratios = np.maximum.reduceat(totals, p.starts)
    weight = np.exp(40 * (totals / np.repeat(np.maximum(ratios, 1e-300), counts) - 1))
    return ratios, p.scaled @ (
        weight * np.repeat(prices / np.add.reduceat(weight, p.starts), counts)
    )


def _settle(p: Problem, widths: list[int], k: int, per_node: Array) -> None:
    """Give knob ``k`` the width of least cost plus priced error among its neighbours."""
    nodes, old = (p.node_of[k], *p.also[k]), widths[k]
    scores = []
    for w in range(max(p.low[k], old - 2), min(p.high[k], old + 2) + 1):
        widths[k] = w
        scores.append((sum(p.cost(v, widths) + per_node[v] * p.error(v, widths) for v in nodes), w))
    widths[k] = min(scores)[1]


def search(p: Problem, start: Sequence[int]) -> list[int]:
    """Improve ``start`` until no move helps or the limit is reached; the result always fits if
    ``start`` does.
    """
    state = _State(p, list(start))
    while p.evaluations < p.limit:
        if not (state.best_drop() or state.best_pair()):
            break
    return state.widths


@dataclass(frozen=True, eq=False)
class _Change:
    """What some moves of knobs do: cost difference, new errors and costs of the touched nodes."""

    moves: tuple[tuple[int, int], ...]
    cost: float
    errors: dict[int, float]
    costs: dict[int, float]

    def joined(self, other: _Change) -> _Change:
        """Both changes at once, which touch no node in common."""
        return _Change(
            self.moves + other.moves,
            self.cost + other.cost,
            self.errors | other.errors,
            self.costs | other.costs,
        )


class _State:
    def __init__(self, p: Problem, widths: list[int]):
        self.p, self.widths = p, widths
        self.errors = p.errors(widths)
        self.costs = [p.cost(v, widths) for v in range(len(self.errors))]
        self.sums = self.errors @ p.scaled
        self.known: dict[tuple[int, int], _Change | None] = {}

    def move(self, k: int, d: int) -> _Change | None:
        """`change` of one knob; remembered until something near it changes."""
        if (k, d) not in self.known:
            self.known[k, d] = self.change((k, d))
        return self.known[k, d]

    def change(self, *moves: tuple[int, int]) -> _Change | None:
        """What ``moves`` do; None where a width leaves its limits."""
        p, trial = self.p, self.widths
        if not all(p.low[k] <= trial[k] + d <= p.high[k] for k, d in moves):
            return None
        for k, d in moves:
            trial[k] += d
        nodes = {v for k, _ in moves for v in (p.node_of[k], *p.also[k])}
        errors = {v: p.error(v, trial) for v in nodes}
        costs = {v: p.cost(v, trial) for v in nodes}
        for k, d in moves:
            trial[k] -= d
        return _Change(moves, sum(costs[v] - self.costs[v] for v in nodes), errors, costs)

    def after(self, change: _Change) -> Array:
        """`sums` after a change."""
        sums = self.sums
        for v, e in change.errors.items():
            if e != self.errors[v]:
                sums = sums + (e - self.errors[v]) * self.p.scaled[v]
        return sums

    def ratio(self, change: _Change) -> float:
        """The worst bound to budget after a change."""
        self.p.evaluations += 1
        return float(self.after(change).max())

    def excess(self, change: _Change | None = None) -> float:
        """How far the outputs are beyond their budgets, added up, after a change; 0 where all fit."""
        sums = self.sums if change is None else self.after(change)
        return float(np.maximum(np.maximum.reduceat(sums, self.p.starts) - 1, 0.0).sum())

    def apply(self, change: _Change) -> None:
        """Make a change."""
        self.sums = self.after(change)
        for v, e in change.errors.items():
            self.errors[v], self.costs[v] = e, change.costs[v]
        for k, d in change.moves:
            self.widths[k] += d
        near = change.errors.keys()
        self.known = {
            key: c for key, c in self.known.items() if c is not None and not c.errors.keys() & near
        }

    def best_drop(self) -> bool:
        """The single reduction that saves most for the error it spends."""
        now, best, most = float(self.sums.max()), None, -np.inf
        for k, d in product(range(len(self.widths)), (-1, -2)):
            found = self.move(k, d)
            if found is None or found.cost > 0 or (ratio := self.ratio(found)) > 1:
                continue
            gain = (1e-3 - found.cost) / (
                max(ratio - now, 0) + 1e-4 * max(self._spent(found), 1e-12) + 1e-9
            )
            if gain > most:
                most, best = gain, found
        return self._applied(best)

    def _spent(self, change: _Change) -> float:
        """How much closer to their budgets the outputs come on average, a tie-break among moves
        that cost nothing.
        """
        return sum(
            float((e - self.errors[v]) * self.p.steepest[v]) for v, e in change.errors.items()
        )

    def best_pair(self) -> bool:
        """One bit more here, one or two less there: the pair that saves most."""
        downs = [
            c
            for k, d in product(range(len(self.widths)), (-1, -2))
            if (c := self.move(k, d)) is not None
        ]
        saved, touching = np.array([c.cost for c in downs]), dict[int, list[int]]()
        for i, c in enumerate(downs):
            for v in c.errors:
                touching.setdefault(v, []).append(i)
        best: _Change | None = None
        for up in (c for k in range(len(self.widths)) if (c := self.move(k, 1)) is not None):
            if self.p.evaluations > self.p.limit:
                break
            near = {i for v in up.errors for i in touching.get(v, ())}
            least = -0.25 if best is None else best.cost
            best = next(
                filter(self._fits, self._pairs(up, downs, up.cost + saved, near, least)), best
            )
        return self._applied(best)

    def _pairs(
        self,
        up: _Change,
        downs: Sequence[_Change],
        costs: Array,
        near: Collection[int],
        least: float,
    ) -> Iterator[_Change]:
        """``up`` with each of ``downs`` where that costs less than ``least``, cheapest first; the
        ``near`` interact.
        """
        found: list[tuple[float, int, _Change | None]] = []
        for i in near:
            (k, d), (other, e) = up.moves[0], downs[i].moves[0]
            both = self.change((k, d), (other, e)) if k != other else None
            if both is not None and both.cost < least:
                found.append((both.cost, i, both))
        found += [
            (float(costs[i]), int(i), None)
            for i in np.flatnonzero(costs < least)
            if int(i) not in near
        ]
        for _, i, both in sorted(found, key=lambda f: f[:2]):
            yield both or up.joined(downs[i])

    def _fits(self, change: _Change) -> bool:
        return self.ratio(change) <= 1

    def _applied(self, change: _Change | None) -> bool:
        if change is not None:
            self.apply(change)
        return change is not None


def perturbed(p: Problem, widths: Sequence[int], rng: np.random.Generator) -> list[int]:
    """``widths`` with one to four knobs a bit or two narrower."""
    out = list(widths)
    for k in rng.choice(len(out), size=min(len(out), int(rng.integers(1, 5))), replace=False):
        out[k] = max(p.low[k], out[k] - int(rng.integers(1, 3)))
    return out
