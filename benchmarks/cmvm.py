"""Constant matrix times vector: adders and LUTs of alkaid, da4ml and symgate on random matrices.

    python benchmarks/cmvm.py [--sizes 4 8 16 32] [--bits 4 8 12] [--seeds 3] [--seconds 8] [--synth
    8] [--keep]

Entries are uniform over all signed integers of so many bits, inputs have 8 bits and a sign.
Synthetic, seeded. All results are exact, except the row "1 ulp", whose outputs may be off by one
ulp of 12 bits: the others cannot use that. Ours seek the fewest LUTs, and in one row the fewest
adders, which are narrower or wider. Yosys counts sizes up to --synth, for the first seed: larger
ones take it many minutes.
"""

from __future__ import annotations

import argparse
from collections.abc import Callable, Iterator, Sequence
from fractions import Fraction
from typing import Any

import numpy as np
import synthesis
from common import SEED, Row, console, folder, save, show, timed
from numpy.typing import NDArray
from peers import TOOLS, Tool, verilog

from symgate.backends.rtl import emit_graph
from symgate.ir.fixed import Builder, Graph
from symgate.ir.types import FixedType
from symgate.passes.cmvm import (
    ADDERS,
    LUTS,
    AdderGraph,
    Budget,
    Effort,
    GraphObjective,
    emit_adders,
    optimise,
)
from symgate.passes.cmvm.graph_settings import TRUNCATE
from symgate.sim.numpy_model import simulate
from symgate.sim.vectors import reals

Matrix = NDArray[np.int64]
INPUT_BITS = 9
ADDING = {"add", "sub"}
ADD_OPCODES = (0, 1)  # of both tools: add and subtract
OUTPUT_BITS = 12  # of the row "1 ulp"
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
    count = len(adders) + int(np.sum(logic.out_negs))  # a negation is an adder, for every tool
    row: Row = {"tool": tool.name, "adders": count, "bits": sum(op_bits(op) for op in adders)}
    row |= {"cpu": seconds["cpu"], "depth": float(np.max(logic.latency))}
    if synth and synthesis.available():
        tool.model(logic, where := folder(f"cmvm-{tool.name}"), pipelined=False)
        row["lut"] = synthesis.count(verilog(where), "top", dsp=False)["lut"]
    return row


def op_bits(op: Any) -> int:
    """The width of a result from its interval."""
    lo, hi, step = op.qint
    return int(np.ceil(np.log2(max(abs(lo), abs(hi) + step) / step))) + int(lo < 0)


# symgate


def symgate(
    m: Matrix, rounded: bool, synth: bool, effort: Effort | None = None, aim: GraphObjective = LUTS
) -> Row:
    """Our own graph of shifts and adds; ``rounded``: each output may be off by one ulp of
    `OUTPUT_BITS` bits.
    """
    port = FixedType(True, INPUT_BITS, 0)
    rows = m.T.tolist()
    ends = [sum(max(c * port.lo, c * port.hi) for c in row) for row in rows]
    lsb = tuple(max(0, end.bit_length() + 1 - OUTPUT_BITS) for end in ends)
    budget = Budget((Fraction(1),) * len(rows), lsb) if rounded else None
    found, seconds = timed(lambda: optimise(rows, [port] * len(m), aim, effort, budget))
    graph = graph_of(found, port)
    check(lambda x: product(graph, x), m, np.exp2(lsb) if rounded else np.zeros(len(rows)))
    count = len(found.adders) + sum(o.negative for o in found.outputs)
    name = "symgate, 1 ulp" if rounded else "symgate" if aim == LUTS else "symgate, fewest adders"
    row: Row = {"tool": name, "adders": count}
    row |= {"bits": sum(n.type.width for n in graph.nodes if n.op in ADDING)}
    row |= {"cpu": seconds["cpu"], "depth": float(max(found.depths, default=0))}
    if synth and synthesis.available():
        files = {
            name: text for name, text in emit_graph("top", graph).items() if name.endswith(".v")
        }
        row["lut"] = synthesis.count(files, "top", dsp=False)["lut"]
    return row


def graph_of(found: AdderGraph, port: FixedType) -> Graph:
    """The adder graph as the RTL backend takes it."""
    b = Builder()
    inputs = [b.input(f"x{k}", port) for k in range(len(found.inputs))]
    for k, node in enumerate(emit_adders(b, found, inputs)):
        b.output(f"y{k}", node)
    return b.build()


def product(graph: Graph, x: Matrix) -> Any:
    """The outputs for rows of inputs, as real values: a node may have dropped its low bits."""
    out = simulate(graph, {p.name: x[:, k] for k, p in enumerate(graph.inputs)})
    return np.stack([reals(out[p.name], p.type) for p in graph.outputs], axis=1)


# All of them


def check(multiply: Callable[[Matrix], Any], m: Matrix, tolerance: Any = 0.0) -> None:
    """Raise where a result is off by more than ``tolerance``."""
    x = np.random.default_rng(SEED).integers(
        -(2 ** (INPUT_BITS - 1)), 2 ** (INPUT_BITS - 1), (TESTED, len(m))
    )
    error = np.abs(multiply(x) - x @ m).max(axis=0)
    if np.any(error > tolerance):
        raise AssertionError(f"a product is off by {error.max()}")


def rows_of(m: Matrix, synth: bool, seconds: float) -> Iterator[Row]:
    """One row for each tool; ``seconds`` of search for ours."""
    for tool in (t for t in TOOLS.values() if t.available):
        yield peer(tool, m, synth)
    yield symgate(m, False, synth, Effort(seconds=seconds))
    yield symgate(m, False, synth, Effort(seconds=seconds), ADDERS)
    yield symgate(m, True, synth, Effort(seconds=seconds / len(TRUNCATE.shares)))


def mean(rows: Sequence[Row]) -> Row:
    """Mean over seeds; a LUT count is the first seed's."""
    out = dict(rows[0])
    for key in ("adders", "bits", "cpu", "depth"):
        values = [r[key] for r in rows if key in r]
        out[key] = round(float(np.mean(values)), 2) if values else None
    return out


def beaten(rows: Sequence[Row]) -> Iterator[str]:
    """Where, for one matrix, a peer needs fewer adders than our fewest, or fewer bits or LUTs than
    our smallest.
    """
    peers = [r for r in rows if not r["tool"].startswith("symgate")]
    for key, name in (
        ("adders", "symgate, fewest adders"),
        ("bits", "symgate"),
        ("lut", "symgate"),
    ):
        ours = next(r for r in rows if r["tool"] == name)
        least = min((r[key] for r in peers if r.get(key) is not None), default=None)
        if least is not None and ours.get(key) is not None and ours[key] > least:
            yield f"{ours[key]} {key}, {least} by a peer"


def run(
    sizes: Sequence[int], bits: Sequence[int], seeds: int, seconds: float, synth: int, keep: bool
) -> None:
    """Measure, save, print."""
    table, worse = list[Row](), list[str]()
    for size in sizes:
        for width in bits:
            name = f"{size}x{size}, {width} bits"
            console.print(f"{name} ...", style="dim")
            found = [
                list(rows_of(matrix(size, width, s), size <= synth and s == 0, seconds))
                for s in range(seeds)
            ]
            table += [{"matrix": name, **mean(rows)} for rows in zip(*found, strict=True)]
            worse += [
                f"{name}, seed {s}: {what}" for s, rows in enumerate(found) for what in beaten(rows)
            ]
            if keep:
                save(
                    "cmvm",
                    table,
                    seeds=seeds,
                    seconds=seconds,
                    synthesised_up_to=synth,
                    worse=worse,
                )
    note = f"Mean of {seeds} seeds, synthetic; LUT (Yosys, no DSP) of the first. depth: adders, or the tool's own unit."
    show("Constant matrix times vector", COLUMNS, table, note, names=2)
    console.print(f"Matrices for which ours is not the best: {'; '.join(worse) or 'none'}")


def main() -> None:
    """Read options and run."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--sizes", type=int, nargs="+", default=[4, 8, 16, 32])
    parser.add_argument("--bits", type=int, nargs="+", default=[4, 8, 12])
    parser.add_argument("--seeds", type=int, default=3)
    parser.add_argument(
        "--seconds", type=float, default=8.0, help="of search for each of our graphs"
    )
    parser.add_argument("--synth", type=int, default=8, help="largest size that Yosys counts")
    parser.add_argument("--keep", action="store_true", help="write results/cmvm.json")
    options = parser.parse_args()
    run(options.sizes, options.bits, options.seeds, options.seconds, options.synth, options.keep)


if __name__ == "__main__":
    main()
