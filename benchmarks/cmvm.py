"""Constant matrix times vector: adders and LUTs of alkaid, da4ml and symgate on random matrices.

    python benchmarks/cmvm.py [--sizes 4 8 16 32] [--bits 4 8 12] [--seeds 3] [--synth 8]

Entries are uniform over all signed integers of so many bits, inputs have 8 bits and a sign. Synthetic, seeded. All
results are exact, except the row "1 ulp", whose outputs may be off by one unit in the last place: what symgate does
with a budget, and the others cannot use. Yosys counts sizes up to --synth, for the first seed.
"""

from __future__ import annotations

import argparse
from collections.abc import Callable, Iterable, Sequence
from fractions import Fraction
from typing import Any

import numpy as np
import ours
import synthesis
from common import SEED, Row, console, folder, save, show, timed
from numpy.typing import NDArray
from peers import TOOLS, Tool, verilog

from symgate.ir.design import Accuracy, Design, Input
from symgate.ir.expr import Expr, const, make, var
from symgate.ir.types import FixedType

Matrix = NDArray[np.int64]
INPUT_BITS = 9
ADDERS = {"add", "sub", "neg"}
ADD_OPCODES = (0, 1)  # of both tools: add and subtract
EXACT, ONE_ULP = Fraction(0), Fraction(1)
TESTED = 1000  # vectors that must agree with the matrix product
COLUMNS = {
    "matrix": "matrix", "tool": "tool", "adders": "adders", "bits": "adder bits", "lut": "LUT", "cpu": "cpu s",
    "depth": "depth",
}  # fmt: skip


def matrix(size: int, bits: int, seed: int) -> Matrix:
    """Uniform over all signed integers of ``bits`` bits."""
    rng = np.random.default_rng([SEED, size, bits, seed])
    return rng.integers(-(2 ** (bits - 1)), 2 ** (bits - 1), (size, size))


# The peers


def peer(tool: Tool, m: Matrix, synth: bool) -> Row:
    """A tool's own solver with its defaults, which are its best."""
    array, tracer, quantize, _ = tool.parts()

    def solve() -> Any:
        inputs = array(len(m))
        return tracer(inputs, quantize(inputs, 1, INPUT_BITS - 1, 0) @ m.astype(float))

    logic, seconds = timed(solve)
    check(lambda x: np.asarray(logic.predict(x.astype(float))), m)
    adders = [op for op in logic.ops if op.opcode in ADD_OPCODES]
    row: Row = {"tool": tool.name, "adders": len(adders), "bits": sum(op_bits(op) for op in adders)}
    row |= {"cpu": seconds["cpu"], "depth": float(np.max(logic.latency))}
    if synth and synthesis.available():
        tool.model(logic, where := folder(f"cmvm-{tool.name}"), pipelined=False)
        row["lut"] = synthesis.count(verilog(where), "top", dsp=False).lut
    return row


def op_bits(op: Any) -> int:
    """The width of a result from its interval."""
    lo, hi, step = op.qint
    return int(np.ceil(np.log2(max(abs(lo), abs(hi) + step) / step))) + int(lo < 0)


# symgate


def ours_design(m: Matrix, budget: Fraction) -> Design:
    """The matrix as linear outputs, each within ``budget``."""
    port = FixedType(True, INPUT_BITS, 0)
    inputs = tuple(Input.of(f"x{k}", port) for k in range(len(m)))
    outputs = tuple((f"y{j}", row_sum(m[:, j], inputs)) for j in range(m.shape[1]))
    # An error below 1 means none: everything is a whole number.
    return Design("cmvm", inputs, outputs, Accuracy(max_error={n: budget or Fraction(1, 4) for n, _ in outputs}))


def row_sum(column: Matrix, inputs: Sequence[Input]) -> Expr:
    """One output."""
    terms = [const(int(c)) * var(i.name) for c, i in zip(column, inputs, strict=True) if c]
    return make("add", *terms) if len(terms) > 1 else terms[0] if terms else const(0)


def symgate(m: Matrix, budget: Fraction, synth: bool, seconds: float = ours.DEFAULT_SECONDS) -> Row:
    """Our compiler on the same matrix."""
    firmware, time = timed(lambda: ours.compile_design(ours_design(m, budget), seconds))
    check(lambda x: ours.predict(firmware, x.astype(float)), m, float(budget))
    graph = ours.combinational(firmware.graph)
    adders = [n for n in graph.nodes if n.op in ADDERS]
    label = "symgate" if budget == EXACT else "symgate, 1 ulp"
    row: Row = {"tool": label, "adders": len(adders), "bits": sum(n.type.width for n in adders)}
    row |= {"cpu": time["cpu"], "depth": depth(graph)}
    if synth and synthesis.available():
        row["lut"] = synthesis.count(ours.verilog(firmware, pipelined=False), "top", dsp=False).lut
    return row


def depth(graph: Any) -> float:
    """Adders on the longest path."""
    levels: list[int] = []
    for n in graph.nodes:
        levels.append(max((levels[a] for a in n.args), default=0) + (n.op in ADDERS))
    return float(max(levels))


# All of them


def check(product: Callable[[Matrix], Any], m: Matrix, tolerance: float = 0.0) -> None:
    """Raise where a result is not the product."""
    x = np.random.default_rng(SEED).integers(-(2 ** (INPUT_BITS - 1)), 2 ** (INPUT_BITS - 1), (TESTED, len(m)))
    error = np.abs(product(x) - x @ m).max()
    if error > tolerance:
        raise AssertionError(f"a product is off by {error}")


def rows_of(m: Matrix, synth: bool) -> Iterable[Row]:
    """One row for each tool."""
    for tool in (t for t in TOOLS.values() if t.available):
        yield peer(tool, m, synth)
    for budget in (EXACT, ONE_ULP):
        try:
            yield symgate(m, budget, synth)
        except Exception as error:  # unfinished: the others still run
            yield {"tool": "symgate", "failed": f"{type(error).__name__}: {error}"}


def mean(rows: Sequence[Row]) -> Row:
    """Mean over seeds; a LUT count is the first seed's."""
    out = dict(rows[0])
    for key in ("adders", "bits", "cpu", "depth"):
        values = [r[key] for r in rows if key in r]
        out[key] = round(float(np.mean(values)), 2) if values else None
    return out


def run(sizes: Sequence[int], bits: Sequence[int], seeds: int, synth: int, keep: bool) -> None:
    """Measure, save, print."""
    table: list[Row] = []
    for size in sizes:
        for width in bits:
            name = f"{size}x{size}, {width} bits"
            console.print(f"{name} ...", style="dim")
            found = [list(rows_of(matrix(size, width, s), size <= synth and s == 0)) for s in range(seeds)]
            table += [{"matrix": name, **mean(rows)} for rows in zip(*found, strict=True)]
            if keep:
                save("cmvm", table, seeds=seeds)
    note = f"Mean of {seeds} seeds, synthetic; LUT (Yosys, no DSP) of the first. depth: adders, or the tool's own unit."
    show("Constant matrix times vector", COLUMNS, table, note, names=2)


def main() -> None:
    """Read options and run."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--sizes", type=int, nargs="+", default=[4, 8, 16, 32])
    parser.add_argument("--bits", type=int, nargs="+", default=[4, 8, 12])
    parser.add_argument("--seeds", type=int, default=3)
    parser.add_argument("--synth", type=int, default=8, help="largest size that Yosys counts")
    parser.add_argument("--keep", action="store_true", help="write results/cmvm.json")
    options = parser.parse_args()
    run(options.sizes, options.bits, options.seeds, options.synth, options.keep)


if __name__ == "__main__":
    main()
