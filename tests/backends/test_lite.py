"""Constants of run time: their section, their ports, and the registers that AXI4-Lite writes."""

from __future__ import annotations

import re
import subprocess
from fractions import Fraction

import numpy as np
import pytest

from symgate.backends.rtl import emit_graph
from symgate.backends.verilog.lite import lite
from symgate.errors import InputError
from symgate.frontend.design_file import toml
from symgate.ir.domains import Interval
from symgate.ir.fixed import Builder, Graph
from symgate.ir.types import FixedType

DESIGN = """\
[inputs]
x = { format = "fixed<8,4>", range = [-8, 7.5] }
[constants]
gain = { value = 1.5, range = [1, 2], runtime = true, bits = 10 }
two = 2
half = "two/4"
[outputs]
y = "two*sin(gain*x)"
[accuracy]
max_error = 0.05
"""


def loads(text: str = DESIGN):
    return toml.loads(text.replace('half = "two/4"\n', ""))


def test_a_constant_of_run_time_is_an_input_of_its_range():
    design = loads()
    assert [i.name for i in design.inputs] == ["x", "gain"]
    assert (design.inputs[1].type.width, design.inputs[1].lo) == (10, 1)
    assert design.constants == {"gain": Fraction(3, 2)}


def test_it_is_written_and_read_back():
    design = loads()
    again = toml.loads(toml.dump(design))
    assert (again.inputs, again.constants, again.outputs) == (
        design.inputs,
        design.constants,
        design.outputs,
    )


@pytest.mark.parametrize(
    ("entry", "message"),
    [
        ("{ value = 3, range = [1, 2], runtime = true, bits = 10 }", "outside of its range"),
        ("{ value = 1.5, runtime = true, bits = 10 }", "has no range"),
        ("{ value = 1.5, range = [1, 2], runtime = true, bits = 40 }", "AXI4-Lite has 32"),
        ("{ value = 1.5, rang = [1, 2] }", "unknown key 'rang'"),
        ("{ range = [1, 2] }", "is no constant"),
        ('"x"', "is not a number"),
    ],
)
def test_what_is_wrong_is_said(entry, message):
    text = re.sub(r"gain = .*", f"gain = {entry}", DESIGN)
    with pytest.raises(InputError, match=message):
        loads(text)


def test_a_name_stands_once():
    with pytest.raises(InputError, match="defined twice"):
        loads(DESIGN.replace("gain = {", "x = {"))


def graph() -> Graph:
    b = Builder()
    x = b.input("x", FixedType(True, 6, 0))
    gain = b.input("gain", FixedType(False, 5, 3), Interval(8, 16))
    shift = b.input("shift", FixedType(True, 4, 3), Interval(-3, 7))
    total = b.register(b.add(b.mul(x, gain), shift))
    b.output("y", total)
    return b.build()


CONSTANTS = {"gain": Fraction(3, 2), "shift": Fraction(-1, 4)}


def test_text(golden):
    golden(lite(graph(), "demo", CONSTANTS))


BENCH = """
module bench;
  reg clk = 0, rstn = 0, awvalid = 0, wvalid = 0, bready = 1, arvalid = 0, rready = 1;
  reg [2:0] awaddr = 0, araddr = 0; reg [31:0] wdata = 0; reg [3:0] wstrb = 15;
  wire awready, wready, bvalid, arready, rvalid; wire [1:0] bresp, rresp; wire [31:0] rdata;
  reg signed [5:0] x = 5; wire signed [11:0] y; wire ov;
  demo_lite dut(.aclk(clk), .aresetn(rstn), .s_axi_awaddr(awaddr), .s_axi_araddr(araddr),
    .s_axi_awvalid(awvalid), .s_axi_awready(awready), .s_axi_wdata(wdata), .s_axi_wstrb(wstrb),
    .s_axi_wvalid(wvalid), .s_axi_wready(wready), .s_axi_bresp(bresp), .s_axi_bvalid(bvalid),
    .s_axi_bready(bready), .s_axi_arvalid(arvalid), .s_axi_arready(arready), .s_axi_rdata(rdata),
    .s_axi_rresp(rresp), .s_axi_rvalid(rvalid), .s_axi_rready(rready), .in_valid(1'b1), .x(x),
    .out_valid(ov), .y(y));
  always #1 clk = ~clk;
  task put(input [2:0] a, input [31:0] d, input [3:0] s); begin
    @(negedge clk) awaddr = a; wdata = d; wstrb = s; awvalid = 1; wvalid = 1;
    @(negedge clk) awvalid = 0; wvalid = 0;
    $display("put %0d", bresp); @(negedge clk);
    @(negedge clk) $display("y %0d", y);
  end endtask
  task get(input [2:0] a); begin
    @(negedge clk) araddr = a; arvalid = 1;
    @(negedge clk) arvalid = 0; $display("get %0d %0d", rresp, $signed(rdata)); @(negedge clk);
  end endtask
  initial begin
    @(negedge clk) rstn = 0; @(negedge clk) rstn = 1;
    get(0); get(4);
    put(0, 10, 15); put(0, 17, 15); put(0, 7, 15); put(4, -3, 15); put(4, -4, 15); put(4, 7, 15);
    put(4, 8, 15); put(0, 16, 7); put(0, 32'h8000000a, 15); get(0); get(4); $finish;
  end
endmodule
"""


@pytest.mark.needs("iverilog")
def test_values_of_the_range_are_written_and_no_others(tmp_path):
    g = graph()
    text = emit_graph("demo", g)["demo.v"] + lite(g, "demo", CONSTANTS) + BENCH
    (tmp_path / "all.v").write_text(text)
    subprocess.run(["iverilog", "-g2005", "-o", "a", "all.v"], cwd=tmp_path, check=True)
    told = subprocess.run(["vvp", "-n", "a"], cwd=tmp_path, capture_output=True, text=True)

    def y(gain: int, shift: int) -> str:
        return f"y {5 * gain + shift}"

    assert [line for line in told.stdout.splitlines() if "finish" not in line] == [
        "get 0 12", "get 0 -2",
        "put 0", y(10, -2), "put 2", y(10, -2), "put 2", y(10, -2), "put 0", y(10, -3),
        "put 2", y(10, -3), "put 0", y(10, 7), "put 2", y(10, 7), "put 2", y(10, 7),
        "put 2", y(10, 7), "get 0 10", "get 0 7",
    ]  # fmt: skip


@pytest.mark.needs("verilator")
def test_no_warning(tmp_path):
    from symgate.sim.bench_run import verilator_program

    g = graph()
    (tmp_path / "demo.v").write_text(emit_graph("demo", g)["demo.v"])
    (tmp_path / "demo_lite.v").write_text(lite(g, "demo", CONSTANTS))
    done = subprocess.run(
        [verilator_program(), "--lint-only", "-Wall", "--top", "demo_lite", "demo.v", "demo_lite.v"],
        cwd=tmp_path, capture_output=True, text=True,
    )  # fmt: skip
    assert (done.returncode, done.stderr) == (0, "")


def test_data_without_a_column_has_the_value_at_reset(tmp_path):
    from symgate.sim.data import read

    path = tmp_path / "d.csv"
    path.write_text("x\n1\n2\n")
    table = read(path, ["x", "gain"], ["y"], usual={"gain": 1.5})
    assert np.array_equal(table.columns["gain"], [1.5, 1.5])
