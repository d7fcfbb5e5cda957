"""The search for a cheap graph: row decompositions x scores x random restarts, the cheapest wins."""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from random import Random

from symgate.ir.domains import Interval
from symgate.passes.cmvm.decompose import paths, spanning_tree
from symgate.passes.cmvm.graph import AdderGraph, Vector
from symgate.passes.cmvm.pool import Digit, Pool, room_of
from symgate.passes.cmvm.sharing import Score, Sum, share, total
from symgate.passes.lowering.constants import signed_digits


@dataclass(frozen=True)
class Objective:
    """What a graph costs; ``limit`` comes first, then the weighted sum."""

    adders: float = 0.0
    luts: float = 1.0
    depth: float = 0.0
    limit: int | None = None  # of the depth, in adders

    def cost(self, g: AdderGraph) -> tuple[float, ...]:
        """Smaller is better, entry by entry."""
        late = 0 if self.limit is None else max(0, g.depth - self.limit)
        luts = self.luts * g.luts if self.luts else 0.0
        return late, self.adders * g.count + luts + self.depth * g.depth, g.count, g.depth


ADDERS = Objective(adders=1.0, luts=0.0)
LUTS = Objective()


@dataclass(frozen=True)
class Effort:
    """How long to search: ``restarts`` random ones (None: by size), none begun after ``seconds``."""

    restarts: int | None = None
    seconds: float | None = None
    seed: int = 0

    def rounds(self, digits: int) -> int:
        """Restarts for a matrix of so many signed digits; the time of one grows with their square."""
        return max(2, min(64, 40_000 // max(1, digits))) if self.restarts is None else self.restarts


def search(rows: Sequence[Vector], inputs: Sequence[Interval], objective: Objective, effort: Effort) -> AdderGraph:
    """The best graph of ``rows`` that was found."""
    start = time.monotonic()
    best = plain(rows, inputs)
    if not any(map(any, rows)):
        return best
    for longest, score, random in _candidates(rows, objective, effort):
        if effort.seconds is not None and time.monotonic() - start > effort.seconds:
            break
        best = min(best, attempt(rows, inputs, longest, score, random, objective.limit), key=objective.cost)
    return best


def _candidates(rows: Sequence[Vector], objective: Objective, effort: Effort) -> Iterator[tuple[int, Score, Random]]:
    """Every path length with both scores; then random ones of them with random ties and weights."""
    top = max(len(rows[0]), 1).bit_length()
    lengths = [1, *(1 << k for k in range(1, top + 1))]
    delay = 4.0 if objective.depth or objective.limit is not None else 0.0
    scores = [Score(overlap=o, delay=d) for o in (True, False) for d in {0.0, delay}]
    for length in lengths:
        for score in scores:
            yield length, score, Random(effort.seed)
    count = sum(len(signed_digits(c)) for r in rows for c in r)
    for k in range(effort.rounds(count)):
        random = Random(f"{effort.seed} {k}")
        score = random.choice(scores)
        noise = random.choice((0.0, 0.05, 0.15))
        yield random.choice(lengths), Score(score.overlap, score.delay, noise), random


def plain(rows: Sequence[Vector], inputs: Sequence[Interval]) -> AdderGraph:
    """Canonical signed digits, each row for itself, as flat as can be; equal values are still shared."""
    pool = Pool(inputs, room_of(rows))
    return pool.graph([total(pool, sum_of(r)) for r in rows], tuple(rows))


def attempt(
    rows: Sequence[Vector], inputs: Sequence[Interval], longest: int, score: Score, random: Random, limit: int | None
) -> AdderGraph:
    """One graph: rows as paths of differences of at most ``longest`` edges, both levels with shared patterns."""
    pool = Pool(inputs, room_of(rows))
    if longest == 1:
        return pool.graph(share(pool, [sum_of(r) for r in rows], score, random, limit), tuple(rows))
    tree = spanning_tree(rows, longest)
    first = None if limit is None else max(0, limit - (longest - 1).bit_length())
    edges = share(pool, [sum_of(e.difference) for e in tree], score, random, first)
    sums = [along(path, edges) for path in paths(tree)]
    return pool.graph(share(pool, sums, score, random, limit), tuple(rows))


def sum_of(row: Vector) -> Sum:
    """The signed digits of a row."""
    return {i: dict(signed_digits(c)) for i, c in enumerate(row) if c}


def along(path: Sequence[tuple[int, int]], edges: Sequence[Digit | None]) -> Sum:
    """The sum of edges; equal ones carry."""
    out: Sum = {}
    for k, sign in path:
        if (d := edges[k]) is not None:
            put(out, Digit(d.node, d.position, d.sign * sign))
    return out


def put(e: Sum, d: Digit) -> None:
    """Add a digit to a sum that nobody counts."""
    places = e.setdefault(d.node, {})
    have = places.pop(d.position, None)
    if have is None:
        places[d.position] = d.sign
    elif have == d.sign:
        put(e, Digit(d.node, d.position + 1, have))
    if not places:
        e.pop(d.node, None)
