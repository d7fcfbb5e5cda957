"""KANELE's published models, compiled whole and exactly, beside a transcription of their firmware.

    python benchmarks/kanele.py [--models Moons Wine] [--folder ../shared/data/kanele]
    python benchmarks/kanele.py --agreement 0.0101  # the class of the jets, and what 600 rows may lose

Theirs is our transcription of their VHDL, without registers: each table a ``case`` of signed words,
each node a sum of sign-extended words and a saturation. Both are mapped by the same Yosys script,
ours with its registers: as RTL, and as the cells of `primitives = true`, where Yosys has nothing left to
map. A LUT6_2 counts as one LUT, as on the device; Yosys makes none.
Golden vectors are theirs (https://github.com/Duchstf/KANELE, MIT).
"""

from __future__ import annotations

import argparse
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import jet_rows
import numpy as np
from common import SHARED, Row, console, save, show, timed

from symgate.backends.rtl import emit_graph
from symgate.backends.xilinx import primitives
from symgate.frontend.language.functions import argmax
from symgate.frontend.load import load_any
from symgate.frontend.options import Options
from symgate.frontend.readers.jsonfile import parsed
from symgate.ir.classes import AGREEMENT
from symgate.ir.design import Accuracy, Design
from symgate.ir.evaluate import evaluate
from symgate.ir.fixed import Graph
from symgate.passes.compiler import compile_design
from symgate.report.estimate import luts
from symgate.report.synth import synthesise
from symgate.sim.data import Table
from symgate.sim.loss import losses
from symgate.sim.numpy_model import simulate

MODELS = ("JSC_OpenML", "Moons", "DryBean", "Wine")
TABLES, CONFIG = "truth_tables.json", "config.json"
COLUMNS = {
    "model": "model",
    "theirs": "LUT, theirs",
    "cells": "ours as cells",
    "yosys": "ours as RTL",
    "lut": "estimated",
    "compile.wall": "compile s",
    "compile.cpu": "CPU s",
    "bound": "bound",
    "vectors": "golden rows",
    "wrong": "other values",
}
Edge = tuple[int, int, int]


def network(path: Path) -> Design:
    """The model in a folder."""
    return load_any(path / TABLES, Options(max_error=0.5, name=path.name.lower()))


def transcribed(path: Path) -> str:
    """Verilog of the model as their firmware computes it."""
    config = parsed((path / CONFIG).read_text(encoding="utf-8"), None)
    data = parsed((path / TABLES).read_text(encoding="utf-8"), None)
    sizes, bits = config["layers"], config["layers_bitwidth"]
    tables = {
        tuple(map(int, edge.split("_"))): entry["values_int"]
        for edge, entry in data.items()
        if entry.get("acive", entry.get("active"))
    }
    ports = [f"input [{bits[0] - 1}:0] v0_{k}" for k in range(sizes[0])]
    ports += [f"output signed [{bits[-1] - 1}:0] y{k}" for k in range(sizes[-1])]
    lines = [f"module top({', '.join(ports)});"]
    for layer in range(len(sizes) - 1):
        for target in range(sizes[layer + 1]):
            lines += _node(layer, target, tables, bits)
    last = len(sizes) - 1
    lines += [f"assign y{k} = v{last}_{k};" for k in range(sizes[-1])]
    return "\n".join([*lines, "endmodule", ""])


def _node(
    layer: int, target: int, tables: Mapping[tuple[int, ...], Sequence[int]], bits: Sequence[int]
) -> list[str]:
    """The tables of one node, their sum, and its saturation."""
    wide, lines, terms = bits[layer + 1], list[str](), list[str]()
    edges = [edge for edge in tables if edge[0] == layer and edge[2] == target]
    total = wide + max(1, len(edges) - 1).bit_length()
    for edge in edges:
        name = "t" + "_".join(map(str, edge))
        lines += _table(name, edge, tables[edge], bits[layer], wide)
        terms.append(name)
    name, half = f"s{layer}_{target}", 1 << (wide - 1)
    lines += _tree(name, terms, total)
    lines.append(
        f"wire signed [{wide - 1}:0] v{layer + 1}_{target} = "
        f"{name} > {half - 1} ? {half - 1} : {name} < -{half} ? -{half} : {name};"
    )
    return lines


def _tree(name: str, terms: Sequence[str], width: int) -> list[str]:
    """A tree of sums of two, as in their firmware; kept, since Yosys else makes compressors of it,
    which take more LUTs.
    """
    lines, level = list[str](), list(terms) or ["0"]
    while len(level) > 2:
        pairs = [level[k : k + 2] for k in range(0, len(level), 2)]
        level = [p[0] if len(p) == 1 else f"{name}_{len(lines) + k}" for k, p in enumerate(pairs)]
        lines += [
            f"(* keep *) wire signed [{width - 1}:0] {to} = {' + '.join(pair)};"
            for to, pair in zip(level, pairs, strict=True)
            if len(pair) == 2
        ]
    return [*lines, f"wire signed [{width - 1}:0] {name} = {' + '.join(level)};"]


def _table(
    name: str, edge: tuple[int, ...], entries: Sequence[int], width: int, wide: int
) -> list[str]:
    """A table as a ``case``; later layers are addressed by signed numbers."""
    layer, source, _ = edge
    first = len(entries) // 2 if layer else 0
    cases = " ".join(
        f"{width}'d{(k - first) % len(entries)}: {name} = {entry};"
        for k, entry in enumerate(entries)
    )
    return [
        f"reg signed [{wide - 1}:0] {name};",
        f"always @* case (v{layer}_{source}) {cases} endcase",
    ]


def wrong(path: Path, graph: Graph) -> tuple[int, int]:
    """How many golden rows there are, and on how many an output differs."""
    given, expected = (
        np.loadtxt(path / f"vectors_{side}.txt", dtype=np.int64, ndmin=2) for side in ("in", "out")
    )
    expected = expected.reshape(len(given), -1)
    got = simulate(graph, {f"x{k}": given[:, k] for k in range(given.shape[1])})
    found = np.stack([got[f"y{k}"] for k in range(expected.shape[1])], axis=1)
    return len(given), int(np.any(found != expected, axis=1).sum())


def measure(path: Path) -> Row:
    """Both forms of one model."""
    design = network(path)
    made, seconds = timed(lambda: compile_design(design))
    text: Any = emit_graph(design.name, made.graph)
    rows, differ = wrong(path, made.graph)
    return {
        "model": path.name,
        "theirs": synthesise(transcribed(path), "top")["lut"],
        "cells": synthesise(primitives(made.graph, design.name), design.name)["lut"],
        "yosys": synthesise(text, design.name)["lut"],
        "lut": luts(made.graph),
        "compile": seconds,
        "bound": max(bound.bound for bound in made.certificate.bounds),
        "vectors": rows,
        "wrong": differ,
    }


def jet_codes() -> Table:
    """The 600 real jets as the model's six-bit codes: standardised features on [-2, 2]."""
    x = jet_rows.load().real.x
    codes = np.clip(np.round((x + 2) / 4 * 63), 0, 63)
    return Table("600 real jets", {f"x{k}": codes[:, k] for k in range(codes.shape[1])})


def agreement(folder: Path, most: float) -> None:
    """The class of the jets, exactly and where at most a share ``most`` of the rows has another one."""
    design = network(folder / "JSC_OpenML")
    chosen = (("class", argmax(*(e for _, e in design.outputs))),)
    table = jet_codes()
    for allowed in (0.0, most):
        stated = Accuracy(metric=AGREEMENT, data=table.path, max_loss=allowed)
        wanted = Design("jets", design.inputs, chosen, stated, design.target)
        loss = losses(wanted, table)
        made, seconds = timed(lambda d=wanted, f=loss: compile_design(d, measure=luts, loss=f))
        kept = {port.name: table.columns[port.name].astype(int) for port in made.graph.inputs}
        found = simulate(made.graph, kept)["class"]
        truth = evaluate([chosen[0][1]], {n: c.astype(float) for n, c in kept.items()})[0]
        console.print(
            f"class, other on at most {allowed:.2%}: {luts(made.graph):,.0f} LUT, "
            f"{int(np.sum(found != truth))} of {len(table)} rows have another class, "
            f"margin {made.certificate.bound('class'):g}, {seconds['cpu']:.0f} CPU s"
        )


def run(folder: Path, models: Sequence[str], keep: bool = True) -> None:
    """Measure, save, print."""
    rows = []
    for model in models:
        console.print(f"{model} ...", style="dim")
        rows.append(measure(folder / model))
    if keep:
        save("kanele", rows)
    note = "Theirs: our transcription of their VHDL, without registers; LUT by Yosys, before place and route."
    show("KANELE's models, whole and exact", COLUMNS, rows, note)


def main() -> None:
    """Run what is asked for."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--models", nargs="+", default=list(MODELS))
    parser.add_argument("--folder", type=Path, default=SHARED / "kanele")
    parser.add_argument("--agreement", type=float, help="share of jets that may get another class")
    options = parser.parse_args()
    if options.agreement is not None:
        agreement(options.folder, options.agreement)
        return
    run(options.folder, options.models)


if __name__ == "__main__":
    main()
