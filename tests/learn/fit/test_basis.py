"""Shared terms: gradients, fitted weights, and searches of several outputs and of classes."""

from __future__ import annotations

import numpy as np
import pytest

from symgate.frontend.language.infix import parse
from symgate.learn.fit.basis.model import Model, fitted, refined
from symgate.learn.fit.basis.tape import Tape, filled, lifted
from symgate.learn.fit.basis.terms import terms
from symgate.learn.fit.engines import basis
from symgate.learn.fit.price import Prices, digits
from symgate.learn.fit.task import Task
from tests.learn.fit.searching import least_loss

TEXTS = (
    "tanh(0.7*a - 0.2)*1.5 + b",
    "gauss(a + b - 0.3)",
    "relu(a - 0.25)*2 + (b - 0.1)**2",
    "(a + 1.5)*(b - 0.4)/2.5",
)


def plane(rows: int = 300, seed: int = 3) -> np.ndarray:
    return np.random.default_rng(seed).normal(size=(rows, 2))


@pytest.mark.parametrize("text", TEXTS)
def test_gradients_along_constants_are_those_of_differences(text):
    x, found = plane(), []
    root = lifted(parse(text, None), found)
    tape = Tape((root,), {"a": x[:, 0], "b": x[:, 1]}, len(x))
    at = np.array(found)
    (value,) = tape.forward(at)
    gradient = tape.backward([np.cos(value)], len(at))
    for k in range(len(at)):
        step = np.eye(len(at))[k] * 1e-6
        ends = [np.sin(tape.forward(at + sign * step)[0]).sum() for sign in (1, -1)]
        assert gradient[k] == pytest.approx((ends[0] - ends[1]) / 2e-6, rel=1e-4, abs=1e-5)


def test_lifted_constants_are_put_back():
    e, found = parse(TEXTS[0], None), []
    assert filled(lifted(e, found), found, 15) is e


def test_weights_of_several_outputs_are_those_of_least_squares():
    x = plane()
    y = np.stack([2 * x[:, 0] + 1, x[:, 0] - 3 * x[:, 1]], axis=1)
    model = Model(Task(x, y, ("a", "b")))
    for name, output in (("a", 0), ("a", 1), ("b", 1)):
        model = model.with_pair(parse(name, None), output)
    model = fitted(model)
    assert model.loss < 1e-6
    assert model.used == pytest.approx([2, 1, -3, 1, 0], abs=1e-2)


def test_a_constant_inside_of_a_term_is_refined():
    x = plane()
    task = Task(x, 2 * np.tanh(1.3 * x[:, 0] - 0.4), ("a", "b"))
    start = fitted(Model(task).with_pair(parse("tanh(a)", None), 0))
    near = fitted(Model(task).with_pair(parse("tanh(1.1*a - 0.1)", None), 0))
    assert refined(near).loss < 1e-4 < start.loss


def test_no_two_terms_are_one_and_all_vary():
    x = plane()
    found = terms(Task(x, x[:, 0], ("a", "b")))
    assert len(set(found.formulas)) == len(found)
    assert np.allclose(found.values.std(axis=1), 1, atol=1e-3)


def best(task: Task, enough: float) -> float:
    return least_loss(basis.run, task, 0, enough, name="basis")


def test_classes_are_separated_by_what_separates_them():
    x = plane()
    label = (x[:, 0] ** 2 + x[:, 1] ** 2 > 1.2).astype(int)
    assert best(Task(x, np.eye(2)[label], ("a", "b"), classes=True), 0.3) < 0.3


def test_two_outputs_share_terms():
    x = plane()
    bend = np.tanh(2 * x[:, 0])
    task = Task(x, np.stack([bend + x[:, 1], 3 * bend], axis=1), ("a", "b"))
    assert best(task, 1e-3) < 1e-3


def test_rows_without_weight_do_not_count():
    x = plane()
    y = np.where(np.arange(300) < 150, x[:, 0], 100.0)
    weights = (np.arange(300) < 150).astype(float)
    task = Task(x, y, ("a", "b"), weights=weights)
    assert task.loss(parse("a", None)) < 1e-12


def test_a_price_counts_equal_parts_once():
    prices = Prices(12)
    e = parse("exp(a*b)", None)
    assert prices.of((e, e)) == prices.of((e,))
    assert prices.of((parse("a*b", None),)) < prices.of((parse("sqrt(a*b)", None),))


@pytest.mark.parametrize(("text", "count"), [("4", 1), ("3", 2), ("0.75", 2), ("0.7071", 4)])
def test_digits_of_constants(text, count):
    assert digits(parse(text, None).value) == count
