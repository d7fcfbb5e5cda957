"""The effort "quick" beside the full one: LUT ratio and processor seconds over three suites.

    python benchmarks/quick.py                    # Feynman (80), every 4th of DSO, every 6th of jets
    python benchmarks/quick.py --step 4           # every 4th of these
    python benchmarks/quick.py --again            # also compile with full effort, which takes hours

The full counts are those that `suites.py` saved, unless ``--again``. Seconds are from the text of the
expression to the graph with its certificate and LUT count (`passes.compiler.price`), each with empty
caches; "files" is what `symgate.compile` adds to that.
"""

from __future__ import annotations

import argparse
import json
import tempfile
import time
import warnings
from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path

from common import Row, save, show
from suites import RESULTS, SUITES, Item

from symgate import caches
from symgate.errors import SymgateError
from symgate.frontend.load import load_any
from symgate.passes.compiler import price
from symgate.report.estimate import luts

STEPS = {"feynman": 1, "dso": 4, "jets": 6}
WITHIN = 1.15
COLUMNS = {
    "suite": "suite", "count": "compiled", "refused": "refused", "within": "within 15 %, %",
    "ratio.median": "LUT ratio", "ratio.most": "90 %", "ratio.worst": "worst",
    "cpu.median": "CPU s", "cpu.most": "90 %", "cpu.worst": "worst", "last": "worst of all",
}  # fmt: skip


def items(step: int) -> Iterator[Item]:
    """The expressions that are compiled."""
    for suite, usual in STEPS.items():
        yield from [item for item in SUITES[suite]() if item.has_inputs][:: usual * step]


def measure(item: Item, effort: str) -> Row:
    """One expression compiled with some effort."""
    caches.current().drop()
    with tempfile.TemporaryDirectory() as name:
        source = item.write(Path(name))
        start = time.process_time()
        try:
            design = load_any(source, replace(item.options(), effort=effort))
            found = price(design, luts, effort)
        except SymgateError as e:
            return {"outcome": "refused", "reason": str(e), "cpu": time.process_time() - start}
    cpu = round(time.process_time() - start, 3)
    return {"outcome": "compiled", "cpu": cpu, "lut": found.luts, "cycles": found.cycles}


def full_counts() -> dict[tuple[str, str], float]:
    """What `suites.py` saved of expressions that compile."""
    kept = json.loads(RESULTS.read_text(encoding="utf-8"))
    return {
        (suite, name): row["lut"]
        for suite, rows in kept.items()
        for name, row in rows.items()
        if row["outcome"] == "compiled"
    }


def measured(step: int, again: bool) -> list[Row]:
    """A row of each expression that compiles with full effort."""
    rows, known = [], {} if again else full_counts()
    for item in items(step):
        key = item.suite, item.name
        full = measure(item, "full").get("lut") if again else known.get(key)
        if full is not None:
            rows.append({"suite": key[0], "name": key[1], "full": full, **measure(item, "quick")})
    return rows


def summary(suite: str, rows: Sequence[Row]) -> Row:
    """One line of the table."""
    done = [row for row in rows if row["outcome"] == "compiled"]
    ratios = sorted((row["lut"] / max(1.0, row["full"]), row["name"]) for row in done)
    values = [ratio for ratio, _ in ratios]
    worst = ratios[-1][1]
    return {
        "suite": suite, "count": len(done), "refused": len(rows) - len(done),
        "within": 100 * sum(value <= WITHIN for value in values) / len(rows),
        "ratio": spread(values), "cpu": spread([row["cpu"] for row in rows]), "last": worst,
    }  # fmt: skip


def spread(values: Sequence[float]) -> dict[str, float]:
    """Median, 90 % and the largest."""
    ordered = sorted(values)
    most = ordered[min(len(ordered) - 1, int(0.9 * len(ordered)))]
    return {"median": ordered[len(ordered) // 2], "most": most, "worst": ordered[-1]}


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--step", type=int, default=1)
    parser.add_argument("--again", action="store_true")
    given = parser.parse_args()
    warnings.simplefilter("ignore")
    rows = measured(given.step, given.again)
    save("quick", rows, step=given.step)
    lines = [summary(suite, [r for r in rows if r["suite"] == suite]) for suite in STEPS]
    show("The effort quick beside full", COLUMNS, [*lines, summary("all", rows)])


if __name__ == "__main__":
    main()
