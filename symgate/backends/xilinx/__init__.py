"""Cells of Xilinx devices, not expressions: each bit of a carry chain is one LUT that takes in an operand's logic.

Synthesis tools do not find that packing in behavioural text, but keep instances as they are.
"""

from __future__ import annotations

from symgate.backends.xilinx.clean import cleaned
from symgate.backends.xilinx.cover import Cover
from symgate.backends.xilinx.lower import lower
from symgate.backends.xilinx.netlist import Netlist, netlist
from symgate.backends.xilinx.printer import print_netlist
from symgate.ir.fixed import Graph

_ROUNDS = 5


def primitives(graph: Graph, top: str, *, carry_bits: int = 4) -> str:
    """Return the Verilog of module ``top``, bit-equal to the plain RTL: a pure function of the graph.

    ``carry_bits`` is 4 for CARRY4, which every device and tool knows, or 8 for CARRY8 of UltraScale devices.
    """
    return print_netlist(graph, top, mapped(graph), carry_bits)


def lut_count(graph: Graph) -> dict[str, int]:
    """Return the cells of `primitives` by name, without running any synthesis."""
    return mapped(graph).counts()


def mapped(graph: Graph) -> Netlist:
    """Return the cells of ``graph``."""
    net = cleaned(cleaned(lower(graph)))  # twice, as a shorter chain may leave more bits that nothing reads
    for _ in range(_ROUNDS):
        cover = Cover(net).run()
        simpler = cover.simpler()
        if not simpler:
            break
        net = cleaned(net, simpler)
    return netlist(cover)
