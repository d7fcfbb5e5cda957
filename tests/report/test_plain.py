"""What is told of the plain Verilog: figures with intervals, from a mapping's cells."""

import pytest

from symgate.backends.xilinx import cell_count
from symgate.ir.fixed import Builder
from symgate.ir.types import FixedType
from symgate.report import estimate, plain, synth
from symgate.report.plain import Model


def a_graph():
    b = Builder()
    x, y = (b.input(name, FixedType(True, 8, 0)) for name in "xy")
    choice = b.select(b.slice(x, 7, 7), y, x)
    b.output("sum", b.register(b.sub(choice, b.scale(b.shl(y, 2), 2))))
    return b.build()


def test_an_interval_holds_its_estimate():
    model = Model({"LUT6": 1.0}, low=1.02, high=1.2, least=3.0, small=50.0)
    assert model.interval(100.0) == (100.0, 120.0)
    assert model.interval(40.0) == (37.0, 43.0)
    assert model.interval(2.0) == (0.0, 5.0)


def test_a_figure_is_a_sum_over_cells():
    model = Model({"LUT6": 1.0, "LUT6_2": 2.0}, 1.0, 1.0, 0.0, 0.0)
    assert model.estimate({"LUT6": 3, "LUT6_2": 4, "CARRY4": 9}) == 11


def test_what_was_fitted_says_so():
    known = plain.calibration()
    assert known.designs >= 10
    assert known.source == "python benchmarks/estimates.py --calibrate"
    for model in known.models.values():
        assert model.low <= 1 <= model.high or model.small > 0


def test_every_figure_of_a_graph_is_inside_its_interval():
    found = plain.figures(cell_count(a_graph()), 0, 0)
    for name in plain.FIGURES:
        assert found[name]["low"] <= found[name]["estimate"] <= found[name]["high"]
    assert found["dsp"] == found["bram"] == {"estimate": 0, "low": 0, "high": 0}


def test_one_mapping_gives_both_estimates():
    graph = a_graph()
    cells, told = estimate.with_plain(graph)
    assert cells == estimate.resources(graph)
    assert told["lut"]["high"] >= cells["lut"]
    assert told["ff"]["low"] <= cells["ff"] <= told["ff"]["high"]


def test_very_large_graphs_have_no_second_estimate(monkeypatch):
    monkeypatch.setattr(estimate, "_MOST_NODES", 1)
    assert estimate.with_plain(a_graph())[1] is None


def test_figures_are_shown_with_what_is_open():
    assert plain.shown({"estimate": 1650, "low": 1580, "high": 1760}) == "1,650 (1,580 to 1,760)"
    assert plain.shown({"estimate": 0, "low": 0, "high": 0}) == "0"


@pytest.mark.slow
def test_yosys_counts_what_is_told():
    pytest.importorskip("pyosys")
    from symgate.backends.rtl import emit_graph

    graph = a_graph()
    told = estimate.with_plain(graph)[1]
    files = {k: v for k, v in emit_graph("top", graph).items() if k.endswith(".v")}
    counted = synth.synthesise(files, "top", dsp=False)
    assert 0.7 * told["lut"]["low"] <= counted["lut"] <= 1.4 * told["lut"]["high"]
    assert counted["ff"] == told["ff"]["estimate"]
