"""LUTs of the function generators after Yosys, beside the plain table and published or measured
figures of others.

    python benchmarks/functions.py [--bits 8,10,12] [--functions sin,exp] [--plain 10]

Every function has n input and n output bits on [0, 1), scaled so that 1 is all ones, within one ulp
(faithful). The smallest design by the model is checked at every code, printed as Verilog by the
project's own backend, and mapped by Yosys for UltraScale+ without DSP slices and block RAM; LUT is
the sum of LUT1 to LUT6, and beside it that of the design as cells. Nothing is placed and routed.
"""

from __future__ import annotations

import argparse
import json
import re
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
from rich.console import Console
from rich.table import Table

HERE = Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent))  # run from a clone that is not installed, too

from symgate.backends.verilog.module import verilog  # noqa: E402
from symgate.ir.fixed import Builder, Graph, run  # noqa: E402
from symgate.ir.types import FixedType  # noqa: E402
from symgate.passes.approx import GENERATORS, Candidate, Objective, Spec  # noqa: E402
from symgate.passes.approx.front import front  # noqa: E402
from symgate.passes.approx.plain import Plain  # noqa: E402
from symgate.report import estimate  # noqa: E402

FUNCTIONS: dict[str, tuple[str, Callable[[Any], Any]]] = {
    "sin": ("sin(pi/2 x)", lambda x: np.sin(np.pi / 2 * x)),
    "exp": ("exp(-8x)", lambda x: np.exp(-8 * x)),
    "log2": ("log2(1+x)", lambda x: np.log2(1 + x)),
    "tanh": ("tanh(4x)", lambda x: np.tanh(4 * x)),
    "gauss": ("exp(-(4x)^2)", lambda x: np.exp(-((4 * x) ** 2))),
    "sigmoid": ("1/(1+exp(-8x))", lambda x: 1 / (1 + np.exp(-8 * x))),
    "reciprocal": ("1/(1+x)", lambda x: 1 / (1 + x)),
    "sqrt": ("sqrt(1+3x)/2", lambda x: np.sqrt(1 + 3 * x) / 2),
}
#: Others, by function and bits: FloPoCo's multipartite tables, CompressedLUT, FloPoCo's piecewise
#: polynomials of degree 1, the best of our first prototype. Yosys 0.23, so up to a fifth more than
#: 0.70 gives; None where the tool failed.
OTHERS: dict[str, dict[int, tuple[int | None, int | None, int | None, int]]] = {
    "sin": {8: (25, 26, 47, 20), 10: (43, 99, 101, 43), 12: (112, 282, 118, 71), 14: (182, None, 213, 116),
            16: (412, None, 373, 250)},
    "log2": {8: (23, 19, 49, 20), 10: (52, 71, 83, 44), 12: (91, None, 118, 71), 14: (187, None, None, 106)},
    "tanh": {8: (None, 48, 63, 23), 10: (None, 155, 87, 53), 12: (None, None, 154, 97), 14: (None, None, None, 202)},
    "exp": {8: (None, 37, None, 25), 10: (None, 156, 132, 68), 12: (None, None, 304, 132),
            14: (None, None, 1903, 255), 16: (None, None, None, 529)},
}  # fmt: skip
#: What this project set out to reach.
TARGETS = {
    ("sin", 10): 45,
    ("log2", 10): 45,
    ("tanh", 10): 55,
    ("exp", 10): 70,
    ("sin", 12): 75,
    ("log2", 12): 75,
    ("tanh", 12): 100,
    ("exp", 12): 135,
    ("sin", 16): 250,
}
_YOSYS = "import sys; from pyosys import libyosys as ys; d = ys.Design(); [ys.run_pass(p, d) for p in sys.argv[1:]]"


def faithful(name: str, n: int) -> Spec:
    """Windows of one ulp (computed in float64: a benchmark of sizes, not a certificate)."""
    y = FUNCTIONS[name][1](np.arange(1 << n) / (1 << n)) * ((1 << n) - 1)
    return Spec(n, False, np.floor(y).astype(np.int64), np.ceil(y).astype(np.int64))


def graph_of(c: Candidate, spec: Spec) -> Graph:
    """The design as a graph, after a run of all codes through it."""
    b = Builder()
    b.output("y", c.lower(b, b.input("x", FixedType(False, spec.n, spec.n))))
    graph = b.build()
    y = np.broadcast_to(run(graph, [np.arange(1 << spec.n)])[0], (1 << spec.n,))
    if not spec.allows(y) or not np.array_equal(y, c.values()):
        raise AssertionError(f"{c.name} is wrong")
    return graph


def cells(text: str) -> dict[str, int]:
    """Cell counts after Yosys."""
    with tempfile.TemporaryDirectory() as folder:
        # Yosys cannot map tables with this attribute; it changes no count
        plain = re.sub(r"\(\*\s*rom_style.*?\*\)", "", text)
        (Path(folder) / "top.v").write_text(plain)
        passes = [
            "read_verilog -sv top.v",
            "scratchpad -set abc9.verify 0",  # the same counts in 60 % of the time
            "synth_xilinx -family xcup -top top -flatten -noiopad -noclkbuf -nodsp -nobram -nolutram -abc9",
            "tee -q -o stat.json stat -json",
        ]
        quiet = [p if p.startswith("tee") else f"tee -q -o log.txt {p}" for p in passes]
        command = [sys.executable, "-c", _YOSYS, *quiet]
        subprocess.run(command, cwd=folder, check=True, capture_output=True)
        found: dict[str, int] = json.loads((Path(folder) / "stat.json").read_text())["design"][
            "num_cells_by_type"
        ]
        return found


def luts(found: dict[str, int]) -> int:
    """LUT1 to LUT6."""
    return sum(n for cell, n in found.items() if re.fullmatch("LUT[1-6]", cell))


def measure(name: str, n: int, plain: int) -> dict[str, Any]:
    """One row: the smallest design, and the plain table (by formula above ``plain`` bits)."""
    spec, start = faithful(name, n), time.process_time()
    best = min(front(spec, GENERATORS), key=Objective(ns=0.01).cost)
    seconds = time.process_time() - start
    graph = graph_of(best, spec)
    found = cells(verilog(graph, "top"))
    table = None
    if n <= plain:
        table = luts(cells(verilog(graph_of(next(iter(Plain()(spec))), spec), "top")))
    row = {"function": FUNCTIONS[name][0], "bits": n, "design": best.name, "luts": luts(found)}
    row |= {
        "cells": round(estimate.luts(graph)),
        "estimate": round(best.luts),
        "inverters": found.get("INV", 0),
        "delay_ns": round(best.delay, 2),
    }
    row |= {"generation_s": round(seconds, 2), "plain": table, "plain_formula": n << max(0, n - 6)}
    row |= {"target": TARGETS.get((name, n))}
    keys = ("flopoco_multipartite", "compressedlut", "flopoco_piecewise", "prototype")
    return row | dict(zip(keys, OTHERS.get(name, {}).get(n, (None,) * 4), strict=True))


def show(rows: list[dict[str, Any]]) -> Table:
    """The rows for the terminal."""
    table = Table(title="LUT after Yosys 0.70 (xcup, abc9), faithful, n bits to n bits")
    heads = [
        "function",
        "bits",
        "design",
        "LUT",
        "cells",
        "model",
        "ns",
        "s",
        "plain",
        "FloPoCo MP",
        "CompressedLUT",
    ]
    for head in [*heads, "FloPoCo d1", "prototype", "target"]:
        table.add_column(head, justify="left" if head in ("function", "design") else "right")
    for r in rows:
        plain = str(r["plain"]) if r["plain"] is not None else f"({r['plain_formula']})"
        keys = ["flopoco_multipartite", "compressedlut", "flopoco_piecewise", "prototype", "target"]
        own = [
            r["function"],
            r["bits"],
            r["design"],
            r["luts"],
            r["cells"],
            r["estimate"],
            r["delay_ns"],
            r["generation_s"],
            plain,
        ]
        table.add_row(*(str(v) for v in own), *("" if r[k] is None else str(r[k]) for k in keys))
    return table


def main() -> None:
    """Measure, print, and put each row into ``benchmarks/results/functions.json``."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--bits", default="8,10,12,14,16")
    parser.add_argument("--functions", default=",".join(FUNCTIONS))
    parser.add_argument(
        "--plain", type=int, default=10, help="measure plain tables up to so many bits"
    )
    options = parser.parse_args()
    rows = []
    for name in options.functions.split(","):
        for n in map(int, options.bits.split(",")):
            rows.append(measure(name, n, options.plain))
            keep(rows[-1])
            print(name, n, rows[-1]["luts"], file=sys.stderr, flush=True)
    Console(width=None if sys.stdout.isatty() else 170).print(show(rows))


def keep(row: dict[str, Any]) -> None:
    """Put ``row`` in its place among the rows of earlier runs."""
    path = HERE / "results" / "functions.json"
    path.parent.mkdir(exist_ok=True)
    rows = json.loads(path.read_text()) if path.exists() else []
    place = {(each["function"], each["bits"]): i for i, each in enumerate(rows)}
    at = place.get((row["function"], row["bits"]), len(rows))
    rows[at : at + 1] = [row]
    path.write_text(json.dumps(rows, indent=1) + "\n")


if __name__ == "__main__":
    main()
