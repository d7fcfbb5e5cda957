"""Third-party suites, each equation from 12-bit inputs to within 2^-8 of its range: compiled and verified, or refused.

    python benchmarks/suites.py                               # all of them: hours
    python benchmarks/suites.py --suite feynman --sample 8    # eight of one, evenly spaced
    python benchmarks/suites.py --table                       # the table of what was measured before

The expressions are those of ../shared/data/expressions. An equation that takes more than --seconds is "too long".
Results are kept in build/suites.json after each one, so that a run that was stopped goes on; --again measures anew.
"""

from __future__ import annotations

import argparse
import json
import multiprocessing
import re
import sys
import tempfile
import time
import warnings
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from statistics import median
from typing import Any

ROOT = Path(__file__).parent.parent
sys.path.insert(0, str(ROOT))
DATA, KEPT = ROOT.parent / "shared" / "data" / "expressions", ROOT / "build" / "suites.json"
BITS, ERROR, VECTORS = 12, "2^-8", 20_000


@dataclass(frozen=True)
class Item:
    """One equation: its suite, its name, its text, and the range of each input (under ``*`` for all others)."""

    suite: str
    name: str
    text: str
    ranges: Mapping[str, tuple[float, float]]
    functions: tuple[str, ...] = field(default=())


def _json(name: str) -> Any:
    return json.loads((DATA / name).read_text(encoding="utf-8"))


def feynman() -> Iterator[Item]:
    """The 80 Feynman equations with their ranges."""
    for row in _json("feynman_80.json"):
        yield Item("feynman", row["name"], row["formula"], {n: (lo, hi) for n, lo, hi in row["vars"]})


def dso() -> Iterator[Item]:
    """The benchmarks of Deep Symbolic Optimization; the ranges are those of their training points."""
    for row in _json("dso_benchmarks.json"):
        ranges = {"*" if n == "all" else n: tuple(next(iter(r.values()))[:2]) for n, r in row["train"].items()}
        yield Item("dso", row["name"], row["expression"], ranges, ("div(a, b) = a/b",))


def jets() -> Iterator[Item]:
    """Every equation of the five PySR fronts of a jet tagger, on standardised features."""
    fronts = _json("jets.json")["pysr_hall_of_fame"]
    for output, front in zip(fronts["outputs"], fronts["pareto_fronts"], strict=True):
        for number, text in enumerate(front):
            yield Item("jets", f"{output}{number}", text, {"*": (-4, 4)}, ("sc(x) = sin(x)*cos(x)",))


def symbolnet() -> Iterator[Item]:
    """The ten outputs of a SymbolNet on MNIST, pixels from 0 to 1."""
    data = _json("symbolnet_mnist.json")
    for output, text in zip(data["outputs"], data["exprs"], strict=True):
        yield Item("symbolnet", f"digit {output}", text, {"*": (0, 1)})


SUITES = {"feynman": feynman, "dso": dso, "jets": jets, "symbolnet": symbolnet}


def measure(item: Item, search: float) -> dict[str, Any]:
    """What becomes of one equation."""
    from symgate import api
    from symgate.errors import SymgateError

    warnings.simplefilter("ignore")
    ranges = {n: [*map(str, r)] for n, r in item.ranges.items()}
    used = set(re.findall(r"[A-Za-z_]\w*", item.text))
    options = api.Options(bits=BITS, relative_error=ERROR, functions=item.functions,
                          ranges={n: r for n, r in ranges.items() if n == "*" or n in used})  # fmt: skip
    if not used.difference(re.findall(r"([A-Za-z_]\w*)\s*\(", item.text), {"pi", "e", "E"}):
        return {"outcome": "constant"}
    with tempfile.TemporaryDirectory() as folder:
        start = time.perf_counter()
        try:
            build = api.compile(f"y = {item.text}\n", Path(folder) / "b", options=options, search_seconds=search)
        except SymgateError as e:
            return {"outcome": "refused", "reason": str(e), "seconds": time.perf_counter() - start}
        seconds = time.perf_counter() - start
        found = api.verify(build, tools=["cpp"], vectors=VECTORS)
        return {
            "outcome": "compiled",
            "seconds": seconds,
            "lut": build.report["estimate"]["lut"],
            "cycles": build.report["latency"]["cycles"],
            "bound": build.certificate.bounds[0].bound,
            "mismatches": found.mismatches,
            "problems": found.problems,
            "models": found.models,
        }


def _send(pipe: Any, item: Item, search: float) -> None:
    try:
        pipe.send(measure(item, search))
    except Exception as e:  # a bug of ours: the table counts it
        pipe.send({"outcome": "failed", "reason": f"{type(e).__name__}: {e}"})


def limited(item: Item, seconds: float, search: float) -> dict[str, Any]:
    """`measure` in a process of its own, ended after ``seconds``."""
    here, there = multiprocessing.Pipe(duplex=False)
    process = multiprocessing.Process(target=_send, args=(there, item, search))
    process.start()
    there.close()
    try:
        found: dict[str, Any] = here.recv() if here.poll(seconds) else {"outcome": "too long", "seconds": seconds}
    except EOFError:
        found = {"outcome": "failed", "reason": "the process ended"}
    process.terminate()
    process.join()
    return found


def short(reason: str) -> str:
    """A refusal without its particulars, for counting."""
    text = reason.partition("\n")[0].removeprefix("error: ")
    text = re.sub(r"\b(?:of|by|in) '.*'", "", re.sub(r"output '\w+'", "output", text))
    return " ".join(re.sub(r"-?\d[\d.e+-]*", "n", text).split())


def row(suite: str, results: Mapping[str, dict[str, Any]]) -> str:
    """One line of the table."""
    found = [r for r in results.values() if r["outcome"] != "constant"]
    done = [r for r in found if r["outcome"] == "compiled"]
    other = [r for r in found if r["outcome"] != "compiled"]
    reasons = Counter(short(r["reason"]) if "reason" in r else r["outcome"] for r in other).most_common(3)
    why = "; ".join(f"{n} x {reason}" for reason, n in reasons)
    luts = f"{median(r['lut'] for r in done):.0f}" if done else "-"
    worst = f"{max(r['seconds'] for r in done):.0f} s" if done else "-"
    broken = sum(any("bound" in p or "off by" in p for p in r["problems"]) for r in done)
    bits = sum(r["mismatches"] > 0 for r in done)
    share = f"{100 * len(done) / len(found):.0f} %" if found else "-"
    return (f"| {suite} | {len(found)} | {len(done)} ({share}) | {len(other)}: {why} | {luts} | {worst} "
            f"| {broken} | {bits} |")  # fmt: skip


COLUMNS = ("suite", "equations", "compiled", "not, and why", "median LUT", "worst compile", "bound violations",
           "bit mismatches")  # fmt: skip
HEAD = f"| {' | '.join(COLUMNS)} |\n|{'---|' * len(COLUMNS)}"


def table(kept: Mapping[str, dict[str, dict[str, Any]]]) -> str:
    """The table of all suites that were measured."""
    return "\n".join([HEAD, *(row(suite, kept[suite]) for suite in SUITES if kept.get(suite))])


def sampled(items: list[Item], wanted: int | None) -> list[Item]:
    """``wanted`` of the items, evenly spaced."""
    if wanted is None or wanted >= len(items):
        return items
    return [items[k * len(items) // wanted] for k in range(wanted)]


def main() -> None:
    """Measure, keep, print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--suite", action="append", choices=sorted(SUITES))
    parser.add_argument("--sample", type=int)
    parser.add_argument("--seconds", type=float, default=600, help="limit for one equation")
    parser.add_argument("--search-seconds", type=float, default=0)
    parser.add_argument("--again", action="store_true")
    parser.add_argument("--table", action="store_true")
    args = parser.parse_args()
    kept: dict[str, dict[str, dict[str, Any]]] = json.loads(KEPT.read_text()) if KEPT.exists() else {}
    for suite in () if args.table else args.suite or SUITES:
        results = kept.setdefault(suite, {})
        for item in sampled(list(SUITES[suite]()), args.sample):
            if item.name in results and not args.again:
                continue
            found = results[item.name] = limited(item, args.seconds, args.search_seconds)
            print(f"{suite} {item.name}: {found['outcome']} {found.get('lut', '')} {found.get('seconds', 0):.1f} s "
                  f"{short(found.get('reason', ''))} {' '.join(found.get('problems', []))}", flush=True)  # fmt: skip
            KEPT.parent.mkdir(exist_ok=True)
            KEPT.write_text(json.dumps(kept, indent=0))
    print(table(kept))


if __name__ == "__main__":
    main()
