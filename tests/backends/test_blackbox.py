"""The black box for Vitis HLS: its description, its C++, and its RTL where the schedule stalls."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path

import numpy as np
import pytest

from symgate.backends.hls import emit_graph
from symgate.ir.fixed import Builder, Graph
from symgate.ir.types import FixedType
from symgate.sim import ap_types, numpy_model

ROWS = 200
#: The keys that AMD's user guide lists for the file.
KEYS = {
    "c_function_name", "rtl_top_module_name", "c_files", "rtl_files", "c_parameters",
    "rtl_common_signal", "rtl_performance", "rtl_resource_usage",
}  # fmt: skip
CONTROL = {
    "module_clock", "module_reset", "module_clock_enable",
    *(f"ap_ctrl_chain_protocol_{part}" for part in ("idle", "start", "ready", "done", "continue")),
}  # fmt: skip


def pipelined(latency: int) -> Graph:
    b = Builder()
    x, y = b.input("x", FixedType(True, 8, 3)), b.input("y", FixedType(False, 6, 3))
    product = b.mul(x, y)
    for _ in range(latency):
        product = b.register(product)
        y = b.register(y)
    b.output("p", product)
    b.output("q", b.neg(y))
    return b.build()


def files(graph: Graph) -> dict[str, str]:
    return {n: t for n, t in emit_graph("d", graph).items() if n.startswith("blackbox/")}


@pytest.mark.parametrize("latency", [0, 1, 3])
def test_description(latency):
    described = json.loads(files(pipelined(latency))["blackbox/d_rtl.json"])

    assert described.keys() == KEYS
    assert described["rtl_common_signal"].keys() == CONTROL
    assert described["rtl_performance"] == {"latency": str(latency), "II": "1"}
    assert described["c_function_name"] == described["rtl_top_module_name"] == "d_rtl"
    assert [p["c_name"] for p in described["c_parameters"]] == ["x", "y", "p", "q"]
    assert [p["c_port_direction"] for p in described["c_parameters"]] == ["in", "in", "out", "out"]


def test_every_port_of_the_description_is_a_port_of_the_module():
    emitted = files(pipelined(2))
    described = json.loads(emitted["blackbox/d_rtl.json"])
    head = emitted["blackbox/d_rtl.v"].partition(");")[0]
    ports = [port for p in described["c_parameters"] for port in p["rtl_ports"].values()]

    for port in (*ports, *described["rtl_common_signal"].values()):
        assert head.count(f" {port}\n") + head.count(f" {port},\n") == 1, port


def test_block_ram_and_names_of_the_protocol_have_no_black_box():
    b = Builder()
    b.output("y", b.emit("rom", b.input("x", FixedType(False, 2, 0)), attr=((1, 2, 3, 0), 0)))
    assert files(b.build()) == {}

    b = Builder()
    b.output("y", b.neg(b.input("ap_start", FixedType(True, 4, 0))))
    assert files(b.build()) == {}


@pytest.mark.needs("g++", "hls4ml")
def test_model_compiles_without_warnings(tmp_path):
    for name, text in emit_graph("d", pipelined(1)).items():
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(text)
    flags = ["-std=c++11", "-Wall", "-Wextra", "-Wno-unknown-pragmas", "-Werror", "-fsyntax-only"]
    command = ["g++", *flags, "-isystem", str(ap_types.find()), "blackbox/d_rtl.cpp"]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False)

    assert done.stderr == ""


BENCH = """
module bench;
  reg ap_clk = 0, ap_rst = 1, ap_ce = 0, ap_start = 0;
  reg signed [7:0] x = 0; reg [5:0] y = 0;
  wire signed [13:0] p; wire signed [6:0] q;
  wire done, pv, qv, idle, ready;
  d_rtl dut (.ap_clk(ap_clk), .ap_rst(ap_rst), .ap_ce(ap_ce), .ap_start(ap_start), .ap_continue(1'b1),
    .ap_idle(idle), .ap_ready(ready), .ap_done(done), .x(x), .y(y), .p(p), .q(q),
    .p_ap_vld(pv), .q_ap_vld(qv));
  integer k = 0, seed = 7;
  initial begin
    #2 ap_clk = 1; #2 ap_clk = 0; ap_rst = 0;
    while (k < 3 * ROWS) begin
      ap_ce = $random(seed); ap_start = $random(seed); x = $random(seed); y = $random(seed);
      #1 if (ap_ce & ap_start & ready) $display("in %0d %0d", x, y);
      if (ap_ce & done & pv & qv) $display("out %0d %0d", p, q);
      #1 ap_clk = 1; #2 ap_clk = 0; k = k + 1;
    end
    $finish;
  end
endmodule
"""


def simulated(text: str, folder: Path) -> list[list[str]]:
    (folder / "d.v").write_text(text + BENCH.replace("ROWS", str(ROWS)))
    subprocess.run(["iverilog", "-g2012", "-o", "d", "d.v"], cwd=folder, check=True)
    done = subprocess.run(["vvp", "d"], cwd=folder, check=True, capture_output=True, text=True)
    return [line.split() for line in done.stdout.splitlines() if line.startswith(("in", "out"))]


@pytest.mark.needs("iverilog")
@pytest.mark.parametrize("latency", [0, 1, 3])
def test_rtl_gives_each_row_once_where_the_enable_comes_and_goes(latency, tmp_path):
    graph = pipelined(latency)
    lines = simulated(files(graph)["blackbox/d_rtl.v"], tmp_path)
    given = np.array([[int(a), int(b)] for side, a, b in lines if side == "in"])
    got = [(int(a), int(b)) for side, a, b in lines if side == "out"]
    want = numpy_model.simulate(graph, {"x": given[:, 0], "y": given[:, 1]})

    assert len(given) > ROWS / 4
    assert len(given) - latency <= len(got) <= len(given)
    assert got == list(zip(want["p"], want["q"], strict=True))[: len(got)]
