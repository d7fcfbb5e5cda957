"""Random small graphs, in the forms that the Verilog printer treats specially."""

import random

import numpy as np
import pytest

from symgate.ir.fixed import Builder, Graph
from symgate.ir.types import FixedType, Overflow, Rounding


class RandomGraph:
    """A graph of a few random nodes on three small inputs and a constant."""

    def __init__(self, seed: int) -> None:
        self.r = random.Random(seed)
        self.b = b = Builder()
        types = [
            FixedType(self.r.random() < 0.6, self.r.randint(1, 5), self.r.randint(-1, 2))
            for _ in range(3)
        ]
        self.pool = [b.input(f"x{k}", t) for k, t in enumerate(types)]
        self.pool.append(b.const(self.r.randint(-9, 9), self.r.randint(0, 2)))
        for _ in range(self.r.randint(6, 24)):
            self.grow()

    def graph(self) -> Graph:
        for k, node in enumerate(self.r.sample(self.pool[-6:], 3)):
            self.b.output(f"y{k}", node)
        return self.b.build()

    def grow(self) -> None:
        """Add a node; what does not fit together is left out."""
        try:
            node = self.r.choice(self.kinds)(self, self.pick())
        except TypeError:
            return
        n = self.b.nodes[node]
        node = self.b.scale(node, n.frac) if abs(n.frac) > 6 else node
        wide = n.type.width > 9
        self.pool.append(
            self.b.wrap(node, self.r.randint(3, 9), self.r.random() < 0.6) if wide else node
        )

    def pick(self) -> int:
        return self.r.choice(self.pool[-8:] if self.r.random() < 0.7 else self.pool)

    def bit(self) -> int:
        node = self.pick()
        k = self.r.randrange(self.b.nodes[node].type.width)
        return self.b.slice(node, k, k)

    def pair(self, op: str, x: int) -> int:
        y = self.pick()
        frac = max(self.b.nodes[x].frac, self.b.nodes[y].frac)
        return self.b.emit(op, self.b.to_frac(x, frac), self.b.to_frac(y, frac))

    def digit(self) -> int:
        node = self.pick()
        low = self.r.randint(0, max(0, self.b.nodes[node].type.width - 2))
        return self.b.slice(self.b.shl(node, 1), low + 2, low)

    def flip(self, x: int, op: str) -> int:
        branches = [self.b.emit(op, x), x]
        self.r.shuffle(branches)
        return self.b.select(self.bit(), *branches)

    def carry(self, x: int) -> int:
        bit = self.bit()
        return self.b.add(x, self.b.scale(bit, self.b.nodes[bit].frac - self.b.nodes[x].frac))

    def table(self, x: int) -> int:
        x = self.b.wrap(x, 3, False) if self.b.nodes[x].type.width > 3 else x
        values = [self.r.randint(-20, 20) for _ in range(1 << self.b.nodes[x].type.width)]
        return self.b.table(x, values, self.r.randint(0, 2))

    def fit(self, x: int) -> int:
        type = FixedType(self.r.random() < 0.5, self.r.randint(1, 6), self.b.nodes[x].frac)
        return self.b.fit(x, type, self.r.choice(list(Overflow)))

    def part(self, x: int) -> int:
        low = self.r.randint(0, 3)
        return self.b.slice(x, low + self.r.randint(0, 3), low)

    kinds = (
        *[
            lambda s, x, op=op: s.pair(op, x)
            for op in ("add", "add", "add", "sub", "sub", "min", "max", "lt", "eq")
        ],
        *[lambda s, x, op=op: s.flip(x, op) for op in ("neg", "invert")],
        *[lambda s, x, op=op: s.b.emit(op, x) for op in ("neg", "abs", "invert", "square")],
        lambda s, x: s.b.booth(x, s.digit()),
        lambda s, x: s.b.booth_cut(x, s.digit(), s.r.randint(0, 3)),
        lambda s, x: s.b.mul(x, s.pick()),
        lambda s, x: s.b.round(x, s.r.randint(1, 3), s.r.choice(list(Rounding))),
        lambda s, x: s.b.shl(x, s.r.randint(1, 3)),
        lambda s, x: s.b.concat(x, s.bit(), s.r.randint(1, 2)),
        lambda s, x: s.b.emit(s.r.choice(["and", "or"]), s.bit(), s.bit()),
        lambda s, x: s.pair("add", s.carry(x)),
        carry,
        table,
        fit,
        part,
    )


@pytest.fixture(scope="session")
def random_graph():
    """``random_graph(seed)``: the same graph for the same seed."""
    return lambda seed: RandomGraph(seed).graph()


@pytest.fixture(scope="session")
def rows_of():
    """``rows_of(graph, limit, rng)``: all inputs of a small graph, or ``limit`` of them."""

    def rows(graph, limit=None, rng=None):
        axes = [
            np.arange(n.range.lo, n.range.hi + 1)
            for n in (graph.nodes[p.node] for p in graph.inputs)
        ]
        columns = [grid.ravel() for grid in np.meshgrid(*axes, indexing="ij")]
        picked = np.arange(columns[0].size)
        if limit is not None and columns[0].size > limit:
            picked = rng.choice(columns[0].size, limit, replace=False)
        return {p.name: column[picked] for p, column in zip(graph.inputs, columns, strict=True)}

    return rows
