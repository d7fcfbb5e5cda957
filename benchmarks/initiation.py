"""What an initiation interval of 2 and 4 cycles would save on the published jet taggers, at most.

    python benchmarks/initiation.py

Each tagger is compiled as it is, and with as many DSP slices as it takes. LUT by the operators' own
models. Units of equal shape take turns behind choices of their operands; what the schedule would need
besides (registers for operands and results, control) is left out, so that savings are bounds from
above.
"""

from __future__ import annotations

import sys
from dataclasses import replace

from common import ROOT, Row, save, show

from symgate.frontend.design_file import toml
from symgate.ir.text import parse
from symgate.passes.compiler import compile_design
from symgate.passes.hardware.initiation import shared

PHASES, SLICES = (1, 2, 4), (0, 16)
COLUMNS = {
    "design": "tagger", "allowed": "DSP allowed", "phases": "cycles between inputs", "lut": "LUT",
    "dsp": "DSP", "units": "shapes shared", "tried": "shapes that repeat",
}  # fmt: skip


def main() -> int:
    """Compile, price, print."""
    rows: list[Row] = []
    design = toml.load(ROOT / "examples" / "jets" / "design.toml")
    for slices in SLICES:
        target = replace(design.target, dsp=slices)
        firmware = compile_design(replace(design, target=target))
        graph = parse(firmware.certificate.data["graph"])
        for phases in PHASES:
            found = shared(graph, phases)
            rows.append({
                "design": "PySR, sin and cos", "allowed": slices, "phases": phases,
                "lut": round(found.lut), "dsp": found.dsp, "units": found.units,
                "tried": found.tried,
            })  # fmt: skip
    save("initiation", rows)
    show("Initiation intervals: at most saved", COLUMNS, rows)
    return 0


if __name__ == "__main__":
    sys.exit(main())
