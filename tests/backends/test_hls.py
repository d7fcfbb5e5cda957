"""The HLS project: what its files say, that both languages accept them, and that its own test bench
tests.
"""

from __future__ import annotations

import ctypes
import os
import re
import subprocess
from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from symgate.backends.hls import Hls, emit_graph
from symgate.backends.hls_names import Names
from symgate.backends.hls_project import decimal, example_rows, inward
from symgate.errors import InputError
from symgate.ir.design import Design, Input, Target
from symgate.ir.domains import Interval
from symgate.ir.firmware import Certificate, Firmware
from symgate.ir.fixed import Builder, Graph
from symgate.ir.types import FixedType, Overflow, Rounding
from symgate.sim import ap_types, cpp, numpy_model, vectors
from tests.graphs import equal

needs_cpp = pytest.mark.needs("g++", "hls4ml")


@pytest.fixture
def graph() -> Graph:
    b = Builder()
    x, y = (
        b.input("x", FixedType(True, 6, 3)),
        b.input("class", FixedType(False, 3, 3), Interval(1, 5)),
    )
    t = b.table(y, [0, 3, -2, 7, 9, 1, 0, 0], 3)
    s = b.register(b.add(b.mul(x, y), b.shl(t, 3)))
    c = b.emit("lt", x, b.const(-5, 3))
    b.output("g", b.fit(b.round(s, 3, Rounding.RND_CONV), FixedType(True, 5, 3), Overflow.SAT_SYM))
    b.output("q", b.select(c, x, y), FixedType(True, 8, 3))
    return b.build()


@pytest.fixture
def files(graph) -> dict[str, str]:
    return emit_graph("jets", graph, Target(part="xc7a35tcpg236-1", clock_ns=4, dsp=0))


@pytest.fixture
def project(files, tmp_path) -> Path:
    """The project on disk, with the vendor's headers."""
    for name, text in files.items():
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(text)
    ap_types.copy_into(tmp_path)
    return tmp_path


def shown(files: dict[str, str], *names: str) -> str:
    return "\n".join(f"==> {name}\n{files[name]}" for name in names)


def test_layout_is_what_hls4ml_users_know(files):
    assert sorted(files) == [
        "blackbox/jets_rtl.cpp",
        "blackbox/jets_rtl.json",
        "blackbox/jets_rtl.v",
        "build_lib.sh",
        "build_opt.tcl",
        "build_prj.tcl",
        "firmware/defines.h",
        "firmware/jets.cpp",
        "firmware/jets.h",
        "firmware/jets_core.h",
        "jets_bridge.cpp",
        "jets_test.cpp",
        "project.tcl",
        "tb_data/tb_input_features.dat",
        "tb_data/tb_output_predictions.dat",
        "tb_ports.h",
        "vivado_synth.tcl",
    ]


def test_firmware_text(files, golden):
    golden(
        shown(
            files,
            "firmware/jets.cpp",
            "firmware/jets.h",
            "firmware/defines.h",
            "firmware/jets_core.h",
        )
    )


def test_bench_text(files, golden):
    golden(shown(files, "jets_test.cpp", "jets_bridge.cpp", "project.tcl"))


def test_firmware_is_emitted_for_its_target(graph):
    design = Design(
        "jets",
        (Input.of("x", FixedType(True, 6, 3)),),
        (),
        target=Target(part="xcku5p", clock_ns=2.5),
    )
    emitted = Hls().emit(Firmware(design, graph, Certificate(())))

    assert 'set part "xcku5p"' in emitted["project.tcl"]
    assert "set clock_period 2.5" in emitted["project.tcl"]
    assert emitted == Hls().emit(Firmware(design, graph, Certificate(())))


def test_multipliers_are_left_to_the_tool_without_a_limit(graph):
    core = emit_graph("jets", graph)["firmware/jets_core.h"]
    assert re.findall(r"SYMGATE_MUL_\w+\(\w*\d\)", core) == []


@pytest.mark.parametrize("bits", [5, 10, 13])
def test_no_table_takes_block_ram(bits):
    b = Builder()
    b.output(
        "y",
        b.table(b.input("x", FixedType(False, bits, 0)), [k * k % 509 for k in range(1 << bits)]),
    )

    text = emit_graph("jets", b.build())["firmware/jets_core.h"]

    body = text[text.index(" table_1(") :].partition("\n}")[0]
    assert "    SYMGATE_LUTRAM\n" in body
    assert "define SYMGATE_LUTRAM SYMGATE_PRAGMA(HLS INLINE) SYMGATE_ROM(lutram)\n" in text
    assert "SYMGATE_PRAGMA(HLS BIND_STORAGE variable=entries type=rom_1p impl=kind)\n" in text


def test_part_cannot_carry_commands(graph):
    with pytest.raises(InputError, match=r"^error: 'x\"; exec rm' is not the name of a device\n"):
        emit_graph("jets", graph, Target(part='x"; exec rm'))


# Names


ODD = [
    "int",
    "x-1",
    "x_1",
    "2nd",
    "v3",
    "AP_RND",
    "in_words",
    "ap_fixed",
    "jets",
    "row",
    "linux",
    "in_x_t",
    "é",
    "_X",
]


@pytest.mark.parametrize("name", ["defines", "parameters", "tb_ports", "main", "class"])
def test_the_top_function_takes_no_other_name(name):
    b = Builder()
    b.output("y", b.input("x", FixedType(True, 4, 0)))
    assert Names.of(name, b.build()).top == f"{name}_"


def test_odd_names_become_identifiers(golden):
    b = Builder()
    for name in ODD:
        b.output(name, b.neg(b.input(name, FixedType(True, 4, 2))))
    names = Names.of("jets", b.build())

    assert len({a.name for a in (*names.inputs, *names.outputs)}) == 2 * len(ODD)
    golden("".join(f"{a.port.name}: {a.name}, {a.type}\n" for a in (*names.inputs, *names.outputs)))


@needs_cpp
def test_odd_names_compile(tmp_path):
    b = Builder()
    for name in ODD:
        b.output(name, b.neg(b.input(name, FixedType(True, 4, 2))))
    graph = b.build()
    inputs = {p.name: np.arange(-8, 8) for p in graph.inputs}

    assert equal(
        numpy_model.simulate(graph, inputs),
        cpp.Library([cpp.Project.of(graph, "new")], tmp_path).run("new", inputs),
    )


# The C++ under g++


@needs_cpp
@pytest.mark.parametrize("standard", ["c++11", "c++14", "c++17", "c++20"])
def test_own_code_compiles_without_warnings(project, standard):
    flags = [
        f"-std={standard}",
        "-Wall",
        "-Wextra",
        "-Wno-unknown-pragmas",
        "-Werror",
        "-fsyntax-only",
    ]
    headers = ["-isystem", "firmware/ap_types"]
    for source in ("firmware/jets.cpp", "jets_test.cpp", "jets_bridge.cpp"):
        done = subprocess.run(
            ["g++", *flags, *headers, source],
            cwd=project,
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.stderr == ""


def compile_bench(project: Path, *flags: str) -> None:
    sources = ["jets_test.cpp", "firmware/jets.cpp"]
    compiled = [
        "g++",
        "-w",
        "-std=c++11",
        *flags,
        "-isystem",
        "firmware/ap_types",
        *sources,
        "-o",
        "bench",
    ]
    subprocess.run(compiled, cwd=project, check=True)


def run_bench(project: Path) -> tuple[int, str]:
    done = subprocess.run(["./bench"], cwd=project, capture_output=True, text=True, check=False)
    return done.returncode, done.stdout


@needs_cpp
def test_bench_passes_and_writes_its_log(project):
    compile_bench(project)

    assert run_bench(project) == (
        0,
        "INFO: 512 rows, 0 differ from tb_output_predictions.dat\n"
        "INFO: Saved inference results to file: tb_data/csim_results.log\n",
    )
    predictions = (project / "tb_data/tb_output_predictions.dat").read_text()
    log = (project / "tb_data/csim_results.log").read_text()
    assert [[float(v) for v in row.split()] for row in log.splitlines()] == [
        [float(v) for v in row.split()] for row in predictions.splitlines()
    ]


@needs_cpp
def test_bench_finds_one_changed_bit_and_data_of_another_shape(project):
    path = project / "tb_data/tb_output_predictions.dat"
    rows = path.read_text().splitlines()
    value, other = rows[40].split()
    rows[40] = f"{float(value) + 0.125} {other}"
    path.write_text("\n".join(rows) + "\n")
    compile_bench(project, "-DRTL_SIM")

    status, text = run_bench(project)
    assert status == 1
    assert "512 rows, 1 differ" in text
    assert (project / "tb_data/rtl_cosim_results.log").exists()

    for file, wrong in (("tb_output_predictions", ""), ("tb_input_features", "1 2 3\n")):
        (project / "tb_data" / f"{file}.dat").write_text(wrong)
        assert run_bench(project) == (1, "ERROR: row 1 needs 2 features and 2 predictions\n")


@needs_cpp
def test_bridge_takes_real_values_to_the_nearest_code_in_range(project, graph):
    subprocess.run(["sh", "build_lib.sh"], cwd=project, check=True)
    function = ctypes.CDLL(str(project / "firmware/jets.so")).jets_double
    inputs = [
        Input.of("x", FixedType(True, 6, 3)),
        Input.of("class", FixedType(False, 3, 3), (Fraction(1, 8), Fraction(5, 8))),
    ]
    rng = np.random.default_rng(1)
    real = {
        "x": np.append(rng.uniform(-6, 6, 200), [0.0625, -0.0625, np.inf]),
        "class": rng.uniform(-0.2, 1.2, 203),
    }
    codes = {i.name: vectors.quantise(np.clip(real[i.name], -9, 9), i)[0] for i in inputs}
    expected = numpy_model.simulate(graph, codes)

    for row in range(203):
        args = [ctypes.c_double(real[i.name][row]) for i in inputs] + [
            ctypes.c_double() for _ in range(2)
        ]
        function(*map(ctypes.byref, args))
        assert [a.value * 8 for a in args[2:]] == [expected["g"][row], expected["q"][row]]


def test_build_lib_without_headers_says_what_to_do(files, tmp_path, golden):
    (tmp_path / "build_lib.sh").write_text(files["build_lib.sh"])
    done = subprocess.run(
        ["sh", "build_lib.sh"], cwd=tmp_path, capture_output=True, text=True, check=False
    )

    assert done.returncode == 1
    golden(done.stderr)


# The Tcl


TOOL = """
set calls {}
foreach command {open_project set_top add_files open_solution set_part create_clock set_clock_uncertainty csim_design
                 csynth_design cosim_design export_design} {
    proc $command args "lappend ::calls \\[list $command {*}\\$args\\]"
}
proc config_compile args {error "this tool is too old"}
catch {rename exit {}}
proc exit {{status 0}} {lappend ::calls [list exit $status]; return -code return}
"""


def run_tcl(project: Path, *options: str) -> list[str]:
    """The commands that build_prj.tcl gives to the HLS tool."""
    import tkinter

    tcl = tkinter.Tcl()
    tcl.eval(TOOL + "proc puts args {}")
    tcl.setvar("argv", " ".join(f'"{o}"' for o in options))
    here = Path.cwd()
    try:
        tcl.eval(f"source {{{project / 'build_prj.tcl'}}}")
    finally:
        os.chdir(here)
    return [str(c) for c in tcl.splitlist(tcl.eval("set calls"))]


@pytest.mark.needs("_tkinter")
def test_tcl_by_default(project, golden):
    for log in ("csim_results.log", "rtl_cosim_results.log"):
        (project / "tb_data" / log).write_text("0.5\n")

    golden("\n".join(run_tcl(project)) + "\n")


@pytest.mark.needs("_tkinter")
def test_tcl_options(project):
    calls = run_tcl(project, "reset=1 csim=0 cosim=0", "export=1")

    assert "open_project -reset jets_prj" in calls
    assert "csim_design" not in calls
    assert calls[-2:] == ["export_design -format ip_catalog -version 1.0.0", "exit 0"]


@pytest.mark.needs("_tkinter")
def test_tcl_fails_where_simulations_differ(project):
    (project / "tb_data/csim_results.log").write_text("0.5\n")
    (project / "tb_data/rtl_cosim_results.log").write_text("0.25\n")

    assert "exit 1" in run_tcl(project)


@pytest.mark.needs("_tkinter")
def test_tcl_refuses_unknown_options(project):
    assert run_tcl(project, "sythn=1")[0] == "exit 1"


# Data of the test bench


@given(st.integers(-(1 << 90), 1 << 90), st.integers(-20, 120))
def test_decimal_is_exact(raw, frac):
    assert Fraction(decimal(raw, frac)) == Fraction(raw) * Fraction(2) ** -frac


@given(st.integers(-(1 << 70), 1 << 70), st.integers(0, 1 << 70))
def test_double_limits_lie_inside(lo, size):
    a, b = (int(float(end)) for end in inward(Interval(lo, lo + size)).split(", "))

    assert lo <= a <= lo + (1 << 18)
    assert lo + size - (1 << 18) <= b <= lo + size


def test_example_rows_reach_the_ends_and_repeat(graph):
    rows = example_rows(graph)

    assert rows == example_rows(graph)
    assert rows[:2] == [[-32, 1], [31, 5]]
    assert {row[1] for row in rows} == {1, 2, 3, 4, 5}
    assert len({row[0] for row in rows}) > 30
