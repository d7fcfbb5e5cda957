"""Vivado scripts for a Verilog module: constraints, and a build without a project file that fails
where the result is not what was promised.
"""

from __future__ import annotations

from dataclasses import dataclass

from symgate.backends.verilog.names import CLOCK
from symgate.ir.design import Target
from symgate.ir.fixed_ops.delays import delays_of

_BUILD = """\
# vivado -mode batch -source build_vivado.tcl [-tclargs synth]
# Synthesis, placement and routing out of context; with "synth", synthesis only. Reports and checkpoints go to ./vivado.
# Exit code 1, with one line, where the clock is missed or a block was taken that the design does not have.
set top {top}
set part {part}
set dsp_blocks {dsp}
set ram_blocks {bram} ;# RAMB18; a RAMB36 is two
set source_dir [file dirname [file normalize [info script]]]
set output_dir [file join $source_dir vivado]
file mkdir $output_dir

proc reports {{stage}} {{
  global output_dir
  report_utilization -file [file join $output_dir utilization_$stage.rpt]
  report_timing_summary -file [file join $output_dir timing_$stage.rpt]
  write_checkpoint -force [file join $output_dir $stage.dcp]
}}

proc refuse {{what}} {{
  puts "ERROR: symgate: $what"
  exit 1
}}

proc check_blocks {{}} {{
  global dsp_blocks ram_blocks
  set dsp [llength [get_cells -quiet -hierarchical -filter {{REF_NAME =~ DSP48E*}}]]
  set halves [llength [get_cells -quiet -hierarchical -filter {{REF_NAME =~ RAMB18E*}}]]
  set wholes [llength [get_cells -quiet -hierarchical -filter {{REF_NAME =~ RAMB36E*}}]]
  set ram [expr {{$halves + 2 * $wholes}}]
  if {{$dsp != $dsp_blocks}} {{refuse "$dsp DSP slices, of $dsp_blocks"}}
  if {{$ram != $ram_blocks}} {{refuse "$ram RAMB18, of $ram_blocks"}}
}}

proc check_slack {{kind}} {{
  set paths [get_timing_paths -quiet -$kind -max_paths 1]
  if {{[llength $paths] == 0}} {{return}}
  set slack [get_property SLACK [lindex $paths 0]]
  if {{$slack < 0}} {{refuse "the $kind slack is $slack ns"}}
  puts "symgate: the $kind slack is $slack ns"
}}

set list [open [file join $source_dir {sources}] r]
foreach file [read $list] {{read_verilog [file join $source_dir $file]}}
close $list
read_xdc -mode out_of_context [file join $source_dir $top.xdc]
# No shift registers: delays take flip-flops, of which there are two for each LUT, and not LUTs.
synth_design -mode out_of_context -top $top -part $part -no_srlextract
reports synth
check_blocks
if {{[lindex $argv 0] ne "synth"}} {{
  opt_design
  place_design
  phys_opt_design
  route_design
  reports route
  check_slack setup
  check_slack hold
}}
"""

_CONSTRAINTS = """\
create_clock -name {clock} -period {period:.3f} [get_ports {clock}]
set_clock_uncertainty -setup {uncertainty:.3f} [get_clocks {clock}]
# {registers}
# Flip-flops outside: {before:.3f} ns from their clock to an input, {after:.3f} ns from an output to their edge.
set_input_delay -clock {clock} {before:.3f} [get_ports -filter {{DIRECTION == IN && NAME != {clock}}}]
set_output_delay -clock {clock} {after:.3f} [get_ports -filter {{DIRECTION == OUT}}]
"""


_REGISTERS = {
    "outputs": "Outputs come from registers; logic follows inputs directly.",
    "inputs": "Inputs go to registers; logic stands in front of outputs.",
    "both": "Inputs go to registers, outputs come from registers.",
    "none": "There are no registers at ports: logic follows inputs and stands in front of outputs.",
}


@dataclass(frozen=True)
class Outside:
    """Delays of a flip-flop outside, in ns, by the delay model: clock-to-Q and a net of fan-out 1
    before an input, such a net after an output. ``uncertainty`` is what an MMCM and its input clock
    add at most to what a tool knows of a clock at the port; the schedule leaves room for it.
    """

    before: float
    after: float
    uncertainty: float


def outside(part: str) -> Outside:
    """The flip-flops around a design in ``part``."""
    delays = delays_of(part)
    return Outside(delays.clock_to_q + delays.net(1), delays.net(1), delays.uncertainty)


def constraints(target: Target) -> str:
    """Return the constraints of ``target``: its clock, and the paths from and to the ports."""
    around = outside(target.part)
    return _CONSTRAINTS.format(
        clock=CLOCK,
        registers=_REGISTERS[target.registers],
        period=target.clock_ns,
        uncertainty=around.uncertainty,
        before=around.before,
        after=around.after,
    )


def build_script(
    top: str, target: Target, dsp: int, bram: int, sources: str = "sources.txt"
) -> str:
    """Return a Tcl script that builds ``top`` for the part of ``target``, of so many DSP slices and
    RAMB18, from the files that ``sources`` lists.
    """
    return _BUILD.format(top=top, part=target.part, dsp=dsp, bram=bram, sources=sources)
