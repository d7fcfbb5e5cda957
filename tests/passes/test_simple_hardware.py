"""Formulas for which simple hardware exists are not refused, and take about as much as that."""

from __future__ import annotations

import pytest

from symgate.frontend.design_file.toml import loads
from symgate.passes.compiler import compile_design
from symgate.proof import evidence
from symgate.proof.recheck import recheck
from symgate.report.estimate import luts

UNIT = "{ bits = 12, range = [0, 1] }"
#: Of each: the inputs, the formula, the error, and at most so many LUT.
QUICK = {
    "a polynomial of 24 bits": ({"x": '"fixed<24,4>"'}, "1 + x**3 + x**5", "2^-10", 1000),
    "a logarithm of 17 bits": (
        {"x": "{ bits = 17, range = [0.001, 1] }"}, "log(x)", "0.01", 100),
    "a power at 0": ({"x": UNIT}, "1/(x**1.14 + 0.0305)", "0.01", 150),
    "a range far below 1": ({"x": "{ bits = 12, range = [1e-300, 1e-290] }"}, "x*1e295", "400", 30),
    "0**0 is 1": ({"x": UNIT}, "6.97*(0.0000684*x)**(2*x)", "0.03", 100),
}  # fmt: skip
SLOW = {
    "the root of 32 bits": ({"x": '"ufixed<32,32>"'}, "sqrt(x)", "1", 300),
    "a cube root of 16 bits": (
        {"x": "{ bits = 16, range = [1, 100] }"}, "cbrt(x)", "0.01", 300),
}  # fmt: skip


def compiled(kind):
    inputs, formula, error, most = kind
    ports = "\n".join(f"{name} = {port}" for name, port in inputs.items())
    text = f'[inputs]\n{ports}\n[outputs]\ny = "{formula}"\n[accuracy]\nmax_error = "{error}"\n'
    firmware = evidence.validated(compile_design(loads(text)))
    assert luts(firmware.graph) <= most
    evidence.gather(firmware)
    assert recheck(firmware).proved


@pytest.mark.parametrize("name", QUICK)
def test_simple_hardware_is_found(name):
    compiled(QUICK[name])


@pytest.mark.slow
@pytest.mark.parametrize("name", SLOW)
def test_simple_hardware_of_long_inputs_is_found(name):
    compiled(SLOW[name])
