"""Timing as the report has it: the longest path of each stage, and what no clock this fast can hold."""

from __future__ import annotations

import json
from fractions import Fraction

import pytest

from symgate import api
from symgate.frontend.language.infix import parse
from symgate.ir.design import Accuracy, Design, Input, Target
from symgate.ir.types import FixedType
from symgate.passes.compiler import compile_design
from symgate.report.timing import path_rows, sentences, timing, too_slow


def firmware(text="sin(x)*y + 0.3*x", **target):
    inputs = tuple(Input.of(n, FixedType.parse("fixed<8,3>")) for n in "xy")
    e = parse(text, ("x", "y"))
    accuracy = Accuracy(max_error={"z": Fraction(1, 16)})
    return compile_design(Design("d", inputs, (("z", e),), accuracy, Target(**target)))


@pytest.mark.parametrize("clock", [2.0, 3.0, 5.0])
def test_each_stage_has_a_path_whose_parts_add_up(clock):
    found = firmware(clock_ns=clock)
    told = timing(found)

    assert [s["stage"] for s in told["stages"]] == sorted({s["stage"] for s in told["stages"]})
    assert len(told["stages"]) <= found.graph.latency
    for stage in told["stages"]:
        assert sum(part["ns"] for part in stage["path"]) == pytest.approx(stage["ns"], abs=0.01)
        assert stage["ns"] <= told["budget"]
        assert stage["path"][0]["what"] == "clock"
    assert told["fastest_clock"] <= clock
    assert too_slow(found) is None


def test_parts_are_values_of_the_formula():
    told = timing(firmware())
    values = {part["value"] for stage in told["stages"] for part in stage["path"]}

    assert any(value.startswith("v") for value in values)
    assert values & {"x", "y"}  # where a path starts
    (first, *_) = path_rows(told)
    assert first[0] == "1"
    assert "clock 0.08" in first[2]


def test_what_no_clock_this_fast_holds_is_said_with_the_clock_that_does():
    slow = firmware("x + y", clock_ns=0.6)
    said = too_slow(slow)

    assert said is not None
    assert said.startswith("v0 (add 9) cannot be cut")
    fastest = timing(slow)["fastest_clock"]
    assert said.endswith(f"the fastest clock is {fastest:g} ns")
    assert too_slow(firmware("x + y", clock_ns=fastest)) is None
    assert f"It misses the clock: the fastest one is {fastest:g} ns." in sentences(
        timing(slow), 0.6
    )


def test_an_unknown_part_is_told():
    told = timing(firmware(part="xcku5p"))

    assert told["grade"] == "-1"
    assert sentences(told, 5.0).endswith("Assumed: no speed grade is stated: -1 is taken.")


def test_slower_parts_take_more_time():
    fast, slow = (timing(firmware(part=f"xcvu9p-flga2104-{g}-e")) for g in (3, 1))

    assert fast["fastest_clock"] < slow["fastest_clock"] or len(fast["stages"]) < len(
        slow["stages"]
    )


@pytest.mark.parametrize("registers", ["inputs", "both", "none"])
def test_registers_survive_the_design_file(registers, tmp_path):
    (tmp_path / "d.toml").write_text(
        '[inputs]\nx = { format = "fixed<6,2>" }\n[outputs]\nz = "x*x"\n'
        f'[accuracy]\nmax_error = 0.1\n[target]\nregisters = "{registers}"\n'
    )
    build = api.compile(tmp_path / "d.toml", tmp_path / "b")

    assert build.design.target.registers == registers
    assert build.graph.latency == {"inputs": 1, "both": 2, "none": 0}[registers]
    assert json.loads((tmp_path / "b" / "report.json").read_text())["timing"]["family"]
    result = api.verify(build, vectors=200)
    assert (result.mismatches, result.problems) == (0, [])
