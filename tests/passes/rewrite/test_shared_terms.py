from collections import Counter

import numpy as np
import pytest

from symgate.frontend.language.infix import parse
from symgate.ir.boxes import Box
from symgate.ir.evaluate import evaluate
from symgate.ir.expr import Program, postorder
from symgate.passes.pipeline import datapath_form, normal_form, rewrite
from symgate.passes.rewrite.complete_products import CompleteProducts
from symgate.passes.rewrite.fuse import Fuse
from symgate.passes.rewrite.group_multiples import GroupMultiples
from symgate.passes.rewrite.share import ShareMultiples
from symgate.passes.rewrite.simplify import Simplify
from symgate.passes.rewrite.terms import split_sum

NAMES = ("a", "b", "c")


def program(*texts: str) -> Program:
    return Simplify()(
        Program(NAMES, tuple((f"y{i}", parse(t, NAMES)) for i, t in enumerate(texts)))
    )


def operators(p: Program) -> Counter[str]:
    return Counter(e.op for e in postorder(p.roots))


def values(p: Program) -> np.ndarray:
    rng = np.random.default_rng(5)
    return np.array(evaluate(p.roots, {n: rng.uniform(-4, 4, 200) for n in NAMES}))


def linear_terms(p: Program) -> int:
    """Terms of the first output that are a constant times an input."""
    return sum(t.op == "var" for t in split_sum(p.roots[0])[1])


@pytest.mark.parametrize(
    "text",
    [
        "0.3*a*b + 0.7*b + c",
        "(a - 3)*(0.2*b + 1) + 0.5*b",
        "a*b + 2*a + 3*b",
        "(2*a + 1)*(b + c) + 0.7*a",
    ],
)
def test_linear_terms_move_into_the_product(text):
    before = Fuse()(program(text))
    after = CompleteProducts()(before)

    np.testing.assert_allclose(values(after), values(before), rtol=1e-12, atol=1e-12)
    assert linear_terms(after) < linear_terms(before)


def test_equal_multiples_of_an_input_are_computed_once():
    after = ShareMultiples()(program("0.3*a + b", "exp(0.6*a - b)", "c - 0.3*a"))

    assert operators(after)["hold"] == 1
    np.testing.assert_allclose(
        values(after), values(program("0.3*a + b", "exp(0.6*a - b)", "c - 0.3*a")), rtol=1e-12
    )


def test_multiples_by_powers_of_two_need_no_sharing():
    assert operators(ShareMultiples()(program("2*a + b", "0.5*a - b")))["hold"] == 0


def test_pipeline_gives_products_of_sines_of_one_angle_no_multiplier():
    p = Program(NAMES, (("y", parse("sin(2*a - 1)*cos(2*a - 1) + sin(a + b)*cos(a + b)", NAMES)),))
    ranges = {n: Box.exact(-4.0, 4.0) for n in NAMES}
    p = rewrite(p, (*normal_form(ranges), *datapath_form(ranges)))

    assert operators(p)["fn"] == 2
    assert not any(e.op == "mul" and not e.args[0].closed for e in postorder(p.roots))


@pytest.mark.parametrize(
    ("text", "left"),
    [
        ("0.3*a - 0.3*b + 0.6*c + 1", 1),
        ("0.3*a + 0.3*b - 0.7*c", 2),
        ("sqrt(2)*a - b*sqrt(2) + c", 2),
        ("0.3*sin(a) + 0.3*b*c - 0.3*b", 2),
    ],
)
def test_terms_of_equal_constants_are_added_first(text, left):
    before = program(text)
    after = GroupMultiples()(before)

    np.testing.assert_allclose(values(after), values(before), rtol=1e-12, atol=1e-12)
    assert operators(after)["hold"] == 1
    assert len(split_sum(after.roots[0])[1]) == left


@pytest.mark.parametrize("text", ["0.3*a + 0.7*b", "a + b - c", "0.3*a*b + 0.3*b*c", "2*a - 4*b"])
def test_other_terms_stay(text):
    before = program(text)

    assert GroupMultiples()(before) == before
