"""Resources without a synthesis tool: the graph is mapped to LUT6 and carry cells, and those are
counted.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

from symgate.backends.xilinx import cell_count, lut_count
from symgate.ir import text
from symgate.ir.firmware import Firmware
from symgate.ir.fixed import Graph
from symgate.ir.saturation import saturating
from symgate.passes.hardware import cost
from symgate.passes.hardware.initiation import built
from symgate.passes.hardware.saturate_inputs import SaturateInputs
from symgate.report import plain

#: Above this many nodes or LUTs the operators' own models are used, which take no time.
_MOST_NODES, _MOST_LUTS = 20_000, 30_000
#: The same for graphs that are only compared with each other.
_MOST_COMPARED = 8_000


def luts(graph: Graph) -> float:
    """LUT6 of ``graph``, to compare it with others: LUT1 to LUT6 of a mapping to UltraScale+ cells, each
    counted as one; of a large one, by the operators' own models.
    """
    quick = cost.estimate(graph).lut
    if quick > _MOST_COMPARED or _is_large(graph, quick):
        return quick
    return _luts_of(lut_count(built(graph))) + cost.choice_luts(graph)


def resources(graph: Graph) -> dict[str, float]:
    """LUT, FF, DSP and BRAM of ``graph``, before place and route.

    Flip-flops are those that are left of the registers when equal and unread bits are gone, and the
    chain of valid bits; of very large graphs, all bits of registers.
    """
    return with_plain(graph)[0]


def with_plain(graph: Graph) -> tuple[dict[str, float], dict[str, Any] | None]:
    """The same, and what Yosys makes of the plain Verilog (see `symgate.report.plain`); None of very
    large graphs.
    """
    e = cost.estimate(graph)
    if _is_large(graph, e.lut):
        return {"lut": e.lut, "ff": e.ff + graph.latency, "dsp": e.dsp, "bram": e.bram}, None
    if graph.interval > 1:
        return _with_turns(graph, e), None
    cells = cell_count(graph)
    found = {"lut": _luts_of(cells), "ff": cells["FDRE"], "dsp": e.dsp, "bram": e.bram}
    return found, plain.figures(cells, e.dsp, e.bram)


def _with_turns(graph: Graph, e: cost.Cost) -> dict[str, float]:
    """Those of a graph whose products take turns: the pipeline that is built, the choices of
    operands, and the valid bits of cycles in which it waits.
    """
    pipeline = built(graph)
    cells = cell_count(pipeline)
    lut = _luts_of(cells) + cost.choice_luts(graph)
    ff = cells["FDRE"] + graph.latency - pipeline.latency
    return {"lut": lut, "ff": ff, "dsp": e.dsp, "bram": e.bram}


def _is_large(graph: Graph, luts: float) -> bool:
    return len(graph.nodes) > _MOST_NODES or luts > _MOST_LUTS


def _luts_of(cells: Mapping[str, int]) -> float:
    return float(sum(n for cell, n in cells.items() if cell.startswith("LUT")))


def input_saturation(firmware: Firmware) -> dict[str, object] | None:
    """The inputs that saturate to their ranges, and the LUT6 that this takes; None where none does."""
    ports = saturating(firmware.design)
    certified = firmware.certificate.data.get("graph")
    if not ports or certified is None:
        return None
    inside = text.parse(certified)
    held = SaturateInputs(firmware.design, luts)(inside)
    return {"lut": math.ceil(_added(inside, held)), "inputs": [port.name for port in ports]}


def _added(before: Graph, after: Graph) -> float:
    """The LUTs that one graph has more than another, both by the same count."""
    quick = [cost.estimate(graph).lut for graph in (before, after)]
    if max(quick) > _MOST_COMPARED:
        return quick[1] - quick[0]
    return luts(after) - luts(before)
