"""What cannot be trained on is refused before training starts, with a message that says what to do."""

from __future__ import annotations

import sys
from dataclasses import replace

import numpy as np
import pytest

from symgate.errors import InputError
from symgate.learn import datasets
from symgate.learn.data import Samples, read
from symgate.learn.symbolnet import trainfile
from symgate.learn.symbolnet.fitting import fit
from symgate.learn.symbolnet.functions import function
from symgate.learn.symbolnet.settings import Network, Schedule, Targets

GOOD = "a,b,kind\n1,2,x\n2,1,y\n3,5,x\n4,1,y\n"


@pytest.fixture
def written(tmp_path, monkeypatch):
    """Write train.toml and rows.csv, and load the job, from a folder with a short name."""
    monkeypatch.chdir(tmp_path)

    def load(rows=GOOD, data='file = "rows.csv"\nlabel = "kind"', rest=""):
        (tmp_path / "rows.csv").write_text(rows, encoding="utf-8")
        (tmp_path / "train.toml").write_text(f"[data]\n{data}\n{rest}", encoding="utf-8")
        return trainfile.load("train.toml")

    return load


BAD = {
    "not a number": {"rows": GOOD.replace("3,5", "3,nan")},
    "empty cell": {"rows": GOOD.replace("3,5", "3,")},
    "constant column": {"rows": GOOD.replace(",5,", ",2,").replace(",1,", ",2,")},
    "label missing": {"rows": GOOD.replace("5,x", "5,")},
    "one class": {"rows": GOOD.replace(",y", ",x")},
    "empty class": {"data": 'file = "rows.csv"\nlabel = "kind"\nclasses = ["x", "y", "z"]'},
    "unknown class": {"data": 'file = "rows.csv"\nlabel = "kind"\nclasses = ["x", "w"]'},
    "no header": {"rows": "1,2,7\n2,1,8\n3,5,7\n"},
    "no such column": {"data": 'file = "rows.csv"\nlabel = "knd"'},
    "no label": {"data": 'file = "rows.csv"'},
    "no file": {"data": 'file = "row.csv"\nlabel = "kind"'},
    "kind of file": {"data": 'file = "rows.txt"\nlabel = "kind"'},
    "short row": {"rows": GOOD + "1,2\n"},
    "one row": {"rows": "a,b,kind\n1,2,x\n"},
    "target": {"rest": "[targets]\nweight = 1.0"},
    "negative target": {"rest": "[targets]\ninput = -0.1"},
    "log of negatives": {"rest": '[network]\nunary = ["log"]'},
    "division by zero": {"rest": '[network]\nbinary = ["x/y"]'},
    "root of negatives": {"rest": '[network]\nunary = ["sqrt"]'},
    "swept target": {"rest": "[sweep]\nweight = [0.9, 1.0]"},
    "jump": {"rest": '[network]\nunary = ["floor"]'},
    "unknown operator": {"rest": '[network]\nunary = ["sni"]'},
    "y in unary": {"rest": '[network]\nunary = ["2"]'},
    "layers": {"rest": "[network]\nunits = [4, 4]"},
    "unknown key": {"rest": "[schedule]\nepoch = 3"},
    "unknown section": {"rest": "[shedule]\nepochs = 3"},
    "no epochs": {"rest": "[schedule]\nepochs = 0\nclose = 0\nanneal = 0"},
    "rate": {"rest": "[schedule]\nrate = 0"},
    "loss": {"rest": '[schedule]\nloss = "hinge"'},
}


@pytest.mark.parametrize("case", BAD)
def test_message(case, written, golden):
    with pytest.raises(InputError) as caught:
        written(**BAD[case]).points()

    golden(f"{caught.value}\n")


def arrays(**changes):
    """Samples as a program makes them, without a file."""
    x = np.array([[1.0, 2.0], [2.0, 1.0], [3.0, 5.0], [4.0, 1.0]])
    good = Samples(x, np.arange(4) % 2, ("a", "b"), ("u", "v"), True, "rows")
    return replace(good, **changes)


BAD_ARRAYS = {
    "not a number": lambda: arrays(x=np.array([[1, 2], [2, np.nan], [3, 5], [4, 1]])),
    "infinite": lambda: arrays(
        y=np.array([[1.0], [np.inf], [3.0], [4.0]]), outputs=("u",), classes=False
    ),
    "class of no name": lambda: arrays(y=np.array([0, 1, 2, 1])),
    "missing label": lambda: arrays(y=np.array([0, 1, np.nan, 1])),
    "empty class": lambda: arrays(outputs=("u", "v", "w")),
    "all constant": lambda: arrays(x=np.ones((4, 2))),
    "rows": lambda: arrays(y=np.arange(3) % 2),
    "columns": lambda: arrays(features=("a",)),
}


@pytest.mark.parametrize("case", BAD_ARRAYS)
def test_message_for_arrays(case, monkeypatch, golden):
    monkeypatch.setitem(
        sys.modules, "tensorflow", None
    )  # refused before anything of the training is imported
    with pytest.raises(InputError) as caught:
        fit(BAD_ARRAYS[case](), Network(units=(2,), pairs=(1,)), Targets(), Schedule())

    golden(f"{caught.value}\n")


def test_labels_are_sorted_as_numbers(tmp_path):
    path = tmp_path / "rows.csv"
    path.write_text("a,n\n1,10\n2,9\n3,10\n", encoding="utf-8")

    found = read(path, label="n")

    assert found.outputs == ("9", "10")
    assert found.y.tolist() == [1, 0, 1]


def test_constant_column_can_stay(written):
    job = written(
        GOOD.replace("b,kind", "b,kind"), 'file = "rows.csv"\nlabel = "kind"\nconstant = "drop"'
    )

    assert job.samples.features == ("a", "b")


def test_npz_of_images(tmp_path, rng):
    x = rng.integers(0, 256, (6, 4, 4), dtype=np.uint8)
    np.savez(tmp_path / "rows.npz", X=x, y=np.arange(6) % 2)

    found = read(tmp_path / "rows.npz", label="y")

    assert found.features == tuple(f"x{k}" for k in range(16))
    assert np.array_equal(found.x, x.reshape(6, 16))


@pytest.mark.needs("pyarrow")
def test_parquet_is_the_csv(tmp_path):
    import pyarrow as pa
    from pyarrow import parquet

    columns = {"a": [1.0, 2.0, 4.0], "kind": ["x", "y", "x"]}
    parquet.write_table(pa.table(columns), tmp_path / "rows.parquet")
    (tmp_path / "rows.csv").write_text("a,kind\n1,x\n2,y\n4,x\n", encoding="utf-8")

    one, two = (read(tmp_path / f"rows.{kind}", label="kind") for kind in ("parquet", "csv"))

    assert one.outputs == two.outputs
    assert np.array_equal(one.x, two.x)
    assert np.array_equal(one.y, two.y)


def test_regression_targets(tmp_path):
    (tmp_path / "rows.csv").write_text("a,u,v\n1,2,3\n2,4,5\n", encoding="utf-8")

    found = read(tmp_path / "rows.csv", targets=["u", "v"])

    assert found.features == ("a",)
    assert found.wanted().tolist() == [[2, 3], [4, 5]]


@pytest.mark.needs("scipy")
def test_official_svhn_file(tmp_path, rng):
    from scipy.io import savemat

    x = rng.integers(0, 256, (32, 32, 3, 12), dtype=np.uint8)
    y = np.arange(1, 13)[:, None] % 10
    y[y == 0] = 10  # the official label of the digit 0
    savemat(tmp_path / "train_32x32.mat", {"X": x, "y": y})

    colour, grey = (datasets.svhn(tmp_path / "train_32x32.mat", grey=g) for g in (False, True))

    assert colour.x.shape == (12, 3072)
    assert grey.x.shape == (12, 1024)
    assert np.array_equal(colour.x[3].reshape(32, 32, 3), x[..., 3] / 255)
    assert colour.y.tolist() == [1, 2, 3, 4, 5, 6, 7, 8, 9, 0, 1, 2]


def test_svhn_of_the_shared_data(shared_data):
    grey = datasets.svhn(shared_data / "svhn" / "svhn_test_grey32.npz")

    assert grey.x.shape == (24111, 1024)
    assert 0 <= grey.x.min() < grey.x.max() <= 1


def test_jets_of_the_shared_data(shared_data):
    jets = datasets.jets(shared_data / "jets" / "jets_600.csv")

    assert jets.x.shape == (600, 16)
    assert jets.outputs == ("g", "q", "t", "w", "z")


def test_svhn_file_that_is_none(tmp_path):
    np.savez(tmp_path / "x.npz", a=np.zeros(3))

    with pytest.raises(InputError, match="this is no SVHN file"):
        datasets.svhn(tmp_path / "x.npz")


@pytest.mark.parametrize(
    "text", ["sin", "exp", "gauss", "tanh", "square", "log(0.001 + abs(x))", "sin(x)*cos(x)"]
)
def test_operator_is_taken(text):
    assert function(text, 1).text == text


def test_settings_are_checked():
    with pytest.raises(InputError):
        Targets(weight=float("nan"))
    with pytest.raises(InputError):
        Network(units=(), pairs=())
    with pytest.raises(InputError):
        Schedule(batch=0)


def test_example_is_ready_to_train(root):
    job = trainfile.load(root / "examples" / "symbolnet" / "train.toml")

    assert len(job.samples) == 150
    assert job.samples.outputs == ("setosa", "versicolor", "virginica")
    assert [p.targets.weight for p in job.points()] == [0.5, 0.7, 0.8]
