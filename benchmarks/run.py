"""All benchmarks: measure, save to benchmarks/results, print the tables that the README quotes.

python benchmarks/run.py            everything, some hours
python benchmarks/run.py --quick    a part of it in about 3 minutes; saves nothing
python benchmarks/run.py --saved    print what was saved, measure nothing
"""

from __future__ import annotations

import argparse
import subprocess
import sys
from collections.abc import Callable, Mapping

import cmvm
import mnist
import pareto
import problems
import random_expressions
import scaling
import taggers
from common import HERE, SHARED, console, saved, show

Part = Callable[[], object]


def functions(*options: str) -> None:
    """The generators of functions of one variable, which have a script of their own."""
    subprocess.run([sys.executable, str(HERE / "functions.py"), *options], check=False)


FULL: Mapping[str, Part] = {
    "taggers": lambda: taggers.run(problems.taggers(), quick=False),
    "functions": functions,
    "mnist": lambda: mnist.run([5.0], synth=True, keep=True) if SHARED.is_dir() else None,
    "cmvm": lambda: cmvm.run([4, 8, 16, 32], [4, 8, 12], 3, synth=8, keep=True),
    "random_expressions": lambda: random_expressions.run(1000, 0.5, keep=True),
    "pareto": lambda: pareto.run(20, [3, 6, 9]),
    "scaling": lambda: scaling.run(scaling.SIZES[-1]),
}
QUICK: Mapping[str, Part] = {
    "taggers": lambda: taggers.run(["sincos"], quick=True),
    "functions": lambda: functions("--functions", "sin", "--bits", "8,10"),
    "cmvm": lambda: cmvm.run([4, 8], [8], 1, synth=0, keep=False),
    "random_expressions": lambda: random_expressions.run(20, 0.2, keep=False),
    "pareto": lambda: pareto.run(2, [], [4, 6], keep=False),
    "scaling": lambda: scaling.run(1_000),
}


def print_saved() -> None:
    """The tables of earlier runs."""
    for name in dict.fromkeys(row["design"] for row in saved("taggers")):
        rows = [row for row in saved("taggers") if row["design"] == name]
        show(f"Jet tagger: {name}", taggers.COLUMNS, rows, taggers.NOTE)
    show("Ten MNIST expressions", mnist.COLUMNS, saved("mnist"))
    show("Constant matrix times vector", cmvm.COLUMNS, saved("cmvm"), names=2)
    show(
        "Certified bound against observed error",
        random_expressions.COLUMNS,
        saved("random_expressions"),
    )
    show("PySR jet tagger: size against certified error", pareto.COLUMNS, saved("pareto"))
    if rows := saved("scaling"):
        show("Expression passes: processor seconds", scaling.columns(rows), rows)


def main() -> None:
    """Run the parts that were asked for, in turn; one that breaks does not stop the others."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--quick", action="store_true", help="a part of it, in about 3 minutes")
    parser.add_argument("--saved", action="store_true", help="print saved results")
    parser.add_argument(
        "--only", nargs="+", choices=list(FULL), default=list(FULL), help="some of the parts"
    )
    options = parser.parse_args()
    if options.saved:
        print_saved()
        return
    failed = []
    for name, part in (QUICK if options.quick else FULL).items():
        if name in options.only and not works(name, part):
            failed.append(name)
    if failed:
        sys.exit(f"failed: {', '.join(failed)}")


def works(name: str, part: Part) -> bool:
    """Run one part; say what broke."""
    console.rule(name)
    try:
        part()
    except Exception:
        console.print_exception(max_frames=4)
        return False
    return True


if __name__ == "__main__":
    main()
