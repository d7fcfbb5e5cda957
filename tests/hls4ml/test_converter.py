"""The drop-in for hls4ml's converter: its arguments, its results, and what it says of wrong ones."""

from __future__ import annotations

import subprocess
import sys
from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest

from symgate import api
from symgate.errors import AccuracyError, CheckFailed, InputError, ToolMissing
from symgate.hls4ml import convert_from_symbolic_expression as convert
from symgate.hls4ml.lut_functions import LutFunction
from symgate.ir.types import FixedType

#: Outputs that leave the precision, and inputs that nothing reads, are warned of.
pytestmark = pytest.mark.filterwarnings("ignore::symgate.frontend.check.DesignWarning")
COS = {"cos_lut": {"math_func": "cos", "range_start": -4, "range_end": 4, "table_size": 64}}
SMALL = {
    "precision": "ap_fixed<10,4>",
    "ranges": (0.25, 3),
    "hls_include_path": "",
    "hls_libs_path": "",
}
needs_cpp = pytest.mark.needs("g++", "hls4ml")


def rows(count: int = 300, columns: int = 2) -> np.ndarray:
    return np.random.default_rng(0).uniform(0.25, 3, (count, columns))


CASES = [
    ("x0**2 - 0.5*x1", lambda a, b: np.minimum(a**2 - b / 2, 511 / 64)),
    ("sqrt(x0) + x1", lambda a, b: np.sqrt(a) + b),
    ("x0**(-2)", lambda a, b: np.minimum(a**-2.0, 511 / 64)),
    ("Piecewise((x0, x0 > x1), (-x1, True))", lambda a, b: np.where(a > b, a, -b)),
    ("Max(x0, x1) - Abs(x0 - x1)", lambda a, b: np.maximum(a, b) - np.abs(a - b)),
    ("sqrt(mass)*0.5 + pt", lambda a, b: np.sqrt(a) / 2 + b),
]


@pytest.mark.parametrize("k", range(len(CASES)))
def test_expression(k, tmp_path):
    text, truth = CASES[k]
    model = convert(text, n_symbols=2, output_dir=tmp_path, search_seconds=1, **SMALL)
    x = rows()
    codes = np.round(x * 64) / 64  # of the ports
    far = np.abs(model.predict(x)[:, 0] - truth(codes[:, 0], codes[:, 1])).max()

    assert far <= model.bounds["y"] <= 8 / 64


def test_a_stated_error_is_not_relaxed(tmp_path):
    with pytest.raises(AccuracyError):
        convert("x0*x1", output_dir=tmp_path, max_error=2**-9, **SMALL).write()


def test_several_outputs_and_sympy(tmp_path):
    import sympy

    x0, x1 = sympy.symbols("x0 x1")
    several = convert([x0 + x1, "x0 - x1"], output_dir=tmp_path / "a", **SMALL)
    named = convert({"s": x0 + x1, "d": x0 - x1}, output_dir=tmp_path / "b", **SMALL)

    assert np.array_equal(several.predict(rows()), named.predict(rows()))
    assert [name for name, _ in several.design.outputs] == ["y0", "y1"]
    assert [name for name, _ in named.design.outputs] == ["s", "d"]


@pytest.mark.parametrize("end", ["range_start", "math_func"])
def test_table_without_a_part(end):
    stated = {name: value for name, value in COS["cos_lut"].items() if name != end}
    with pytest.raises(InputError, match=f"^error: lut_functions: cos_lut has no {end}"):
        convert("cos_lut(x0)", lut_functions={"cos_lut": stated})


def test_table_is_kept_as_stated(tmp_path):
    model = convert(
        "cos_lut(x0)", lut_functions=COS, output_dir=tmp_path, precision="ap_fixed<10,4>"
    )
    codes = np.arange(-512, 512) / 64
    place = np.clip(np.floor((codes + 4) * 64 / 8), 0, 63)
    entries = np.floor(np.cos(-4 + place / 8) * 64) / 64

    assert model.predict(codes.reshape(-1, 1))[:, 0].tolist() == entries.tolist()
    assert model.bounds == {"y": 0.0}


def test_entries_where_the_function_has_no_value():
    table = LutFunction("log_lut", "log", Fraction(0), Fraction(8), 8).table(FixedType(True, 10, 6))

    assert table["y"][0] == table["y"][1] == 0  # log(1), the next value that there is


def test_inputs_that_the_expression_does_not_use_are_ports(tmp_path):
    model = convert("x1 + 1", n_symbols=4, output_dir=tmp_path, precision="ap_fixed<8,4>")

    assert [port.name for port in model.design.inputs] == ["x0", "x1", "x2", "x3"]
    assert model.predict(np.array([[9.0, 2.0, 9.0, 9.0]])) == [[3.0]]
    assert model.predict(np.array([9, 2, 9, 9], np.float32)).dtype == np.float32


def test_order_of_other_names():
    assert [p.name for p in convert("b10*b9 + a").design.inputs] == ["a", "b9", "b10"]
    assert [p.name for p in convert("b + a", symbols=["b", "a"]).design.inputs] == ["b", "a"]


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"expr": "x7", "n_symbols": 3}, "n_symbols is 3, but the expression uses x7"),
        ({"expr": "a*b", "n_symbols": 3}, "n_symbols is 3, but there are 2 names: a, b"),
        ({"expr": "a*b", "symbols": ["a"]}, "symbols does not name b"),
        ({"expr": "x0", "project_name": "a b"}, "project_name 'a b' cannot name a function"),
        ({"expr": "x0", "compiler": "gcc"}, "compiler 'gcc' is unknown"),
        ({"expr": "x0", "io_type": "serial"}, "io_type 'serial' is unknown"),
        ({"expr": "nothing(x0)"}, "unknown function 'nothing'"),
    ],
)
def test_wrong_arguments(arguments, message):
    with pytest.raises(InputError) as caught:
        convert(**arguments)
    assert caught.value.what.startswith(message)


@pytest.mark.parametrize("part", ["some_part", None])
@pytest.mark.parametrize("period", [8, None])
@pytest.mark.parametrize("uncertainty", ["15%", None])
@pytest.mark.parametrize("compiler", ["vivado_hls", "vitis_hls"])
def test_settings_reach_the_configuration_and_the_tcl(
    part, period, uncertainty, compiler, tmp_path
):
    model = convert(
        "x0 + x1",
        output_dir=str(tmp_path),
        part=part,
        clock_period=period,
        clock_uncertainty=uncertainty,
        compiler=compiler,
        search_seconds=0,
        **SMALL,
    )
    model.write()
    expected = {
        "part": part or "xcvu13p-flga2577-2-e",
        "clock_period": period or 5,
        "clock_uncertainty": uncertainty or {"vivado_hls": "12.5%", "vitis_hls": "27%"}[compiler],
    }
    tcl = (tmp_path / "project.tcl").read_text()

    assert f'set part "{expected["part"]}"\n' in tcl
    assert f"set clock_period {expected['clock_period']}\n" in tcl
    assert f"set clock_uncertainty {expected['clock_uncertainty']}\n" in tcl
    assert [
        model.config.get_config_value(k) for k in ("Part", "ClockPeriod", "ClockUncertainty")
    ] == [*expected.values()]


@needs_cpp
@pytest.mark.parametrize("io_type", ["io_parallel", "io_stream"])
def test_compiled_model_has_the_bits_of_the_numpy_model(io_type, tmp_path):
    model = convert("x0*x1 - sin(x0)", output_dir=tmp_path, io_type=io_type, **SMALL)
    before = model.predict(rows())
    model.compile()

    assert np.array_equal(before, model.predict(rows()))
    assert (tmp_path / "firmware/ap_types/ap_fixed.h").is_file()
    top = (tmp_path / "firmware/myproject.h").read_text()
    assert "input_t x[2], result_t y[1]" in top or "hls::stream<input_row_t> &x" in top


def test_the_build_beside_it_is_one_of_ours(tmp_path):
    model = convert("x0*x1", output_dir=tmp_path, **SMALL)
    model.write()

    assert api.load(tmp_path / "symgate").certificate.bound("y") == model.bounds["y"]


def test_bench_takes_the_users_data(tmp_path):
    np.save(tmp_path / "x.npy", np.array([[1.0, 2.0], [0.5, 0.25], [3.0, 3.0]]))
    model = convert("x0 + x1", output_dir=tmp_path / "o", input_data_tb=tmp_path / "x.npy", **SMALL)
    model.write()

    data = tmp_path / "o/tb_data"
    assert (data / "tb_input_features.dat").read_text() == "1 2\n0.5 0.25\n3 3\n"
    assert (data / "tb_output_predictions.dat").read_text() == "3\n0.75\n6\n"


TOOL = """#!{python}
import os, sys
print(*sys.argv[1:], file=open("called", "a"))
sys.exit({code})
"""


def fake(folder: Path, name: str, code: int = 0) -> None:
    (folder / name).write_text(TOOL.format(python=sys.executable, code=code))
    (folder / name).chmod(0o755)


@pytest.mark.parametrize(
    ("tools", "compiler", "called"),
    [
        (["vitis-run", "vitis_hls"], "vitis_hls", "--mode hls --tcl build_prj.tcl"),
        (["vitis_hls"], "vitis_hls", "-f build_prj.tcl"),
        (["vivado_hls"], "vivado_hls", "-f build_prj.tcl"),
    ],
)
def test_build_runs_the_tool_that_is_there(tools, compiler, called, tmp_path, monkeypatch):
    monkeypatch.setenv("PATH", str(tmp_path))
    for tool in tools:
        fake(tmp_path, tool)
    model = convert("x0 + x1", output_dir=tmp_path / "o", compiler=compiler, **SMALL)
    model.build(csim=False, cosim=True)

    assert (tmp_path / "o/called").read_text() == f"{called}\n"
    options = (tmp_path / "o/build_opt.tcl").read_text().split()
    assert [options[options.index(step) + 1] for step in ("csim", "synth", "cosim")] == [
        "0",
        "1",
        "1",
    ]


def test_build_without_a_tool_or_with_one_that_fails(tmp_path, monkeypatch):
    monkeypatch.setenv("PATH", str(tmp_path))
    model = convert("x0 + x1", output_dir=tmp_path / "o", compiler="vitis_hls", **SMALL)
    with pytest.raises(ToolMissing, match=r"^error: build needs vitis-run or vitis_hls"):
        model.build()
    with pytest.raises(InputError, match=r"^error: build has no step 'simulate'"):
        model.build(simulate=True)
    fake(tmp_path, "vitis_hls", 3)
    with pytest.raises(CheckFailed, match=r"^error: the HLS tool ends with code 3"):
        model.build()


@needs_cpp
def test_bench_of_the_project_passes(tmp_path):
    convert("x0*x1", output_dir=tmp_path, **SMALL).write()
    sources = ["myproject_test.cpp", "firmware/myproject.cpp"]
    command = ["g++", "-std=c++11", "-w", "-isystem", "firmware/ap_types", *sources, "-o", "bench"]
    subprocess.run(command, cwd=tmp_path, check=True)

    assert (
        subprocess.run(["./bench"], cwd=tmp_path, capture_output=True, check=False).returncode == 0
    )
