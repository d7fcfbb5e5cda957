"""Each engine on formulas that it is made for."""

from __future__ import annotations

import numpy as np
import pytest

from symgate.errors import InputError
from symgate.frontend.language.infix import parse
from symgate.learn.fit.engines import chosen
from symgate.learn.fit.task import Task
from tests.learn.fit.searching import least_loss

EXACT = 1e-12


def task(text: str, names: str, seed: int = 5) -> Task:
    rng = np.random.default_rng(seed)
    x = rng.uniform(1, 3, (200, len(names)))
    empty = Task(x, np.zeros(200), tuple(names))
    return Task(x, empty.values(parse(text, None)), tuple(names))


def least(engine: str, wanted: Task, enough: float = EXACT) -> float:
    """The smallest loss of what an engine finds."""
    run = chosen((engine,), wanted)[engine].load()
    return least_loss(run, wanted, 1, enough, name=engine)


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ("0.25*a*b**2/c", "abc"),
        ("a*sqrt(b + c)/b", "abc"),
        ("a*sin(b)/c**3", "abc"),
        ("-a*log(b/c)", "abc"),
        ("a*(exp(b*c) - 1)", "abc"),
    ],
)
def test_logprod_finds_products_of_powers(text, names):
    assert least("logprod", task(text, names)) < EXACT


@pytest.mark.slow
@pytest.mark.parametrize(
    ("text", "names"),
    [
        ("a*b + c*d", "abcd"),
        ("a*(b + c*sin(d))", "abcd"),
        ("(a + b)/(1 + a*b/c**2)", "abc"),
    ],
)
def test_sums_of_monomials_are_found_behind_factors_and_links(text, names):
    assert least("monomials", task(text, names)) < EXACT


@pytest.mark.slow
def test_linked_finds_sums_of_library_terms():
    assert least("linked", task("0.7*a*exp(-b) + 1.3*log(a)/b", "ab")) < EXACT


@pytest.mark.parametrize("text", ["0.3*sin(a)*b + 2", "1/(2 + 0.5*a*b)", "exp(0.4*a - b)"])
def test_small_expressions_of_few_inputs_are_enumerated(text):
    assert least("enumerate", task(text, "ab")) < EXACT


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ("a*(1 + b*sin(c)/d)", "abcd"),
        ("sqrt(1 + 2*a**2*b/c)", "abc"),
        ("1/((a - b)**2 + (c - d)**2)", "abcd"),
    ],
)
def test_logprod_finds_what_stands_beside_one_and_distances(text, names):
    assert least("logprod", task(text, names)) < EXACT


def test_no_engine_of_that_name():
    with pytest.raises(InputError, match="there is no engine 'logprods'"):
        chosen(("logprods",), task("a*b", "ab"))


def test_an_engine_for_one_output_says_so_of_classes():
    wanted = Task(np.ones((4, 1)), np.eye(2)[[0, 1, 0, 1]], ("a",), classes=True)
    with pytest.raises(InputError, match="'logprod' finds the formula of one output alone"):
        chosen(("logprod",), wanted)
    assert list(chosen((), wanted)) == ["basis"]


@pytest.mark.slow
def test_operon_finds_a_small_formula():
    pytest.importorskip("pyoperon")
    assert least("operon", task("1.5*a*b + 2", "ab"), 1e-6) < 1e-6
