"""The fixed texts of an HLS project; ``@name@`` is filled in."""

BUILD_PRJ = """\
# Vitis HLS:     vitis_hls -f build_prj.tcl "reset=1 csim=1 synth=1 cosim=1 validation=1 export=0 vsynth=0"
# Vivado HLS:    vivado_hls -f build_prj.tcl "reset=1"
# Vitis unified: vitis-run --mode hls --tcl build_prj.tcl, with the options of build_opt.tcl
source [file join [file dirname [file normalize [info script]]] build_opt.tcl]
foreach argument $::argv {
    foreach {unused key value} [regexp -all -inline {(\\w+)=(\\w+)} $argument] {
        if {![info exists opt($key)]} {
            puts "ERROR: unknown option $key; there are [lsort [array names opt]]"
            exit 1
        }
        set opt($key) $value
    }
}

cd [file dirname [file normalize [info script]]]
source project.tcl
file mkdir tb_data

proc step {name body} {
    puts "***** $name *****"
    set start [clock seconds]
    uplevel #0 $body
    puts "***** $name COMPLETED IN [expr {[clock seconds] - $start}] s *****"
}

proc content {path} {
    set file [open $path r]
    set text [read $file]
    close $file
    return $text
}

if {$opt(reset)} {
    open_project -reset ${project_name}_prj
} else {
    open_project ${project_name}_prj
}
set_top $project_name
add_files firmware/${project_name}.cpp -cflags "-std=c++0x"
add_files -tb ${project_name}_test.cpp -cflags "-std=c++0x"
add_files -tb tb_data
if {$opt(reset)} {
    open_solution -reset "solution1"
} else {
    open_solution "solution1"
}
# older and newer tools know different settings; none of these changes what the design computes
catch {config_array_partition -maximum_size $maximum_size}
catch {config_compile -name_max_length 80}
catch {config_schedule -enable_dsp_full_reg=false}
set_part $part
create_clock -period $clock_period -name default
set_clock_uncertainty $clock_uncertainty default

if {$opt(csim)} {
    step "C SIMULATION" csim_design
}
if {$opt(synth)} {
    step "C/RTL SYNTHESIS" csynth_design
}
if {$opt(cosim)} {
    add_files -tb ${project_name}_test.cpp -cflags "-std=c++0x -DRTL_SIM"
    step "C/RTL SIMULATION" cosim_design
}
if {$opt(validation) && $opt(csim) && $opt(cosim)} {
    step "C/RTL VALIDATION" {
        if {[content tb_data/csim_results.log] ne [content tb_data/rtl_cosim_results.log]} {
            puts "ERROR: tb_data/csim_results.log and tb_data/rtl_cosim_results.log differ"
            exit 1
        }
        puts "INFO: Test PASSED"
    }
}
if {$opt(export)} {
    step "EXPORT IP" {export_design -format ip_catalog -version $version}
}
if {$opt(vsynth)} {
    step "VIVADO SYNTHESIS" {exec vivado -mode batch -source vivado_synth.tcl >@ stdout}
}
exit
"""

BUILD_OPT = """\
# What build_prj.tcl does where its command line does not say otherwise. vitis-run passes no options: state them here.
array set opt {
    reset      0
    csim       1
    synth      1
    cosim      1
    validation 1
    export     0
    vsynth     0
}
"""

VIVADO_SYNTH = """\
# Synthesis of the Verilog that the HLS tool wrote: vivado -mode batch -source vivado_synth.tcl
cd [file dirname [file normalize [info script]]]
source project.tcl
add_files ${project_name}_prj/solution1/syn/verilog
synth_design -top $project_name -part $part -mode out_of_context
report_utilization -file vivado_synth.rpt
report_timing_summary -file vivado_timing.rpt
"""

BUILD_LIB = """\
#!/bin/sh
# Compile the design into firmware/@top@.so, which Python can load.
# The vendor's headers: firmware/ap_types, or AP_TYPES=/path/to/ap_types ./build_lib.sh, or ./build_lib.sh -I/path
set -e
cd "$(dirname "$0")"
: "${CXX:=g++}" "${AP_TYPES:=firmware/ap_types}"
if [ $# -eq 0 ] && [ ! -f "$AP_TYPES/ap_fixed.h" ]; then
    echo "error: $AP_TYPES holds no ap_fixed.h" >&2
    echo "  do: pip install hls4ml, then AP_TYPES=\\$(python -m symgate.sim.ap_types) $0" >&2
    exit 1
fi
"$CXX" -std=c++14 -O2 -shared -fPIC "$@" -I"$AP_TYPES" firmware/@top@.cpp @top@_bridge.cpp -o firmware/@top@.so
"""

PORTS = """\
#ifndef @guard@
#define @guard@

#include "firmware/@top@.h"
#include <cmath>

// The code nearest to a real value (ties upward) with `frac` bits after the binary point, between `lo` and `hi`.
template <class T> T from_real(double value, int frac, double lo, double hi) {
    const double scaled = std::ldexp(value, frac);
    double code = std::floor(scaled);
    if (scaled - code >= 0.5)
        code += 1;
    code = code < lo ? lo : code > hi ? hi : code;
    T port = 0;
    port.range() = ap_int<T::width + 1>(code);
    return port;
}
@adapter@
#endif
"""

TEST = """\
// Runs tb_data/tb_input_features.dat through the design, writes the outputs to a log, and compares them with
// tb_data/tb_output_predictions.dat, which holds the exact outputs: every bit must agree.
#include "firmware/@top@.h"
#include "tb_ports.h"
#include <fstream>
#include <iomanip>
#include <iostream>
#include <sstream>
#include <string>

#ifdef RTL_SIM
static const char *const LOG = "tb_data/rtl_cosim_results.log";
#else
static const char *const LOG = "tb_data/csim_results.log";
#endif

static bool numbers(const std::string &line, double *values, int count) {
    std::istringstream words(line);
    std::string word;
    for (int k = 0; k < count; k++) {
        if (!(words >> word))
            return false;
        values[k] = std::stod(word);
    }
    return !(words >> word);
}

int main() {
    std::ifstream features("tb_data/tb_input_features.dat");
    std::ifstream predictions("tb_data/tb_output_predictions.dat");
    std::ofstream log(LOG);
    if (!features || !predictions || !log) {
        std::cout << "ERROR: cannot open the files in tb_data" << std::endl;
        return 1;
    }
    log << std::setprecision(17);
    double in[@inputs@ + 1], expected[@outputs@ + 1]; // one more: there may be none
    const double slack[] = {@slack@}; // of a port that is wider than a double
    long rows = 0, wrong = 0;
    for (std::string line, prediction; std::getline(features, line); rows++) {
        if (!std::getline(predictions, prediction) || !numbers(line, in, @inputs@) ||
            !numbers(prediction, expected, @outputs@)) {
            std::cout << "ERROR: row " << rows + 1 << " needs @inputs@ features and @outputs@ predictions" << std::endl;
            return 1;
        }
@call@
        const double results[] = {@results@};
        bool equal = true;
        for (int k = 0; k < @outputs@; k++) {
            log << results[k] << (k + 1 < @outputs@ ? " " : "\\n");
            equal = equal && std::fabs(results[k] - expected[k]) <= slack[k] * std::fabs(expected[k]);
        }
        wrong += !equal;
    }
    std::cout << "INFO: " << rows << " rows, " << wrong << " differ from tb_output_predictions.dat" << std::endl;
    std::cout << "INFO: Saved inference results to file: " << LOG << std::endl;
    return wrong ? 1 : 0;
}
"""

BRIDGE = """\
// Python's way into the design: real values as in hls4ml, or raw codes, many rows in one call.
#include "firmware/@top@.h"
#include "tb_ports.h"
#include <stdint.h>

extern "C" {

@reals@
// A row is the raw bits of each port in port order, in as many 64-bit words as the port needs.
void @top@_codes(long rows, const uint64_t *in_words, uint64_t *out_words) {
    for (long row = 0; row < rows; row++) {
@codes@
    }
}
}
"""
