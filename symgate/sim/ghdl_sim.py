"""VHDL in GHDL: a bench that reads rows from a file, one per clock, and writes what came out."""

from __future__ import annotations

import shutil
import subprocess
import tempfile
from collections.abc import Mapping
from pathlib import Path

from symgate.backends.vhdl_names import vhdl_names
from symgate.errors import CheckFailed, ToolMissing
from symgate.ir.fixed import Graph
from symgate.sim import bits
from symgate.sim.bits import Column

_LATE = 1800  # seconds after which a simulation is taken to hang
_BENCH = """\
library ieee;
use ieee.std_logic_1164.all;
use ieee.numeric_std.all;
use std.textio.all;

entity bench is
end entity bench;

architecture sim of bench is
  signal clk, rst, in_valid, out_valid : std_logic := '0';
  signal row : std_logic_vector({last_in} downto 0) := (others => '0');
  signal result : std_logic_vector({last_out} downto 0);
{signals}
begin
{links}
  dut : entity work.{top} port map (
    clk => clk, rst => rst, in_valid => in_valid, out_valid => out_valid,
    {ports}
  );
  process
    file rows : text open read_mode is "rows.txt";
    file results : text open write_mode is "results.txt";
    variable given, told : line;
    variable word : bit_vector({last_in} downto 0);
    variable left : integer := {latency};
  begin
    rst <= '1';
    wait for 1 ns; clk <= '1'; wait for 1 ns; clk <= '0';
    rst <= '0';
    while not endfile(rows) or left > 0 loop
      if not endfile(rows) then
        readline(rows, given);
        read(given, word);
        row <= to_stdlogicvector(word);
        in_valid <= '1';
      else
        in_valid <= '0';
        left := left - 1;
      end if;
      wait for 1 ns;
      if {latency} = 0 and out_valid = '1' then
        write(told, to_bitvector(result)); writeline(results, told);
      end if;
      clk <= '1'; wait for 1 ns; clk <= '0'; wait for 1 ns;
      if {latency} > 0 and out_valid = '1' then
        write(told, to_bitvector(result)); writeline(results, told);
      end if;
    end loop;
    wait;
  end process;
end architecture sim;
"""


def simulate(
    files: Mapping[str, str], name: str, graph: Graph, inputs: Mapping[str, Column]
) -> dict[str, Column]:
    """Return the raw outputs of the VHDL ``files`` for rows of raw ``inputs``, one row per clock.

    Raise `ToolMissing` without GHDL, `CheckFailed` where it does not analyse or loses a row.
    """
    if shutil.which("ghdl") is None:
        raise ToolMissing("GHDL is not installed", remedy="apt-get install ghdl")
    sources = [(port.name, port.type) for port in graph.inputs]
    sinks = [(port.name, port.type) for port in graph.outputs]
    width, rows = max(bits.width(sources), 1), bits.pack(sources, inputs)
    with tempfile.TemporaryDirectory(prefix="symgate-ghdl-") as top:
        folder = Path(top)
        for file, text in files.items():
            (folder / file).write_text(text, encoding="utf-8")
        (folder / "bench.vhd").write_text(_bench(graph, name), encoding="utf-8")
        (folder / "rows.txt").write_text("".join(f"{row:0{width}b}\n" for row in rows))
        _run(folder, ["ghdl", "-a", "--std=08", *files, "bench.vhd"])
        _run(folder, ["ghdl", "-e", "--std=08", "bench"])
        _run(folder, ["ghdl", "-r", "--std=08", "bench", "--ieee-asserts=disable-at-0"])
        results = (folder / "results.txt").read_text().split()
    if len(results) != len(rows):
        raise CheckFailed(f"VHDL gave {len(results)} results for {len(rows)} rows")
    return bits.unpack(sinks, [int(result, 2) for result in results])


def _bench(graph: Graph, name: str) -> str:
    names = vhdl_names(graph, name)
    signals, links, ports = [], [], []
    for side, word, own, found in (
        ("i", "row", names.inputs, graph.inputs),
        ("o", "result", names.outputs, graph.outputs),
    ):
        low = 0
        for k, (port_name, port) in enumerate(zip(own, found, strict=True)):
            kind, high = "signed" if port.type.signed else "unsigned", low + port.type.width - 1
            signals.append(f"  signal {side}{k} : {kind}({port.type.width - 1} downto 0);")
            part = f"{word}({high} downto {low})"
            into = f"{side}{k} <= {kind}({part});"
            back = f"{part} <= std_logic_vector({side}{k});"
            links.append(f"  {into if side == 'i' else back}")
            ports.append(f"{port_name} => {side}{k}")
            low = high + 1
    return _BENCH.format(
        top=names.top,
        last_in=max(sum(p.type.width for p in graph.inputs), 1) - 1,
        last_out=sum(p.type.width for p in graph.outputs) - 1,
        latency=graph.latency,
        signals="\n".join(signals),
        links="\n".join(links),
        ports=", ".join(ports),
    )


def _run(folder: Path, command: list[str]) -> None:
    done = subprocess.run(
        command, cwd=folder, capture_output=True, text=True, errors="replace",
        timeout=_LATE, check=False,
    )  # fmt: skip
    if done.returncode:
        told = (done.stderr or done.stdout).strip().splitlines()
        raise CheckFailed(f"GHDL failed: {' '.join(told)[:400]}")
