"""Quartus Prime scripts for a Verilog module: constraints, and a build that fails where the clock is
missed. No Quartus was available to run them; the commands are those of its Tcl manual.
"""

from __future__ import annotations

from symgate.backends.verilog.names import CLOCK
from symgate.backends.vivado import outside
from symgate.ir.design import Target

#: The device where the part of the design is none of Intel's.
_DEVICE = "10CX220YF780E5G"
_BUILD = """\
# quartus_sh -t build_quartus.tcl [device]
# Synthesis, placement, routing and timing analysis, with all ports as virtual pins. Reports go to ./quartus.
# Exit code 1, with one line, where the clock is missed or a DSP block was taken that the design does not have.
load_package flow
set top {top}
set device [expr {{$argc > 0 ? [lindex $quartus(args) 0] : "{device}"}}]
set dsp_blocks {dsp} ;# slices of a Xilinx device: 0 means that no DSP block may be taken
set source_dir [file dirname [file normalize [info script]]]
file mkdir [file join $source_dir quartus]
cd [file join $source_dir quartus]

proc refuse {{what}} {{
  puts "ERROR: symgate: $what"
  exit 1
}}

project_new -overwrite $top
set_global_assignment -name DEVICE $device
set_global_assignment -name TOP_LEVEL_ENTITY $top
set list [open [file join $source_dir sources.txt] r]
foreach file [read $list] {{set_global_assignment -name VERILOG_FILE [file join $source_dir $file]}}
close $list
set_global_assignment -name SDC_FILE [file join $source_dir $top.sdc]
set_global_assignment -name AUTO_SHIFT_REGISTER_RECOGNITION OFF
if {{$dsp_blocks == 0}} {{
  set_global_assignment -name DSP_BLOCK_BALANCING "LOGIC ELEMENTS"
}}
set_instance_assignment -name VIRTUAL_PIN ON -to *
set_instance_assignment -name VIRTUAL_PIN OFF -to {clock}
if {{[catch {{execute_flow -compile}} message]}} {{refuse $message}}

set file [open $top.sta.summary r]
set summary [read $file]
close $file
foreach {{all kind slack}} [regexp -all -inline {{Type  : ([^\\n]*)\\nSlack : (-?[0-9.]+)}} $summary] {{
  if {{$slack < 0}} {{refuse "$kind: the slack is $slack ns"}}
}}
set file [open $top.fit.summary r]
set fit [read $file]
close $file
if {{$dsp_blocks == 0 && [regexp {{DSP [Bb]locks : ([0-9,]+)}} $fit all taken] && $taken != 0}} {{
  refuse "$taken DSP blocks, of 0"
}}
puts "symgate: all slacks are positive"
project_close
"""

_CONSTRAINTS = """\
create_clock -name {clock} -period {period:.3f} [get_ports {clock}]
derive_clock_uncertainty -add
set_clock_uncertainty -setup -add -to [get_clocks {clock}] {uncertainty:.3f}
# Flip-flops outside, as in the constraints for Vivado.
set_input_delay -clock {clock} {before:.3f} [remove_from_collection [all_inputs] [get_ports {clock}]]
set_output_delay -clock {clock} {after:.3f} [all_outputs]
"""


def project(top: str, target: Target, dsp: int, bram: int) -> dict[str, str]:
    """Return the files of a Quartus build of ``top`` by name."""
    around = outside(target.part)
    device = target.part if _is_intel(target.part) else _DEVICE
    constraints = _CONSTRAINTS.format(
        clock=CLOCK, period=target.clock_ns, uncertainty=around.uncertainty,
        before=around.before, after=around.after,
    )  # fmt: skip
    return {
        "build_quartus.tcl": _BUILD.format(top=top, device=device, dsp=dsp, clock=CLOCK),
        f"{top}.sdc": constraints,
    }


def _is_intel(part: str) -> bool:
    """Whether a part number is one of Intel's: it begins with a digit, as 10CX220YF780E5G, or with
    the letters of Agilex.
    """
    return part[:1].isdigit() or part.upper().startswith(("AG", "A5", "EP"))
