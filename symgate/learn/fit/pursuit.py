"""Orthogonal matching pursuit with a beam that knows how large terms are."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from itertools import pairwise
from typing import Any

import numpy as np
from numpy.typing import NDArray

Reals = NDArray[np.float64]
Singles = NDArray[np.float32]

#: A term that is so nearly a combination of those chosen adds nothing (share of its square).
_DEPENDENT = 1e-5
_TINY = 1e-13
#: Below this share of the target's square, a loss from float32 is rounding.
_BLURRED = 1e-5


@dataclass(frozen=True)
class Beam:
    """How wide a pursuit searches."""

    #: Terms of a selection.
    terms: int = 5
    #: Selections that go on.
    width: int = 30
    #: Selections of each size that go on.
    per_total: int = 3
    #: Terms of each size that are tried after each selection.
    per_size: int = 4
    #: What a node is worth: the natural logarithm of the loss that it must save.
    node: float = 0.12
    #: A squared residual of this share is an exact answer: terms are rounded to float32.
    exact: float = 1e-12
    #: Selections of each count whose terms are exchanged one by one for better ones.
    exchanged: int = 0


@dataclass(frozen=True)
class Selection:
    """Chosen terms, the share of the target's square that they leave, and their nodes together."""

    terms: tuple[int, ...]
    loss: float
    nodes: int


@dataclass
class _State:
    terms: tuple[int, ...]
    basis: list[Reals]
    residual: Reals


Option = tuple[Selection, int, int]


def pursue(
    dictionary: Singles, sizes: Sequence[int], target: Reals, forced: Reals, beam: Beam
) -> list[Selection]:
    """Selections of rows of ``dictionary`` (terms, rows), sorted by ``sizes``, that come close to
    ``target`` (rows,) beside the columns ``forced`` (rows, k), which cost nothing.
    """
    return _Pursuit(dictionary, np.asarray(sizes), target, forced, beam).run()


@dataclass(frozen=True)
class _Pursuit:
    """One run over one dictionary."""

    dictionary: Singles
    sizes: NDArray[Any]
    target: Reals
    forced: Reals
    beam: Beam

    @cached_property
    def whole(self) -> float:
        """The square of the target, of which losses are shares."""
        return max(float(self.target @ self.target), 1e-300)

    @cached_property
    def lengths(self) -> Singles:
        """The square of each term."""
        found: Singles = np.einsum("ij,ij->i", self.dictionary, self.dictionary)
        return found

    @cached_property
    def classes(self) -> list[tuple[int, int]]:
        """The ranges of terms of one size."""
        edges = np.flatnonzero(np.diff(self.sizes)) + 1
        ends = [0, *edges.tolist(), len(self.sizes)]
        return [(a, b) for a, b in pairwise(ends) if b > a]

    def run(self) -> list[Selection]:
        """Selections of one term, of two, and so on; then of exchanged terms."""
        basis, residual = self.left(())
        states = [_State((), list(basis.T), residual)]
        projections = self.covered(basis)[:, None]
        found: dict[tuple[int, ...], Selection] = {}
        for _ in range(self.beam.terms):
            options = self.options(states, projections)
            for selection, _, _ in options:
                found.setdefault(selection.terms, selection)
            states, projections = self.chosen(options, states, projections)
            if not states:
                break
            if min(float(s.residual @ s.residual) for s in states) < self.beam.exact * self.whole:
                break
        self.exchange(found)
        return [self.exactly(s) for s in found.values()]

    def left(self, terms: Sequence[int]) -> tuple[Reals, Reals]:
        """An orthogonal basis of ``terms`` and what is forced, in float64, and what it leaves of the
        target.
        """
        columns = self.dictionary[list(terms)].astype(np.float64).T
        every = np.column_stack([self.forced, columns])
        basis = np.linalg.qr(every)[0] if every.size else np.empty((len(self.target), 0))
        return basis, self.target - basis @ (basis.T @ self.target)

    def covered(self, basis: Reals) -> Singles:
        """How much of the square of each term lies in ``basis``."""
        found: Singles = ((self.dictionary @ basis.astype(np.float32)) ** 2).sum(axis=1)
        return found

    def gains(self, residuals: Reals, projections: Singles) -> Singles:
        """What each term saves of each residual (rows, states), beside what is covered of it."""
        left = self.lengths[:, None] - projections
        left[left <= _DEPENDENT * self.lengths[:, None]] = np.inf
        found: Singles = (self.dictionary @ residuals.astype(np.float32)) ** 2 / left
        return found

    def exactly(self, selection: Selection) -> Selection:
        """A selection with its loss in float64 where float32 cannot tell it from 0: losses are the
        difference of squares that are nearly equal.
        """
        if selection.loss > _BLURRED:
            return selection
        _, residual = self.left(selection.terms)
        return replace(selection, loss=float(residual @ residual) / self.whole)

    def exchange(self, found: dict[tuple[int, ...], Selection]) -> None:
        """Swap each term of the best selections for the one that fits best beside the others.

        A greedy choice often takes one term that resembles the sum of two; with the others in
        place, the right one is the closest.
        """
        for count in range(2, self.beam.terms + 1):
            level = sorted((s for s in found.values() if len(s.terms) == count), key=self.worth)
            for selection in level[: self.beam.exchanged]:
                better: Selection | None = self.exactly(selection)
                while better is not None and better.loss > self.beam.exact:
                    better = self.swapped(better)
                    if better is None or better.terms in found:
                        break
                    found[better.terms] = better

    def swapped(self, selection: Selection) -> Selection | None:
        """The best selection with one other term, if it is better."""
        places = range(len(selection.terms))
        best = min((self.completed(selection, place) for place in places), key=self.worth)
        best = self.exactly(best)
        return best if self.worth(best) < self.worth(selection) - 1e-6 else None

    def completed(self, selection: Selection, place: int) -> Selection:
        """The selection with the best term in the place of one of its own."""
        others = (*selection.terms[:place], *selection.terms[place + 1 :])
        basis, residual = self.left(others)
        gain = self.gains(residual[:, None], self.covered(basis)[:, None])[:, 0]
        losses = np.maximum(float(residual @ residual) - gain, 0) / self.whole
        nodes = self.sizes + self.sizes[list(others)].sum() + 2 * len(selection.terms)
        term = int(np.argmin(np.log(losses + _TINY) + self.beam.node * nodes))
        return Selection(tuple(sorted((*others, term))), float(losses[term]), int(nodes[term]))

    def options(self, states: Sequence[_State], projections: Singles) -> list[Option]:
        """The best terms of each size after each state, best first: selection, state, term."""
        gains = self.gains(np.stack([s.residual for s in states], axis=1), projections)
        found: dict[tuple[int, ...], Option] = {}
        for number, state in enumerate(states):
            before = float(state.residual @ state.residual)
            for term in self.best_of_sizes(gains[:, number]):
                key = tuple(sorted((*state.terms, term)))
                if key not in found:
                    loss = max(before - float(gains[term, number]), 0.0) / self.whole
                    size = int(self.sizes[list(key)].sum()) + 2 * len(key)
                    found[key] = Selection(key, loss, size), number, term
        return sorted(found.values(), key=lambda option: self.worth(option[0]))

    def best_of_sizes(self, gain: Singles) -> Iterator[int]:
        """The terms of each size that gain most."""
        for low, high in self.classes:
            count = min(self.beam.per_size, high - low)
            best = np.argpartition(-gain[low:high], count - 1)[:count] + low
            yield from best.tolist()

    def worth(self, selection: Selection) -> float:
        """What orders selections, the best first."""
        return math.log(selection.loss + _TINY) + self.beam.node * selection.nodes

    def diverse(self, options: Sequence[Option]) -> list[Option]:
        """The best options, few of each size: else relatives of one large lure fill the beam."""
        taken: Counter[int] = Counter()
        chosen = list[Option]()
        for option in options:
            size = option[0].nodes
            if taken[size] < self.beam.per_total:
                taken[size] += 1
                chosen.append(option)
            if len(chosen) == self.beam.width:
                break
        return chosen

    def chosen(
        self, options: Sequence[Option], states: Sequence[_State], projections: Singles
    ) -> tuple[list[_State], Singles]:
        """The states after the best options, and how much of each term they cover."""
        chosen, parents, columns = list[_State](), list[int](), list[Reals]()
        for selection, number, term in self.diverse(options):
            state = states[number]
            column = self.beside(term, state.basis)
            if column is None:
                continue
            residual = state.residual - (column @ state.residual) * column
            chosen.append(_State(selection.terms, [*state.basis, column], residual))
            parents.append(number)
            columns.append(column)
        if not chosen:
            return [], projections
        added = (self.dictionary @ np.stack(columns, axis=1).astype(np.float32)) ** 2
        return chosen, projections[:, parents] + added

    def beside(self, term: int, basis: Sequence[Reals]) -> Reals | None:
        """The direction that a term adds to ``basis``, None where that is rounding."""
        column: Reals = self.dictionary[term].astype(np.float64)
        for _ in range(2):  # twice is enough to be orthogonal in float64
            for one in basis:
                column = column - (one @ column) * one
        length = float(np.linalg.norm(column))
        if length < 1e-6 * math.sqrt(float(self.lengths[term])):
            return None
        return column / length
