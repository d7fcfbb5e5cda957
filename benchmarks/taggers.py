"""The published jet taggers through symgate, alkaid, da4ml and hls4ml: size, latency, errors, agreement.

    python benchmarks/taggers.py [--only sincos] [--quick]

Every LUT count is one Yosys script's (`synthesis`). Errors are the largest on 200,000 N(0,1) samples, clipped, and on
200,000 samples of the box of inputs, each rounded to the ports; only symgate's bound is proven.
"""

from __future__ import annotations

import argparse
from collections.abc import Callable
from typing import Any

import hls4ml_peer as hls4ml
import ours
import problems
import synthesis
from common import (
    Reals,
    Row,
    console,
    folder,
    largest_errors,
    merge,
    normal,
    on_ports,
    percent,
    reference,
    save,
    saved,
    show,
    timed,
    uniform,
)
from lowering import Widths
from peer_search import Search
from peers import TOOLS, Choice, Tool, verilog
from peers import predict as replay
from problems import Problem

from symgate.sim.metrics import accuracy, agreement

Predict = Callable[[Reals], Reals]
LONG_SECONDS = 120.0  # the effort for the smallest circuit
COLUMNS = {
    "design": "design", "tool": "tool", "nodsp.comb.lut": "LUT", "dsp.comb.lut": "LUT|DSP", "dsp.comb.dsp": "DSP",
    "nodsp.pipelined.lut": "LUT pipe", "nodsp.pipelined.ff": "FF", "cycles": "cycles", "seconds.cpu": "cpu s",
    "normal": "error N(0,1)", "box": "error box", "certified": "certified", "agrees": "agreement",
}  # fmt: skip
NOTE = (
    "LUT: without DSP, combinational; LUT|DSP: with DSP allowed; LUT pipe and FF: pipelined, without DSP. Yosys xcup, "
    "not placed.\ncycles: symgate's at 5 ns by its delay model; alkaid's and da4ml's at latency_cutoff=5, each in its "
    "own unit.\nagreement: the same class as float64 on 600 real jets, one standard deviation."
)


# What a tool's outputs are worth


def errors(problem: Problem, predict: Predict) -> Row:
    """The largest errors on both kinds of samples."""
    d = problem.design
    sets = {"normal": normal(d), "box": uniform(d)}
    return {name: largest_errors(predict(rows), reference(d, rows)) for name, rows in sets.items()}


def on_jets(problem: Problem, predict: Predict) -> Row:
    """Accuracy and agreement on the real jets, for the designs that classify them."""
    jets = problems.jets()
    if jets is None or len(problem.design.outputs) == 1:
        return {}
    rows = jets.rows(problem.design)
    fixed, truth = predict(on_ports(problem.design, rows)), reference(problem.design, rows)
    share = agreement(fixed, truth)
    good = {"fixed": accuracy(fixed, jets.classes), "float": accuracy(truth, jets.classes)}
    return {"agreement": share, "agrees": percent(share, len(rows)), "accuracy": good, "jets": len(rows)}


def sizes(emit: Callable[[bool], dict[str, str]], quick: bool) -> Row:
    """Netlist counts of the combinational and the pipelined circuit."""
    out: Row = {"nodsp": {"comb": synthesis.count(emit(False), "top", dsp=False).row()}}
    if not quick:
        out["nodsp"]["pipelined"] = synthesis.count(emit(True), "top", dsp=False).row()
        out["dsp"] = {"comb": synthesis.count(emit(False), "top", dsp=True).row()}
        out["dsp"]["pipelined"] = synthesis.count(emit(True), "top", dsp=True).row()
    return out


# One row for each tool


def ours_row(problem: Problem, search_seconds: float, quick: bool) -> Row:
    """symgate with some seconds of search."""
    firmware, seconds = timed(lambda: ours.compile_design(problem.design, search_seconds))

    def predict(rows: Reals) -> Reals:
        return ours.predict(firmware, rows)

    row = {"design": problem.name, "tool": f"symgate, {search_seconds:g} s", "seconds": seconds}
    row |= {"cycles": firmware.graph.latency, "certified": ours.certified(firmware), "stages": firmware.seconds}
    row |= {"estimate": ours.estimated(firmware)} | errors(problem, predict) | on_jets(problem, predict)
    return row | sizes(lambda pipelined: ours.verilog(firmware, pipelined), quick)


def peer_row(problem: Problem, tool: Tool, choice: Choice | None, quick: bool) -> Row:
    """da4ml or alkaid with given widths; None: the first lowering."""
    logic, seconds = timed(lambda: tool.trace(problem.design, choice))
    models: dict[bool, Any] = {}

    def emit(pipelined: bool) -> dict[str, str]:
        name = f"{problem.name}-{tool.name}-{'first' if choice is None else 'searched'}-{int(pipelined)}"
        models[pipelined] = tool.model(logic, folder(name), pipelined)
        return verilog(folder(name))

    def predict(rows: Reals) -> Reals:
        return replay(logic, rows)

    label = f"{tool.name}, {'first lowering' if choice is None else 'searched widths'}"
    row: Row = {"design": problem.name, "tool": label, "seconds": seconds, "certified": None}
    row |= {"estimate": {"lut": round(float(logic.cost))}} | errors(problem, predict) | on_jets(problem, predict)
    row |= sizes(emit, quick)
    return row | {"cycles": tool.cycles(models[True]) if True in models else None}


def hls4ml_row(problem: Problem, setting: hls4ml.Setting) -> Row:
    """hls4ml: its C++ model only."""
    row: Row = {"design": problem.name, "tool": setting.name, "certified": None}
    try:
        where = folder(f"{problem.name}-{setting.name.replace(' ', '-').replace(',', '')}")
        compiled, seconds = timed(lambda: hls4ml.model(problem.design, setting, where))
    except OSError:  # its compiler found no headers for some function
        return row | {"agrees": "needs Vitis headers"}

    def predict(rows: Reals) -> Reals:
        return hls4ml.predict(compiled, problem.design, rows)

    return row | {"seconds": seconds} | errors(problem, predict) | on_jets(problem, predict)


# The widths of the peers


def widths(problem: Problem) -> Choice:
    """The widths that `peer_search` finds; those of an earlier run for the same limits are taken from the results."""
    limits = [problem.box_limits, problem.normal_limits]
    known = {row["design"]: row for row in saved("peer_widths")}
    row = known.get(problem.name)
    if row is None or row["limits"] != limits:
        found, seconds = timed(Search(problem).choice)
        chosen = {name: vars(w) for name, w in found.items()}
        row = {"design": problem.name, "limits": limits, "seconds": seconds, "widths": chosen}
        save("peer_widths", merge(known.values(), [row], "design"))
    return {name: Widths(**w) for name, w in row["widths"].items()}


def rows_of(name: str, quick: bool) -> list[Row]:
    """All rows of one design."""
    problem = problems.tagger(name)
    efforts = [ours.DEFAULT_SECONDS] if quick else [ours.DEFAULT_SECONDS, LONG_SECONDS]
    steps: list[Callable[[], Row]] = [lambda s=s: ours_row(problem, s, quick) for s in efforts]
    for tool in (t for t in TOOLS.values() if t.available):
        steps.append(lambda tool=tool: peer_row(problem, tool, widths(problem), quick))
        if name == "sincos" and not quick:
            steps.append(lambda tool=tool: peer_row(problem, tool, None, quick))
    if hls4ml.available() and not quick:
        steps += [lambda s=s: hls4ml_row(problem, s) for s in (hls4ml.TUTORIAL, hls4ml.CAREFUL)]
    return [step() for step in steps]


def main() -> None:
    """Measure, save, print."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--only", choices=problems.taggers(), help="one design")
    parser.add_argument("--quick", action="store_true", help="the PySR tagger with few columns, in about 3 minutes")
    options = parser.parse_args()
    names = ["sincos"] if options.quick else [options.only] if options.only else problems.taggers()
    run(names, options.quick)


def run(names: list[str], quick: bool) -> None:
    """Rows of some designs, saved as soon as each design is done."""
    for name in names:
        console.print(f"{name} ...", style="dim")
        rows = rows_of(name, quick)
        if not quick:
            save("taggers", merge(saved("taggers"), rows, "design", "tool"))
        show(f"Jet tagger: {name}", COLUMNS, rows, NOTE)


if __name__ == "__main__":
    main()
