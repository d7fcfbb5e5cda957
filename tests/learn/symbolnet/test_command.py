"""`symgate train`: a folder with formulas, a design file that compiles, a log; a sweep; and what it
refuses.
"""

from __future__ import annotations

import json
import sys

import numpy as np
import pytest
from typer.testing import CliRunner

from symgate.cli import app
from symgate.frontend.load import load_any
from symgate.ir.evaluate import evaluate
from symgate.learn.symbolnet.fitted import loads

TRAIN = """\
[data]
file = "rows.csv"
label = "kind"
[network]
unary = ["tanh"]
units = [6]
pairs = [0]
binary = []
[targets]
weight = 0.3
[schedule]
epochs = 3
close = 2
anneal = 3
batch = 16
loss = "crossentropy"
[design]
name = "kinds"
bits = 8
relative_error = "2^-5"
[sweep]
weight = [0.2, 0.4]
"""


@pytest.fixture
def job(tmp_path, rng):
    """A train.toml beside 80 rows of two classes."""
    x = rng.normal(0, 1, (80, 2))
    lines = [f"{a:.6f},{b:.6f},{'up' if a > b else 'down'}" for a, b in x]
    (tmp_path / "rows.csv").write_text("a,b,kind\n" + "\n".join(lines) + "\n", encoding="utf-8")
    (tmp_path / "train.toml").write_text(TRAIN, encoding="utf-8")
    return tmp_path / "train.toml"


needs_tensorflow = pytest.mark.needs("tensorflow", "keras")
quiet = pytest.mark.filterwarnings("ignore::DeprecationWarning")


@quiet
@needs_tensorflow
def test_training_leaves_a_design_of_the_same_network(job, tmp_path):
    out = tmp_path / "out"
    run = CliRunner().invoke(app, ["train", str(job), "-o", str(out), "--json"])

    assert run.exit_code == 0, run.output
    found = loads((out / "weights.json").read_text())
    design = load_any(out / "design.toml")
    x = np.random.default_rng(0).normal(0, 1, (20, 2))
    env = dict(zip(found.features, x.T, strict=True))
    assert np.allclose(
        np.stack(np.broadcast_arrays(*evaluate(design.program.roots, env)), 1),
        found.predict(x),
        rtol=1e-9,
    )
    assert {p.name for p in out.iterdir()} >= {
        "log.csv",
        "state.npz",
        "formulas.tex",
        "formulas.py",
        "summary.json",
    }
    assert len((out / "log.csv").read_text().splitlines()) == 1 + len(found.history)


@quiet
@needs_tensorflow
def test_finished_training_is_not_repeated(job, tmp_path):
    first = CliRunner().invoke(app, ["train", str(job), "-o", str(tmp_path / "out"), "--json"])
    weights = (tmp_path / "out" / "weights.json").read_bytes()
    second = CliRunner().invoke(app, ["train", str(job), "-o", str(tmp_path / "out"), "--json"])

    assert first.exit_code == second.exit_code == 0
    assert (tmp_path / "out" / "weights.json").read_bytes() == weights


@quiet
@needs_tensorflow
def test_sweep_lists_its_points(job, tmp_path):
    run = CliRunner().invoke(app, ["train", str(job), "-o", str(tmp_path / "out"), "--sweep"])

    assert run.exit_code == 0, run.output
    rows = json.loads((tmp_path / "out" / "front.json").read_text())
    assert [r["sparsity"]["weight"] >= t - 1e-6 for r, t in zip(rows, (0.2, 0.4), strict=True)] == [
        True,
        True,
    ]


def test_bad_file_is_one_message(job):
    job.write_text(TRAIN.replace("weight = 0.3", "weight = 1.3"), encoding="utf-8")
    run = CliRunner().invoke(app, ["train", str(job)])

    assert run.exit_code == 2
    assert run.output.startswith("error: the target of weight sparsity is 1.3\n")


def test_without_tensorflow_the_message_says_what_to_install(job, monkeypatch):
    monkeypatch.setitem(sys.modules, "tensorflow", None)
    run = CliRunner().invoke(app, ["train", str(job), "-o", str(job.parent / "out")])

    assert run.exit_code == 2
    assert "pip install 'symgate[train]'" in run.output
