"""`symgate train` with a file of tables: a network and a design of equal classes, and refusals."""

from __future__ import annotations

import json

import numpy as np
import pytest
from typer.testing import CliRunner

from symgate.cli import app
from symgate.frontend.load import load_any
from symgate.ir.evaluate import evaluate
from symgate.learn.tables import command, load
from symgate.learn.tables.training import Training
from tests.learn.tables.networks import parity

compiled = pytest.mark.needs("gcc")
TRAIN = """\
[data]
file = "rows.csv"
label = "kind"
[table_network]
tables = 8
epochs = 12
seed = 1
[design]
name = "parity"
"""


@pytest.fixture
def job(tmp_path):
    """A train.toml beside 200 rows of ten bits."""
    rows = parity(200)
    head = ",".join((*rows.features, "kind"))
    lines = [
        ",".join(f"{v:.0f}" for v in x) + f",{rows.outputs[y]}"
        for x, y in zip(rows.x, rows.y, strict=True)
    ]
    (tmp_path / "rows.csv").write_text("\n".join((head, *lines)) + "\n", encoding="utf-8")
    return write(tmp_path / "train.toml", TRAIN)


def write(path, text):
    path.write_text(text, encoding="utf-8")
    return path


def run(*words):
    return CliRunner().invoke(app, ["train", *map(str, words)])


@compiled
def test_training_leaves_a_design_of_the_same_network(job, tmp_path):
    out = tmp_path / "out"
    done = run(job, "-o", out, "--json")
    told, network = json.loads(done.stdout), load(out / "network.npz")
    design = load_any(out / "design.toml")
    x = parity(100, 5).x
    env = dict(zip(network.features, x.T, strict=True))

    assert done.exit_code == 0
    assert "epoch 12 of 12: training 0." in done.stderr
    assert (told["tables"], told["epochs"], told["interrupted"]) == (8, 12, False)
    assert told["valid_score"] == network.history[-1].valid
    assert design.name == "parity"
    found = np.broadcast_to(evaluate(design.program.roots, env)[0], 100)
    assert np.array_equal(found, network.predict(x))


@compiled
def test_the_table_names_the_folder_and_what_comes_next(job, tmp_path):
    done = run(job, "-o", tmp_path / "out")

    assert done.exit_code == 0
    assert done.stdout.split()[:3] == ["folder", "accuracy", "tables"]
    assert f"symgate compile {tmp_path}/out/design.toml" in done.stdout.replace("\n", "")


@compiled
def test_interrupted_it_leaves_the_best_tables(job, tmp_path, monkeypatch):
    whole = Training._epoch

    def stopped(self, epoch):
        if epoch == 4:
            raise KeyboardInterrupt
        return whole(self, epoch)

    monkeypatch.setattr(Training, "_epoch", stopped)
    done = run(job, "-o", tmp_path / "out")

    assert done.exit_code == 130
    assert "interrupted: these are the best tables" in done.stderr
    assert load(tmp_path / "out" / "network.npz").interrupted
    assert load_any(tmp_path / "out" / "design.toml").outputs


@compiled
def test_a_design_that_is_refused_loses_no_training(job, tmp_path):
    write(job, TRAIN + '[design.formats]\nother = "fixed<8,4>"\n')
    done = run(job, "-o", tmp_path / "out")

    assert done.exit_code == 2
    assert "'other', which is not an input" in done.output
    assert load(tmp_path / "out" / "network.npz").outputs == ("even", "odd")


@compiled
def test_thresholds_and_outputs_are_those_of_the_file(job):
    text = TRAIN.replace("seed = 1", 'thresholds = [0.5]\noutputs = "both"')
    found = command.run(write(job, text), job.parent / "out")

    assert len(load_any(found.folder / "design.toml").outputs) == 3


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("tables = 8", "tables = 1", "tables is 1"),
        ("tables = 8", "table = 8", "unknown key 'table' in [table_network]"),
        ("tables = 8", "tables = 8\nthresholds = 0", "thresholds is 0"),
        ("tables = 8", 'tables = 8\noutputs = "all"', "outputs in [table_network] is 'all'"),
        ("[design]", "[network]\n[design]", "unknown section 'network'"),
        ("[table_network]", "[[table_network]]", "table_network is not a section"),
        ('label = "kind"', 'targets = ["kind"]', "unknown key 'targets' in [data]"),
        ('label = "kind"', 'label = "class"', "there is no column 'class'"),
    ],
)
def test_a_wrong_file_is_one_message(job, old, new, said):
    done = run(write(job, TRAIN.replace(old, new)), "-o", job.parent / "out")

    assert done.exit_code == 2
    assert done.output.startswith("error: ")
    assert said in done.output.splitlines()[0]


def test_tables_have_no_sweep(job):
    done = run(job, "--sweep")

    assert done.exit_code == 2
    assert "a training of tables has no sweep" in done.output


def test_a_training_of_tables_that_is_compiled_is_named_as_one(job):
    write(job, "[table_network]\ntables = 8\n")
    done = CliRunner().invoke(app, ["compile", str(job)])

    assert done.exit_code == 2
    assert "symgate train" in done.output
