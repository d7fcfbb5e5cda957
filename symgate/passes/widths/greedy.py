"""Widths step by step: bits added until the bounds fit, then single and paired moves that save LUT.

A move takes one or two bits off one knob, or does that and adds one bit to another (Han and Evans
2006). Pairs are needed because optimal widths are not monotone. What a move does is remembered
until something near it changes.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from itertools import product

import numpy as np

from symgate.passes.widths.problem import Array, Problem
from symgate.passes.widths.width_settings import WidthSearch


def repair_widths(
    problem: Problem, start: Sequence[int], settings: WidthSearch
) -> list[int] | None:
    """``start`` with bits added where they bring the bounds down most for their cost, until all
    fit; None where that does not end.
    """
    position = _Position(problem, list(start), settings)
    for _ in range(settings.repairs * len(position.widths)):
        excess = position.excess()
        if excess <= 0:
            return position.widths
        best = _best_repair(position, excess)
        if best is None:
            return None
        position.apply(best)
    return None


def improve_widths(problem: Problem, start: Sequence[int], settings: WidthSearch) -> list[int]:
    """``start`` improved until no move helps or the effort is spent; fits if ``start`` does."""
    position = _Position(problem, list(start), settings)
    while problem.effort.spent < settings.evaluations:
        move = position.best_drop() or position.best_pair()
        if move is None:
            break
        position.apply(move)
    return position.widths


@dataclass(frozen=True, eq=False)
class _Move:
    """Bits added to knobs: what that costs, and new errors and costs of the touched nodes."""

    bits: tuple[tuple[int, int], ...]  # (knob, bits added) each
    cost: float
    errors: dict[int, float]
    costs: dict[int, float]

    def joined(self, other: _Move) -> _Move:
        """Both moves at once, which touch no node in common."""
        return _Move(
            self.bits + other.bits,
            self.cost + other.cost,
            self.errors | other.errors,
            self.costs | other.costs,
        )


class _Position:
    """Where a search stands: widths, what they amount to, and what moves from here would do."""

    def __init__(self, problem: Problem, widths: list[int], settings: WidthSearch):
        self.problem, self.widths, self.settings = problem, widths, settings
        self.errors = problem.errors(widths)
        self.costs = [problem.cost(node, widths) for node in problem.nodes]
        self.bounds = self.errors @ problem.scaled  # over budget, by output and sub-box
        self.known: dict[tuple[int, int], _Move | None] = {}

    # ---------------------------------------------------------------- what a move does

    def known_move(self, knob: int, added: int) -> _Move | None:
        """`evaluated` of one knob; remembered until something near it changes."""
        if (knob, added) not in self.known:
            self.known[knob, added] = self.evaluated((knob, added))
        return self.known[knob, added]

    def evaluated(self, *bits: tuple[int, int]) -> _Move | None:
        """What adding bits to knobs does; None where a width leaves its limits."""
        problem, trial = self.problem, self.widths
        if not all(problem.knobs.allow(knob, trial[knob] + added) for knob, added in bits):
            return None
        for knob, added in bits:
            trial[knob] += added
        nodes = {node for knob, _ in bits for node in problem.knobs.nodes_of(knob)}
        errors = {node: problem.error(node, trial) for node in nodes}
        costs = {node: problem.cost(node, trial) for node in nodes}
        for knob, added in bits:
            trial[knob] -= added
        return _Move(bits, sum(costs[node] - self.costs[node] for node in nodes), errors, costs)

    def bounds_after(self, move: _Move) -> Array:
        """`bounds` after a move."""
        bounds = self.bounds
        for node, error in move.errors.items():
            if error != self.errors[node]:
                bounds = bounds + (error - self.errors[node]) * self.problem.scaled[node]
        return bounds

    def worst_after(self, move: _Move) -> float:
        """The worst bound over budget after a move."""
        self.problem.effort.spent += 1
        return float(self.bounds_after(move).max())

    def excess(self, move: _Move | None = None) -> float:
        """How far the outputs are beyond their budgets, added up, after a move; 0 where all fit."""
        bounds = self.bounds if move is None else self.bounds_after(move)
        worst = np.maximum.reduceat(bounds, self.problem.starts)
        return float(np.maximum(worst - 1, 0.0).sum())

    def apply(self, move: _Move) -> None:
        """Make a move, and forget what was known of those near it."""
        self.bounds = self.bounds_after(move)
        for node, error in move.errors.items():
            self.errors[node], self.costs[node] = error, move.costs[node]
        for knob, added in move.bits:
            self.widths[knob] += added
        near = move.errors.keys()
        self.known = {
            key: known
            for key, known in self.known.items()
            if known is not None and not known.errors.keys() & near
        }

    # ---------------------------------------------------------------- the best move

    def drops(self) -> Iterator[_Move]:
        """One or two bits less on each knob that has them."""
        for knob, added in product(range(len(self.widths)), (-1, -2)):
            move = self.known_move(knob, added)
            if move is not None:
                yield move

    def best_drop(self) -> _Move | None:
        """The drop that saves most for the error it spends."""
        settings, now = self.settings, float(self.bounds.max())
        best, most = None, -np.inf
        for move in self.drops():
            if move.cost > 0:
                continue
            worst = self.worst_after(move)
            if worst > 1:
                continue
            slack = settings.mean_slack * max(self._mean_slack(move), settings.least_slack)
            spent = max(worst - now, 0) + slack + settings.least_spent
            gain = (settings.free_drop - move.cost) / spent
            if gain > most:
                most, best = gain, move
        return best

    def _mean_slack(self, move: _Move) -> float:
        """How much closer to their budgets the outputs come on average, a tie-break among moves
        that cost nothing.
        """
        steepest = self.problem.steepest
        return sum(
            float((error - self.errors[node]) * steepest[node])
            for node, error in move.errors.items()
        )

    def best_pair(self) -> _Move | None:
        """One bit more here, one or two less there: the pair that saves most."""
        downs = list(self.drops())
        saved = np.array([down.cost for down in downs])
        touching: dict[int, list[int]] = {}
        for number, down in enumerate(downs):
            for node in down.errors:
                touching.setdefault(node, []).append(number)
        best: _Move | None = None
        for knob in range(len(self.widths)):
            up = self.known_move(knob, 1)
            if up is None:
                continue
            if self.problem.effort.spent > self.settings.evaluations:
                break
            near = {number for node in up.errors for number in touching.get(node, ())}
            least = -self.settings.least_pair if best is None else best.cost
            pairs = self._pairs(up, downs, up.cost + saved, near, least)
            best = next(filter(self._fits, pairs), best)
        return best

    def _pairs(
        self, up: _Move, downs: Sequence[_Move], costs: Array, near: Collection[int], least: float
    ) -> Iterator[_Move]:
        """``up`` with each of ``downs`` where that costs less than ``least``, cheapest first; the
        ``near`` interact.
        """
        found: list[tuple[float, int, _Move | None]] = []
        for number in near:
            added, dropped = up.bits[0], downs[number].bits[0]
            both = self.evaluated(added, dropped) if added[0] != dropped[0] else None
            if both is not None and both.cost < least:
                found.append((both.cost, number, both))
        apart = (int(number) for number in np.flatnonzero(costs < least))
        found += [(float(costs[number]), number, None) for number in apart if number not in near]
        for _, number, both in sorted(found, key=lambda pair: pair[:2]):
            yield both or up.joined(downs[number])

    def _fits(self, move: _Move) -> bool:
        return self.worst_after(move) <= 1


def _best_repair(position: _Position, excess: float) -> _Move | None:
    """The bit that brings the bounds down most for its cost."""
    most, best = 0.0, None
    for knob in range(len(position.widths)):
        move = position.known_move(knob, 1)
        if move is None:
            continue
        cost = max(move.cost, position.settings.least_repair)
        gain = (excess - position.excess(move)) / cost
        if gain > most:
            most, best = gain, move
    return best
