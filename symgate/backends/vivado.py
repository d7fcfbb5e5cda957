"""Vivado scripts for a Verilog module: constraints, and a build without a project file."""

from __future__ import annotations

from symgate.backends.verilog.names import CLOCK
from symgate.ir.design import Target

_BUILD = """\
# vivado -mode batch -source build_vivado.tcl [-tclargs synth]
# Synthesis, placement and routing out of context; with "synth", synthesis only. Reports and checkpoints go to ./vivado.
set top {top}
set part {part}
set source_dir [file dirname [file normalize [info script]]]
set output_dir [file join $source_dir vivado]
file mkdir $output_dir

proc reports {{stage}} {{
  global output_dir
  report_utilization -file [file join $output_dir utilization_$stage.rpt]
  report_timing_summary -file [file join $output_dir timing_$stage.rpt]
  write_checkpoint -force [file join $output_dir $stage.dcp]
}}

read_verilog [file join $source_dir $top.v]
read_xdc -mode out_of_context [file join $source_dir $top.xdc]
# No shift registers: delays take flip-flops, of which there are two for each LUT, and not LUTs.
synth_design -mode out_of_context -top $top -part $part -no_srlextract
reports synth
if {{[lindex $argv 0] ne "synth"}} {{
  opt_design
  place_design
  phys_opt_design
  route_design
  reports route
}}
"""


def constraints(target: Target) -> str:
    """Return the clock constraint of ``target``."""
    return f"create_clock -name {CLOCK} -period {target.clock_ns:.3f} [get_ports {CLOCK}]\n"


def build_script(top: str, target: Target) -> str:
    """Return a Tcl script that builds ``top`` for the part of ``target``."""
    return _BUILD.format(top=top, part=target.part)
