"""CSV files of users: what is taken, and what each mistake says."""

from __future__ import annotations

from pathlib import Path

import pytest

from symgate.errors import InputError
from symgate.sim import data

GOOD = "x,y,class\n1,2.5,p\n-3e-1, 4 ,q\n"


@pytest.fixture
def csv(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)

    def make(text: str, encoding: str = "utf-8") -> Path:
        Path("d.csv").write_bytes(text.encode(encoding))
        return Path("d.csv")

    return make


def test_columns_are_found_by_name(csv):
    table = data.read(csv("y,more,x\n1,a,2\n3,b,4\n"), ["x", "y"], ["p", "q"])

    assert (table.columns["x"].tolist(), table.columns["y"].tolist()) == ([2, 4], [1, 3])
    assert (table.label, table.classes, len(table)) == (None, None, 2)


def test_column_of_output_names_is_the_label(csv):
    table = data.read(csv(GOOD), ["x", "y"], ["p", "q"])

    assert table.label == "class"
    assert table.classes.tolist() == [0, 1]


def test_label_can_be_named_and_be_numbers(csv):
    table = data.read(csv("x,c\n1,1\n2,0\n3,1\n"), ["x"], ["p", "q"], label="c")

    assert table.classes.tolist() == [1, 0, 1]


def test_one_output_is_no_classifier(csv):
    assert data.read(csv("x,c\n1,p\n"), ["x"], ["p"]).classes is None


def test_spreadsheet_exports_are_read(csv):
    table = data.read(csv("x,y\r\n1,2\r\n\r\n3,4\r\n", "utf-8-sig"), ["x", "y"], ["p"])

    assert table.columns["y"].tolist() == [2, 4]


def test_wanted_values_stand_in_columns_named_as_the_outputs(csv):
    table = data.read(csv("q,x,p\n5,1,3\n6,2,4\n"), ["x"], ["p", "q"])

    assert {name: column.tolist() for name, column in table.wanted.items()} == {
        "p": [3, 4],
        "q": [5, 6],
    }
    assert table.classes is None


def test_label_of_one_output_holds_its_wanted_values(csv):
    assert data.read(csv("x,c\n1,7\n"), ["x"], ["p"], label="c").wanted["p"].tolist() == [7]


@pytest.mark.parametrize(
    "text",
    [
        "",
        "x,y\n",
        "x\n1\n",
        "x,y,x\n1,2,3\n",
        "x,y\n1,2\n1\n",
        "x,y\n1,2\n1,two\n",
        "x,y\n1,2\n\n1,nan\n",
        "x,y,class\n1,2,p\n3,4,tau\n",
        "x,y\n1,\xff\n",
    ],
    ids=[
        "empty",
        "no-rows",
        "no-column",
        "twice",
        "short-row",
        "word",
        "nan",
        "unknown-label",
        "not-text",
    ],
)
def test_mistake(csv, golden, text):
    label = "class" if "class" in text else None
    with pytest.raises(InputError) as error:
        data.read(csv(text, "latin-1"), ["x", "y"], ["p", "q"], label)
    golden(str(error.value) + "\n")


def test_missing_file(tmp_path, monkeypatch, golden):
    monkeypatch.chdir(tmp_path)
    with pytest.raises(InputError) as error:
        data.read(Path("none.csv"), ["x"], ["p"])
    golden(str(error.value) + "\n")
