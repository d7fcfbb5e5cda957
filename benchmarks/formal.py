"""What `symgate verify --formal` proves, and how long it takes: every kind of node, the jet tagger,
equations of AI Feynman, and errors of one bit that are planted in their Verilog.

    python benchmarks/formal.py                       # all
    python benchmarks/formal.py --part nodes          # or nodes, designs, planted
    python benchmarks/formal.py --table               # what was measured before

Kinds: three graphs of one operator each for operands of 4, 8, 12 and 16 bits (tables: at most 10), with
random ranges and attributes. Designs: examples/jets as it is, and 20 equations evenly spaced among 80
(../shared/data/expressions), from 12-bit inputs to within 2^-8 of their range. Planted: a digit of
an index, a constant, an entry of a table, an operator or a reset, one at a time, in the tagger, whose
goals are proved up to the first that is refuted. A goal has 60 s in the solver. Exit code 1 where
something is refuted that is not planted, or the reverse.
"""

from __future__ import annotations

import argparse
import random
import re
import sys
import tempfile
import time
import warnings
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import replace
from itertools import chain
from pathlib import Path

from common import ROOT, Row, console, merge, save, saved, show
from suites import Item, feynman, sampled

from symgate.backends.rtl import emit_graph
from symgate.backends.verilog.names import legal, port_names
from symgate.backends.verilog.notes import notes
from symgate.errors import CheckFailed, SymgateError
from symgate.ir.fixed_ops import OPS
from symgate.project.folder import Build
from symgate.proof.formal import module, protocol
from symgate.proof.formal.build import prove
from symgate.proof.formal.module import OPEN, PROVED, REFUTED, Found
from symgate.proof.formal.samples import one_node

RESULT, WIDTHS, GRAPHS = "formal", (4, 8, 12, 16), 3
PARTS = ("nodes", "designs", "planted")
_MUTABLE = re.compile(  # a bit, the lowest of some, a number, a column of a table, an operator, a reset
    r"(?<=\[)\d+(?=\])|(?<=:)\d+(?=\])|(?<='d)\d+|(?<=64'h)[0-9a-f]{16}|(?<=<= )rst(?= \?)"
    r"|(?<= )[-+^&|](?= )"
)
_TURNED = {"-": "+", "+": "-", "^": "&", "&": "|", "|": "&", "rst": "in_valid"}
COLUMNS = {
    "what": "what", "goals": "goals", "proved": "proved", "refuted": "refuted", "open": "open",
    "seconds": "seconds", "slowest": "slowest goal",
}  # fmt: skip


def tally(what: str, found: Iterable[Found], seconds: float, **more: object) -> Row:
    """A row of a table."""
    found = list(found)
    count = Counter(f.outcome for f in found)
    slowest = max(found, key=lambda f: f.seconds, default=None)
    return {
        "what": what, "goals": len(found), "proved": count[PROVED], "refuted": count[REFUTED],
        "open": count[OPEN], "seconds": round(seconds, 1),
        "slowest": f"{slowest.kind} {slowest.seconds:.1f}" if slowest else "",
        **more,
    }  # fmt: skip


def nodes() -> Iterator[Row]:
    """Each operator on operands of each width."""
    for name in OPS:
        for width in WIDTHS:
            rng, start = random.Random(f"{name} {width}"), time.perf_counter()
            found: list[Found] = []
            for _ in range(GRAPHS):
                graph = one_node(name, rng, width)
                text = {"top.v": emit_graph("top", graph)["top.v"]}
                found += [f for f in module.check(text, "top", graph) if f.kind != "valid"]
            yield tally(f"{name}, {width} bits", found, time.perf_counter() - start, part="nodes")


def compiled(item: Item | None, folder: Path) -> Build:
    """The build of one equation, or of the jet tagger."""
    from symgate import api

    warnings.simplefilter("ignore")
    if item is None:
        return api.compile(ROOT / "examples" / "jets" / "design.toml", folder / "b")
    options = replace(item.options(), bits=12, relative_error="2^-8")
    return api.compile(item.write(folder), folder / "b", options=options)


def design(name: str, item: Item | None) -> Row:
    """All goals of one design, and its wrappers."""
    with tempfile.TemporaryDirectory() as top:
        build = compiled(item, Path(top))
        result = prove(build)
    wrappers = [
        Found(f"{w.wrapper[-6:]}, {w.cycles} cycles", w.rule, None, _outcome(w), w.seconds)
        for w in result.wrappers
    ]
    row = tally(name, [*result.found, *wrappers], result.seconds, part="designs")
    problems = "; ".join(result.problems)
    return {
        **row,
        "latency": build.graph.latency,
        "nodes": len(build.graph.nodes),
        "told": problems,
    }


def _outcome(w: protocol.Bounded) -> str:
    return REFUTED if w.broken else OPEN if w.open else PROVED


def planted(count: int) -> Iterator[Row]:
    """Errors in the text of the tagger."""
    rng = random.Random(20)
    with tempfile.TemporaryDirectory() as top:
        build = compiled(None, Path(top))
        name = legal(build.name)
        text = build.files("rtl", f"{name}.v")[f"{name}.v"]
    names = port_names(build.graph, name)
    told = notes(build.firmware, [name, *names.inputs, *names.outputs])
    lines = text.splitlines()
    places = [
        (k, m)
        for k, line in enumerate(lines)
        if line.strip() and not line.strip().startswith(("//", "`", "module", "input", "output"))
        for m in _MUTABLE.finditer(line.split("//")[0])
        if m.start() > line.find("=") or "<=" in line
    ]
    for k, m in rng.sample(places, count):
        new = _TURNED.get(m[0]) or _turned(m[0], rng)
        changed = f"{lines[k][: m.start()]}{new}{lines[k][m.end() :]}"
        wrong = "\n".join([*lines[:k], changed, *lines[k + 1 :]])
        start = time.perf_counter()
        try:
            files = {f"{name}.v": wrong}
            goals = module.check(files, name, build.graph, told)
            cells = module.check_cells(files, name, build.graph, told)
            found = list(until_refuted(chain(goals, cells)))
        except CheckFailed as e:
            found = [Found("unread", "", None, REFUTED, 0.0, reason=e.what)]
        row = tally(_place(lines[k], m), found, time.perf_counter() - start, part="planted")
        first = next((f for f in found if f.outcome == REFUTED), None)
        shown = first.counterexample.inputs if first and first.counterexample else None
        yield {**row, "found": bool(first), "inputs": str(shown or (first and first.reason) or "")}


def _turned(number: str, rng: random.Random) -> str:
    """The lowest bit of a number, or any of a column of a table, turned."""
    if len(number) == 16:
        return f"{int(number, 16) ^ 1 << rng.randrange(64):016x}"
    return str(int(number) ^ 1)


def until_refuted(goals: Iterable[Found]) -> Iterator[Found]:
    """What came of goals, up to the first that is refuted."""
    for found in goals:
        yield found
        if found.outcome == REFUTED:
            return


def _place(line: str, m: re.Match[str]) -> str:
    low = max(0, m.start() - 14)
    return f"{line[low : m.start()].strip()}>{m[0]}<{line[m.end() : m.end() + 8]}"


def run(args: argparse.Namespace) -> Iterator[Row]:
    """All rows that are wanted."""
    if "nodes" in args.part:
        yield from nodes()
    if "designs" in args.part:
        yield design("jet tagger", None)
        for item in sampled(list(feynman()), args.designs):
            try:
                yield design(item.name, item)
            except SymgateError as e:  # what does not compile is a row as well
                yield {**tally(item.name, [], 0.0, part="designs"), "told": str(e)[:80]}
    if "planted" in args.part:
        yield from planted(args.planted)


def main() -> int:
    """Measure and show."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n\n")[0])
    parser.add_argument("--part", nargs="+", choices=PARTS, default=PARTS)
    parser.add_argument("--designs", type=int, default=20)
    parser.add_argument("--planted", type=int, default=20)
    parser.add_argument("--table", action="store_true")
    args = parser.parse_args()
    rows = saved(RESULT)
    for row in () if args.table else run(args):
        console.print(", ".join(f"{k} {v}" for k, v in row.items() if v != ""))
        rows = merge(rows, [row], "part", "what")
        save(RESULT, rows)
    wrong = False
    for part in PARTS:
        own = [row for row in rows if row["part"] == part]
        show(f"Formal: {part}", COLUMNS, own)
        bad = [r for r in own if (r["refuted"] == 0) == (part == "planted")]
        wrong = wrong or bool(bad)
    return int(wrong)


if __name__ == "__main__":
    sys.exit(main())
