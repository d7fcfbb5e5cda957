"""The scripts of benchmarks/: they import without the compilers that they compare with, and each
gives one row.
"""

from __future__ import annotations

import importlib
import sys

import numpy as np
import pytest

from symgate.passes.compiler import compile_design

SCRIPTS = [
    "expressions",
    "taggers",
    "cmvm",
    "mnist",
    "scaling",
    "random_expressions",
    "pareto",
    "run",
    "suites",
    "second_proof",
    "simulator",
    "saturation",
    "grids",
    "table_networks",
    "timing",
]
PEERS = ["alkaid", "da4ml", "hls4ml", "pyosys"]


@pytest.fixture
def script(root, monkeypatch):
    """``script(name)`` is a module of benchmarks/ as a user without the other compilers sees it."""
    monkeypatch.syspath_prepend(str(root / "benchmarks"))
    before = set(sys.modules)
    for peer in PEERS:
        monkeypatch.setitem(sys.modules, peer, None)  # so that importing it fails
    common = importlib.import_module("common")
    monkeypatch.setattr(common, "installed", lambda package: None)
    yield importlib.import_module
    for name in set(sys.modules) - before:
        if "benchmarks" in str(getattr(sys.modules[name], "__file__", "")):
            del sys.modules[name]


@pytest.mark.parametrize("name", SCRIPTS)
def test_imports_without_the_peers(script, name):
    assert script(name).__doc__


def test_random_expression_is_measured(script):
    module = script("random_expressions")
    row = module.measure(module.random_design(1), 0.0)
    assert row["observed"] <= row["bound"] <= row["target"]


def test_passes_are_timed(script):
    module = script("scaling")
    row = module.measure(20)
    assert row["nodes"] >= 20
    assert row["total"] == sum(row["passes"].values())


def test_matrix_is_multiplied(script):
    module = script("cmvm")
    rows = list(module.rows_of(module.matrix(2, 3, 0), synth=False, seconds=0.2))
    assert [r["tool"] for r in rows] == ["symgate", "symgate, fewest adders", "symgate, 1 ulp"]
    assert 0 < rows[2]["adders"] <= rows[1]["adders"] <= rows[0]["adders"]


def test_exponent_of_n_log_n(script):
    rows = [{"nodes": n, "total": 1e-6 * n * np.log(n)} for n in (1000, 10_000, 100_000)]
    assert script("scaling").exponent(rows) == pytest.approx(1)


def test_registers_can_be_removed(script):
    graph = compile_design(script("random_expressions").random_design(1), 0.0).graph
    plain = script("ours").combinational(graph)
    assert graph.latency > plain.latency == 0


def test_cone_of_a_product_of_waves_has_half_the_period(script):
    from symgate.frontend.language.infix import parse

    cones = script("cones")
    e = parse("0.5*sin(2*x - 1)*cos(2*x - 1) + 0.25", ["x"])
    base = cones.core(e, {})
    cone = cones.cone(e, base)
    assert base is parse("x", ["x"])
    assert cone.period == pytest.approx(np.pi / 2)
    assert cone.function(np.array([0.3])) == pytest.approx(0.25 * np.sin(2 * (0.6 - 1)) + 0.25)


def test_tables_of_peers_are_read_late(script):
    commands = script("synthesis").script("top.v tables.v", "top", dsp=False)
    assert commands[0] == "read_verilog -D SYMGATE_LUT6 -defer -sv top.v tables.v"
    assert any("synth_xilinx" in c and "-nodsp" in c for c in commands[1:])


CORES = "; two\n(FPCore (x) :pre (<= 0 x 1) (* x x))\n(FPCore (x)\n  (+ x 1))\n"
WRONG = "the certificate of output y is wrong: "


def test_cores_of_a_file_are_sources_of_their_own(script, tmp_path):
    (tmp_path / "a.fpcore").write_text(CORES)
    found = list(script("suites").fpcores("fpbench", tmp_path))

    assert [f.name for f in found] == ["a 1", "a 2"]
    assert found[1].text == "(FPCore (x)\n  (+ x 1))\n"


@pytest.mark.parametrize(
    ("text", "outcome"),
    [
        ("(FPCore (x) :pre (<= 0 x 1) (* x x))", "proved"),
        ("(FPCore (x) :pre (<= 0 x 1) (/ 1 x))", "refused"),
    ],
)
def test_formula_is_proved_again_or_refused(script, text, outcome):
    module = script("second_proof")
    item = module.Item("fpbench", "a 1", text, core=True)
    row = module.limited(module.measure, item, 0, seconds=60)

    assert row["outcome"] == outcome
    assert row["seconds"] < 60


def test_build_that_takes_too_long_is_ended(script):
    module = script("second_proof")
    text = "(FPCore (x y) :pre (<= 0 x 1) (atan (/ (sin (* x y)) (+ 2 (exp y)))))"

    item = module.Item("fpbench", "a 1", text, core=True)
    found = module.limited(module.measure, item, 0, seconds=1)

    assert found["outcome"] == "too long"


def test_refuted_without_an_input_is_counted(script):
    module = script("second_proof")
    shown = f"{WRONG}at x = 0.5 (code 3) the error of v1 = x*x is 2, not in [-1, 1]"
    silent = f"{WRONG}v0: at operand code 1 the error is 2.7, outside [-2.2, 2.3]"

    assert not module.without_input({"problems": [shown]})
    assert module.without_input({"problems": [shown, silent]})


def test_suites_take_turns(script):
    module = script("second_proof")
    suites = [[module.Item(s, str(k), "") for k in range(3)] for s in "ab"]
    found = list(module.in_turns(suites, 1))

    assert [f.suite for f in found] == ["a", "b"] * 3
    assert found == list(module.in_turns(suites, 1))
    assert {f.name for f in found} == {"0", "1", "2"}


def test_the_delay_model_of_the_package_is_what_the_facts_give(script, monkeypatch):
    timing = script("timing")
    shown = []
    monkeypatch.setattr(timing, "show", lambda title, columns, rows, *_, **__: shown.extend(rows))

    assert timing.fit() == 0

    (ours,) = (r for r in shown if r["family"] == "UltraScale+" and "ours)" in r["model"])
    (former,) = (r for r in shown if "before" in r["model"])
    assert ours["designs"] == 27
    assert ours["met"] >= 0.95 > 0.6 > former["met"]


def test_another_model_than_what_the_facts_give_is_told(script, monkeypatch):
    from dataclasses import replace

    timing = script("timing")
    monkeypatch.setattr(timing, "show", lambda *_, **__: None)
    wrong = {f: replace(timing.own(f), first=0.1) for f in timing.PART}
    monkeypatch.setattr(timing, "own", wrong.get)

    assert timing.fit() == 1


def netlist_of(*cells):
    """A module as ``write_json`` has it: (type, {input: bits}, {output: bits})."""
    return {
        "cells": {
            f"c{k}": {
                "type": kind,
                "connections": {**inputs, **outputs},
                "port_directions": dict.fromkeys(inputs, "input")
                | dict.fromkeys(outputs, "output"),
            }
            for k, (kind, inputs, outputs) in enumerate(cells)
        }
    }


def test_the_static_analysis_adds_cells_and_nets(script):
    from symgate.ir.fixed_ops.delays import USUAL as d

    sta = script("timing_sta")
    two_luts = netlist_of(
        ("FDRE", {"D": [9]}, {"Q": [2]}),
        ("LUT2", {"I0": [2], "I1": [2]}, {"O": [3]}),
        ("LUT1", {"I0": [3]}, {"O": [4]}),
        ("FDRE", {"D": [4]}, {"Q": [5]}),
    )
    found = sta.Analysis(sta.Netlist.of(two_luts), d).worst()

    assert found.ns == pytest.approx(d.clock_to_q + d.net(2) + d.lut + d.net(1) + d.lut)


def test_the_static_analysis_has_chains_as_the_model_does(script):
    from symgate.ir.fixed_ops.delays import USUAL as d

    sta = script("timing_sta")
    cells = [("FDRE", {"D": [99]}, {"Q": [2]}), ("LUT1", {"I0": [2]}, {"O": [3]})]
    carry, last = [3, "0", "0", "0"], "0"
    for k in range(4):  # four CARRY4 are two CARRY8
        outputs = {
            "CO": [10 * k + n for n in range(20, 24)],
            "O": [10 * k + n for n in range(24, 28)],
        }
        cells.append(
            ("CARRY4", {"S": carry, "DI": ["0"] * 4, "CI": [last], "CYINIT": ["0"]}, outputs)
        )
        carry, last = ["0"] * 4, outputs["CO"][3]
    cells.append(("FDRE", {"D": [57]}, {"Q": [98]}))
    found = sta.Analysis(sta.Netlist.of(netlist_of(*cells)), d).worst()

    assert found.ns == pytest.approx(d.clock_to_q + d.net(1) + d.chain(16), abs=d.carry_block / 2)
