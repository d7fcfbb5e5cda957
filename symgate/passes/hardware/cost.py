"""What a graph costs: LUT, FF, DSP and BRAM from each operator's entry, before any synthesis.

The reference is Yosys ``synth_xilinx -family xcup``, which counts every LUT and does not pair small
ones.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

from symgate.ir.fixed import CONST, INPUT, Graph, users, walk
from symgate.ir.fixed_ops import DEVICE, OPS
from symgate.ir.fixed_ops.delays import USUAL, Delays
from symgate.ir.hard_blocks import all_dsps, brams, dsps, is_shared
from symgate.ir.timetable import waiting_registers

#: Operators that fit the LUT in front of a carry chain, together with the adder's own function.
_ABSORBED = frozenset({"booth", "booth_cut", "invert"})
_ADDERS = frozenset({"add", "sub"})
_PINS = 4  # of a LUT6 that are left for what is chosen, beside two that say which


@dataclass(frozen=True)
class Cost:
    """Resources of a graph: LUT6, flip-flops, DSP48 slices, RAMB18 blocks."""

    lut: float
    ff: int
    dsp: int
    bram: int


def estimate(graph: Graph) -> Cost:
    """Resources by the operators' own models; the register behind a block RAM is its own."""
    lut, ff, bram = choice_luts(graph), 0, 0
    free, waiting = absorbed(graph), waiting_registers(graph)
    for i, node in walk(graph):
        operands = graph.operands(i)
        if node.op == "register":
            is_own = graph.nodes[node.args[0]].op == "rom" or i in waiting
            ff += 0 if is_own else node.type.width
        elif node.op in OPS and i not in free:
            lut += OPS[node.op].luts(node.type, operands, node.attr)
            bram += brams(graph, i)
    return Cost(round(lut, 1), ff, all_dsps(graph), bram)


def choice_luts(graph: Graph) -> float:
    """The LUTs that choose the operands of shared slices: one chooses a bit of four operands."""
    found = 0
    for unit in graph.shared:
        widths = zip(*(_operand_bits(graph, slot.node) for slot in unit), strict=True)
        found += sum(map(max, widths)) * math.ceil(len(unit) / _PINS)
    return float(found)


def _operand_bits(graph: Graph, i: int) -> tuple[int, int]:
    """The widths of both operands of product ``i``, the longer one first."""
    types = graph.operands(i)
    first, second = types[0].width, types[-1].width
    return max(first, second), min(first, second)


def registers_inside(graph: Graph, i: int, budget_ns: float, delays: Delays = USUAL) -> int:
    """Registers that must follow node ``i``: of block RAM, or of the slices of a product that
    should keep the clock.
    """
    if graph.nodes[i].op == "rom":
        return 1
    taken = dsps(graph, i)
    if not taken or budget_ns >= delays.clock_to_q + delays.net(taken) + delays.product(taken):
        return 0
    return 1 if budget_ns >= delays.product_cycle(taken, 1) else 2


def absorbed(graph: Graph) -> set[int]:
    """Nodes that cost nothing: one operand of each adder, where its bits are functions of at most
    five signals.
    """
    readers, free = users(graph), set[int]()
    for i, node in walk(graph):
        if node.op == "select" and len(readers[i]) == 1 and _inverts(graph, i):
            free.add(
                next(operand for operand in node.args[1:] if graph.nodes[operand].op == "invert")
            )
    for _, node in walk(graph):
        if node.op in _ADDERS:
            fitting = [
                operand
                for operand in node.args
                if len(readers[operand]) == 1 and _fits_in_front(graph, operand)
            ]
            free.update(fitting[:1])
    return free


def _inverts(graph: Graph, i: int) -> bool:
    """Whether ``select`` chooses between a value and its inverse: an exclusive or."""
    _, then, other = graph.nodes[i].args

    def is_inverse(a: int, of: int) -> bool:
        return graph.nodes[a].op == "invert" and graph.nodes[a].args == (of,)

    return is_inverse(then, other) or is_inverse(other, then)


def _fits_in_front(graph: Graph, i: int) -> bool:
    """Whether the LUTs of an adder have room for what node ``i`` computes."""
    node = graph.nodes[i]
    if node.op == "table":
        return graph.nodes[node.args[0]].type.width <= DEVICE.shared_lut_bits
    if node.op == "select":
        return _inverts(graph, i)
    return node.op in _ABSORBED


def late(graph: Graph, i: int, delays: Delays = USUAL) -> float:
    """When the result of node ``i`` is there in the cycle after the registers inside, ns."""
    if graph.nodes[i].op == "rom":
        return delays.ram_out
    inside = dsps(graph, i) and not is_shared(graph, i)
    return delays.dsp_out if inside else delays.clock_to_q


def delay(graph: Graph, i: int, delays: Delays = USUAL) -> float:
    """The delay of the cells of node ``i``, ns; that of the nets in front is in `nets`."""
    node = graph.nodes[i]
    if node.op in (INPUT, CONST):
        return 0.0
    return OPS[node.op].delay(delays, node.type, graph.operands(i), node.attr)
