"""What a function is on cells of codes: hulls of every code, infinite only where a code has no value."""

from __future__ import annotations

from fractions import Fraction

import flint
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from symgate.errors import AccuracyError
from symgate.frontend.language.infix import parse
from symgate.ir.evaluate import fraction_ball
from symgate.ir.expr import Program
from symgate.ir.exprtext import brief
from symgate.ir.fixed import Builder
from symgate.ir.function import Function
from symgate.ir.types import FixedType
from symgate.passes.approx.base import Spec
from symgate.passes.approx.plain import Plain
from symgate.passes.lowering import lower
from symgate.passes.lowering.images import LIMITS, Argument, finite, first_open, hulls
from symgate.passes.lowering.plan import Plan
from symgate.passes.rewrite.fuse import Fuse, inline
from symgate.sim.numpy_model import simulate
from tests.hostile import design, port

F = Fraction
FUNCTIONS = [
    "log(t)", "log1p(t - 1)", "log2(3 - t)", "1/t", "t^-1.5", "t^0.5", "sqrt(2 - t)", "atanh(t/4)",
    "tan(t)", "t - 0.5*log(t)", "t*log(t)", "exp(1/t)", "1/(t*t - 2)", "floor(t) - 1/(t - 0.3)",
    "max(-4, log(t))", "where(t > 0, log(t), 7)",
]  # fmt: skip


def truth(f: Function, t: Fraction):
    """A ball around the value; None where there is none."""
    with flint.ctx.workprec(400):
        value = f.ball(fraction_ball(t))
        return value if value.is_finite() else None


def cells(codes: int, start: int, size: int) -> tuple[np.ndarray, np.ndarray]:
    first = start + size * np.arange(-(-codes // size))
    return first, np.minimum(first + size - 1, start + codes - 1)


@pytest.mark.parametrize("text", FUNCTIONS)
@given(
    st.integers(1, 400), st.integers(-600, 600), st.integers(1, 40), st.integers(0, 9),
    st.sampled_from([F(0), F(1, 8), F(1, 3)]),
)  # fmt: skip
def test_hulls_hold_the_value_at_each_code(text, codes, start, size, frac, offset):
    f, argument = Function(parse(text, None)), Argument(frac, offset)
    first, last = cells(codes, start, size)
    low, high = hulls(f, argument, first, last)

    for k in np.random.default_rng(codes).permutation(len(first))[:6]:
        values = [truth(f, argument.real(c)) for c in range(int(first[k]), int(last[k]) + 1)]
        known = [v for v in values if v is not None]
        hull = flint.arb(float(low[k])).union(flint.arb(float(high[k])))
        assert all(hull.overlaps(v) for v in known)
        if len(known) == len(values):
            assert finite(low[k], high[k]), "every code has a value"


#: An interval that ends at 0 has the limit of ``exp(1/t)`` from below, a code at 0 has no value.
@pytest.mark.parametrize("text", [f for f in FUNCTIONS if f != "exp(1/t)"])
def test_intervals_and_codes_agree(text, monkeypatch):
    """Long arguments are looked at by intervals, and by codes only where these are open."""
    f, argument = Function(parse(text, None)), Argument(7, F(0))
    first, last = cells(900, -300, 7)
    by_code = hulls(f, argument, first, last)
    monkeypatch.setattr("symgate.passes.lowering.images.LIMITS", type(LIMITS)(codes=16))
    low, high = hulls(f, argument, first, last)

    assert np.array_equal(finite(low, high), finite(*by_code))
    # a value at a code is rounded outward by one float, or to the least that is told from 0; a sum
    # of intervals perhaps by less
    assert np.all(low <= np.nextafter(by_code[0], np.inf) + 1e-299)
    assert np.all(high >= np.nextafter(by_code[1], -np.inf) - 1e-299)


def test_an_interval_that_rounding_makes_infinite_is_decided_by_a_ball():
    """0.1 is no float: one code above it, ``t - 0.1`` is smaller than what rounding may take."""
    f = Function(parse("log(t - 1/10)", None))
    code = -(-(2**60) // 10)  # the first one above 0.1
    low, high = hulls(f, Argument(60, F(0)), np.array([code]), np.array([code]))

    assert finite(low, high)[0]
    assert high[0] < -40


@pytest.mark.parametrize(
    ("text", "t", "value"),
    [
        ("floor(exp(t))", 0, 1),
        ("floor(sqrt(t))", 49, 7),
        ("sign(0.1*t - 0.3)", 3, 0),
        ("round(t/3)", F(3, 2), 0),
        ("mod(t, 0.3)", F(9, 10), 0),
        ("where(t/3 >= 1/3, 2, 5)", 1, 2),
        ("ceil(log2(t))", 8, 3),
    ],
)
def test_ties_are_decided_at_each_code(text, t, value):
    code = np.array([0])
    low, high = hulls(Function(parse(text, None)), Argument(0, F(t)), code, code)

    assert low[0] == high[0] == value


def test_the_first_code_without_a_value_is_named():
    f = Function(parse("1/(t - 2)", None))

    assert first_open(f, Argument(3, F(0)), 5, 40) == 16


OPEN = {
    "logarithm": ("log(x)", F(0), F(3, 2), "0"),
    "inverse": ("1/x", F(-1), F(3, 2), "0"),
    "at the upper end": ("x*log1p(1/4 - x)", F(0), F(5, 4), "1.25"),
    "inside a sum": ("x + 3*atanh(x - 0.5)", F(0), F(3, 2), "1.5"),
}


@pytest.mark.parametrize("drop", [0, 3])
@pytest.mark.parametrize("bits", [8, 18])
@pytest.mark.parametrize("case", OPEN)
def test_a_code_without_a_value_is_refused_with_its_node(case, bits, drop):
    """The check of domains refuses such a design before; here nothing has checked it."""
    text, lo, hi, value = OPEN[case]
    x = port("x", bits, 2, lo, hi)
    (e,) = Fuse()(Program(("x",), design(text, [x], 1).outputs)).roots
    plan = Plan({e: 4}, {e: x.type.frac - drop})

    with pytest.raises(AccuracyError) as raised:
        lower(Program(("x",), (("y", e),)), {"x": x}, plan)
    assert raised.value.what.startswith(f"'{brief(inline(e))}' is infinite or undefined")
    assert raised.value.what.endswith(f"where 'x' is {value}")
    drafted, errors = lower(Program(("x",), (("y", e),)), {"x": x}, plan, draft=True)
    assert errors[e].span == (-np.inf, np.inf)
    assert list(drafted.open) == [e]


def test_a_code_that_no_input_has_is_free():
    """The first cell of the address holds codes before the range of the port, where there is a pole."""
    x = port("x", 18, 3, F(1, 1 << 15), F(79, 10))
    (e,) = Fuse()(Program(("x",), design("log(x)", [x], 1).outputs)).roots
    context, errors = lower(Program(("x",), (("y", e),)), {"x": x}, Plan({e: 4}, {e: 13}))

    assert not context.open
    assert errors[e].mag.max() >= np.log(3) / 2


@given(st.integers(2, 7), st.data())
def test_tables_are_read_by_ports_with_more_bits_than_their_codes_need(bits, data):
    signed = data.draw(st.booleans())
    kind = FixedType(signed, bits, data.draw(st.integers(0, bits)))
    lo = data.draw(st.integers(kind.lo, kind.hi))
    hi = data.draw(st.integers(lo, kind.hi))
    pattern = np.arange(1 << bits)
    codes = np.where(signed & (pattern >> (bits - 1) == 1), pattern - (1 << bits), pattern)
    wanted = np.random.default_rng(hi - lo).integers(-9, 9, 1 << bits)
    used = (codes >= lo) & (codes <= hi)
    spec = Spec(bits, signed, np.where(used, wanted, -(1 << 40)), np.where(used, wanted, 1 << 40))
    for memory in (False, True):
        (table,) = Plain(memory=memory)(spec)
        b = Builder()
        x = b.input("x", kind, type(b.nodes[b.const(0)].range)(lo, hi))
        b.output("y", table.lower(b, x))
        found = simulate(b.build(), {"x": np.arange(lo, hi + 1)})["y"]
        assert np.array_equal(found, wanted[np.arange(lo, hi + 1) & ((1 << bits) - 1)])
