"""Cells of Xilinx devices compute what the graph says: every operator, random graphs, and the
counts.
"""

from __future__ import annotations

import random
import re
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from symgate.backends import rtl
from symgate.backends.verilog.module import verilog
from symgate.backends.xilinx import lut_count, mapped, primitives
from symgate.backends.xilinx.cells import models as cells_models
from symgate.backends.xilinx.clean import cleaned
from symgate.backends.xilinx.net import Feed, Net
from symgate.backends.xilinx.split import with_split_sums
from symgate.ir.design import Target
from symgate.ir.domains import Interval
from symgate.ir.fixed import Builder, Graph
from symgate.ir.types import FixedType
from symgate.report.synth import synthesise
from tests.backends import cells
from tests.graphs import balanced, equal, every_input, ints, random_graph
from tests.test_matrix import graphs, reference


def random_inputs(graph: Graph, rng: np.random.Generator, rows: int) -> dict[str, np.ndarray]:
    ranges = {p.name: graph.nodes[p.node].range for p in graph.inputs}
    return {name: rng.integers(r.lo, r.hi + 1, rows) for name, r in ranges.items()}


def narrowed(graph: Graph) -> bool:
    """Whether an input has a type wider than its range, which a register behind it would not have."""
    return any(
        n.declared and FixedType.holding(n.range.lo, n.range.hi, n.frac) != n.declared
        for n in graph.nodes
    )


def unregistered(graph: Graph) -> Graph:
    """``graph`` with wires for its registers."""
    nodes = tuple(
        replace(n, op="scale", attr=(0,)) if n.op == "register" else n for n in graph.nodes
    )
    return replace(graph, nodes=nodes)


def wrong(graphs: dict[str, Graph], inputs, expected, tmp_path, **options) -> list[str]:
    designs = {top: (g, primitives(g, top, **options)) for top, g in graphs.items()}
    got = cells.simulate(tmp_path, designs, inputs)
    found = []
    for top, graph in graphs.items():
        for p in graph.outputs:
            rows = np.flatnonzero(got[top][p.name].astype(object) != expected[top][p.name])
            if rows.size:
                found.append(f"{top} {p.name} ({graph.nodes[p.node].op}) at row {rows[0]}")
    return found


@pytest.mark.needs("iverilog")
def test_every_operator_on_all_small_inputs(tmp_path):
    tops = {f"g{k}": name for k, name in enumerate(graphs())}
    chosen = {top: graphs()[name] for top, name in tops.items()}
    inputs = {top: every_input(g) for top, g in chosen.items()}
    expected = {top: reference()[name] for top, name in tops.items()}
    assert wrong(chosen, inputs, expected, tmp_path) == []


@pytest.mark.needs("iverilog")
@pytest.mark.parametrize(("carry_bits", "pairs"), [(4, True), (8, True), (4, False)])
@pytest.mark.parametrize("registers", [False, True])
def test_random_graphs(rng, tmp_path, carry_bits, pairs, registers):
    source = random.Random(int(rng.integers(2**32)))
    drawn = (random_graph(source, 10 + k, 12) for k in range(50))
    kept = [g for g in drawn if not narrowed(g)] if registers else drawn
    chosen = {f"g{k}": balanced(g) if registers else unregistered(g) for k, g in enumerate(kept)}
    inputs = {top: random_inputs(g, rng, 100) for top, g in chosen.items()}
    expected = {top: ints(g, inputs[top]) for top, g in chosen.items()}
    assert wrong(chosen, inputs, expected, tmp_path, carry_bits=carry_bits, pairs=pairs) == []


@pytest.mark.parametrize("bitwise", [True, False])
def test_what_a_simpler_function_no_longer_reads_is_not_fed(bitwise):
    """Of a register one bit is left, of a product nothing."""
    net = Net()
    p, r = net.source(0, 0), net.source(1, 0)
    inner = net.function(0b0110, [p, r])
    q, s = net.source(2, 0), net.source(2, 1)
    net.feeds = {2: Feed(((inner, p),) if bitwise else ((inner, p), (r,)), bitwise)}
    f = net.function(0b1000, [p, q])
    net.outputs = [(f, s) if bitwise else (f,)]
    new = cleaned(net, {f >> 1: (0b10, (p >> 1,))})
    assert new.feeds == ({2: Feed(((0, p),), bitwise=True)} if bitwise else {})


def test_netlist_of_a_booth_row(golden):
    """An accumulator and a Booth row: one LUT a bit, the digit's sign enters the carry."""
    b = Builder()
    x, y, acc = (
        b.input(name, FixedType(True, width, 0)) for name, width in (("x", 4), ("y", 3), ("acc", 6))
    )
    row = b.booth(x, b.slice(y, 2, 0))
    b.output("p", b.add(b.scale(acc, 0), b.scale(row, -1)))
    golden(primitives(b.build(), "row"))


def test_rtl_has_cells_beside_expressions():
    b = Builder()
    b.output("y", b.neg(b.input("x", FixedType(True, 5, 0))))
    plain, cells_too = (
        rtl.emit_graph("table", b.build(), Target(primitives=p)) for p in (False, True)
    )
    assert sorted(cells_too.keys() - plain.keys()) == [
        "sources_xilinx.txt",
        "table__xilinx.v",
        "table__xilinx.xdc",
        "xilinx_models.vh",
    ]
    assert cells_too["table_.v"] == plain["table_.v"]
    assert "module table__xilinx (" in cells_too["table__xilinx.v"]
    assert "set top table__xilinx\n" in cells_too["build_vivado.tcl"]
    assert "sources_xilinx.txt" in cells_too["build_vivado.tcl"]
    assert cells_too["sources_xilinx.txt"] == "table__xilinx.v\n"


@pytest.mark.parametrize(("part", "cell"), [("xcku5p-ffvb676-2-e", 8), ("xc7a35tcpg236-1", 4)])
def test_cells_are_those_of_the_part_and_ports_those_of_the_plain_text(part, cell):
    b = Builder()
    x, y = (b.input(n, FixedType(True, 9, 0)) for n in "xy")
    b.output("u", b.register(b.add(x, y)))
    b.output("v", b.register(x))
    files = rtl.emit_graph("t", b.build(), Target(part=part, primitives=True))

    other = 12 - cell
    assert f"CARRY{cell} " in files["t_xilinx.v"]
    assert f"CARRY{other} " not in files["t_xilinx.v"]
    ports = [
        re.findall(r"^  (?:input|output) .*?(\w+),?(?:  //.*)?$", files[f"{top}.v"], re.MULTILINE)
        for top in ("t", "t_xilinx")
    ]
    assert ports[0] == ports[1]
    assert ports[0][-3:] == ["out_valid", "u", "v"]


def test_products_say_whether_they_are_for_slices():
    b = Builder()
    x, y = (b.input(n, FixedType(True, 9, 0)) for n in "xy")
    small = b.input("s", FixedType(True, 3, 0))
    b.output("u", b.register(b.mul(x, y)))
    b.output("v", b.register(b.square(small) if hasattr(b, "square") else b.mul(small, small)))
    text = rtl.emit_graph("t", b.build())["t.v"]

    assert text.count('(* use_dsp = "yes" *)') == 1
    assert text.count('(* use_dsp = "no" *)') == 1


def scaled(
    factors: list[tuple[int, int]], width: int, drop: int, range: Interval | None = None
) -> Graph:
    """Sums of shifts of one input, without their low bits."""
    b = Builder()
    x = b.input("x", FixedType(True, width, 0), range)
    total = b.const(5, 0)
    for shift, sign in factors:
        term = b.scale(b.shl(x, shift), shift)
        total = b.add(total, term) if sign > 0 else b.sub(total, term)
    b.output("y", b.round(total, drop))
    return b.build()


@pytest.mark.parametrize("range", [None, Interval(-700, 12), Interval(3, 600)])
def test_many_shifts_become_two_tables(range):
    graph = scaled([(0, 1), (3, -1), (5, 1), (8, -1), (10, 1)], 11, 9, range)
    split = with_split_sums(graph)
    assert [n.op for n in split.nodes].count("table") == 2
    assert luts(split) < 0.85 * luts(graph)
    inputs = every_input(graph)
    assert equal(ints(graph, inputs), ints(split, inputs))


def test_few_shifts_stay():
    graph = scaled([(0, 1), (3, -1)], 11, 3)
    assert with_split_sums(graph) == graph


def luts(graph: Graph) -> int:
    return sum(n for name, n in mapped(graph).counts().items() if name.startswith("LUT"))


def test_three_numbers_take_one_chain():
    b = Builder()
    x, y, z = (b.input(name, FixedType(True, 12, 0)) for name in "xyz")
    b.output("s", b.wrap(b.add(b.wrap(b.sub(x, y), 12, True), z), 12, True))
    counts = lut_count(b.build())
    assert counts["CARRY4"] == 3
    assert sum(n for name, n in counts.items() if name.startswith("LUT")) <= 13


def whole(b: Builder, node: int) -> int:
    """The same bits as an integer."""
    return b.scale(node, b.nodes[node].frac)


def equivalence(plain: str, cells_text: str, top: str) -> list[str]:
    """Commands that prove two modules equal on all inputs, or fail."""
    return [
        f"read_verilog {plain} {cells_text} models.v",
        "hierarchy -check; proc; memory; flatten",
        f"miter -equiv -flatten -make_assert {top} {top}_xilinx miter",
        "hierarchy -top miter; proc; opt -full",
        "sat -verify -prove-asserts -show-ports miter",
    ]


@pytest.mark.needs("pyosys")
def test_yosys_proves_a_product_equal(tmp_path):
    """x*y in Booth rows and a table of the product, as plain RTL and as cells."""
    b = Builder()
    x, y = (b.input(name, FixedType(True, width, 0)) for name, width in (("x", 7), ("y", 5)))
    doubled, total = whole(b, b.shl(y, 1)), b.const(0)
    for k in (0, 2, 4):
        row = whole(b, b.booth(x, whole(b, b.slice(doubled, k + 2, k))))
        total = b.add(total, whole(b, b.shl(row, k)))
    b.output("p", total)
    b.output("t", b.table(b.slice(total, 6, 0), [k * k // 37 for k in range(128)]))
    graph = b.build()
    (tmp_path / "plain.v").write_text(verilog(graph, "top"))
    (tmp_path / "cells.v").write_text(primitives(graph, "top_xilinx"))
    (tmp_path / "models.v").write_text(cells_models())
    yosys(tmp_path, equivalence("plain.v", "cells.v", "top"))


def yosys(folder: Path, commands: list[str]) -> None:
    worker = "import sys; from pyosys import libyosys as ys; d = ys.Design(); [ys.run_pass(p, d) for p in sys.argv[1:]]"
    done = subprocess.run(
        [sys.executable, "-c", worker, *commands], cwd=folder, capture_output=True, text=True
    )
    assert done.returncode == 0, (done.stdout + done.stderr)[-2000:]


def counted(source: random.Random) -> tuple[dict[str, int], dict[str, int]]:
    """The LUTs, chains and multiplexers of a random graph, by Yosys and by us."""
    drawn = iter(lambda: unregistered(random_graph(source, 30, 12)), None)
    graph = next(
        g for g in drawn if not any(n.op in ("mul", "square") for n in g.nodes)
    )  # Yosys makes LUTs of those
    cells = synthesise(primitives(graph, "top"), "top", dsp=False)["cells"], lut_count(graph)
    theirs, ours = (
        {n: k for n, k in c.items() if k and n.startswith(("LUT", "CARRY", "MUXF"))} for c in cells
    )
    return theirs, ours


@pytest.mark.needs("pyosys")
@pytest.mark.parametrize("seed", range(3))
def test_yosys_counts_the_same_cells(seed):
    theirs, ours = counted(random.Random(seed))
    assert theirs == ours


@pytest.mark.needs("pyosys")
def test_yosys_finds_at_most_one_cell_that_no_output_needs(rng):
    """In a few graphs of a thousand it sees that a bit is constant where the mapper does not."""
    theirs, ours = counted(random.Random(int(rng.integers(2**32))))
    for kind in ("LUT", "CARRY", "MUXF"):
        found, most = (
            sum(n for cell, n in cells.items() if cell.startswith(kind)) for cells in (theirs, ours)
        )
        assert most - 1 <= found <= most, (theirs, ours)
