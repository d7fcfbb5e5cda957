"""The Verilog is proved equal to the graph, and what is planted in it is found, with inputs."""

from __future__ import annotations

import random
import re
from dataclasses import replace

import numpy as np
import pytest

from symgate.backends.rtl import emit_graph
from symgate.backends.verilog.module import verilog
from symgate.backends.verilog.names import legal
from symgate.backends.verilog.style import Style
from symgate.errors import CheckFailed
from symgate.ir.domains import Interval
from symgate.ir.fixed import Builder, Graph, Node, run
from symgate.ir.fixed_ops import OPS
from symgate.ir.types import FixedType, Rounding
from symgate.project.folder import Build
from symgate.proof.formal import module, netlist, protocol, solver
from symgate.proof.formal.build import prove
from symgate.proof.formal.goals import unequal
from symgate.proof.formal.module import OPEN, PROVED, REFUTED
from symgate.proof.formal.queries import range_query
from symgate.proof.formal.samples import one_node
from symgate.proof.formal.words import Script
from symgate.proof.verify import Run, Verification
from symgate.report.formal_tables import formal_table
from symgate.sim.icarus_sim import simulate_graphs
from tests.backends.test_wrappers import FAULTS
from tests.backends.test_wrappers import graph as words_of
from tests.graphs import balanced, random_graph

pytestmark = pytest.mark.needs("bitwuzla", "pyosys")
S8, U5 = FixedType(True, 8, 3), FixedType(False, 5, 0)


def check(graph: Graph, text: str | None = None, **options):
    text = text or emit_graph("top", graph)["top.v"]
    return list(module.check({"top.v": text}, "top", graph, **options))


def outcomes(found):
    return {f.outcome for f in found}


@pytest.mark.parametrize("name", OPS)
def test_each_operator_is_proved(name):
    rng = random.Random(name)
    for width in (2, 5, 8):
        found = check(one_node(name, rng, width))
        assert outcomes(found) == {PROVED}, [f for f in found if f.outcome != PROVED]


@pytest.mark.parametrize("name", OPS)
def test_a_meaning_on_words_is_that_on_integers(name):
    rng = random.Random(f"words of {name}")
    graph = one_node(name, rng, 6)
    place = next(i for i, n in enumerate(graph.nodes) if n.op == name and n.args)
    node = graph.nodes[place]
    for _ in range(3):
        raws = [rng.randint(graph.nodes[a].range.lo, graph.nodes[a].range.hi) for a in node.args]
        script = Script()
        words = [script.free(f"x{k}", graph.nodes[a].range) for k, a in enumerate(node.args)]
        found = OPS[name].fn(*words, *node.attr)
        expected = OPS[name].fn(*raws, *node.attr)
        word = found if hasattr(found, "bits") else script.const(int(found))
        fixed = [
            f"(assert (= {w.text} {script.const(r).bits(w.width)}))"
            for w, r in zip(words, raws, strict=True)
        ]
        got = f"(declare-const got (_ BitVec 40)) (assert (= got {word.bits(40)}))"
        answer = solver.bitwuzla("\n".join(["(set-logic QF_BV)", *script.lines, *fixed, got]), 10)
        assert answer.values["got"] == int(expected) % (1 << 40)


@pytest.mark.parametrize("seed", range(6))
def test_random_graphs_are_proved(seed):
    graph = random_graph(random.Random(seed), 30, widest=12)
    found = [f for f in check(graph) if "different cycles" not in f.reason]
    assert REFUTED not in outcomes(found), [f for f in found if f.outcome == REFUTED]
    assert sum(f.outcome == OPEN for f in found) <= len(found) // 20


@pytest.mark.parametrize("seed", range(3))
def test_random_pipelines_are_proved(seed):
    graph = balanced(random_graph(random.Random(seed), 20, widest=8))
    assert outcomes(check(graph)) == {PROVED}


def test_z3_proves_the_same():
    pytest.importorskip("z3")
    assert outcomes(check(small(), solve=solver.z3)) == {PROVED}


def small() -> Graph:
    """A table, a product row, a rounding and a saturation in three stages."""
    b = Builder()
    x, y = b.register(b.input("x", S8)), b.register(b.input("y", U5))
    row = b.booth(x, b.slice(y, 2, 0))
    table = b.table(y, [k * k % 37 for k in range(32)], 3)
    total = b.register(b.add(b.to_frac(b.scale(row, -1), 4), b.to_frac(table, 4)))
    rounded = b.round(total, 4, Rounding.RND_CONV)
    b.output("z", b.register(b.fit(rounded, FixedType(True, 5, 0))))
    return b.build()


PLANTED = {
    "logic": (r"\+", "-", 1),
    "sign of a saturation": (r"\? \{n12\[6\],", "? {~n12[6],", 1),
    "a bit of a table": (r"entry = 6'd16;", "entry = 6'd17;", 1),
    "a bit of a register": (r"<= y;", "<= {y[4:1], ~y[0]};", 1),
    "an edge": (r"posedge", "negedge", 1),
    "all edges": (r"posedge", "negedge", 0),
    "a register that never changes": (r"n14 <= n13", "n14 <= n14", 1),
    "a register of another stage": (r"n14 <= n13", "n14 <= n11[4:0]", 1),
    "an input three cycles late": (r"z = n14", "z = x[4:0]", 1),
    "another clock": (r"posedge clk\)", "posedge in_valid)", 1),
    "a gated clock": (r"posedge clk\)", "posedge (clk & in_valid))", 1),
    "a stage less of valid bits": (r"out_valid = valid\[3\]", "out_valid = valid[2]", 1),
    "no reset of valid bits": (r"rst \? 3'd0 : ", "", 1),
    "a port": (r"wire \[4:0\] y", "wire [4:0] yy", 1),
}


CLOCKS = "registers of another clock or edge"
UNREADABLE = {
    "an edge": CLOCKS,
    "all edges": CLOCKS,
    "another clock": CLOCKS,
    "a gated clock": CLOCKS,
}


@pytest.mark.parametrize("fault", PLANTED)
def test_what_is_planted_is_found(fault):
    old, new, count = PLANTED[fault]
    graph = small()
    text = emit_graph("top", graph)["top.v"]
    wrong, times = re.subn(old, new, text, count=count)
    assert times, text
    if fault in UNREADABLE:
        with pytest.raises(CheckFailed, match=UNREADABLE[fault]):
            check(graph, wrong)
        return
    found = check(graph, wrong)
    assert REFUTED in outcomes(found)
    for f in found:
        if f.counterexample:
            spans = [graph.nodes[p.node].range for p in graph.inputs]
            assert all(map(Interval.__contains__, spans, f.counterexample.inputs.values()))


ENABLED = {
    "none": ("", "", {PROVED}),
    "a register that is not enabled": (
        "if (ce) begin\n    n14",
        "begin\n    n14",
        {PROVED, REFUTED},
    ),
    "the other way round": ("if (ce) begin\n    n14", "if (!ce) begin\n    n14", {PROVED, REFUTED}),
    "valid bits that run on": ("ce ? {valid", "1'b1 ? {valid", {PROVED, REFUTED}),
}


@pytest.mark.parametrize("fault", ENABLED)
def test_a_clock_enable_stops_all_registers(fault):
    old, new, expected = ENABLED[fault]
    graph = small()
    text = verilog(graph, "top", style=Style.ENABLE)
    assert old in text
    assert outcomes(check(graph, text.replace(old, new, 1), style=Style.ENABLE)) == expected


@pytest.mark.parametrize("style", [Style.VALID, Style.ENABLE])
def test_a_table_in_block_ram_is_proved_with_its_register(style):
    b = Builder()
    x = b.register(b.input("x", U5))
    b.output("y", b.register(b.rom(x, [k * k % 37 for k in range(32)], 3)))
    text = verilog(b.build(), "top", style=style)
    found = check(b.build(), text, style=style)
    assert outcomes(found) == {PROVED}
    assert [f.kind for f in found].count("register") == 2
    wrong = text.replace("entry <= 6'd16;", "entry <= 6'd17;")
    assert REFUTED in outcomes(check(b.build(), wrong, style=style))


def test_a_core_is_proved_without_a_clock():
    graph = random_graph(random.Random(7), 20, widest=8)
    text = verilog(graph, "top", style=Style.BARE)
    assert "clk" not in text
    assert outcomes(check(graph, text, style=Style.BARE)) == {PROVED}


@pytest.mark.needs("iverilog")
def test_a_counterexample_shows_the_error_in_simulation(monkeypatch):
    """The inputs of a counterexample of an output lead to other bits in Icarus, too."""
    b = Builder()
    x, y = b.input("x", S8), b.input("y", S8)
    b.output("z", b.emit("max", x, y))
    graph = b.build()
    text = emit_graph("top", graph)["top.v"].replace("x < y", "x <= (y ^ 8'sd1)")
    assert "8'sd1" in text or "<" in text
    (bad, *_) = [f for f in check(graph, text) if f.outcome == REFUTED]
    inputs = bad.counterexample.inputs

    monkeypatch.setattr(
        "symgate.sim.icarus_sim.verilog",
        lambda g, name: text.replace("module top", f"module {name}"),
    )
    rows = {name: np.array([raw]) for name, raw in inputs.items()}
    got = simulate_graphs({"a": graph}, {"a": rows})["a"]["z"][0]
    assert got != run(graph, [inputs["x"], inputs["y"]])[0]


def test_one_bit_of_each_part_of_the_text_matters():
    """Every index, constant and entry of the text, one bit off: refuted, unless no value shows it."""
    graph = small()
    lines = emit_graph("top", graph)["top.v"].splitlines()
    rng, tried, missed = random.Random(3), 0, []
    places = [
        (k, m)
        for k, line in enumerate(lines)
        for m in re.finditer(r"(?<=\[)\d+(?=\])|(?<='d)\d+", line.split("//")[0])
        if "input" not in line and "output" not in line and "reg [" not in line
    ]
    for k, m in rng.sample(places, 12):
        line = lines[k]
        changed = f"{line[: m.start()]}{int(m[0]) ^ 1}{line[m.end() :]}"
        text = "\n".join([*lines[:k], changed, *lines[k + 1 :]])
        tried += 1
        try:
            if outcomes(check(graph, text)) == {PROVED}:
                missed.append(changed)
        except CheckFailed:
            continue
    assert tried == 12
    assert not missed


def test_a_range_that_is_too_narrow_is_found():
    graph = small()
    place = next(i for i, n in enumerate(graph.nodes) if n.op == "add")
    node = graph.nodes[place]
    narrow = Node(
        node.op, node.args, node.attr, Interval(node.range.lo, node.range.hi - 1), node.frac
    )
    nodes = (*graph.nodes[:place], narrow, *graph.nodes[place + 1 :])
    query = range_query(Graph(nodes, graph.inputs, graph.outputs), place)
    assert solver.bitwuzla(query, 10).found


def test_operands_of_different_cycles_are_found():
    b = Builder()
    x = b.input("x", S8)
    b.output("y", b.add(x, b.register(x)))
    assert list(unequal(b.build())) == [2]
    assert REFUTED in outcomes(check(b.build()))


def test_the_name_of_a_wire_is_only_a_hint():
    """A text whose wires have the names of other nodes is not proved by that."""
    b = Builder()
    x, y = b.input("x", S8), b.input("y", S8)
    b.output("z", b.sub(b.emit("max", x, y), b.emit("min", x, y)))
    graph = b.build()
    text = emit_graph("top", graph)["top.v"]
    swapped = text.replace("n2", "n0").replace("n3", "n2").replace("n0", "n3")
    assert swapped != text
    assert REFUTED in outcomes(check(graph, swapped))


@pytest.mark.parametrize("latency", [0, 2])
def test_wrappers_keep_their_promises(latency):
    graph = words_of(latency)
    found = list(protocol.check(emit_graph("demo", graph), "demo", graph))
    assert len(found) == 2 * len(protocol.PROPERTIES)
    assert not [w for w in found if w.broken or w.open]


def test_wrappers_accept_words_as_far_apart_as_the_module_takes_them():
    graph = replace(words_of(2), interval=3)
    files = {f: t for f, t in emit_graph("demo", graph).items() if f != "demo_axis.v"}
    found = list(protocol.check(files, "demo", graph))
    assert len(found) == len(protocol.PROPERTIES) + 1
    assert not [w for w in found if w.broken or w.open]

    assert "pause <= 2;" in files["demo_stream.v"]
    files["demo_stream.v"] = files["demo_stream.v"].replace("pause <= 2;", "pause <= 1;")
    broken = [w.rule for w in protocol.check(files, "demo", graph) if w.broken]
    assert broken == list(protocol.APART.values())


@pytest.mark.parametrize("fault", FAULTS)
def test_faults_of_a_wrapper_are_found(fault):
    right, wrong, _ = FAULTS[fault]
    graph = words_of(2)
    files = {f: t for f, t in emit_graph("demo", graph).items() if f != "demo_axis.v"}
    files["demo_stream.v"] = files["demo_stream.v"].replace(right, wrong)
    broken = [w for w in protocol.check(files, "demo", graph) if w.broken]
    assert broken
    assert broken[0].broken[0].startswith("cycle 0: rst 1")


def test_wires_that_yosys_takes_apart_keep_their_bits():
    wires = "wire [2:0] n5 = {a[0], 1'b1, a[3]}; assign y = {n5, a[1]};"
    text = f"module top(input [3:0] a, output [3:0] y); {wires} endmodule"
    read = netlist.read({"top.v": text}, "top")
    a = read.wires["a"]
    assert read.wires["n5"] == (a[3], 1, a[0])
    assert read.wires["y"] == (a[1], a[3], 1, a[0])


@pytest.fixture
def build(tmp_path, firmware) -> Build:
    (tmp_path / "rtl").mkdir()
    for name, text in emit_graph(firmware.name, firmware.graph).items():
        (tmp_path / "rtl" / name).write_text(text)
    return Build(tmp_path, firmware.design, firmware.graph, firmware.certificate, {})


def test_a_build_is_proved_and_told_of(build):
    result = prove(build)
    assert (result.problems, result.notes, result.unread) == ([], [], None)
    assert sum(t.proved for t in result.tallies) == len(result.found) > 3
    table = formal_table(Verification(0, "", (Run("cpp", 7),), (), (), formal=result))
    cells = [list(column.cells) for column in table.columns]
    assert "only simulated, 7 vectors" in map(str, cells[1])


def test_what_is_wrong_in_a_build_is_a_problem(build):
    top = legal(build.name)
    path = build.path / "rtl" / f"{top}.v"
    text = path.read_text()
    output = build.graph.outputs[0].name
    path.write_text(re.sub(rf"assign {output} = (.*);", rf"assign {output} = (\1) ^ 1'd1;", text))
    (problem, *_) = prove(build).problems
    assert re.match(
        rf"formal: output {output} is 0x\w+ instead of 0x\w+ .*raw inputs \w+=-?\d+", problem
    )
    path.unlink()
    assert prove(build).problems == [f"rtl/{top}.v is missing"]
    path.write_text("module nothing; endmodule")
    assert "Yosys cannot read the Verilog" in prove(build).problems[0]


def test_columns_as_cells_are_proved_and_a_bit_of_one_is_found():
    b = Builder()
    x = b.input("x", FixedType(False, 6, 0))
    b.output("z", b.table(x, [(7 * k * k + k) % 61 for k in range(64)]))
    graph = b.build()
    text = emit_graph("top", graph)["top.v"]
    wrong = re.sub(r"(LUT6 #\(.INIT\(64'h[0-9a-f]{15})([0-9a-f])", _turned, text, count=1)

    right = list(module.check_cells({"top.v": text}, "top", graph))
    found = list(module.check_cells({"top.v": wrong}, "top", graph))

    assert outcomes(right) == {PROVED}
    assert REFUTED in outcomes(found)
    assert outcomes(check(graph, wrong)) == {PROVED}  # the branch without the macro is as it was


def _turned(m: re.Match[str]) -> str:
    return f"{m[1]}{int(m[2], 16) ^ 1:x}"
