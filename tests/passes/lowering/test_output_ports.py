"""Outputs in stated formats: every mode on every input against `ap_fixed` in exact arithmetic, and
against its headers; and no bit that is always 0 without one.
"""

from __future__ import annotations

from fractions import Fraction

import numpy as np
import pytest

from symgate.errors import AccuracyError
from symgate.frontend.design_file.toml import loads
from symgate.ir.evaluate import evaluate
from symgate.ir.lossy import round_spec, saturate_spec, wrap_spec
from symgate.ir.types import FixedType, Overflow, Rounding
from symgate.passes.compiler import compile_design
from symgate.proof import evidence
from symgate.proof.recheck import recheck
from symgate.sim.beyond import beyond_formats
from symgate.sim.numpy_model import simulate
from symgate.sim.vectors import make, reals

INPUTS = 'x = "fixed<5,3>"\ny = "fixed<4,2>"'
#: Polynomials with all their bits below the last one of the format, and what they are.
EXACT = {
    "x*y": lambda x, y: x * y,
    "x + y/4 - 1/16": lambda x, y: x + y / 4 - Fraction(1, 16),
}


def compiled(output: str, error: str, inputs: str = INPUTS):
    design = loads(f"[inputs]\n{inputs}\n[outputs]\n{output}\n[accuracy]\nmax_error = {error}\n")
    return compile_design(design)


def as_ap_fixed(value: Fraction, stated) -> int:
    """The code of a value, by the specification of the modes."""
    t = stated.type
    (wide,) = types = [FixedType(True, 60, 40)]
    rounded = round_spec((wide.frac - t.frac, str(stated.rounding)), types, value)
    codes = [FixedType(True, 40, t.frac)]
    width = (t.width, int(t.signed))
    if stated.overflow is Overflow.WRAP:
        return int(wrap_spec(width, codes, rounded) / t.ulp)
    return int(saturate_spec((*width, str(stated.overflow)), codes, rounded) / t.ulp)


def all_inputs(firmware):
    """The codes of every input, and their values as fractions."""
    columns = make(firmware.design.inputs, 0, 0).columns
    values = [[int(c) * i.type.ulp for c in columns[i.name]] for i in firmware.design.inputs]
    return columns, list(zip(*values, strict=True))


def some(text: str, overflow: Overflow, quick: bool):
    return pytest.param(text, overflow, marks=[] if quick else pytest.mark.slow)


@pytest.mark.parametrize(
    ("text", "overflow"),
    [some(t, o, (k + j) % 2 == 0) for j, t in enumerate(EXACT) for k, o in enumerate(Overflow)],
)
def test_exact_values_have_the_bits_of_ap_fixed(text, overflow):
    # half a unit, and a whole one for truncation, leave no room for any other error
    errors = {r: "0.234375" if r.startswith("TRN") else "0.125" for r in Rounding}
    outputs = "\n".join(
        f'{r} = {{ expression = "{text}", format = "ap_fixed<4,2,AP_{r},AP_{overflow}>" }}'
        for r in Rounding
    )
    stated = ", ".join(f"{r} = {error}" for r, error in errors.items())
    firmware = compiled(outputs, f"{{ {stated} }}")
    columns, values = all_inputs(firmware)
    codes = simulate(firmware.graph, columns)
    for port in firmware.graph.outputs:
        assert str(port.type) == "fixed<4,2>"
        stated = firmware.design.ports[port.name].format
        wanted = [as_ap_fixed(EXACT[text](*v), stated) for v in values]
        assert codes[port.name].tolist() == wanted
    evidence.gather(evidence.validated(firmware))
    assert recheck(firmware).proved


SIGNED, UNSIGNED = "ap_fixed<8,4,AP_RND,AP_SAT>", "ap_ufixed<6,2,AP_TRN,AP_SAT>"


@pytest.mark.parametrize(
    ("text", "stated"),
    [
        ("40*sin(x)", UNSIGNED),
        ("3*x", SIGNED),
        ("x*y*3 - 0.3*x", SIGNED),
        ("exp(x/2)*y", UNSIGNED),
        pytest.param("x*y + sin(x)", SIGNED, marks=pytest.mark.slow),
        pytest.param("x*y + sin(x)", UNSIGNED, marks=pytest.mark.slow),
    ],
)
def test_saturated_values_are_the_ends_and_the_others_within_the_bound(text, stated):
    inputs = 'x = "fixed<6,3>"' + ('\ny = "fixed<4,2>"' if "y" in text else "")
    firmware = compiled(f'f = {{ expression = "{text}", format = "{stated}" }}', "0.2", inputs)
    found, (port,) = firmware.design.ports["f"], firmware.graph.outputs
    assert port.type == found.format.type
    columns = make(firmware.design.inputs, 0, 0).columns
    x = {i.name: reals(columns[i.name], i.type) for i in firmware.design.inputs}
    (written,) = evaluate([found.written], x)
    lowest, highest = float(found.format.lowest), float(found.format.highest)
    shown = reals(simulate(firmware.graph, columns)["f"], port.type)
    bound = firmware.certificate.bound("f")
    assert bound <= 0.2
    assert np.all(np.abs(shown - np.clip(written, lowest, highest)) <= bound + 1e-12)
    far = 0.2 + bound
    assert set(shown[written > highest + far]) <= {highest}
    assert set(shown[written < lowest - far]) <= {lowest}
    assert recheck(firmware).proved


def test_a_function_of_one_input_shows_the_ends_themselves():
    firmware = compiled(
        'f = { expression = "40*sin(x)", format = "ap_fixed<10,4,AP_RND,AP_SAT>" }',
        "0.05",
        'x = "fixed<8,4>"',
    )
    columns = make(firmware.design.inputs, 0, 0).columns
    shown = simulate(firmware.graph, columns)["f"]
    value = 40 * np.sin(reals(columns["x"], firmware.design.inputs[0].type))
    assert set(shown[value >= 8]) == {511}
    assert set(shown[value <= -8]) == {-512}
    assert firmware.certificate.bound("f") <= 0.05


def test_what_leaves_a_format_is_found_with_an_input():
    firmware = compiled(
        'f = { expression = "2*x", format = "Q1.2" }\n'
        'g = { expression = "x/4", format = "Q1.2" }\n'
        'h = { expression = "x + y", format = "ap_int<2>" }',
        "0.5",
    )
    found = {one.output: one for one in beyond_formats(firmware.design)}
    assert set(found) == {"f", "h"}
    assert (found["f"].value, found["f"].end, found["f"].does) == (-8, -2, "saturates")
    assert found["f"].at["x"] == -4
    assert found["h"].does == "wraps around"


def test_a_format_that_is_too_coarse_is_refused(golden):
    with pytest.raises(AccuracyError) as caught:
        compiled('f = { expression = "x*y", format = "ap_fixed<4,2,AP_TRN,AP_SAT>" }', "0.1")
    golden(str(caught.value))


@pytest.mark.parametrize(
    ("text", "wanted"),
    {
        "where(x > y, 2, where(x > 0, 1, 0))": "ufixed<2,2>",
        "where(x > y, 8, 4)": "ufixed<2,4>",
        "where(x > y, 0.75, 0.25)": "ufixed<2,0>",
        "where(x > y, -1, 2)": "fixed<3,3>",
        "where(x > y, 3, 3)": "ufixed<2,2>",
        "x > y": "ufixed<1,1>",
        "4*x*y": "fixed<9,7>",
    }.items(),
)  # fmt: skip
def test_no_low_bit_of_an_output_is_always_zero(text, wanted):
    firmware = compiled(f'f = "{text}"', "0.01")
    (port,) = firmware.graph.outputs
    assert str(port.type) == wanted
    columns, _ = all_inputs(firmware)
    codes = np.bitwise_or.reduce(np.broadcast_to(simulate(firmware.graph, columns)["f"], 512))
    assert codes & 1
    assert recheck(firmware).proved
