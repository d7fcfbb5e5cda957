"""Functions that see their argument as a floating-point number: the address, and designs that need
it.
"""

from __future__ import annotations

from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from symgate.errors import AccuracyError
from symgate.frontend.language.infix import parse
from symgate.frontend.load import load_any
from symgate.ir.design import Accuracy, Design, Input
from symgate.ir.expr import Program
from symgate.ir.fixed import Builder
from symgate.ir.function import Function
from symgate.ir.types import FixedType
from symgate.passes.approx.float_format import Format
from symgate.passes.compiler import compile_design
from symgate.passes.lowering import lower
from symgate.passes.lowering.plan import Float, Plan
from symgate.passes.rewrite.fuse import Fuse
from symgate.passes.widths.steep_points import find_steep_point
from symgate.proof.recheck import recheck
from symgate.report.estimate import luts
from symgate.sim import amaranth_sim, numpy_model

formats = st.builds(Format, st.integers(1, 12), st.integers(1, 4), st.integers(1, 6))


@given(formats)
def test_every_number_has_the_address_that_it_lies_in(f):
    graph, x = addressed(f), np.arange(1 << f.width)
    found = numpy_model.simulate(graph, {"x": x})["y"]

    assert np.array_equal(found, np.searchsorted(f.starts, x, side="right") - 1)
    assert f.starts[-1] == 1 << f.width


def addressed(f: Format):
    b = Builder()
    b.output("y", f.lower(b, b.input("x", FixedType(False, f.width, 0))))
    return b.build()


def test_functions_steep_inside_their_range_have_a_bit_for_the_sign():
    inputs = tuple(Input.of(n, FixedType(True, 12, 7), (Fraction(-10), Fraction(10))) for n in "xy")
    outputs = (("z", parse("x/(x*y + 0.3)", None)),)
    made = compile_design(
        Design("d", inputs, outputs, Accuracy(max_error={"z": Fraction(20)}), domain="clamp")
    )

    assert (
        find_steep_point(Function(parse("held_inv(t + 0.3)", None)), -100, 100).seen.side == "both"
    )
    assert recheck(made).proved


def test_the_circuit_is_the_same():
    f, x = Format(9, 3, 4), np.arange(1 << 9)

    assert np.array_equal(
        amaranth_sim.run(addressed(f), {"x": x})["y"],
        np.searchsorted(f.starts, x, side="right") - 1,
    )


@given(formats)
def test_steps_grow_with_the_number(f):
    steps = np.diff(f.starts)

    assert np.all(steps[:-1] <= np.maximum(2 * steps[1:], 1))
    assert steps.max() <= max(1, 1 << max(0, f.width - 1 - f.mantissa))


@pytest.mark.parametrize(
    ("text", "lo", "hi", "below"),
    [("sqrt(t)", 0, 32, False), ("1/(t + 2)", -1.99, 30, False), ("log(3 - t)", -40, 2.999, True)],
)
def test_the_point_where_a_function_is_steep_is_found(text, lo, hi, below):
    found = find_steep_point(Function(parse(text, None)), lo, hi)

    assert found is not None
    assert (found.seen.side == "below") is below
    assert abs(found.seen.centre - Fraction(hi if below else lo)) <= Fraction(2, 100)


@pytest.mark.parametrize("text", ["floor(t)", "1/t"])
def test_what_jumps_or_has_a_pole_inside_has_no_such_point(text):
    assert find_steep_point(Function(parse(text, None)), -1.5, 2.25) is None


def test_a_narrow_range_far_from_zero_is_not_cut_at_its_ends():
    """Distances from the ends are below the rounding of floats; those from 0 are not."""
    found = find_steep_point(Function(parse("t**3", None)), -(2.0**55), 1024 - 2.0**55)
    assert found is not None
    assert found.seen.centre == 0


@pytest.mark.parametrize(
    ("text", "ends", "most"),
    [
        ("sqrt(x**2 + y**2)", (Fraction(-4), Fraction(4)), 400),
        ("1/(x*y + x + 20.05)", (Fraction(-4), Fraction(4)), 400),
        ("sqrt(2*(x + sqrt(x*x + y*y)))", (Fraction(-4), Fraction(4)), 1300),
        ("log(30 - x*y*y)", (Fraction(-3), Fraction(3)), 700),
    ],
)
def test_designs_that_need_them_compile_and_are_proved_again(text, ends, most):
    inputs = tuple(Input.of(n, FixedType(True, 12, 9), ends) for n in "xy")
    made = compile_design(
        Design("d", inputs, (("z", parse(text, None)),), Accuracy(max_error={"z": Fraction(1, 50)}))
    )

    assert luts(made.graph) <= most
    assert recheck(made).proved


@pytest.mark.parametrize(
    ("text", "lo", "hi"),
    [
        ("atanh(t)", -1 + 2.0**-20, 1 - 2.0**-20),
        ("asin(t)", -1, 1),
        ("sqrt(t) - sqrt(3 - t)", 0, 3),
    ],
)
def test_functions_steep_at_both_ends_count_from_the_nearer_one(text, lo, hi):
    found = find_steep_point(Function(parse(text, None)), lo, hi)

    assert found is not None
    assert found.seen.side == "ends"
    assert (float(found.seen.centre), float(found.seen.far)) == (lo, hi)


@pytest.mark.parametrize("domain", [(-31, 31), (-32, 31), (-7, 50), (1, 63), (-50, -3), (0, 127)])
@pytest.mark.parametrize(("exponent", "mantissa"), [(2, 2), (3, 1)])
def test_the_nearer_end_is_found_at_every_code(domain, exponent, mantissa):
    lo, hi = domain
    x = Input.of("x", FixedType(lo < 0, 8, 0), (Fraction(lo), Fraction(hi)))
    (e,) = Fuse()(Program(("x",), (("y", parse("exp(x/50)", ["x"])),))).roots
    seen = Float(Fraction(lo), "ends", exponent, far=Fraction(hi))
    plan = Plan({e: 6}, {e: mantissa}, floating={e: seen})
    context, errors = lower(Program(("x",), (("y", e),)), {"x": x}, plan)
    context.builder.output("y", context.values[e].node)
    codes = np.arange(lo, hi + 1)
    y = numpy_model.simulate(context.builder.build(), {"x": codes})["y"] / 2**6

    away = y - np.exp(codes / 50)
    assert np.all((errors[e].lo <= away) & (away <= errors[e].hi))
    # an error of the coarsest step, not of the range
    assert errors[e].mag.max() < 0.25 * np.exp(hi / 50)


@pytest.mark.parametrize(
    ("text", "port", "ends", "error", "most"),
    [
        ("1000/x", FixedType(False, 32, 0), (1, 2**32 - 1), Fraction(1, 128), 140),
        ("1/x", FixedType(False, 32, 0), (1, 2**32 - 1), Fraction(1, 256), 30),  # 9 bits matter
        ("log(x)", FixedType(False, 32, 0), (1, 2**32 - 1), Fraction(1, 256), 100),
        ("sqrt(x)", FixedType(False, 48, 0), (1, 2**48 - 1), Fraction(2**16), 100),
        ("cbrt(x)", FixedType(True, 16, 12), (-8, 7), Fraction(1, 64), 90),
        ("sin(x)", FixedType(True, 32, 24), (-100, 100), Fraction(1, 128), 90),
        ("log(max(x*x*y, 1/1024))", FixedType(True, 12, 8), (-7, 7), Fraction(1, 16), 500),
    ],
)
def test_wide_inputs_take_a_few_dozen_luts(text, port, ends, error, most):
    inputs = tuple(Input.of(n, port, tuple(map(Fraction, ends))) for n in "xy" if n in text)
    accuracy = Accuracy(max_error={"z": error})
    made = compile_design(Design("d", inputs, (("z", parse(text, None)),), accuracy))

    assert luts(made.graph) <= most
    assert recheck(made).proved


def test_distances_that_all_saturate_leave_an_address(tmp_path):
    """Everything beyond the shortest distances is alike, and none is shorter than the least."""
    (tmp_path / "a.toml").write_text(
        "[inputs]\n"
        'x = { format = "ufixed<37,3>", range = ["2^-34 + 2^-46", "8 - 2^-34"] }\n'
        'z = { format = "fixed<10,-1>", range = ["-223*2^-11", "2^-4"] }\n'
        '[outputs]\ny = "sin(1/x) + z*x"\n[accuracy]\nmax_error = "2^-6"\n'
    )
    with pytest.raises(AccuracyError, match="cannot be met"):
        compile_design(load_any(tmp_path / "a.toml"))
