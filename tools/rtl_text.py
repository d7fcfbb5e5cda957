"""LUTs by the way the Verilog of a graph is written: python tools/rtl_text.py build/jets/graph.txt.

Prints a line for our text, for parts of it switched off, and for Amaranth's own output. Without a
graph: a product of two 8-bit numbers, by Booth rows, added to a third number. The results are in
docs/decisions/0004-rtl-text.md.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path
from unittest.mock import patch

from amaranth.back import verilog as amaranth_verilog

from symgate.backends.circuit import Circuit
from symgate.backends.verilog import module, sums
from symgate.ir.fixed import Builder, Graph
from symgate.ir.text import parse
from symgate.ir.types import FixedType
from symgate.report.synth import synthesise


def product() -> Graph:
    """``p + x * y``, a row at a time."""
    b = Builder()
    x, y = (b.input(name, FixedType(True, 8, 0)) for name in "xy")
    total = b.input("p", FixedType(True, 16, 0))
    for k in range(4):
        row = b.booth(x, b.slice(b.shl(y, 1), 2 * k + 2, 2 * k))
        high = b.add(b.round(total, 2 * k), row)
        total = b.concat(high, b.slice(total, 2 * k - 1, 0), 2 * k) if k else high
    b.output("sum", total)
    return b.build()


def texts(graph: Graph) -> Iterator[tuple[str, str]]:
    """Each way to write ``graph``, with its name."""
    text = module.verilog(graph, "top")
    yield "ours", text
    yield "larger sums merged without limit", text.replace("(* keep *)", "")
    with patch.object(
        sums, "_pair", lambda logic, node: sums.Sum(*node.args, subtract=node.op == "sub")
    ):
        yield "logic on either side of a sum", module.verilog(graph, "top")
    with patch.object(sums, "is_row", lambda graph, i: False):
        yield "no rows inside sums", module.verilog(graph, "top")
    circuit = Circuit(graph)
    ports = [*circuit.inputs, *circuit.outputs, circuit.in_valid, circuit.out_valid]
    yield "Amaranth", amaranth_verilog.convert(circuit, name="top", ports=ports)


def main() -> None:
    """Print a table."""
    graph = parse(Path(sys.argv[1]).read_text(encoding="utf-8")) if len(sys.argv) > 1 else product()
    for name, text in texts(graph):
        counts = synthesise(text, "top", dsp=False)
        inverters = counts["cells"].get("INV", 0)
        lines = text.count("\n")
        print(
            f"{counts['lut']:6} LUT {counts['ff']:6} FF {inverters:4} INV {lines:6} lines  {name}",
            flush=True,
        )


if __name__ == "__main__":
    main()
