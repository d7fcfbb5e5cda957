"""Which model simulates: NumPy for few rows, the compiled one for many, NumPy where there is none."""

from __future__ import annotations

import warnings

import numpy as np
import pytest

from symgate.ir.fixed import Builder, Graph
from symgate.ir.types import FixedType
from symgate.sim import numpy_model, simulator
from symgate.sim.compiled import build
from symgate.sim.compiled.model import Differs
from symgate.sim.simulator import PAYS, SlowModel, chosen, simulate

ROWS = {"x": np.arange(PAYS) % 4096 - 2048}


@pytest.fixture(autouse=True)
def _own_cache(tmp_path, monkeypatch):
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))


@pytest.fixture
def graph() -> Graph:
    b = Builder()
    x = b.input("x", FixedType(True, 12, 3))
    b.output("y", b.mul(x, x))
    return b.build()


@pytest.mark.needs("gcc")
def test_many_rows_are_compiled(graph, tmp_path):
    assert chosen(graph, PAYS - 1) is None
    assert not list(tmp_path.rglob("*.so"))

    assert np.array_equal(simulate(graph, ROWS)["y"], ROWS["x"] ** 2)
    assert len(list(tmp_path.rglob("*.so"))) == 1


def test_few_rows_are_not(graph, tmp_path):
    rows = {"x": np.arange(5)}

    assert simulate(graph, rows)["y"].tolist() == [0, 1, 4, 9, 16]
    assert not list(tmp_path.rglob("*"))


@pytest.mark.needs("gcc")
def test_wide_values_pay_sooner():
    b = Builder()
    x = b.input("x", FixedType(True, 60, 0))
    b.output("y", b.slice(b.mul(x, x), 90, 60))

    assert chosen(b.build(), PAYS // 20) is not None
    assert chosen(b.build(), PAYS // 100) is None


@pytest.mark.needs("gcc")
def test_what_c_cannot_hold_is_left_to_numpy():
    b = Builder()
    x = b.input("x", FixedType(True, 100, 0))
    b.output("y", b.slice(b.mul(x, x), 180, 160))

    assert chosen(b.build(), PAYS) is None


def test_without_a_compiler_one_line_says_so(graph, monkeypatch):
    monkeypatch.setattr(build, "compiler", lambda: None)
    with pytest.warns(SlowModel, match=r"^simulating with NumPy, which takes longer: there is no"):
        found = simulate(graph, ROWS)

    assert np.array_equal(found["y"], ROWS["x"] ** 2)


@pytest.mark.parametrize("problem", [Differs("other bits"), build.BuildFailed("error: no")])
def test_a_compiler_that_fails_is_not_used(graph, monkeypatch, problem):
    def fail(*_):
        raise problem

    monkeypatch.setattr(simulator, "compiled", fail)
    monkeypatch.setattr(build, "compiler", lambda: "cc")
    with pytest.warns(SlowModel, match=str(problem)):
        found = simulate(graph, ROWS)

    assert np.array_equal(found["y"], ROWS["x"] ** 2)


def test_nothing_is_said_of_few_rows(graph, monkeypatch):
    monkeypatch.setattr(build, "compiler", lambda: None)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert simulate(graph, {"x": [3]}) == numpy_model.simulate(graph, {"x": [3]})
