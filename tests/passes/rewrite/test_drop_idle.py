"""Operators that the ranges of the inputs make idle go; all others stay."""

import pytest

from symgate.frontend.language.infix import parse
from symgate.ir.boxes import Box
from symgate.ir.expr import Program
from symgate.passes.rewrite.drop_idle import DropIdle

RANGES = {"p": Box.exact(0.0, 2.0), "q": Box.exact(3.0, 4.0), "x": Box.exact(-1.0, 1.0)}


def dropped(text: str):
    program = Program(tuple(RANGES), (("y", parse(text, tuple(RANGES))),))
    return DropIdle(RANGES)(program).roots[0]


@pytest.mark.parametrize(
    ("text", "left"),
    [
        ("relu(p)", "p"),
        ("relu(-q)", "0"),
        ("abs(q - p)", "q - p"),
        ("abs(p - q)", "-(p - q)"),
        ("max(x, q, p)", "q"),
        ("max(x, p, 0)", "max(x, p)"),
        ("min(x, q, p)", "min(x, p)"),
        ("min(x, 1)", "x"),
        ("max(x, -1)", "x"),
        ("where(p <= 2, x, q)", "x"),
        ("where(q < p, x, q)", "q"),
        ("where(x > 0 and q > p, x, q)", "where(x > 0, x, q)"),
        ("where(x > 0 or q < p, x, q)", "where(x > 0, x, q)"),
        ("where(x > 0 or q > p, x, q)", "x"),
        ("sign(q)", "1"),
        ("floor(x*0.25 + 0.5)", "0"),
        ("floor(where(x > 0, 2, sign(x) + 1))", "where(x > 0, 2, sign(x) + 1)"),
        ("exp(relu(p*q)) + where(not(q > p), x, 2)", "exp(p*q) + 2"),
    ],
)
def test_what_changes_nothing_goes(text, left):
    assert dropped(text) is parse(left, tuple(RANGES))


@pytest.mark.parametrize(
    "text",
    [
        "relu(x)",
        "abs(x)",
        "max(x, p)",
        "min(p, x)",
        "where(x > 0, x, q)",
        "sign(p)",
        "floor(p)",
        "round(where(x > 0, 2, 0.5))",
    ],
)
def test_what_may_change_something_stays(text):
    assert dropped(text) is parse(text, tuple(RANGES))
