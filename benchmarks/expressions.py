"""What the project set out to reach on expressions: each limit beside what was measured, and
whether it holds.

    python benchmarks/expressions.py            measure the taggers, the small formula and MNIST;
    about an hour python benchmarks/expressions.py --saved    only judge what `taggers.py` and
    `mnist.py` saved

The rows themselves, with the peers on the same work, are printed by `taggers.py` and `mnist.py`,
which this calls.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Iterator, Sequence

import mnist
import problems
import taggers
from common import SHARED, Row, console, pick, saved, show

COLUMNS = {
    "design": "design",
    "tool": "effort",
    "what": "what",
    "limit": "limit",
    "reached": "reached",
    "ok": "holds",
}
#: Per design: a key of its saved row, what it is, and the limit (smaller is better).
LIMITS: dict[str, tuple[tuple[str, str, float], ...]] = {
    "formula": (("nodsp.comb.lut", "LUT, plain RTL", 270),),
    "sincos": (
        ("nodsp.comb.lut", "LUT, plain RTL", 1600),
        ("cells.comb.lut", "LUT, primitives", 1300),
        ("cells.comb.lut", "LUT, primitives: the aim", 1000),
        ("dsp.comb.dsp", "DSP", 0),
    ),
}
BOX = (
    0.049,
    0.037,
    0.030,
    0.146,
    0.117,
)  # of the first lowering for the peers, see docs/anchors.md
DEFAULT, LONG = "symgate, default", f"symgate, {taggers.LONG_SECONDS:g} s"
COMPILE, COMPILE_MNIST, AGREEMENT = 10.0, 60.0, 0.99


def judged(row: Row, what: str, limit: float, reached: float, larger: bool = False) -> Row:
    """One line of the table."""
    holds = reached >= limit if larger else reached <= limit
    return {"design": row.get("design", "mnist"), "tool": row["tool"], "what": what, "limit": limit,
            "reached": reached, "ok": "yes" if holds else "no"}  # fmt: skip


def of_taggers(rows: Sequence[Row]) -> Iterator[Row]:
    """The limits on the taggers and the small formula."""
    for row in (r for r in rows if r["tool"] in (DEFAULT, LONG)):
        for key, what, limit in LIMITS.get(row["design"], ()):
            if (reached := pick(row, key)) is not None:
                yield judged(row, what, limit, reached)
        if row["tool"] == DEFAULT:
            yield judged(row, "compile, CPU s", COMPILE, row["seconds"]["cpu"])
        if row["design"] == "sincos":
            yield from of_sincos(row)


def of_sincos(row: Row) -> Iterator[Row]:
    """The limits on the errors of the public tagger."""
    normal = [float(e) for e in problems.SINCOS_NORMAL.values()]
    for k, name in enumerate(taggers.CLASSES):
        yield judged(row, f"{name}, certified over the box", BOX[k], row["certified"][k])
        yield judged(row, f"{name}, observed on N(0,1)", normal[k], row["normal"][k])
    if "agreement" in row:
        yield judged(row, "same class on the real jets", AGREEMENT, row["agreement"], larger=True)


def of_mnist(rows: Sequence[Row]) -> Iterator[Row]:
    """The limit on the time of the ten expressions, and the smaller of the peers' circuits."""
    peers = [r["lut"] for r in rows if not r["tool"].startswith("symgate") and r.get("lut")]
    for row in (r for r in rows if r["tool"].startswith("symgate")):
        yield judged(row, "compile, CPU s", COMPILE_MNIST, row["seconds"]["cpu"])
        if peers and row.get("lut"):
            yield judged(row, "LUT, against the best peer", min(peers), row["lut"])


def main() -> None:
    """Measure if asked to, judge, and fail where a limit is missed; the aim may be."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--saved", action="store_true", help="measure nothing")
    if not parser.parse_args().saved:
        taggers.run(problems.taggers(), quick=False)
        if SHARED.is_dir():
            mnist.run([0.0], synth=True, keep=True)
    rows = [*of_taggers(saved("taggers")), *of_mnist(saved("mnist"))]
    show("Expressions: limits and what was reached", COLUMNS, rows, names=3)
    missed = [r for r in rows if r["ok"] == "no" and "aim" not in r["what"]]
    if missed:
        console.print(f"{len(missed)} limits are missed")
        sys.exit(1)


if __name__ == "__main__":
    main()
