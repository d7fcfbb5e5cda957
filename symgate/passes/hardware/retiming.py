"""The cycles of nodes that take the fewest flip-flops, at the latency of the earliest ones.

That two nodes of a path do not fit one cycle says that the later has a later cycle, so that all
schedules that keep their time are those of one set of rules (C. E. Leiserson and J. B. Saxe,
Algorithmica 6, 1991); among them, the sum of what is kept from cycle to cycle is a linear program
whose smallest solutions are whole numbers.
"""

from __future__ import annotations

import heapq
from collections.abc import Iterator

from symgate import patience
from symgate.ir.fixed import CONST, INPUT
from symgate.passes.hardware.closures import Behind, most_gained
from symgate.passes.hardware.timing import Timing


def fewest_registers(timing: Timing, last: int, behind: bool) -> list[int]:
    """The cycle of each node so that the fewest flip-flops keep values, outputs leave in cycle
    ``last``, ``behind`` a register if wanted, and all keep their time as the ``timing`` does.
    """
    return _Retiming(timing, last, behind).solved()


class _Retiming:
    """The numbers that are sought: of each node its cycle, and where several nodes read it, the last
    cycle in which one does; the last of all is that of the outputs. What an adder holds in its LUTs
    has the cycle of the adder.
    """

    def __init__(self, timing: Timing, last: int, behind: bool) -> None:
        self.timing, self.last, self.behind = timing, last, behind
        self.nodes = timing.graph.nodes
        size = len(self.nodes)
        self.leave = size
        self.place = [*map(timing.adder_of, range(size)), self.leave]
        self.smallest, self.gains = [*timing.stage, last], [0] * (size + 1)
        self.largest = [*map(self._latest, range(size)), last]
        self.rules = [*self._orders(), *self._apart()]
        for i in range(size):
            self._count_bits(i)

    def solved(self) -> list[int]:
        """The cycle of each node."""
        found = most_gained(self.smallest, self.largest, self.gains, self.rules)
        return [found[place] for place in self.place[: self.leave]]

    def _latest(self, i: int) -> int:
        """The last cycle that node ``i`` can have, whatever reads it."""
        return 0 if self.nodes[i].op in (INPUT, CONST) else self.last

    def _orders(self) -> Iterator[Behind]:
        """Each node is behind what it reads, and the outputs behind all that are."""
        for i in range(len(self.nodes)):
            for a in self.timing.operands(i):
                if self.place[a] != self.place[i]:
                    yield Behind(self.place[a], self.place[i], self.timing.registers[a])
        for i in self.timing.outputs:
            if self.nodes[i].op != CONST:
                cycles = max(int(self.behind), self.timing.registers[i])
                yield Behind(self.place[i], self.leave, cycles)

    def _count_bits(self, i: int) -> None:
        """What node ``i`` saves for each cycle that it is later, and its last reader costs."""
        readers = sorted({self.place[r] for r in self.timing.readers[i]} - {self.place[i]})
        is_output = i in self.timing.outputs
        if self.nodes[i].op == CONST or not (readers or is_output):
            return
        bits = self.nodes[i].type.width
        self.gains[self.place[i]] += bits
        if is_output:  # it is kept until the outputs leave, whoever reads it
            return
        if len(readers) == 1:
            self.gains[readers[0]] -= bits
            return
        last_read = len(self.smallest)
        self.smallest.append(max(self.smallest[r] for r in readers))
        self.gains.append(-bits)
        self.largest.append(self.last)
        self.rules += [Behind(r, last_read, 0) for r in readers]

    # ---------------------------------------------------------------- what does not fit one cycle

    def _apart(self) -> list[Behind]:
        """That what does not fit the cycle in which a node is there has a later one; left out where
        a node that reads it says as much.
        """
        found: list[Behind] = []
        late: list[set[int]] = [set() for _ in self.nodes]
        for i in reversed(range(len(self.nodes))):
            patience.checkpoint()
            if self.nodes[i].op in (INPUT, CONST):
                continue
            said = set[int]().union(*(late[r] for r in self.timing.readers[i]))
            late[i] = {self.place[j] for j in self._too_late(i)}
            inside = self.timing.registers[i]
            new = late[i] if inside else late[i] - said
            found += [Behind(self.place[i], j, inside + 1) for j in sorted(new)]
        return found

    def _too_late(self, i: int) -> Iterator[int]:
        """The first nodes on each path that do not fit the cycle in which node ``i`` is there, which
        it begins; none where it only hands on what a register holds.
        """
        timing = self.timing
        arrival = {i: timing.first_arrival(i)}
        if arrival[i] <= timing.from_register:
            return
        todo = [i]
        while todo:
            node = heapq.heappop(todo)  # operands come before what reads them
            if node != i:
                if self._exceeds(node, arrival[node]) and self.place[node] != self.place[i]:
                    yield node
                    continue
                if timing.registers[node]:
                    continue
            if node in timing.outputs and self._leaves_late(node, arrival[node]):
                yield self.leave
            for reader in timing.readers[node]:
                there = arrival[node] + timing.way(node, reader) + timing.delay[reader]
                if reader not in arrival:
                    heapq.heappush(todo, reader)
                arrival[reader] = max(arrival.get(reader, 0.0), there)

    def _exceeds(self, i: int, arrival: float) -> bool:
        """Whether node ``i`` cannot be there then, behind another in its cycle."""
        timing = self.timing
        if i in timing.absorbed:
            return False
        return timing.starts_cycle(i) or max(arrival, timing.alone(i)) > timing.budget

    def _leaves_late(self, i: int, arrival: float) -> bool:
        """Whether no time is left for the net to a register outside."""
        inside = self.behind or self.timing.registers[i]
        return not inside and arrival + self.timing.to_outside > self.timing.budget
