"""The published jet taggers through symgate, alkaid, da4ml and hls4ml: size, latency, errors,
agreement.

    python benchmarks/taggers.py [--only sincos] [--quick] [--ours]

Every LUT count is one Yosys script's (`synthesis`). Errors are the largest on 200,000 N(0,1)
samples, clipped, and on 200,000 samples of the box of inputs, each rounded to the ports; only
symgate's bound is proven.
"""

from __future__ import annotations

import argparse
from collections.abc import Callable, Iterator, Sequence
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
from peer_search import remembered
from peers import TOOLS, Choice, Tool, verilog
from peers import predict as replay
from problems import Problem

from symgate.sim.metrics import accuracy, agreement

Predict = Callable[[Reals], Reals]
Limits = tuple[list[float], list[float]]
CLASSES = "gqtwz"
LONG_SECONDS = 120.0  # the effort for the smallest circuit
COLUMNS = {
    "tool": "tool", "nodsp.comb.lut": "LUT", "cells.comb.lut": "cells", "dsp.comb.lut": "LUT+", "dsp.comb.dsp": "DSP",
    "nodsp.pipelined.lut": "LUT pipe", "nodsp.pipelined.ff": "FF", "cells.pipelined.lut": "cells pipe",
    "cycles": "cycles", "seconds.cpu": "cpu s", "normal": "error N(0,1)", "box": "error box",
    "certified": "certified", "agrees": "agreement",
}  # fmt: skip
NOTE = """\
LUT: no DSP, combinational; cells: the same as Xilinx primitives; LUT+: with DSP allowed; LUT pipe and FF: pipelined, no
DSP; cells pipe: pipelined primitives. Counts of one Yosys script (xcup), nothing is placed and routed.
cycles: symgate's at 5 ns by its delay model; alkaid's and da4ml's at latency_cutoff=5, each in its own unit.
agreement: the same class as float64 on 600 real jets, one standard deviation."""


# What a tool's outputs are worth


def errors(problem: Problem, predict: Predict) -> Row:
    """The largest errors on both kinds of samples."""
    d = problem.design
    sets = {"normal": normal(d), "box": uniform(d)}
    return {name: largest_errors(predict(rows), reference(d, rows)) for name, rows in sets.items()}


def on_jets(problem: Problem, predict: Predict) -> Row:
    """Accuracy and agreement on the real jets, for the designs that classify them."""
    jets = problems.jets()
    if jets is None or len(problem.design.outputs) != len(CLASSES):
        return {}
    rows = jets.rows(problem.design)
    fixed, truth = predict(on_ports(problem.design, rows)), reference(problem.design, rows)
    share = agreement(fixed, truth)
    good = {"fixed": accuracy(fixed, jets.classes), "float": accuracy(truth, jets.classes)}
    return {
        "agreement": share,
        "agrees": percent(share, len(rows)),
        "accuracy": good,
        "jets": len(rows),
    }


def sizes(emit: Callable[[bool], dict[str, str]], quick: bool) -> Row:
    """Netlist counts of the combinational and the pipelined circuit; none without Yosys."""
    if not synthesis.available():
        return {}
    out: Row = {"nodsp": {"comb": synthesis.count(emit(False), "top", dsp=False)}}
    if not quick:
        out["nodsp"]["pipelined"] = synthesis.count(emit(True), "top", dsp=False)
        out["dsp"] = {"comb": synthesis.count(emit(False), "top", dsp=True)}
        out["dsp"]["pipelined"] = synthesis.count(emit(True), "top", dsp=True)
    return out


# One row for each tool


def ours_row(problem: Problem, search_seconds: float, quick: bool) -> Row:
    """symgate with some seconds of search."""
    firmware, seconds = timed(lambda: ours.compile_design(problem.design, search_seconds))

    def predict(rows: Reals) -> Reals:
        return ours.predict(firmware, rows)

    effort = f"{search_seconds:g} s" if search_seconds else "default"
    row: Row = {"design": problem.name, "tool": f"symgate, {effort}", "seconds": seconds}
    row |= {
        "cycles": firmware.graph.latency,
        "certified": ours.certified(firmware),
        "stages": firmware.seconds,
    }
    row |= (
        {"estimate": ours.estimated(firmware)}
        | errors(problem, predict)
        | on_jets(problem, predict)
    )
    row |= sizes(lambda pipelined: ours.verilog(firmware, pipelined), quick)
    if not quick and synthesis.available():
        cells = {
            kind: ours.primitive(firmware, kind == "pipelined") for kind in ("comb", "pipelined")
        }
        row["cells"] = {
            kind: synthesis.count(files, "top", dsp=False) for kind, files in cells.items()
        }
    return row


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

    label = f"{tool.name}, {'first lowering' if choice is None else 'searched'}"
    row: Row = {"design": problem.name, "tool": label, "seconds": seconds, "certified": None}
    row |= (
        {"estimate": {"lut": round(float(logic.cost))}}
        | errors(problem, predict)
        | on_jets(problem, predict)
    )
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


def limits(problem: Problem, mine: Sequence[Row]) -> Limits:
    """The errors that a peer may make on N(0,1) samples and over the box.

    They are those that the problem states; without a statement for N(0,1) samples, those of
    symgate's rows.
    """
    if problem.on_normal:
        return problem.normal_limits, problem.box_limits
    normals, boxes = (
        [max(e) for e in zip(*(row[kind] for row in mine), strict=True)]
        for kind in ("normal", "box")
    )
    return normals, boxes


def rows_of(name: str, quick: bool, alone: bool) -> Iterator[Row]:
    """All rows of one design, or ours alone."""
    problem = problems.tagger(name)
    efforts = [ours.DEFAULT_SECONDS] if quick else [ours.DEFAULT_SECONDS, LONG_SECONDS]
    mine = [ours_row(problem, s, quick) for s in efforts]
    yield from mine
    if alone:
        return
    on_normal, on_box = limits(problem, mine)
    samples = [(uniform(problem.design), on_box), (normal(problem.design), on_normal)]
    for tool in (t for t in TOOLS.values() if t.available):
        yield peer_row(problem, tool, remembered(problem.design, samples), quick)
        if name == "sincos" and not quick:
            yield peer_row(problem, tool, None, quick)
    if hls4ml.available() and not quick:
        yield from (hls4ml_row(problem, s) for s in (hls4ml.TUTORIAL, hls4ml.CAREFUL))


def main() -> None:
    """Measure, save, print."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--only", choices=problems.taggers(), help="one design")
    parser.add_argument(
        "--quick", action="store_true", help="the PySR tagger with few columns, in about 3 minutes"
    )
    parser.add_argument(
        "--ours", action="store_true", help="symgate's rows; those of the peers stay as they are"
    )
    options = parser.parse_args()
    names = ["sincos"] if options.quick else [options.only] if options.only else problems.taggers()
    run(names, options.quick, options.ours)


def run(names: list[str], quick: bool, alone: bool = False) -> None:
    """Rows of some designs, saved as soon as each design is done."""
    for name in names:
        console.print(f"{name} ...", style="dim")
        rows = list(rows_of(name, quick, alone))
        if not quick:
            save("taggers", merge(saved("taggers"), rows, "design", "tool"))
        show(f"Jet tagger: {name}", COLUMNS, rows, NOTE)


if __name__ == "__main__":
    main()
