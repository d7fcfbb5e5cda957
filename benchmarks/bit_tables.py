"""A network of random tables of six bits, whose ones ten counters count: LUTs, seconds, equal bits.

    python benchmarks/bit_tables.py [--tables 350 2000] [--vectors 2000]

Tables, and the ports that each reads, are synthetic: drawn with a fixed seed. Each counter counts
the tables of its class.
"""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from pathlib import Path

import numpy as np
from common import SEED, Row, console, folder, save, show, timed

import symgate
from symgate.frontend.load import load_any
from symgate.frontend.options import Options
from symgate.ir.design import Design
from symgate.project.folder import Build
from symgate.report.synth import synthesise

PORTS, OUTPUTS, ADDRESS = 400, 10, 6
VERIFIED = 500  # tables up to which Yosys and all models run: they take many minutes for more
COLUMNS = {
    "tables": "tables",
    "lut": "LUT, estimated",
    "yosys": "LUT, Yosys",
    "counters": "per counted bit",
    "compile.wall": "compile s",
    "compile.cpu": "CPU s",
    "bound": "bound",
    "proved": "proved again",
    "models": "models",
    "mismatches": "other bits",
    "verify.wall": "verify s",
}


def expressions(tables: int, seed: int = SEED) -> dict[str, str]:
    """The outputs in text; table u reads six of the ports and votes for class u modulo ten."""
    rng = np.random.default_rng([seed, tables])
    votes: list[list[str]] = [[] for _ in range(OUTPUTS)]
    for u in range(tables):
        pins = rng.choice(PORTS, ADDRESS, replace=False)
        contents = rng.bytes(1 << ADDRESS >> 3).hex()
        bits = ", ".join(f"p{pin}" for pin in pins)
        votes[u % OUTPUTS].append(f'lut{ADDRESS}("{contents}", {bits})')
    return {f"y{c}": " + ".join(terms) for c, terms in enumerate(votes)}


def network(tables: int, seed: int = SEED) -> Design:
    """The design of a random network with ports of one bit."""
    outputs = expressions(tables, seed)
    text = "\n".join(f"{name} = {terms}" for name, terms in outputs.items())
    options = Options(formats="ufixed<1,1>", max_error=0.25, name=f"bits{tables}")
    return load_any(text, options)


def measure(tables: int, vectors: int) -> Row:
    """Compile, and where the tables are few, map by Yosys and compare all models."""
    design, read = timed(lambda: network(tables))
    path = folder("bit_tables") / design.name
    build, seconds = timed(lambda: symgate.compile(design, path))
    row = {
        "tables": tables,
        "lut": build.report["estimate"]["lut"],
        "read": read,
        "compile": seconds,
        "bound": max(b.bound for b in build.certificate.bounds),
    }
    return row | (_checked(build, path, tables, vectors) if tables <= VERIFIED else {})


def _checked(build: Build, path: Path, tables: int, vectors: int) -> Row:
    """Yosys's count; all models on the same vectors, and the second proof."""
    text = (path / "rtl" / f"{build.design.name}.v").read_text(encoding="utf-8")
    cells = synthesise(text, build.design.name)
    found, seconds = timed(lambda: symgate.verify(build, vectors=vectors))
    return {
        "yosys": cells["lut"],
        "counters": (cells["lut"] - tables) / tables,
        "verify": seconds,
        "proved": max(o.bound for o in found.recheck),
        "models": len(found.models),
        "mismatches": found.mismatches,
    }


def run(sizes: Sequence[int], vectors: int, keep: bool = True) -> None:
    """Measure, save, print."""
    rows = []
    for tables in sizes:
        console.print(f"{tables} tables ...", style="dim")
        rows.append(measure(tables, vectors))
    if keep:
        save("bit_tables", rows)
    note = f"Synthetic tables, seed {SEED}; {vectors:,} vectors in all models."
    show(f"Random tables of six bits over {PORTS} ports, ten counters", COLUMNS, rows, note)


def main() -> None:
    """Run what is asked for."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--tables", type=int, nargs="+", default=[350, 2000])
    parser.add_argument("--vectors", type=int, default=2000)
    options = parser.parse_args()
    run(options.tables, options.vectors)


if __name__ == "__main__":
    main()
