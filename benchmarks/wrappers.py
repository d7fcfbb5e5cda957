"""Words through each frame of a design under random gaps, stalls and resets: is any lost, doubled or
wrong?

    python benchmarks/wrappers.py                       # 30 designs, 100,000 words in Verilator
    python benchmarks/wrappers.py --designs 5 --words 10000
    python benchmarks/wrappers.py --table               # what was measured before

The designs are equations of AI Feynman (../shared/data/expressions), evenly spaced, from 8-bit inputs
to within 2^-6 of their range. Wrappers: the plain module, the one with a clock enable, valid and ready,
AXI4-Stream, and AXI4-Lite, where the first input is a constant that is written for every 25 rows.
Icarus gets a twentieth of the words, or --icarus-part. Rows are kept after each design, so that a run
that was stopped goes on; --again measures anew. Exit code 1 where a word is not right.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
import warnings
from collections.abc import Mapping, Sequence
from dataclasses import replace
from fractions import Fraction
from pathlib import Path

import numpy as np
from common import Row, merge, save, saved, show
from suites import Item, feynman, sampled

from symgate.project.folder import Build
from symgate.sim.bits import Column
from symgate.sim.stream_bench import KINDS, simulate_words
from symgate.sim.valid_bench import LITE, PIPE, PLAIN, simulate_valid

RESULT, ROWS, SEED = "wrappers", 500, 1
SAME = 25  # rows with one value of the constant
TOOLS = ("verilator", "icarus")
FRAMES = (PLAIN, PIPE, *KINDS, LITE)
COUNTS = ("words", "resets", "lost", "wrong", "moved", "stalls", "refusals")
COLUMNS = {
    "name": "equation", "cycles": "cycles", "kind": "wrapper", "tool": "simulator",
    "words": "words", "resets": "resets", "lost": "lost", "wrong": "wrong", "moved": "moved",
    "stalls": "not ready", "refusals": "writes refused",
}  # fmt: skip


def compiled(item: Item, folder: Path) -> Build:
    """The build of one equation."""
    from symgate import api

    warnings.simplefilter("ignore")
    options = replace(item.options(), bits=8, relative_error="2^-6")
    return api.compile(item.write(folder), folder / "b", options=options)


def columns(build: Build) -> Mapping[str, Column]:
    """Random inputs, the first of which stays for some rows, and what the graph makes of them."""
    from symgate.ir.fixed import run

    rng = np.random.default_rng(SEED)
    found: dict[str, Column] = {
        i.name: rng.integers(i.raw.lo, i.raw.hi, ROWS, endpoint=True) for i in build.design.inputs
    }
    first = build.design.inputs[0].name
    found[first] = np.repeat(found[first][::SAME], SAME)
    results = run(build.graph, [found[p.name] for p in build.graph.inputs])
    outputs = (p.name for p in build.graph.outputs)
    return found | {n: np.broadcast_to(r, ROWS) for n, r in zip(outputs, results, strict=True)}


def measure(item: Item, words: int, icarus_part: int) -> list[Row]:
    """What each bench counts of one equation."""
    with tempfile.TemporaryDirectory() as top:
        build = compiled(item, Path(top))
    rows = columns(build)
    port = next(p for p in build.graph.inputs if p.name == build.design.inputs[0].name)
    constants = {port.name: int(rows[port.name][0]) * port.type.ulp}
    files = framed(build, constants)
    found = []
    for kind in FRAMES:
        for tool in TOOLS:
            count = words if tool == "verilator" else words // icarus_part
            common = (files, build.name, build.graph, rows, kind)
            if kind in KINDS:
                counted = vars(simulate_words(*common, count, SEED, tool))
            else:
                held = constants if kind == LITE else {}
                counted = vars(simulate_valid(*common, held, count, SEED, tool))
            row = {"name": item.name, "kind": kind, "tool": tool, "cycles": build.graph.latency}
            found.append(row | counted)
    return found


def framed(build: Build, constants: Mapping[str, Fraction]) -> dict[str, str]:
    """The Verilog of a design in each frame."""
    from symgate.backends.rtl import emit_graph
    from symgate.backends.verilog.lite import lite
    from symgate.backends.verilog.names import legal
    from symgate.ir.design import Target

    top = legal(build.name)
    files = emit_graph(build.name, build.graph, Target(clock_enable=True))
    return {**files, f"{top}_lite.v": lite(build.graph, top, constants)}


def is_right(row: Row) -> bool:
    """Whether each word of a row was there once, right, and at its time."""
    return not any(row.get(k) for k in ("lost", "wrong", "moved", "stalls"))


def table(rows: Sequence[Row]) -> None:
    """Print the sums, and the rows that are not right."""
    wrong = [r for r in rows if not is_right(r)]
    sums: list[Row] = []
    for kind in FRAMES:
        for tool in TOOLS:
            mine = [r for r in rows if (r["kind"], r["tool"]) == (kind, tool)]
            total = {k: sum(r.get(k, 0) for r in mine) for k in COUNTS}
            sums.append({"name": f"{len(mine)} designs", "kind": kind, "tool": tool, **total})
    show("Words through wrappers", COLUMNS, [*sums, *wrong])


def main() -> int:
    """Measure, keep, print."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--designs", type=int, default=30)
    parser.add_argument("--words", type=int, default=100_000)
    parser.add_argument("--icarus-part", type=int, default=20, help="1: as many as Verilator")
    parser.add_argument("--again", action="store_true")
    parser.add_argument("--table", action="store_true")
    args = parser.parse_args()
    rows = [] if args.again else saved(RESULT)
    for item in [] if args.table else sampled(list(feynman()), args.designs):
        if any(r["name"] == item.name for r in rows):
            continue
        found = measure(item, args.words, args.icarus_part)
        rows = merge(rows, found, "name", "kind", "tool")
        save(RESULT, rows, words=args.words, seed=SEED)
        print(item.name, [(r["tool"], r["words"], r["lost"] + r["wrong"]) for r in found])
        sys.stdout.flush()
    table(rows)
    return int(not all(map(is_right, rows)))


if __name__ == "__main__":
    sys.exit(main())
