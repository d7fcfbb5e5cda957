"""The README of a build says what is true of its Verilog."""

from __future__ import annotations

import re
from dataclasses import replace
from fractions import Fraction

import pytest

from symgate.backends.readme import Readme
from symgate.backends.rtl import Rtl
from symgate.ir.design import Input
from symgate.ir.fixed import Builder
from symgate.ir.types import FixedType
from tests.handmade import design, firmware

__all__ = ["design", "firmware"]


def text(firmware) -> str:
    return Readme().emit(firmware)["README.md"]


def test_ports_are_those_of_the_module(firmware):
    module = Rtl().emit(firmware)["small_.v"]  # small is a word of Verilog
    rows = re.findall(r"^\| (in|out) \w+ \| `(\w+)` \| (\d+) \| (yes|no) \|", text(firmware), re.M)

    assert [name for _, name, _, _ in rows] == ["x", "y", "p", "q"]
    for way, name, bits, signed in rows:
        sign = " signed" if signed == "yes" else ""
        assert f"{way}put wire{sign} [{int(bits) - 1}:0] {name}" in module


def test_files_are_there(firmware):
    made = Rtl().emit(firmware)
    named = re.findall(r"`rtl/([\w.]+)`", text(firmware))

    assert len(named) == 5
    assert set(named) <= set(made)


def test_latency_is_that_of_the_graph(firmware):
    assert firmware.graph.latency == 2
    assert "come 2 cycles later (10 ns)" in text(firmware)


def test_bounds_stand_there(firmware):
    assert "p: at most 0.0312" in text(firmware)


@pytest.mark.parametrize(
    ("saturate", "sentence"),
    [(True, "Input x: a code beyond an end of the range counts as that end"),
     (False, "**Input x: a code beyond the range gives any result.**")],
)  # fmt: skip
def test_what_happens_outside(firmware, saturate, sentence):
    x = Input.of("x", FixedType(True, 6, 3), (Fraction(-1), Fraction(1)))
    design = replace(firmware.design, inputs=(x, firmware.design.inputs[1]), saturate=saturate)

    assert sentence in text(replace(firmware, design=design))


def test_without_an_outside_there_is_none(firmware):
    assert "there is no outside" in text(firmware)


def test_many_inputs_are_cut(firmware):
    inputs = tuple(Input.of(f"x{k}", FixedType(False, 4, 0)) for k in range(100))
    shown = text(replace(firmware, design=replace(firmware.design, inputs=inputs)))
    assert "36 more inputs" in shown


def test_logic_without_a_clock_has_no_latency(firmware):
    b = Builder()
    x, y = (b.input(i.name, i.type, i.raw) for i in firmware.design.inputs)
    for name, node in (("p", x), ("q", y)):
        b.output(name, node)
    target = replace(firmware.design.target, latency=0)
    bare = replace(firmware, graph=b.build(), design=replace(firmware.design, target=target))

    assert "Latency 0: the outputs are logic of the inputs" in text(bare)
    assert "rising edge" not in text(bare)
    assert "`_core.v` is the same logic" in text(bare)
    assert "small__core.v" in Rtl().emit(bare)
    assert "assign out_valid = in_valid;" in Rtl().emit(bare)["small_.v"]


def test_a_clock_enable_is_named(firmware):
    target = replace(firmware.design.target, clock_enable=True)
    stopping = replace(firmware, design=replace(firmware.design, target=target))

    assert "`_pipe.v` is the same pipeline with `ce`" in text(stopping)
    assert "input wire ce," in Rtl().emit(stopping)["small__pipe.v"]
    assert "_pipe.v" not in text(firmware)


def test_a_constant_of_run_time_is_named(firmware):
    design = replace(firmware.design, constants={"y": Fraction(3, 2)})
    held = replace(firmware, design=design)

    assert "`y` is a constant of run time, usually 1.5" in text(held)
    assert "`rtl/small__lite.v`" in text(held)
    assert "small__lite.v" in Rtl().emit(held)
    assert "_lite.v" not in text(firmware)
