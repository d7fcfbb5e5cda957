"""LUTs with and without the search over forms: the jet taggers, and Feynman formulas with products
or waves.

    python benchmarks/algebra.py [--only sincos] [--synth I.16.6,I.40.1] [--seconds 0]

LUT is the count of the mapped netlist (`symgate.report.estimate`); Yosys counts the designs of
``--synth``. Formulas are every fourth of those with two products or a wave; 10-bit inputs, an error
of 1/128 of the output's size. Each compilation is in a process of its own, after one that is not
timed, so that both find the same stored generators.
"""

from __future__ import annotations

import argparse
import multiprocessing
from collections.abc import Iterable, Mapping
from concurrent.futures import ProcessPoolExecutor

import ours
import problems
import synthesis
from common import ROOT, SHARED, Row, console, merge, save, saved, show, timed
from random_expressions import feynman_designs

from symgate.errors import SymgateError
from symgate.frontend.load import load_any
from symgate.ir.design import Design
from symgate.ir.expr import Expr, postorder
from symgate.passes.compiler import compile_design
from symgate.report.estimate import luts

FORMULAS, STEP = 15, 4
COLUMNS = {
    "name": "design", "without.lut": "LUT as written", "with.lut": "LUT best form", "ratio": "ratio",
    "without.yosys": "Yosys as written", "with.yosys": "Yosys best form", "without.cycles": "cycles",
    "with.cycles": "cycles best form", "without.cpu": "cpu s", "with.cpu": "cpu s best form",
}  # fmt: skip


def designs() -> Mapping[str, Design]:
    """The designs by name."""
    out = {"jets": load_any(ROOT / "examples" / "jets" / "design.toml")}
    out |= {name: problems.tagger(name).design for name in problems.taggers()}
    chosen = [d for d in feynman_designs() if counts(d.outputs[0][1])] if SHARED.is_dir() else []
    return out | {d.name: d for d in chosen[::STEP][:FORMULAS]}


def counts(e: Expr) -> bool:
    """Whether an expression has two products of different values, or a wave."""
    nodes = postorder([e])
    factors = [n for n in nodes if n.op in ("mul", "div") and sum(not a.closed for a in n.args) > 1]
    return len(factors) > 1 or any(n.op in ("sin", "cos") for n in nodes)


def compiled(name: str, forms: bool, seconds: float, synth: bool) -> Row:
    """What one compilation gives."""
    design = designs()[name]
    compile_design(design, seconds, measure=luts, forms=forms)
    firmware, time = timed(lambda: compile_design(design, seconds, measure=luts, forms=forms))
    row: Row = {"lut": luts(firmware.graph), "cycles": firmware.graph.latency, "cpu": time["cpu"]}
    row |= {"certified": ours.certified(firmware), "forms": firmware.seconds["forms"]}
    if synth:
        row["yosys"] = synthesis.count(ours.verilog(firmware, pipelined=False), "top", dsp=False)[
            "lut"
        ]
    return row


def apart(name: str, forms: bool, seconds: float, synth: bool) -> Row:
    """`compiled` in a process of its own; why there is nothing where the design is refused."""
    with ProcessPoolExecutor(1, multiprocessing.get_context("spawn")) as pool:
        try:
            return pool.submit(compiled, name, forms, seconds, synth).result()
        except SymgateError as error:
            return {"refused": str(error).splitlines()[0]}


def measure(name: str, seconds: float, synth: bool) -> Row:
    """Both compilations of a design."""
    without, best = (apart(name, forms, seconds, synth) for forms in (False, True))
    row: Row = {"name": name, "without": without, "with": best}
    return row | (
        {"ratio": best["lut"] / without["lut"]} if "lut" in without and "lut" in best else {}
    )


def run(names: Iterable[str], seconds: float, synth: Iterable[str], keep: bool) -> None:
    """Measure, save, print."""
    rows: list[Row] = []
    for name in names:
        rows.append(measure(name, seconds, name in synth))
        console.print(rows[-1], style="dim", highlight=False)
        if keep:
            save("algebra", merge(saved("algebra"), rows, "name"), seconds=seconds)
    show(
        "Forms of expressions",
        COLUMNS,
        rows,
        "cpu s: processor seconds of the default effort, on a shared machine.",
    )


if __name__ == "__main__":
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--only", help="designs, separated by commas")
    parser.add_argument("--synth", default="", help="designs that Yosys counts, too")
    parser.add_argument("--seconds", type=float, default=0.0)
    options = parser.parse_args()
    wanted = options.only.split(",") if options.only else list(designs())
    run(wanted, options.seconds, options.synth.split(","), keep=True)
