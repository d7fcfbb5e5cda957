"""The second reader of expressions agrees with the first, and refuses what is none."""

from __future__ import annotations

import pytest
from hypothesis import given, settings

from symgate.frontend.language.infix import parse
from symgate.ir.evaluate import balls
from symgate.ir.expr import postorder, var
from symgate.ir.exprtext import show
from symgate.proof.reading import read
from tests.ir.strategies import NAMES, expressions

PLAIN = [n for n in NAMES if n not in ("pi", "e", "E", "if", "S")]


@settings(max_examples=200)
@given(expressions)
def test_both_readers_agree(e):
    import flint

    text = show(e)
    if any(n.op == "var" and n.value not in PLAIN for n in postorder([e])):
        return
    names = {n: var(n) for n in PLAIN}
    env = {n: flint.arb(k + 2) / 7 for k, n in enumerate(PLAIN)}
    mine, other = read(text, names), parse(text, names)
    x, y = balls([mine], env)[mine], balls([other], env)[other]
    assert x.overlaps(y) or not x.is_finite() or not y.is_finite()


@pytest.mark.parametrize(
    "text",
    [
        "x +",
        "(x",
        "x)",
        "x y",
        "1, 2",
        "sin()",
        "foo(x)",
        "x..2",
        "",
        "sin(x, y)",
        "z",
        "min(x)",
        "x + * y",
        "x(2)",
    ],
)
def test_what_is_no_expression_is_refused(text):
    with pytest.raises(ValueError):  # noqa: PT011 - any of its texts
        read(text, {"x": var("x"), "y": var("y")})


def test_hold_is_the_identity():
    assert read("2*hold(x)", {"x": var("x")}) is 2 * var("x")
