"""The pages of a front and of a training: whole, and with the numbers that they were given."""

from __future__ import annotations

import re
from dataclasses import asdict

import pytest

from symgate.explore.pareto_front import Point, marked
from symgate.frontend.language.infix import parse
from symgate.report.page import explore_page, front_page, training_page
from tests.report.test_page import read

POINTS = marked([
    Point(1, 0.7, "x0", refused="the design has no inputs <b>"),
    Point(4, 0.65, "sin(x0 - 1.5)", 25.0, 9, 0, 5.0, 0.0078),
    Point(5, 0.59, "0.34*x0 - 0.58", 14.0, 10, 0, 5.0, 0.0048),
    Point(9, 0.002, "sin(x0)*x1", 192.0, 48, 0, 10.0, 0.0079),
    Point(11, 0.0, "gamma~(x0", 300.0, 48, 0, 10.0, 0.0079),
])  # fmt: skip
ROWS = [asdict(point) for point in POINTS]


def epoch(number: int, stage: str) -> dict[str, object]:
    shares = {"input": 0.0, "weight": 0.7, "unary": 1 / 3, "binary": 0.0}
    figures = {"loss": 0.4, "error": 1 / number, "score": 1 - 1 / number}
    valid = {"valid_error": 1.1 / number, "valid_score": 1 - 1.1 / number if number > 1 else 0}
    return {"epoch": number, "stage": stage, **figures, **valid, **shares}


HISTORY = [epoch(k, "adapt" if k < 700 else "close") for k in range(1, 1001)]
SUMMARY = {
    "classes": True,
    "valid_error": 0.0011,
    "valid_score": 0.9989,
    "outputs": ["a", "b"],
    "mean_complexity": 12.5,
    "inputs_used": 2,
    "missed": ["weight 0.9"],
}
FORMULAS = {"a": parse("tanh(width*x1)", None), "b": parse("x1 - 2", None)}


def test_a_training_of_values_shows_its_share_of_the_variance():
    page = training_page("heat", HISTORY, {**SUMMARY, "classes": False}, FORMULAS)
    assert "R²" in page
    assert "ccuracy" not in page


def test_front_has_a_dot_per_row_that_compiled():
    page = front_page(ROWS, "gluon")

    read(page)
    dots = re.findall(r'data-lut="([^"]*)" data-loss="([^"]*)"', page)
    assert [(float(a), float(b)) for a, b in dots] == [
        (p.lut, p.loss) for p in POINTS if p.lut is not None
    ]
    assert page.count("dot best") == sum(p.best for p in POINTS) == 3
    assert "c9/report.html" in page
    assert "the design has no inputs &lt;b&gt;" in page


@pytest.mark.parametrize("rows", [[], ROWS[:1], ROWS[2:3]])
def test_small_fronts_have_pages(rows):
    read(front_page(rows, "one"))


def test_front_of_losses_above_zero_is_logarithmic():
    read(front_page([row for row in ROWS if row["loss"]], "log"))


USUAL = {
    "complexity": None,
    "clock": None,
    "objective": None,
    "effort": "usual",
    "dsp": 0,
    "bram": 0,
    "metric": None,
}
MADE = {
    "state": "compiled",
    "cycles": 2,
    "ns": 10.0,
    "ff": 9,
    "fixed": None,
    "refused": None,
    "loss": None,
}


def explored(count: int) -> list[dict]:
    """Rows as `symgate.explore.exploration` has them: compiled ones, one refused, one missing."""
    rows = [
        {**USUAL, **MADE, "candidate": "wave", "error": f"2^-{k}", "bits": 8, "lut": 10 * k,
         "bound": 2.0**-k, "total": 2.0**-k + 0.01, "best": k % 2 == 1}
        for k in range(1, count + 1)
    ]  # fmt: skip
    empty = dict.fromkeys(MADE) | USUAL | dict.fromkeys(("lut", "bound", "total"))
    other = {**empty, "candidate": "wave", "error": "2^-60", "bits": 8, "best": False}
    return [
        *rows,
        {**other, "state": "refused", "refused": "no <b>"},
        {**other, "state": "missing"},
    ]


def test_exploration_has_a_dot_per_design_and_the_designs_of_its_front():
    rows = explored(40)
    page = explore_page(rows, ("lut", "bound"), "wave")

    read(page)
    dots = re.findall(r'data-lut="([^"]*)" data-wrong="([^"]*)"', page)
    assert sorted(float(a) for a, _ in dots) == [row["lut"] for row in rows[:40]]
    assert page.count("dot best") == 20
    assert "front/20.toml" in page
    assert "no &lt;b&gt;" in page
    assert "1 are still to be made" in page


@pytest.mark.parametrize("count", [0, 1, 2])
@pytest.mark.parametrize("by", [("lut",), ("lut", "bound"), ("lut", "total", "ns")])
def test_small_explorations_have_pages(count, by):
    read(explore_page(explored(count), by, "small"))


def test_training_shows_curves_and_formulas():
    page = training_page("iris", HISTORY, SUMMARY, FORMULAS)

    read(page)
    series = re.findall(r'<polyline points="([^"]*)"[^>]*data-series="(\w+)"', page)
    assert {name for _, name in series} >= {"error", "valid_error", "score", "weight"}
    assert all(len(points.split()) <= 241 for points, _ in series)
    assert "weight 0.9" in page
    assert "<mi>width</mi>" in page
    assert len(page.encode()) < 200_000


def test_training_without_an_epoch_has_a_page():
    read(training_page("none", [], {**SUMMARY, "missed": []}, FORMULAS))


def test_pages_ask_nothing_of_the_network():
    for page in (
        front_page(ROWS, "f"),
        training_page("t", HISTORY, SUMMARY, FORMULAS),
        explore_page(explored(3), ("lut", "bound"), "e"),
    ):
        assert not re.search(r"https?://|@import|url\(", page)
