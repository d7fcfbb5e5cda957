"""Modules without back-pressure: every word leaves in its cycle, and planted faults are found."""

from __future__ import annotations

from fractions import Fraction

import numpy as np
import pytest

from symgate.backends.rtl import emit_graph
from symgate.backends.verilog.lite import lite
from symgate.ir.design import Target
from symgate.ir.domains import Interval
from symgate.ir.fixed import Builder, run
from symgate.ir.types import FixedType
from symgate.sim.valid_bench import LITE, PIPE, PLAIN, simulate_valid

CONSTANTS = {"gain": Fraction(3, 2), "shift": Fraction(-1, 4)}
ROWS = 120


def graph(latency):
    b = Builder()
    x = b.input("x", FixedType(True, 6, 0))
    gain = b.input("gain", FixedType(False, 5, 3), Interval(8, 16))
    shift = b.input("shift", FixedType(True, 4, 3), Interval(-3, 7))
    total = b.add(b.mul(x, gain), shift)
    for _ in range(latency):
        total = b.register(total)
    b.output("y", total)
    return b.build()


def rows(g):
    """Random rows, the same constants for twelve of them."""
    rng = np.random.default_rng(3)
    columns = {}
    for port in g.inputs:
        span = g.nodes[port.node].range
        drawn = rng.integers(span.lo, span.hi, ROWS, endpoint=True)
        columns[port.name] = np.repeat(drawn[::12], 12) if port.name in CONSTANTS else drawn
    (y,) = run(g, [columns[p.name] for p in g.inputs])
    return {**columns, "y": y}


def passed(kind, g, edit=lambda text: text, tool="icarus", words=6000):
    constants = CONSTANTS if kind == LITE else {}
    files = emit_graph("demo", g, Target(clock_enable=True))
    files["demo_lite.v"] = lite(g, "demo", CONSTANTS)
    files = {name: edit(text) for name, text in files.items() if name.endswith(".v")}
    return simulate_valid(files, "demo", g, rows(g), kind, constants, words=words, tool=tool)


@pytest.mark.parametrize("latency", [0, 1, 3])
@pytest.mark.parametrize("kind", [PLAIN, PIPE, LITE])
@pytest.mark.needs("iverilog", "cocotb")
def test_every_word_leaves_in_its_cycle(kind, latency):
    found = passed(kind, graph(latency))

    assert found.right, found
    assert found.words >= 6000
    assert found.resets > 2
    assert (found.refusals > 20) == (kind == LITE)


@pytest.mark.parametrize("kind", [PLAIN, PIPE, LITE])
@pytest.mark.needs("verilator", "cocotb")
def test_in_verilator_too(kind):
    found = passed(kind, graph(2), tool="verilator", words=3000)

    assert found.right, found


FAULTS = {
    "valid after a reset": (PLAIN, "rst ? 3'd0", "1'b0 ? 3'd0"),
    "valid too early": (PLAIN, "out_valid = valid[3]", "out_valid = valid[2]"),
    "data too late": (PLAIN, "assign y = ", "reg [31:0] old; always @(posedge clk) old <= n7; assign y = old + "),
    "valid goes on without the clock enable": (PIPE, "ce ? {valid", "1'b1 ? {valid"),
    "data go on without the clock enable": (PIPE, "if (ce)", "if (1'b1)"),
    "a value beyond the range is taken": (LITE, "<= 32'd16", "<= 32'd17"),
    "no error for what is refused": (LITE, "2'b00 : 2'b10;", "2'b00 : 2'b00;"),
    "a constant at the address of another": (LITE, "== 1'd1) shift", "== 1'd0) shift"),
    "a constant that loses its sign": (LITE, "shift[3]", "1'b0"),
}  # fmt: skip


@pytest.mark.parametrize("fault", FAULTS)
@pytest.mark.needs("iverilog", "cocotb")
def test_planted_faults_are_found(fault):
    kind, right, wrong = FAULTS[fault]
    texts = []

    def edit(text):
        texts.append(right in text)
        return text.replace(right, wrong)

    found = passed(kind, graph(3), edit, words=3000)

    assert any(texts)
    assert not found.right
