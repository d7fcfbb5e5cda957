"""The search for a cheap graph: row decompositions x scores x random restarts, the cheapest wins."""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from random import Random

from symgate.ir.domains import Interval
from symgate.passes.cmvm.blocks import Stuck, by_blocks
from symgate.passes.cmvm.decompose import Term, Tree, paths
from symgate.passes.cmvm.graph import AdderGraph, Vector
from symgate.passes.cmvm.graph_settings import BLOCKS, IMPROVE, RESTARTS
from symgate.passes.cmvm.improve import improve
from symgate.passes.cmvm.pool import Digit, Pool, room_of
from symgate.passes.cmvm.sharing import PairScore, Sum, put, share, total
from symgate.passes.lowering.constants import signed_digits


@dataclass(frozen=True)
class GraphObjective:
    """What a graph costs; ``limit`` comes first, then the weighted sum."""

    adders: float = 0.0
    luts: float = 1.0
    depth: float = 0.0
    limit: int | None = None  # of the depth, in adders

    def cost(self, graph: AdderGraph) -> tuple[float, ...]:
        """Smaller is better, entry by entry."""
        late = 0 if self.limit is None else max(0, graph.depth - self.limit)
        luts = self.luts * graph.luts if self.luts else 0.0
        return (
            late,
            self.adders * graph.count + luts + self.depth * graph.depth,
            graph.count,
            graph.depth,
        )


@dataclass(frozen=True)
class Blocks:
    """Rows as sums of blocks of so many columns, each the best of some tries."""

    width: int
    tries: int = 2


Way = tuple[Tree | Blocks, PairScore]
ADDERS = GraphObjective(adders=1.0, luts=0.0)
LUTS = GraphObjective()


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
        if self.restarts is not None:
            return self.restarts
        if self.seconds is not None:
            return RESTARTS.timed
        return max(RESTARTS.least, min(RESTARTS.most, RESTARTS.work // max(1, digits)))

    def steps(self, digits: int) -> int:
        """Steps that improve the best graph."""
        if self.restarts is not None:
            return IMPROVE.per_restart * self.restarts
        return max(IMPROVE.least, min(IMPROVE.most, IMPROVE.work // max(1, digits)))


def search_graph(
    rows: Sequence[Vector], inputs: Sequence[Interval], objective: GraphObjective, effort: Effort
) -> AdderGraph:
    """The best graph of ``rows`` that was found."""
    start = time.process_time()

    def late(share: float = 1.0) -> bool:
        return effort.seconds is not None and time.process_time() - start > share * effort.seconds

    best = plain(rows, inputs)
    if not any(map(any, rows)):
        return best
    digits = sum(len(signed_digits(coefficient)) for row in rows for coefficient in row)
    ranked: list[tuple[tuple[float, ...], int, Way]] = []
    for way, random in _ways(rows, objective, effort.rounds(digits), effort.seed, ranked):
        if late(RESTARTS.share):
            break
        found = attempt(rows, inputs, *way, random, objective.limit)
        if found is not None:
            ranked.append((objective.cost(found), len(ranked), way))
            best = min(best, found, key=objective.cost)
    steps = iter(range(effort.steps(digits)))

    def more() -> bool:
        return not late() and next(steps, None) is not None

    return improve(best, objective.cost, objective.limit, Random(effort.seed), more)


def _ways(
    rows: Sequence[Vector],
    objective: GraphObjective,
    rounds: int,
    seed: int,
    ranked: Sequence[tuple[tuple[float, ...], int, Way]],
) -> Iterator[tuple[Way, Random]]:
    """Trees of every length with both scores; then random ones, half of them like the best so far
    with other ties.
    """
    lengths = [1 << k for k in reversed(range(max(len(rows) - 1, 1).bit_length() + 1))]
    depth_counts = bool(objective.depth) or objective.limit is not None
    delays = (0.0, RESTARTS.delay) if depth_counts else (0.0,)
    scores = [PairScore(overlap=overlap, delay=delay) for overlap in (0.0, 1.0) for delay in delays]
    for length in lengths if depth_counts else lengths[:2]:
        for score in scores:
            yield (Tree(length, price=1.0), score), Random(seed)
    long_ones = depth_counts or len(rows) < BLOCKS.rows
    kept = lengths if long_ones else lengths[:3]
    widths = _block_widths(rows)
    for k in range(rounds):
        random = Random(f"{seed} {k}")
        score = replace(random.choice(scores), **vary(random))
        if k % BLOCKS.period == 0 and widths:
            width = random.choice(widths) if len(widths) > 1 else widths[0]
            yield (Blocks(width), score), random
        elif k % 2 and k >= RESTARTS.first and ranked:
            way, score = random.choice(sorted(ranked)[: RESTARTS.kept])[2]
            yield (way, replace(score, noise=random.choice(RESTARTS.varied_noise))), random
        else:
            yield (_random_tree(kept, random), score), random


def _block_widths(rows: Sequence[Vector]) -> tuple[int, ...]:
    """The columns that blocks may have; none where blocks are of no use."""
    largest = _largest(rows)
    if len(rows) < BLOCKS.rows or largest > BLOCKS.coefficient:
        return ()
    return BLOCKS.small_widths if largest <= BLOCKS.small else (BLOCKS.width,)


def _random_tree(lengths: Sequence[int], random: Random) -> Tree:
    shifts, price = random.choice(RESTARTS.shifts), random.choice(RESTARTS.prices)
    noise, length = random.choice(RESTARTS.tree_noise), random.choice(lengths)
    return Tree(length, shifts, price, noise, random.choice(RESTARTS.levels))


def _largest(rows: Sequence[Vector]) -> int:
    return max(abs(coefficient) for row in rows for coefficient in row)


def vary(random: Random) -> dict[str, float]:
    """Noise and preferences of a random restart."""
    overlap = random.choice(RESTARTS.overlaps)
    recent = random.choice(RESTARTS.recent_if_overlap if overlap else RESTARTS.recent)
    return {"noise": random.choice(RESTARTS.noise), "overlap": overlap, "recent": recent}


def plain(rows: Sequence[Vector], inputs: Sequence[Interval]) -> AdderGraph:
    """Canonical signed digits, each row for itself, as flat as can be; equal values are still
    shared.
    """
    pool = Pool(inputs, room_of(rows))
    return pool.graph([total(pool, sum_of(row)) for row in rows], tuple(rows))


def attempt(
    rows: Sequence[Vector],
    inputs: Sequence[Interval],
    way: Tree | Blocks,
    score: PairScore,
    random: Random,
    limit: int | None = None,
) -> AdderGraph | None:
    """One graph: rows as paths of differences or as sums of blocks, each level with shared
    patterns.
    """
    pool = Pool(inputs, room_of(rows))
    if isinstance(way, Tree):
        return pool.graph(_values(pool, rows, way, way.levels, score, random, limit), tuple(rows))
    if _largest(rows) >= BLOCKS.limit:
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
    score: PairScore,
    random: Random,
    limit: int | None,
) -> list[Digit | None]:
    if tree.longest == 1 or not levels:
        return share(pool, [sum_of(row) for row in rows], score, random, limit)
    edges = tree.edges(rows, random)
    first = None if limit is None else max(0, limit - (tree.longest - 1).bit_length())
    values = _values(
        pool, [edge.difference for edge in edges], tree, levels - 1, score, random, first
    )
    return share(pool, [along(path, values) for path in paths(edges)], score, random, limit)


def sum_of(row: Vector) -> Sum:
    """The signed digits of a row."""
    return {i: dict(signed_digits(coefficient)) for i, coefficient in enumerate(row) if coefficient}


def along(path: Sequence[Term], edges: Sequence[Digit | None]) -> Sum:
    """The sum of edges; equal ones carry."""
    out: Sum = {}
    for k, position, sign in path:
        if (digit := edges[k]) is not None:
            put(out, Digit(digit.node, digit.position + position, digit.sign * sign))
    return out
