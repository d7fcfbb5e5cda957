"""The flip-flops of the estimate: equal bits once, constant and unread ones not at all."""

from __future__ import annotations

import pytest

from symgate import api
from symgate.backends.rtl import emit_graph
from symgate.backends.xilinx import cell_count
from symgate.ir.fixed import Builder, Graph
from symgate.ir.types import FixedType


def _twice_registered(same: bool) -> Graph:
    b = Builder()
    x = b.input("x", FixedType(True, 8, 0))
    y = b.input("y", FixedType(True, 8, 0))
    first = b.emit("register", x)
    second = b.emit("register", b.add(x, y) if not same else b.sub(b.add(x, y), y))
    b.output("a", b.emit("register", first))
    b.output("b", b.emit("register", second))
    return b.build()


def test_registers_and_valid_bits_are_counted() -> None:
    graph = _twice_registered(same=False)
    assert cell_count(graph)["FDRE"] == 8 + 9 + 8 + 9 + graph.latency


def test_bits_that_nothing_reads_are_no_flip_flops() -> None:
    b = Builder()
    x = b.input("x", FixedType(True, 8, 0))
    b.output("y", b.slice(b.emit("register", x), 3, 0))
    graph = b.build()
    assert cell_count(graph)["FDRE"] == 4 + graph.latency


@pytest.mark.needs("pyosys")
@pytest.mark.parametrize("text", ["x*z + x/4", "sin(x)*z", "1/(2 + x^2) + z", "exp(-x^2)"])
def test_yosys_has_about_as_many(text: str) -> None:
    from symgate.report.synth import synthesise

    found = api.price(f"y = {text}", bits=8, ranges=["[-1, 1]"], max_error=0.02, saturate=False)
    graph = found.firmware.graph
    files = {n: t for n, t in emit_graph("top", graph).items() if n.endswith(".v")}
    counted = synthesise(files["top.v"], "top", dsp=False)["ff"]
    assert abs(cell_count(graph)["FDRE"] - counted) <= 0.02 * counted + 1
