"""All models are compared bit by bit; a planted difference or a bound that is too small is found."""

from __future__ import annotations

import math
import re
from dataclasses import replace
from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest

from symgate.errors import CheckFailed, InputError, ToolMissing
from symgate.ir.firmware import Certificate
from symgate.project.folder import Build
from symgate.proof import recheck, verify
from symgate.proof.recheck import ALLOWANCE, OPEN, PROVED, WRONG, Output
from symgate.sim import models, numpy_model, simulator
from symgate.sim.models import Model


@pytest.fixture
def build(firmware) -> Build:
    return Build(Path("build/small"), firmware.design, firmware.graph, firmware.certificate, {})


def exact(build, inputs):
    return numpy_model.simulate(build.graph, inputs)


def planted(build, inputs):
    """Wrong in the last bit of q where x = -3."""
    out = dict(exact(build, inputs))
    out["q"] = np.where(inputs["x"] == -3, out["q"] ^ 1, out["q"])
    return out


def absent(build, inputs):
    raise ToolMissing("nosim is not installed", remedy="apt-get install nosim")


def uncompilable(build, inputs):
    raise CheckFailed("small.v:7: syntax error")


@pytest.fixture(autouse=True)
def second(monkeypatch, firmware):
    """What the second proof says: by default that all bounds hold."""
    outputs = {
        b.output: Output(b.output, b.bound, b.bound, PROVED) for b in firmware.certificate.bounds
    }
    monkeypatch.setattr(verify, "recheck", lambda build: list(outputs.values()))
    return outputs


@pytest.fixture
def use(monkeypatch):
    def use(*chosen: Model) -> None:
        monkeypatch.setattr(verify, "MODELS", chosen)

    return use


def test_equal_models_and_true_bounds_pass(build, use):
    use(Model("cpp", exact), Model("slow", exact, limit=100))
    v = verify.verify(build)

    assert v.problems == []
    assert (v.vectors, v.mismatches, v.models) == (2048, 0, ["numpy", "cpp", "slow"])
    assert [r.vectors for r in v.runs] == [2048, 2048, 100]
    assert v.source == "2,048 all inputs"


def test_one_wrong_bit_is_found_and_shown(build, use):
    use(Model("cpp", planted))
    v = verify.verify(build)

    assert v.mismatches == 32
    assert v.problems == ["cpp gives other bits on 32 of 2,048 vectors"]
    first = v.runs[1].examples[0]
    assert (first.inputs, first.output, first.got ^ first.expected) == ({"x": -3, "y": 0}, "q", 1)
    assert len(v.runs[1].examples) == 5


def test_missing_tool_is_skipped_with_the_reason(build, use):
    use(Model("nosim", absent), Model("cpp", exact))
    v = verify.verify(build)

    assert v.runs[1].skipped == "nosim is not installed; apt-get install nosim"
    assert (v.models, v.problems) == (["numpy", "cpp"], [])


def test_missing_tool_that_was_asked_for_is_an_error(build, use):
    use(Model("nosim", absent))
    with pytest.raises(ToolMissing):
        verify.verify(build, tools=["nosim"])


def test_files_that_do_not_compile_fail(build, use):
    use(Model("verilator", uncompilable))

    assert verify.verify(build).problems == ["verilator could not run: small.v:7: syntax error"]


def test_unknown_model_is_refused(build, golden):
    with pytest.raises(InputError) as error:
        verify.verify(build, tools=["vivado"])
    golden(str(error.value) + "\n")


def test_only_the_named_models_run(build, use):
    use(Model("cpp", planted), Model("slow", exact))

    assert verify.verify(build, tools=["slow"]).models == ["numpy", "slow"]
    assert verify.verify(build, tools=["numpy"]).models == ["numpy"]


def test_bound_that_is_too_small_fails(build, use):
    use()
    bounds = tuple(replace(b, bound=b.bound / 2) for b in build.certificate.bounds)
    v = verify.verify(replace(build, certificate=Certificate(bounds)))

    assert v.mismatches == 0
    assert [o.output for o in v.bounds if o.violations] == ["p", "q"]
    assert len(v.problems) >= 2


def test_refuted_certificate_fails(build, use, second):
    use()
    second["p"] = Output("p", 2**-5, math.inf, WRONG, "v3: the error is 0.1")

    assert verify.verify(build).problems == [
        "the certificate of output p is wrong: v3: the error is 0.1"
    ]


def test_larger_bound_of_the_second_proof_fails(build, use, second):
    use()
    second["p"] = Output("p", 2**-5, 0.04, OPEN, "not confirmed")

    assert verify.verify(build).problems == [
        "the independent check of output p gives 0.04, more than the certified bound 0.03125"
    ]


@pytest.mark.parametrize(("share", "fails"), [(0.5, False), (1.0, False), (1.5, True)])
def test_second_proof_may_be_wider_by_what_is_allowed(build, use, second, share, fails):
    use()
    second["p"] = Output("p", 1.0, 1 + share * ALLOWANCE, OPEN, "not confirmed")
    v = verify.verify(build)

    assert bool(v.problems) == fails
    assert bool(v.notes) == (not fails)


def test_second_proof_that_leaves_a_little_open_is_noted(build, use, second):
    use()
    second["p"] = Output("p", 2**-5, math.inf, OPEN, "v3 is only sampled")
    second["q"] = Output(
        "q", 0.0209, 0.02091, OPEN, "the bound 0.0209 is not confirmed: 0.02091 on 7 sub-boxes"
    )
    v = verify.verify(build)

    assert v.problems == []
    assert v.notes == [
        "the bound of output p is not proved a second time: v3 is only sampled",
        "the bound of output q is not proved a second time: the bound 0.0209 is not confirmed: 0.02091 on 7 sub-boxes",
    ]


@pytest.mark.parametrize(
    ("change", "problem"),
    [
        (
            {"bound": 0.2},
            "the certified bound of output p, 0.2 is larger than the stated max_error 0.125",
        ),
        (
            {"target": 0.25},
            "the certificate says that output p may be off by 0.25, the design by 0.125",
        ),
        (
            {"target": None},
            "the certificate says that output p may be off by none, the design by 0.125",
        ),
        (
            {"target": 0.01},
            "the certificate says that output p may be off by 0.01, the design by 0.125",
        ),
    ],
)
def test_bound_and_what_is_stated_of_it_are_compared_with_the_design(build, change, problem):
    p, q = build.certificate.bounds
    other = Certificate((replace(p, **change), q))

    assert list(verify.budgets(build.design, build.certificate)) == []
    assert list(verify.budgets(build.design, other)) == [problem]


@pytest.mark.parametrize("stated", [Fraction(1, 10), Fraction(1, 3), Fraction(1, 8)])
def test_stated_errors_are_rounded_down(stated):
    found = verify.rounded_down(stated)

    assert Fraction(found) <= stated < Fraction(math.nextafter(found, math.inf))


def test_attack_finds_what_the_vectors_miss(build, use, monkeypatch):
    """One vector sees no error of p as large as it can be; the search for one does."""
    use()
    monkeypatch.setattr("symgate.sim.vectors.EXHAUSTIVE", 1)
    p, q = build.certificate.bounds
    other = replace(build, certificate=Certificate((replace(p, bound=2**-5 * 0.999), q)))
    v = verify.verify(other, count=1)

    assert [o.violations for o in v.bounds] == [0, 0]
    assert re.fullmatch(
        r"output p is off by 0\.03125, more than its certified bound 0\.03121\d+, at x = .+ \(code .+\), y = .+",
        v.problems[0],
    )


def test_certificate_of_another_graph_fails(build, use, monkeypatch):
    use()
    monkeypatch.setattr(verify, "recheck", recheck.recheck)

    assert any(
        "the certificate of output p is not of this build: " in problem
        for problem in verify.verify(build).problems
    )


def test_other_design_than_the_graph_computes_fails(build, use):
    use()
    (p, e), (q, f) = build.design.outputs
    swapped = replace(build.design, outputs=((p, f), (q, e)))

    assert verify.verify(replace(build, design=swapped)).problems


def test_rows_of_the_user_are_among_the_vectors(build, use, monkeypatch):
    monkeypatch.setattr("symgate.sim.vectors.EXHAUSTIVE", 100)
    use()
    v = verify.verify(
        build, count=200, seed=9, data={"x": np.array([1, 2, 3]), "y": np.array([4, 5, 6])}
    )

    assert v.source == "15 corners, 3 data, 182 random; seed 9"


def test_progress_names_each_step(build, use):
    use(Model("slow", exact, limit=100))
    steps = []
    verify.verify(build, progress=steps.append)

    assert steps[1] == "slow: 100 vectors"


def test_amaranth_runs_the_circuit_of_the_graph(build):
    model = next(m for m in models.MODELS if m.name == "amaranth")
    inputs = {"x": np.array([-32, 0, 31]), "y": np.array([31, 0, 31])}

    got, expected = model.run(build, inputs), exact(build, inputs)
    assert all(got[name].tolist() == expected[name].tolist() for name in expected)


@pytest.mark.needs("gcc")
def test_many_vectors_are_compiled_and_numpy_checks_some(build, use, monkeypatch, tmp_path):
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    monkeypatch.setattr(simulator, "PAYS", 1000)
    use(Model("cpp", exact))
    v = verify.verify(build)

    assert v.problems == []
    assert v.models == ["numpy", "compiled", "cpp"]
    assert [r.vectors for r in v.runs] == [2048, 2048, 2048]


def test_a_compiled_model_that_is_wrong_is_found(build, use, monkeypatch):
    class Wrong:
        def run(self, inputs):
            return planted(build, inputs)

    monkeypatch.setattr(simulator, "chosen", lambda graph, rows: Wrong())
    use()
    v = verify.verify(build)

    assert v.problems[0] == "compiled gives other bits on 32 of 2,048 vectors"
