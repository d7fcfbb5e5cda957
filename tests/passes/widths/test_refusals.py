"""What cannot be compiled is refused in one message that says how close it came and what to do."""

import re
from fractions import Fraction

import pytest

from symgate.errors import AccuracyError
from symgate.frontend.language.infix import parse
from symgate.ir.design import Accuracy, Design, Input, Target
from symgate.ir.expr import variables
from symgate.passes.compiler import compile_design


@pytest.mark.parametrize(
    ("formula", "error", "target"),
    [
        ("floor(3*sin(x)*y)", "1/4", Target()),  # a jump of 1
        ("sin(x)*y", "1/1000000000000000000000", Target()),
        ("exp(exp(exp(exp(8*x*y))))", "1/4", Target()),  # beyond every number
        ("sin(x)*y", "1/256", Target(latency=0, lut=10)),  # neither can be met
        ("sin(x)*y", "1/256", Target(lut=10)),
        ("sin(x)*y", "1/256", Target(lut=10, dsp=2)),
        ("sin(x)*y", "1/256", Target(latency=1, clock_ns=2.0)),
        ("sin(x)*y", "1/256", Target(latency=2, lut=100, clock_ns=2.0)),  # limits that conflict
    ],
    ids=["jump", "budget", "unbounded", "limits", "lut", "lut_and_dsp", "latency", "conflict"],
)
def test_message(formula, error, target, golden):
    e = parse(formula, None)
    inputs = tuple(Input.with_bits(n, 11, (Fraction(-1), Fraction(1))) for n in variables([e]))
    design = Design(
        "d", inputs, (("out", e),), Accuracy(max_error={"out": Fraction(error)}), target
    )
    with pytest.raises(AccuracyError) as caught:
        compile_design(design)
    text = str(caught.value)
    golden(
        re.sub(r"(?<=at least )[0-9.]+e-\d+", "(about 1e-11)", text) + "\n"
    )  # how close depends on every detail
    assert all(1e-13 < float(v) < 1e-9 for v in re.findall(r"(?<=at least )[0-9.]+e-\d+", text))


def test_a_steep_place_is_named():
    e = parse("x/(z*sqrt(x*x + y*y + 1/1048576))", None)
    inputs = tuple(
        Input.with_bits(n, 8, (Fraction(1, 1024) if n == "z" else Fraction(0), Fraction(3)))
        for n in variables([e])
    )
    accuracy = Accuracy(max_error={"out": Fraction(1, 10**9)})
    with pytest.raises(AccuracyError) as caught:
        compile_design(Design("d", inputs, (("out", e),), accuracy))
    text = str(caught.value)

    assert re.search(r"; an error in '.*' is up to [0-9.e+]+ times as large in the output", text)
    assert re.search(r", near x = [0-9.e-]+, y = [0-9.e-]+, z = [0-9.e-]+\n", text)
    assert "where a function jumps" not in text
