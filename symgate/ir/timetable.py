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

from symgate.ir.fixed import INPUT, Graph, Turn, in_block, users

_REGISTER, _PRODUCTS = "register", ("mul", "square")


@dataclass(frozen=True)
class Timetable:
    """What a graph with turns is made of.

    ``loads`` gives for each register that is built the cycle, counted from the inputs, at whose end
    it takes its operand; the other registers of the graph are names of their operands. ``turns``
    gives the cycle of each product that shares a multiplier.
    """

    depth: tuple[int, ...]
    loads: dict[int, int]
    turns: dict[int, int]

    @staticmethod
    def of(graph: Graph) -> Timetable:
        """The timetable of ``graph``; raise ValueError where its turns cannot be taken."""
        depth = stages(graph)
        turns = {turn.node: turn.cycle for turn in _turns(graph)}
        _check_products(graph, depth)
        stay = _Stages.of(graph, depth)
        _check_waiting(graph, depth, stay)
        return Timetable(tuple(depth), _loads(graph, depth, stay, turns), turns)


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
        for turn in _turns(graph):
            at = depth[turn.node]
            wanted[at] = max(wanted.get(at, 1), turn.cycle - at + 1)
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


def stages(graph: Graph) -> list[int]:
    """For each node, the registers on the longest path to it."""
    depth: list[int] = []
    for node in graph.nodes:
        before = max((depth[operand] for operand in node.args), default=0)
        depth.append(before + (node.op == _REGISTER))
    return depth


def _turns(graph: Graph) -> Iterator[Turn]:
    return (turn for unit in graph.shared for turn in unit)


def _loads(graph: Graph, depth: list[int], stay: _Stages, turns: dict[int, int]) -> dict[int, int]:
    """The cycle at whose end each register that is built takes its operand."""
    readers = users(graph)
    loads: dict[int, int] = {}
    early: dict[int, int] = {}  # register that waits -> when what it stands for was taken
    for i, node in enumerate(graph.nodes):
        if node.op != _REGISTER:
            continue
        source, end = node.args[0], stay.end(depth[i] - 1)
        if source in turns:
            early[i] = loads[i] = turns[source]
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
        cycles = [turn.cycle for turn in unit]
        if len(set(cycles)) != len(cycles) or max(cycles) - min(cycles) >= graph.interval:
            raise ValueError(f"turns in cycles {cycles} are not within {graph.interval} cycles")
        for turn in unit:
            if graph.nodes[turn.node].op not in _PRODUCTS or turn.node in seen:
                raise ValueError(f"%{turn.node} is no product, or has two turns")
            behind = [graph.nodes[reader].op for reader in readers[turn.node]]
            if turn.node in ports or behind != [_REGISTER]:
                raise ValueError(f"%{turn.node} is read by more than a register")
            if not depth[turn.node] <= turn.cycle < depth[turn.node] + graph.interval:
                raise ValueError(f"%{turn.node} is not there in cycle {turn.cycle}")
            if not depth[turn.node]:
                raise ValueError(f"%{turn.node} reads inputs that no register holds")
            seen.add(turn.node)


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
