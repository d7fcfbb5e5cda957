"""Improvement of a graph: some adders are dissolved into their users, and what they leave is shared
anew.

The adders that stay are symbols, defined by sums of earlier symbols; patterns are shared between
all definitions. A new graph that costs no more takes the place of the old one, so the search also
walks along equal costs.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from random import Random

from symgate.passes.cmvm.graph import AdderGraph, Output
from symgate.passes.cmvm.graph_settings import IMPROVE
from symgate.passes.cmvm.pool import Digit, Pool, room_of
from symgate.passes.cmvm.sharing import PairScore, Sharing, Sum, put, total

Cost = Callable[[AdderGraph], tuple[float, ...]]


def improve(
    graph: AdderGraph, cost: Cost, limit: int | None, random: Random, more: Callable[[], bool]
) -> AdderGraph:
    """``graph`` after steps that never make it dearer, while ``more()``."""
    have = cost(graph)
    while more() and graph.adders:
        found = step(graph, limit, random)
        price = cost(found)
        if price <= have and computes(found):
            graph, have = found, price
    return graph


def computes(graph: AdderGraph) -> bool:
    """Whether the coefficients of ``graph`` are those wanted."""
    return all(error.lo == error.hi == 0 for error in graph.error)


def step(graph: AdderGraph, limit: int | None, random: Random) -> AdderGraph:
    """``graph`` with a random part of its adders found anew."""
    gone = dissolve(graph, random)
    roots, sums = definitions(graph, gone)
    symbols = Symbols(graph.depths, graph.widths)
    overlap, noise = random.choice(IMPROVE.overlaps), random.choice(IMPROVE.noise)
    score = PairScore(overlap=overlap, noise=noise)
    table = Sharing(symbols, sums, score, random, limit)
    table.run()
    return _Rebuilding(graph, symbols, dict(zip(roots, table.sums, strict=True))).graph()


def dissolve(graph: AdderGraph, random: Random) -> set[int]:
    """The nodes to dissolve: scattered ones, or neighbours."""
    n, count = len(graph.inputs), len(graph.adders)
    part = int(min(count * random.choice(IMPROVE.parts), IMPROVE.adders))
    wanted = min(count, max(2, part))
    if random.random() < IMPROVE.scattered:
        return set(random.sample(range(n, n + count), wanted))
    chosen: set[int] = set()
    frontier = [random.randrange(n, n + count)]
    while frontier and len(chosen) < wanted:
        i = frontier.pop(random.randrange(len(frontier)))
        if i >= n and i not in chosen:
            chosen.add(i)
            near = (graph.adders[i - n].left, graph.adders[i - n].right, *graph.users[i])
            frontier.extend(other for other in near if other >= n)
    return chosen


def definitions(graph: AdderGraph, gone: set[int]) -> tuple[list[int], list[Sum]]:
    """The nodes that stay or are outputs, and what each is the sum of; in order."""
    n = len(graph.inputs)
    ends = {output.node for output in graph.outputs}
    expanded: dict[int, Sum] = {}
    roots, sums = [], []
    for i, adder in enumerate(graph.adders, n):
        terms: Sum = {}
        for node, shift, sign in adder.operands:
            for symbol, places in expanded.get(node, {node: {0: 1}}).items():
                for position, inner_sign in places.items():
                    put(terms, Digit(symbol, position + shift, inner_sign * sign))
        if i in gone:
            expanded[i] = terms
        if i not in gone or i in ends:
            roots.append(i)
            sums.append({symbol: dict(places) for symbol, places in terms.items()})
    return roots, sums


@dataclass
class Symbols:
    """Nodes by name, for `Sharing`: it does not matter here which of them are equal."""

    depths: list[int]
    widths: list[int]
    made: dict[int, tuple[Digit, Digit]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.depths, self.widths = list(self.depths), list(self.widths)

    def combine(self, x: Digit, y: Digit) -> Digit:
        """A new name for ``x + y``."""
        self.depths.append(1 + max(self.depths[x.node], self.depths[y.node]))
        tops = [self.widths[digit.node] + digit.position for digit in (x, y)]
        self.widths.append(1 + max(tops))
        self.made[len(self.depths) - 1] = x, y
        return Digit(len(self.depths) - 1, 0, 1)


class _Rebuilding:
    """The graph of new definitions."""

    def __init__(self, graph: AdderGraph, symbols: Symbols, sums: dict[int, Sum]) -> None:
        self.old, self.symbols, self.sums = graph, symbols, sums
        self.pool = Pool(graph.inputs, room_of(graph.matrix))
        self.known: dict[int, Digit | None] = {i: Digit(i, 0, 1) for i in range(len(graph.inputs))}

    def graph(self) -> AdderGraph:
        for root, terms in self.sums.items():
            self.known[root] = total(self.pool, self._in_values(terms))
        ends = [self._end(output) for output in self.old.outputs]
        return self.pool.graph(ends, self.old.matrix)

    def _end(self, output: Output) -> Digit | None:
        digit = None if output.node is None else self.known[output.node]
        if digit is None:
            return None
        sign = -digit.sign if output.negative else digit.sign
        return Digit(digit.node, digit.position + output.shift, sign)

    def _in_values(self, terms: Sum) -> Sum:
        out: Sum = {}
        for node, places in terms.items():
            digit = self._digit(node)
            if digit is None:
                continue
            for position, sign in places.items():
                put(out, Digit(digit.node, position + digit.position, sign * digit.sign))
        return out

    def _digit(self, node: int) -> Digit | None:
        if node not in self.known:
            x, y = self.symbols.made[node]
            self.known[node] = total(self.pool, self._in_values(_pair(x, y)))
        return self.known[node]


def _pair(x: Digit, y: Digit) -> Sum:
    out: Sum = {}
    put(out, x)
    put(out, y)
    return out
