"""The cocotb benches of the wrappers: they pass, and find what is planted; what vectors cover is counted."""

from __future__ import annotations

import subprocess
import sys
from fractions import Fraction

import numpy as np
import pytest

from symgate.backends.rtl import emit_graph
from symgate.backends.verilog.lite import lite
from symgate.ir.domains import Interval
from symgate.ir.fixed import Builder, run
from symgate.ir.types import FixedType, Overflow
from symgate.sim import rtl_bench, wrapper_bench
from symgate.sim.wrapper_bench import coverage

CONSTANTS = {"gain": Fraction(3, 2)}
FAULTS = {
    "none": ("demo_stream.v", "", "", []),
    "a place too many": ("demo_stream.v", "taken != 3", "taken != 5", ["wrappers"]),
    "ready in a reset": ("demo_stream.v", "~rst & taken", "taken", ["wrappers"]),
    "a lane without its sign": ("demo_axis.v", "{4{d_y[11]}}", "4'd0", ["wrappers"]),
    "a value beyond the range": ("demo_lite.v", "<= 32'd16", "<= 32'd17", ["lite"]),
    "an answer that does not stay": ("demo_lite.v", "else if (s_axi_bready)", "else", ["lite"]),
}


def graph():
    b = Builder()
    x = b.input("x", FixedType(True, 6, 0))
    gain = b.input("gain", FixedType(False, 5, 3), Interval(8, 16))
    b.output("y", b.register(b.mul(x, gain)), FixedType(True, 12, 3))
    return b.build()


@pytest.mark.needs("iverilog", "cocotb")
@pytest.mark.parametrize("fault", FAULTS)
def test_faults_fail_the_bench_of_their_wrapper(fault, tmp_path):
    g, rng = graph(), np.random.default_rng(1)
    inputs = {"x": rng.integers(-32, 31, 60), "gain": rng.integers(8, 17, 60)}
    outputs = {"y": run(g, list(inputs.values()))[0]}
    rtl = emit_graph("demo", g) | {"demo_lite.v": lite(g, "demo", CONSTANTS)}
    file, right, wrong, failing = FAULTS[fault]
    assert right in rtl[file], rtl[file]
    rtl[file] = rtl[file].replace(right, wrong)
    tests = rtl_bench.emit(g, "demo", inputs, outputs)
    tests |= wrapper_bench.emit(g, "demo", inputs, CONSTANTS)
    for part, files in (("rtl", rtl), ("tests", tests)):
        (tmp_path / part).mkdir()
        for name, text in files.items():
            (tmp_path / part / name).write_text(text)

    done = subprocess.run(
        [sys.executable, "run.py", "icarus"], cwd=tmp_path / "tests", capture_output=True, text=True
    )

    assert done.returncode == bool(failing), done.stdout[-3000:]
    failed = {
        line.split("test_")[1].split(".")[0]
        for line in done.stdout.splitlines()
        if " FAIL " in line
    }
    assert failed == set(failing)


def test_coverage_counts_entries_and_saturations():
    b = Builder()
    x = b.input("x", FixedType(True, 4, 0))
    b.output("t", b.table(x, list(range(16))))
    b.output("s", b.fit(x, FixedType(True, 3, 0), Overflow.SAT))
    lines = list(coverage(b.build(), {"x": np.array([-8, -8, 0, 1, 7])}))
    assert lines == [
        "What 5 vectors reach in graph.txt",
        "%1 table: 4 of 16 entries, 25 %",
        "%2 saturate: 2 rows below, 2 inside, 1 above",
    ]
