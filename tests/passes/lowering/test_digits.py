"""Quotients and roots by digits: at every code of short arguments, at some of long ones."""

from __future__ import annotations

import math
import random
from fractions import Fraction

import numpy as np
import pytest

from symgate.ir.fixed import Builder, run
from symgate.ir.types import FixedType
from symgate.passes.lowering.digits import reciprocal, root

_HELD = Fraction(1, 1024)


def _graph(make, t: FixedType, frac: int):
    b = Builder()
    x = b.input("x", t)
    b.output("y", make(b, x, frac))
    return b.build()


def _held_inverse(x: Fraction) -> Fraction:
    return 1 / x if abs(x) >= _HELD else x / _HELD**2


@pytest.mark.parametrize("frac", [-3, 0, 4, 11])
@pytest.mark.parametrize("t", [FixedType(True, 13, 11), FixedType(False, 12, 12)])
def test_a_reciprocal_is_cut_behind_its_last_digit(t, frac):
    graph = _graph(reciprocal, t, frac)
    codes = np.arange(t.lo, t.hi + 1)
    (found,) = run(graph, [codes])
    unit = Fraction(2) ** frac
    for code, y in zip(codes.tolist(), found.tolist(), strict=True):
        x = Fraction(code, 1 << t.frac)
        exact = _held_inverse(x) * unit
        wanted = math.floor(exact) if abs(x) < _HELD else math.trunc(exact)
        assert y == wanted, x


@pytest.mark.parametrize("frac", [-2, 0, 3, 9])
@pytest.mark.parametrize("t", [FixedType(True, 12, 5), FixedType(False, 11, 14)])
def test_a_root_is_cut_behind_its_last_digit(t, frac):
    graph = _graph(root, t, frac)
    codes = np.arange(t.lo, t.hi + 1)
    (found,) = run(graph, [codes])
    for code, y in zip(codes.tolist(), found.tolist(), strict=True):
        square = Fraction(max(code, 0), 1 << t.frac) * Fraction(4) ** frac
        assert y == math.isqrt(math.floor(square))


@pytest.mark.parametrize("make", [reciprocal, root])
def test_long_arguments_have_the_same_digits(make):
    t, frac, rng = FixedType(True, 70, 44), 30, random.Random(5)
    graph = _graph(make, t, frac)
    for _ in range(60):
        code = rng.choice([-1, 1]) * rng.getrandbits(rng.randint(1, 69))
        (found,) = run(graph, [np.array([code], dtype=object)])
        x = Fraction(code, 1 << t.frac)
        if make is root:
            assert found[0] == math.isqrt(math.floor(max(x, 0) * Fraction(4) ** frac))
        else:
            exact = _held_inverse(x) * 2**frac
            assert found[0] == (math.floor(exact) if abs(x) < _HELD else math.trunc(exact))
