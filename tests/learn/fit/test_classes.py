"""From a table with labels to certified firmware of the class."""

from __future__ import annotations

import numpy as np
import pytest
from typer.testing import CliRunner

from symgate import api
from symgate.cli import app
from symgate.errors import InputError
from symgate.learn.data import Samples, of_table
from symgate.learn.fit.folds import cross_validated, parts, summary
from symgate.learn.fit.ports import Ports, narrowed
from symgate.learn.fit.search import Search, fit
from symgate.learn.fit.task import Task

QUICK = Search(seconds=4, bits=6)


def samples(rows: int = 240) -> Samples:
    rng = np.random.default_rng(7)
    x = rng.normal(size=(rows, 3))
    y = np.digitize(x[:, 0] + 0.5 * np.abs(x[:, 1]), [-0.3, 0.8])
    return Samples(x, y, ("a", "b", "noise"), ("low", "mid", "high"), True)


def test_classes_end_in_firmware_that_is_verified(tmp_path):
    found = fit(samples(), QUICK, tmp_path)
    chosen = found.pick("lut<=400")
    assert chosen.fixed_accuracy > 0.75  # of a search that ends by seconds
    built = api.compile(found.design(chosen, QUICK.options), tmp_path / "firmware")
    assert built.certificate.bound("label") <= chosen.margin
    assert not api.verify(built, tools=["numpy"], vectors=500).problems


def test_the_split_keeps_the_proportion_of_classes():
    for rows in parts(samples(), 3, 0):
        shares = np.bincount(samples().y[rows]) / len(rows)
        assert np.allclose(shares, np.bincount(samples().y) / 240, atol=0.02)


def test_folds_state_a_mean_and_a_deviation():
    folds = cross_validated(samples(), Search(seconds=1.5, bits=6), 2)
    mean, deviation = summary(folds)["accuracy"]
    assert 0.7 < mean <= 1
    assert deviation >= 0


def test_a_port_loses_the_bits_that_the_formulas_do_not_need():
    from symgate.frontend.language.infix import parse

    x = np.random.default_rng(1).normal(size=(400, 2))
    task = Task(x, np.eye(2)[(x[:, 0] > 0).astype(int)], ("a", "b"), classes=True)
    ports = Ports.of(x, task.names, 8)
    scores = parse("0", None), parse("3*tanh(a)", None)
    found = narrowed(ports, scores, task).formats
    assert list(found) == ["a"]
    assert found["a"].width < 8


@pytest.mark.parametrize("wanted", ["lut<200", "lut<=200, nodes<90", "accuracy>0.2 and lut<=400"])
def test_a_choice_fulfils_its_conditions(wanted, tmp_path_factory):
    found = fit(samples(), QUICK, tmp_path_factory.getbasetemp() / "picked")
    assert found.pick(wanted).lut <= 400


@pytest.mark.parametrize(
    ("wanted", "message"),
    [("lut<=0", "no formula of the front has lut<=0"), ("luts<9", "'luts<9' is no condition")],
)
def test_a_choice_that_cannot_be_made_says_why(wanted, message, tmp_path_factory):
    found = fit(samples(), QUICK, tmp_path_factory.getbasetemp() / "picked")
    with pytest.raises(InputError, match=message):
        found.pick(wanted)


def test_frames_of_pandas_are_read():
    pandas = pytest.importorskip("pandas")
    frame = pandas.DataFrame({"a": [1.0, 2, 3], "w": [1, 0, 2], "kind": ["x", "y", "x"]})
    found = of_table(frame, label="kind", weights="w")
    assert found.features == ("a",)
    assert found.outputs == ("x", "y")
    assert found.weights.tolist() == [1, 0, 2]


def test_frames_of_polars_are_read():
    polars = pytest.importorskip("polars")
    found = of_table(polars.DataFrame({"a": [1.0, 2, 3], "y": [2, 4, 6]}), targets=["y"])
    assert found.y[:, 0].tolist() == [2, 4, 6]


def test_the_command_prints_accuracies(tmp_path):
    found = samples()
    names = [found.outputs[k] for k in found.y]
    rows = [",".join(map(str, row)) for row in found.x.tolist()]
    lines = [f"{row},{name}" for row, name in zip(rows, names, strict=True)]
    (tmp_path / "t.csv").write_text("a,b,noise,kind\n" + "\n".join(lines) + "\n")
    words = ["fit", str(tmp_path / "t.csv"), "--label", "kind", "--budget", "3s", "--bits", "6"]
    result = CliRunner().invoke(app, [*words, "--no-build", "-o", str(tmp_path / "out")])
    assert result.exit_code == 0, result.output
    assert "accuracy" in result.output
    assert "high = " in result.output
