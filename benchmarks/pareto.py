"""The PySR tagger at certified errors from 2^-3 to 2^-10: LUTs, and accuracy on the real jets; a
plot of both.

    python benchmarks/pareto.py [--seconds 20] [--synth 3 6 9]

LUTs are those of our mapper, as in the report, and Yosys' count of the plain Verilog at the errors
named with --synth.
"""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from dataclasses import replace
from fractions import Fraction

import ours
import problems
import synthesis
from common import RESULTS, Row, console, on_ports, reference, save, show, timed

from symgate.errors import AccuracyError
from symgate.ir.design import Accuracy, Design
from symgate.ir.firmware import Firmware
from symgate.sim.metrics import accuracy, agreement, sigma

EXPONENTS = range(3, 11)
COLUMNS = {
    "exponent": "error 2^-k, k", "certified": "certified", "estimate.lut": "LUT mapped", "yosys.lut": "LUT Yosys",
    "cycles": "cycles", "accuracy": "accuracy", "sigma": "+-", "agreement": "agreement", "seconds.cpu": "cpu s",
}  # fmt: skip


def point(design: Design, exponent: int, seconds: float, synth: bool) -> Row:
    """One error for all outputs."""
    bound = Fraction(1, 2**exponent)
    design = replace(
        design, accuracy=Accuracy(max_error={name: bound for name, _ in design.outputs})
    )
    try:
        firmware, time = timed(lambda: ours.compile_design(design, seconds))
    except AccuracyError as error:
        return {"exponent": exponent, "refused": str(error)}
    row: Row = {"exponent": exponent, "certified": max(ours.certified(firmware)), "seconds": time}
    row |= {"estimate": ours.estimated(firmware), "cycles": firmware.graph.latency} | on_jets(
        firmware
    )
    if synth and synthesis.available():
        row["yosys"] = synthesis.count(ours.verilog(firmware, pipelined=False), "top", dsp=False)
    return row


def on_jets(firmware: Firmware) -> Row:
    """Accuracy and agreement with float64 on the real jets."""
    jets = problems.jets()
    if jets is None:
        return {}
    rows = jets.rows(firmware.design)
    fixed, truth = (
        ours.predict(firmware, on_ports(firmware.design, rows)),
        reference(firmware.design, rows),
    )
    share = accuracy(fixed, jets.classes)
    float64 = accuracy(truth, jets.classes)
    return {
        "accuracy": share,
        "sigma": sigma(share, len(rows)),
        "float": float64,
        "agreement": agreement(fixed, truth),
    }


def plot(rows: Sequence[Row]) -> None:
    """LUTs and accuracy against the certified error, as a PNG."""
    try:
        import matplotlib
    except ImportError:
        console.print("no plot: pip install matplotlib")
        return
    matplotlib.use("Agg")
    from matplotlib import pyplot

    figure, (left, right) = pyplot.subplots(1, 2, figsize=(9, 3.6), layout="constrained")
    good = [r for r in rows if "estimate" in r]
    left.loglog(
        [r["certified"] for r in good],
        [r["estimate"]["lut"] for r in good],
        "o-",
        label="mapped by symgate",
    )
    counted = [r for r in good if "yosys" in r]
    x, y = [r["certified"] for r in counted], [r["yosys"]["lut"] for r in counted]
    left.loglog(x, y, "s", label="plain Verilog in Yosys")
    left.set(xlabel="certified error", ylabel="LUT, no DSP", title="PySR jet tagger")
    left.legend()
    judged = [r for r in good if "accuracy" in r]
    if judged:
        x, y = [r["estimate"]["lut"] for r in judged], [100 * r["accuracy"] for r in judged]
        right.errorbar(
            x, y, yerr=[100 * r["sigma"] for r in judged], fmt="o", label="fixed point, 1 sigma"
        )
        right.axhline(100 * judged[0]["float"], color="grey", label="float64")
    right.set(xlabel="LUT (mapped by symgate)", ylabel="accuracy on 600 real jets, %", xscale="log")
    right.legend()
    figure.savefig(RESULTS / "pareto.png", dpi=110)


def run(
    seconds: float, synth: Sequence[int], exponents: Sequence[int] = EXPONENTS, keep: bool = True
) -> None:
    """Measure, save, print, plot."""
    design = problems.tagger("sincos").design
    rows = []
    for k in exponents:
        console.print(f"2^-{k} ...", style="dim")
        rows.append(point(design, k, seconds, k in synth))
    show(
        "PySR jet tagger: size against certified error",
        COLUMNS,
        rows,
        "Accuracy on 600 real jets, one sigma.",
    )
    if keep:
        save("pareto", rows)
        plot(rows)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--seconds", type=float, default=20, help="search time of each point")
    parser.add_argument(
        "--synth", type=int, nargs="*", default=[3, 6, 9], help="exponents that Yosys counts too"
    )
    options = parser.parse_args()
    run(options.seconds, options.synth)
