"""The Quartus script, run by a Tcl interpreter that has its commands in name only, and the ECP5
script, run with stand-ins for Yosys and nextpnr.
"""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

import pytest

from symgate.backends import nextpnr, quartus
from symgate.ir.design import Target

TOOL = """
set calls {}
foreach command {load_package project_new set_global_assignment set_instance_assignment project_close} {
    proc $command args "lappend ::calls {$command}"
}
proc execute_flow args {
    foreach {name text} [list demo.sta.summary $::sta demo.fit.summary $::fit] {
        set file [open $name w]; puts -nonewline $file $text; close $file
    }
}
catch {rename exit {}}
proc exit {{status 0}} {lappend ::calls "exit $status"; error "ended"}
rename puts told_puts
proc puts args {
    if {[llength $args] == 1} {lappend ::told [lindex $args 0]} else {told_puts {*}$args}
}
set told {}
set argc 0
"""
MET = "Type  : Slow Setup 'clk'\nSlack : 0.3\nTNS   : 0.0\n\nType  : Slow Hold 'clk'\nSlack : 0.1\n"


def run_quartus(tmp_path, sta=MET, fit="Total DSP Blocks : 0 / 156 ( 0 % )\n", dsp=0):
    import tkinter

    files = quartus.project("demo", Target(), dsp, 0)
    (tmp_path / "sources.txt").write_text("demo.v\n")
    script = tmp_path / "build_quartus.tcl"
    script.write_text(files["build_quartus.tcl"])
    tcl = tkinter.Tcl()
    tcl.eval(TOOL)
    tcl.setvar("sta", sta)
    tcl.setvar("fit", fit)
    here = Path.cwd()
    try:
        tcl.eval(f"source {{{script}}}")
    except tkinter.TclError as stopped:
        if str(stopped) != "ended":
            raise
    finally:
        os.chdir(here)
    calls = [str(call) for call in tcl.splitlist(tcl.eval("set calls"))]
    return calls, [str(line) for line in tcl.splitlist(tcl.eval("set told"))]


@pytest.mark.needs("_tkinter")
def test_quartus_ends_well_where_all_slacks_are_positive(tmp_path):
    calls, told = run_quartus(tmp_path)

    assert not [call for call in calls if call.startswith("exit")]
    assert told == ["symgate: all slacks are positive"]


@pytest.mark.needs("_tkinter")
def test_quartus_fails_on_a_missed_clock(tmp_path):
    calls, told = run_quartus(tmp_path, sta=MET.replace("0.1", "-0.012"))

    assert calls[-1] == "exit 1"
    assert told == ["ERROR: symgate: Slow Hold 'clk': the slack is -0.012 ns"]


@pytest.mark.needs("_tkinter")
def test_quartus_fails_on_a_block_that_was_not_granted(tmp_path):
    calls, told = run_quartus(tmp_path, fit="Total DSP Blocks : 3 / 156 ( 2 % )\n")

    assert calls[-1] == "exit 1"
    assert told == ["ERROR: symgate: 3 DSP blocks, of 0"]


def test_quartus_takes_its_own_parts_only():
    script = quartus.project("demo", Target(part="5CGXFC7C7F23C8"), 0, 0)["build_quartus.tcl"]

    assert '"5CGXFC7C7F23C8"' in script
    assert "xcvu9p" not in quartus.project("demo", Target(), 0, 0)["build_quartus.tcl"]


def run_ecp5(tmp_path, achieved, cells="LUT4 12", dsp=0, mhz=()):
    (tmp_path / "build_ecp5.sh").write_text(
        nextpnr.project("demo", Target(clock_ns=10.0), dsp, 0)["build_ecp5.sh"]
    )
    (tmp_path / "sources.txt").write_text("demo.v\n")
    yosys, pnr = tmp_path / "yosys", tmp_path / "pnr"
    yosys.write_text(f'#!/bin/sh\necho "$@" > asked.txt\necho "{cells}" > ecp5/cells.txt\n')
    clocks = f'"clk": {{"achieved": {achieved}, "constraint": 100.0}}' if achieved else ""
    pnr.write_text(f"#!/bin/sh\necho '{{\"fmax\": {{{clocks}}}}}' > ecp5/report.json\n")
    yosys.chmod(0o755)
    pnr.chmod(0o755)
    done = subprocess.run(
        ["sh", "build_ecp5.sh", *mhz], cwd=tmp_path, capture_output=True, text=True, check=False,
        env={**os.environ, "YOSYS": str(yosys), "NEXTPNR": str(pnr)},
    )  # fmt: skip
    return done.returncode, done.stdout.strip(), (tmp_path / "asked.txt").read_text()


def test_the_open_flow_says_what_it_reached(tmp_path):
    code, said, asked = run_ecp5(tmp_path, 123.4)

    assert (code, said) == (0, "symgate: nextpnr reaches 123.4 MHz of 100.0 MHz")
    assert "read_verilog demo.v" in asked
    assert "-nodsp -nobram -nolutram" in asked


@pytest.mark.parametrize(
    ("achieved", "cells", "line"),
    [
        (99.9, "LUT4 12", "ERROR: symgate: nextpnr reaches 99.9 MHz of 100.0 MHz"),
        (200.0, "MULT18X18D 1", "ERROR: symgate: MULT18X18D was taken, the design has none"),
        (200.0, "DP16KD 1", "ERROR: symgate: DP16KD was taken, the design has none"),
    ],
)
def test_the_open_flow_fails_with_one_line(tmp_path, achieved, cells, line):
    code, said, _ = run_ecp5(tmp_path, achieved, cells)

    assert (code, said) == (1, line)


def test_granted_slices_and_another_clock(tmp_path):
    code, said, asked = run_ecp5(tmp_path, 60.0, "MULT18X18D 1", dsp=1, mhz=["50"])

    assert (code, said) == (0, "symgate: nextpnr reaches 60.0 MHz of 50 MHz")
    assert "-nodsp" not in asked


def test_logic_without_a_clock_has_nothing_to_time(tmp_path):
    assert run_ecp5(tmp_path, None)[:2] == (0, "symgate: there is no clock, nothing to time")
