"""`Build.predict` and `simulate` of a design with a constant of run time."""

from __future__ import annotations

import numpy as np
import pytest

from symgate import api
from symgate.errors import InputError

DESIGN = """
[design]
name = "gain"
[inputs]
x = { bits = 6, range = [-1, 1] }
y = { bits = 6, range = [-1, 1] }
[constants]
g = { value = 1.5, range = [1, 2], runtime = true, bits = 5 }
[outputs]
z = "g*x + y"
[accuracy]
max_error = 0.1
"""
X = np.array([[0.5, 0.25], [-0.75, 0.5], [0.25, 0.0]])


@pytest.fixture(scope="module")
def build(tmp_path_factory):
    folder = tmp_path_factory.mktemp("constants")
    (folder / "gain.toml").write_text(DESIGN)
    return api.compile(folder / "gain.toml", folder / "gain")


def test_an_array_without_the_constant_takes_its_value(build):
    whole = np.column_stack([X, np.full(len(X), 1.5)])

    assert (build.predict(X) == build.predict(whole)).all()
    other = build.predict(np.column_stack([X, np.full(len(X), 1.0)]))
    assert (build.predict(X) != other).any()


def test_named_columns_without_the_constant_take_its_value(build):
    named = {"x": X[:, 0], "y": X[:, 1]}

    assert (build.predict(named)["z"] == build.predict(X)).all()


def test_a_missing_input_is_still_missing(build):
    with pytest.raises(InputError, match="the data has no column y"):
        build.predict({"x": X[:, 0]})
    with pytest.raises(InputError, match="columns in the order x, y, g, or without g"):
        build.predict(X[:, :1])


def test_simulate_takes_the_same_rows(build):
    with_g = api.simulate(build, np.column_stack([X, np.full(len(X), 1.5)]))
    without = api.simulate(build, X)

    assert (without.inputs["g"] == 1.5).all()
    assert without.outputs == with_g.outputs
