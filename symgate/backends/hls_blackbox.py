"""The RTL as a black box of Vitis HLS: a C++ design calls a function, and gets the RTL's own LUTs.

Source of the file's keys: AMD UG1399, "RTL Blackbox". The pipeline stands still where ``ap_ce`` is
0, which an HLS schedule asks for; elsewhere our RTL has no clock enable (decision 0027).
"""

from __future__ import annotations

import json
import re
from collections.abc import Sequence

from symgate.backends.hls_core import arguments
from symgate.backends.hls_names import Names
from symgate.backends.verilog.module import verilog
from symgate.backends.verilog.names import CLOCK, IN_VALID, OUT_VALID, RESET, port_names
from symgate.backends.verilog.terms import declare
from symgate.ir.fixed import Graph, Port

FOLDER = "blackbox"
_CONTROL = ("idle", "start", "ready", "done", "continue")
_ENABLE = "ap_ce"
_WRAPPER = """\
// {name}, by symgate: {pipe} as a black box of Vitis HLS, latency {latency}, a row in each cycle.
`default_nettype none

module {name} (
  input wire ap_clk,
  input wire ap_rst,
  input wire {enable},
  input wire ap_start,
  // verilator lint_off UNUSEDSIGNAL
  input wire ap_continue,
  // verilator lint_on UNUSEDSIGNAL
  output wire ap_idle,
  output wire ap_ready,
  output wire ap_done,
{ports}
);
{busy}
  assign ap_ready = ap_start & {enable};
  {pipe} pipe (
    .{clock}(ap_clk), .{reset}(ap_rst), .{enable}({enable}), .{in_valid}(ap_start), .{out_valid}(ap_done),
    {links}
  );
{valid}
endmodule

`default_nettype wire

"""


def blackbox(names: Names, graph: Graph, resources: dict[str, int]) -> dict[str, str]:
    """The files of the black box by path in the HLS project; none for a design with block RAM,
    whose registers have no enable, or with a port that has a name of the protocol. ``resources``:
    what HLS shall count for it.
    """
    ports = (*graph.inputs, *graph.outputs)
    if graph.interval > 1:  # its module has no clock enable
        return {}
    if any(node.op == "rom" for node in graph.nodes) or any(_is_taken(p.name) for p in ports):
        return {}
    name = f"{names.top}_rtl"
    return {
        f"{FOLDER}/{name}.json": _description(name, names, graph, resources),
        f"{FOLDER}/{name}.v": _rtl(name, graph),
        f"{FOLDER}/{name}.cpp": _model(name, names),
    }


def _is_taken(name: str) -> bool:
    return name.lower().startswith("ap_") or name.lower().endswith("_ap_vld")


def _description(name: str, names: Names, graph: Graph, resources: dict[str, int]) -> str:
    ports = port_names(graph, f"{name}_pipe")
    inputs = [
        {"c_name": a.name, "c_port_direction": "in", "rtl_ports": {"data_read_in": port}}
        for a, port in zip(names.inputs, ports.inputs, strict=True)
    ]
    outputs = [
        {
            "c_name": a.name,
            "c_port_direction": "out",
            "rtl_ports": {"data_write_out": port, "data_write_valid": f"{port}_ap_vld"},
        }
        for a, port in zip(names.outputs, ports.outputs, strict=True)
    ]
    signals = {"module_clock": "ap_clk", "module_reset": "ap_rst", "module_clock_enable": _ENABLE}
    signals |= {f"ap_ctrl_chain_protocol_{part}": f"ap_{part}" for part in _CONTROL}
    known = {"FF": 0, "LUT": 0, "BRAM": 0, "URAM": 0, "DSP": 0} | resources
    whole = {
        "c_function_name": name,
        "rtl_top_module_name": name,  # cosimulation needs the same name
        "c_files": [{"c_file": f"{name}.cpp", "cflag": ""}],
        "rtl_files": [f"{name}.v"],
        "c_parameters": [*inputs, *outputs],
        "rtl_common_signal": signals,
        "rtl_performance": {"latency": str(graph.latency), "II": "1"},
        "rtl_resource_usage": {key: str(value) for key, value in known.items()},
    }
    return json.dumps(whole, indent=2) + "\n"


def _model(name: str, names: Names) -> str:
    """The function in C++, with the bits of the RTL."""
    given = ", ".join(a.name for a in (*names.inputs, *names.outputs))
    head = ",\n    ".join(arguments(names))
    return (
        f"// The C++ model of the black box {name}: call it from a design of your own.\n"
        f'#include "../firmware/{names.top}_core.h"\n\n'
        f"void {name}(\n    {head}\n) {{\n    {names.space}::compute({given});\n}}\n"
    )


def _rtl(name: str, graph: Graph) -> str:
    pipe = f"{name}_pipe"
    ports = port_names(graph, pipe)
    wires = [*_declared("input", ports.inputs, graph.inputs)]
    wires += _declared("output", ports.outputs, graph.outputs)
    wires += [f"output wire {port}_ap_vld" for port in ports.outputs]
    latency = graph.latency
    text = _WRAPPER.format(
        name=name,
        pipe=pipe,
        latency=latency,
        enable=_ENABLE,
        clock=CLOCK,
        reset=RESET,
        in_valid=IN_VALID,
        out_valid=OUT_VALID,
        ports=",\n".join(f"  {wire}" for wire in wires),
        links=", ".join(f".{port}({port})" for port in (*ports.inputs, *ports.outputs)),
        busy=_busy(latency),
        valid="\n".join(f"  assign {port}_ap_vld = ap_done;" for port in ports.outputs),
    )
    return text + _enabled(verilog(graph, pipe))


def _declared(side: str, names: Sequence[str], ports: Sequence[Port]) -> list[str]:
    pairs = zip(names, ports, strict=True)
    return [declare(f"{side} wire", name, p.type.width, p.type.signed) for name, p in pairs]


def _busy(latency: int) -> str:
    """Whether rows are under way."""
    if latency == 0:
        return "  assign ap_idle = ~ap_start;"
    following = "ap_start" if latency == 1 else f"{{under_way[{latency - 1}:1], ap_start}}"
    return (
        f"  reg [{latency}:1] under_way;\n"
        f"  always @(posedge ap_clk)\n"
        f"    if (ap_rst) under_way <= 0;\n"
        f"    else if ({_ENABLE}) under_way <= {following};\n"
        f"  assign ap_idle = ~ap_start & ~|under_way;"
    )


def _enabled(text: str) -> str:
    """The text of a module whose registers keep what they have where the enable is 0."""
    clocked = f"always @(posedge {CLOCK})"
    text = text.replace(f"{clocked} begin", f"{clocked} if ({_ENABLE}) begin")
    text = text.replace(f"{clocked} valid <=", f"{clocked} if ({_ENABLE} | {RESET}) valid <=")
    return re.sub(rf"(  input wire {RESET},\n)", rf"\1  input wire {_ENABLE},\n", text, count=1)
