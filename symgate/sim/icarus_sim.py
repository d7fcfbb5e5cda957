"""Many small graphs as Verilog in one run of Icarus, without cocotb: starting a simulator costs
more than its work.
"""

from __future__ import annotations

import shutil
import subprocess
import tempfile
from collections.abc import Mapping
from pathlib import Path

from symgate.backends.verilog.module import verilog
from symgate.backends.verilog.names import CLOCK, IN_VALID, OUT_VALID, RESET, port_names
from symgate.errors import CheckFailed, ToolMissing
from symgate.ir.fixed import Graph
from symgate.ir.types import FixedType
from symgate.sim import bits
from symgate.sim.bits import Column

_BENCH = """\
module bench{k};
  reg clk = 0;
  reg [{inputs}:0] in = 0;
  wire [{outputs}:0] out;
  graph{k} dut ({connections});
  reg [{inputs}:0] rows [0:{last}];
  integer row, cycle;
  initial begin
    $readmemh("{k}.in", rows);
    for (row = 0; row <= {last}; row = row + 1) begin
      in = rows[row];
      for (cycle = 0; cycle < {latency}; cycle = cycle + 1) begin #1 clk = 1; #1 clk = 0; end
      #1 $display("{k} %h", out);
    end
  end
endmodule
"""


def simulate_graphs(
    graphs: Mapping[str, Graph], inputs: Mapping[str, Mapping[str, Column]]
) -> dict[str, dict[str, Column]]:
    """Return the raw outputs of each graph for its rows of raw ``inputs``; each row stays until its
    result is out.
    """
    if shutil.which("iverilog") is None:
        raise ToolMissing("Icarus Verilog is not installed", remedy="apt-get install iverilog")
    with tempfile.TemporaryDirectory(prefix="symgate-icarus-") as name:
        folder = Path(name)
        texts = [_prepare(folder, k, g, inputs[name]) for k, (name, g) in enumerate(graphs.items())]
        (folder / "all.v").write_text("\n".join(texts), encoding="utf-8")
        tops = [option for k in range(len(graphs)) for option in ("-s", f"bench{k}")]
        _run(folder, ["iverilog", "-g2005", *tops, "-o", "all.vvp", "all.v"])
        lines = [line.split() for line in _run(folder, ["vvp", "-n", "all.vvp"]).splitlines()]
    rows: list[list[int]] = [[] for _ in graphs]
    for k, row in lines:
        rows[int(k)].append(int(row, 16))
    return {name: bits.unpack(_outputs(g), rows[k]) for k, (name, g) in enumerate(graphs.items())}


def _outputs(graph: Graph) -> bits.Ports:
    return [(port.name, port.type) for port in graph.outputs]


def _prepare(folder: Path, k: int, graph: Graph, inputs: Mapping[str, Column]) -> str:
    """Write the rows of graph ``k``, and return its Verilog with a bench."""
    sources, sinks = [(port.name, port.type) for port in graph.inputs], _outputs(graph)
    rows = bits.pack(sources, inputs)
    (folder / f"{k}.in").write_text("".join(f"{row:x}\n" for row in rows))
    names = port_names(graph, f"graph{k}")
    connections = [f".{CLOCK}(clk)", f".{RESET}(1'b0)", f".{IN_VALID}(1'b1)", f".{OUT_VALID}()"]
    connections += _connections(names.inputs, [t for _, t in sources], "in")
    connections += _connections(names.outputs, [t for _, t in sinks], "out")
    bench = _BENCH.format(
        k=k,
        inputs=max(bits.width(sources), 1) - 1,
        outputs=bits.width(sinks) - 1,
        last=len(rows) - 1,
        latency=graph.latency,
        connections=", ".join(connections),
    )
    return verilog(graph, f"graph{k}") + bench


def _connections(names: tuple[str, ...], types: list[FixedType], vector: str) -> list[str]:
    """Connect each port to its part of ``vector``, the first in the lowest bits."""
    ends = [sum(t.width for t in types[: k + 1]) for k in range(len(types))]
    parts = zip(names, types, ends, strict=True)
    return [f".{name}({vector}[{end - 1}:{end - t.width}])" for name, t, end in parts]


def _run(folder: Path, command: list[str]) -> str:
    """Run ``command`` and return what it prints."""
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)
    if done.returncode:
        raise CheckFailed(f"{command[0]} failed: {(done.stderr or done.stdout).strip()[-600:]}")
    return done.stdout
