"""The longest path of each stage of a graph with registers, by the delay model."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from symgate.ir.fixed import CONST, INPUT, Graph, users
from symgate.ir.fixed_ops.delays import Delays
from symgate.ir.hard_blocks import dsps, is_shared
from symgate.passes.hardware.cost import late
from symgate.passes.hardware.nets import NodeDelays, wires

_REGISTER = "register"


@dataclass(frozen=True)
class Part:
    """A node on a path: what its cells take, and the net in front of them, ns."""

    node: int
    cells: float
    net: float


@dataclass(frozen=True)
class StagePath:
    """The longest path of a stage: where it starts, the first register's clock-to-Q included, and
    its nodes in order.
    """

    stage: int
    start: int
    from_clock: float
    parts: tuple[Part, ...]

    @property
    def ns(self) -> float:
        """The whole delay."""
        return self.from_clock + sum(part.cells + part.net for part in self.parts)


def stage_paths(graph: Graph, delays: Delays) -> list[StagePath]:
    """The longest path of each stage that computes something, first stage first."""
    return list(_Paths(graph, delays).longest())


class _Paths:
    """When each node is there in its stage, and by which operand it is that late."""

    def __init__(self, graph: Graph, delays: Delays) -> None:
        self.graph, self.delays = graph, delays
        self.taken = NodeDelays.of(graph, delays)
        self.readers = users(graph)
        size = len(graph.nodes)
        self.stage, self.arrival = [0] * size, [0.0] * size
        self.latest: list[int | None] = [None] * size
        for i in range(size):
            self._settle(i)

    def _settle(self, i: int) -> None:
        """Set the stage and the arrival of node ``i``."""
        node = self.graph.nodes[i]
        operands = [a for a in node.args if self.graph.nodes[a].op != CONST]
        self.stage[i] = max((self.stage[a] for a in operands), default=0)
        if node.op == _REGISTER:
            self.stage[i] += 1
        if node.op in (_REGISTER, INPUT) or not operands:
            self.arrival[i] = self._from_clock(i)
            return
        last = max(operands, key=lambda a: self.arrival[a] + self._net(a, i))
        self.latest[i] = last
        self.arrival[i] = self.arrival[last] + self._net(last, i) + self.taken.cells[i]

    def _from_clock(self, i: int) -> float:
        """When what a register holds is there: of a block RAM or a slice where it is theirs."""
        node = self.graph.nodes[i]
        if node.op == CONST:
            return 0.0
        if node.op == INPUT:
            return self.delays.clock_to_q
        source = self._slices_behind(node.args[0])
        return late(self.graph, source, self.delays)

    def _slices_behind(self, i: int) -> int:
        """The product whose slices hold a register of node ``i``, or the node itself."""
        node = self.graph.nodes[i]
        behind = node.args[0] if node.op == _REGISTER else i
        inside = dsps(self.graph, behind) and not is_shared(self.graph, behind)
        return behind if inside else i

    def _net(self, source: int, i: int) -> float:
        return 0.0 if wires(self.graph, i) else self.taken.nets[source]

    # ---------------------------------------------------------------- paths

    def longest(self) -> Iterator[StagePath]:
        """The longest path of each stage."""
        ends = [n.args[0] for n in self.graph.nodes if n.op == _REGISTER]
        ends += [port.node for port in self.graph.outputs]
        worst: dict[int, int] = {}
        for i in ends:
            before = worst.setdefault(self.stage[i], i)
            if self._end(i) > self._end(before):
                worst[self.stage[i]] = i
        for stage in sorted(worst):
            path = self._path(worst[stage])
            if path.parts:
                yield path

    def _end(self, i: int) -> float:
        """When a path to node ``i`` ends."""
        inside = self._registered_slices(i)
        return self.arrival[i] if inside is None else inside

    def _path(self, end: int) -> StagePath:
        """The path that ends at node ``end``; a product between registers is one by itself."""
        slices = self._registered_slices(end)
        if slices is not None:
            return StagePath(self.stage[end], end, 0.0, (Part(end, slices, 0.0),))
        parts: list[Part] = []
        i = end
        while (before := self.latest[i]) is not None:
            parts.append(Part(i, self.taken.cells[i], self._net(before, i)))
            i = before
        kept = tuple(part for part in reversed(parts) if part.cells + part.net)
        return StagePath(self.stage[end], i, self.arrival[i], kept)

    def _registered_slices(self, i: int) -> float | None:
        """The longest cycle of a product that uses the registers of its slices."""
        slices, start = dsps(self.graph, i), self.latest[i]
        alone = slices and not is_shared(self.graph, i)
        if not alone or start is None or self.arrival[start] > self.delays.clock_to_q:
            return None
        inside = self.delays.product_cycle(slices, min(self._registers_behind(i), 2))
        return min(self.arrival[i], inside)

    def _registers_behind(self, i: int) -> int:
        """How many registers follow node ``i`` before anything else reads it."""
        count, readers = 0, self.readers[i]
        while len(readers) == 1 and self.graph.nodes[readers[0]].op == _REGISTER:
            count, readers = count + 1, self.readers[readers[0]]
        return max(1, count)
