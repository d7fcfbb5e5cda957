"""How long compiling takes, and how close the bounds are, beside an earlier checkout.

    git worktree add ../base a7408ee
    python tools/compile_time.py --base ../base                # the tagger, MNIST, two formulas
    python tools/compile_time.py --base ../base --design jets --runs 5

Each design is compiled --runs times by each checkout in turn, in a process of its own with an empty
cache. Shown is the median of user seconds: these depend less on what else the machine does than
seconds by the clock. Exit code 1 where a design takes more than 5 % and more than a second longer,
or a bound is looser.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from statistics import median

from rich.console import Console
from rich.table import Table
from same_output import ROOT, work

DESIGNS = ("jets", "mnist", "feynman-0", "feynman-40")
LONGER, SECONDS = 0.05, 1.0  # what is allowed: the share, or the seconds, whichever is more
ROUNDING = 1e-5  # relative: what a bound may grow by so that a second proof rounds below it
HEADINGS = (
    "design", "before", "after", "change", "LUT before", "LUT after", "largest bound ratio",
    "of target before", "of target after", "verdict",
)  # fmt: skip


@dataclass
class Measured:
    """What one checkout does with one design."""

    seconds: list[float] = field(default_factory=list)
    bounds: Mapping[str, float] = field(default_factory=dict)
    share: float = 0.0  # the largest bound over what the design allows
    lut: float = 0.0


def compiled(command: Sequence[str], project: Path, into: Measured) -> None:
    """Run one compilation and add its user seconds, bounds and LUTs."""
    with tempfile.TemporaryDirectory() as top:
        out = Path(top) / "out"
        env = os.environ | {"PYTHONPATH": str(project), "XDG_CACHE_HOME": f"{top}/cache"}
        whole = [str(out) if word == "OUT" else word for word in command]
        quiet = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
        process = subprocess.Popen(whole, cwd=project, env=env, **quiet)  # type: ignore[call-overload]
        _, status, usage = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
        if process.returncode:
            raise SystemExit(f"{project} does not compile it: {' '.join(whole[-4:])}")
        into.seconds.append(usage.ru_utime)
        proved = json.loads((out / "certificate.json").read_text(encoding="utf-8"))
        into.bounds = {b["output"]: b["bound"] for b in proved["bounds"]}
        into.share = max(b["bound"] / b["target"] for b in proved["bounds"] if b["target"])
        report = json.loads((out / "report.json").read_text(encoding="utf-8"))
        into.lut = report["estimate"]["lut"]


def measure(name: str, base: Path, runs: int) -> tuple[Measured, Measured]:
    """The design by the earlier checkout and by this one, in turn."""
    before, after = Measured(), Measured()
    pairs = [(base, before), (ROOT, after)]
    for number in range(runs):
        for project, into in pairs if number % 2 else pairs[::-1]:
            compiled(work(project, False)[name], project, into)
    return before, after


def looser(before: Measured, after: Measured) -> float:
    """The largest bound of an output over its bound before."""
    return max(
        after.bounds[n] / b if b else 1.0 + after.bounds[n] for n, b in before.bounds.items()
    )


def row(name: str, before: Measured, after: Measured) -> tuple[list[str], bool]:
    """A line of the table, and whether all is as it should be."""
    old, new = median(before.seconds), median(after.seconds)
    slow = new - old > max(LONGER * old, SECONDS)
    ratio = looser(before, after)
    loose = ratio > 1 + ROUNDING
    verdicts = [text for text, wrong in (("longer", slow), ("looser", loose)) if wrong]
    cells = [name, f"{old:.1f} s", f"{new:.1f} s", f"{100 * (new / old - 1):+.0f} %"]
    cells += [f"{before.lut:,}", f"{after.lut:,}", f"x {ratio:.4f}"]
    cells += [f"{100 * before.share:.1f} %", f"{100 * after.share:.1f} %"]
    cells.append(", ".join(verdicts) or "ok")
    return cells, not verdicts


def main() -> int:
    """Measure and print the table."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--base", type=Path, required=True, metavar="CHECKOUT")
    parser.add_argument("--design", action="append", help=f"of {', '.join(DESIGNS)} or others")
    parser.add_argument("--runs", type=int, default=3)
    args = parser.parse_args()
    table = Table(title=f"User seconds, median of {args.runs}")
    for heading in HEADINGS:
        table.add_column(heading, justify="left" if heading == "design" else "right")
    good = True
    for name in args.design or DESIGNS:
        cells, right = row(name, *measure(name, args.base.resolve(), args.runs))
        good = good and right
        table.add_row(*cells)
        print(" ".join(cells), flush=True)
    Console().print(table)
    return 0 if good else 1


if __name__ == "__main__":
    sys.exit(main())
