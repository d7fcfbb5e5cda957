"""Pipelining: every node gets a clock cycle, registers go where an edge crosses one. II is 1 by
construction.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from symgate.ir.fixed import CONST, INPUT, Builder, Graph, Node, users
from symgate.passes.hardware.cost import absorbed, delay, late, registers_inside

#: The part of a clock period that logic may use; the rest is clock uncertainty and skew, as in
#: Vitis HLS (12.5 %).
USABLE = 0.875


@dataclass(frozen=True)
class Schedule:
    """As soon as possible for a clock of ``clock_ns``; all outputs leave in one cycle, through
    registers.
    """

    clock_ns: float = 5.0

    def __call__(self, graph: Graph) -> Graph:
        """``graph`` with registers; `Graph.latency` of the result is the latency in clock cycles."""
        budget = self.clock_ns * USABLE
        stage = stages(graph, budget)
        last = max(
            (
                stage[p.node] + max(1, registers_inside(graph, p.node, budget))
                for p in graph.outputs
            ),
            default=1,
        )
        return _registered(graph, stage, last)


def stages(graph: Graph, budget_ns: float) -> list[int]:
    """The clock cycle of every node, counted from the inputs; a node slower than the budget has a
    cycle alone.

    No schedule has fewer cycles: each node is as early as it can be, then later where that saves
    flip-flops. Where a product needs the registers of its DSP slice, nothing reads it before these,
    and nothing stands in front of it.
    """
    timing = _Timing(graph, budget_ns)
    for i in range(len(graph.nodes)):
        timing.place(i)
    for i in sorted(
        timing.inside, reverse=True
    ):  # in the LUTs of their reader, so no register fits between
        timing.stage[i] = max(timing.stage[i], timing.stage[timing.readers[i][0]])
    for i in sorted(timing.inside):
        timing.arrival[i] = timing.start(i, timing.stage[i])
    timing.delayed()
    return timing.stage


class _Timing:
    """Cycles and, within each, arrival times in ns; what an adder absorbs takes no time of its own."""

    def __init__(self, graph: Graph, budget_ns: float) -> None:
        self.graph, self.budget = graph, budget_ns
        self.inside, self.readers = absorbed(graph), users(graph)
        size = len(graph.nodes)
        self.deep = [registers_inside(graph, i, budget_ns) for i in range(size)]
        self.late = [late(graph, i) for i in range(size)]
        self.own = [0.0 if i in self.inside else delay(graph, i) for i in range(size)]
        self.stage, self.arrival = [0] * size, [0.0] * size
        self.out = {p.node for p in graph.outputs}

    def args(self, i: int) -> list[int]:
        """The operands that are no constants."""
        return [a for a in self.graph.nodes[i].args if self.graph.nodes[a].op != CONST]

    def start(self, i: int, stage: int) -> float:
        """When the operands of node ``i`` are there, in ``stage``."""
        return max((self.there(a, stage) for a in self.args(i)), default=0.0)

    def there(self, a: int, stage: int) -> float:
        """When node ``a`` is there, in ``stage``."""
        if self.stage[a] == stage:
            return self.arrival[a]
        return self.late[a] if self.stage[a] + self.deep[a] == stage else 0.0

    def fits(self, i: int, start: float) -> bool:
        """Whether node ``i`` may start then."""
        alone = (
            self.deep[i] and not self.late[i]
        )  # a slice has registers in front, a block RAM takes a late address
        return start <= 0 or i in self.inside or not (start + self.own[i] > self.budget or alone)

    def place(self, i: int) -> None:
        """Give node ``i`` the earliest cycle."""
        if self.graph.nodes[i].op in (INPUT, CONST):
            return
        self.stage[i] = max((self.stage[a] + self.deep[a] for a in self.args(i)), default=0)
        start = self.start(i, self.stage[i])
        if not self.fits(i, start):
            self.stage[i], start = self.stage[i] + 1, 0.0
        self.arrival[i] = start + self.own[i]

    def delayed(self) -> None:
        """Move single nodes to the cycle of their first reader, where that saves flip-flops and
        keeps the time.
        """
        for i in reversed(range(len(self.graph.nodes))):
            if (
                self.graph.nodes[i].op in (INPUT, CONST)
                or i in self.out
                or i in self.inside
                or not self.readers[i]
            ):
                continue
            group = [i, *(a for a in self.args(i) if a in self.inside and self.readers[a] == [i])]
            first = min(self.stage[r] for r in self.readers[i]) - self.deep[i]
            if (
                first > self.stage[i]
                and self.saves(i, group, first)
                and self.holds(i, group, first)
            ):
                for j in group:
                    self.stage[j] = first
                self.arrive(i)

    def saves(self, i: int, group: list[int], stage: int) -> bool:
        """Whether ``group``, which gives node ``i``, needs fewer flip-flops behind it than in front
        of it.
        """
        gain = self.graph.nodes[i].type.width * (stage - self.stage[i])
        sources = {a for j in group for a in self.args(j)} - set(group)
        alive = {
            a: max(self.stage[r] for r in self.readers[a] if r not in group)
            if set(self.readers[a]) - set(group)
            else self.stage[a]
            for a in sources
        }
        now = {
            a: max(alive[a], *(self.stage[j] for j in group if a in self.args(j))) for a in sources
        }
        loss = sum(
            self.graph.nodes[a].type.width * max(0, stage - now[a])
            for a in sources
            if a not in self.out
        )
        return gain > loss

    def holds(self, i: int, group: list[int], stage: int) -> bool:
        """Whether everything keeps its time with ``group`` in ``stage``: nothing that it reads is
        computed there.
        """
        if any(
            self.stage[a] + self.deep[a] >= stage
            for j in group
            for a in self.args(j)
            if a not in group
        ):
            return False
        return all(
            self._keeps(r, stage, {i: self.own[i]})
            for r in self.readers[i]
            if self.stage[r] == stage
        )

    def _keeps(self, r: int, stage: int, arrival: dict[int, float]) -> bool:
        """Whether ``r`` and what follows it in ``stage`` keep their time with these new arrivals."""
        start = max(arrival[a] if a in arrival else self.there(a, stage) for a in self.args(r))
        if not self.fits(r, start):
            return False
        if start + self.own[r] <= self.arrival[r]:
            return True
        arrival = {**arrival, r: start + self.own[r]}
        return all(
            self._keeps(s, stage, arrival) for s in self.readers[r] if self.stage[s] == stage
        )

    def arrive(self, i: int) -> None:
        """Arrival times of node ``i`` and of what follows it in its cycle."""
        self.arrival[i] = self.start(i, self.stage[i]) + self.own[i]
        for r in self.readers[i]:
            if (
                self.stage[r] == self.stage[i]
                and self.start(r, self.stage[r]) + self.own[r] > self.arrival[r]
            ):
                self.arrive(r)


def again(b: Builder, n: Node, args: Sequence[int]) -> int:
    """Append the operator of ``n`` on nodes with the same values; the register of an input may have
    fewer bits.
    """
    attr = n.attr
    if n.op in ("table", "rom"):
        t = b.nodes[args[0]].type
        values = attr[0]
        codes = (p - (1 << t.width) if p > t.hi else p for p in range(1 << t.width))
        attr = tuple(values[code % len(values)] for code in codes), attr[1]
    return b.emit(n.op, *args, attr=attr)


def _registered(graph: Graph, stage: list[int], last: int) -> Graph:
    b = Builder()
    delayed: dict[tuple[int, int], int] = {}

    def at(i: int, cycle: int) -> int:
        """Node ``i`` of the old graph as it is seen in ``cycle``."""
        if graph.nodes[i].op == CONST:
            return delayed[i, 0]
        for c in range(stage[i] + 1, cycle + 1):
            if (i, c) not in delayed:
                delayed[i, c] = b.register(delayed[i, c - 1])
        return delayed[i, cycle]

    for i, n in enumerate(graph.nodes):
        if n.op == INPUT:
            assert n.declared is not None
            delayed[i, 0] = b.input(n.attr[0], n.declared, n.range)
        elif n.op == CONST:
            delayed[i, 0] = b.const(n.range.lo, n.frac)
        else:
            delayed[i, stage[i]] = again(b, n, [at(a, stage[i]) for a in n.args])
    for p in graph.outputs:
        constant = graph.nodes[p.node].op == CONST
        b.output(p.name, delayed[p.node, 0] if constant else at(p.node, last), p.type)
    return b.build()
