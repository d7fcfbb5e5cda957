"""What a reader is told of the front of a fit."""

from __future__ import annotations

import math
from io import StringIO

import numpy as np
import pytest
from rich.console import Console

from symgate.learn.data import Samples
from symgate.learn.fit import frontfile
from symgate.learn.fit.archive import Candidate
from symgate.learn.fit.found import Found
from symgate.report import fronts


def candidate(held: float, **more) -> Candidate:
    return Candidate("0.123456789012345*x + 1/3", 5, 0.1, held, "basis", 0, **more)


def found(*candidates: Candidate, classes: bool = False) -> Found:
    return Found(("y",), {"x": (0.0, 1.0)}, candidates, 0.0, classes, held_rows=40)


def samples(rows: int, classes: bool = False) -> Samples:
    x = np.linspace(0, 1, rows)[:, None]
    y = (x[:, 0] > 0.25).astype(int) if classes else x
    return Samples(x, y, ("x",), ("a", "b") if classes else ("y",), classes)


def printed(*parts: object) -> str:
    out = StringIO()
    for part in parts:
        Console(file=out, width=200).print(part)
    return out.getvalue()


def test_the_table_has_few_digits_and_its_caption_explains_it():
    best = candidate(0.01, lut=20.0, cycles=2)
    front = found(best)
    text = printed(fronts.table(front, best), fronts.caption(front))
    assert "0.1235*x + 1/3" in text
    assert "over the variance, on 40 rows that no engine saw" in text
    assert "LUT: cells" in text
    assert "* is the choice" in text


@pytest.mark.parametrize(
    ("rows", "held", "said"),
    [
        (9, 0.01, ["9 rows for 1 input are few"]),
        (10, 0.01, []),
        (40, 0.81, ["the formula is hardly better than the mean: it leaves 81 %"]),
        (40, math.inf, ["no formula of the front is defined on all held-out rows"]),
    ],
)
def test_few_rows_and_formulas_that_say_little_are_said(rows, held, said):
    best = candidate(held)
    doubts = fronts.doubts(found(best), best, samples(rows))
    assert len(doubts) == len(said)
    for doubt, start in zip(doubts, said, strict=True):
        assert doubt.startswith(start)


@pytest.mark.parametrize(("accuracy", "count"), [(0.76, 1), (0.9, 0)])
def test_scores_that_know_the_most_frequent_class_only_are_said(accuracy, count):
    best = candidate(0.5, accuracy=accuracy)
    doubts = fronts.doubts(found(best, classes=True), best, samples(40, classes=True))
    assert len(doubts) == count


def test_an_infinite_loss_is_none_in_json():
    (row,) = frontfile.json(found(candidate(math.inf)))
    assert row["held"] is None
    assert row["loss"] == 0.1


def test_a_formula_that_is_undefined_on_a_row_is_not_the_best():
    best = candidate(0.3)
    assert found(candidate(math.inf), best).best() is best
