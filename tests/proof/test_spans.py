"""Vectorised intervals hold every exact result, and stay exact where floats are."""

from __future__ import annotations

from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from symgate.proof import spans
from symgate.proof.spans import Span

numbers = st.one_of(
    st.floats(-1e6, 1e6, allow_subnormal=False),
    st.integers(-8, 8).map(float),
    st.floats(-1e-3, 1e-3, allow_subnormal=False),
    st.sampled_from([0.0, 1.0, -1.0]),
)
pairs = st.lists(st.tuples(numbers, numbers).map(sorted), min_size=1, max_size=6)


def span(ends):
    return Span.of([a for a, _ in ends], [b for _, b in ends])


def inside(ends, t):
    return [Fraction(a) + Fraction(t) * (Fraction(b) - Fraction(a)) for a, b in ends]


TRUTH = {
    "add": lambda x, y: x + y,
    "mul": lambda x, y: x * y,
    "min": min,
    "max": max,
    "lt": lambda x, y: Fraction(x < y),
    "le": lambda x, y: Fraction(x <= y),
    "gt": lambda x, y: Fraction(x > y),
    "ge": lambda x, y: Fraction(x >= y),
    "eq": lambda x, y: Fraction(x == y),
    "ne": lambda x, y: Fraction(x != y),
}


@pytest.mark.parametrize("name", TRUTH)
@given(pairs, st.fractions(0, 1, max_denominator=64), st.fractions(0, 1, max_denominator=64))
def test_every_exact_result_is_inside(name, ends, s, t):
    other = ends[::-1]
    out = spans.BASIC[name](span(ends), span(other))
    for k, (x, y) in enumerate(zip(inside(ends, s), inside(other, t), strict=True)):
        assert Fraction(float(out.lo[k])) <= TRUTH[name](x, y) <= Fraction(float(out.hi[k]))


@given(pairs, st.fractions(0, 1, max_denominator=64))
def test_functions_of_one_operand(ends, t):
    x = span(ends)
    for name, truth in (("neg", lambda v: -v), ("abs", abs)):
        out = spans.BASIC[name](x)
        for k, v in enumerate(inside(ends, t)):
            assert Fraction(float(out.lo[k])) <= truth(v) <= Fraction(float(out.hi[k]))
    square = spans.BASIC["mul"](x, x)
    assert np.all(square.lo >= -1e-300)


@given(pairs, st.sampled_from([(0.0, 0.0), (1.0, 1.0), (0.0, 1.0)]))
def test_choice(ends, condition):
    x, y = span(ends), span(ends[::-1])
    c = Span.of(np.full(len(ends), condition[0]), np.full(len(ends), condition[1]))
    out = spans.where(c, x, y)
    for possible, s in ((condition[1] > 0, x), (condition[0] < 1, y)):
        assert not possible or (np.all(out.lo <= s.lo) and np.all(s.hi <= out.hi))


def test_exact_sums_stay_exact():
    x = Span.of([0.5, 3.0, -1.0], [0.5, 4.0, 2.0])
    out = x + Span.of(0.25)

    assert out.lo.tolist() == [0.75, 3.25, -0.75]
    assert out.hi.tolist() == [0.75, 4.25, 2.25]
    third = Span.of(0.1) + Span.of(0.2)
    assert third.lo < Fraction(1, 10) + Fraction(2, 10) < third.hi


def test_infinite_ends():
    x = Span.of([-np.inf, 0.0], [np.inf, 0.0])

    assert np.all((x * Span.of(0.0)).size == 0)
    assert (x - x).hi.tolist() == [np.inf, 0.0]
