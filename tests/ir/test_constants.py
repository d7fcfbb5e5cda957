"""Comparisons and roundings of numbers alone are decided exactly, or refused."""

from fractions import Fraction

import numpy as np
import pytest

from symgate.errors import InputError
from symgate.frontend.design_file.toml import loads
from symgate.frontend.language.infix import parse
from symgate.frontend.language.source import Source
from symgate.ir.constants import constant, rational, with_decided
from symgate.ir.fixed import run
from symgate.passes.compiler import compile_design

DESIGN = """
[inputs]
x = {{ format = "fixed<4,2>" }}
[outputs]
y = {{ expression = "x + {}" }}
[accuracy]
max_error = "2^-6"
"""


def read(text):
    return parse(Source(text), ())


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("where(mod(3.53716, 2.75)^2 < (3.53716 - 2.75)^2, 1, 2)", 2),
        ("where(sqrt(2)*sqrt(2) < 2, 1, 4)", 4),
        ("where(0.1 + 0.2 == 0.3, 1, 4)", 1),
        ("floor(0.7/0.1)", 7),
        ("round(exp(1)*10^20)", 271828182845904523536),
        ("sign(1/3 - 2/6)", 0),
        ("mod(0.9, 0.3)", 0),
    ],
)
def test_number_is_exact(text, value):
    assert constant(read(text)) == value
    (decided,) = with_decided({"y": read(text)}).values()
    assert constant(decided) == value


@pytest.mark.parametrize(
    "text", ["where(log(8)/log(2) < 3, 1, 8)", "floor(log(8)/log(2))", "mod(log(8), log(2))"]
)
def test_what_nothing_decides_is_refused(text):
    assert constant(read(text)) is None
    with pytest.raises(InputError, match="no number that can be decided"):
        with_decided({"y": read(text)})
    with pytest.raises(InputError, match="write the value that is meant"):
        rational(read(text))


def test_irrational_numbers_are_close():
    assert abs(rational(read("sqrt(2)")) ** 2 - 2) < Fraction(1, 2**99)
    assert rational(read("exp(log(3)) - 3")) == 0
    (kept,) = with_decided({"y": read("mod(4, pi)")}).values()
    assert kept.op == "mod"


def test_giant_powers_take_no_time():
    assert constant(read("floor((((2^64)^64)^64)^64)")) is None


def test_design_has_the_value_of_its_comparison():
    text = "where(mod(3.53716, 2.75)^2 < (3.53716 - 2.75)^2, 1, 2)"
    graph = compile_design(loads(DESIGN.format(text))).graph
    codes = np.arange(-8, 8)
    (found,) = run(graph, [codes])
    assert (found * 2.0 ** -graph.outputs[0].type.frac == codes / 4 + 2).all()
