"""Constants of a formula, refined."""

from __future__ import annotations

import numpy as np
import pytest

from symgate.frontend.language.infix import parse
from symgate.ir.exprtext import show
from symgate.learn.fit.polish import polish
from symgate.learn.fit.refine import Skeleton, refined
from symgate.learn.fit.task import Budget, Task


def task(text: str, rows: int = 200, noise: float = 0.0) -> Task:
    rng = np.random.default_rng(1)
    x = rng.uniform(0.5, 2, (rows, 2))
    clean = Task(x, np.zeros(rows), ("x", "y")).values(parse(text, None))
    return Task(x, clean + noise * rng.normal(size=rows), ("x", "y"))


@pytest.mark.parametrize(
    ("truth", "start"),
    [
        ("2.5*x + exp(0.7*y)", "2*x + exp(0.5*y)"),
        ("3/(1.5 + x*y)", "2/(1 + x*y)"),
        ("sin(1.3*x)*y**2", "sin(1.1*x)*y**2"),
    ],
)
def test_constants_are_recovered(truth, start):
    wanted = task(truth)
    found = refined(parse(start, None), wanted)
    assert wanted.loss(found) < 1e-18


def test_a_formula_that_is_undefined_on_a_row_stays():
    e = parse("sqrt(x - 1)*2", None)
    assert refined(e, task("x")) is e


def test_functions_are_opened_for_a_constant_inside():
    wanted = task("exp(0.37*x) - 1")
    e = parse("exp(x) - 1", None)
    assert wanted.loss(refined(e, wanted)) > 1e-6
    assert wanted.loss(refined(e, wanted, opened=True)) < 1e-18


def test_each_place_of_a_constant_is_one_of_its_own():
    assert Skeleton.of(parse("2*x + sin(2*y)", None)).parameters == (2.0, 2.0)


def test_polishing_drops_what_does_nothing():
    wanted = task("1.5*x*y")
    e = parse("1.4999999*x*y + 0.0000001*sin(x) + 0.00000002", None)
    kept = []
    found = polish(e, wanted, Budget(20), kept.append)
    assert show(found) == "1.5*x*y"
    assert kept[-1] is found


def test_polishing_keeps_what_matters():
    wanted = task("1.5*x*y + 0.2*x")
    found = polish(parse("1.5*x*y + 0.2*x", None), wanted, Budget(20), lambda e: None)
    assert wanted.loss(found) < 1e-18
