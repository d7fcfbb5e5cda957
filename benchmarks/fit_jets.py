"""`symgate fit` on classes: five jets from 16 features, on rows that neither search nor choice saw.

    python benchmarks/fit_jets.py                   # 3 seeds x 3 folds of the 600 real jets
    python benchmarks/fit_jets.py --seconds 40 --seeds 1
    python benchmarks/fit_jets.py --real            # real training rows alone
    python benchmarks/fit_jets.py --table           # the table of what was measured before

Each fold fits 400 real jets and 4,000 synthetic rows (`jet_rows.py`: drawn around these, labelled by
a published network that never saw the 600 jets), and chooses by 1,500 other synthetic rows (with
--real, by a quarter of the real ones). The 200 jets of the fold judge the choice: by float64 and by
the certified firmware. An accuracy of 600 jets has a standard error of 1.8 %. Results are kept in
build/fit_jets.json after each fold.
"""

from __future__ import annotations

import argparse
import json
import time
from dataclasses import replace
from typing import Any

import jet_rows
import numpy as np
from common import ROOT

from symgate.errors import InputError
from symgate.learn.data import Samples
from symgate.learn.fit.found import Found
from symgate.learn.fit.hardware import Firm
from symgate.learn.fit.ports import Ports
from symgate.learn.fit.search import Search, fit_tasks, task_of
from symgate.learn.fit.task import Task
from symgate.report.estimate import luts

KEPT = ROOT / "build" / "fit_jets.json"
FOLDS, SYNTHETIC, CHOOSING, REAL_WEIGHT = 3, 4000, 1500, 2.0
#: What is chosen from each front.
PICKS = {
    "at most 20 nodes, 100 LUT": "largest<=20, lut<=100",
    "any size, 100 LUT": "lut<=100",
    "any size, 250 LUT": "lut<=250",
}


def joined(real: Task, x: np.ndarray, shares: np.ndarray) -> Task:
    """Real rows, which count more, and synthetic ones."""
    weights = np.concatenate([np.full(len(real.y), REAL_WEIGHT), np.ones(len(x))])
    return replace(
        real, x=np.concatenate([real.x, x]), y=np.concatenate([real.y, shares]), weights=weights
    )


def training(jets: jet_rows.Jets, rows: Samples, search: Search, real: bool) -> tuple[Task, Task]:
    """What is fitted, and what the choice is made by."""
    task = task_of(rows, search)
    if real:
        cut = len(rows) // 4
        return task.take(np.arange(cut, len(rows))), task.take(np.arange(cut))
    drawn, shares = jets.synthetic(rows, SYNTHETIC + CHOOSING, search.seed)
    fitted = joined(task, drawn.x[:SYNTHETIC], shares[:SYNTHETIC])
    return fitted, replace(task, x=drawn.x[SYNTHETIC:], y=shares[SYNTHETIC:])


def measure(jets: jet_rows.Jets, seed: int, fold: int, args: argparse.Namespace) -> dict[str, Any]:
    """One fold with one seed."""
    train, test = jet_rows.folds(len(jets.real), FOLDS, seed)[fold]
    search = Search(args.seconds, ("basis",), seed, bits=args.bits)
    raw = training(jets, jets.real.take(train), search, args.real)
    ports = Ports.of(raw[0].x, raw[0].names, args.bits)
    empty = Found(jets.real.outputs, dict.fromkeys(raw[0].names, (-8.0, 8.0)), (), 0.0, True, ports)
    found = fit_tasks(raw, empty, search, measure=luts)
    judge = task_of(jets.real.take(test), search)
    firm = Firm(raw[0], judge, luts, lambda c: found.design(c, search.options), ports)
    out: dict[str, Any] = {"seconds": found.seconds, "front": len(found.candidates)}
    for name, wanted in PICKS.items():
        try:
            best = firm.judged(found.pick(wanted))
        except InputError:  # nothing so small was compiled in time
            continue
        out[name] = {"float": best.accuracy, "fixed": best.fixed_accuracy, "lut": best.lut,
                     "nodes": best.nodes, "largest": best.largest}  # fmt: skip
    return out


def table(kept: dict[str, dict[str, Any]]) -> str:
    """Means over all seeds and folds."""
    lines = [
        "| | runs | float % | firmware % | LUT | nodes per class, most and mean |",
        "|---|---|---|---|---|---|",
    ]
    for where in sorted({key.rpartition(", seed")[0] for key in kept}):
        rows = [row for key, row in kept.items() if key.startswith(where + ", seed")]
        for name in PICKS:
            found = [row[name] for row in rows if name in row]
            if not found:
                continue
            right = [[100 * r[kind] for r in found] for kind in ("float", "fixed")]
            spread = [
                f"{np.mean(v):.1f} +- {np.std(v, ddof=1) if len(v) > 1 else 0:.1f}" for v in right
            ]
            sizes = [r["lut"] for r in found]
            most, mean = max(r["largest"] for r in found), np.mean([r["nodes"] / 5 for r in found])
            lines.append(
                f"| {where}: {name} | {len(found)} | {spread[0]} | {spread[1]} | "
                f"{np.mean(sizes):.0f} ({min(sizes):.0f} to {max(sizes):.0f}) | {most}, {mean:.0f} |"
            )
    return "\n".join(lines)


def main() -> None:
    """Measure, keep, print."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--seconds", type=float, default=60, help="processor time of a search")
    parser.add_argument("--bits", type=int, default=6)
    parser.add_argument("--seeds", type=int, default=3)
    parser.add_argument("--real", action="store_true", help="no synthetic rows")
    parser.add_argument("--again", action="store_true")
    parser.add_argument("--table", action="store_true")
    args = parser.parse_args()
    kept = json.loads(KEPT.read_text()) if KEPT.exists() else {}
    if not args.table:
        jets = jet_rows.load()
        kind = "real rows" if args.real else "with synthetic rows"
        for seed in range(args.seeds):
            for fold in range(FOLDS):
                key = f"{kind}, {args.bits} bits, {args.seconds:g} s, seed {seed}, fold {fold}"
                if key in kept and not args.again:
                    continue
                start = time.process_time()
                kept[key] = measure(jets, seed, fold, args)
                print(f"{key}: {time.process_time() - start:.0f} s {kept[key]}", flush=True)
                KEPT.parent.mkdir(exist_ok=True)
                KEPT.write_text(json.dumps(kept, indent=0))
    print(table(kept))


if __name__ == "__main__":
    main()
