"""symgate in the benchmarks: compile, replay with the NumPy model, write Verilog with and without
its registers.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from common import Reals

from symgate.api import SEARCH_SECONDS
from symgate.backends.rtl import emit_graph
from symgate.backends.xilinx import primitives
from symgate.ir.design import Design
from symgate.ir.firmware import Firmware
from symgate.ir.fixed import CONST, INPUT, Builder, Graph
from symgate.passes import compiler
from symgate.report.estimate import luts, resources
from symgate.sim.numpy_model import simulate
from symgate.sim.vectors import reals

DEFAULT_SECONDS = SEARCH_SECONDS
__all__ = ["certified", "combinational", "compile_design", "estimated", "predict", "verilog"]


def compile_design(design: Design, search_seconds: float) -> Firmware:
    """Compile as `symgate compile` does."""
    return compiler.compile_design(design, search_seconds, measure=luts)


def predict(firmware: Firmware, rows: Reals) -> Reals:
    """The outputs of the NumPy model for rows of real values on the ports' grids."""
    graph = firmware.graph
    codes = {
        p.name: np.rint(np.ldexp(rows[:, k], p.type.frac)).astype(np.int64)
        for k, p in enumerate(graph.inputs)
    }
    out = simulate(graph, codes)
    return np.stack([reals(out[p.name], p.type) for p in graph.outputs], axis=1)


def certified(firmware: Firmware) -> list[float]:
    """The proven bound of each output."""
    return [firmware.certificate.bound(name) for name, _ in firmware.design.outputs]


def estimated(firmware: Firmware) -> dict[str, Any]:
    """Our own count, without a synthesis tool: the cells of our mapper, as in the report."""
    return resources(firmware.graph)


def verilog(firmware: Firmware, pipelined: bool) -> dict[str, str]:
    """The Verilog of module ``top``, as the RTL backend prints it."""
    graph = firmware.graph if pipelined else combinational(firmware.graph)
    return {name: text for name, text in emit_graph("top", graph).items() if name.endswith(".v")}


def primitive(firmware: Firmware, pipelined: bool) -> dict[str, str]:
    """Module ``top`` as cells of Xilinx devices."""
    graph = firmware.graph if pipelined else combinational(firmware.graph)
    return {"top.v": primitives(graph, "top")}


def combinational(graph: Graph) -> Graph:
    """``graph`` without its registers."""
    b, new = Builder(), dict[int, int]()
    for i, n in enumerate(graph.nodes):
        if n.op == INPUT:
            assert n.declared is not None
            new[i] = b.input(n.attr[0], n.declared, n.range)
        elif n.op == CONST:
            new[i] = b.const(n.range.lo, n.frac)
        elif n.op == "register":
            new[i] = new[n.args[0]]
        else:
            new[i] = b.emit(n.op, *(new[a] for a in n.args), attr=n.attr)
    for p in graph.outputs:
        b.output(p.name, new[p.node], p.type)
    return b.build()
