"""The command line as a user meets it: exit codes, messages, and files that are whole or absent."""

from __future__ import annotations

import importlib
import inspect
import json
import os
import re
import signal
import subprocess
import sys
from pathlib import Path

import pytest
from typer.testing import CliRunner

import symgate
from symgate import api
from symgate.cli import COMMANDS, app

DESIGN = """\
[design]
name = "tiny"
[inputs]
x = { format = "fixed<6,3>" }
y = { bits = 5, range = [0, 2] }
[outputs]
p = "x*y"
q = "abs(x) + sin(y)/3"
[accuracy]
max_error = 0.05
"""
ROWS = "x,y,class\n1.07,0.3,p\n-3,1,q\n2,0,q\n0.5,1,p\n"


def run(*args: object, code: int = 0):
    result = CliRunner().invoke(app, [str(a) for a in args])
    if result.exception is not None and not isinstance(result.exception, SystemExit):
        raise result.exception
    assert result.exit_code == code, result.output
    return result


@pytest.fixture
def here(tmp_path, monkeypatch) -> Path:
    monkeypatch.chdir(tmp_path)
    Path("design.toml").write_text(DESIGN)
    Path("rows.csv").write_text(ROWS)
    return tmp_path


@pytest.fixture(scope="module")
def compiled(tmp_path_factory) -> Path:
    """One build for all tests that only read it."""
    top = tmp_path_factory.mktemp("compiled")
    (top / "design.toml").write_text(DESIGN)
    run("compile", top / "design.toml", "-o", top / "tiny", "--search-seconds", 0)
    return top / "tiny"


@pytest.fixture
def build(compiled, here) -> Path:
    """A copy of the build that a test may damage."""
    subprocess.run(["cp", "-r", compiled, "tiny"], check=True)
    return Path("tiny")


def contents(top: Path) -> dict[str, bytes]:
    return {
        p.relative_to(top).as_posix(): p.read_bytes() for p in sorted(top.rglob("*")) if p.is_file()
    }


# compile


def test_build_holds_what_the_design_page_promises(compiled):
    names = set(contents(compiled))

    assert {"report.json", "certificate.json", "design.toml", "graph.txt"} <= names
    assert {
        "hls/build_prj.tcl",
        "hls/firmware/tiny.cpp",
        "rtl/tiny.v",
        "rtl/build_vivado.tcl",
    } <= names


def test_vendors_reports_stand_beside_ours(compiled, root):
    samples = root / "tests" / "report" / "vendor" / "samples"
    text = run("report", compiled, "--vendor", samples).output

    rows = [line.split("  ")[0] for line in text.splitlines()]
    assert {"estimate", "Vivado, routed", "Vitis HLS, C synthesis", "Quartus, routed"} <= set(rows)
    text = run("report", compiled, "--vendor", samples, "--json").output
    assert {found["tool"] for found in json.loads(text)["vendor"]} == {
        "Vivado", "Vitis HLS", "Quartus",
    }  # fmt: skip


def test_report_is_filled_as_far_as_it_was_measured(compiled):
    report = json.loads((compiled / "report.json").read_text())

    assert report["verify"] == {"vectors": None, "mismatches": None, "models": None}
    assert report["outputs"]["p"]["certified_bound"] <= 0.05
    assert report["seconds"]["compile"] > 0


def test_same_input_gives_same_bytes(compiled, here):
    run("compile", "design.toml", "-o", "tiny", "--search-seconds", 0)
    again, before = contents(Path("tiny")), contents(compiled)

    reports = [json.loads(files.pop("report.json")) for files in (again, before)]
    assert again == before
    timed = {"seconds", "sha256"}  # and the hash of all of it
    one, other = ({k: v for k, v in r.items() if k not in timed} for r in reports)
    assert one == other


def test_folder_is_named_after_the_design_by_default(here):
    run("compile", "design.toml", "--search-seconds", 0)

    assert (here / "build" / "tiny" / "report.json").is_file()


def test_compile_prints_the_report(here):
    shown = run("compile", "design.toml", "-o", "b", "--search-seconds", 0).stdout

    assert all(
        word in shown
        for word in ("Ports", "Resources", "Largest error", "Error budget", "Written to b/")
    )


def test_refused_design_leaves_the_earlier_build(build):
    before = contents(build)
    Path("design.toml").write_text(f"{DESIGN}[target]\nlut = 1\n")

    run("compile", "design.toml", "-o", build, code=2)

    assert contents(build) == before
    assert sorted(p.name for p in Path().iterdir()) == ["design.toml", "rows.csv", "tiny"]


def test_compile_prints_json_alone(here):
    shown = run("compile", "design.toml", "-o", "b", "--search-seconds", 0, "--json").stdout

    assert json.loads(shown) == json.loads(Path("b/report.json").read_text())


def test_expressions_without_formats_take_them_from_options(here):
    Path("e.txt").write_text("y = sin(x)/2\n")
    run(
        "compile",
        "e.txt",
        "-o",
        "b",
        "--bits",
        8,
        "--range",
        "x=[-4,4]",
        "--max-error",
        "0.02",
        "--search-seconds",
        0,
    )

    assert api.load("b").design.inputs[0].type.width == 8


@pytest.mark.parametrize(
    "args",
    [
        ("compile", "none.toml"),
        ("compile", "bad.toml"),
        ("compile", "design.toml", "-o", "foreign"),
        ("compile", "design.toml", "-o", "tight", "--max-error", "1e-30"),
        ("compile", "design.toml", "-o", "b", "--range", "x"),
        ("simulate", "none"),
        ("simulate", "tiny", "--data", "none.csv"),
        ("simulate", "tiny", "--data", "rows.csv", "--label", "species"),
        ("verify", "foreign"),
        ("verify", "tiny", "--tool", "vivado"),
        ("report", "tiny", "--synth", "quartus"),
    ],
    ids=[
        "file",
        "text",
        "foreign",
        "tight",
        "range",
        "no-build",
        "data",
        "label",
        "verify-foreign",
        "model",
        "synth",
    ],
)
def test_bad_input(build, golden, args):
    Path("bad.toml").write_text(DESIGN.replace("x*y", "x*z"))
    Path("foreign").mkdir()
    Path("foreign/thesis.tex").write_text("mine")
    before = contents(Path())

    result = run(*args, code=2)

    assert result.stdout == ""
    assert contents(Path()) == before
    golden(result.stderr)


@pytest.mark.parametrize(
    "args", [("compyle",), ("compile",), ("verify", "tiny", "--vectors", "0"), ("report", "--x")]
)
def test_wrong_usage(args):
    assert run(*args, code=2).stdout == ""


# simulate


def test_simulate_on_data(build):
    shown = run("simulate", build, "--data", "rows.csv", "--no-plots").stdout

    assert all(word in shown for word in ("4 rows", "inputs", "1 sigma", "ROC"))
    report = json.loads((build / "report.json").read_text())
    assert report["metric"]["rows"] == 4
    assert report["metric"]["data"] == "rows.csv"


@pytest.mark.needs("matplotlib")
def test_simulate_draws(build):
    shown = run("simulate", build, "--data", "rows.csv").stdout

    assert "Plot: tiny/plots/errors.png" in shown
    assert (build / "plots" / "roc.png").read_bytes().startswith(b"\x89PNG")


def test_simulate_for_machines(build):
    found = json.loads(run("simulate", build, "--no-plots", "--json", "--vectors", 100).stdout)

    assert found["source"].endswith("all inputs")
    assert 0 < found["outputs"]["p"]["fixed"]["max"] <= 0.05


METRIC = DESIGN.replace("max_error = 0.05", 'metric = "accuracy"\ndata = "rows.csv"\nmax_loss = 0')


def test_metric_is_kept_on_the_data(here):
    Path("design.toml").write_text(METRIC)
    run("compile", "design.toml", "-o", "b", "--search-seconds", 0)
    run("simulate", "b", "--data", "rows.csv", "--no-plots")

    metric = json.loads(Path("b/report.json").read_text())["metric"]
    assert metric["fixed"] >= metric["float"]


def test_missed_metric_fails(build):
    """The design file asks for another function than the firmware computes: float64 is right, fixed
    point is not.
    """
    file = build / "design.toml"
    text = file.read_text().replace('"x*y"', '"-x*y"')
    file.write_text(
        text.replace(
            "max_error = 0.05", 'metric = "accuracy"\ndata = "../rows.csv"\nmax_loss = 0.1'
        )
    )
    Path("rows.csv").write_text("x,y,class\n3,1.5,q\n")

    result = run("simulate", build, "--data", "rows.csv", "--no-plots", code=1)
    assert result.stderr.startswith(
        "error: accuracy goes from 1.0000 to 0.0000, by more than 0.1\n"
    )


# verify


def test_verify_without_tools(build):
    shown = run("verify", build, "--tool", "amaranth").stdout

    assert "BROKEN" not in shown
    report = json.loads((build / "report.json").read_text())
    assert report["verify"]["mismatches"] == 0
    assert report["verify"]["models"] == ["numpy", "amaranth"]


@pytest.mark.needs("g++", "hls4ml")
def test_planted_mismatch_in_the_c_code_fails(build):
    """The C++ on disk is what is checked: here the last bit of q is wrong where x is -3."""
    cpp = build / "hls" / "firmware" / "tiny_core.h"
    wrong = re.sub(r"\n( +q = .*;)", r"\n\1 if (x == -3) q[0] = !q[0];", cpp.read_text())
    assert wrong != cpp.read_text()
    cpp.write_text(wrong)

    result = run("verify", build, "--tool", "cpp", code=1)

    assert result.stderr.startswith("error: cpp gives other bits on 32 of 2,048 vectors\n")
    assert "x=-24, y=0: q is" in result.stdout
    assert json.loads((build / "report.json").read_text())["verify"]["mismatches"] == 32


@pytest.mark.needs("iverilog", "cocotb")
def test_planted_mismatch_in_the_verilog_fails(build):
    verilog = build / "rtl" / "tiny.v"
    wrong = re.sub(r"assign p = (.*);", r"assign p = (\1) ^ (x == 5);", verilog.read_text())
    assert wrong != verilog.read_text()
    verilog.write_text(wrong)

    result = run("verify", build, "--tool", "icarus", code=1)

    assert re.match(r"error: icarus gives other bits on \d+ of 2,048 vectors\n", result.stderr)


def test_certificate_with_a_bound_that_is_too_small_fails(build):
    file = build / "certificate.json"
    proof = json.loads(file.read_text())
    proof["bounds"][0]["bound"] /= 1000
    file.write_text(json.dumps(proof))

    result = run("verify", build, "--tool", "numpy", code=1)

    assert result.stderr.startswith("error: output p is off by ")
    assert "BROKEN" in result.stdout


def test_other_expression_in_the_design_file_fails(build):
    file = build / "design.toml"
    file.write_text(file.read_text().replace("sin", "cos"))

    assert "output q is off by" in run("verify", build, "--tool", "numpy", code=1).stderr


def test_verify_for_machines(build):
    found = json.loads(run("verify", build, "--tool", "numpy", "--json").stdout)

    assert found["problems"] == []
    assert [b["output"] for b in found["bounds"]] == ["p", "q"]


# report and lists


def test_report_shows_all_that_was_measured(build):
    run("simulate", build, "--data", "rows.csv", "--no-plots")
    run("verify", build, "--tool", "numpy")
    shown = run("report", build).stdout

    assert "Verified on" in shown
    assert "accuracy on 4 rows" in shown


def test_report_for_machines(build):
    assert json.loads(run("report", build, "--json").stdout) == json.loads(
        (build / "report.json").read_text()
    )


@pytest.mark.needs("pyosys")
@pytest.mark.slow
def test_report_counts_the_netlist(build):
    run("report", build, "--synth", "yosys", "--no-dsp")

    synthesis = json.loads((build / "report.json").read_text())["synthesis"]
    assert synthesis["lut"] > 0
    assert synthesis["dsp"] == 0


@pytest.mark.parametrize(
    ("command", "word"), [("doctor", "g++"), ("ops", "atan2"), ("passes", "simplify")]
)
def test_list(command, word):
    assert word in run(command).stdout


def test_doctor_for_machines():
    assert json.loads(run("doctor", "--json").stdout)["perl"]["remedy"] == "apt-get install perl"


def test_version():
    assert run("--version").stdout == f"symgate {symgate.__version__}\n"


# Interruption


def test_interrupt_is_one_line(here, monkeypatch):
    def interrupted(*args, **kwargs):
        raise KeyboardInterrupt

    monkeypatch.setattr(api, "compile", interrupted)

    assert (
        run("compile", "design.toml", code=130).stderr
        == "interrupted: no file was left half-written\n"
    )


def test_interrupt_while_writing_leaves_nothing(here):
    """A real Ctrl-C, sent when the third file is to be written."""
    script = (
        "import os, signal, symgate.files as f, symgate.cli\n"
        "signal.signal(signal.SIGINT, signal.default_int_handler)\n"  # a shell's background job ignores it
        "write, count = f._write, []\n"
        "def slow(*args):\n"
        "    count.append(1)\n"
        "    if len(count) == 3: os.kill(os.getpid(), signal.SIGINT)\n"
        "    write(*args)\n"
        "f._write = slow\n"
        "symgate.cli.main()"
    )
    args = ["compile", "design.toml", "-o", "out/small", "--search-seconds", "0"]
    env = {**os.environ, "PYTHONPATH": str(Path(symgate.__file__).parent.parent)}
    ran = subprocess.run(
        [sys.executable, "-c", script, *args], capture_output=True, text=True, check=False, env=env
    )

    assert (ran.returncode, ran.stdout) == (128 + signal.SIGINT, "")
    assert ran.stderr == "interrupted: no file was left half-written\n"
    assert contents(Path("out")) == {}
    assert list(Path("out").iterdir()) == []


@pytest.mark.parametrize("name", COMMANDS)
def test_what_help_says_of_a_command_is_what_the_command_says_of_itself(name):
    place, summary = COMMANDS[name]
    file, _, function = place.partition(".")
    command = getattr(importlib.import_module(f"symgate.cli.{file}"), function)
    first = inspect.cleandoc(command.__doc__).split("\n\n")[0]
    assert " ".join(first.split()) == summary
