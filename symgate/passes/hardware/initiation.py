"""An initiation interval of several cycles: products take turns on DSP slices.

Inputs then come every so many cycles at most, and registers keep what they took until the next ones
are there (`symgate.ir.timetable`). A stage of the pipeline may so last as long as a slice takes for
several of its products, and products of stages that follow each other may share a slice too.
"""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Callable
from dataclasses import dataclass, field, replace

from symgate.ir.design import Target
from symgate.ir.fixed import CONST, INPUT, Builder, Graph, Slot, stages, users
from symgate.ir.hard_blocks import all_dsps, dsps
from symgate.ir.timetable import Timetable
from symgate.passes.hardware.cost import estimate
from symgate.passes.hardware.nets import choice_delay
from symgate.passes.hardware.schedule import Schedule, copy_node

#: Products that a slice can have in turn: of so many, the LUTs and muxes of one slice of logic choose.
MOST_SLOTS = 16

Measure = Callable[[Graph], float]


def quick_luts(graph: Graph) -> float:
    """LUTs by the operators' own models."""
    return estimate(graph).lut


@dataclass(frozen=True)
class ShareProducts:
    """``schedule``, with products on shared slices where inputs come every ``interval`` cycles.

    As few slices as can be are taken, then as few cycles. Nothing is shared where that takes more
    LUTs, by ``measure``, than the slices are worth at ``slice_luts`` each, or more than ``latency``
    cycles.
    """

    schedule: Schedule
    interval: int
    latency: int | None = None
    measure: Measure = quick_luts
    slice_luts: float = 100.0  # a VU9P has 173 LUT for each slice; not measured

    @staticmethod
    def of(target: Target, measure: Measure = quick_luts) -> ShareProducts:
        """For the clock, the part and the interval of ``target``."""
        return ShareProducts(Schedule.of(target), target.ii, target.latency, measure)

    def __call__(self, graph: Graph) -> Graph:
        """``graph`` with registers, and what its multipliers are shared by."""
        plain = self.schedule(graph)
        products = self.candidates(graph)
        if self.interval > 1 and len(products) > 1:
            wanted = {"none": "inputs", "outputs": "both"}
            registers = wanted.get(self.schedule.registers, self.schedule.registers)
            schedule = replace(self.schedule, sharing=products, registers=registers)
            found = with_shared_slices(schedule(graph), self.interval)
            in_time = self.latency is None or found.latency <= self.latency
            if found.shared and in_time and self._price(found) < self._price(plain):
                return found
        return plain

    def candidates(self, graph: Graph) -> frozenset[int]:
        """The products of one slice that have time for a choice in front and a register behind."""
        delays = self.schedule.delays
        room = delays.budget(self.schedule.clock_ns) - delays.clock_to_q - delays.product(1)
        return frozenset(
            i
            for i in range(len(graph.nodes))
            if dsps(graph, i) == 1 and choice_delay(graph, i, delays) <= room
        )

    def _price(self, graph: Graph) -> float:
        return self.measure(graph) + self.slice_luts * all_dsps(graph)


# ------------------------------------------------------------------ who has which slice when


@dataclass
class _Slice:
    """A slice, and its slots so far."""

    slots: list[Slot] = field(default_factory=list)

    def free(self, cycle: int, interval: int) -> bool:
        """Whether it can take a product in ``cycle``: the first product of the next inputs may come
        ``interval`` cycles after that of these.
        """
        if len(self.slots) >= MOST_SLOTS:
            return False
        taken = [slot.cycle for slot in self.slots]
        return not taken or (cycle - taken[0] < interval and cycle not in taken)


def with_shared_slices(graph: Graph, interval: int) -> Graph:
    """``graph``, a pipeline, with its products on as few slices as can be: stage by stage, each as
    short as it can be without another slice.
    """
    depth = stages(graph)
    products = defaultdict[int, list[int]](list)
    for i in _shareable(graph, depth):
        products[depth[i]].append(i)
    slices: list[_Slice] = []
    lengths, cycle = list[int](), 0
    for stage in range(graph.latency + 1):
        found = products[stage]
        length = _shortest(slices, len(found), cycle, interval)
        _give(slices, found, range(cycle, cycle + length), interval)
        lengths.append(length)
        cycle += length
    return _waiting(graph, depth, lengths, interval, slices)


def _shareable(graph: Graph, depth: list[int]) -> list[int]:
    """Products of one slice that a register takes, and whose operands come from registers."""
    readers, ports = users(graph), {port.node for port in graph.outputs}
    return [
        i
        for i in range(len(graph.nodes))
        if dsps(graph, i) == 1
        and depth[i]
        and i not in ports
        and [graph.nodes[reader].op for reader in readers[i]] == ["register"]
    ]


def _shortest(slices: list[_Slice], count: int, cycle: int, interval: int) -> int:
    """The fewest cycles of a stage of ``count`` products that need as few new slices as can be."""

    def new(length: int) -> int:
        cycles = range(cycle, cycle + length)
        places = sum(s.free(c, interval) for s in slices for c in cycles)
        return math.ceil(max(0, count - places) / min(length, MOST_SLOTS))

    return min(range(1, interval + 1), key=lambda length: (new(length), length))


def _give(slices: list[_Slice], products: list[int], cycles: range, interval: int) -> None:
    """Slots for ``products`` in ``cycles``: on the slices that are there, then on new ones."""
    left = list(products)
    while left:
        for one in slices:
            for cycle in cycles:
                if left and one.free(cycle, interval):
                    one.slots.append(Slot(left.pop(0), cycle))
        if left:
            slices.append(_Slice())


def _waiting(
    graph: Graph, depth: list[int], lengths: list[int], interval: int, slices: list[_Slice]
) -> Graph:
    """``graph`` with a register for each cycle that a value waits in a long stage."""

    def waits(builder: Builder, i: int, place: int) -> int:
        for _ in range(lengths[depth[i] - 1]):
            place = builder.register(place)
        return place

    builder, place = _copied(graph, waits)
    shared = [s.slots for s in slices if len(s.slots) > 1]
    if shared:
        builder.interval = interval
        builder.shared += [tuple(Slot(place[t.node], t.cycle) for t in slots) for slots in shared]
    return builder.build()


# ------------------------------------------------------------------ what is built


def built(graph: Graph) -> Graph:
    """``graph`` as a pipeline that does not wait: with those registers alone that are built."""
    if graph.interval == 1:
        return graph
    loads = Timetable.of(graph).loads

    def once(builder: Builder, i: int, place: int) -> int:
        return builder.register(place) if i in loads else place

    return _copied(graph, once)[0].build()


def _copied(
    graph: Graph, register: Callable[[Builder, int, int], int]
) -> tuple[Builder, dict[int, int]]:
    """The nodes and outputs of ``graph``, and where each is now; ``register`` makes what stands for
    one of its registers behind a new node.
    """
    builder, place = Builder(), dict[int, int]()
    for i, node in enumerate(graph.nodes):
        operands = [place[a] for a in node.args]
        if node.op == INPUT:
            assert node.declared is not None
            place[i] = builder.input(node.attr[0], node.declared, node.range)
        elif node.op == CONST:
            place[i] = builder.const(node.range.lo, node.frac)
        elif node.op == "register":
            place[i] = register(builder, i, operands[0])
        else:
            place[i] = copy_node(builder, node, operands)
    for output in graph.outputs:
        builder.output(output.name, place[output.node], output.type)
    return builder, place
