"""The search for a cheap graph: row decompositions x scores x random restarts, the cheapest wins."""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from random import Random

from symgate.ir.domains import Interval
from symgate.passes.cmvm.blocks import LARGEST, Stuck, by_blocks
from symgate.passes.cmvm.decompose import Term, Tree, paths
from symgate.passes.cmvm.graph import AdderGraph, Vector
from symgate.passes.cmvm.improve import improve
from symgate.passes.cmvm.pool import Digit, Pool, room_of
from symgate.passes.cmvm.sharing import Score, Sum, put, share, total
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


@dataclass(frozen=True)
class Blocks:
    """Rows as sums of blocks of so many columns, each the best of some tries."""

    width: int
    tries: int = 2


FEW_ROWS = 8  # fewer share too little of a block
FEW_DIGITS = 512  # larger coefficients do not come about by chance
SMALL = 16  # coefficients up to this have few shifts, so larger blocks are quick
MOST = 1000  # restarts where a time is given, which ends them sooner for large matrices
RESTARTED = 0.8  # of the time, before improvements
FIRST, KEPT = 8, 4  # restarts at random before the best of them are varied, and how many are
Way = tuple[Tree | Blocks, Score]
ADDERS = Objective(adders=1.0, luts=0.0)
LUTS = Objective()


@dataclass(frozen=True)
class Effort:
    """How long to search: ``restarts`` random ones (None: by size), none begun after ``seconds`` of
    the processor.

    With ``seconds`` and no ``restarts``, the restarts take most of that time and improvements the
    rest.
    """

    restarts: int | None = None
    seconds: float | None = None
    seed: int = 0

    def rounds(self, digits: int) -> int:
        """Restarts for a matrix of so many signed digits; the time of one grows with their square."""
        if self.restarts is None and self.seconds is not None:
            return MOST
        return (
            max(16, min(96, 40_000 // max(1, digits))) if self.restarts is None else self.restarts
        )

    def steps(self, digits: int) -> int:
        """Steps that improve the best graph."""
        return (
            max(20, min(400, 60_000 // max(1, digits)))
            if self.restarts is None
            else 4 * self.restarts
        )


def search(
    rows: Sequence[Vector], inputs: Sequence[Interval], objective: Objective, effort: Effort
) -> AdderGraph:
    """The best graph of ``rows`` that was found."""
    start = time.process_time()

    def late(share: float = 1.0) -> bool:
        return effort.seconds is not None and time.process_time() - start > share * effort.seconds

    best = plain(rows, inputs)
    if not any(map(any, rows)):
        return best
    digits = sum(len(signed_digits(c)) for r in rows for c in r)
    ranked: list[tuple[tuple[float, ...], int, Way]] = []
    for way, random in _ways(rows, objective, effort.rounds(digits), effort.seed, ranked):
        if late(RESTARTED):
            break
        found = attempt(rows, inputs, *way, random, objective.limit)
        if found is not None:
            ranked.append((objective.cost(found), len(ranked), way))
            best = min(best, found, key=objective.cost)
    steps = iter(range(effort.steps(digits)))
    more = lambda: not late() and next(steps, None) is not None  # noqa: E731 - two words
    return improve(best, objective.cost, objective.limit, Random(effort.seed), more)


def _ways(
    rows: Sequence[Vector],
    objective: Objective,
    rounds: int,
    seed: int,
    ranked: Sequence[tuple[tuple[float, ...], int, Way]],
) -> Iterator[tuple[Way, Random]]:
    """Trees of every length with both scores; then random ones, half of them like the best so far
    with other ties.
    """
    lengths = [1 << k for k in reversed(range(max(len(rows) - 1, 1).bit_length() + 1))]
    quick = bool(objective.depth) or objective.limit is not None
    scores = [
        Score(overlap=o, delay=d) for o in (0.0, 1.0) for d in ((0.0, 4.0) if quick else (0.0,))
    ]
    for length in lengths if quick else lengths[:2]:
        for score in scores:
            yield (Tree(length, price=1.0), score), Random(seed)
    blocks = len(rows) >= FEW_ROWS and max(abs(c) for r in rows for c in r) <= FEW_DIGITS
    largest = max(abs(c) for r in rows for c in r)
    for k in range(rounds):
        random = Random(f"{seed} {k}")
        score = replace(random.choice(scores), **varied(random))
        if k % 4 == 0 and blocks:
            yield (Blocks(random.choice((2, 3, 4)) if largest <= SMALL else 2), score), random
        elif k % 2 and k >= FIRST and ranked:
            way, score = random.choice(sorted(ranked)[:KEPT])[2]
            yield (way, replace(score, noise=random.choice((0.05, 0.15, 0.3)))), random
        else:
            shifts, price, noise = (
                random.choice((0, 2)),
                random.choice((0.0, 1.0, 2.0)),
                random.choice((0.0, 0.0, 1.0)),
            )
            kept = lengths if quick or len(rows) < FEW_ROWS else lengths[:3]
            yield (
                (Tree(random.choice(kept), shifts, price, noise, random.choice((1, 2))), score),
                random,
            )


def varied(random: Random) -> dict[str, float]:
    """Noise and preferences of a random restart."""
    overlap = random.choice((0.0, 0.5, 1.0))
    recent = random.choice((1e-4, 1e-2, 1e-1) if overlap else (1e-4, 1e-2))
    return {"noise": random.choice((0.0, 0.05, 0.15)), "overlap": overlap, "recent": recent}


def plain(rows: Sequence[Vector], inputs: Sequence[Interval]) -> AdderGraph:
    """Canonical signed digits, each row for itself, as flat as can be; equal values are still
    shared.
    """
    pool = Pool(inputs, room_of(rows))
    return pool.graph([total(pool, sum_of(r)) for r in rows], tuple(rows))


def attempt(
    rows: Sequence[Vector],
    inputs: Sequence[Interval],
    way: Tree | Blocks,
    score: Score,
    random: Random,
    limit: int | None = None,
) -> AdderGraph | None:
    """One graph: rows as paths of differences or as sums of blocks, each level with shared
    patterns.
    """
    pool = Pool(inputs, room_of(rows))
    if isinstance(way, Tree):
        return pool.graph(_values(pool, rows, way, way.levels, score, random, limit), tuple(rows))
    if max(abs(c) for r in rows for c in r) >= LARGEST:
        return None
    try:
        sums = by_blocks(pool, rows, way.width, random, way.tries)
    except Stuck:
        return None
    return pool.graph(share(pool, sums, score, random, limit), tuple(rows))


def _values(
    pool: Pool,
    rows: Sequence[Vector],
    tree: Tree,
    levels: int,
    score: Score,
    random: Random,
    limit: int | None,
) -> list[Digit | None]:
    if tree.longest == 1 or not levels:
        return share(pool, [sum_of(r) for r in rows], score, random, limit)
    edges = tree.edges(rows, random)
    first = None if limit is None else max(0, limit - (tree.longest - 1).bit_length())
    values = _values(pool, [e.difference for e in edges], tree, levels - 1, score, random, first)
    return share(pool, [along(path, values) for path in paths(edges)], score, random, limit)


def sum_of(row: Vector) -> Sum:
    """The signed digits of a row."""
    return {i: dict(signed_digits(c)) for i, c in enumerate(row) if c}


def along(path: Sequence[Term], edges: Sequence[Digit | None]) -> Sum:
    """The sum of edges; equal ones carry."""
    out: Sum = {}
    for k, position, sign in path:
        if (d := edges[k]) is not None:
            put(out, Digit(d.node, d.position + position, d.sign * sign))
    return out
