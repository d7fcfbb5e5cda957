"""What an initiation interval of 2 and 4 cycles saves on the published jet taggers.

    python benchmarks/initiation.py [--only jets]

Each tagger is compiled with some DSP slices allowed, for a set of inputs in each cycle and every few
cycles. LUT, FF, DSP and carry cells are counts of the pipelined Verilog by one Yosys script
(`synthesis`), which does not pair small LUTs; nothing is placed and routed. The text is simulated
in Icarus with gaps and resets, and every word compared with the NumPy model.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Iterator
from dataclasses import replace

import ours
import problems
import synthesis
from common import ROOT, Row, merge, save, saved, show

from symgate.frontend.design_file import toml
from symgate.ir.design import Design
from symgate.ir.firmware import Firmware
from symgate.ir.hard_blocks import dsps, saved_slices
from symgate.ir.saturation import driven
from symgate.passes.hardware.cost import choice_luts
from symgate.sim import numpy_model, vectors
from symgate.sim.valid_bench import PLAIN, simulate_valid

INTERVALS = (1, 2, 4)
SLICES = {"polynomial": (34, 8), "jets": (0, 4, 16)}  # that are allowed
WORDS = 1000
COLUMNS = {
    "design": "tagger", "allowed": "DSP allowed", "ii": "II asked", "built": "II built",
    "counts.lut": "LUT", "counts.ff": "FF", "counts.dsp": "DSP", "counts.carry": "carry",
    "cycles": "cycles", "products": "DSP products", "choice_lut": "LUT of choices",
    "words": "words", "wrong": "wrong",
}  # fmt: skip
NOTE = """\
II built: 1 where nothing is shared. Beyond 1, inputs are kept in registers, which the designs for 1 do not have.
LUT of choices: what the compiler priced the operands' choices at; they are in LUT."""


def main() -> int:
    """Compile, count, simulate, print."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--only", choices=SLICES, help="one design")
    only = parser.parse_args().only
    for name in [only] if only else SLICES:
        rows: list[Row] = []
        for row in rows_of(name):
            rows.append(row)
            save("initiation", merge(saved("initiation"), [row], "design", "allowed", "ii"))
        show("Initiation intervals", COLUMNS, rows, NOTE)
    return 0


def rows_of(name: str) -> Iterator[Row]:
    """The rows of one tagger."""
    design = design_of(name)
    for allowed in SLICES[name]:
        for ii in INTERVALS if allowed else INTERVALS[:1]:
            target = replace(design.target, dsp=allowed, ii=ii)
            firmware = ours.compile_design(replace(design, target=target), ours.DEFAULT_SECONDS)
            yield {"design": name, "allowed": allowed, "ii": ii} | measured(firmware)


def design_of(name: str) -> Design:
    """The tagger of the example, or a published one."""
    if name == "jets":
        return toml.load(ROOT / "examples" / "jets" / "design.toml")
    return problems.tagger(name).design


def measured(firmware: Firmware) -> Row:
    """What is built, what it takes, and whether it is right."""
    graph = firmware.graph
    inputs = vectors.make(driven(firmware.design), WORDS, seed=0).take(WORDS)
    columns = {**inputs, **numpy_model.simulate(graph, inputs)}
    files = ours.verilog(firmware, pipelined=True)
    passed = simulate_valid(files, "top", graph, columns, PLAIN, words=WORDS)
    return {
        "built": graph.interval,
        "counts": synthesis.count(files, "top", dsp=True),
        "estimate": ours.estimated(firmware),
        "cycles": graph.latency,
        "products": sum(dsps(graph, i) for i in range(len(graph.nodes))),
        "saved": saved_slices(graph),
        "choice_lut": round(choice_luts(graph)),
        "words": passed.words,
        "wrong": passed.wrong + passed.lost,
    }


if __name__ == "__main__":
    sys.exit(main())
