"""Ranges of rational expressions: they hold what is sampled, and are exact where it only rises or
falls.
"""

from __future__ import annotations

from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from symgate.errors import InputError
from symgate.frontend.language.infix import parse
from symgate.ir.boxes import Box
from symgate.ir.evaluate import boxes, evaluate
from symgate.ir.expr import Program, const, make, var
from symgate.passes.domains.check import CheckDomains
from symgate.passes.domains.monotone import image

NAMES = ("x", "y", "z")


def cells(**ranges):
    return {
        n: Box.exact(np.atleast_1d(lo).astype(float), np.atleast_1d(hi).astype(float))
        for n, (lo, hi) in ranges.items()
    }


@pytest.mark.parametrize(
    ("text", "ranges", "span"),
    [
        ("(1 - x) + x*y", {"x": (2.328306437e-10, 1), "y": (0, 1)}, (0, 1)),
        ("1 - ((1 - x) + x*y)*((1 - x) + x*y)", {"x": (0, 1), "y": (0, 1)}, (0, 1)),
        ("1/(x + y) - x", {"x": (1, 2), "y": (1, 3)}, (-1.8, -0.5)),
        ("x - x", {"x": (0, 1)}, (0, 0)),
        ("x**3 + x", {"x": (-1, 2)}, (-2, 10)),
        ("x*y - x", {"x": (0, 1), "y": (2, 3)}, (0, 2)),
        ("x*x*y - y", {"x": (2, 3), "y": (-1, 1)}, (-8, 8)),
    ],
)
def test_exact_where_it_is_monotone(text, ranges, span):
    e, sub_boxes = parse(text, None), cells(**ranges)
    found, plain = image(e, sub_boxes).span, boxes([e], sub_boxes)[e].span

    assert found == pytest.approx(span, rel=1e-15)
    assert plain[0] <= found[0]
    assert found[1] <= plain[1]


def test_each_sub_box_for_itself():
    e = parse("x - x*y", None)
    found = image(e, cells(x=([0, 1], [1, 2]), y=([0, 2], [1, 3])))
    assert found.lo.tolist() == [0, -4]
    assert found.hi.tolist() == [1, -1]


def test_where_a_divisor_may_be_zero_nothing_is_claimed():
    found = image(parse("x/(x - y) + x*y - x", None), cells(x=(0, 1), y=(0, 1)))
    assert found.span[0] < -1e300
    assert found.span[1] > 1e300


def expressions(depth):
    leaves = st.sampled_from([var(n) for n in NAMES]) | st.fractions(-3, 3, max_denominator=8).map(
        const
    )
    if not depth:
        return leaves
    inner = expressions(depth - 1)
    return st.one_of(
        leaves,
        st.tuples(st.sampled_from(["add", "mul", "div"]), inner, inner).map(lambda t: make(*t)),
        st.tuples(inner, st.integers(0, 4)).map(lambda t: make("pow", t[0], const(t[1]))),
        inner.map(lambda a: make("square", a)),
    )


@given(
    expressions(4),
    st.lists(st.fractions(-2, 2, max_denominator=16), min_size=6, max_size=6),
    st.integers(0, 99),
)
def test_holds_every_sampled_value(e, ends, seed):
    spans = {n: tuple(sorted(map(float, ends[2 * k : 2 * k + 2]))) for k, n in enumerate(NAMES)}
    lo, hi = image(e, cells(**spans)).span
    rng = np.random.default_rng(seed)
    points = {n: np.concatenate([[a, b], rng.uniform(a, b, 30)]) for n, (a, b) in spans.items()}
    values = np.broadcast_to(evaluate([e], points)[0], 32)
    values = values[np.isfinite(values)]
    room = 1e-9 * np.maximum(1, np.abs(values))  # of float64
    assert np.all(values >= lo - room)
    assert np.all(values <= hi + room)


def test_a_root_of_what_is_never_negative_is_allowed():
    program = Program(
        ("u", "m"), (("y", parse("sqrt(1 - ((1 - u) + u*m)*((1 - u) + u*m))", None)),)
    )
    assert CheckDomains({"u": (2.328306437e-10, 1.0), "m": (0.0, 1.0)})(program) is program
    with pytest.raises(InputError, match="sqrt of"):
        CheckDomains({"u": (0.0, 1.0), "m": (0.0, float(Fraction(1) + Fraction(1, 2**20)))})(
            program
        )
