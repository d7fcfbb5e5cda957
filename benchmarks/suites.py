"""Third-party suites, each equation from 12-bit inputs to within 2^-8 of its range: compiled and
verified, or refused.

    python benchmarks/suites.py                               # all of them: hours
    python benchmarks/suites.py --suite feynman --sample 8    # eight of one, evenly spaced
    python benchmarks/suites.py --suite herbie --herbie FOLDER
    python benchmarks/suites.py --suite 'dso clamp' --missed   # what did not compile before, anew
    python benchmarks/suites.py --suite herbie --herbie FOLDER --unshown    # refused without a point
    python benchmarks/suites.py --table                       # the table of what was measured before

The expressions are those of ../shared/data/expressions, and the cores of the .fpcore files in the
folders that --fpbench and --herbie name. An equation that takes more than --seconds of processor
time is "too long". Results are kept in build/suites.json after each one, so that a run that was
stopped goes on; --again measures anew.

What is refused is looked at on random inputs: where an operator is undefined, or has a pole, such an
input is shown. The ten slowest and the ten largest are named below the table.
"""

from __future__ import annotations

import argparse
import json
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

ROOT = Path(__file__).parent.parent
sys.path[:0] = [str(ROOT), str(ROOT / "benchmarks")]

from limited import Row, limited  # noqa: E402 - after the path is set

DATA, KEPT = ROOT.parent / "shared" / "data" / "expressions", ROOT / "build" / "suites.json"
Kept = dict[str, dict[str, Row]]  # by suite and name
RESULTS = ROOT / "benchmarks" / "results" / "suites.json"
BITS, ERROR, VECTORS = 12, "2^-8", 20_000
#: In the refusals of what is no formula of bounded inputs: a loop or an array, a core without a box.
NOT_MEANT = ("has no range", "has no form in a circuit")
NOT_COUNTED = ("constant", "no formula")  # nothing is to be compiled
NAMED = 10  # of the slowest and of the largest


@dataclass(frozen=True)
class Item:
    """One equation: its suite, its name, its text, and the range of each input (under ``*`` for all
    others); or a whole core, which states the ranges itself.
    """

    suite: str
    name: str
    text: str
    ranges: Mapping[str, tuple[float, float]] = field(default_factory=dict)
    functions: tuple[str, ...] = field(default=())
    domain: str = "strict"
    core: bool = False

    @property
    def has_inputs(self) -> bool:
        """Whether it is more than a constant."""
        used, called = used_names(self.text)
        return self.core or bool(used - called - {"pi", "e", "E"})

    def write(self, folder: Path) -> Path:
        """The equation as a source that the frontend reads."""
        used, _ = used_names(self.text)
        output = next(n for n in ("y", "out", "result") if n not in used)
        path = folder / ("a.fpcore" if self.core else "a.txt")
        path.write_text(self.text if self.core else f"{output} = {self.text}\n", encoding="utf-8")
        return path

    def options(self) -> Any:
        """What a user states beside it."""
        from symgate.api import Options

        used, _ = used_names(self.text)
        ranges = {n: [*map(str, r)] for n, r in self.ranges.items() if n == "*" or n in used}
        return Options(
            bits=BITS,
            relative_error=ERROR,
            functions=self.functions,
            domain=self.domain,
            ranges=ranges,
            saturate=False,
        )


def _json(name: str) -> Any:
    return json.loads((DATA / name).read_text(encoding="utf-8"))


def feynman() -> Iterator[Item]:
    """The 80 Feynman equations with their ranges; two are stored with "~" for a leading minus."""
    for row in _json("feynman_80.json"):
        formula = row["formula"].replace("~", "-")
        yield Item("feynman", row["name"], formula, {n: (lo, hi) for n, lo, hi in row["vars"]})


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


def fpcores(suite: str, folder: Path) -> Iterator[Item]:
    """Every core of the .fpcore files in ``folder``."""
    paths = sorted(folder.rglob("*.fpcore"))
    stems = Counter(path.stem for path in paths)
    for path in paths:
        name = path.stem if stems[path.stem] == 1 else f"{path.parent.name}/{path.stem}"
        text = path.read_text(encoding="utf-8")
        starts = [m.start() for m in re.finditer(r"^\(FPCore", text, re.MULTILINE)]
        ends = [*starts[1:], len(text)]
        for number, (start, end) in enumerate(zip(starts, ends, strict=True), 1):
            yield Item(suite, f"{name} {number}", text[start:end], core=True)


SUITES = {
    "feynman": feynman,
    "dso": dso,
    "dso clamp": dso_clamped,
    "jets": jets,
    "symbolnet": symbolnet,
}
#: The suites whose cores the user has.
CORES = ("fpbench", "herbie")


def used_names(text: str) -> tuple[set[str], set[str]]:
    """The names in an expression, and those of them that are called."""
    names = re.findall(r"[A-Za-z_]\w*", text)
    return set(names), set(re.findall(r"([A-Za-z_]\w*)\s*\(", text))


def measure(item: Item, search: float, tool: str) -> Row:
    """What becomes of one equation."""
    from symgate import api
    from symgate.errors import SymgateError

    warnings.simplefilter("ignore")
    if not item.has_inputs:
        return {"outcome": "constant"}
    with tempfile.TemporaryDirectory() as top:
        source, start = item.write(Path(top)), time.process_time()
        try:
            build = api.compile(
                source, Path(top) / "b", options=item.options(), search_seconds=search
            )
        except SymgateError as e:
            if any(words in str(e) for words in NOT_MEANT):
                return {"outcome": "no formula", "reason": str(e)}
            undefined = undefined_at(source, item.options())
            return {"outcome": "refused", "reason": str(e), "undefined": undefined}
        seconds = time.process_time() - start
        found = api.verify(build, tools=[tool], vectors=VECTORS)
        return {
            "outcome": "compiled",
            "seconds": round(seconds, 2),
            "lut": build.report["estimate"]["lut"],
            "cycles": build.report["latency"]["cycles"],
            "bound": build.certificate.bounds[0].bound,
            "stopped": build.report.get("stopped"),
            "mismatches": found.mismatches,
            "problems": found.problems,
            "models": found.models,
        }


def undefined_at(source: Path, options: Any) -> str | None:
    """The operator that is undefined, or has a pole, inside the ranges, with such an input; None
    where random inputs show none.
    """
    from symgate.errors import SymgateError
    from symgate.frontend.load import load_any
    from symgate.ir.expr import postorder
    from symgate.passes.domains.check import needs
    from symgate.passes.domains.outside import point_outside, told

    absolute = replace(options, relative_error=None, max_error=1, domain="strict")
    try:
        design = load_any(source, absolute)
    except SymgateError:
        return None
    ranges = {i.name: (float(i.lo), float(i.hi)) for i in design.inputs}
    for e in postorder(design.program.roots):
        for operand, domain in needs(e):
            point = point_outside(operand, domain, ranges)
            if point is not None:
                return f"{e.op} at {told(point)}"
    return None


def short(reason: str) -> str:
    """A refusal without its particulars, for counting."""
    text = reason.partition("\n")[0].removeprefix("error: ")
    text = re.sub(r"\b(?:of|by|in) '.*'", "", re.sub(r"output '\w+'", "output", text))
    return " ".join(re.sub(r"-?\d[\d.e+-]*", "n", text).split())


def row(suite: str, results: Mapping[str, dict[str, Any]]) -> str:
    """One line of the table."""
    found = [r for r in results.values() if r["outcome"] not in NOT_COUNTED]
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


def table(kept: Kept) -> str:
    """The table of all suites that were measured."""
    measured = [suite for suite in (*SUITES, *CORES) if kept.get(suite)]
    return "\n".join([HEAD, *(row(suite, kept[suite]) for suite in measured)])


def extremes(kept: Kept) -> str:
    """The slowest and the largest equations."""
    done = [
        (suite, name, r)
        for suite in kept
        for name, r in kept[suite].items()
        if r["outcome"] == "compiled"
    ]
    lines: list[str] = []
    for title, key in (("slowest", "seconds"), ("largest", "lut")):
        ranked = sorted(done, key=lambda row: -row[2][key])[:NAMED]
        lines += ["", f"The {title}:"]
        lines += [
            f"- {suite} {name}: {r['seconds']:.0f} s, {r['lut']} LUT, {r.get('memory', 0)} MB"
            for suite, name, r in ranked
        ]
    return "\n".join(lines)


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
    parser.add_argument("--suite", action="append", choices=sorted((*SUITES, *CORES)))
    parser.add_argument("--fpbench", type=Path, metavar="FOLDER", help="with .fpcore files")
    parser.add_argument("--herbie", type=Path, metavar="FOLDER", help="with .fpcore files")
    parser.add_argument("--sample", type=int)
    parser.add_argument("--seconds", type=float, default=600, help="limit for one equation")
    parser.add_argument("--search-seconds", type=float, default=0)
    parser.add_argument("--tool", default="cpp", help="what verify compares: cpp or numpy")
    parser.add_argument("--again", action="store_true")
    parser.add_argument("--missed", action="store_true", help="only what did not compile before")
    parser.add_argument(
        "--unshown", action="store_true", help="only what was refused with no point"
    )
    parser.add_argument("--table", action="store_true")
    parser.add_argument("--keep", action="store_true", help="write results/suites.json too")
    args = parser.parse_args()
    before = KEPT if KEPT.exists() else RESULTS
    kept: Kept = json.loads(before.read_text()) if before.exists() else {}
    if not args.table:
        run(kept, args)
    if args.keep:
        RESULTS.write_text(json.dumps(kept, indent=0) + "\n")
    print(table(kept), extremes(kept), sep="\n")


def run(kept: Kept, args: argparse.Namespace) -> None:
    """Measure what is asked for, and keep each result."""
    suites = {name: list(make()) for name, make in SUITES.items()}
    folders = {"fpbench": args.fpbench, "herbie": args.herbie}
    suites |= {name: list(fpcores(name, folder)) for name, folder in folders.items() if folder}
    for suite in args.suite or suites:
        results = kept.setdefault(suite, {})
        for item in sampled(suites.get(suite, []), args.sample):
            if not _is_due(results.get(item.name), args):
                continue
            found = limited(measure, item, args.search_seconds, args.tool, seconds=args.seconds)
            results[item.name] = found
            print(
                f"{suite} {item.name}: {found['outcome']} {found.get('lut', '')} "
                f"{found['seconds']:.1f} s {short(found.get('reason', ''))} "
                f"{' '.join(found.get('problems', []))} {found.get('undefined') or ''}",
                flush=True,
            )
            KEPT.parent.mkdir(exist_ok=True)
            KEPT.write_text(json.dumps(kept, indent=0))


def _is_due(before: Row | None, args: argparse.Namespace) -> bool:
    """Whether an equation with this result is measured now."""
    if args.missed:
        return before is not None and before["outcome"] not in ("compiled", *NOT_COUNTED)
    if args.unshown and before is not None:
        return before["outcome"] == "refused" and not before.get("undefined")
    return before is None or bool(args.again)


if __name__ == "__main__":
    main()
