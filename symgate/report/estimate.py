"""Resources without a synthesis tool: the graph is mapped to LUT6 and carry cells, and those are
counted.
"""

from __future__ import annotations

from symgate.backends.xilinx import lut_count
from symgate.ir.fixed import Graph
from symgate.passes.hardware import cost

#: Above this many nodes or LUTs the operators' own models are used, which take no time.
_MOST_NODES, _MOST_LUTS = 20_000, 30_000


def luts(graph: Graph) -> float:
    """LUT6 of ``graph``: LUT1 to LUT6 of a mapping to UltraScale+ cells, each counted as one."""
    quick = cost.estimate(graph).lut
    if len(graph.nodes) > _MOST_NODES or quick > _MOST_LUTS:
        return quick
    return float(sum(n for cell, n in lut_count(graph).items() if cell.startswith("LUT")))


def resources(graph: Graph) -> dict[str, float]:
    """LUT, FF, DSP and BRAM of ``graph``, before place and route."""
    e = cost.estimate(graph)
    return {"lut": luts(graph), "ff": e.ff, "dsp": e.dsp, "bram": e.bram}
