"""The Vivado scripts, run by a Tcl interpreter that has Vivado's commands in name only."""

from __future__ import annotations

import pytest

from symgate.backends import vivado
from symgate.ir.design import REGISTERS, Target

TOOL = """
set calls {}
foreach command {read_verilog read_xdc synth_design report_utilization report_timing_summary
                 write_checkpoint opt_design place_design phys_opt_design route_design} {
    proc $command args "lappend ::calls $command"
}
proc get_cells args {
    foreach {name count} $::cells {
        if {[string match "*$name*" [lindex $args end]]} {return [lrepeat $count cell]}
    }
    return {}
}
proc get_timing_paths args {return [string range [lindex $args 1] 1 end]}
proc get_property {name path} {return [dict get $::slacks $path]}
catch {rename exit {}}
proc exit {{status 0}} {lappend ::calls "exit $status"; error "ended"}
proc puts args {lappend ::told [lindex $args end]}
set told {}
"""
MET = "setup 0.2 hold 0.01"


def run(tmp_path, cells="", slacks=MET, argv="", dsp=0, bram=0):
    """The commands that the script gives, and what it says."""
    import tkinter

    (tmp_path / "sources.txt").write_text("demo.v\n")
    script = tmp_path / "build_vivado.tcl"
    script.write_text(vivado.build_script("demo", Target(), dsp, bram))
    tcl = tkinter.Tcl()
    tcl.eval(TOOL)
    tcl.setvar("argv", argv)
    tcl.eval(f"set cells {{{cells}}}; set slacks {{{slacks}}}")
    try:
        tcl.eval(f"source {{{script}}}")
    except tkinter.TclError as stopped:
        if str(stopped) != "ended":
            raise
    calls = [str(call) for call in tcl.splitlist(tcl.eval("set calls"))]
    return calls, [str(line) for line in tcl.splitlist(tcl.eval("set told"))]


@pytest.mark.needs("_tkinter")
def test_a_build_that_meets_its_clock_ends_well(tmp_path):
    calls, told = run(tmp_path, "DSP48E 2 RAMB18E 1 RAMB36E 1", dsp=2, bram=3)

    assert calls[:3] == ["read_verilog", "read_xdc", "synth_design"]
    assert "route_design" in calls
    assert not [call for call in calls if call.startswith("exit")]
    assert told == ["symgate: the setup slack is 0.2 ns", "symgate: the hold slack is 0.01 ns"]


@pytest.mark.parametrize(
    ("slacks", "line"),
    [
        ("setup -0.013 hold 0.1", "ERROR: symgate: the setup slack is -0.013 ns"),
        ("setup 0.1 hold -0.002", "ERROR: symgate: the hold slack is -0.002 ns"),
    ],
)
@pytest.mark.needs("_tkinter")
def test_a_missed_clock_fails(tmp_path, slacks, line):
    calls, told = run(tmp_path, slacks=slacks)

    assert calls[-1] == "exit 1"
    assert told[-1] == line


@pytest.mark.parametrize(
    ("cells", "granted", "line"),
    [
        ("DSP48E 1", {}, "ERROR: symgate: 1 DSP slices, of 0"),
        ("", {"dsp": 1}, "ERROR: symgate: 0 DSP slices, of 1"),
        ("RAMB36E 1", {"bram": 1}, "ERROR: symgate: 2 RAMB18, of 1"),
    ],
)
@pytest.mark.needs("_tkinter")
def test_other_blocks_fail(tmp_path, cells, granted, line):
    calls, told = run(tmp_path, cells, **granted)

    assert calls[-1] == "exit 1"
    assert told == [line]
    assert "place_design" not in calls


@pytest.mark.needs("_tkinter")
def test_synthesis_alone(tmp_path):
    calls, told = run(tmp_path, argv="synth", slacks="setup -1 hold -1")

    assert "opt_design" not in calls
    assert told == []


def test_constraints_of_a_family():
    old = vivado.constraints(Target(part="xc7a35tcpg236-1"))
    new = vivado.constraints(Target())

    assert "set_input_delay -clock clk 0.766" in old
    assert "set_input_delay -clock clk 0.279" in new
    assert "set_output_delay -clock clk 0.199" in new
    assert "create_clock -name clk -period 5.000 [get_ports clk]\n" in new
    assert "set_clock_uncertainty -setup 0.150 [get_clocks clk]" in new
    assert "# Outputs come from registers; logic follows inputs directly.\n" in new


@pytest.mark.parametrize("registers", REGISTERS)
def test_constraints_say_which_ports_have_registers(registers):
    assert vivado.constraints(Target(registers=registers)).count("# ") == 2
