"""The effort "quick": how it is stated, what it leaves out, and that bounds and bits are as good."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import symgate
from symgate import api
from symgate.errors import InputError
from symgate.frontend.design_file import toml
from symgate.frontend.load import load_any
from symgate.ir.design import Design
from symgate.ir.evaluate import evaluate
from symgate.passes.approx import Spec, approximate
from symgate.passes.compiler import price
from symgate.report.estimate import luts
from symgate.sim.numpy_model import simulate
from symgate.sim.vectors import reals

STATED = '[inputs]\nx = { format = "fixed<8,2>" }\n[outputs]\ny = "exp(x)"\n'
ACCURACY = "[accuracy]\nmax_error = 0.01\n"
FORMULAS = (
    "sin(x)*cos(2*x) + x/4",
    "1/(2 + x^2)",
    "exp(-x^2/2)*z",
    "(x*z + 1)/(3 + z)",
    "max(x, z)^2",
)


def _design(text: str, effort: str = "quick") -> Design:
    stated = api.Options(bits=9, ranges=["[-1.5, 1.5]"], max_error=["0.01"], effort=effort)
    return load_any(f"y = {text}", stated)


@pytest.mark.parametrize("text", FORMULAS)
def test_a_quick_bound_holds_at_every_code_that_is_tried(
    text: str, rng: np.random.Generator
) -> None:
    design = _design(text)
    found = price(design, luts)
    codes = {p.name: rng.integers(p.raw.lo, p.raw.hi, 20_000, endpoint=True) for p in design.inputs}
    values = {p.name: codes[p.name] * float(p.type.ulp) for p in design.inputs}
    (truth,) = evaluate([e for _, e in design.outputs], values)
    (port,) = found.firmware.graph.outputs
    fixed = reals(simulate(found.firmware.graph, codes)["y"], port.type)
    assert np.abs(fixed - truth).max() <= found.bounds["y"] <= 0.01


def test_a_price_is_what_a_build_reports(tmp_path) -> None:
    source = "y = exp(-x^2/2)*z"
    stated = {"bits": 9, "ranges": ["[-1.5, 1.5]"], "max_error": 0.01}
    found = symgate.price(source, **stated)
    build = symgate.compile(source, tmp_path / "b", effort="quick", **stated)
    assert build.report["estimate"]["lut"] == found.luts
    assert build.report["latency"]["cycles"] == found.cycles
    assert build.certificate.bound("y") == found.bounds["y"]
    assert build.design.effort == "quick"
    assert api.verify(build, vectors=2000, tools=["cpp"]).problems == []


def test_effort_is_read_from_a_design_file_and_written_back() -> None:
    design = toml.loads('[design]\neffort = "quick"\n' + STATED + ACCURACY)
    assert design.effort == "quick"
    assert toml.loads(toml.dump(design)).effort == "quick"
    assert toml.loads(STATED + ACCURACY).effort == "full"


def test_what_options_state_wins_over_the_file() -> None:
    text = '[design]\neffort = "quick"\n' + STATED + ACCURACY
    assert toml.loads(text, options=api.Options(effort="full")).effort == "full"


def test_an_unknown_effort_names_those_that_there_are() -> None:
    with pytest.raises(InputError, match="'quik' is no effort") as caught:
        _design("x", effort="quik")
    assert "quick" in str(caught.value)


@settings(max_examples=40, deadline=None)
@given(st.integers(3, 8), st.floats(0.1, 4), st.integers(0, 2), st.booleans())
def test_quick_generators_stay_in_their_windows(
    n: int, scale: float, wide: int, signed: bool
) -> None:
    codes = np.arange(1 << n) / (1 << n)
    middle = np.rint(np.sin(scale * codes * 3) * (1 << n)).astype(np.int64)
    spec = Spec(n, signed, middle - wide, middle + wide)
    assert spec.allows(approximate(spec, quick=True).values())
