"""Shift-and-add graphs of random constant matrices: adders of the optimiser alone beside da4ml's
and alkaid's.

    python benchmarks/cmvm_graphs.py [--sizes 4 8 16 32] [--bits 4 8 12] [--seeds 3] [--seconds 8]

Entries are uniform over all signed integers of so many bits, inputs have 9 bits with the sign;
synthetic, seeded. A negated output counts as an adder, for every tool. "bits" are one-bit adders by
our estimate, for our graphs only. "1 ulp": outputs keep their 9 top bits and may be off by one of
the last of these; the others cannot use that.
"""

from __future__ import annotations

import argparse
import json
import sys
import time
from importlib.metadata import version
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

HERE = Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent))

from symgate.ir.domains import Interval  # noqa: E402 - run from a clone that is not installed, too
from symgate.passes.cmvm import ADDERS, LUTS, AdderGraph, Budget, Effort, optimise  # noqa: E402

WIDTH = 9
Matrix = NDArray[np.int64]
Row = dict[str, Any]


def matrix(size: int, bits: int, seed: int) -> Matrix:
    """Uniform over all signed integers of ``bits`` bits; the matrices of ``cmvm.py``."""
    return np.random.default_rng([0, size, bits, seed]).integers(
        -(2 ** (bits - 1)), 2 ** (bits - 1), (size, size)
    )


def peer(tool: str, m: Matrix) -> int:
    """Adders and negations of a tool's own solver with its defaults."""
    if tool == "da4ml":
        from da4ml.trace import FixedVariableArrayInput as Source
        from da4ml.trace import comb_trace as trace
        from da4ml.trace.ops import quantize
    else:
        from alkaid.trace import FVArrayInput as Source
        from alkaid.trace import trace
        from alkaid.trace.ops import quantize
    x = Source(len(m))
    logic = trace(x, quantize(x, 1, WIDTH - 1, 0) @ m.astype(float))
    return sum(op.opcode in (0, 1, -2) for op in logic.ops) + sum(map(bool, logic.out_negs))


def checked(g: AdderGraph, m: Matrix) -> AdderGraph:
    """``g``, if its results on random vectors are within its error intervals."""
    x = np.random.default_rng(0).integers(-(2 ** (WIDTH - 1)), 2 ** (WIDTH - 1), (len(m), 1000))
    off = np.array(g.evaluate(list(x))) - m.T @ x
    for row, e in zip(off, g.error, strict=True):
        assert e.lo <= row.min()
        assert row.max() <= e.hi
    return g


def measured(size: int, bits: int, seed: int, seconds: float) -> Row:
    """One matrix, all tools."""
    m = matrix(size, bits, seed)
    inputs = [Interval(-(2 ** (WIDTH - 1)), 2 ** (WIDTH - 1) - 1)] * size
    start = time.process_time()
    ours = checked(optimise(m.T, inputs, ADDERS, Effort(seconds=seconds)), m)
    row: Row = {
        "size": size,
        "bits": bits,
        "seed": seed,
        "cpu": round(time.process_time() - start, 2),
    }
    row |= {"symgate": ours.count, "adder_bits": ours.luts, "depth": ours.depth}
    row |= {tool: peer(tool, m) for tool in ("da4ml", "alkaid")}
    if size <= 8 and seed == 0:
        kept = tuple(max(0, max(-r.lo, r.hi).bit_length() + 1 - WIDTH) for r in ends(ours))
        budget = Budget((1,) * size, kept, centred=True)
        exact = optimise(m.T, inputs, LUTS, Effort(seconds=seconds / 4))
        near = checked(optimise(m.T, inputs, LUTS, Effort(seconds=seconds / 4), budget), m)
        row |= {"exact_bits": exact.luts, "ulp_adders": near.count, "ulp_bits": near.luts}
    return row


def ends(g: AdderGraph) -> list[Interval]:
    """The exact range of each output."""
    return [g.exact[o.node] << o.shift if o.node is not None else Interval(0, 0) for o in g.outputs]


def main() -> None:
    """Read options, run, print and save."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--sizes", type=int, nargs="+", default=[4, 8, 16, 32])
    parser.add_argument("--bits", type=int, nargs="+", default=[4, 8, 12])
    parser.add_argument("--seeds", type=int, default=3)
    parser.add_argument("--seconds", type=float, default=8.0, help="of search for each matrix")
    o = parser.parse_args()
    rows: list[Row] = []
    for size in o.sizes:
        for bits in o.bits:
            for seed in range(o.seeds):
                rows.append(measured(size, bits, seed, o.seconds))
                print(*(f"{k} {v}" for k, v in rows[-1].items()), flush=True)
    versions = {p: version(p) for p in ("numpy", "da4ml", "alkaid")}
    text = json.dumps({"versions": versions, "seconds": o.seconds, "rows": rows}, indent=1)
    (HERE / "results" / "cmvm_graphs.json").write_text(text + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
