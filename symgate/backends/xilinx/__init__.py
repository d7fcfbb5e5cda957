"""Cells of Xilinx devices, not expressions: each bit of a carry chain is one LUT that takes in an
operand's logic.

Synthesis tools do not find that packing in behavioural text, but keep instances as they are.

The netlist means what the graph means, bit for bit: nothing here rounds, and no other vendor's cells
live here.
"""

from __future__ import annotations

from symgate.backends.xilinx.clean import cleaned
from symgate.backends.xilinx.cover import Cover
from symgate.backends.xilinx.lower import lower
from symgate.backends.xilinx.netlist import Netlist, netlist
from symgate.backends.xilinx.pairs import paired
from symgate.backends.xilinx.printer import print_netlist
from symgate.backends.xilinx.registers import flip_flops
from symgate.backends.xilinx.split import with_split_sums
from symgate.ir.fixed import Graph

_ROUNDS = 5


def primitives(graph: Graph, top: str, *, carry_bits: int = 4, pairs: bool = True) -> str:
    """Return the Verilog of module ``top``, bit-equal to the plain RTL: a pure function of the
    graph.

    ``carry_bits`` is 4 for CARRY4, which every device and tool knows, or 8 for CARRY8 of UltraScale
    devices. Without ``pairs``, no two functions share a LUT, as in Yosys's own netlists.
    """
    graph = with_split_sums(graph)
    return print_netlist(graph, top, mapped(graph, pairs=pairs), carry_bits)


def lut_count(graph: Graph, *, pairs: bool = True) -> dict[str, int]:
    """Return the cells of `primitives` by name, without running any synthesis."""
    return mapped(with_split_sums(graph), pairs=pairs).counts()


def cell_count(graph: Graph) -> dict[str, int]:
    """Return the same with the flip-flops as ``FDRE``, those of the chain of valid bits included."""
    cells = mapped(with_split_sums(graph))
    return {**cells.counts(), "FDRE": flip_flops(cells.net) + graph.latency}


def mapped(graph: Graph, *, pairs: bool = True) -> Netlist:
    """Return the cells of ``graph`` as it is."""
    net = cleaned(
        cleaned(lower(graph, pairs))
    )  # twice, as a shorter chain may leave more bits that nothing reads
    for _ in range(_ROUNDS):
        cover = Cover(net).run()
        simpler = cover.simpler()
        if not simpler:
            break
        net = cleaned(net, simpler)
    cells = netlist(cover)
    return paired(cells) if pairs else cells
