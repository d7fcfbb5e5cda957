"""Estimated LUT, FF, DSP and BRAM beside what Yosys counts, on expressions of four sources.

    python benchmarks/estimates.py                 # what is not measured yet, then the table
    python benchmarks/estimates.py --table         # the table of what was measured before

Each design is compiled from 12-bit inputs to within 2^-8 of its range with ``--effort`` (quick by
default: an estimate is one of a graph, whatever search found it). Yosys maps the pipelined Verilog
(``synth_xilinx -family xcup``, no DSP, no block RAM, no shift registers, as in `synthesis`), and with
``--netlist`` that of primitives, too. Each is predicted by factors that were fitted to the others
(`estimates_fit`); ``--calibrate`` writes those of all for the report.

Peers (``--peers N``): where alkaid and da4ml are installed, their own estimates of their first lowering
of the first N of these expressions without functions, whose tables Yosys takes minutes for, are compared
with Yosys's counts of their own Verilog.
"""

from __future__ import annotations

import argparse
import tempfile
import time
import warnings
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import replace
from itertools import zip_longest
from pathlib import Path
from typing import Any

import numpy as np
import ours
import synthesis
from common import Row, console, folder, merge, save, saved, show
from estimates_fit import PRIOR, calibrate, cross, fit, inside, intervals
from limited import limited
from peers import TOOLS, verilog
from suites import SUITES, Item, used_names

from symgate.backends.xilinx import cell_count, lut_count
from symgate.errors import SymgateError
from symgate.frontend.load import load_any
from symgate.ir.fixed import Graph, walk
from symgate.ir.fixed_ops import OPS
from symgate.passes.compiler import price
from symgate.passes.hardware.cost import absorbed, estimate
from symgate.report import estimate as report

#: Of each source, every so many expressions, from the first.
STEPS = {"feynman": 2, "dso": 4, "jets": 4, "symbolnet": 2}
SECONDS = 300.0
LARGEST = 450.0  # LUTs by our count: Yosys takes minutes for what has more
COLUMNS = {
    "source": "source", "count": "expressions", "text.smape": "report SMAPE %, text", "text.rank": "rank",
    "fitted.smape": "fitted SMAPE %, text", "fitted.rank": "rank", "cells": "report SMAPE %, primitives",
    "ff": "FF exact", "near": "within 2 or 2 %", "dsp": "DSP exact", "bram": "BRAM exact", "worst": "worst fitted",
}  # fmt: skip
NOTE = """\
SMAPE: the mean of |a - b| / ((a + b) / 2). report: our mapping, as in the report; text: Yosys on the plain Verilog;
fitted: a sum of its cells, each design held out from the fit. Counts of Yosys, nothing is placed and routed."""


def items() -> Iterator[Item]:
    """The expressions, the first of each source, then the second ones, and so on."""
    sources = [
        [item for item in SUITES[source]() if item.has_inputs][::step]
        for source, step in STEPS.items()
    ]
    for row in zip_longest(*sources):
        yield from (item for item in row if item is not None)


def measure(item: Item, effort: str, netlist: bool) -> Row:
    """Our estimate of one expression beside the counts of Yosys."""
    warnings.simplefilter("ignore")
    with tempfile.TemporaryDirectory() as name:
        source = item.write(Path(name))
        try:
            design = load_any(source, replace(item.options(), effort=effort))
            start = time.process_time()
            found = price(design, report.luts, effort)
        except SymgateError as e:
            return {"outcome": "refused", "reason": str(e)}
        seconds = round(time.process_time() - start, 3)
    firmware = found.firmware
    if found.luts > LARGEST:
        return {"outcome": "too large", "lut": found.luts}
    counted = synthesis.count(ours.verilog(firmware, True), "top", dsp=False)
    cells = None
    if netlist:
        cells = synthesis.count(ours.primitive(firmware, True), "top", dsp=False)
    return {
        "outcome": "compiled",
        "compile": seconds,
        "estimate": report.resources(firmware.graph),
        "model": estimate(firmware.graph).lut,
        "mapped": lut_count(firmware.graph, pairs=False),
        "paired": cell_count(firmware.graph),
        "cycles": found.cycles,
        "text": counted,
        "cells": cells,
        "kinds": by_kind(firmware.graph),
    }


def by_kind(graph: Graph) -> dict[str, dict[str, float]]:
    """By operator: nodes, bits, and LUTs of the model, of those in front of carry chains apart."""
    free, found = absorbed(graph), dict[str, dict[str, float]]()
    for i, node in walk(graph):
        if node.op not in OPS:
            continue
        kind = f"{node.op} in front" if i in free else node.op
        part = found.setdefault(kind, {"nodes": 0, "bits": 0, "luts": 0})
        part["nodes"] += 1
        part["bits"] += node.type.width
        part["luts"] += OPS[node.op].luts(node.type, graph.operands(i), node.attr)
    return found


def peer(item: Item, name: str) -> Row:
    """A peer's own estimate of its first lowering, and Yosys's count of its Verilog."""
    warnings.simplefilter("ignore")
    tool = TOOLS[name]
    with tempfile.TemporaryDirectory() as top:
        design = load_any(item.write(Path(top)), item.options())
    logic = tool.trace(design, None)
    place = folder(f"estimate-{name}-{item.suite}-{item.name}".replace(" ", "_"))
    tool.model(logic, place, False)
    counted = synthesis.count(verilog(place), "top", dsp=False)
    return {"outcome": "compiled", "estimate": {"lut": float(logic.cost)}, "text": counted}


# ------------------------------------------------------------------ what it amounts to


def smape(a: Sequence[float], b: Sequence[float]) -> float:
    """The mean of the differences over the means, in percent."""
    x, y = np.asarray(a, float), np.asarray(b, float)
    return float(100 * np.mean(np.abs(x - y) / np.maximum((x + y) / 2, 1e-9)))


def rank(a: Sequence[float], b: Sequence[float]) -> float:
    """Spearman's correlation."""
    ranks = [np.argsort(np.argsort(np.asarray(v, float), kind="stable")) for v in (a, b)]
    return float(np.corrcoef(*ranks)[0, 1]) if len(a) > 2 else float("nan")


def summary(source: str, pairs: Sequence[tuple[Row, float]]) -> Row:
    """One line of the table, of designs with the LUTs that were predicted."""
    rows, fitted = [row for row, _ in pairs], [found for _, found in pairs]
    lut = [row["text"]["lut"] for row in rows]
    told = [row["estimate"]["lut"] for row in rows]
    known = [row for row in rows if row["cells"]]
    cells = [row["cells"]["lut"] for row in known]
    worst, most = max(pairs, key=lambda pair: smape([pair[1]], [pair[0]["text"]["lut"]]))
    return {
        "source": source,
        "count": len(rows),
        "text": {"smape": smape(told, lut), "rank": rank(told, lut)},
        "fitted": {"smape": smape(fitted, lut), "rank": rank(fitted, lut)},
        "cells": smape([row["estimate"]["lut"] for row in known], cells) if known else None,
        "ff": _exact(rows, "ff"), "near": _near(rows), "dsp": _exact(rows, "dsp"),
        "bram": _exact(rows, "bram"),
        "worst": f"{worst['name']}: {most:.0f} for {worst['text']['lut']}",
    }  # fmt: skip


def _near(rows: Sequence[Row]) -> str:
    """In how many designs the flip-flops are within 2, or 2 %."""
    pairs = [(row["estimate"]["ff"], row["text"]["ff"]) for row in rows]
    return f"{sum(abs(a - b) <= max(2, 0.02 * b) for a, b in pairs)} of {len(rows)}"


def _exact(rows: Sequence[Row], key: str) -> str:
    same = sum(round(row["estimate"][key]) == row["text"][key] for row in rows)
    return f"{same} of {len(rows)}"


def table(rows: Sequence[Row]) -> None:
    """Print the lines of all sources, of ours and of the peers."""
    mine = compiled(rows)
    found = cross(mine, fit)
    pairs = [(row, float(value)) for row, value in zip(mine, found, strict=True)]
    by_source = {s: [pair for pair in pairs if pair[0]["source"] == s] for s in STEPS}
    lines = [summary(s, part) for s, part in by_source.items() if part]
    show("Estimates beside Yosys", COLUMNS, [*lines, summary("all", pairs)], NOTE)
    text = " + ".join(f"{f:.2f} {name}" for f, name in zip(fit(mine), PRIOR, strict=True))
    console.print(f"factors of all: {text}")
    model = intervals("lut", found, np.array([row["text"]["lut"] for row in mine], float))
    console.print(f"inside of the intervals: {inside(mine, found, model):.0%}, {model}")
    outcomes = Counter(r["outcome"] for r in rows if r["tool"] == "symgate")
    console.print(", ".join(f"{n} {outcome}" for outcome, n in outcomes.items()))
    for name in TOOLS:
        theirs = [r for r in rows if r["tool"] == name and r["outcome"] == "compiled"]
        if theirs:
            pair = [r["estimate"]["lut"] for r in theirs], [r["text"]["lut"] for r in theirs]
            console.print(
                f"{name}: {len(theirs)} designs, SMAPE {smape(*pair):.1f} %, rank {rank(*pair):.3f}"
            )


def compiled(rows: Sequence[Row]) -> list[Row]:
    """Our own designs that were counted."""
    return [r for r in rows if r["tool"] == "symgate" and r["outcome"] == "compiled"]


def main() -> None:
    """Measure what is missing, and print."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--table", action="store_true", help="measure nothing")
    parser.add_argument("--calibrate", action="store_true", help="write symgate/report/plain.toml")
    parser.add_argument("--effort", default="quick")
    parser.add_argument("--netlist", action="store_true", help="count the primitives, too")
    parser.add_argument(
        "--peers", type=int, default=0, help="measure the peers alone, on so many of what compiled"
    )
    given = parser.parse_args()
    rows: list[Row] = saved("estimates")
    if not given.table:
        rows = measured(rows, given.effort, given.netlist, given.peers)
    table(rows)
    if given.calibrate:
        calibrate(compiled(rows))


def measured(rows: list[Row], effort: str, netlist: bool, peers: int) -> list[Row]:
    """``rows`` and those that were missing, saved one by one."""
    known = {(r["source"], r["name"], r["tool"]) for r in rows}
    tools: list[tuple[str, Any]] = [("symgate", (measure, (effort, netlist)))]
    chosen = list(items())
    if peers:
        mine = {(r["source"], r["name"]) for r in compiled(rows)}
        known_mine = [item for item in chosen if (item.suite, item.name) in mine]
        chosen = [item for item in known_mine if not used_names(item.text)[1]][:peers]
        tools = [(name, (peer, (name,))) for name, tool in TOOLS.items() if tool.available]
    for item in chosen:
        for name, (call, arguments) in tools:
            if (item.suite, item.name, name) in known:
                continue
            row = limited(call, item, *arguments, seconds=SECONDS)
            new = {"source": item.suite, "name": item.name, "tool": name, **row}
            rows = merge(rows, [new], "source", "name", "tool")
            save("estimates", rows, effort=effort)
    return rows


if __name__ == "__main__":
    main()
