"""Every setting is checked, and one set of defaults holds for the file and for Python."""

from __future__ import annotations

import numpy as np
import pytest

from symgate.errors import InputError
from symgate.learn.data import samples
from symgate.learn.symbolnet import trainfile
from symgate.learn.symbolnet.settings import Network, Schedule, Targets

DATA = '[data]\nfile = "rows.csv"\nlabel = "kind"\n'
WRONG = {
    "units": ("[network]\nunits = 20", "units is 20", "a list of whole numbers"),
    "broken_units": ("[network]\nunits = [2.5]", "units is [2.5]", "a list of whole numbers"),
    "negative_units": ("[network]\nunits = [-2]\npairs = [3]", "a layer of -2 units", "0 or more"),
    "unary": ('[network]\nunary = "sin"', "unary is 'sin'", "names of operators"),
    "rate": ('[schedule]\nrate = "fast"', "rate is 'fast'", "a learning rate above 0"),
    "validation": ('[schedule]\nvalidation = "a"', "validation is 'a'", "a share of the rows"),
    "size": ("[schedule]\nsize = -30", "size is -30", "a number of nodes above 0"),
    "seed": ("[schedule]\nseed = -1", "seed is -1", "0 or more"),
    "target": ("[targets]\nweight = true", "the target of weight sparsity is True", "a share"),
    "sweep": ("[sweep]\nweight = 0.5", "weight in [sweep] is 0.5", "a list of numbers"),
    "empty_sweep": ("[sweep]\nweight = []", "weight in [sweep] is []", "a list of numbers"),
}
IN_DATA = {
    "file": ('[data]\nfile = 3\nlabel = "kind"\n', "file in [data] is 3", "the name of a file"),
    "label": ('[data]\nfile = "rows.csv"\nlabel = ["t"]\n', "label in [data] is ['t']", "a column"),
    "standardise": (DATA + 'standardise = "no"\n', "standardise in [data] is 'no'", "true or false"),
}
ALL = {name: (DATA + text, *rest) for name, (text, *rest) in WRONG.items()} | IN_DATA


@pytest.mark.parametrize("case", ALL)
def test_a_wrong_setting_is_named(case, tmp_path):
    text, what, expected = ALL[case]
    (tmp_path / "rows.csv").write_text("a,kind\n1,u\n2,v\n3,u\n", encoding="utf-8")
    (tmp_path / "train.toml").write_text(text, encoding="utf-8")

    with pytest.raises(InputError) as raised:
        trainfile.load(tmp_path / "train.toml")

    message = str(raised.value)
    assert what in message
    assert expected in message
    assert "train.toml" in message


def test_the_loss_of_classes_is_refused_for_values():
    schedule = Schedule(loss="crossentropy")
    assert schedule.of(True, 8).loss == "crossentropy"
    with pytest.raises(InputError, match="values are to be learned"):
        schedule.of(False, 8)
    assert [Schedule().of(c, 8).loss for c in (True, False)] == ["crossentropy", "squared"]
    assert [Schedule().of(True, n).batch for n in (20, 640, 60_000)] == [8, 20, 256]


@pytest.mark.needs("sklearn")
def test_the_file_and_the_estimators_have_one_set_of_defaults(tmp_path):
    from symgate.learn.symbolnet import SymbolNetClassifier

    (tmp_path / "rows.csv").write_text("a,kind\n1,u\n2,v\n3,u\n", encoding="utf-8")
    (tmp_path / "train.toml").write_text(DATA, encoding="utf-8")
    job, stated = trainfile.load(tmp_path / "train.toml"), SymbolNetClassifier().get_params()

    assert job.network == Network(*(stated[n] for n in ("unary", "binary", "units", "pairs")))
    kinds = ("input", "weight", "unary", "binary")
    assert job.targets == Targets(*(stated[f"{kind}_target"] for kind in kinds))
    names = ("epochs", "close", "anneal", "batch", "rate", "loss", "size", "validation")
    assert job.schedule == Schedule(**{n: stated[n] for n in names}, anneal_rate=stated["rate"])
    assert job.targets.weight > 0  # what is not stated prunes


def test_a_label_of_many_numbers_is_no_class():
    columns = {"a": np.arange(60.0), "t": np.arange(60) * 1.5}
    with pytest.raises(InputError, match="60 different numbers in 60 rows"):
        samples(columns, "rows.csv", label="t")
    digits = {"a": np.arange(60.0), "t": np.arange(60) % 10}
    assert len(samples(digits, "rows.csv", label="t").outputs) == 10
