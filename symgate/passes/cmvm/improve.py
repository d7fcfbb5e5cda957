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

from symgate.passes.cmvm.graph import AdderGraph
from symgate.passes.cmvm.pool import Digit, Pool, room_of
from symgate.passes.cmvm.sharing import Score, Sharing, Sum, put, total

Cost = Callable[[AdderGraph], tuple[float, ...]]


def improve(
    g: AdderGraph, cost: Cost, limit: int | None, random: Random, more: Callable[[], bool]
) -> AdderGraph:
    """``g`` after steps that never make it dearer, while ``more()``."""
    have = cost(g)
    while more() and g.adders:
        found = step(g, limit, random)
        price = cost(found)
        if price <= have and computes(found):
            g, have = found, price
    return g


def computes(g: AdderGraph) -> bool:
    """Whether the coefficients of ``g`` are those wanted."""
    return all(e.lo == e.hi == 0 for e in g.error)


def step(g: AdderGraph, limit: int | None, random: Random) -> AdderGraph:
    """``g`` with a random part of its adders found anew."""
    gone = dissolved(g, random)
    roots, sums = definitions(g, gone)
    symbols = Symbols(g.depths, g.widths)
    score = Score(overlap=random.choice((0.0, 1.0)), noise=random.choice((0.0, 0.1, 0.3)))
    table = Sharing(symbols, sums, score, random, limit)
    table.run()
    return _Rebuilt(g, symbols, dict(zip(roots, table.sums, strict=True))).graph()


def dissolved(g: AdderGraph, random: Random) -> set[int]:
    """The nodes to dissolve: scattered ones, or neighbours."""
    n, count = len(g.inputs), len(g.adders)
    wanted = min(count, max(2, int(min(count * random.choice((0.05, 0.1, 0.2, 0.4)), 150))))
    if random.random() < 0.5:
        return set(random.sample(range(n, n + count), wanted))
    out: set[int] = set()
    frontier = [random.randrange(n, n + count)]
    while frontier and len(out) < wanted:
        i = frontier.pop(random.randrange(len(frontier)))
        if i >= n and i not in out:
            out.add(i)
            near = (g.adders[i - n].left, g.adders[i - n].right, *g.users[i])
            frontier.extend(j for j in near if j >= n)
    return out


def definitions(g: AdderGraph, gone: set[int]) -> tuple[list[int], list[Sum]]:
    """The nodes that stay or are outputs, and what each is the sum of; in order."""
    n = len(g.inputs)
    ends = {o.node for o in g.outputs}
    expanded: dict[int, Sum] = {}
    roots, sums = [], []
    for i, a in enumerate(g.adders, n):
        e: Sum = {}
        for node, shift, sign in a.operands:
            for m, places in expanded.get(node, {node: {0: 1}}).items():
                for p, s in places.items():
                    put(e, Digit(m, p + shift, s * sign))
        if i in gone:
            expanded[i] = e
        if i not in gone or i in ends:
            roots.append(i)
            sums.append({m: dict(places) for m, places in e.items()})
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
        self.widths.append(
            1 + max(self.widths[x.node] + x.position, self.widths[y.node] + y.position)
        )
        self.made[len(self.depths) - 1] = x, y
        return Digit(len(self.depths) - 1, 0, 1)


class _Rebuilt:
    """The graph of new definitions."""

    def __init__(self, g: AdderGraph, symbols: Symbols, sums: dict[int, Sum]) -> None:
        self.g, self.symbols, self.sums = g, symbols, sums
        self.pool = Pool(g.inputs, room_of(g.matrix))
        self.known: dict[int, Digit | None] = {i: Digit(i, 0, 1) for i in range(len(g.inputs))}

    def graph(self) -> AdderGraph:
        for root, e in self.sums.items():
            self.known[root] = total(self.pool, self._resolved(e))
        ends = []
        for o in self.g.outputs:
            digit = None if o.node is None else self.known[o.node]
            ends.append(
                digit
                and Digit(
                    digit.node, digit.position + o.shift, -digit.sign if o.negative else digit.sign
                )
            )
        return self.pool.graph(ends, self.g.matrix)

    def _resolved(self, e: Sum) -> Sum:
        out: Sum = {}
        for node, places in e.items():
            digit = self._digit(node)
            for p, s in places.items() if digit else ():
                assert digit is not None
                put(out, Digit(digit.node, p + digit.position, s * digit.sign))
        return out

    def _digit(self, node: int) -> Digit | None:
        if node not in self.known:
            x, y = self.symbols.made[node]
            self.known[node] = total(self.pool, self._resolved(_pair(x, y)))
        return self.known[node]


def _pair(x: Digit, y: Digit) -> Sum:
    out: Sum = {}
    put(out, x)
    put(out, y)
    return out
