"""Netlist counts: what is counted, what is not, and what happens where Yosys is missing or fails."""

import pytest

from symgate.backends.rtl import emit_graph
from symgate.errors import CheckFailed, ToolMissing
from symgate.ir.fixed import Builder
from symgate.ir.types import FixedType
from symgate.report import synth

S8, DIGIT = FixedType(True, 8, 0), FixedType(False, 3, 0)


def lut(make, *types):
    b = Builder()
    b.output("y", make(b, *(b.input(f"x{k}", t) for k, t in enumerate(types))))
    return synth.synthesise(emit_graph("top", b.build()), "top", dsp=False)["lut"]


def test_counts_are_sums_over_cells():
    cells = {
        "LUT2": 3,
        "LUT6": 4,
        "LUT6_2": 1,
        "SRL16E": 2,
        "FDRE": 5,
        "FDSE": 1,
        "CARRY4": 2,
        "MUXF7": 1,
        "INV": 9,
    }
    counts = synth.count(
        {**cells, "DSP48E2": 1, "RAMB18E2": 3, "RAMB36E2": 1, "$scopeinfo": 7}, "xcup"
    )
    assert (counts["lut"], counts["ff"], counts["carry"], counts["muxf"], counts["dsp"]) == (
        10,
        6,
        2,
        1,
        1,
    )
    assert counts["bram"] == 5
    assert "$scopeinfo" not in counts["cells"]


def test_missing_yosys(monkeypatch):
    monkeypatch.setattr(synth, "find_spec", lambda name: None)
    with pytest.raises(ToolMissing, match="counting a netlist needs Yosys") as error:
        synth.synthesise("module top; endmodule", "top")
    assert error.value.remedy == "pip install 'symgate[synth]'"


@pytest.mark.needs("pyosys")
def test_yosys_says_what_is_wrong():
    with pytest.raises(
        CheckFailed, match=r"Yosys failed: ERROR: Module `\\absent' referenced in module `\\top'"
    ):
        synth.synthesise("module top; absent u(); endmodule", "top")


@pytest.mark.needs("pyosys")
@pytest.mark.slow
def test_only_listed_sources_are_read():
    files = emit_graph("top", adder()) | {"other.v": "this is no Verilog"}
    assert synth.synthesise(files, "top", dsp=False)["lut"] == 8


def adder():
    b = Builder()
    b.output("y", b.add(b.input("p", S8), b.input("q", S8)))
    return b.build()


@pytest.mark.needs("pyosys")
@pytest.mark.slow
def test_multiplier_takes_a_dsp_only_where_allowed():
    b = Builder()
    b.output("y", b.mul(b.input("p", S8), b.input("q", S8)))
    files = emit_graph("top", b.build())
    assert synth.synthesise(files, "top")["dsp"] == 1
    assert synth.synthesise(files, "top", dsp=False)["dsp"] == 0


@pytest.mark.needs("pyosys")
@pytest.mark.slow
def test_delays_take_flip_flops():
    b = Builder()
    x = b.input("x", S8)
    for _ in range(6):
        x = b.register(x)
    b.output("y", x)
    files = emit_graph("top", b.build())
    counts = synth.synthesise(files, "top")
    assert (counts["lut"], counts["ff"]) == (0, 54)  # 6 bits of them for the valid chain
    assert synth.synthesise(files, "top", shift_registers=True)["cells"]["SRL16E"] == 8


#: LUTs that texts must not exceed: measured with Yosys 0.70 (docs/decisions/0004-rtl-text.md).
PINNED = {
    "row in a sum": (
        13,
        lambda b, a, x, d: b.add(a, b.scale(b.booth(x, d), -1)),
        (FixedType(True, 11, 0), S8, DIGIT),
    ),
    "folded table": (
        21,
        lambda b, a, x, c: b.add(a, b.select(c, b.invert(table(b, x)), table(b, x))),
        (FixedType(True, 10, 0), FixedType(True, 6, 0), FixedType(False, 1, 0)),
    ),
    "table in a sum": (
        11,
        lambda b, a, x: b.add(a, table(b, x)),
        (FixedType(True, 10, 0), FixedType(True, 5, 0)),
    ),
    "magnitude": (6, lambda b, x: b.emit("abs", x), (S8,)),
}


def table(b, x):
    return b.table(x, [(i * i * 37) % 257 - 100 for i in range(1 << b.nodes[x].type.width)])


@pytest.mark.needs("pyosys")
@pytest.mark.slow
@pytest.mark.parametrize("name", PINNED)
def test_text_takes_no_more_luts(name):
    most, make, types = PINNED[name]
    assert lut(make, *types) <= most
