"""Processor seconds and LUTs of one compilation of the designs of the README, without any search.

    python benchmarks/compile_time.py [tagger mnist spin] [--effort quick] [--warm]

Each is compiled once in a process of its own, with an empty cache of function generators unless
``--warm``, which compiles it once before. Seconds are those of the compiler: reading the source and
`compile_design`, without imports and files; LUTs are those of the report.
"""

from __future__ import annotations

import argparse
import os
import tempfile
import time
from collections.abc import Callable, Mapping
from dataclasses import replace

import problems
from common import ROOT, SHARED, Row, save, show
from limited import limited

from symgate.frontend.load import Options, load_any
from symgate.ir.design import Design
from symgate.passes.compiler import price
from symgate.report.estimate import luts

SECONDS = 3600.0
COLUMNS = {"design": "design", "effort": "effort", "cpu": "CPU s", "lut": "LUT", "cycles": "cycles",
           "stages": "wall s of stages"}  # fmt: skip


def spin_wave() -> Design:
    """The energy of a spin wave, to 2^-8 of its range."""
    source = ROOT / "examples" / "feynman" / "spin_wave.txt"
    return load_any(source, Options(relative_error="2^-8"))


DESIGNS: Mapping[str, Callable[[], Design]] = {
    "spin": spin_wave,
    "tagger": lambda: problems.tagger("sincos").design,
    "mnist": lambda: problems.mnist().design,
}


def measure(name: str, effort: str, warm: bool) -> Row:
    """One design compiled."""
    with tempfile.TemporaryDirectory() as cache:
        os.environ["XDG_CACHE_HOME"] = cache
        start = time.process_time()
        design = replace(DESIGNS[name](), effort=effort)
        if warm:
            price(design, luts, effort)
            start = time.process_time()
        found = price(design, luts, effort)
        cpu = time.process_time() - start
    stages = " ".join(f"{k} {v:.2f}" for k, v in found.firmware.seconds.items())
    return {"cpu": round(cpu, 2), "lut": found.luts, "cycles": found.cycles, "stages": stages}


def main() -> None:
    """Measure the designs that are named, or all."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    here = [name for name in DESIGNS if name != "mnist" or SHARED.is_dir()]
    parser.add_argument("designs", nargs="*", default=here)
    parser.add_argument("--effort", default="full")
    parser.add_argument("--warm", action="store_true")
    given = parser.parse_args()
    rows: list[Row] = []
    for name in given.designs:
        found = limited(measure, name, given.effort, given.warm, seconds=SECONDS)
        rows.append({"design": name, "effort": given.effort, **found})
    show("Compile time", COLUMNS, rows)
    save("compile_time", rows)


if __name__ == "__main__":
    main()
