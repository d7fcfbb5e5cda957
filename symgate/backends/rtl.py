"""RTL of a fixed-point graph as a Verilog project for synthesis.

The circuit that the simulator runs is in `symgate.backends.circuit`: the Verilog text is printed
apart (`symgate.backends.verilog`), so that two independent forms of the RTL can be compared
(docs/decisions/0004-rtl-text.md).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from symgate.backends import nextpnr, quartus, vivado
from symgate.backends.verilog.lite import lite
from symgate.backends.verilog.module import verilog
from symgate.backends.verilog.names import legal, port_names
from symgate.backends.verilog.notes import Note, notes
from symgate.backends.verilog.style import Style
from symgate.backends.verilog.wrappers import wrappers
from symgate.backends.xilinx import primitives
from symgate.backends.xilinx.cells import models
from symgate.ir.design import Target
from symgate.ir.firmware import Firmware
from symgate.ir.fixed import Graph, walk
from symgate.ir.fixed_ops.delays import delays_of
from symgate.ir.hard_blocks import all_dsps, brams


@dataclass(frozen=True)
class Rtl:
    """A Verilog project: the module and its wrappers, constraints and a build script for Vivado."""

    name = "rtl"

    def emit(self, firmware: Firmware) -> dict[str, str]:
        """The files of the project by name."""
        top = legal(firmware.name)
        names = port_names(firmware.graph, top)
        found = notes(firmware, [top, *names.inputs, *names.outputs])
        files = emit_graph(firmware.name, firmware.graph, firmware.design.target, found)
        if constants := firmware.design.constants:
            files[f"{top}_lite.v"] = lite(firmware.graph, top, constants)
        return files


def emit_graph(
    name: str,
    graph: Graph,
    target: Target | None = None,
    found: Mapping[int, Note] | None = None,
) -> dict[str, str]:
    """The files of the project for a bare graph, of whose nodes ``found`` says what they are."""
    top, target = legal(name), target or Target()
    return {
        f"{top}.v": verilog(graph, top, found),
        f"{top}.xdc": vivado.constraints(target),
        "build_vivado.tcl": vivado.build_script(top, target, *_blocks(graph)),
        **quartus.project(top, target, *_blocks(graph)),
        **nextpnr.project(top, target, *_blocks(graph)),
        **wrappers(graph, top),
        **_frames(top, graph, target, found),
        "sources.txt": f"{top}.v\n",
        **(_primitives(top, graph, target) if target.primitives else {}),
    }


def _frames(
    top: str, graph: Graph, target: Target, found: Mapping[int, Note] | None
) -> dict[str, str]:
    """The same graph in other frames: without a clock where it has no registers, and with a clock
    enable where that is wanted.
    """
    styles = {f"{top}_core": Style.BARE} if not graph.latency else {}
    styles |= {f"{top}_pipe": Style.ENABLE} if target.clock_enable else {}
    return {f"{name}.v": verilog(graph, name, found, style) for name, style in styles.items()}


def _blocks(graph: Graph) -> tuple[int, int]:
    """The DSP slices and the RAMB18 of a graph."""
    return all_dsps(graph), sum(brams(graph, i) for i, _ in walk(graph))


def _primitives(top: str, graph: Graph, target: Target) -> dict[str, str]:
    """A second module with the same ports, made of the cells of Xilinx devices, which Vivado then
    builds.
    """
    name, sources = f"{top}_xilinx", "sources_xilinx.txt"
    carry_bits = delays_of(target.part).carry_bits
    return {
        f"{name}.v": primitives(graph, name, carry_bits=carry_bits),
        f"{name}.xdc": vivado.constraints(target),
        sources: f"{name}.v\n",
        "build_vivado.tcl": vivado.build_script(name, target, *_blocks(graph), sources),
        "xilinx_models.vh": models(),
    }
