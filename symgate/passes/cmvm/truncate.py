"""Low bits dropped inside a graph: where they save the most adder bits for the error that they
cause.

What an adder drops is one unknown between two bounds, and reaches each output by one whole factor,
so the outputs' errors are sums of intervals; nothing is counted twice along paths that meet again.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from heapq import heappop, heappush

from symgate.ir.domains import Interval
from symgate.passes.cmvm.budget import Budget
from symgate.passes.cmvm.graph import AdderGraph, chain

_Entry = tuple[
    float, int, int, int
]  # error for each bit saved, node, its new last bit, its version


def truncate(g: AdderGraph, budget: Budget) -> AdderGraph:
    """``g`` with as many low bits dropped as the budget allows, largest saving for the error first."""
    return _Truncation(g, budget).run() if any(budget.limits) else g


@dataclass
class _Truncation:
    g: AdderGraph
    budget: Budget

    def __post_init__(self) -> None:
        g = self.g
        self.n = len(g.inputs)
        self.lsbs = list(g.lsbs)
        self.reach = g.transfers
        self.errors = [Interval(e.lo, e.hi) for e in g.error]
        self.limits = self.budget.limits
        self.version = [0] * len(g.lsbs)
        self.heap: list[_Entry] = []

    def run(self) -> AdderGraph:
        for i in range(self.n, len(self.lsbs)):
            self._offer(i)
        while self.heap:
            _, i, lsb, version = heappop(self.heap)
            if version == self.version[i] and self._take(i, lsb):
                for j in (i, *self.g.users[i], *self._operands(i)):
                    self._offer(j)
        adders = tuple(replace(a, lsb=self.lsbs[i]) for i, a in enumerate(self.g.adders, self.n))
        return replace(self.g, adders=adders)

    def _operands(self, i: int) -> Iterator[int]:
        a = self.g.adders[i - self.n]
        return (j for j in {a.left, a.right} if j >= self.n)

    def _offer(self, i: int) -> None:
        """The next last bit of ``i`` that saves anything."""
        self.version[i] += 1
        have = self._bits(i)
        for lsb in range(self.lsbs[i] + 1, self.lsbs[i] + 9):
            saved = have - self._bits(i, lsb)
            if saved > 0:
                heappush(self.heap, (self._price(i, lsb) / saved, i, lsb, self.version[i]))
                return

    def _price(self, i: int, lsb: int) -> float:
        """The largest share of a budget that is spent."""
        more = self._change(i, lsb)
        return max(
            (float((d.hi - d.lo) / self.limits[o]) if self.limits[o] else 1e30 for o, d in more),
            default=0.0,
        )

    def _change(self, i: int, lsb: int) -> list[tuple[int, Interval]]:
        """What the errors of the outputs grow by."""
        before, after = self.g.dropped(i, self.lsbs), self.g.dropped(i, self.lsbs, lsb)
        out = []
        for o, factor in self.reach[i].items():
            grown = [
                (sign * factor * (b.lo - a.lo))
                for (sign, a), (_, b) in zip(before, after, strict=True)
            ]
            out.append((o, Interval(sum(min(0, x) for x in grown), sum(max(0, x) for x in grown))))
        return out

    def _take(self, i: int, lsb: int) -> bool:
        changed = [(o, self.errors[o] + d) for o, d in self._change(i, lsb)]
        if any(self.budget.spent(e) > self.limits[o] for o, e in changed):
            return False
        for o, e in changed:
            self.errors[o] = e
        self.lsbs[i] = lsb
        return True

    def _bits(self, i: int, lsb: int | None = None) -> int:
        """The adder bits of ``i`` and its users if its last bit were ``lsb``."""
        old = self.lsbs[i]
        self.lsbs[i] = old if lsb is None else lsb
        out = sum(self._chain(j) for j in (i, *self.g.users[i]))
        self.lsbs[i] = old
        return out

    def _chain(self, j: int) -> int:
        a, lsb = self.g.adders[j - self.n], self.lsbs[j]
        low = [max(0, self.lsbs[n] + s - lsb) for n, s, _ in a.operands]
        ranges = [moved_range(self.g.exact[n], self.lsbs[n]) for n, _, _ in a.operands]
        return chain(a, low, ranges, moved_range(self.g.exact[j], lsb))


def moved_range(r: Interval, lsb: int) -> Interval:
    """About the raw range of a value whose last bit weighs ``2**lsb``."""
    return Interval(r.lo >> lsb, r.hi >> lsb)
