"""All goals of one module, proved one by one: what holds, what does not and for which inputs, and
what stays open.
"""

from __future__ import annotations

import time
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

from symgate.backends.verilog.module import wire_names
from symgate.backends.verilog.names import port_names
from symgate.backends.verilog.notes import Note
from symgate.backends.verilog.style import Style
from symgate.ir.fixed import Graph, values
from symgate.proof.formal import netlist, solver
from symgate.proof.formal.goals import HELD, RANGE, REGISTER, VALID, Cuts, Goal, Of, Query, unequal
from symgate.proof.formal.queries import GOT, Asked, asked, inputs_of, range_query
from symgate.proof.formal.solver import Answer, Solver

PROVED, REFUTED, OPEN = "proved", "refuted", "open"


@dataclass(frozen=True)
class Limits:
    """How hard a goal is tried."""

    query_seconds: float = 60.0
    goal_seconds: float = 120.0
    levels: int = 12  # of operands that are tied to theirs before all are


@dataclass(frozen=True)
class Counterexample:
    """Raw inputs for which a wire has other bits than its node, which come ``later`` cycles later."""

    inputs: dict[str, int]
    wire: str
    expected: int
    got: int
    later: int = 0


@dataclass(frozen=True)
class Found:
    """What came of one goal."""

    kind: str
    wire: str
    node: int | None
    outcome: str
    seconds: float
    levels: int = 0  # of operands that had to be tied
    counterexample: Counterexample | None = None
    reason: str = ""  # why it is open, or what is wrong where no inputs show it
    frame: str = ""  # the module, where it is not the one of the design's name


def check(
    files: Mapping[str, str],
    top: str,
    graph: Graph,
    notes: Mapping[int, Note] | None = None,
    limits: Limits | None = None,
    solve: Solver | None = None,
    style: Style = Style.VALID,
) -> Iterator[Found]:
    """Yield what came of each goal about module ``top`` of the Verilog ``files`` and ``graph``."""
    read = netlist.read(files, top)
    cuts = Cuts(graph, port_names(graph, top), read, wire_names(graph, top, notes), style)
    wrong = [*_frame(graph, cuts)]
    yield from wrong
    if any(found.outcome == REFUTED for found in wrong):
        return
    prover = Prover(cuts, limits or Limits(), solve or solver.default())
    for goal in cuts.goals():
        yield prover.prove(goal)
    for i in range(len(graph.nodes)):
        yield from prover.in_range(i)


def check_valid(
    files: Mapping[str, str],
    top: str,
    graph: Graph,
    limits: Limits | None = None,
    solve: Solver | None = None,
) -> Iterator[Found]:
    """Yield what came of the goals about the valid bits alone, which say when products of ``graph``
    take turns. Wires are no goals then: one has the bits of several nodes.
    """
    read = netlist.read(files, top)
    cuts = Cuts(graph, port_names(graph, top), read, {})
    yield from _frame(graph, cuts)
    prover = Prover(cuts, limits or Limits(), solve or solver.default())
    for goal in cuts.goals():
        if goal.kind == VALID:
            yield prover.prove(goal)


def check_cells(
    files: Mapping[str, str],
    top: str,
    graph: Graph,
    notes: Mapping[int, Note] | None = None,
    limits: Limits | None = None,
    solve: Solver | None = None,
    style: Style = Style.VALID,
) -> Iterator[Found]:
    """The same about the tables, as they are read where the macro `CELLS` is defined."""
    read = netlist.read(files, top, cells=True)
    cuts = Cuts(graph, port_names(graph, top), read, wire_names(graph, top, notes), style)
    prover = Prover(cuts, limits or Limits(), solve or solver.default())
    for goal in cuts.goals():
        if goal.node is not None and graph.nodes[goal.node].op == "table":
            yield prover.prove(goal)


def _frame(graph: Graph, cuts: Cuts) -> Iterator[Found]:
    """What is wrong with the module as a whole: its ports, the delays of its paths."""
    for port in cuts.lost_ports():
        yield Found(VALID, port, None, REFUTED, 0.0, reason=f"there is no port {port}")
    for i in unequal(graph):
        reason = f"the operands of %{i} are of different cycles"
        yield Found(REGISTER, f"%{i}", i, REFUTED, 0.0, reason=reason)


@dataclass
class Prover:
    """Proves the goals of a module with a solver."""

    cuts: Cuts
    limits: Limits
    solve: Solver

    def prove(self, goal: Goal) -> Found:
        """Tie operands to theirs until the goal holds, or inputs show that it does not."""
        start = time.perf_counter()
        tied: frozenset[int] = frozenset()
        for level in range(self.limits.levels + 1):
            question = asked(self.cuts, goal.query, tied)
            if strange := self._of_another_cycle(goal, question.seen):
                reason = f"{goal.wire} reads {strange}, which is of another cycle"
                return Found(goal.kind, goal.wire, goal.node, REFUTED, 0.0, level, reason=reason)
            answer = self.solve(question.text, self.limits.query_seconds)
            seconds = time.perf_counter() - start
            open_ = self._untied(goal, question)
            if answer.found is False:
                return Found(goal.kind, goal.wire, goal.node, PROVED, seconds, level)
            if answer.found and not open_:
                return self._refuted(goal, answer, seconds, level)
            if answer.found is None or seconds > self.limits.goal_seconds:
                break
            deepest = level + 1 >= self.limits.levels
            tied |= self.cuts.nodes - {goal.node} if deepest else open_
        reason = (
            "other bits for operands of which it is not known that they occur"
            if level
            else "the solver needs more time"
        )
        return Found(goal.kind, goal.wire, goal.node, OPEN, seconds, level, reason=reason)

    def _untied(self, goal: Goal, question: Asked) -> frozenset[int]:
        """The nodes that may be tied to their operands; a goal about no node is about what a
        register held, which nothing ties.
        """
        if goal.node is None:
            return frozenset()
        return question.free - self._inputs - {goal.node}

    def _of_another_cycle(self, goal: Goal, seen: Iterable[int]) -> str | None:
        """A node that the text reads when its wire holds another value than the goal is about.

        Without one, all wires that the text reads hold values of the same inputs. A register may
        read itself, as any value.
        """
        depth, node = self.cuts.depth, goal.node
        if node is None or depth[node] is None:
            return None
        now = (depth[node] or 0) - (goal.query.of == Of.OPERAND)
        others = sorted(set(seen) - ({node} if goal.kind == REGISTER else set()))
        return next((f"%{i}" for i in others if depth[i] not in (None, now)), None)

    @property
    def _inputs(self) -> frozenset[int]:
        return frozenset(port.node for port in self.cuts.graph.inputs)

    def _refuted(self, goal: Goal, answer: Answer, seconds: float, level: int) -> Found:
        inputs = inputs_of(self.cuts.graph, answer.values)
        got = answer.values.get(GOT, 0)
        expected = self._expected(goal.query, inputs)
        assert expected is None or expected != got, f"{goal.wire}: not a counterexample"
        example = None
        if expected is not None:
            example = Counterexample(inputs, goal.wire, expected, got, self._later(goal))
        told = "hold while it is not enabled" if goal.kind == HELD else "follow the valid bits"
        reason = "" if example else f"{goal.wire} does not {told}"
        return Found(goal.kind, goal.wire, goal.node, REFUTED, seconds, level, example, reason)

    def _later(self, goal: Goal) -> int:
        """The registers between the inputs and a wire."""
        return (self.cuts.depth[goal.node] or 0) if goal.node is not None else 0

    def _expected(self, query: Query, inputs: Mapping[str, int]) -> int | None:
        """The bits that a wire must have for ``inputs``, by the meaning on plain integers."""
        if query.node is None:
            return None
        graph = self.cuts.graph
        found = values(graph, [inputs[port.name] for port in graph.inputs])
        node = graph.nodes[query.node].args[0] if query.of == Of.OPERAND else query.node
        return int(found[node]) & ((1 << query.width) - 1)

    def in_range(self, i: int) -> Iterator[Found]:
        """Whether the range of a node holds all that its meaning makes of the ranges of its
        operands, where that is not evident.
        """
        query = range_query(self.cuts.graph, i)
        if query is None:
            return
        start = time.perf_counter()
        answer = self.solve(query, self.limits.query_seconds)
        seconds = time.perf_counter() - start
        if answer.found is None:
            yield Found(RANGE, f"%{i}", i, OPEN, seconds, reason="the solver needs more time")
        elif answer.found:
            reason = f"the range of %{i} does not hold all of its values"
            yield Found(RANGE, f"%{i}", i, REFUTED, seconds, reason=reason)
        else:
            yield Found(RANGE, f"%{i}", i, PROVED, seconds)
