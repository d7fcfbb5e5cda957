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
        outputs = [port.node for port in graph.outputs]
        ready = (stage[i] + max(1, registers_inside(graph, i, budget)) for i in outputs)
        return _registered(graph, stage, max(ready, default=1))


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
    timing.join_readers()
    for i in reversed(range(len(graph.nodes))):
        if timing.may_move(i):
            timing.delay_if_it_saves(i)
    return timing.stage


class _Timing:
    """The cycle of each node, and its arrival within that cycle in ns."""

    def __init__(self, graph: Graph, budget_ns: float) -> None:
        size = len(graph.nodes)
        self.graph, self.budget = graph, budget_ns
        self.readers = users(graph)
        self.outputs = {port.node for port in graph.outputs}
        # nodes in the LUTs of the adder that reads them: they take no time of their own
        self.absorbed = absorbed(graph)
        self.delay = [0.0 if i in self.absorbed else delay(graph, i) for i in range(size)]
        # cycles between a node and its result, and when in the last of them that is there
        self.registers = [registers_inside(graph, i, budget_ns) for i in range(size)]
        self.after_registers = [late(graph, i) for i in range(size)]
        self.stage, self.arrival = [0] * size, [0.0] * size

    def operands(self, i: int) -> list[int]:
        """The operands that are no constants."""
        return [
            operand for operand in self.graph.nodes[i].args if self.graph.nodes[operand].op != CONST
        ]

    # ---------------------------------------------------------------- when something is there

    def start(self, i: int, stage: int) -> float:
        """When the operands of node ``i`` are there, in ``stage``."""
        return max((self.there(a, stage) for a in self.operands(i)), default=0.0)

    def there(self, i: int, stage: int) -> float:
        """When the result of node ``i`` is there, in ``stage``."""
        if self.stage[i] == stage:
            return self.arrival[i]
        just_registered = self.stage[i] + self.registers[i] == stage
        return self.after_registers[i] if just_registered else 0.0

    def fits(self, i: int, start: float) -> bool:
        """Whether node ``i`` may start then, in a cycle that has begun."""
        if start <= 0 or i in self.absorbed:
            return True
        # a slice has registers in front, a block RAM takes a late address
        starts_a_cycle = self.registers[i] and not self.after_registers[i]
        return not starts_a_cycle and start + self.delay[i] <= self.budget

    # ---------------------------------------------------------------- as early as possible

    def place(self, i: int) -> None:
        """Give node ``i`` the earliest cycle."""
        if self.graph.nodes[i].op in (INPUT, CONST):
            return
        ready = (self.stage[a] + self.registers[a] for a in self.operands(i))
        self.stage[i] = max(ready, default=0)
        start = self.start(i, self.stage[i])
        if not self.fits(i, start):
            self.stage[i], start = self.stage[i] + 1, 0.0
        self.arrival[i] = start + self.delay[i]

    def join_readers(self) -> None:
        """Move what an adder absorbs to the adder's cycle: no register fits between them."""
        for i in sorted(self.absorbed, reverse=True):
            self.stage[i] = max(self.stage[i], self.stage[self.readers[i][0]])
        for i in sorted(self.absorbed):
            self.arrival[i] = self.start(i, self.stage[i])

    # ---------------------------------------------------------------- later, to save flip-flops

    def may_move(self, i: int) -> bool:
        """Whether node ``i`` is computed, and for readers inside the graph alone."""
        if self.graph.nodes[i].op in (INPUT, CONST):
            return False
        return i not in self.outputs and i not in self.absorbed and bool(self.readers[i])

    def delay_if_it_saves(self, i: int) -> None:
        """Move node ``i`` to the cycle of its first reader, where that saves flip-flops and keeps
        the time.
        """
        inside = (a for a in self.operands(i) if a in self.absorbed and self.readers[a] == [i])
        group = [i, *inside]
        first = min(self.stage[reader] for reader in self.readers[i]) - self.registers[i]
        if first <= self.stage[i]:
            return
        if self.saves(i, group, first) and self.keeps_time(i, group, first):
            for j in group:
                self.stage[j] = first
            self.arrive(i)

    def saves(self, i: int, group: list[int], stage: int) -> bool:
        """Whether ``group``, which gives node ``i``, needs fewer flip-flops behind it than in front
        of it.
        """
        nodes = self.graph.nodes
        gain = nodes[i].type.width * (stage - self.stage[i])
        sources = {a for j in group for a in self.operands(j)} - set(group) - self.outputs
        loss = sum(nodes[a].type.width * self.kept_longer(a, group, stage) for a in sources)
        return gain > loss

    def kept_longer(self, source: int, group: list[int], stage: int) -> int:
        """Cycles that ``source`` must be kept longer, if ``group`` reads it in ``stage``."""
        others = set(self.readers[source]) - set(group)
        mine = [j for j in group if source in self.operands(j)]
        last_read = max((self.stage[r] for r in others), default=self.stage[source])
        until_now = max(last_read, *(self.stage[j] for j in mine))
        return max(0, stage - until_now)

    def keeps_time(self, i: int, group: list[int], stage: int) -> bool:
        """Whether everything keeps its time with ``group`` in ``stage``: nothing that it reads is
        computed there.
        """
        sources = [a for j in group for a in self.operands(j) if a not in group]
        if any(self.stage[a] + self.registers[a] >= stage for a in sources):
            return False
        return self.followers_keep_time(i, stage, {i: self.delay[i]})

    def followers_keep_time(self, i: int, stage: int, arrival: dict[int, float]) -> bool:
        """Whether what reads node ``i`` in ``stage``, and all behind it there, keeps its time with
        these new arrivals.
        """
        followers = (reader for reader in self.readers[i] if self.stage[reader] == stage)
        return all(self.reader_keeps_time(r, stage, arrival) for r in followers)

    def reader_keeps_time(self, i: int, stage: int, arrival: dict[int, float]) -> bool:
        """The same for one reader and all behind it."""
        inputs = self.operands(i)
        start = max(arrival[a] if a in arrival else self.there(a, stage) for a in inputs)
        if not self.fits(i, start):
            return False
        end = start + self.delay[i]
        return end <= self.arrival[i] or self.followers_keep_time(i, stage, {**arrival, i: end})

    def arrive(self, i: int) -> None:
        """Set the arrival of node ``i``, and of what that makes later in its cycle."""
        self.arrival[i] = self.start(i, self.stage[i]) + self.delay[i]
        for reader in self.readers[i]:
            if self.stage[reader] != self.stage[i]:
                continue
            if self.start(reader, self.stage[reader]) + self.delay[reader] > self.arrival[reader]:
                self.arrive(reader)


def copy_node(builder: Builder, node: Node, operands: Sequence[int]) -> int:
    """Append the operator of ``node`` on nodes with the same values; the register of an input may
    have fewer bits.
    """
    attr = node.attr
    if node.op in ("table", "rom"):
        address = builder.nodes[operands[0]].type
        entries, frac = node.attr
        patterns = range(1 << address.width)
        codes = (bits - (1 << address.width) if bits > address.hi else bits for bits in patterns)
        attr = tuple(entries[code % len(entries)] for code in codes), frac
    return builder.emit(node.op, *operands, attr=attr)


def _registered(graph: Graph, stage: list[int], last: int) -> Graph:
    """``graph`` with a register wherever an edge crosses into a later cycle; ``last`` is that of the
    outputs.
    """
    builder = Builder()
    delayed: dict[tuple[int, int], int] = {}  # (old node, cycle) -> new node

    def at(i: int, cycle: int) -> int:
        """Node ``i`` of the old graph as it is seen in ``cycle``."""
        if graph.nodes[i].op == CONST:
            return delayed[i, 0]
        for c in range(stage[i] + 1, cycle + 1):
            if (i, c) not in delayed:
                delayed[i, c] = builder.register(delayed[i, c - 1])
        return delayed[i, cycle]

    for i, node in enumerate(graph.nodes):
        if node.op == INPUT:
            assert node.declared is not None
            delayed[i, 0] = builder.input(node.attr[0], node.declared, node.range)
        elif node.op == CONST:
            delayed[i, 0] = builder.const(node.range.lo, node.frac)
        else:
            operands = [at(operand, stage[i]) for operand in node.args]
            delayed[i, stage[i]] = copy_node(builder, node, operands)
    for port in graph.outputs:
        is_constant = graph.nodes[port.node].op == CONST
        found = delayed[port.node, 0] if is_constant else at(port.node, last)
        builder.output(port.name, found, port.type)
    return builder.build()
