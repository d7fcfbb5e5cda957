"""Try to break symgate's promise: hostile designs, compiled and attacked for their worst input.

    python tools/attack --designs 200            # of all families, a random seed that is printed
    python tools/attack --seconds 600 --family edges
    python tools/attack --seed 7 --index 42      # one design again, with all that was found

Each failure is one line with the seed and the index that repeat it, and its design is kept in
build/attack. Ctrl-C ends with the table of what was tried.
"""

from __future__ import annotations

import argparse
import itertools
import json
import os
import platform
import random
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from importlib.metadata import version
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT))
os.environ["PYTHONPATH"] = os.pathsep.join(filter(None, [str(ROOT), os.environ.get("PYTHONPATH")]))

from rich.console import Console  # noqa: E402
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn  # noqa: E402
from rich.table import Table  # noqa: E402

from tools.attack.families import FAMILIES, design, family  # noqa: E402
from tools.attack.records import COLUMNS, Records, failure_line, keep, page, repair, save, together  # noqa: E402
from tools.attack.search import Effort  # noqa: E402
from tools.attack.workers import Limits, Result, Task, attacked  # noqa: E402

RESULTS = ROOT / "benchmarks" / "results" / "attack.json"
_SILENT = 60  # seconds between lines of progress where no terminal shows it


def options(arguments: list[str] | None = None) -> argparse.Namespace:
    """The command line."""
    parser = argparse.ArgumentParser(
        prog="attack", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    add = parser.add_argument
    add("--designs", type=int, default=None, help="stop after so many (default 100)")
    add("--seconds", type=float, default=None, help="stop after so many seconds")
    add("--family", choices=FAMILIES, help="only designs of this family")
    add("--seed", type=int, default=None, help="random by default, and printed")
    add("--index", type=int, default=None, help="only this design of the seed, with its text")
    add("--jobs", type=int, default=os.cpu_count() or 1, help="processes at a time")
    add("--limit", type=int, default=Limits.seconds, help="CPU seconds for each design")
    add("--verify-every", type=int, default=20, metavar="N", help="also run all models of each Nth")
    add("--keep", type=Path, default=Path("build/attack"), help="folder for designs that fail")
    add("--save", type=Path, default=None, help="write the counts as JSON")
    add("--each", action="store_true", help="a line for each design")
    add("--table", type=Path, nargs="*", help="print the page of saved runs, added up")
    return parser.parse_args(arguments)


def tasks(args: argparse.Namespace) -> Iterator[Task]:
    """The designs to attack, without end but for ``--designs`` and ``--index``."""
    limits = Limits(seconds=args.limit)
    if args.index is not None:
        yield Task(args.seed, args.index, True, Effort(), limits)
        return
    wanted = (k for k in itertools.count() if args.family in (None, family(k)))
    for number, index in enumerate(wanted):
        if args.designs is not None and number >= args.designs:
            return
        verify = args.verify_every > 0 and number % args.verify_every == 0
        yield Task(args.seed, index, verify, Effort(), limits)


def shown(result: Result, console: Console, args: argparse.Namespace) -> None:
    """One line for each failure, and where its design is kept."""
    verdict = result.verdict
    if args.each:
        line = (
            f"{result.index:5} {result.family:14} {verdict.outcome:9} {verdict.seconds:6.1f} CPU s"
        )
        line += f"  {verdict.inputs:9,} inputs, {verdict.tightness:.3f} of the bound"
        console.print(line, markup=False, highlight=False)
    if not verdict.failures:
        return
    folder = keep(result, args.keep)
    for f in verdict.failures:
        first = f.what.strip().splitlines()[0]
        line = f"{f.kind}: {result.family}: {first[:160]}: {repair(result)} ({folder})"
        console.print(line, markup=False, highlight=False, soft_wrap=True)


def table(records: Records) -> Table:
    """The counts by family."""
    found = Table("family", *COLUMNS)
    for row in records.rows():
        found.add_row(*row)
    for column in found.columns[1:]:
        column.justify = "right"
    return found


def run(args: argparse.Namespace, console: Console) -> Records:
    """Attack until there is no more to do, no time, or Ctrl-C."""
    records, spoken = Records(), time.monotonic()
    end = spoken + (args.seconds or float("inf"))
    columns = TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn()
    results = attacked(_until(end, tasks(args)), args.jobs)
    with Progress(*columns, console=console, transient=True) as progress:
        bar = progress.add_task("designs", total=1 if args.index is not None else args.designs)
        try:
            for result in results:
                records.add(result)
                shown(result, console, args)
                said = f"{records.total['designs']:,} designs, {len(records.failures)} failures"
                progress.update(bar, advance=1, description=said)
                if not console.is_terminal and time.monotonic() > spoken + _SILENT:
                    spoken = time.monotonic()
                    console.print(said, highlight=False)
        except KeyboardInterrupt:
            console.print("stopped")
        finally:
            results.close()
    return records


def _until(end: float, every: Iterator[Task]) -> Iterator[Task]:
    return itertools.takewhile(lambda _: time.monotonic() < end, every)


def provenance(args: argparse.Namespace) -> dict[str, object]:
    """How a saved run was made."""
    words = ["python tools/attack"]
    for name in ("designs", "seconds", "family", "seed"):
        value = getattr(args, name)
        words += (
            []
            if value is None
            else [f"--{name} {value:g}" if name == "seconds" else f"--{name} {value}"]
        )
    words += [f"--save {args.save}"]
    commit = ["git", "-C", str(ROOT), "rev-parse", "--short", "HEAD"]
    found = subprocess.run(commit, capture_output=True, text=True, check=False)
    return {
        "command": " ".join(words),
        "commit": found.stdout.strip() or "unknown",
        "limit": args.limit,
        "python": platform.python_version(),
        "versions": {name: version(name) for name in ("numpy", "python-flint")},
    }


def shown_page(files: list[Path], out: Path | None) -> int:
    """Print the page of saved runs, added up; write their sum to ``out``."""
    runs = [json.loads(file.read_text(encoding="utf-8")) for file in files]
    whole = together(runs) if len(runs) > 1 else runs[0]
    if out is not None:
        out.write_text(json.dumps(whole, indent=1) + "\n", encoding="utf-8")
    print(page(whole), end="")
    return 0


def main(arguments: list[str] | None = None) -> int:
    """Run; the exit code is 1 where a design failed."""
    args, console = options(arguments), Console(width=None if sys.stdout.isatty() else 160)
    if args.table is not None:
        return shown_page(args.table or [RESULTS], args.save)
    for number in (signal.SIGINT, signal.SIGTERM):  # also where a shell started this aside
        signal.signal(number, signal.default_int_handler)
    if args.seed is None:
        args.seed = random.randrange(10**6)
    if args.designs is None and args.seconds is None:
        args.designs = 100
    console.print(f"seed {args.seed}", highlight=False)
    if args.index is not None:
        console.print(design(args.seed, args.index).text, markup=False, highlight=False)
    records = run(args, console)
    console.print(table(records))
    for reason, count in records.reasons.most_common(8):
        console.print(f"refused {count:5,}: {reason}", markup=False, highlight=False)
    for failure in records.failures:  # once more, where the end of a log is all that is kept
        console.print(failure_line(failure), markup=False, highlight=False, soft_wrap=True)
    if args.save is not None:
        save(records, provenance(args), args.save)
    return 1 if records.failures else 0


if __name__ == "__main__":
    sys.exit(main())
