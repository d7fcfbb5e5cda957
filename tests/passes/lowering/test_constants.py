"""Constants and multiples in integers are those that fractions give."""

from __future__ import annotations

import math
from fractions import Fraction

from hypothesis import given
from hypothesis import strategies as st

from symgate.ir.types import FixedType
from symgate.passes.lowering.constants import cheapest, digits
from symgate.passes.lowering.multiples import cheapest_multiple
from symgate.passes.lowering.products import booth_rows, digit_count

values = st.fractions(-1000, 1000, max_denominator=5000)
windows = st.fractions(Fraction(1, 5000), 8, max_denominator=5000)
formats = st.builds(FixedType, st.booleans(), st.integers(1, 12), st.integers(-3, 12))


@given(values, windows)
def test_a_constant_is_odd_within_its_window_and_the_nearest_of_its_digits(value, window):
    mantissa, shift = cheapest(value, window)

    off = abs(mantissa * Fraction(2) ** -shift - value)
    assert off <= window
    assert mantissa == 0 or mantissa & 1
    if mantissa == 0:
        return
    unit = Fraction(2) ** -shift
    first, last = math.ceil((value - window) / unit), math.floor((value + window) / unit)
    for m in range(first, min(last, first + 64) + 1):
        assert (digits(m), abs(m * unit - value)) >= (digits(mantissa), off)


@given(values, formats, st.integers(-3, 12))
def test_a_multiple_by_tables_knows_its_least_and_its_largest_error(k, form, frac):
    found = cheapest_multiple(k, form, frac, 64)
    if not found.tables:
        return
    low_bits = 6 if form.width > 6 else 0
    unit = k * Fraction(2) ** (frac - form.frac)
    errors = []
    for code in range(form.lo, form.hi + 1):
        low, high = code & ((1 << low_bits) - 1), code >> low_bits << low_bits
        errors.append(round(unit * low) + round(unit * high) - unit * code)
    assert (found.low, found.high) == (min(errors), max(errors))


@given(formats, formats, st.integers(-6, 12))
def test_rows_that_are_left_out_lose_what_they_could_add(a, b, frac):
    """A digit is at most 2 in size, and each digit counts four times as much as the one below."""
    found = booth_rows(a, b, frac)

    lost, largest = Fraction(0), max(a.hi, -a.lo)
    for j in range(digit_count(b)):
        drop = a.frac + b.frac - 2 * j - frac
        if drop > a.width + 1:
            lost += 2 * largest * Fraction(2) ** -drop
    assert found.lost == lost
