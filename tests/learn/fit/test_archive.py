"""The archive: appended, read back, merged."""

from __future__ import annotations

import json
from random import Random

import numpy as np
import pytest

from symgate.errors import InputError
from symgate.frontend.language.infix import parse
from symgate.learn.fit.archive import Archive
from symgate.learn.fit.task import Task

TEXTS = "x", "y", "2*x", "x + y", "x*y", "2.5*x*y", "x*y + 0.1", "sin(x)*y", "x**2", "log(x)*2 + y"


@pytest.fixture
def task():
    rng = np.random.default_rng(0)
    x = rng.uniform(1, 2, (50, 2))
    return Task(x, 2.5 * x[:, 0] * x[:, 1], ("x", "y"))


def test_what_is_found_is_read_back(task, tmp_path):
    path = tmp_path / "archive.jsonl"
    first = Archive(task, task, path, "one")
    for text in TEXTS:
        first.emit(parse(text, None), "engine", 3)
    first.finish("engine", 3)
    again = Archive(task, task, path, "one")
    assert again.front() == first.front()
    assert again.done == {("engine", 3)}
    assert again.front()[-1].formula == "2.5*x*y"


def test_a_line_that_was_cut_off_is_left_out(task, tmp_path):
    path = tmp_path / "archive.jsonl"
    Archive(task, task, path, "one").emit(parse("x*y", None), "engine", 3)
    with path.open("a") as file:
        file.write('{"formula": "x +')
    assert [c.formula for c in Archive(task, task, path, "one").front()] == ["x*y"]


def test_an_archive_of_another_task_is_refused(task, tmp_path):
    path = tmp_path / "archive.jsonl"
    Archive(task, task, path, "one")
    with pytest.raises(InputError, match="this archive is of another task"):
        Archive(task, task, path, "two")


def test_the_order_of_lines_does_not_matter(task, tmp_path):
    path = tmp_path / "archive.jsonl"
    made = Archive(task, task, path, "one")
    for text in TEXTS:
        made.emit(parse(text, None), "engine", 3)
    head, *lines = path.read_text().splitlines()
    Random(1).shuffle(lines)
    path.write_text("\n".join([head, *lines, *lines[:3]]) + "\n")
    assert Archive(task, task, path, "one").front() == made.front()


def test_a_formula_that_is_undefined_on_a_row_is_not_kept(task):
    assert not Archive(task, task).emit(parse("log(x - 1.5)", None), "engine", 0)


def test_lines_are_json(task, tmp_path):
    path = tmp_path / "archive.jsonl"
    Archive(task, task, path, "one").emit(parse("x*y", None), "engine", 3)
    rows = [json.loads(line) for line in path.read_text().splitlines()]
    assert rows[1]["formula"] == "x*y"
    assert rows[1]["nodes"] == 3
