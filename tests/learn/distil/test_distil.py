"""Blocks of models become formulas, go back into their models, and become firmware."""

from __future__ import annotations

import itertools
import json

import numpy as np
import pytest

import symgate
from symgate.errors import InputError
from symgate.learn.distil import distil, load, save
from symgate.learn.distil.variables import Variables
from symgate.learn.fit.search import Search

pytestmark = pytest.mark.needs("scipy")
QUICK = Search(seconds=20.0, engines=("logprod", "monomials", "linked"))


def law(x):
    """Two laws of two inputs, on the last axis."""
    return np.stack([1.5 * x[..., 0] * x[..., 1], x[..., 0] - 0.5 * x[..., 1] ** 2], axis=-1)


@pytest.fixture(scope="module")
def rows():
    return np.random.default_rng(0).normal(size=(60, 5, 2))


@pytest.fixture(scope="module")
def found(rows):
    return distil(None, law, rows, search=QUICK)


def test_function_of_tokens_becomes_its_laws(found, rows):
    agreement = found.agreement(rows)

    assert agreement.rows == 300
    assert max(agreement.worst) < 1e-9
    assert found.complexity <= 14


def test_choices_get_closer_as_they_grow(found):
    table = found.table()

    assert [row["nodes"] for row in table] == sorted(row["nodes"] for row in table)
    assert all(a["loss"] > b["loss"] for a, b in itertools.pairwise(table))


def test_switching_to_a_complexity(found, rows):
    smallest = found.table()[0]["nodes"]
    found.switch_to_symbolic(smallest)
    coarse = found.host.predict(rows)
    found.switch_to_block()

    assert found.complexity == smallest
    assert coarse.shape == (60, 5, 2)
    assert np.allclose(coarse.reshape(-1, 2), found.values(rows.reshape(-1, 2)))
    assert np.array_equal(found.host.predict(rows), law(rows))
    with pytest.raises(InputError, match="no formulas have at most 1 nodes"):
        found.switch_to_symbolic(1)


def test_firmware_stands_in_the_model(rows, tmp_path):
    found = distil(None, law, rows, search=QUICK)
    build = symgate.compile(found.design(max_error=0.05), tmp_path / "b")
    found.switch_to_firmware(build)

    flat = rows.reshape(-1, 2)
    assert (
        np.abs(found.host.predict(flat) - law(flat)).max() <= 0.05 + 0.02
    )  # and its inputs' rounding
    wanted = found.compared(lambda f: float(np.mean((f(flat) - law(flat)) ** 2)), build)
    assert wanted["block"] == 0
    assert wanted["formulas"] < 1e-18
    assert 0 < wanted["firmware"] < 0.05**2


def test_saved_formulas_come_back(found, rows, tmp_path):
    save(found, tmp_path / "law.json")
    again = load(tmp_path / "law.json", None, law)

    assert again.table() == found.table()
    assert again.formulas == found.formulas
    assert again.ranges == found.ranges
    content = json.loads((tmp_path / "law.json").read_text())
    assert content["inputs"] == ["x0", "x1"]


@pytest.mark.parametrize("text", ["{", "{}", '{"format": "other"}', "[]"])
def test_other_file_is_refused(text, tmp_path):
    path = tmp_path / "law.json"
    path.write_text(text)

    with pytest.raises(InputError, match="no file of a distilled block"):
        load(path, None, law)


def test_variables_are_texts_or_functions(rows):
    stated = {"d": "x0 - x1", "r": lambda x0, x1: np.sqrt(x0**2 + x1**2), "s": "d*r"}
    variables = Variables.of(stated, ("x0", "x1"))
    x, y = rows.reshape(-1, 2).T
    d, r = x - y, np.hypot(x, y)

    assert np.allclose(variables.values(rows.reshape(-1, 2)), np.stack([d, r, d * r], axis=1))
    assert Variables.of(variables.texts, ("x0", "x1")) == variables


def test_formulas_are_in_variables_and_hardware_in_inputs(rows, tmp_path):
    def distance(x):
        return np.log(np.hypot(x[..., 0], x[..., 1]) + 0.1)[..., None]

    found = distil(
        None,
        distance,
        rows,
        variables={"r": lambda x0, x1: np.sqrt(x0**2 + x1**2) + 0.1},
        search=QUICK,
    )
    build = symgate.compile(found.design(bits=9, max_error=0.05), tmp_path / "b")

    assert found.complexity <= 6
    assert [port.name for port in build.design.inputs] == ["x0", "x1"]


@pytest.mark.parametrize(
    ("stated", "message"),
    [
        ({"d": "x0 - z"}, "the variable d uses 'z'"),
        ({"d": "log(x0)"}, "the variable d is undefined on the recorded inputs"),
        ({"d": lambda x0: (x0, x0)}, "the variable d is several values"),
    ],
)
def test_wrong_variable_is_refused(stated, message, rows):
    with pytest.raises(InputError, match=message):
        distil(None, law, rows, variables=stated, search=QUICK)


def test_other_variables_have_another_archive(rows, tmp_path):
    distil(None, law, rows, search=QUICK, outputs=[0], folder=tmp_path)
    distil(None, law, rows, search=QUICK, outputs=[0], folder=tmp_path, variables={"d": "x0*x1"})

    assert len(list(tmp_path.iterdir())) == 2


def test_outputs_are_those_that_are_named(rows):
    found = distil(None, law, rows, search=QUICK, outputs=[0])

    assert found.outputs == ("y0",)
    with pytest.raises(InputError, match="there is no output 2"):
        distil(None, law, rows, search=QUICK, outputs=[2])
    with pytest.raises(InputError, match=r"output 0 of the block is always 0"):
        distil(None, lambda x: 0 * x, rows, search=QUICK)


def test_search_that_finds_nothing_says_so(rows):
    hasty = Search(seconds=1e-9, engines=("linked",))

    with pytest.raises(InputError, match=r"no formula for y0 was found in 3\.5e-10 processor seconds"):
        distil(None, law, rows, search=hasty, outputs=[0, 1])


def test_block_that_mixes_rows_is_refused(rows):
    with pytest.raises(InputError, match="has 300 rows of inputs and 60 of outputs"):
        distil(None, lambda x: x.sum(axis=1), rows, search=QUICK)


def test_what_is_no_model_is_refused(rows):
    with pytest.raises(InputError, match="dict is no model"):
        distil({}, "layer", rows)
