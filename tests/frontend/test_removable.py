"""Quotients that are 0/0 at a code get their limit, and only those."""

from __future__ import annotations

import math
import warnings
from fractions import Fraction

import numpy as np
import pytest

from symgate.errors import InputError
from symgate.frontend.check import DesignWarning
from symgate.frontend.language.infix import parse
from symgate.frontend.load import Options, load_any
from symgate.frontend.removable import with_limits
from symgate.frontend.sincs import with_sincs
from symgate.ir.design import Input
from symgate.ir.evaluate import evaluate
from symgate.ir.expr import variables
from symgate.ir.exprtext import show
from symgate.passes.compiler import compile_design


def completed(text: str, ends=(-1, 1), bits=6):
    e = parse(text, None)
    inputs = tuple(Input.with_bits(n, bits, tuple(map(Fraction, ends))) for n in variables([e]))
    with warnings.catch_warnings(record=True) as told:
        warnings.simplefilter("always")
        found = with_limits({"y": e}, inputs)["y"]
    return e, found, [str(w.message) for w in told]


LIMITS = {
    "sin(x)/x": 1,
    "2*sin(3*x)*x**-1": 6,
    "(x - sin(x))/tan(x)": 0,
    "log(1 - x/2)/log(1 + x/2)": -1,
    "(1 - cos(x))/x**2": 0.5,
    "(x - sin(x))/x**3": 1 / 6,
    "(exp(x) - 1)/x": 1,
    "x/(exp(x) - 1)": 1,
    "(sqrt(x + 4) - 2)/x": 0.25,
    "(x - 0.5)/(x*x - 0.25)": None,  # two zeros below: left to the user
    "(x*x - 1/16)/(x - 0.25)": 0.5,
}


@pytest.mark.parametrize("text", LIMITS)
def test_limits_at_codes(text):
    before, after, told = completed(text)
    if LIMITS[text] is None:
        assert after is before
        assert not told
        return
    place = 0.25 if "0.25" in text else 0.0
    assert len(told) == 1
    assert evaluate([after], {"x": np.array([place])})[0] == pytest.approx(LIMITS[text])

    x = np.linspace(-1, 1, 33)
    x = x[x != place]
    wanted, found = evaluate([before, after], {"x": x})
    assert np.array_equal(wanted, found)


@pytest.mark.parametrize(
    "text", ["x*log(x)", "-(2*x)*log2(2*x)", "x**2*log(x)", "sqrt(x)*log10(x)*cos(x)", "x*log(x**2)"]
)
def test_a_logarithm_times_its_operand_is_0_at_0(text):
    before, after, told = completed(text, (0, 1))
    x = np.arange(1, 65) / 64
    assert evaluate([after], {"x": np.zeros(1)})[0] == 0
    assert np.array_equal(*(evaluate([e], {"x": x})[0] for e in (before, after)))
    assert [line.endswith(("at x = 0", "where '2*x' is 0", "where 'x**2' is 0")) for line in told] == [True]


@pytest.mark.parametrize("text", ["log(x)", "x*log(z)", "log(x)*x/x", "log(x)/x"])
def test_a_logarithm_alone_stays_undefined_at_0(text):
    before, after, told = completed(text, (0, 1))
    assert after is before
    assert not told


def test_operands_in_common_may_have_several_inputs(golden):
    _, after, told = completed("sin(x*z)/(x*z) + tan((x - z)/4)/(x - z)")
    golden("\n".join([show(after), *told]))


@pytest.mark.parametrize(
    "text",
    [
        "1/x",
        "cos(x)/x",
        "sin(x)/x**2",
        "floor(x)/x",
        "sin(z)/x",
        "abs(x)/x",
        "log(x)/x",
        "sin(x)/(x + 2)",
    ],
)
def test_what_has_no_limit_or_needs_none_stays(text):
    before, after, told = completed(text)
    assert after is before
    assert not told


def same_values(before, after):
    x = np.linspace(-1, 1, 33)
    wanted, found = evaluate([before, after], {"x": x, "z": x[::-1] / 3})
    assert np.allclose(wanted, found, rtol=1e-15, atol=0)


def test_a_guarded_quotient_keeps_its_guard():
    before, after, told = completed("where(x != 0, sin(x)/x, 3)")
    assert show(after).count("sinc") == show(after).count("where") == 1
    same_values(before, after)
    assert not told


@pytest.mark.parametrize(
    "text",
    [
        "where(x != 0, sin(x)/x, 1)",
        "where(x == 0, 1, sin(x)/x * sin(x/3)/(x/3))",  # Lanczos' kernel
        "where(x == 0, 1, sin(pi*x)/(pi*x))",
        "where(x == 0, 2, 2*sin(x)/x)",
    ],
)
def test_a_guard_that_says_the_limit_is_no_longer_needed(text):
    before, after, told = completed(text)
    assert "sinc" in show(after)
    assert "where" not in show(after)
    same_values(before, after)
    assert not told


def test_a_sine_by_its_angle_needs_no_code_where_it_is_zero():
    before, after, told = completed("sin(x - 0.3)/(x - 0.3)")
    assert after.op == "sinc"
    same_values(before, after)
    assert len(told) == 1


@pytest.mark.parametrize(
    "text", ["sin(x)/z", "sin(x)/(x + 1/8)", "cos(x)/x", "sin(x + z)/(x - z)", "sin(x)"]
)
def test_other_quotients_of_sines_stay(text):
    e = parse(text, None)
    assert with_sincs(e, lambda angle: True) == (e, [])


@pytest.mark.parametrize(
    "text",
    [
        "sin(3*x)/x",
        "x/sin(x)*sin(x)/x*sin(2*x)/(x*z)",
        "sin(x*z)/(z*x)",
        "sin(x/z)*z/x",
        "5/(x/sin(x))",
        "sin(x)*sin(x)/(x*x)",
        "sin(x*pi/2)/x",
    ],
)
def test_a_sinc_has_the_values_of_its_quotient(text):
    e = parse(text, None)
    found, angles = with_sincs(e, lambda angle: True)
    assert angles
    x = np.linspace(0.1, 3, 20)
    wanted, values = evaluate([e, found], {"x": x, "z": 0.5 - x[::-1]})
    assert np.allclose(wanted, values, rtol=1e-14, atol=0)


def test_sinc_is_that_of_its_language(tmp_path):
    x = np.array([-1.5, 0.0, 0.5])
    plain = parse("sinc(x)", None)
    assert evaluate([plain], {"x": x})[0] == pytest.approx(np.sinc(x / np.pi))
    table = tmp_path / "hall_of_fame.csv"
    table.write_text("Complexity,Loss,Equation\n3,0.1,sinc(x)\n")
    found = load_any(str(table), Options(bits=8, ranges=["[-3, 3]"], max_error="0.01"))
    assert evaluate([found.outputs[0][1]], {"x": x})[0] == pytest.approx(np.sinc(x))


@pytest.mark.parametrize("more", [{"max_error": "0.01"}, {"relative_error": "2^-7"}])
def test_designs_from_files_have_limits(tmp_path, more):
    file = tmp_path / "f.txt"
    file.write_text("y = sin(x)/x\n")
    with pytest.warns(DesignWarning, match="has its limit 1 at x = 0"):
        design = load_any(str(file), Options(bits=8, ranges=["[-3, 3]"], **more))
    firmware = compile_design(design)
    assert firmware.certificate.bound("y") <= math.ldexp(1.3, -6)


def test_clamped_designs_keep_the_meaning_of_the_clamp(tmp_path):
    file = tmp_path / "f.txt"
    file.write_text("y = sin(x)/x\n")
    options = Options(bits=8, ranges=["[-3, 3]"], max_error="0.01", domain="clamp")
    assert "where" not in show(load_any(str(file), options).outputs[0][1])


def test_a_pole_is_refused_as_before(tmp_path):
    file = tmp_path / "f.txt"
    file.write_text("y = cos(x)/x\n")
    design = load_any(str(file), Options(bits=8, ranges=["[-3, 3]"], max_error="0.01"))
    with pytest.raises(InputError, match="can leave its domain"):
        compile_design(design)


@pytest.mark.parametrize("text", ["1/tan(x)", "cot(x)", "y/tan(x)", "2*x/tan(x) + cot(x)"])
def test_quotients_by_a_tangent_go_through_its_poles(text):
    e, found, told = completed(text, (Fraction(1), Fraction(3)))

    assert told == []
    assert found != e
    x = np.linspace(1.0, 3.0, 33)
    env = {"x": x, "y": 1.0 + 0 * x}
    assert np.allclose(evaluate([found], env)[0], evaluate([e], env)[0], rtol=1e-12, atol=1e-14)


def test_a_tangent_that_can_be_zero_stays():
    e, found, told = completed("1/tan(x)", (Fraction(1), Fraction(4)))

    assert (found, told) == (e, [])
