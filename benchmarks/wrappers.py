"""Words through the wrappers with back-pressure under random gaps, stalls and resets: is any lost,
doubled or wrong?

    python benchmarks/wrappers.py                       # 30 designs, 100,000 words in Verilator
    python benchmarks/wrappers.py --designs 5 --words 10000
    python benchmarks/wrappers.py --table               # what was measured before

The designs are equations of AI Feynman (../shared/data/expressions), evenly spaced, from 8-bit inputs
to within 2^-6 of their range. Icarus gets a twentieth of the words. Rows are kept after each design,
so that a run that was stopped goes on; --again measures anew. Exit code 1 where a word is not right.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
import warnings
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
from common import Row, merge, save, saved, show
from suites import Item, feynman, sampled

from symgate.project.folder import Build
from symgate.sim.bits import Column
from symgate.sim.stream_bench import KINDS, simulate_words

RESULT, ROWS, SEED = "wrappers", 500, 1
TOOLS = {"verilator": 1, "icarus": 20}  # and the part of the words that each gets
COUNTS = ("words", "resets", "lost", "wrong", "moved", "stalls")
COLUMNS = {
    "name": "equation", "cycles": "cycles", "kind": "wrapper", "tool": "simulator",
    "words": "words", "resets": "resets", "lost": "lost", "wrong": "wrong", "moved": "moved",
    "stalls": "not ready",
}  # fmt: skip


def compiled(item: Item, folder: Path) -> Build:
    """The build of one equation."""
    from symgate import api

    warnings.simplefilter("ignore")
    options = replace(item.options(), bits=8, relative_error="2^-6")
    return api.compile(item.write(folder), folder / "b", options=options)


def columns(build: Build) -> Mapping[str, Column]:
    """Random inputs and what the graph makes of them."""
    from symgate.ir.fixed import run

    rng = np.random.default_rng(SEED)
    found: dict[str, Column] = {
        i.name: rng.integers(i.raw.lo, i.raw.hi, ROWS, endpoint=True) for i in build.design.inputs
    }
    results = run(build.graph, [found[p.name] for p in build.graph.inputs])
    outputs = (p.name for p in build.graph.outputs)
    return found | {n: np.broadcast_to(r, ROWS) for n, r in zip(outputs, results, strict=True)}


def measure(item: Item, words: int) -> list[Row]:
    """What each bench counts of one equation."""
    from symgate.backends.rtl import Rtl

    with tempfile.TemporaryDirectory() as top:
        build = compiled(item, Path(top))
        files, rows = Rtl().emit(build.firmware), columns(build)
        found = []
        for kind in KINDS:
            for tool, part in TOOLS.items():
                counted = simulate_words(
                    files, build.name, build.graph, rows, kind, words // part, SEED, tool
                )
                row = {"name": item.name, "kind": kind, "tool": tool}
                row |= {"cycles": build.graph.latency, **vars(counted)}
                found.append(row)
    return found


def is_right(row: Row) -> bool:
    """Whether each word of a row was there once, right, and at its time."""
    return not any(row[k] for k in ("lost", "wrong", "moved", "stalls"))


def table(rows: Sequence[Row]) -> None:
    """Print the sums, and the rows that are not right."""
    wrong = [r for r in rows if not is_right(r)]
    sums: list[Row] = []
    for kind in KINDS:
        for tool in TOOLS:
            mine = [r for r in rows if (r["kind"], r["tool"]) == (kind, tool)]
            total = {k: sum(r[k] for r in mine) for k in COUNTS}
            sums.append({"name": f"{len(mine)} designs", "kind": kind, "tool": tool, **total})
    show("Words through wrappers", COLUMNS, [*sums, *wrong])


def main() -> int:
    """Measure, keep, print."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--designs", type=int, default=30)
    parser.add_argument("--words", type=int, default=100_000)
    parser.add_argument("--again", action="store_true")
    parser.add_argument("--table", action="store_true")
    args = parser.parse_args()
    rows = [] if args.again else saved(RESULT)
    for item in [] if args.table else sampled(list(feynman()), args.designs):
        if any(r["name"] == item.name for r in rows):
            continue
        found = measure(item, args.words)
        rows = merge(rows, found, "name", "kind", "tool")
        save(RESULT, rows, words=args.words, seed=SEED)
        print(item.name, [(r["tool"], r["words"], r["lost"] + r["wrong"]) for r in found])
        sys.stdout.flush()
    table(rows)
    return int(not all(map(is_right, rows)))


if __name__ == "__main__":
    sys.exit(main())
