"""Pipelining: every node gets a clock cycle, registers go where an edge crosses one. II is 1 by
construction; `symgate.passes.hardware.initiation` makes it longer.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from symgate import patience
from symgate.ir.design import Target
from symgate.ir.fixed import CONST, INPUT, Builder, Graph, Node
from symgate.ir.fixed_ops.delays import USUAL, Delays, delays_of
from symgate.passes.hardware.retiming import fewest_registers
from symgate.passes.hardware.timing import Timing

#: Processor seconds for the fewest flip-flops; a design that takes longer has its nodes early.
_SECONDS = 10.0


@dataclass(frozen=True)
class Schedule:
    """As soon as possible for a clock of ``clock_ns`` in a part with these delays; all outputs leave
    in one cycle. ``registers`` says at which ports registers stand: see `symgate.ir.design.REGISTERS`.
    A ``combinational`` design has no cycles. Products in ``sharing`` have a choice of operands in front
    and a register behind.

    No schedule has fewer cycles, and of those with as many none has fewer flip-flops where these were
    found in time. A node slower
    than a cycle has one alone. Where a product needs the registers of its DSP slice, nothing reads
    it before these, and nothing stands in front of it.
    """

    clock_ns: float = 5.0
    delays: Delays = USUAL
    registers: str = Target.registers
    combinational: bool = False
    sharing: frozenset[int] = frozenset()

    @staticmethod
    def of(target: Target) -> Schedule:
        """The schedule for the clock and the part of ``target``."""
        whole = target.latency == 0
        return Schedule(target.clock_ns, delays_of(target.part), target.registers, whole)

    def __call__(self, graph: Graph) -> Graph:
        """``graph`` with registers; `Graph.latency` of the result is the latency in clock cycles."""
        if self.combinational:
            return graph
        timing = self._earliest(graph)
        last = self._last(timing)
        stage = patience.tried_for(_SECONDS, fewest_registers, timing, last, self._behind)
        if stage is None:
            stage = [timing.stage[timing.adder_of(i)] for i in range(len(graph.nodes))]
        return registered(graph, stage, last, self._in_front)

    def latency(self, graph: Graph) -> int:
        """The clock cycles that ``graph`` takes, without a search for its registers."""
        if self.combinational:
            return 0
        return self._last(self._earliest(graph)) + self._in_front

    def _earliest(self, graph: Graph) -> Timing:
        budget = self.delays.budget(self.clock_ns)
        return Timing.earliest(graph, budget, self.delays, self.sharing)

    def _last(self, timing: Timing) -> int:
        """The cycle in which the outputs leave."""
        leaves = (timing.leaves(port.node, self._behind) for port in timing.graph.outputs)
        return max(leaves, default=int(self._behind))

    @property
    def _behind(self) -> bool:
        return self.registers in ("outputs", "both")

    @property
    def _in_front(self) -> bool:
        return self.registers in ("inputs", "both")


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


def registered(graph: Graph, stage: list[int], last: int, in_front: bool) -> Graph:
    """``graph`` with a register wherever an edge crosses into a later cycle; ``last`` is that of the
    outputs. With ``in_front``, inputs are registered before all that.
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
            port = builder.input(node.attr[0], node.declared, node.range)
            delayed[i, 0] = builder.register(port) if in_front else port
        elif node.op == CONST:
            delayed[i, 0] = builder.const(node.range.lo, node.frac)
        else:
            operands = [at(operand, stage[i]) for operand in node.args]
            delayed[i, stage[i]] = copy_node(builder, node, operands)
    for output in graph.outputs:
        is_constant = graph.nodes[output.node].op == CONST
        found = delayed[output.node, 0] if is_constant else at(output.node, last)
        builder.output(output.name, found, output.type)
    return builder.build()
