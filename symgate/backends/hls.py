"""HLS C++ for Vitis HLS and Vivado HLS, in a project laid out as hls4ml users know it.

`hls_core` prints the computation, `hls_tops` the function around it, `hls_project` what drives the
tools and the test bench.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from symgate.backends import hls_project
from symgate.backends.hls_blackbox import blackbox
from symgate.backends.hls_core import core
from symgate.backends.hls_names import Argument, Names, ap
from symgate.backends.hls_tops import Top
from symgate.backends.verilog.notes import Note, notes
from symgate.ir.design import Target
from symgate.ir.firmware import Firmware
from symgate.ir.fixed import Graph
from symgate.ir.hard_blocks import all_dsps

_HEAD = """\
// {top}, by symgate: a new row {every} (II = {ii}). Reads of tables that follow each other: {reads}, a cycle each at
// least. The report has the latency of the RTL; this one is the tool's.
"""


@dataclass(frozen=True)
class Hls:
    """A Vitis HLS and Vivado HLS project, its top function in one of `hls_tops.INTERFACES`."""

    interface: str = "ports"
    uncertainty: str = hls_project.UNCERTAINTY

    name = "hls"

    def emit(self, firmware: Firmware) -> dict[str, str]:
        """The files of the project by path, without the vendor's headers (`symgate.sim.ap_types`
        adds them).
        """
        graph, target = firmware.graph, firmware.design.target
        found = notes(firmware, [port.name for port in (*graph.inputs, *graph.outputs)])
        return self.project(firmware.name, graph, target, found, _used(graph))

    def project(
        self,
        name: str,
        graph: Graph,
        target: Target,
        found: Mapping[int, Note],
        used: dict[str, int] | None = None,
    ) -> dict[str, str]:
        """The files of the project for a graph, of whose nodes ``found`` says what they are, and
        which takes the resources ``used``.
        """
        names = Names.of(name, graph)
        top = Top(names, self.interface, target.ii)
        return {
            **hls_project.scripts(names.top, target, self.uncertainty),
            f"firmware/{names.top}.cpp": _source(top, graph),
            f"firmware/{names.top}.h": _header(top),
            f"firmware/{names.top}_core.h": core(names, graph, target.dsp, found),
            "firmware/defines.h": _defines(top),
            **hls_project.bench(top, graph),
            **blackbox(names, graph, used or {}),
        }


def emit_graph(
    name: str, graph: Graph, target: Target | None = None, interface: str = "ports"
) -> dict[str, str]:
    """The files of the project for a bare graph."""
    return Hls(interface).project(name, graph, target or Target(), {})


def _used(graph: Graph) -> dict[str, int]:
    """The DSP slices of a graph, which are exact; its LUTs are in the report."""
    return {"DSP": all_dsps(graph)}


def table_reads(graph: Graph) -> int:
    """The most reads of tables that follow each other: an HLS tool takes a cycle for each."""
    depth: list[int] = []
    for node in graph.nodes:
        before = max((depth[a] for a in node.args), default=0)
        depth.append(before + (node.op in ("table", "rom")))
    return max((depth[port.node] for port in graph.outputs), default=0)


def _source(top: Top, graph: Graph) -> str:
    name = top.names.top
    every = "in each cycle" if top.ii == 1 else f"every {top.ii} cycles"
    head = _HEAD.format(top=name, every=every, ii=top.ii, reads=table_reads(graph))
    return f'{head}#include "{name}.h"\n\n#include "{name}_core.h"\n\n{top.definition()}'


def _header(top: Top) -> str:
    guard = f"{top.names.top.upper()}_H_"
    return f"""#ifndef {guard}
#define {guard}

#include "defines.h"

{top.signature()};

#endif
"""


def _defines(top: Top) -> str:
    guard = f"{top.names.top.upper()}_DEFINES_H_"
    stream = '#include "hls_stream.h"\n' if top.interface == "axis" else ""
    return f"""#ifndef {guard}
#define {guard}

#include "ap_fixed.h"
#include "ap_int.h"
{stream}
{_typedefs(top.names.inputs)}
{_typedefs(top.names.outputs)}
{top.types()}#endif
"""


def _typedefs(found: tuple[Argument, ...]) -> str:
    return "".join(f"typedef {ap(a.port.type)} {a.type};\n" for a in found)
