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
from symgate.passes.cmvm.graph_settings import TRUNCATE

#: Error for each bit saved, node, its new last bit, its version.
_Entry = tuple[float, int, int, int]
#: The price of an error that no budget has room for.
_NEVER = 1e30


def truncate(graph: AdderGraph, budget: Budget) -> AdderGraph:
    """``graph`` with as many low bits dropped as the budget allows, largest saving for the error first."""
    return _Truncation(graph, budget).run() if any(budget.limits) else graph


@dataclass
class _Truncation:
    graph: AdderGraph
    budget: Budget

    def __post_init__(self) -> None:
        graph = self.graph
        self.n = len(graph.inputs)
        self.lsbs = list(graph.lsbs)
        self.reach = graph.transfers
        self.errors = [Interval(error.lo, error.hi) for error in graph.error]
        self.limits = self.budget.limits
        self.version = [0] * len(graph.lsbs)
        self.heap: list[_Entry] = []

    def run(self) -> AdderGraph:
        for i in range(self.n, len(self.lsbs)):
            self._offer(i)
        while self.heap:
            _, i, lsb, version = heappop(self.heap)
            if version == self.version[i] and self._take(i, lsb):
                for near in (i, *self.graph.users[i], *self._operands(i)):
                    self._offer(near)
        adders = tuple(
            replace(adder, lsb=self.lsbs[i]) for i, adder in enumerate(self.graph.adders, self.n)
        )
        return replace(self.graph, adders=adders)

    def _operands(self, i: int) -> Iterator[int]:
        adder = self.graph.adders[i - self.n]
        return (node for node in {adder.left, adder.right} if node >= self.n)

    def _offer(self, i: int) -> None:
        """The next last bit of ``i`` that saves anything."""
        self.version[i] += 1
        have = self._bits(i)
        for lsb in range(self.lsbs[i] + 1, self.lsbs[i] + 1 + TRUNCATE.ahead):
            saved = have - self._bits(i, lsb)
            if saved > 0:
                heappush(self.heap, (self._price(i, lsb) / saved, i, lsb, self.version[i]))
                return

    def _price(self, i: int, lsb: int) -> float:
        """The largest share of a budget that is spent."""
        shares = [self._share(output, grown) for output, grown in self._change(i, lsb)]
        return max(shares, default=0.0)

    def _share(self, output: int, grown: Interval) -> float:
        limit = self.limits[output]
        return float((grown.hi - grown.lo) / limit) if limit else _NEVER

    def _change(self, i: int, lsb: int) -> list[tuple[int, Interval]]:
        """What the errors of the outputs grow by."""
        before, after = self.graph.dropped(i, self.lsbs), self.graph.dropped(i, self.lsbs, lsb)
        pairs = zip(before, after, strict=True)
        more = [sign * (then.lo - now.lo) for (sign, now), (_, then) in pairs]
        changes = []
        for output, factor in self.reach[i].items():
            grown = [factor * loss for loss in more]
            total = Interval(sum(min(0, x) for x in grown), sum(max(0, x) for x in grown))
            changes.append((output, total))
        return changes

    def _take(self, i: int, lsb: int) -> bool:
        changed = [(output, self.errors[output] + grown) for output, grown in self._change(i, lsb)]
        if any(self.budget.spent(error) > self.limits[output] for output, error in changed):
            return False
        for output, error in changed:
            self.errors[output] = error
        self.lsbs[i] = lsb
        return True

    def _bits(self, i: int, lsb: int | None = None) -> int:
        """The adder bits of ``i`` and its users if its last bit were ``lsb``."""
        old = self.lsbs[i]
        self.lsbs[i] = old if lsb is None else lsb
        out = sum(self._chain(node) for node in (i, *self.graph.users[i]))
        self.lsbs[i] = old
        return out

    def _chain(self, node: int) -> int:
        adder, lsb = self.graph.adders[node - self.n], self.lsbs[node]
        low = [max(0, self.lsbs[n] + shift - lsb) for n, shift, _ in adder.operands]
        ranges = [moved_range(self.graph.exact[n], self.lsbs[n]) for n, _, _ in adder.operands]
        return chain(adder, low, ranges, moved_range(self.graph.exact[node], lsb))


def moved_range(reach: Interval, lsb: int) -> Interval:
    """About the raw range of a value whose last bit weighs ``2**lsb``."""
    return Interval(reach.lo >> lsb, reach.hi >> lsb)
