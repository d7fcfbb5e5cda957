"""What reports, READMEs and HLS say of an interval of several cycles, and a whole build of one."""

from __future__ import annotations

import json

import pytest

import symgate
from symgate.backends.hls import emit_graph
from symgate.backends.readme import Readme
from symgate.ir.design import Target
from symgate.proof.formal.build import prove
from symgate.report.sharing import sentence, sharing
from symgate.sim import numpy_model, vectors
from symgate.sim.models import MODELS
from tests.graphs import equal

DESIGN = """
[design]
name = "demo"
[inputs]
a = {{ bits = 7, range = [-4, 4] }}
b = {{ bits = 7, range = [-4, 4] }}
[outputs]
y = "a*b + a*a*b*b"
[accuracy]
max_error = 2
[target]
dsp = {dsp}
ii = {ii}
clock = "{clock}"
"""


def compiled(folder, dsp=2, ii=4, clock="8 ns", effort="quick"):
    path = folder / "design.toml"
    path.write_text(DESIGN.format(dsp=dsp, ii=ii, clock=clock))
    return symgate.compile(path, folder / "build", effort=effort)


@pytest.fixture(scope="module")
def build(tmp_path_factory):
    return compiled(tmp_path_factory.mktemp("shared"))


def test_the_report_says_what_is_saved(build):
    told = json.loads((build.path / "report.json").read_text())

    assert told["ii"] == 4
    shared = told["sharing"]
    assert shared["dsp_saved"] == shared["products"] - shared["multipliers"] > 0
    assert sentence(shared).startswith("Inputs come every 4 cycles: 2 products take turns on 1 DSP")
    assert sentence(shared) in (build.path / "report.html").read_text().replace("\n", " ")


def test_the_readme_says_when_inputs_may_come(build):
    text = Readme().emit(build.firmware)["README.md"]

    assert "A new set of inputs may come in every 4 cycles, not more often." in text
    assert not (build.path / "vhdl").exists()


def test_hls_has_the_interval(build):
    text = emit_graph("demo", build.graph, Target(ii=4))["firmware/demo.cpp"]

    assert "#pragma HLS PIPELINE II=4" in text
    assert "a new row every 4 cycles (II = 4)" in text


@pytest.mark.needs("iverilog", "cocotb")
def test_verify_simulates_it_at_its_interval(build):
    given = vectors.make(build.design.inputs, 200, seed=1).take(200)
    (icarus,) = (model for model in MODELS if model.name == "icarus")

    assert (
        json.loads((build.path / "tests/vectors.txt").read_text().split("\n")[0])["interval"] == 4
    )
    assert equal(numpy_model.simulate(build.graph, given), icarus.run(build, given))


@pytest.mark.needs("pyosys")
def test_a_formal_check_says_what_was_only_simulated(build):
    found = prove(build)

    assert not found.problems
    assert found.notes == [
        "products take turns on multipliers (II = 4): rtl/demo.v was simulated, its valid bits and its "
        "wrappers are proved, its values are not"
    ]
    assert {t.kind for t in found.tallies} == {"valid"}


@pytest.mark.parametrize(
    ("changed", "reason"),
    [
        ({"dsp": 0}, "fewer than two products are in a DSP slice; dsp = N allows them"),
        ({"clock": "2 ns"}, "a clock of 2 ns leaves no time for a choice in front of a slice"),
    ],
)
def test_the_report_says_why_nothing_is_shared(tmp_path, changed, reason):
    found = sharing(compiled(tmp_path, **changed).firmware)

    assert found is not None
    assert reason in sentence(found)
    assert sentence(found).endswith("Inputs may come in every cycle.")
