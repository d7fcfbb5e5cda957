"""When each node is there, in the earliest cycles that a clock allows."""

from __future__ import annotations

from collections.abc import Set

from symgate.ir.fixed import CONST, INPUT, Graph, users
from symgate.ir.fixed_ops.delays import USUAL, Delays
from symgate.passes.hardware.cost import absorbed, late, registers_inside
from symgate.passes.hardware.nets import NodeDelays, choice_delay, wires


class Timing:
    """The cycle of each node, and its arrival within that cycle in ns."""

    def __init__(
        self, graph: Graph, budget_ns: float, delays: Delays, sharing: Set[int] = frozenset()
    ) -> None:
        size = len(graph.nodes)
        self.graph, self.budget = graph, budget_ns
        self.from_register, self.to_outside = delays.clock_to_q, delays.net(1)
        self.readers = users(graph)
        self.outputs = {port.node for port in graph.outputs}
        # nodes in the LUTs of the adder that reads them
        self.absorbed = absorbed(graph)
        # what cells and the nets behind them take; nodes that move wires have none in front
        taken = NodeDelays.of(graph, delays)
        self.delay, self.net = taken.cells, taken.nets
        self.moves = [bool(wires(graph, i)) for i in range(size)]
        # cycles between a node and its result, and when in the last of them that is there
        self.registers = [registers_inside(graph, i, budget_ns, delays) for i in range(size)]
        self.after_registers = [late(graph, i, delays) for i in range(size)]
        # what shares a slice: its operands are chosen in front, and a register has it next
        self.sharing = sharing
        for i in sharing:
            self.registers[i] = 1
            self.delay[i] += choice_delay(graph, i, delays)
            self.after_registers[i] = self.from_register
        self.stage, self.arrival = [0] * size, [self.from_register] * size

    @staticmethod
    def earliest(
        graph: Graph, budget_ns: float, delays: Delays = USUAL, sharing: Set[int] = frozenset()
    ) -> Timing:
        """Each node as early as it can be with ``budget_ns`` for the cells and nets of a path."""
        timing = Timing(graph, budget_ns, delays, sharing)
        for i in range(len(graph.nodes)):
            timing.place(i)
        timing.join_readers()
        return timing

    def operands(self, i: int) -> list[int]:
        """The operands that are no constants."""
        return [
            operand for operand in self.graph.nodes[i].args if self.graph.nodes[operand].op != CONST
        ]

    # ---------------------------------------------------------------- when something is there

    def leaves(self, i: int, register: bool) -> int:
        """The cycle in which an output may leave: behind a register, or where there is still time
        for the net to a flip-flop outside.
        """
        inside = self.registers[i]
        if register or inside:
            return self.stage[i] + max(1, inside)
        outside = 0.0 if self.arrival[i] <= self.from_register else self.to_outside
        return self.stage[i] + (self.arrival[i] + outside > self.budget)

    def start(self, i: int, stage: int) -> float:
        """When the operands of node ``i`` are at its pins, in ``stage``."""
        return max((self.there(a, stage) + self.way(a, i) for a in self.operands(i)), default=0.0)

    def way(self, source: int, i: int) -> float:
        """What the net from ``source`` to node ``i`` takes; wires that move on have it behind."""
        return 0.0 if self.moves[i] else self.net[source]

    def there(self, i: int, stage: int) -> float:
        """When the result of node ``i`` is there, in ``stage``; what an adder holds is computed in
        the adder's.
        """
        if i in self.absorbed:
            return self.start(i, stage) + self.delay[i]
        if self.stage[i] == stage:
            return self.arrival[i]
        just_registered = self.stage[i] + self.registers[i] == stage
        return self.after_registers[i] if just_registered else self.from_register

    def fresh(self, i: int, stage: int) -> bool:
        """Whether all operands of node ``i`` come from registers or ports, in ``stage``."""
        return all(self.begins(a, stage) for a in self.operands(i))

    def begins(self, i: int, stage: int) -> bool:
        """Whether nothing was computed in ``stage`` for node ``i``, but in its reader's LUTs."""
        if i in self.absorbed:
            return self.fresh(i, stage)
        return self.there(i, stage) <= self.from_register

    def fits(self, i: int, start: float, fresh: bool) -> bool:
        """Whether node ``i`` may start then; ``fresh`` where a cycle of its own begins no earlier."""
        if fresh or i in self.absorbed:
            return True
        return not self.starts_cycle(i) and start + self.delay[i] <= self.budget

    def starts_cycle(self, i: int) -> bool:
        """Whether nothing may be computed in front of node ``i`` in its cycle: a slice has registers
        there, a block RAM takes a late address.
        """
        inside = bool(self.registers[i]) and i not in self.sharing
        return inside and self.graph.nodes[i].op != "rom"

    # ---------------------------------------------------------------- as early as possible

    def place(self, i: int) -> None:
        """Give node ``i`` the earliest cycle."""
        if self.graph.nodes[i].op in (INPUT, CONST):
            return
        ready = (self.stage[a] + self.registers[a] for a in self.operands(i))
        self.stage[i] = max(ready, default=0)
        start, fresh = self.start(i, self.stage[i]), self.fresh(i, self.stage[i])
        if not self.fits(i, start, fresh):
            self.stage[i] += 1
            start = self.start(i, self.stage[i])
        self.arrival[i] = start + self.delay[i]

    def join_readers(self) -> None:
        """Move what an adder absorbs to the adder's cycle: no register fits between them."""
        for i in sorted(self.absorbed, reverse=True):
            self.stage[i] = max(self.stage[i], self.stage[self.readers[i][0]])

    # ---------------------------------------------------------------- what a cycle begins with

    def first_arrival(self, i: int) -> float:
        """When the result of node ``i`` is there in a cycle that it begins."""
        if self.registers[i]:
            return self.after_registers[i]
        return self.alone(i)

    def alone(self, i: int) -> float:
        """When node ``i`` is computed in a cycle that it begins."""
        return self.from_register + self.reach(i) + self.delay[i]

    def reach(self, i: int) -> float:
        """The longest net in front of node ``i``, or of what its LUTs hold."""
        held = {a: self.reach(a) + self.delay[a] for a in self.operands(i) if a in self.absorbed}
        ways = [self.way(a, i) for a in self.operands(i)]
        return max([*ways, *(found + self.net[a] for a, found in held.items())], default=0.0)

    def adder_of(self, i: int) -> int:
        """The adder whose LUTs hold node ``i``; most are held by none, and are their own."""
        while i in self.absorbed:
            i = self.readers[i][0]
        return i
