"""What it costs that inputs saturate to their ranges: the jet tagger (PySR, sin and cos) whose inputs
have the ranges of 600 real jets and the default margin.

    python benchmarks/saturation.py

LUT by our mapping, and cycles, with ``saturate = false`` and with what is the default. Ranges that
cover their format cost nothing, and are not here.
"""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction

import ours
import problems
from common import ROOT, Row, console, show

from symgate.frontend.data_ranges import MARGIN, read_columns
from symgate.ir.design import Design, Input
from symgate.report.estimate import input_saturation

JETS = ROOT / "examples" / "jets" / "jets.csv"
COLUMNS = {"inputs": "inputs", "lut": "LUT", "cycles": "cycles", "added": "saturation, LUT"}


def with_ranges(design: Design, margin: Fraction) -> Design:
    """``design`` with the ranges of the jets in the format of each input."""
    columns = read_columns(JETS, [port.name for port in design.inputs])

    def ranged(port: Input) -> Input:
        return Input.of(port.name, port.type, columns.range(port.name, margin, port.type))

    return replace(design, inputs=tuple(map(ranged, design.inputs)))


def measured(name: str, design: Design) -> Row:
    """LUT and cycles of a design, and what of it saturates inputs."""
    firmware = ours.compile_design(design, ours.DEFAULT_SECONDS)
    found = input_saturation(firmware)
    return {
        "inputs": name,
        "lut": ours.estimated(firmware)["lut"],
        "cycles": firmware.graph.latency,
        "added": 0 if found is None else found["lut"],
    }


def main() -> None:
    """Print the table."""
    design = problems.tagger("sincos").design
    ranged = with_ranges(design, MARGIN)
    ends = ", ".join(f"{p.name} [{float(p.lo):g}, {float(p.hi):g}]" for p in ranged.inputs)
    console.print(f"{design.inputs[0].type}: {ends}")
    rows = [
        measured("whole formats", design),
        measured("ranges of the jets, saturate = false", replace(ranged, saturate=False)),
        measured("ranges of the jets", ranged),
    ]
    show("What saturation of inputs costs", COLUMNS, rows)


if __name__ == "__main__":
    main()
