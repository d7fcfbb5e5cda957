"""Ranges of polynomials in remainders of one number: exact, as their common bits count once."""

from __future__ import annotations

from fractions import Fraction

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from symgate.ir.domains import Interval
from symgate.proof.forms import Atom, Space, constant, plus


@given(st.dictionaries(st.integers(1, 8), st.integers(-9, 9).filter(bool), min_size=1, max_size=4))
def test_remainders_share_bits(factors):
    space = Space({0: Interval(0, (1 << 40) - 1)})
    number = space.atom(
        "number", lambda: Atom(Fraction(0), Fraction((1 << 40) - 1), frozenset({0}))
    )
    p = constant(0)
    for k, c in factors.items():
        rest = space.atom(
            ("rest", k), lambda k=k: Atom(Fraction(0), Fraction((1 << k) - 1), frozenset({0}))
        )
        space.residues[space.index["rest", k]] = number, 1 << k
        p = plus(p, rest, c)
    codes = np.arange(1 << 8)
    values = sum(c * (codes % (1 << k)) for k, c in factors.items())

    assert space.bound(p) == (values.min(), values.max())
