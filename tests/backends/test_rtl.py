"""The files of the RTL project: their text, their names, and that nothing in them changes from run
to run.
"""

import dataclasses

import pytest
from amaranth.hdl import Fragment

from symgate.backends.circuit import Circuit
from symgate.backends.rtl import Rtl, emit_graph
from symgate.backends.verilog.names import legal, port_names
from symgate.ir.design import Design, Target
from symgate.ir.firmware import Certificate, Firmware
from symgate.ir.fixed import Builder
from symgate.ir.types import FixedType, Rounding

S8 = FixedType(True, 8, 3)


def small():
    """A product row, a folded table and a rounding, in three stages."""
    b = Builder()
    x, y = b.input("x", S8), b.input("wire", FixedType(False, 6, 0))
    start = b.register(b.to_frac(y, 3))
    row = b.booth(b.register(x), b.slice(start, 5, 3))
    total = b.register(b.add(start, b.scale(row, b.nodes[row].frac - 3)))
    sign, entry = b.slice(x, 7, 7), b.table(b.slice(x, 4, 0), [3 * k - 40 for k in range(32)], 3)
    folded = b.register(b.register(b.select(sign, b.invert(entry), entry)))
    result = b.round(b.add(total, folded), 3, Rounding.RND_CONV)
    b.output("y", b.register(b.fit(result, FixedType(True, 6, 0))))
    return b.build()


def firmware(**target):
    return Firmware(Design("demo", (), (), target=Target(**target)), small(), Certificate(()))


@pytest.mark.parametrize(
    "file",
    ["demo.v", "demo.xdc", "build_vivado.tcl", "sources.txt", "demo.sdc", "build_quartus.tcl", "build_ecp5.sh"],
)  # fmt: skip
def test_text(file, golden):
    golden(Rtl().emit(firmware(part="xcku5p-ffvb676-2-e", clock_ns=2.5))[file])


def test_files_are_named_by_the_design():
    assert sorted(Rtl().emit(firmware())) == [
        "build_ecp5.sh",
        "build_quartus.tcl",
        "build_vivado.tcl",
        "demo.sdc",
        "demo.v",
        "demo.xdc",
        "demo_axis.v",
        "demo_stream.v",
        "sources.txt",
    ]


def test_a_pipeline_with_a_clock_enable_stands_beside_the_other(golden):
    files = Rtl().emit(firmware(clock_enable=True))
    assert files.keys() - Rtl().emit(firmware()).keys() == {"demo_pipe.v"}
    assert files["sources.txt"] == "demo.v\n"
    golden(files["demo_pipe.v"])


def test_a_graph_without_registers_is_a_core_too(golden):
    b = Builder()
    b.output("y", b.emit("abs", b.input("x", S8)))
    files = emit_graph("top", b.build())
    assert "clk" not in files["top_core.v"]
    golden(files["top_core.v"])


def test_same_input_same_bytes():
    assert Rtl().emit(firmware()) == Rtl().emit(firmware())


def test_design_name_becomes_a_legal_module_name():
    assert "module my_design_ (" in emit_graph("my design!", small())["my_design_.v"]


def test_design_without_registers_passes_valid_through():
    b = Builder()
    b.output("y", b.neg(b.input("x", S8)))
    text = emit_graph("top", b.build())["top.v"]
    assert "assign out_valid = in_valid;" in text
    assert "always" not in text


def test_equal_tables_are_one_module():
    b = Builder()
    x, y = b.input("x", FixedType(False, 3, 0)), b.input("y", FixedType(True, 3, 0))
    for name, index, offset in (("p", x, 0), ("q", y, 0), ("r", y, 1)):
        b.output(name, b.table(index, [k * k + offset for k in range(8)]))
    text = emit_graph("top", b.build())["top.v"]
    assert text.count("module top_table") == 2
    assert text.count("top_table0 u") == 2


@pytest.mark.parametrize(("bits", "large"), [(6, False), (7, True), (11, True)])
def test_no_table_takes_block_ram(bits, large):
    b = Builder()
    x = b.register(b.input("x", FixedType(False, bits, 0)))
    b.output("y", b.register(b.table(x, [k * k % 509 for k in range(1 << bits)])))
    text = emit_graph("top", b.build())["top.v"]
    assert ('(* rom_style = "distributed" *)' in text) == large


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("x14", "x14"),
        ("reg", "reg_"),
        ("Logic", "Logic_"),
        ("2x", "_2x"),
        ("a.b-c", "a_b_c"),
        ("", "_"),
        ("é", "_"),
    ]
    + [("n12", "n12_"), ("N3_row", "N3_row_"), ("valid", "valid_"), ("n12x", "n12x")]
    + [
        ("bench", "bench_"),
        ("std", "std_"),
        ("LUT6_2", "LUT6_2_"),
        ("CARRY4", "CARRY4_"),
        ("lut", "lut"),
        ("fd2x", "fd2x"),
    ],
)
def test_legal_name(name, expected):
    assert legal(name) == expected


def test_port_names_differ_from_each_other_and_from_ours():
    b = Builder()
    for name in ("clk", "a.b", "a_b", "A_B", "top"):
        b.input(name, S8)
    b.output("a-b", b.input("rst", S8))
    names = port_names(b.build(), "top")
    assert names.inputs == ("clk_2", "a_b", "a_b_2", "A_B_3", "top_2", "rst_2")
    assert names.outputs == ("a_b_4",)


def test_circuit_has_its_ports_in_order():
    circuit = Circuit(small())
    assert [s.name for s in (*circuit.inputs, *circuit.outputs)] == ["x", "wire", "y"]
    assert [(len(s), s.shape().signed) for s in circuit.inputs] == [(8, True), (6, False)]
    Fragment.get(circuit, None)  # Amaranth warns of a circuit that nobody elaborates


def test_target_is_in_the_scripts():
    files = Rtl().emit(
        dataclasses.replace(
            firmware(), design=Design("demo", (), (), target=Target(clock_ns=3.3333))
        )
    )
    first = files["demo.xdc"].splitlines()[0]
    assert first == "create_clock -name clk -period 3.333 [get_ports clk]"
    assert "set part xcvu9p-flga2104-2-e\n" in files["build_vivado.tcl"]
