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
import random
import re
import subprocess
import sys
import tempfile
import warnings
from collections import Counter
from collections.abc import Iterator, Sequence
from itertools import zip_longest
from pathlib import Path

from common import ROOT, Row, merge, save, saved, show
from limited import limited
from suites import Item, dso, feynman, fpcores, jets

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


def in_turns(suites: Sequence[Sequence[Item]], seed: int) -> Iterator[Item]:
    """The formulas of all suites, one of each in turn, in a random order."""
    shuffled = [random.Random(seed).sample(list(s), len(s)) for s in suites]
    for turn in zip_longest(*shuffled):
        yield from (item for item in turn if item is not None)


def measure(item: Item, seed: int) -> Row:
    """What becomes of one formula."""
    from symgate import api
    from symgate.errors import BrokenPromise, SymgateError

    warnings.simplefilter("ignore")
    with tempfile.TemporaryDirectory() as top:
        source = item.write(Path(top))
        try:
            build = api.compile(source, Path(top) / "b", options=item.options())
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
    suites = [[item for item in s if item.has_inputs] for s in (feynman(), dso(), jets())]
    suites.append(list(fpcores("fpbench", args.fpbench)) if args.fpbench else [])
    for item in in_turns(suites, args.seed):
        if sum(r["outcome"] in DONE for r in rows) >= args.builds:
            break
        if any((r["suite"], r["name"]) == (item.suite, item.name) for r in rows):
            continue
        found = limited(measure, item, args.seed, seconds=args.seconds)
        row = {"suite": item.suite, "name": item.name, "commit": commit(), **found}
        rows = merge(rows, [row], "suite", "name")
        save(RESULT, rows, seed_of_order=args.seed, seconds=args.seconds, vectors=VECTORS)
        told = " ".join([*found.get("problems", ()), *found.get("notes", ())])
        print(item.suite, item.name, found["outcome"], found.get("seconds"), told, flush=True)
    return rows


if __name__ == "__main__":
    sys.exit(main())
