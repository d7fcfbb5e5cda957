"""The nets behind the nodes of a graph: how many pins they drive, and what they take."""

from __future__ import annotations

from dataclasses import dataclass

from symgate.ir.fixed import Graph, users
from symgate.ir.fixed_ops import OPS
from symgate.ir.fixed_ops.delays import Delays
from symgate.passes.hardware.cost import absorbed, delay


def fanouts(graph: Graph) -> list[float]:
    """For each node, the pins that the busiest of its bits drives.

    Readers in all cycles count, though a register may stand before some; a node that only moves
    wires has the nets of what it reads.
    """
    pins = [[0.0] * node.type.width for node in graph.nodes]
    for i in reversed(range(len(graph.nodes))):
        if graph.nodes[i].op in OPS:
            _add_pins(graph, i, pins)
    for i, node in enumerate(graph.nodes):
        moved = wires(graph, i)
        if moved:
            pins[i] = [pins[node.args[operand]][bit] for operand, bit in moved]
    return [max(found, default=0.0) for found in pins]


def wires(graph: Graph, i: int) -> list[tuple[int, int]] | None:
    """The operand and its bit that each bit of node ``i`` is, where the node only moves wires."""
    node = graph.nodes[i]
    if node.op not in OPS:
        return None
    return OPS[node.op].wires(node.type, graph.operands(i), node.attr)


@dataclass(frozen=True)
class NodeDelays:
    """Per node, in ns: its cells, and the net behind it."""

    cells: list[float]
    nets: list[float]

    @staticmethod
    def of(graph: Graph, delays: Delays) -> NodeDelays:
        """Those of ``graph``. What an adder holds in its LUTs takes nothing, but for a sign that is
        extended: that is a LUT of its own, which drives several.
        """
        cells = [delay(graph, i, delays) for i in range(len(graph.nodes))]
        nets = [delays.net(pins) for pins in fanouts(graph)]
        for slot in (slot for unit in graph.shared for slot in unit):
            cells[slot.node] += choice_delay(graph, slot.node, delays)
        readers = users(graph)
        for i in absorbed(graph):
            shared = _shared_pins(graph, i, readers[i][0])
            cells[i] = delays.lut if shared > 1 else 0.0
            nets[i] = delays.net(shared) if shared > 1 else 0.0
        return NodeDelays(cells, nets)


def choice_delay(graph: Graph, i: int, delays: Delays) -> float:
    """What the choice of its operands takes in front of product ``i``, which shares its slices: a
    LUT, and the net that tells all of them whose turn it is.
    """
    bits = sum(t.width for t in graph.operands(i))
    return delays.lut + delays.net(bits)


def _shared_pins(graph: Graph, i: int, reader: int) -> int:
    """Pins of ``reader`` that the highest bit of node ``i`` drives."""
    t = graph.nodes[i].type
    return 1 + max(0, graph.nodes[reader].type.width - t.width) if t.signed else 1


def _add_pins(graph: Graph, i: int, pins: list[list[float]]) -> None:
    """Count the pins of node ``i`` at the bits of its operands; those of moved wires are at hand."""
    node = graph.nodes[i]
    moved = wires(graph, i)
    if moved:
        for bit, (operand, source) in enumerate(moved):
            pins[node.args[operand]][source] += pins[i][bit]
        return
    types = graph.operands(i)
    for a, load in zip(node.args, OPS[node.op].loads(node.type, types, node.attr), strict=True):
        found = pins[a]
        for bit in range(len(found) - 1):
            found[bit] += load.each
        found[-1] += load.top
