"""When the registers of a graph take their values, where products take turns on multipliers.

Inputs come at most every ``interval`` cycles, and every register keeps what it took until the next
ones are there: what a stage of the pipeline reads stays for as many cycles. So a stage may last
several cycles, in which a multiplier computes one product after the other. The registers of the
graph count cycles, as they do without turns. Of several in a row that wait for a long stage, one is
built.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from symgate.ir.fixed import INPUT, Graph, Slot, in_block, stages, users

_REGISTER, _PRODUCTS = "register", ("mul", "square")


@dataclass(frozen=True)
class Timetable:
    """What a graph with turns is made of.

    ``loads`` gives for each register that is built the cycle, counted from the inputs, at whose end
    it takes its operand; the other registers of the graph are names of their operands. Those in
    ``kept`` are read for more than a cycle, so that they take nothing else until the next inputs.
    ``slots`` gives the cycle of each product that shares a multiplier.
    """

    loads: dict[int, int]
    kept: frozenset[int]
    slots: dict[int, int]

    @staticmethod
    def of(graph: Graph) -> Timetable:
        """The timetable of ``graph``; raise ValueError where its turns cannot be taken."""
        depth = stages(graph)
        slots = {slot.node: slot.cycle for slot in _slots(graph)}
        _check_products(graph, depth)
        stay = _Stages.of(graph, depth)
        _check_waiting(graph, depth, stay)
        loads = _loads(graph, depth, stay, slots)
        return Timetable(loads, _kept(graph, depth, stay, loads), slots)


def waiting_registers(graph: Graph) -> set[int]:
    """The registers of ``graph`` that are not built, as the one before them keeps its value."""
    if graph.interval == 1:
        return set()
    loads = Timetable.of(graph).loads
    return {i for i, node in enumerate(graph.nodes) if node.op == _REGISTER and i not in loads}


@dataclass(frozen=True)
class _Stages:
    """The cycles in which stages begin, and how long they last."""

    length: dict[int, int]
    start: tuple[int, ...]  # for each cycle, that in which its stage began

    @staticmethod
    def of(graph: Graph, depth: list[int]) -> _Stages:
        wanted: dict[int, int] = {}
        for slot in _slots(graph):
            at = depth[slot.node]
            wanted[at] = max(wanted.get(at, 1), slot.cycle - at + 1)
        length, start, at = dict[int, int](), list[int](), 0
        while at <= max(depth, default=0):
            length[at] = wanted.get(at, 1)
            start += [at] * length[at]
            at += length[at]
        return _Stages(length, tuple(start))

    def end(self, cycle: int) -> int:
        """The last cycle of the stage that ``cycle`` is of."""
        at = self.start[cycle]
        return at + self.length[at] - 1


def _slots(graph: Graph) -> Iterator[Slot]:
    return (slot for unit in graph.shared for slot in unit)


def _loads(graph: Graph, depth: list[int], stay: _Stages, slots: dict[int, int]) -> dict[int, int]:
    """The cycle at whose end each register that is built takes its operand."""
    readers = users(graph)
    loads: dict[int, int] = {}
    early: dict[int, int] = {}  # register that waits -> when what it stands for was taken
    for i, node in enumerate(graph.nodes):
        if node.op != _REGISTER:
            continue
        source, end = node.args[0], stay.end(depth[i] - 1)
        if source in slots:
            early[i] = loads[i] = slots[source]
        elif in_block(graph, readers, source):
            early[i] = loads[i] = end
        elif source in early:
            early[i] = early[source]
            if depth[i] > end and not _stays(graph, stay, early[i], depth[i]):
                loads[i] = end
        elif depth[i] > end:
            loads[i] = end
        if depth[i] > end:
            early.pop(i, None)
    return loads


def _kept(graph: Graph, depth: list[int], stay: _Stages, loads: dict[int, int]) -> frozenset[int]:
    """The registers that are read after the cycle that follows the one in which they take a value:
    by their own stage, or those of registers that are other names of theirs.
    """
    until: dict[int, int] = {}
    builds: dict[int, int] = {}  # register -> the one that is built in its place
    for i, node in enumerate(graph.nodes):
        if node.op != _REGISTER:
            continue
        builds[i] = i if i in loads else builds.get(node.args[0], -1)
        until[builds[i]] = max(until.get(builds[i], 0), stay.end(depth[i]))
    return frozenset(i for i, cycle in loads.items() if cycle + 1 < until[i])


def _stays(graph: Graph, stay: _Stages, taken: int, stage: int) -> bool:
    """Whether what was taken at the end of cycle ``taken`` is there to the end of a stage: the next
    inputs may have come ``interval`` cycles later.
    """
    return stay.end(stage) <= taken + graph.interval


def _check_products(graph: Graph, depth: list[int]) -> None:
    """Raise ValueError unless multipliers have one product at a time, which a register takes."""
    readers, seen = users(graph), set[int]()
    ports = {port.node for port in graph.outputs}
    for unit in graph.shared:
        cycles = [slot.cycle for slot in unit]
        if len(set(cycles)) != len(cycles) or max(cycles) - min(cycles) >= graph.interval:
            raise ValueError(f"slots in cycles {cycles} are not within {graph.interval} cycles")
        for slot in unit:
            if graph.nodes[slot.node].op not in _PRODUCTS or slot.node in seen:
                raise ValueError(f"%{slot.node} is no product, or has two slots")
            behind = [graph.nodes[reader].op for reader in readers[slot.node]]
            if slot.node in ports or behind != [_REGISTER]:
                raise ValueError(f"%{slot.node} is read by more than a register")
            if not depth[slot.node] <= slot.cycle < depth[slot.node] + graph.interval:
                raise ValueError(f"%{slot.node} is not there in cycle {slot.cycle}")
            if not depth[slot.node]:
                raise ValueError(f"%{slot.node} reads inputs that no register holds")
            seen.add(slot.node)


def _check_waiting(graph: Graph, depth: list[int], stay: _Stages) -> None:
    """Raise ValueError unless nothing but registers is there while a long stage lasts, and all
    operands of a node are of its stage.
    """
    moves: list[bool] = []  # whether a node depends on inputs
    for i, node in enumerate(graph.nodes):
        moves.append(node.op == INPUT or any(moves[a] for a in node.args))
        begins = stay.start[depth[i]] == depth[i]
        if node.op != _REGISTER and moves[i] and not begins:
            raise ValueError(f"%{i} computes something while its stage waits")
        if len({depth[a] for a in node.args if moves[a]}) > 1:
            raise ValueError(f"the operands of %{i} are of different cycles")
