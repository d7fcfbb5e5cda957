"""Verification vectors: complete where small, else corners, data and random rows that stay in
range.
"""

from __future__ import annotations

from fractions import Fraction

import numpy as np
import pytest

from symgate.ir.design import Input
from symgate.ir.domains import Interval
from symgate.ir.types import FixedType
from symgate.sim import vectors


def port(name: str, width: int, frac: int = 0, signed: bool = True) -> Input:
    return Input.of(name, FixedType(signed, width, frac))


def test_few_inputs_are_all_tried():
    v = vectors.make([port("x", 3), port("y", 2, signed=False)], 10, seed=0)

    rows = set(zip(v.columns["x"].tolist(), v.columns["y"].tolist(), strict=True))
    assert rows == {(x, y) for x in range(-4, 4) for y in range(4)}
    assert v.exhaustive
    assert str(v) == "32 all inputs"


def test_many_inputs_are_corners_data_and_random_rows():
    inputs = [port(name, 16) for name in "abc"]
    data = {name: np.array([1, 2]) for name in "abc"}

    v = vectors.make(inputs, 1000, seed=7, data=data)

    assert str(v) == "125 corners, 2 data, 873 random; seed 7"
    assert len(v) == len(v.columns["a"]) == 1000
    assert all(min(c) == -(2**15) and max(c) == 2**15 - 1 for c in v.columns.values())


def test_same_seed_gives_same_vectors():
    inputs = [port(name, 16) for name in "abcdefgh"]
    one, same, other = (vectors.make(inputs, 500, seed) for seed in (3, 3, 4))

    assert all(np.array_equal(one.columns[n], same.columns[n]) for n in one.columns)
    assert not all(np.array_equal(one.columns[n], other.columns[n]) for n in one.columns)


def test_corners_are_all_combinations_of_ends_and_ones(rng):
    rows = vectors.corners([Interval(-8, 7), Interval(0, 3)], rng, 100)

    assert set(zip(*(c.tolist() for c in rows), strict=True)) == {
        (x, y) for x in (-8, -1, 0, 1, 7) for y in (0, 1, 3)
    }


def test_corners_of_many_inputs_are_a_sample_with_the_extremes(rng):
    rows = list(
        zip(*(c.tolist() for c in vectors.corners([Interval(-8, 7)] * 50, rng, 64)), strict=True)
    )

    assert len(rows) == len(set(rows)) == 64
    assert rows[:2] == [(-8,) * 50, (7,) * 50]


@pytest.mark.parametrize("width", [8, 40, 62, 63, 64, 100])
def test_random_codes_reach_over_the_whole_range(rng, width):
    interval = Interval(-(1 << (width - 1)), (1 << (width - 1)) - 1)

    codes = vectors.uniform(interval, 400, rng)

    assert all(int(c) in interval for c in codes)
    assert min(codes) < interval.lo * 0.9
    assert max(codes) > interval.hi * 0.9
    assert (codes.dtype == object) == (width > 62)


def test_narrow_range_far_from_zero_needs_wide_numbers(rng):
    assert set(vectors.uniform(Interval(2**80, 2**80 + 2), 60, rng).tolist()) == {
        2**80,
        2**80 + 1,
        2**80 + 2,
    }


def test_quantising_takes_the_nearest_code_and_clips_to_the_range():
    x = Input.of("x", FixedType(True, 8, 2), (Fraction(-3), Fraction(4)))

    codes, outside = vectors.quantise(np.array([0.12, 0.125, -0.125, 0.3, 4.1, 4.2, -9, 1e300]), x)

    assert codes.tolist() == [0, 1, 0, 1, 16, 16, -12, 16]
    assert outside == 3


def test_quantising_wide_ports_is_exact():
    codes, outside = vectors.quantise(np.array([1.0, -(2.0**30), 2.0**40]), port("x", 80, 40))

    assert codes.tolist() == [2**40, -(2**70), 2**79 - 1]
    assert outside == 1


def test_real_values_are_exact(rng):
    t = FixedType(True, 40, 45)
    codes = rng.integers(t.lo, t.hi, 50)

    assert [Fraction(v) for v in vectors.reals(codes, t)] == [int(c) * t.ulp for c in codes]


def test_part_is_spread_over_all_rows():
    v = vectors.make([port(name, 16) for name in "ab"], 1000, seed=0)

    part = v.take(10)
    assert len(part["a"]) == 10
    assert (part["a"][0], part["a"][-1]) == (v.columns["a"][0], v.columns["a"][-1])
    assert len(v.take(5000)["a"]) == 1000
