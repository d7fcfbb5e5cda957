"""Compile time of the expression passes against the number of nodes: seconds, and the exponent of n
log n.

    python benchmarks/scaling.py [--limit 100000]

The expressions are synthetic: sines, exponentials, products and sums of earlier nodes, drawn with a
fixed seed.
"""

from __future__ import annotations

import argparse
import gc
import time
from collections.abc import Sequence
from fractions import Fraction

import numpy as np
from common import SEED, Row, console, save, show

from symgate.frontend.language.infix import parse
from symgate.ir.boxes import Box
from symgate.ir.expr import Expr, Program, const, make, postorder, var
from symgate.ir.exprtext import show as text_of
from symgate.passes.pipeline import datapath_form, normal_form

SIZES = (10, 100, 1_000, 10_000, 100_000)
INPUTS = tuple(f"x{k}" for k in range(8))
OUTPUT_NODES = 100  # about one output for so many nodes
PARSED = (
    10_000  # nodes as text: sharing is lost in it, so that it can be much longer than the graph
)


def generate(size: int, seed: int = SEED) -> Program:
    """About ``size`` nodes over eight inputs; every value stays in [-2, 2], so that no domain is
    left.
    """
    rng = np.random.default_rng([seed, size])
    pool: list[Expr] = [var(name) for name in INPUTS]
    unused: dict[Expr, None] = {}
    count = 0
    while count < size:
        a, b = (pool[int(k)] for k in rng.integers(0, len(pool), 2))
        new = step(
            int(rng.integers(0, 4)), a, b, [Fraction(int(c), 64) for c in rng.integers(8, 64, 2)]
        )
        count += 2
        for used in (a, b):
            unused.pop(used, None)
        unused[new] = None
        pool.append(new)
    return Program(INPUTS, tuple((f"y{k}", e) for k, e in enumerate(joined(list(unused), size))))


def step(kind: int, a: Expr, b: Expr, c: Sequence[Fraction]) -> Expr:
    """One more value between -2 and 2."""
    if kind == 0:
        return make("sin", const(c[0]) * a + const(c[1]) * b)
    if kind == 1:
        return make("tanh", a * b)
    if kind == 2:
        return make("exp", -(const(c[0]) * (a * a)))
    return const(c[0] / 2) * a + const(c[1] / 2) * b


def joined(values: list[Expr], size: int) -> list[Expr]:
    """Outputs that reach every value: sums of them."""
    outputs = max(1, size // OUTPUT_NODES)
    groups = [values[k::outputs] for k in range(outputs)]
    return [make("add", *g) if len(g) > 1 else g[0] for g in groups if g]


def measure(size: int) -> Row:
    """Seconds of each pass on one program."""
    program = generate(size)
    row: Row = {"nodes": len(postorder(program.roots)), "passes": {}}
    gc.collect()
    if row["nodes"] <= PARSED:
        texts = [text_of(e) for e in program.roots]
        row["characters"] = sum(map(len, texts))
        row["parse"] = seconds(lambda: [parse(t, INPUTS) for t in texts])
    ranges = dict.fromkeys(INPUTS, Box.exact(-2.0, 2.0))
    for step in (*normal_form(ranges), *datapath_form(ranges)):
        start = time.process_time()
        program = step.run(program)
        row["passes"][type(step.run).__name__] = round(time.process_time() - start, 4)
    row["total"] = sum(row["passes"].values())
    row["nodes_after"] = len(postorder(program.roots))
    return row


def seconds(step: object) -> float:
    """Processor seconds of one call."""
    start = time.process_time()
    step()  # type: ignore[operator]
    return round(time.process_time() - start, 4)


def exponent(rows: Sequence[Row]) -> float:
    """p of t = c (n log n)^p, fitted to the sizes that take measurable time; at most 1: no worse
    than n log n.
    """
    points = [(r["nodes"], r["total"]) for r in rows if r["nodes"] >= 1000] or [
        (r["nodes"], r["total"]) for r in rows
    ]
    n, t = np.array(points, float).T
    return (
        float(np.polyfit(np.log(n * np.log(n)), np.log(np.maximum(t, 1e-4)), 1)[0])
        if len(points) > 1
        else 1.0
    )


def run(limit: int) -> None:
    """Measure, save, print."""
    rows = []
    for size in (s for s in SIZES if s <= limit):
        console.print(f"{size} nodes ...", style="dim")
        rows.append(measure(size))
    p = exponent(rows)
    if limit >= SIZES[-1]:
        save("scaling", rows, exponent=p)
    note = f"Synthetic expressions. seconds ~ (n log n)^{p:.2f}; parse: the text, in which nothing is shared."
    show("Expression passes: processor seconds", columns(rows), rows, note)


def columns(rows: Sequence[Row]) -> dict[str, str]:
    """A column for each pass."""
    passes = {f"passes.{name}": name for name in rows[0]["passes"]}
    return {
        "nodes": "nodes",
        "nodes_after": "after",
        **passes,
        "total": "total s",
        "parse": "parse",
    }


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--limit", type=int, default=SIZES[-1], help="largest number of nodes")
    run(parser.parse_args().limit)
