"""Input bits against error: what rounding onto the grid does, by a formula known in closed form."""

from __future__ import annotations

from fractions import Fraction

import numpy as np
import pytest

from symgate.ir.design import Accuracy, Design, Input
from symgate.ir.expr import var
from symgate.ir.types import FixedType
from symgate.sim.input_bits import CHANGES, input_bits, random_values, width_text, worst_outputs

X = Input.of("x", FixedType(True, 8, 6))
Y = Input.of("y", FixedType(False, 5, 5), (Fraction(1, 4), Fraction(3, 4)))


def design(*inputs: Input, **formulas):
    return Design("d", inputs, tuple(formulas.items()), Accuracy())


def test_identity_has_the_error_of_its_grid():
    values = {"x": np.linspace(-1.7, 1.7, 4001)}
    found = input_bits(design(X, y=3 * var("x")), values, "here")

    assert [row["change"] for row in found["widths"]] == list(CHANGES)
    for row in found["widths"]:
        half_step = 3 * 2.0 ** -(6 + row["change"]) / 2
        assert row["outputs"]["y"]["max"] == pytest.approx(half_step, rel=0.05)
        assert row["outputs"]["y"]["rms"] == pytest.approx(half_step / 3**0.5, rel=0.05)


def test_values_on_the_grid_lose_nothing():
    found = input_bits(design(X, y=var("x")), {"x": np.array([0.5, -1.25])}, "here")
    assert {row["outputs"]["y"]["max"] for row in found["widths"] if row["change"] >= 0} == {0.0}


def test_widths_that_vanish_are_left_out():
    narrow = Input.of("x", FixedType(True, 4, 2))
    found = input_bits(design(narrow, y=var("x")), {"x": np.array([0.3])}, "here")
    assert [row["change"] for row in found["widths"]] == [-2, 0, 2, 4]


def test_worst_output_is_against_its_own_bound():
    values = random_values(design(X, Y, a=var("x")), 500)
    found = input_bits(design(X, Y, a=var("x"), b=100 * var("y")), values, "here")

    assert {name for _, name, _ in worst_outputs(found, {"a": 1e-6, "b": 1.0})} == {"a"}
    assert {name for _, name, _ in worst_outputs(found, {"a": 1.0, "b": 1e-6})} == {"b"}
    assert width_text(found["widths"][2]) == "5 to 8"


def test_random_values_stay_in_range():
    values = random_values(design(X, Y, a=var("x")), 1000)
    assert -2 <= values["x"].min() < values["x"].max() < 2
    assert 0.25 <= values["y"].min() < values["y"].max() <= 0.75


def test_a_range_of_zero_alone_is_one_value():
    port = Input.of("x", FixedType(True, 8, 4), (Fraction(0), Fraction(0)))
    design = Design("d", (port,), (("y", var("x")),), Accuracy(max_error={"y": Fraction(1)}))
    assert (random_values(design, 3)["x"] == 0).all()
