"""Third-party suites, each equation from 12-bit inputs to within 2^-8 of its range: compiled and
verified, or refused.

    python benchmarks/suites.py                               # all of them: hours python
    benchmarks/suites.py --suite feynman --sample 8    # eight of one, evenly spaced python
    benchmarks/suites.py --table                       # the table of what was measured before

The expressions are those of ../shared/data/expressions. An equation that takes more than --seconds
is "too long". Results are kept in build/suites.json after each one, so that a run that was stopped
goes on; --again measures anew.
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
from dataclasses import dataclass, field, replace
from pathlib import Path
from statistics import median
from typing import Any

import numpy as np

ROOT = Path(__file__).parent.parent
sys.path.insert(0, str(ROOT))
DATA, KEPT = ROOT.parent / "shared" / "data" / "expressions", ROOT / "build" / "suites.json"
RESULTS = ROOT / "benchmarks" / "results" / "suites.json"
BITS, ERROR, VECTORS = 12, "2^-8", 20_000


@dataclass(frozen=True)
class Item:
    """One equation: its suite, its name, its text, and the range of each input (under ``*`` for all
    others).
    """

    suite: str
    name: str
    text: str
    ranges: Mapping[str, tuple[float, float]]
    functions: tuple[str, ...] = field(default=())
    domain: str = "strict"


def _json(name: str) -> Any:
    return json.loads((DATA / name).read_text(encoding="utf-8"))


def feynman() -> Iterator[Item]:
    """The 80 Feynman equations with their ranges."""
    for row in _json("feynman_80.json"):
        yield Item(
            "feynman", row["name"], row["formula"], {n: (lo, hi) for n, lo, hi in row["vars"]}
        )


def dso() -> Iterator[Item]:
    """The benchmarks of Deep Symbolic Optimization; the ranges are those of their training points."""
    for row in _json("dso_benchmarks.json"):
        ranges = {
            "*" if n == "all" else n: tuple(next(iter(r.values()))[:2])
            for n, r in row["train"].items()
        }
        yield Item("dso", row["name"], row["expression"], ranges, ("div(a, b) = a/b",))


def dso_clamped() -> Iterator[Item]:
    """The same, with operands that leave an operator's domain held at its edge."""
    return (replace(item, suite="dso clamp", domain="clamp") for item in dso())


def jets() -> Iterator[Item]:
    """Every equation of the five PySR fronts of a jet tagger, on standardised features."""
    fronts = _json("jets.json")["pysr_hall_of_fame"]
    for output, front in zip(fronts["outputs"], fronts["pareto_fronts"], strict=True):
        for number, text in enumerate(front):
            yield Item(
                "jets", f"{output}{number}", text, {"*": (-4, 4)}, ("sc(x) = sin(x)*cos(x)",)
            )


def symbolnet() -> Iterator[Item]:
    """The ten outputs of a SymbolNet on MNIST, pixels from 0 to 1."""
    data = _json("symbolnet_mnist.json")
    for output, text in zip(data["outputs"], data["exprs"], strict=True):
        yield Item("symbolnet", f"digit {output}", text, {"*": (0, 1)})


SUITES = {
    "feynman": feynman,
    "dso": dso,
    "dso clamp": dso_clamped,
    "jets": jets,
    "symbolnet": symbolnet,
}


def used_names(text: str) -> tuple[set[str], set[str]]:
    """The names in an expression, and those of them that are called."""
    names = re.findall(r"[A-Za-z_]\w*", text)
    return set(names), set(re.findall(r"([A-Za-z_]\w*)\s*\(", text))


def measure(item: Item, search: float) -> dict[str, Any]:
    """What becomes of one equation."""
    from symgate import api
    from symgate.errors import SymgateError

    warnings.simplefilter("ignore")
    ranges = {n: [*map(str, r)] for n, r in item.ranges.items()}
    used, called = used_names(item.text)
    output = next(n for n in ("y", "out", "result") if n not in used)
    options = api.Options(
        bits=BITS,
        relative_error=ERROR,
        functions=item.functions,
        domain=item.domain,
        ranges={n: r for n, r in ranges.items() if n == "*" or n in used},
    )
    if not used - called - {"pi", "e", "E"}:
        return {"outcome": "constant"}
    with tempfile.TemporaryDirectory() as folder:
        start = time.perf_counter()
        try:
            build = api.compile(
                f"{output} = {item.text}\n",
                Path(folder) / "b",
                options=options,
                search_seconds=search,
            )
        except SymgateError as e:
            undefined = leaves_domain(
                f"{output} = {item.text}\n", replace(options, relative_error=None, max_error=1)
            )
            return {"outcome": "refused", "reason": str(e), "seconds": time.perf_counter() - start,
                    "undefined": undefined}  # fmt: skip
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


def leaves_domain(text: str, options: Any) -> str | None:
    """The operator that is undefined, or has a pole, inside the ranges, shown on random inputs;
    None where none is.
    """
    from symgate.errors import SymgateError
    from symgate.frontend.load import load_any
    from symgate.ir.evaluate import evaluate
    from symgate.ir.expr import postorder
    from symgate.passes.domains.check import needs

    try:
        design = load_any(text, replace(options, domain="strict"))
    except SymgateError:
        return None
    rng = np.random.default_rng(0)
    points = {i.name: rng.uniform(float(i.lo), float(i.hi), VECTORS) for i in design.inputs}
    wanted = [(e.op, a, domain) for e in postorder(design.program.roots) for a, domain in needs(e)]
    with np.errstate(all="ignore"):
        for op, operand, domain in wanted:
            (values,) = evaluate([operand], points)
            values = np.atleast_1d(values)[np.isfinite(np.atleast_1d(values))]
            if values.size and not domain.holds(float(values.min()), float(values.max())):
                return op  # of 0 on the way from a negative to a positive value there is a pole
    return None


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
        found: dict[str, Any] = (
            here.recv() if here.poll(seconds) else {"outcome": "too long", "seconds": seconds}
        )
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
    reasons = Counter(
        short(r["reason"]) if "reason" in r else r["outcome"] for r in other
    ).most_common(3)
    why = "; ".join(f"{n} x {reason}" for reason, n in reasons)
    if wrong := sum(bool(r.get("undefined")) for r in other):
        why += f" ({wrong} are undefined at some inputs)"
    luts = f"{median(r['lut'] for r in done):.0f}" if done else "-"
    worst = f"{max(r['seconds'] for r in done):.0f} s" if done else "-"
    unproved = sum(any("independent check" in p for p in r["problems"]) for r in done)
    broken = sum(any("independent check" not in p for p in r["problems"]) for r in done)
    bounds = f"{broken} ({unproved} not re-proved)" if unproved else f"{broken}"
    bits = sum(r["mismatches"] > 0 for r in done)
    share = f"{100 * len(done) / len(found):.0f} %" if found else "-"
    return (
        f"| {suite} | {len(found)} | {len(done)} ({share}) | {len(other)}: {why} | {luts} | {worst} "
        f"| {bounds} | {bits} |"
    )


COLUMNS = (
    "suite",
    "equations",
    "compiled",
    "not, and why",
    "median LUT",
    "worst compile",
    "bound violations",
    "bit mismatches",
)
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
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--suite", action="append", choices=sorted(SUITES))
    parser.add_argument("--sample", type=int)
    parser.add_argument("--seconds", type=float, default=600, help="limit for one equation")
    parser.add_argument("--search-seconds", type=float, default=0)
    parser.add_argument("--again", action="store_true")
    parser.add_argument("--table", action="store_true")
    parser.add_argument("--keep", action="store_true", help="write results/suites.json too")
    args = parser.parse_args()
    before = KEPT if KEPT.exists() else RESULTS
    kept: dict[str, dict[str, dict[str, Any]]] = (
        json.loads(before.read_text()) if before.exists() else {}
    )
    for suite in () if args.table else args.suite or SUITES:
        results = kept.setdefault(suite, {})
        for item in sampled(list(SUITES[suite]()), args.sample):
            if item.name in results and not args.again:
                continue
            found = results[item.name] = limited(item, args.seconds, args.search_seconds)
            print(
                f"{suite} {item.name}: {found['outcome']} {found.get('lut', '')} {found.get('seconds', 0):.1f} s "
                f"{short(found.get('reason', ''))} {' '.join(found.get('problems', []))}",
                flush=True,
            )
            KEPT.parent.mkdir(exist_ok=True)
            KEPT.write_text(json.dumps(kept, indent=0))
    if args.keep:
        RESULTS.write_text(json.dumps(kept, indent=0) + "\n")
    print(table(kept))


if __name__ == "__main__":
    main()
