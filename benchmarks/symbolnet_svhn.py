"""SymbolNet on street view house numbers: grey digits (1,024 inputs) and colour images (3,072
inputs), to firmware.

    python benchmarks/symbolnet_svhn.py grey      # trains on 20,000 real digits of ../shared, tests
    on the other 4,111 python benchmarks/symbolnet_svhn.py colour    # steps, export and compile on
    50 genuine images and synthetic ones

The colour images are too few to learn from: the synthetic ones are the 50 shifted, scaled in
contrast and noisy, and no accuracy on other images is claimed. Times are of a shared machine; the
peak of memory is that of the whole process.
"""

from __future__ import annotations

import argparse
import resource

import numpy as np
from common import SHARED, Row, console, folder, save, show, timed

from symgate import api
from symgate.frontend.options import Options
from symgate.learn import datasets
from symgate.learn.data import Samples
from symgate.learn.symbolnet.fitted import Fitted
from symgate.learn.symbolnet.fitting import fit, framework
from symgate.learn.symbolnet.settings import Network, Schedule, Targets
from symgate.sim import numpy_model
from symgate.sim.vectors import quantise, reals

PAPER = Network(unary=("sin", "cos", "exp", "gauss"))
TARGETS = Targets(input=0.9, weight=0.98, unary=0.2, binary=0.2)
COLUMNS = {
    "data": "data", "inputs": "inputs", "used": "used", "train": "train s", "nodes": "mean nodes", "float": "float64",
    "fixed": "fixed", "lut": "LUT (mapped)", "cycles": "cycles", "compile": "compile s", "memory": "peak MB",
    "mismatches": "bits that differ",
}  # fmt: skip


def grey() -> tuple[Samples, Samples]:
    """Real grey digits, each image of unit contrast; 20,000 to train on."""
    found = datasets.svhn(SHARED / "svhn" / "svhn_test_grey32.npz")
    centred = found.x - found.x.mean(axis=1, keepdims=True)
    x = np.clip(0.5 + 0.2 * centred / (centred.std(axis=1, keepdims=True) + 0.02), 0, 1)
    found = Samples(x, found.y, found.features, found.outputs, True, "SVHN grey, real")
    order = np.random.default_rng(0).permutation(len(found))
    return found.take(order[:20_000]), found.take(order[20_000:])


def colour(count: int = 2000) -> tuple[Samples, Samples]:
    """The 50 genuine colour images, and ``count`` synthetic ones made of them to train on."""
    real = datasets.svhn(SHARED / "svhn" / "svhn_rgb32_50.npz", grey=False)
    rng = np.random.default_rng(0)
    picked = rng.integers(len(real), size=count)
    pictures = real.x[picked].reshape(count, 32, 32, 3)
    moved = [np.roll(p, rng.integers(-2, 3, 2), axis=(0, 1)) for p in pictures]
    x = np.clip(
        np.stack(moved) * rng.uniform(0.7, 1.3, (count, 1, 1, 1))
        + rng.normal(0, 0.03, pictures.shape),
        0,
        1,
    )
    made = Samples(
        x.reshape(count, -1),
        real.y[picked],
        real.features,
        real.outputs,
        True,
        "SVHN colour, synthetic",
    )
    return made, real


def accuracy(scores: np.ndarray, samples: Samples) -> float:
    """The share of rows whose largest score is their class."""
    return float(np.mean(scores.argmax(axis=1) == samples.y))


def to_firmware(found: Fitted, test: Samples, name: str, bits: int, error: float) -> Row:
    """Compile, run the test rows in fixed point, and compare the C++ and the Verilog with them bit
    by bit.
    """
    design = found.design(Options(formats=f"ufixed<{bits},0>", max_error=error), name)
    build, seconds = timed(lambda: api.compile(design, folder("symbolnet") / name))
    codes = {i.name: quantise(test.x[:, int(i.name[1:])], i)[0] for i in build.design.inputs}
    out = numpy_model.simulate(build.graph, codes)
    fixed = np.stack([reals(out[p.name], p.type) for p in build.graph.outputs], axis=1)
    checked = api.verify(build, vectors=1000, tools=["cpp", "verilator"])
    row = {"fixed": accuracy(fixed, test), "lut": build.report["estimate"]["lut"]}
    row |= {
        "cycles": build.report["latency"]["cycles"],
        "compile": seconds["wall"],
        "bits": bits,
        "error": error,
    }
    return row | {"mismatches": checked.mismatches, "models": list(checked.models)}


def run(
    name: str, train: Samples, test: Samples, schedule: Schedule, bits: int, error: float
) -> Row:
    """One case from rows to firmware."""
    console.print(f"{name}: {len(train)} rows of {len(train.features)} inputs ...", style="dim")
    found, seconds = timed(lambda: fit(train, PAPER, TARGETS, schedule, standardise=False))
    row: Row = {
        "data": train.source,
        "tested_on": test.source,
        "rows": len(train),
        "inputs": len(train.features),
    }
    row |= {"train": seconds["wall"], "epochs": len(found.history), "used": len(found.used())}
    row |= {
        "nodes": float(np.mean(found.complexity())),
        "float": accuracy(found.predict(test.x), test),
    }
    row |= {"sparsity": dict(found.sparsity)} | to_firmware(found, test, name, bits, error)
    return row | {"memory": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024}


CASES = {
    "grey": lambda epochs, size: run(
        "svhn_grey", *grey(), Schedule(epochs // 4, epochs // 2, epochs // 4, rate=0.003, anneal_rate=0.003,
                                       batch=256, decay=0.0, size=size, seed=1), 4, 0.5),
    "colour": lambda epochs, size: run(
        "svhn_colour", *colour(), Schedule(epochs // 4, epochs // 2, epochs // 4, rate=0.003, anneal_rate=0.003,
                                           batch=256, decay=0.0, size=size, seed=1), 4, 0.5),
}  # fmt: skip


def main() -> None:
    """Measure, save, print."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("case", choices=list(CASES))
    parser.add_argument("--epochs", type=int, default=60)
    parser.add_argument("--size", type=float, default=200.0, help="limit of nodes per class")
    options = parser.parse_args()
    framework(threads=2)
    row = CASES[options.case](options.epochs, options.size)
    save(f"symbolnet_svhn_{options.case}", [row])
    show("SymbolNet on street view house numbers", COLUMNS, [row])


if __name__ == "__main__":
    main()
