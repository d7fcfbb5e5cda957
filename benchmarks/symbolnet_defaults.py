"""SymbolNet with its defaults on small public data, beside what scikit-learn has.

    python benchmarks/symbolnet_defaults.py                 # all data sets, two splits each
    python benchmarks/symbolnet_defaults.py --data wine --splits 1

Scores are of rows that no training saw: accuracy of classes, R^2 of values. LUT, certificate and
what it decides are those of `SymbolNetClassifier().fit(x, y).to_design()` compiled with the effort
quick: the share of test rows whose class the certified errors cannot change. The jets are raw.
"""

from __future__ import annotations

import argparse
import time
import warnings
from collections.abc import Callable
from typing import Any

import numpy as np
from common import SHARED, Reals, Row, console, merge, save, saved, show

from symgate import api
from symgate.frontend.options import Options
from symgate.learn import datasets
from symgate.learn.symbolnet.fitting import framework

Data = tuple[Reals, Any, bool]  # features, what is wanted, whether these are classes


def _packaged(name: str, classes: bool = True) -> Data:
    from sklearn import datasets as packaged

    found = getattr(packaged, f"load_{name}")()
    return found.data, found.target, classes


def _jets() -> Data:
    found = datasets.jets(SHARED / "jets" / "jets_600.csv")
    return found.x, found.y, True


DATA: dict[str, Callable[[], Data]] = {
    "breast cancer": lambda: _packaged("breast_cancer"),
    "wine": lambda: _packaged("wine"),
    "iris": lambda: _packaged("iris"),
    "digits": lambda: _packaged("digits"),
    "diabetes": lambda: _packaged("diabetes", classes=False),
    "jets": _jets,
}


COLUMNS = ("data", "SymbolNet", "linear", "MLP, 32", "boosting", "tree", "nodes", "lut", "bound", "spread",
           "decided", "seconds")  # fmt: skip


def peers(classes: bool, seed: int) -> dict[str, Any]:
    """What the same rows give with scikit-learn."""
    from sklearn import ensemble, linear_model, neural_network, tree
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import StandardScaler

    kind = "Classifier" if classes else "Regressor"
    line = linear_model.LogisticRegression(max_iter=5000) if classes else linear_model.Ridge()
    net = getattr(neural_network, f"MLP{kind}")((32,), max_iter=2000, random_state=seed)
    return {
        "linear": make_pipeline(StandardScaler(), line),
        "MLP, 32": make_pipeline(StandardScaler(), net),
        "boosting": getattr(ensemble, f"HistGradientBoosting{kind}")(random_state=seed),
        "tree": getattr(tree, f"DecisionTree{kind}")(max_depth=5, random_state=seed),
    }


def measure(name: str, seed: int) -> Row:
    """One split of one data set."""
    from sklearn.model_selection import train_test_split

    from symgate.learn.symbolnet import SymbolNetClassifier, SymbolNetRegressor

    x, y, classes = DATA[name]()
    parts = train_test_split(x, y, test_size=0.3, random_state=seed, stratify=y if classes else None)
    train, test, wanted, truth = parts
    model = (SymbolNetClassifier if classes else SymbolNetRegressor)(random_state=seed)
    start = time.process_time()
    model.fit(train, wanted)
    row: Row = {"data": name, "split": seed, "seconds": time.process_time() - start}
    row["SymbolNet"] = float(model.score(test, truth))
    row["nodes"] = float(np.mean(model.fitted_.complexity()))
    for peer, other in peers(classes, seed).items():
        row[peer] = float(other.fit(train, wanted).score(test, truth))
    return row | hardware(model.fitted_, test)


def hardware(found: Any, test: Reals) -> Row:
    """LUT and certificate of the default design, and the rows that it decides."""
    build = api.compile(found.design(), options=Options(effort="quick"))
    bounds = [bound.bound for bound in build.certificate.bounds]
    row: Row = {"lut": build.report["estimate"]["lut"], "bound": max(bounds)}
    row["spread"] = max(found.decisions.spread)
    if found.classes:
        best = np.sort(found.predict(test), axis=1)
        row["decided"] = float(np.mean(best[:, -1] - best[:, -2] > 2 * max(bounds)))
    return row


def table(rows: list[Row]) -> list[Row]:
    """The mean over the splits of each data set."""
    shown = []
    for name in dict.fromkeys(row["data"] for row in rows):
        own = [row for row in rows if row["data"] == name]
        keys = [k for k in COLUMNS[1:] if k in own[0]]
        means = {k: f"{np.mean([row[k] for row in own]):.4g}" for k in keys}
        shown.append({"data": name, **means})
    return shown


def main() -> None:
    """Measure, save, print."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--data", action="append", choices=DATA)
    parser.add_argument("--splits", type=int, default=2)
    args = parser.parse_args()
    framework()
    warnings.simplefilter("ignore")  # of peers that do not converge
    rows = []
    for name in args.data or DATA:
        for seed in range(args.splits):
            rows.append(measure(name, seed))
            console.print({k: v if isinstance(v, str) else round(v, 4) for k, v in rows[-1].items()})
    kept = merge(saved("symbolnet_defaults"), rows, "data", "split")
    save("symbolnet_defaults", kept)
    show("SymbolNet by default", {n: n for n in COLUMNS}, table(kept), names=1)


if __name__ == "__main__":
    main()
