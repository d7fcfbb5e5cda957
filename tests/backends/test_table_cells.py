"""Tables of six address bits: as cells of Xilinx, where the macro says so, they are what they are else."""

from __future__ import annotations

import subprocess

import pytest

from symgate.backends.verilog.tables import CELLS, table_module
from symgate.backends.xilinx.cells import models
from symgate.report.synth import synthesise

SMOOTH = tuple(k * k // 31 - 40 for k in range(64))
FEW_PINS = tuple(3 * (k % 8) for k in range(64))
BENCH = """module bench;
  reg [5:0] k; wire signed [15:0] e;
  t dut (.index(k), .entry(e));
  integer n;
  initial for (n = 0; n < 64; n = n + 1) begin k = n; #1 $display("%0d", $signed(e)); end
endmodule
"""


@pytest.mark.needs("iverilog")
@pytest.mark.parametrize("macro", [True, False], ids=["cells", "case"])
@pytest.mark.parametrize(
    "contents", [SMOOTH, (*SMOOTH[:50], *[7] * 14)], ids=["smooth", "flat end"]
)
def test_both_branches_of_the_macro_are_the_table(tmp_path, macro, contents):
    width = max(abs(v) for v in contents).bit_length() + 1
    bench = BENCH.replace("[15:0]", f"[{width - 1}:0]")
    (tmp_path / "all.v").write_text(table_module("t", contents) + models() + bench)
    defines = [f"-D{CELLS}"] if macro else []
    out = str(tmp_path / "out")
    subprocess.run(["iverilog", "-g2005", *defines, "-o", out, str(tmp_path / "all.v")], check=True)
    shown = subprocess.run(["vvp", "-n", out], check=True, capture_output=True, text=True)
    assert [int(line) for line in shown.stdout.split()] == list(contents)


def test_only_columns_of_all_six_bits_are_cells():
    assert CELLS in table_module("t", SMOOTH)
    assert CELLS not in table_module("t", FEW_PINS)
    assert CELLS not in table_module("t", SMOOTH[:32])


@pytest.mark.needs("pyosys")
def test_a_smooth_table_is_one_lut_a_column_in_yosys():
    assert synthesise(table_module("t", SMOOTH), "t")["lut"] <= 8


@pytest.mark.needs("pyosys")
@pytest.mark.parametrize("bits", [7, 8, 10])
def test_the_report_counts_long_tables(bits):
    values = tuple((7 * k * k + 3 * k) % 8191 for k in range(1 << bits))
    assert 0 < synthesise(table_module("t", values), "t", dsp=False)["lut"] < 300
