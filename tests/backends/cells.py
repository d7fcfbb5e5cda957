"""Running netlists of cells under Icarus: many modules in one simulation, with the models of the
cells.
"""

from __future__ import annotations

import subprocess
from collections.abc import Mapping
from pathlib import Path

import numpy as np

from symgate.backends.verilog.names import port_names
from symgate.backends.xilinx import cells
from symgate.ir.fixed import Graph
from symgate.ir.types import FixedType
from symgate.sim import bits

_BENCH = """
module bench_{top};
  reg clk = 0;
  reg [{last_in}:0] rows [0:{last_row}];
  reg [{last_in}:0] row;
  wire [{last_out}:0] result;
  integer k;
  {top} dut (.clk(clk), .rst(1'b0), .in_valid(1'b1){pins});
  initial begin
    $readmemh("{top}.hex", rows);
    for (k = 0; k <= {last_row}; k = k + 1) begin
      row = rows[k];
      repeat ({latency}) begin #1 clk = 1; #1 clk = 0; end
      #1 $display("{top} %h", result);
    end
  end
endmodule
"""


def ports(graph: Graph, side: str) -> list[tuple[str, FixedType]]:
    return [(p.name, p.type) for p in getattr(graph, side)]


def _bench(top: str, graph: Graph, rows: int) -> str:
    names, pins = port_names(graph, top), ""
    for side, vector, verilog in (
        ("inputs", "row", names.inputs),
        ("outputs", "result", names.outputs),
    ):
        low = 0
        for name, (_, t) in zip(verilog, ports(graph, side), strict=True):
            pins += f", .{name}({vector}[{low + t.width - 1}:{low}])"
            low += t.width
    last_in, last_out = (bits.width(ports(graph, side)) - 1 for side in ("inputs", "outputs"))
    return _BENCH.format(
        top=top,
        last_in=last_in,
        last_out=last_out,
        last_row=rows - 1,
        pins=pins,
        latency=graph.latency,
    )


def simulate(
    folder: Path,
    designs: Mapping[str, tuple[Graph, str]],
    inputs: Mapping[str, Mapping[str, np.ndarray]],
) -> dict[str, dict[str, np.ndarray]]:
    """The raw outputs of each module, ``designs`` giving its graph and Verilog, on rows of raw
    ``inputs``.
    """
    texts = [cells.models()]
    for top, (graph, verilog) in designs.items():
        rows = bits.pack(ports(graph, "inputs"), inputs[top])
        (folder / f"{top}.hex").write_text("\n".join(f"{row:x}" for row in rows))
        texts += [verilog, _bench(top, graph, len(rows))]
    (folder / "all.v").write_text("\n".join(texts))
    roots = [word for top in designs for word in ("-s", f"bench_{top}")]
    subprocess.run(["iverilog", "-g2005-sv", "-o", "all", *roots, "all.v"], cwd=folder, check=True)
    printed = subprocess.run(
        ["vvp", "-n", "all"], cwd=folder, check=True, capture_output=True, text=True
    ).stdout
    found: dict[str, list[int]] = {top: [] for top in designs}
    for top, value in map(str.split, printed.splitlines()):
        found[top].append(int(value, 16))
    return {
        top: bits.unpack(ports(graph, "outputs"), found[top]) for top, (graph, _) in designs.items()
    }
