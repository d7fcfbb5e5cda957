"""Word-length search: cheapest widths whose first-order error bound fits, by greedy moves on memoised costs.

The bound of output o is ``max over sub-boxes of sum_v |D_ov| e_v`` with the derivative enclosures of `errors`, so one
move changes one row of a matrix. Moves: one bit less on a knob, or one bit less on one knob and one more on another
(Han and Evans 2006; pair moves are needed because optimal widths are not monotone).
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]


@dataclass
class Problem:
    """``slopes[o]`` has a row per node and a column per sub-box; errors and costs are functions of all widths."""

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
        return float(np.max(self.predicted(errors) / self.budgets))


def uniform(p: Problem) -> list[int]:
    """The smallest equal number of fraction bits that fits, each knob clipped to its limits."""

    def widths(bits: int) -> list[int]:
        return [min(max(bits, lo), hi) for lo, hi in zip(p.low, p.high, strict=True)]

    first, last = min(p.low, default=0), max(p.high, default=0)
    if p.excess(p.errors(widths(last))) > 1:  # limits of addresses: more bits in an argument can make it worse
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
    """Move all widths at once with prices on errors (a Lagrangian relaxation), then repair the best few.

    Each output's price follows its ratio of bound to budget; every knob then takes the width of least cost plus priced
    error. Returns the cheapest widths that fit, or the uniform ones if none does.
    """
    widths, seen = list(start), dict[tuple[int, ...], float]()
    prices = np.full(len(p.slopes), 100.0)
    for _ in range(rounds):
        errors = p.errors(widths)
        p.evaluations += 1
        ratios, _ = _priced(p, errors, prices)
        seen[tuple(widths)] = p.total(widths) * (1 + 0.2 * float(np.log2(np.maximum(ratios, 1)).sum()))
        prices = prices * np.clip(ratios, 0.5, 2.0) ** 0.7
        _, per_node = _priced(p, errors, prices)
        for k in range(len(widths)):
            _settle(p, widths, k, per_node)
    candidates = [repaired(p, w) for w in sorted(seen, key=lambda w: seen[w])[:keep]]
    return min([*(c for c in candidates if c is not None), uniform(p)], key=p.total)


def repaired(p: Problem, start: Sequence[int]) -> list[int] | None:
    """``start`` with bits added where they bring the bounds down most for their cost, until all fit."""
    state = _State(p, list(start))
    for _ in range(20 * len(state.widths)):
        excess = state.excess(state.errors, {})
        if excess <= 0:
            return state.widths
        best: tuple[float, tuple[tuple[int, int], ...], dict[int, float], dict[int, float]] | None = None
        for k in range(len(state.widths)):
            found = state.change(((k, 1),))
            if found is None:
                continue
            gain = (excess - state.excess(state.errors, found[1])) / max(found[0], 0.05)
            if gain > 0 and (best is None or gain > best[0]):
                best = gain, ((k, 1),), found[1], found[2]
        if best is None:
            return None
        state.apply(*best[1:])
    return None


def _priced(p: Problem, errors: Array, prices: Array) -> tuple[Array, Array]:
    """Bound over budget per output, and what one unit of error at each node costs near the worst sub-boxes."""
    ratios, per_node = np.empty(len(p.slopes)), np.zeros(len(errors))
    for o, (s, budget) in enumerate(zip(p.slopes, p.budgets, strict=True)):
        totals = errors @ s / budget
        ratios[o] = totals.max()
        weight = np.exp(40 * (totals / max(ratios[o], 1e-300) - 1))
        per_node += prices[o] / budget * (s @ (weight / weight.sum()))
    return ratios, per_node


def _settle(p: Problem, widths: list[int], k: int, per_node: Array) -> None:
    """Give knob ``k`` the width of least cost plus priced error among its neighbours."""
    nodes, old = (p.node_of[k], *p.also[k]), widths[k]
    scores = []
    for w in range(max(p.low[k], old - 2), min(p.high[k], old + 2) + 1):
        widths[k] = w
        scores.append((sum(p.cost(v, widths) + per_node[v] * p.error(v, widths) for v in nodes), w))
    widths[k] = min(scores)[1]


def search(p: Problem, start: Sequence[int]) -> list[int]:
    """Improve ``start`` until no move helps or the limit is reached; the result always fits if ``start`` does."""
    state = _State(p, list(start))
    while p.evaluations < p.limit:
        if not (state.best_drop() or state.best_pair()):
            break
    return state.widths


class _State:
    def __init__(self, p: Problem, widths: list[int]):
        self.p, self.widths = p, widths
        self.errors = p.errors(widths)
        self.costs = [p.cost(v, widths) for v in range(len(self.errors))]
        self.sums = [self.errors @ s for s in p.slopes]

    def change(self, moves: Sequence[tuple[int, int]]) -> tuple[float, dict[int, float], dict[int, float]] | None:
        """Cost difference, new errors and new costs of the touched nodes; None where a width leaves its limits."""
        p, trial = self.p, self.widths
        for k, d in moves:
            if not p.low[k] <= trial[k] + d <= p.high[k]:
                return None
        for k, d in moves:
            trial[k] += d
        nodes = {v for k, _ in moves for v in (p.node_of[k], *p.also[k])}
        errors = {v: p.error(v, trial) for v in nodes}
        costs = {v: p.cost(v, trial) for v in nodes}
        for k, d in moves:
            trial[k] -= d
        return sum(costs[v] - self.costs[v] for v in nodes), errors, costs

    def ratio(self, errors: dict[int, float]) -> float:
        """The worst bound to budget after the node errors change."""
        self.p.evaluations += 1
        worst = 0.0
        for s, total, budget in zip(self.p.slopes, self.sums, self.p.budgets, strict=True):
            new = total
            for v, e in errors.items():
                new = new + (e - self.errors[v]) * s[v]
            worst = max(worst, float(new.max()) / budget)
        return worst

    def excess(self, errors: Array, changed: dict[int, float]) -> float:
        """How far the outputs are beyond their budgets, added up; 0 where all fit."""
        beyond = 0.0
        for s, total, budget in zip(self.p.slopes, self.sums, self.p.budgets, strict=True):
            new = total
            for v, e in changed.items():
                new = new + (e - errors[v]) * s[v]
            beyond += max(0.0, float(new.max()) / budget - 1)
        return beyond

    def apply(self, moves: Sequence[tuple[int, int]], errors: dict[int, float], costs: dict[int, float]) -> None:
        for v, e in errors.items():
            for s, total in zip(self.p.slopes, self.sums, strict=True):
                total += (e - self.errors[v]) * s[v]
            self.errors[v] = e
        for v, c in costs.items():
            self.costs[v] = c
        for k, d in moves:
            self.widths[k] += d

    def best_drop(self) -> bool:
        """The single reduction that saves most for the error it spends."""
        now = max(float(t.max()) / b for t, b in zip(self.sums, self.p.budgets, strict=True))
        best: tuple[float, tuple[tuple[int, int], ...], dict[int, float], dict[int, float]] | None = None
        for k in range(len(self.widths)):
            for d in (-1, -2):
                found = self.change(((k, d),))
                if found is None or found[0] > 0:
                    continue
                saved, errors, costs = found
                ratio = self.ratio(errors)
                if ratio > 1:
                    continue
                gain = (-saved + 1e-3) / (max(ratio - now, 0) + 1e-4 * max(_spent(self, errors), 1e-12) + 1e-9)
                if best is None or gain > best[0]:
                    best = gain, ((k, d),), errors, costs
        if best is None:
            return False
        self.apply(*best[1:])
        return True

    def best_pair(self) -> bool:
        """One bit more here, one or two less there: the pair that saves most."""
        best: tuple[float, tuple[tuple[int, int], ...], dict[int, float], dict[int, float]] | None = None
        ups = [k for k in range(len(self.widths)) if self.widths[k] < self.p.high[k]]
        for up in ups:
            if self.p.evaluations > self.p.limit:
                break
            for down in range(len(self.widths)):
                for d in (-1, -2):
                    found = self.change(((up, 1), (down, d))) if up != down else None
                    if found is None or found[0] >= -0.25 or (best is not None and found[0] >= best[0]):
                        continue
                    if self.ratio(found[1]) <= 1:
                        best = found[0], ((up, 1), (down, d)), found[1], found[2]
        if best is None:
            return False
        self.apply(*best[1:])
        return True


def _spent(state: _State, errors: dict[int, float]) -> float:
    """How much closer to their budgets the outputs come on average, a tie-break among moves that cost nothing."""
    spent = 0.0
    for s, budget in zip(state.p.slopes, state.p.budgets, strict=True):
        spent += sum(float((e - state.errors[v]) * s[v].max()) for v, e in errors.items()) / budget
    return spent


def perturbed(p: Problem, widths: Sequence[int], rng: np.random.Generator) -> list[int]:
    """``widths`` with one to four knobs a bit or two narrower."""
    out = list(widths)
    for k in rng.choice(len(out), size=min(len(out), int(rng.integers(1, 5))), replace=False):
        out[k] = max(p.low[k], out[k] - int(rng.integers(1, 3)))
    return out
