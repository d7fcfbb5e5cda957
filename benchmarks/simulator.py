"""How many samples per second the models take, on one thread, beside the interpreters of alkaid and
da4ml; and how long every input takes.

    python benchmarks/simulator.py [--only tagger] [--random-power 32]

The graphs are kept in build/benchmarks/simulator; remove them after a change of the compiler.

`compiled` is the library on columns in the integers that it takes, `with columns` the same from int64
columns to int64 columns, codes checked, as `symgate simulate` calls it. The peers go through their
own lowering of the same expressions, at the widths that their search found for equal errors, from
float64 rows to float64 rows, as `predict` takes them. All are processor seconds, the best of some
runs. gcc's are those of the child process.
"""

from __future__ import annotations

import argparse
import json
import os
import resource
import tempfile
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

import numpy as np
import ours
import problems
from common import RESULTS, ROOT, Row, console, folder, merge, save, saved, show, uniform
from lowering import Widths
from peers import TOOLS

from symgate.frontend.language.infix import parse
from symgate.frontend.load import Options, load_any
from symgate.ir import text
from symgate.ir.design import Accuracy, Design, Input, Target
from symgate.ir.firmware import Firmware
from symgate.ir.fixed import Graph
from symgate.ir.types import FixedType
from symgate.proof import classes
from symgate.proof.sweep.maximum import Settings, maxima
from symgate.proof.sweep.running import Told
from symgate.sim import numpy_model
from symgate.sim.compiled import build, model
from symgate.sim.compiled.text import BLOCK

RUNS = 12
COLUMNS = {
    "design": "design", "nodes": "nodes", "compiled": "compiled", "columns": "with columns",
    "numpy": "numpy", "alkaid": "alkaid", "da4ml": "da4ml", "ratio": "over alkaid", "gcc": "gcc CPU s",
}  # fmt: skip
SWEPT = {
    "design": "design", "bits": "input bits", "inputs": "inputs tried", "cpu": "CPU s", "rate": "M/s",
    "whole": "CPU s of 2^32", "largest": "largest error", "bound": "of bound",
}  # fmt: skip


@dataclass(frozen=True)
class Case:
    """A design, and the rows by which it is measured."""

    name: str
    design: Design
    rows: int
    numpy_rows: int


def cases() -> Iterator[Case]:
    """The designs of the issue."""
    yield Case("tagger", problems.tagger("sincos").design, 1 << 17, 1 << 16)
    spin = ROOT / "examples" / "feynman" / "spin_wave.txt"
    design = load_any(spin, Options(relative_error="2^-8"))
    yield Case("spin wave", design, 1 << 17, 1 << 17)
    yield Case("mnist", problems.mnist().design, 1 << 15, 1 << 12)


def graph_of(case: Case) -> Graph:
    """The compiled graph, of an earlier run where there is one."""
    path = folder("simulator") / f"{case.name}.txt"
    if not path.exists():
        path.write_text(text.show(ours.compile_design(case.design, 0.0).graph), encoding="utf-8")
    return text.parse(path.read_text(encoding="utf-8"))


def best(step: Callable[[], Any], runs: int = RUNS) -> float:
    """The fewest processor seconds of some runs."""
    seconds = []
    for _ in range(runs):
        start = time.process_time()
        step()
        seconds.append(time.process_time() - start)
    return min(seconds)


def measure(case: Case) -> Row:
    """One design by all models."""
    graph, rng = graph_of(case), np.random.default_rng(1)
    before = resource.getrusage(resource.RUSAGE_CHILDREN).ru_utime
    program = build.compiler()
    if program is None:
        raise SystemExit("there is no C compiler: apt-get install gcc")
    compiled = model.compiled(graph, program)
    gcc = resource.getrusage(resource.RUSAGE_CHILDREN).ru_utime - before
    columns = {}
    for port in graph.inputs:
        codes = graph.nodes[port.node].range
        columns[port.name] = rng.integers(codes.lo, codes.hi, case.rows, endpoint=True)
    narrow = [
        None if kind is None else column.astype(kind)
        for kind, column in zip(compiled.inputs, columns.values(), strict=True)
    ]
    few = {name: column[: case.numpy_rows] for name, column in columns.items()}
    row: Row = {
        "design": case.name,
        "nodes": len(graph.nodes),
        "gcc": gcc,
        "compiled": millions(case.rows, best(lambda: compiled.call(narrow, case.rows // BLOCK))),
        "columns": millions(case.rows, best(lambda: compiled.run(columns))),
        "numpy": millions(case.numpy_rows, best(lambda: numpy_model.simulate(graph, few), 3)),
    }
    expected, got = numpy_model.simulate(graph, few), compiled.run(few)
    if not all(np.array_equal(expected[name], got[name]) for name in expected):
        raise SystemExit(f"{case.name}: the compiled model differs from NumPy")
    row |= peers(case)
    if row.get("alkaid"):
        row["ratio"] = row["compiled"] / row["alkaid"]
    return row


def millions(rows: int, seconds: float) -> float:
    """Million rows per second."""
    return rows / seconds / 1e6


def peers(case: Case) -> Row:
    """The interpreters of alkaid and da4ml, where these are installed."""
    known = {row["design"]: row["widths"] for row in saved("peer_widths")}
    widths = known.get(case.design.name)
    choice = None if widths is None else {n: Widths(**w) for n, w in widths.items()}
    rows, row = uniform(case.design, min(case.rows, 1 << 16)), dict[str, Any]()
    for name, tool in TOOLS.items():
        if tool.available:
            logic = tool.trace(case.design, choice)
            seconds = best(lambda logic=logic: logic.predict(rows, n_threads=1), 4)  # type: ignore[misc]
            row[name] = millions(len(rows), seconds)
    return row


# ------------------------------------------------------------------ every input


def wave() -> Firmware:
    """The energy of a spin wave from 32 bits of inputs, each of which takes all its codes."""
    formats = {"U": 10, "k": 11, "d": 11}
    inputs = tuple(Input.of(n, FixedType(False, bits, bits - 3)) for n, bits in formats.items())
    accuracy = Accuracy(max_error={"energy": Fraction(1, 10)})
    outputs = (("energy", parse("2*U*(1 - cos(k*d))", None)),)
    return ours.compile_design(Design("wave", inputs, outputs, accuracy, Target(clock_ns=5.0)), 0.0)


def jets() -> Firmware:
    """The tagger of examples/jets: 48 bits of inputs."""
    return ours.compile_design(load_any(ROOT / "examples" / "jets" / "design.toml"), 0.0)


def sweep(name: str, firmware: Firmware, random_power: int) -> Row:
    """The largest errors over every input, or over random ones, on one core."""
    told = Told(lambda text: console.print(text, style="dim"), lambda text: None)
    start = time.process_time()
    found = maxima(classes.scored(firmware), Settings(random=1 << random_power), told)
    seconds = time.process_time() - start
    rows = found[0].rows
    bits = sum(i.type.width for i in firmware.design.inputs)
    return {
        "design": name,
        "bits": bits,
        "inputs": f"{rows:,} {'all' if found[0].every else 'random'}",
        "cpu": seconds,
        "rate": millions(rows, seconds),
        "whole": seconds * (1 << 32) / rows,
        "largest": [m.error for m in found],
        "bound": [m.error / m.claimed for m in found],
        "skipped": [m.skipped for m in found if m.skipped],
    }


SWEEPS: dict[str, Callable[[], Firmware]] = {"wave": wave, "jets": jets}


def main() -> None:
    """Measure, save, print."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--only", nargs="+", help="these designs or sweeps; others stay as saved")
    parser.add_argument(
        "--random-power", type=int, default=30, help="2^N random inputs of the tagger"
    )
    options = parser.parse_args()
    path = RESULTS / "simulator.json"
    before = json.loads(path.read_text(encoding="utf-8")) if path.exists() else {}
    with tempfile.TemporaryDirectory() as cache:
        os.environ["XDG_CACHE_HOME"] = cache
        rows = [measure(c) for c in cases() if not options.only or c.name in options.only]
        swept = [
            sweep(name, firmware(), options.random_power)
            for name, firmware in SWEEPS.items()
            if not options.only or name in options.only
        ]
    show("Million samples per second, one thread", COLUMNS, rows)
    show("Every input, one core", SWEPT, swept)
    both = (
        merge(before.get(key, []), new, "design") for key, new in (("rows", rows), ("swept", swept))
    )
    rows, swept = both
    save("simulator", rows, swept=swept)


if __name__ == "__main__":
    main()
