"""Tables in block RAM: as many as the design allows, where they save LUTs, a cycle later, counted
as synthesis does.
"""

from fractions import Fraction

import numpy as np
import pytest

from symgate.backends.hls import emit_graph as cpp
from symgate.backends.rtl import emit_graph
from symgate.backends.verilog.module import verilog
from symgate.backends.xilinx import primitives
from symgate.frontend.language.infix import parse
from symgate.ir.design import Accuracy, Design, Input, Target
from symgate.ir.fixed import Builder, run
from symgate.ir.fixed_ops import blocks
from symgate.ir.fixed_ops.delays import USUAL
from symgate.ir.types import FixedType
from symgate.passes.compiler import compile_design
from symgate.passes.hardware.cost import estimate
from symgate.passes.hardware.schedule import Schedule
from symgate.report.synth import synthesise
from symgate.sim.numpy_model import simulate
from tests.backends import cells

TEXT = "exp(-x**2)*sin(3*x)/(1.2 + cos(7*x)) + y*tanh(x + y)"


def design(text=TEXT, error=Fraction(1, 64), **target):
    inputs = tuple(Input.of(n, FixedType.parse("fixed<12,3>")) for n in ("x", "y") if n in text)
    return Design(
        "d", inputs, (("u", parse(text, ["x", "y"])),), Accuracy({"u": error}), Target(**target)
    )


def rom(values, width, frac=0):
    """A graph whose only operator is a table in block RAM, with the register behind it."""
    b = Builder()
    b.output("u", b.register(b.rom(b.input("x", FixedType(False, width, 0)), values, frac)))
    return b.build()


def test_blocks_take_the_place_of_luts_and_no_more_than_allowed():
    found = [compile_design(design(bram=n)) for n in (0, 2, 4)]
    costs = [estimate(f.graph) for f in found]

    assert [c.bram > 0 for c in costs[::2]] == [False, True]
    assert all(c.bram <= n for c, n in zip(costs, (0, 2, 4), strict=True))
    assert costs[2].lut < costs[0].lut / 2
    assert all(b.bound <= b.target for f in found for b in f.certificate.bounds)


def test_designs_for_latency_take_none():
    assert estimate(compile_design(design(bram=4, objective="latency")).graph).bram == 0


@pytest.mark.parametrize(
    ("address", "width", "count"),
    [
        (5, 3, 1),
        (9, 36, 1),
        (9, 37, 2),
        (10, 18, 1),
        (10, 19, 2),
        (11, 9, 1),
        (12, 9, 3),
        (14, 1, 1),
        (15, 1, 2),
    ],
)
def test_blocks_of_a_table(address, width, count):
    assert blocks(address, width) == count


@pytest.mark.parametrize("own_cells", [False, True])
def test_yosys_counts_the_blocks_of_the_estimate(own_cells):
    values = np.random.default_rng(0).integers(-(2**16), 2**16, 1 << 10).tolist()
    graph = rom(values, 10)
    files = emit_graph("d", graph, Target(primitives=own_cells))
    top = "d_xilinx" if own_cells else "d"
    counts = synthesise({"d.v": files[f"{top}.v"]}, top)

    assert (counts["bram"], counts["lut"], counts["ff"]) == (
        1,
        0,
        1,
    )  # the flip-flop is that of the valid bit
    assert (estimate(graph).bram, estimate(graph).lut, estimate(graph).ff) == (1, 0, 0)


@pytest.mark.needs("iverilog")
def test_the_rtl_of_random_contents_has_the_bits_of_numpy(rng, tmp_path):
    graphs, designs, inputs = {}, {}, {}
    for k in range(24):
        width = k // 4 + 1
        values = rng.integers(
            -(2**20) if k % 2 else 0, 2 ** int(rng.integers(1, 20)), 1 << width
        ).tolist()
        top = f"d{k}"
        graphs[top], inputs[top] = rom(values, width), {"x": rng.integers(0, 1 << width, 60)}
        designs[top] = graphs[top], (primitives if k % 4 < 2 else verilog)(graphs[top], top)

    found = cells.simulate(tmp_path, designs, inputs)

    for top, graph in graphs.items():
        assert (found[top]["u"] == simulate(graph, inputs[top])["u"]).all(), top
    assert all(
        d[1].count("posedge clk) \n    case") + d[1].count("posedge clk)\n    case") == 1
        for d in designs.values()
    )


def test_a_block_waits_for_its_address_and_its_reader_for_it():
    b = Builder()
    x = b.input("x", FixedType(True, 8, 0))
    late = b.rom(b.slice(b.add(x, b.const(3)), 7, 0), list(range(256)))
    b.output("u", b.add(late, b.const(1)))
    graph = b.build()

    slow, fast = Schedule(20.0)(graph), Schedule(1.4)(graph)

    assert USUAL.ram_out + USUAL.net(1) + USUAL.chain(8) > USUAL.budget(1.9)
    assert USUAL.chain(8) + USUAL.net(8) + USUAL.ram_setup > USUAL.budget(1.4)
    assert (slow.latency, fast.latency) == (
        2,
        4,
    )  # the adder in front, and the one behind, in cycles of their own
    for pipelined in (slow, fast):
        ops = [n.op for n in pipelined.nodes]
        assert all(ops[r] == "register" for i, op in enumerate(ops) if op == "rom"
                   for r in range(len(ops)) if i in pipelined.nodes[r].args)  # fmt: skip
    assert (run(fast, [np.arange(-128, 128)])[0] == run(graph, [np.arange(-128, 128)])[0]).all()


def test_hls_binds_it_to_block_ram():
    files = cpp("d", rom([3, 1, 4, 1], 2))
    text = "".join(files.values())

    assert "    SYMGATE_BRAM\n" in text
    assert "define SYMGATE_BRAM SYMGATE_PRAGMA(HLS INLINE) SYMGATE_ROM(bram)\n" in text
    assert "define SYMGATE_BRAM SYMGATE_PRAGMA(HLS INLINE) SYMGATE_ROM(ROM_1P_BRAM)\n" in text
