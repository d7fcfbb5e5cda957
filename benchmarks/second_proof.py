"""Third-party formulas, compiled and verified: is every bound proved a second time?

    python benchmarks/second_proof.py --fpbench FOLDER     # until 200 builds are done
    python benchmarks/second_proof.py --table              # what was measured before

The formulas are those of ../shared/data/expressions (Feynman, DSO, jets) and the cores of the
.fpcore files in FOLDER, from 12-bit inputs to within 2^-8 of their range. Suites take turns, each in
a random order of the seed. A build that takes more than --seconds of processor time is "too long".
Results are kept after each build, so that a run that was stopped goes on; --again measures anew.

Each build is proved (every claim holds), open (nothing contradicts it) or refuted, and what is
refuted must show the input. Exit code 1 where one does not, a bound is violated or symgate fails.
"""

from __future__ import annotations

import argparse
import multiprocessing
import random
import re
import resource
import subprocess
import sys
import tempfile
import warnings
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import zip_longest
from multiprocessing.connection import Connection
from pathlib import Path

from common import ROOT, Row, merge, save, saved, show
from suites import BITS, ERROR, Item, dso, feynman, jets, used_names

RESULT = "second_proof"
WANTED, SECONDS, VECTORS, SEED = 200, 60.0, 20_000, 0
#: An input in a sentence, such as "at x = 0.5 (code 3)".
SHOWN = re.compile(r"\bat .*\b\w+ = ")
DONE = ("proved", "open", "refuted", "wrong")
COLUMNS = {
    "suite": "suite", "builds": "builds", "proved": "proved", "open": "open",
    "refuted": "refuted", "without": "refuted, no input", "wrong": "other problems",
    "refused": "refused", "too long": "too long", "failed": "failed",
}  # fmt: skip


@dataclass(frozen=True)
class Formula:
    """One source that the frontend reads, and what a user states beside it."""

    suite: str
    name: str
    text: str
    item: Item | None = None


def from_suite(items: Iterator[Item]) -> Iterator[Formula]:
    """The equations of a suite that have inputs."""
    for item in items:
        used, functions = used_names(item.text)
        if used - functions - {"pi", "e", "E"}:
            output = next(n for n in ("y", "out", "result") if n not in used)
            yield Formula(item.suite, item.name, f"{output} = {item.text}\n", item)


def fpbench(folder: Path) -> Iterator[Formula]:
    """Every core of the files in ``folder``, each as a source of its own."""
    for path in sorted(folder.rglob("*.fpcore")):
        text = path.read_text(encoding="utf-8")
        starts = [m.start() for m in re.finditer(r"^\(FPCore", text, re.MULTILINE)]
        ends = [*starts[1:], len(text)]
        for number, (start, end) in enumerate(zip(starts, ends, strict=True), 1):
            yield Formula("fpbench", f"{path.stem} {number}", text[start:end])


def in_turns(suites: Sequence[Sequence[Formula]], seed: int) -> Iterator[Formula]:
    """The formulas of all suites, one of each in turn, in a random order."""
    shuffled = [random.Random(seed).sample(list(s), len(s)) for s in suites]
    for turn in zip_longest(*shuffled):
        yield from (formula for formula in turn if formula is not None)


def measure(formula: Formula, seed: int) -> Row:
    """What becomes of one formula."""
    from symgate import api
    from symgate.errors import BrokenPromise, SymgateError

    warnings.simplefilter("ignore")
    with tempfile.TemporaryDirectory() as top:
        source = Path(top) / ("a.txt" if formula.item else "a.fpcore")
        source.write_text(formula.text, encoding="utf-8")
        try:
            build = api.compile(source, Path(top) / "b", options=_options(formula))
        except BrokenPromise as e:
            return {"outcome": "failed", "problem": str(e)}
        except SymgateError as e:
            return {"outcome": "refused", "problem": str(e).partition("\n")[0]}
        found = api.verify(build, tools=["numpy"], vectors=VECTORS, seed=seed)
    verdicts = [o.verdict for o in found.recheck]
    known = {"re-proved": "proved", "not re-proved": "open"}
    outcome = next((known[v] for v in known if set(verdicts) == {v}), "")
    outcome = outcome or ("refuted" if "refuted" in verdicts else "open")
    if found.problems and outcome != "refuted":
        outcome = "wrong"
    return {"outcome": outcome, "problems": found.problems, "notes": found.notes}


def _options(formula: Formula) -> object:
    from symgate.api import Options

    if formula.item is None:
        return Options(bits=BITS, relative_error=ERROR)
    item, (used, _) = formula.item, used_names(formula.item.text)
    ranges = {n: [*map(str, r)] for n, r in item.ranges.items() if n == "*" or n in used}
    return Options(bits=BITS, relative_error=ERROR, functions=item.functions, ranges=ranges)


def limited(formula: Formula, seconds: float, seed: int) -> Row:
    """`measure` in a process of its own, with a limit of processor time."""
    here, there = multiprocessing.Pipe(duplex=False)
    process = multiprocessing.Process(target=_child, args=(there, formula, seconds, seed))
    process.start()
    there.close()
    try:
        found: Row = here.recv()
    except EOFError:
        found = {"outcome": "too long" if _ran_out(process) else "failed"}
    process.join()
    return found


def _child(pipe: Connection, formula: Formula, seconds: float, seed: int) -> None:
    limit = int(seconds)
    resource.setrlimit(resource.RLIMIT_CPU, (limit, limit + 5))
    try:
        found = measure(formula, seed)
    except Exception as e:  # a bug of ours: the table counts it
        found = {"outcome": "failed", "problem": f"{type(e).__name__}: {e}"}
    usage = resource.getrusage(resource.RUSAGE_SELF)
    pipe.send({**found, "seconds": round(usage.ru_utime, 2)})


def _ran_out(process: multiprocessing.Process) -> bool:
    import signal

    process.join()
    return process.exitcode in (-signal.SIGXCPU, -signal.SIGKILL)


def commit() -> str:
    """The commit that is measured, with a plus where files of symgate differ from it."""

    def git(*args: str) -> str:
        command = ["git", "-C", str(ROOT), *args]
        return subprocess.run(command, check=True, capture_output=True, text=True).stdout.strip()

    return git("rev-parse", "--short", "HEAD") + "+" * bool(git("status", "-s", "--", "symgate"))


def without_input(row: Row) -> bool:
    """Whether something is refuted and no input shows it."""
    wrong = [p for p in row.get("problems", ()) if " is wrong: " in p]
    return any(not SHOWN.search(p) for p in wrong)


def table(rows: Sequence[Row]) -> None:
    """Print the counts of each suite, and what is not as it should be."""
    suites = [*dict.fromkeys(r["suite"] for r in rows)]
    lines = [_counts(s, [r for r in rows if r["suite"] == s]) for s in suites]
    lines.append(_counts("all", rows))
    show("Third-party builds, proved a second time", COLUMNS, lines)
    for r in rows:
        if r["outcome"] in ("refuted", "wrong", "failed"):
            told = [*r.get("problems", ()), *filter(None, [r.get("problem")])]
            print(f"{r['suite']} {r['name']}: {r['outcome']}: {'; '.join(told)}")


def _counts(suite: str, rows: Sequence[Row]) -> Row:
    counts = Counter(r["outcome"] for r in rows)
    builds = sum(counts[kind] for kind in DONE)
    return {**counts, "suite": suite, "builds": builds, "without": sum(map(without_input, rows))}


def main() -> int:
    """Measure, keep, print."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--fpbench", type=Path, metavar="FOLDER", help="with .fpcore files")
    parser.add_argument("--builds", type=int, default=WANTED)
    parser.add_argument("--seconds", type=float, default=SECONDS, help="limit for one build")
    parser.add_argument("--seed", type=int, default=SEED)
    parser.add_argument("--again", action="store_true")
    parser.add_argument("--table", action="store_true")
    args = parser.parse_args()
    rows = [] if args.again else saved(RESULT)
    if not args.table:
        rows = run(rows, args)
    table(rows)
    bad = any(r["outcome"] in ("wrong", "failed") or without_input(r) for r in rows)
    return 1 if bad else 0


def run(rows: list[Row], args: argparse.Namespace) -> list[Row]:
    """Measure until enough builds are done; the rows of all."""
    suites = [list(from_suite(s)) for s in (feynman(), dso(), jets())]
    suites.append(list(fpbench(args.fpbench)) if args.fpbench else [])
    for formula in in_turns(suites, args.seed):
        if sum(r["outcome"] in DONE for r in rows) >= args.builds:
            break
        if any((r["suite"], r["name"]) == (formula.suite, formula.name) for r in rows):
            continue
        found = limited(formula, args.seconds, args.seed)
        row = {"suite": formula.suite, "name": formula.name, "commit": commit(), **found}
        rows = merge(rows, [row], "suite", "name")
        save(RESULT, rows, seed_of_order=args.seed, seconds=args.seconds, vectors=VECTORS)
        told = " ".join([*found.get("problems", ()), *found.get("notes", ())])
        print(formula.suite, formula.name, found["outcome"], found.get("seconds"), told, flush=True)
    return rows


if __name__ == "__main__":
    sys.exit(main())
