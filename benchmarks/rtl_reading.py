"""What other people's tools say about the Verilog of 100 designs, and how much of it a reader meets.

    python benchmarks/rtl_reading.py                 # 100 designs, and the jet tagger of examples/jets
    python benchmarks/rtl_reading.py --designs 20
    python benchmarks/rtl_reading.py --table         # what was measured before

Designs: equations of AI Feynman and of the PySR fronts of a jet tagger (../shared/data/expressions),
half of each, evenly spaced, from 8-bit inputs to within 2^-6 of their range, with --effort quick.
Warnings: of `verilator --lint-only -Wall` and `iverilog -Wall` on the module and its wrappers, and of
Yosys (read, hierarchy, proc, check), with and without the macro SYMGATE_LUT6. LUT and FF are those of
`symgate report --synth yosys`. The tagger is simulated in Icarus with and without the macro on random
inputs. Rows are kept after each design, so that a run that was stopped goes on; --again measures
anew. Exit code 1 where a tool warns or fails, or bits differ.
"""

from __future__ import annotations

import argparse
import re
import subprocess
import sys
import tempfile
import warnings
from collections.abc import Iterator, Mapping
from dataclasses import replace
from pathlib import Path

import numpy as np
from common import ROOT, Row, console, merge, save, saved, show
from suites import Item, feynman, jets, sampled

from symgate.backends.rtl import emit_graph
from symgate.backends.verilog.names import legal
from symgate.backends.verilog.tables import CELLS
from symgate.backends.xilinx.cells import models
from symgate.errors import SymgateError
from symgate.ir.fixed import run
from symgate.project.folder import Build
from symgate.report.synth import synthesise
from symgate.sim.bench_run import verilator_program
from symgate.sim.valid_bench import PLAIN, simulate_valid

RESULT, TAGGER, ROWS, WORDS = "rtl_reading", "jets", 500, 2000
_YOSYS = "import sys; from pyosys import libyosys as ys; d = ys.Design(); [ys.run_pass(p, d) for p in sys.argv[1:]]"
_ONE_BIT = re.compile(r"^ *wire \w+ = \w+\[\d+\];", re.MULTILINE)
COLUMNS = {
    "name": "design", "lines": "lines", "bits": "one-bit slices", "verilator": "Verilator",
    "icarus": "Icarus", "yosys": "Yosys", "lut": "LUT", "ff": "FF", "wrong": "wrong bits",
}  # fmt: skip


def items(count: int) -> list[Item]:
    """The equations."""
    rows = [item for item in jets() if item.has_inputs]
    return [*sampled(list(feynman()), count - count // 2), *sampled(rows, count // 2)]


def compiled(item: Item | None, folder: Path) -> Build:
    """The build of one equation, or of the jet tagger."""
    from symgate import api

    warnings.simplefilter("ignore")
    if item is None:
        return api.compile(ROOT / "examples" / "jets" / "design.toml", folder / "b")
    options = replace(item.options(), bits=8, relative_error="2^-6", effort="quick")
    return api.compile(item.write(folder), folder / "b", options=options)


def measure(item: Item | None) -> Row:
    """What tools say about one design."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        build = compiled(item, folder)
        top = legal(build.name)
        files = {k: v for k, v in emit_graph(top, build.graph).items() if k.endswith(".v")}
        for file, text in {**files, "cells.v": models()}.items():
            (folder / file).write_text(text, encoding="utf-8")
        told = {tool: _told(command, folder) for tool, command in commands(top, [*files])}
    found = synthesise({f"{top}.v": files[f"{top}.v"]}, top, dsp=False)
    main = files[f"{top}.v"].split("endmodule", 1)[0]
    row: Row = {"name": "jet tagger" if item is None else f"{item.suite} {item.name}"}
    row |= {"lines": main.count("\n"), "bits": len(_ONE_BIT.findall(main))}
    row |= {tool: len(lines) for tool, lines in told.items()}
    row |= {
        "lut": found["lut"],
        "ff": found["ff"],
        "told": [line for lines in told.values() for line in lines][:5],
    }
    return row if item is not None else {**row, "wrong": wrong_bits(build, files)}


def commands(top: str, files: list[str]) -> Iterator[tuple[str, list[str]]]:
    """Each tool's command that reads the Verilog; ``cells.v`` has models of Xilinx's cells."""
    yield (
        "verilator",
        [verilator_program(), "--lint-only", "--quiet", "-Wall", "--top", f"{top}_axis", *files],
    )
    yield "icarus", ["iverilog", "-g2005", "-Wall", "-o", "out", *files]
    passes = []
    for macro, more in (("", []), (f"-D {CELLS} ", ["cells.v"])):
        passes += ["design -reset", f"read_verilog {macro}{' '.join([*files, *more])}"]
        passes += [f"hierarchy -check -top {top}_axis", "proc", "check -assert"]
    yield "yosys", [sys.executable, "-c", _YOSYS, *(f"tee -q -a log.txt {p}" for p in passes)]


def _told(command: list[str], folder: Path) -> list[str]:
    """The warnings of a tool, and that it failed."""
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)
    lines = (done.stdout + done.stderr).splitlines()
    log = folder / "log.txt"
    lines += log.read_text(errors="replace").splitlines() if "tee" in " ".join(command) else []
    found = [line for line in lines if re.search(r"warning|%Error|^ERROR", line, re.IGNORECASE)]
    return [*found, *([f"exit {done.returncode}"] if done.returncode else [])]


def wrong_bits(build: Build, files: Mapping[str, str]) -> int:
    """Words with other bits than the graph's in Icarus, with the macro and without it."""
    rng, graph = np.random.default_rng(1), build.graph
    spans = {p.name: graph.nodes[p.node].range for p in graph.inputs}
    rows = {n: rng.integers(s.lo, s.hi, ROWS, endpoint=True) for n, s in spans.items()}
    found = run(graph, [rows[p.name] for p in graph.inputs])
    rows |= {p.name: r for p, r in zip(graph.outputs, found, strict=True)}
    plain = {name: text for name, text in files.items() if name == f"{legal(build.name)}.v"}
    cells = {"0.v": f"`define {CELLS}\n", **plain, "cells.v": models()}
    each = [simulate_valid(f, build.name, graph, rows, PLAIN, words=WORDS) for f in (plain, cells)]
    return sum(counted.wrong + counted.lost for counted in each)


def is_right(row: Row) -> bool:
    """Whether all tools read a design without a word."""
    return not (
        row.get("failed")
        or any(row[k] for k in ("verilator", "icarus", "yosys"))
        or row.get("wrong")
    )


def table(rows: list[Row]) -> None:
    """Print the tagger, the sums of the others, and the rows with a warning."""
    others = [row for row in rows if row["name"] != "jet tagger" and not row.get("failed")]
    sums: Row = {"name": f"{len(others)} designs"}
    sums |= {
        k: sum(row[k] for row in others)
        for k in ("lines", "bits", "verilator", "icarus", "yosys", "lut", "ff")
    }
    tagger = [row for row in rows if row["name"] == "jet tagger"]
    wrong = [row for row in rows if not is_right(row)]
    show("What tools say about our Verilog", COLUMNS, [*tagger, sums, *wrong])
    for row in wrong:
        console.print(row["name"], row.get("failed") or row["told"])


def main() -> int:
    """Measure, keep, print."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n\n")[0])
    parser.add_argument("--designs", type=int, default=100)
    parser.add_argument("--again", action="store_true")
    parser.add_argument("--table", action="store_true")
    args = parser.parse_args()
    rows = [] if args.again else saved(RESULT)
    done = {row["name"] for row in rows}
    for item in [] if args.table else [None, *items(args.designs)]:
        name = "jet tagger" if item is None else f"{item.suite} {item.name}"
        if name in done:
            continue
        try:
            row = measure(item)
        except (SymgateError, RuntimeError) as e:
            row = {"name": name, "failed": str(e)[:200]}
        rows = merge(rows, [row], "name")
        save(RESULT, rows)
        console.print(name, "right" if is_right(row) else row)
    table(rows)
    return int(not all(map(is_right, rows)))


if __name__ == "__main__":
    sys.exit(main())
