"""Slopes one step up or down and low bits of rows that no output needs, found by trial at every code.

Slopes that are fitted as real numbers and then rounded are not the best that rows which are cut can
have, and the place where rows are cut is what the worst of them decides. So slopes are moved until
the constants of their segment have the most choice, and what choice is left is spent bit by bit: each
low bit of a row that goes is a LUT less in a carry chain.
"""

from __future__ import annotations

import itertools
from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np

from symgate.passes.approx.base import Ints, as_ints
from symgate.passes.approx.fields import Address
from symgate.passes.approx.first_table import intersect, start
from symgate.passes.approx.fit import Windows
from symgate.passes.approx.rows import Rows, row_entries
from symgate.passes.approx.table_sums import Sum, Term

#: How far a slope may move.
_STEPS = (0, 1, -1)


@dataclass(frozen=True, eq=False)
class _Part:
    """A term, and what it subtracts at every code for each of `_STEPS`."""

    term: Term

    @cached_property
    def choices(self) -> list[Ints]:
        if not isinstance(self.term, Rows):
            return [self.term.values()]
        rows = range(self.term.count)
        return [
            as_ints(sum(self._row(i, slope, self.term.trim(i)) for i in rows))
            for slope in self._slopes
        ]

    @cached_property
    def _slopes(self) -> list[Ints]:
        """The slopes moved; none is longer than the longest."""
        assert isinstance(self.term, Rows)
        slope = self.term.slope
        least, most = int(slope.min()), int(slope.max())
        return [np.clip(slope + step, least, most) for step in _STEPS]

    def _row(self, i: int, slope: Ints, trim: int) -> Ints:
        term = self.term
        assert isinstance(term, Rows)
        entries = row_entries(slope, [(i, term.row_width(i), trim)], term.drop)
        return as_ints(entries.ravel()[term.picks[i]])

    def shorter(self, i: int) -> _Part | None:
        """One bit less in row ``i``, where it has one to spare."""
        term = self.term
        assert isinstance(term, Rows)
        if term.parts()[i][1] <= 2:
            return None
        trims = [term.trim(j) for j in range(term.count)]
        trims[i] += 1
        changed = [
            choice + self._row(i, slope, trims[i]) - self._row(i, slope, term.trim(i))
            for choice, slope in zip(self.choices, self._slopes, strict=True)
        ]
        shorter = replace(term, trims=tuple(trims))
        shorter.__dict__["picks"] = term.picks
        made = _Part(shorter)
        made.__dict__.update(choices=changed, _slopes=self._slopes)
        return made

    def moved(self, steps: Ints) -> Term:
        """The term with the slope of each of its segments moved by one of `_STEPS`."""
        term = self.term
        if not isinstance(term, Rows):
            return term
        slope, at = term.slope.copy(), term.address.index[term.address.starts]
        least, most = int(slope.min()), int(slope.max())
        slope[at] = np.clip(slope[at] + np.array(_STEPS)[steps], least, most)
        return replace(term, slope=slope)


@dataclass(frozen=True, eq=False)
class _Fitting:
    """Terms under a table of constants."""

    windows: Windows
    address: Address  # of the constants
    guard: int
    parts: tuple[_Part, ...]

    @cached_property
    def _groups(self) -> Ints:
        """The first segment of the constants in each segment of the slopes."""
        rows = next(part.term for part in self.parts if isinstance(part.term, Rows))
        return np.searchsorted(self.address.starts, rows.address.starts)

    @cached_property
    def best(self) -> tuple[list[Ints], bool]:
        """The choice of each part in each segment of the slopes, and whether all have a constant."""
        low, high = self.windows.in_units(self.guard)
        starts, margins = self.address.starts, []
        every = list(itertools.product(*(range(len(part.choices)) for part in self.parts)))
        for choice in every:
            pairs = zip(self.parts, choice, strict=True)
            taken = sum(part.choices[chosen] for part, chosen in pairs)
            least = np.maximum.reduceat(low + taken, starts)
            most = np.minimum.reduceat(high + taken, starts)
            margins.append(np.minimum.reduceat(most - least, self._groups))
        widest = np.argmax(margins, axis=0)
        found = [as_ints([choice[i] for choice in every])[widest] for i in range(len(self.parts))]
        return found, bool((np.max(margins, axis=0) >= 0).all())

    @property
    def works(self) -> bool:
        """Whether every segment has a constant."""
        return self.best[1]

    def trimmed(self) -> _Fitting:
        """As many bits less in the rows as the windows allow."""
        found = self
        trying = [
            (at, i)
            for at, part in enumerate(self.parts)
            if isinstance(part.term, Rows)
            for i in range(part.term.count)
        ]
        while trying:
            went = []
            for at, i in trying:
                shorter = found.parts[at].shorter(i)
                if shorter is None:
                    continue
                parts = (*found.parts[:at], shorter, *found.parts[at + 1 :])
                tried = replace(found, parts=parts)
                if tried.works:
                    found = tried
                    went.append((at, i))
            trying = went
        return found

    def terms(self) -> list[Term]:
        """The terms with the slopes that were chosen."""
        return [part.moved(steps) for part, steps in zip(self.parts, self.best[0], strict=True)]


def settle(windows: Windows, address: Address, guard: int, terms: list[Term]) -> list[Term] | None:
    """``terms`` with slopes for which every segment has a constant, where there are any."""
    fitting = _Fitting(windows, address, guard, tuple(map(_Part, terms)))
    return fitting.terms() if fitting.works else None


def trim(found: Sum, windows: Windows) -> Sum:
    """``found`` with fewer bits in its rows, as far as its windows allow."""
    if not any(isinstance(term, Rows) for term in found.terms):
        return found
    address, guard = found.first.address, found.guard
    fitting = _Fitting(windows, address, guard, tuple(map(_Part, found.terms))).trimmed()
    terms = fitting.terms()
    taken = -as_ints(sum(term.values() for term in terms))
    lo, hi = intersect(windows, address, taken, guard)
    if (lo > hi).any():
        return found
    shorter = start(found.kind, address, lo, hi, terms, found.out, guard, found.detail)
    return min(found, shorter, key=lambda each: each.luts)
