"""What the last resorts do to functions of one input: digits, and tables of long values."""

from __future__ import annotations

from types import SimpleNamespace

import numpy as np

from symgate.frontend.design_file.toml import loads
from symgate.ir.expr import postorder, var
from symgate.ir.fixed import Builder, run
from symgate.ir.function import ByDigits
from symgate.ir.types import FixedType
from symgate.passes.compiler import compile_design
from symgate.passes.hardware.cost import estimate
from symgate.passes.lowering import functions
from symgate.passes.pipeline import ALL_BY_DIGITS, BY_DIGITS, datapath, normalised
from symgate.proof import evidence

DESIGN = """
[design]
domain = "clamp"
[inputs]
x = { bits = 9, range = [-9, 9] }
z = { bits = 9, range = [-9, 9] }
[outputs]
y = "sqrt((0.3 - sin(z))/x)"
[accuracy]
max_error = 0.05
"""


def functions_of(variant: str):
    design = loads(DESIGN)
    program = datapath(design, normalised(design), variant)
    return [e.value for e in postorder(program.roots) if e.op == "fn"]


def test_quotients_of_one_input_are_by_digits_in_the_second_way_only():
    first, second = functions_of(BY_DIGITS), functions_of(ALL_BY_DIGITS)
    assert [f.body.op for f in first if isinstance(f, ByDigits)] == ["sqrt"]
    assert {f.body.op for f in second if isinstance(f, ByDigits)} == {"held_inv", "sqrt"}


def test_waves_of_one_input_are_tables_of_its_codes_in_the_second_way_only():
    assert any(f.period is not None for f in functions_of(BY_DIGITS))
    assert all(f.period is None for f in functions_of(ALL_BY_DIGITS))


def test_values_of_48_bits_are_two_tables():
    rng = np.random.default_rng(7)
    values = rng.integers(-(1 << 47), 1 << 47, 256).astype(float)
    values[:3] = [-(2.0**47), 2.0**47 - 1, 0]
    known = np.arange(256) != 99
    windows = functions._Windows(known, values, values, 0.5)
    b, e = Builder(), var("e")
    x = b.input("x", FixedType(False, 8, 8))
    context = SimpleNamespace(builder=b, luts={})
    node, error = functions._long_table(context, e, x, windows)
    b.output("y", node)
    (found,) = run(b.build(), [np.arange(256)])
    assert error == (0.0, 0.0)
    assert np.array_equal(found[known], values[known])
    assert context.luts[e] > 0


def test_a_root_of_a_long_quotient_is_by_digits_and_small():
    """A table of 24 address bits took 157,040 LUT and three minutes."""
    source = """
[inputs]
x = { bits = 14, range = [1, 1000] }
y = { bits = 12, range = [0.5, 2] }
z = { bits = 12, range = [0, 0.2] }
[outputs]
f = "sqrt(x/y - z)"
[accuracy]
max_error = 0.0005
"""
    firmware = evidence.validated(compile_design(loads(source)))
    assert firmware.certificate.bound("f") <= 0.0005
    assert estimate(firmware.graph).lut < 2000
