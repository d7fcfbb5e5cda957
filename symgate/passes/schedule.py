"""Pipelining: every node gets a clock cycle, registers go where an edge crosses one. II is 1 by construction."""

from __future__ import annotations

from dataclasses import dataclass

from symgate.ir.fixed import CONST, INPUT, Builder, Graph, users
from symgate.passes.cost import absorbed, delay

#: The part of a clock period that logic may use; the rest is clock uncertainty and skew, as in Vitis HLS (12.5 %).
USABLE = 0.875


@dataclass(frozen=True)
class Schedule:
    """As soon as possible for a clock of ``clock_ns``; all outputs leave in one cycle, through registers."""

    clock_ns: float = 5.0

    def __call__(self, graph: Graph) -> Graph:
        """``graph`` with registers; `Graph.latency` of the result is the latency in clock cycles."""
        stage = stages(graph, self.clock_ns * USABLE)
        last = max((stage[p.node] for p in graph.outputs), default=0) + 1
        return _registered(graph, stage, last)


def stages(graph: Graph, budget_ns: float) -> list[int]:
    """The clock cycle of every node, counted from the inputs; a node slower than the budget has a cycle alone."""
    stage, arrival = [0] * len(graph.nodes), [0.0] * len(graph.nodes)
    inside, readers = absorbed(graph), users(graph)
    for i, n in enumerate(graph.nodes):
        if n.op in (INPUT, CONST):
            continue
        args = [a for a in n.args if graph.nodes[a].op != CONST]
        stage[i] = max((stage[a] for a in args), default=0)
        start = max((arrival[a] for a in args if stage[a] == stage[i]), default=0.0)
        own = delay(graph, i)
        if start > 0 and start + own > budget_ns and i not in inside:
            stage[i], start = stage[i] + 1, 0.0
        arrival[i] = start + own
    for i in sorted(inside, reverse=True):  # in the LUTs of their reader, so no register fits between
        stage[i] = max(stage[i], stage[readers[i][0]])
    return stage


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
            delayed[i, stage[i]] = b.emit(n.op, *(at(a, stage[i]) for a in n.args), attr=n.attr)
    for p in graph.outputs:
        constant = graph.nodes[p.node].op == CONST
        b.output(p.name, delayed[p.node, 0] if constant else at(p.node, last), p.type)
    return b.build()
