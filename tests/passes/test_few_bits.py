"""What jumps on few bits is decided at every code, and small cones are tables: every input."""

from __future__ import annotations

import itertools
from fractions import Fraction

import mpmath
import numpy as np
import pytest

from symgate.frontend.load import load_any
from symgate.frontend.options import Options
from symgate.ir.evaluate import evaluate
from symgate.passes.compiler import compile_design
from symgate.passes.hardware.cost import estimate
from symgate.proof.recheck import PROVED, recheck
from symgate.sim.numpy_model import simulate

mpmath.mp.prec = 200


def compiled(text, formats, max_error="2^-8", ranges=()):
    stated = [f"{n}={r}" for n, r in ranges]
    options = Options(formats=formats, max_error=max_error, ranges=stated)
    return compile_design(load_any(f"y = {text}\n", options))


def every_input(firmware):
    """The codes of each input at every combination, and their values."""
    ports = firmware.design.inputs
    rows = itertools.product(*(range(p.raw.lo, p.raw.hi + 1) for p in ports))
    codes = np.array(list(rows), dtype=np.int64)
    values = [
        {p.name: Fraction(int(c)) * p.type.ulp for c, p in zip(row, ports, strict=True)}
        for row in codes
    ]
    return {p.name: codes[:, k] for k, p in enumerate(ports)}, values


def outputs(firmware):
    """The value of the output at every input."""
    codes, values = every_input(firmware)
    (port,) = firmware.graph.outputs
    raw = np.broadcast_to(simulate(firmware.graph, codes)[port.name], len(values))
    return [Fraction(int(r)) / Fraction(2) ** port.type.frac for r in raw], values


def real(x):
    return mpmath.mpf(x.numerator) / x.denominator


#: Formula, formats, ranges, and the exact value.
EXACT = {
    "sum of a constant and a wave": (
        "floor(0.3*a + sin(b))", {"a": "fixed<4,3>", "b": "fixed<4,3>"}, (),
        lambda a, b: mpmath.floor(real(a * 3 / 10) + mpmath.sin(real(b))),
    ),
    "product by a third": (
        "floor(a*b/3)", {"a": "ufixed<4,4>", "b": "fixed<4,4>"}, (),
        lambda a, b: a * b // 3,
    ),
    "quotient of inputs": (
        "floor(a/b)", {"a": "fixed<5,5>", "b": "ufixed<4,4>"}, (("b", "[1, 15]"),),
        lambda a, b: a // b,
    ),
    "remainder by an input": (
        "mod(a, b)", {"a": "fixed<5,4>", "b": "ufixed<4,3>"}, (("b", "[0.5, 7.5]"),),
        lambda a, b: a % b,
    ),
    "quotient above one": (
        "where(a/b >= 1, 1, 0)", {"a": "ufixed<5,5>", "b": "ufixed<4,4>"}, (("b", "[1, 15]"),),
        lambda a, b: int(a >= b),
    ),
    "quotient of a negative divisor": (
        "where(a/b > 0.3, 1, 0)", {"a": "fixed<4,4>", "b": "fixed<4,4>"}, (("b", "[-8, -1]"),),
        lambda a, b: int(a / b > Fraction(3, 10)),
    ),
    "square of a root": (
        "floor(sqrt(a)*sqrt(a)) + b", {"a": "ufixed<6,6>", "b": "fixed<3,3>"}, (),
        lambda a, b: a + b,
    ),
    "logarithm of a power of two": (
        "floor(log2(a)) - b", {"a": "ufixed<6,6>", "b": "fixed<3,3>"}, (("a", "[1, 63]"),),
        lambda a, b: a.numerator.bit_length() - 1 - b,
    ),
    "third of a value times another": (
        "floor(a/3)*b", {"a": "ufixed<5,5>", "b": "fixed<4,4>"}, (), lambda a, b: a // 3 * b,
    ),
    "comparison of a wave": (
        "where(sin(a) > b, 1, 0)", {"a": "fixed<3,3>", "b": "fixed<4,1>"}, (),
        lambda a, b: int(mpmath.sin(real(a)) > real(b)),
    ),
    "comparison with what is not smooth": (
        "where(atan2(a, b) >= 1, 1, 0)", {"a": "fixed<4,4>", "b": "fixed<4,4>"},
        (("b", "[1, 7]"),),
        lambda a, b: int(mpmath.atan2(real(a), real(b)) >= 1),
    ),
    "ceiling": (
        "ceil(a*b/5 - 0.2)", {"a": "fixed<4,4>", "b": "fixed<4,4>"}, (),
        lambda a, b: -((Fraction(1, 5) - a * b / 5) // 1),
    ),
    "nearest, ties to even": (
        "round(a*b/2)", {"a": "fixed<4,4>", "b": "fixed<3,3>"}, (), lambda a, b: round(a * b / 2),
    ),
    "sign": (
        "sign(a - b/3)", {"a": "fixed<4,4>", "b": "fixed<4,4>"}, (),
        lambda a, b: (a > b / 3) - (a < b / 3),
    ),
    "equal quotients": (
        "where(a/b == 3, 1, 0)", {"a": "fixed<5,5>", "b": "ufixed<3,3>"}, (("b", "[1, 7]"),),
        lambda a, b: int(a == 3 * b),
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", EXACT)
def test_every_code_is_decided_exactly_and_proved_twice(name):
    text, formats, ranges, truth = EXACT[name]
    firmware = compiled(text, formats, ranges=ranges)

    found, values = outputs(firmware)

    wanted = [truth(**row) for row in values]
    assert found == [w if isinstance(w, Fraction) else int(w) for w in wanted]
    assert firmware.certificate.bound("y") == 0
    assert [o.verdict for o in recheck(firmware)] == [PROVED]


def test_an_angle_is_wrapped_exactly():
    firmware = compiled("mod(a - b + pi, 2*pi) - pi", {"a": "fixed<5,4>", "b": "fixed<5,4>"})

    found, values = outputs(firmware)

    bound = firmware.certificate.bound("y")
    for y, row in zip(found, values, strict=True):
        turned = mpmath.fmod(real(row["a"] - row["b"]) + 9 * mpmath.pi, 2 * mpmath.pi) - mpmath.pi
        assert abs(real(y) - turned) <= bound <= 2**-8
    assert [o.verdict for o in recheck(firmware)] == [PROVED]


SIX = {"a": "ufixed<3,3>", "b": "ufixed<3,3>"}
#: Formula, formats, error, and the LUT of one table.
SMALL = [
    ("floor(a*b/3)", SIX, "2^-6", 5),
    ("sqrt(a**2 + b**2)", SIX, "0.25", 5),
    ("atan2(a + 1, b + 1)", SIX, "2^-7", 7),
    ("a*b", SIX, "2^-6", 6),
    ("(a + 1)/(b + 2)", {"a": "ufixed<4,4>", "b": "ufixed<4,4>"}, "2^-4", 34),
    ("where(a + 2*b + 3*c + d - e - 2*f > 2, 1, 0)",
     dict.fromkeys("abcdef", "ufixed<1,1>"), "2^-6", 1),
]  # fmt: skip


@pytest.mark.parametrize(("text", "formats", "error", "luts"), SMALL)
def test_a_small_cone_is_no_dearer_than_its_table(text, formats, error, luts):
    firmware = compiled(text, formats, error)

    found, values = outputs(firmware)

    assert estimate(firmware.graph).lut <= luts
    columns = {p.name: np.array([row[p.name] for row in values]) for p in firmware.design.inputs}
    (wanted,) = evaluate([firmware.design.outputs[0][1]], columns)
    bound = firmware.certificate.bound("y")
    if "floor" not in text:  # which float64 does not decide
        assert np.all(np.abs(np.array(found, float) - wanted) <= bound + 1e-12)
    assert [o.verdict for o in recheck(firmware)] == [PROVED]


def test_a_table_is_a_part_of_a_larger_design():
    firmware = compiled("a*b + 0.5*c", SIX | {"c": "fixed<8,4>"}, "2^-6")

    found, values = outputs(firmware)

    assert found == [row["a"] * row["b"] + row["c"] / 2 for row in values]


@pytest.mark.parametrize("text", ["mod(a - b + pi, 2*pi) - pi", "mod(b - a + pi, 2*pi) - pi"])
def test_a_wrap_is_settled_whatever_the_signs_inside(text):
    """Of 20 bits in all: no table."""
    firmware = compiled(text, {"a": "fixed<10,3>", "b": "fixed<10,3>"}, "2^-6")

    assert estimate(firmware.graph).lut <= 120
