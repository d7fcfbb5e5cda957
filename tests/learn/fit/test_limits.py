"""Formulas hold what the user allows."""

from __future__ import annotations

import numpy as np
import pytest

from symgate.errors import InputError
from symgate.frontend.language.infix import parse
from symgate.ir.exprtext import show
from symgate.learn.fit.limits import Limits
from symgate.learn.fit.task import Task


@pytest.fixture
def task():
    x = np.random.default_rng(0).uniform(1, 2, (60, 2))
    return Task(x, 2.9 * x[:, 0] + 0.26 * x[:, 1], ("x", "y"))


def allowed(limits: Limits, text: str, task: Task) -> list[str]:
    return [show(e) for e in limits.within(parse(text, None), task)]


@pytest.mark.parametrize(
    ("constants", "formula"),
    [
        ("", "0.26*y + 2.9*x"),
        ("1 digit", "3*x + 0.2*y"),
        ("powers of two", "y + 2*x"),
        ("integers", "3*x"),
    ],
)
def test_constants_are_moved_to_allowed_ones_and_the_others_refined(constants, formula, task):
    (found,) = allowed(Limits(constants), "2.9*x + 0.26*y", task)
    assert found == formula


def test_other_operators_and_larger_formulas_are_not_taken(task):
    assert allowed(Limits(operators=("add", "mul")), "x*y + 1", task)
    assert not allowed(Limits(operators=("add", "mul")), "sin(x)", task)
    assert not allowed(Limits(nodes=3), "x*y + 1", task)


def test_unknown_constants_are_named():
    with pytest.raises(InputError, match="there are no constants 'primes'"):
        Limits("primes")
