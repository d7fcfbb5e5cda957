"""Tables as operators: all three meanings of each against plain Python, and names that are none."""

from __future__ import annotations

from fractions import Fraction as F

import flint
import numpy as np
import pytest

from symgate.ir.boxes import Box
from symgate.ir.expr import const, make, var
from symgate.ir.exprtext import show
from symgate.ir.operators import OPERATORS
from symgate.ir.operators.families import (
    bits_name,
    bits_of,
    is_family,
    step_at,
    steps_name,
    steps_of,
)
from symgate.proof.reading import read

EDGES = ((F(-3, 2), F(2)), (F(1, 3), F(-7, 4)), (F(2), F(5)))
STEPS = steps_name(F(0), EDGES)


@pytest.mark.parametrize("count", [1, 2, 3, 6])
def test_entry_of_every_address(count, rng):
    contents = int.from_bytes(rng.bytes(8), "little") % (1 << (1 << count))
    op = OPERATORS[bits_name(count, contents)]
    for address in range(1 << count):
        bits = [float(address >> k & 1) for k in range(count)]
        entry = contents >> address & 1

        assert op.numpy(*bits) == entry
        assert float(op.ball(*map(flint.arb, bits))) == entry
        assert op.interval(*map(Box.exact, bits)).span == (entry, entry)


def test_any_number_but_0_counts_as_1():
    op = OPERATORS["lut2_8"]

    assert op.numpy(-0.5, 3.0) == 1
    assert float(op.ball(flint.arb("0.5"), flint.arb(-2))) == 1
    assert op.interval(Box.exact(0.25, 0.5), Box.exact(-2.0, -1.0)).span == (1, 1)


def test_undecided_bits_give_what_all_their_addresses_do(rng):
    contents = int(rng.integers(1 << 16))
    op = OPERATORS[bits_name(4, contents)]
    low, high = rng.integers(0, 2, (4, 200)), rng.integers(0, 2, (4, 200))
    found = op.interval(*(Box(np.minimum(*p) * 1.0, np.maximum(*p) * 1.0)
                          for p in zip(low, high, strict=True)))  # fmt: skip
    for k in range(200):
        fixed = [j for j in range(4) if low[j, k] == high[j, k]]
        seen = {contents >> a & 1 for a in range(16)
                if all(a >> j & 1 == low[j, k] for j in fixed)}  # fmt: skip
        assert (found.lo[k], found.hi[k]) == (min(seen), max(seen))
        balls = [
            flint.arb(int(a)).union(flint.arb(int(b)))
            for a, b in zip(low[:, k], high[:, k], strict=True)
        ]
        ball = op.ball(*balls)
        assert all(ball.contains(flint.arb(bit)) for bit in seen)
        assert len(seen) == 2 or ball.is_exact()


def test_steps_at_and_around_their_edges():
    op = OPERATORS[STEPS]
    floats = [float(place) for place, _ in EDGES]
    around = [v for x in floats for v in (np.nextafter(x, -9), x, np.nextafter(x, 9))]
    for x in [-9.0, 0.0, 9.0, *around]:
        value = step_at(F(0), EDGES, F(x))

        assert op.numpy(np.array(x)) == value
        assert op.interval(Box.exact(x)).span == (value, value)
        with flint.ctx.workprec(128):
            assert float(op.ball(flint.arb(x))) == value


def test_steps_over_intervals(rng):
    op = OPERATORS[STEPS]
    ends = np.sort(rng.uniform(-3, 3, (2, 200)), axis=0)
    found = op.interval(Box(*ends))
    for k in range(200):
        inside = [F(x) for x in ends[:, k]] + [p for p, _ in EDGES if ends[0, k] <= p <= ends[1, k]]
        values = [step_at(F(0), EDGES, x) for x in inside]
        assert (found.lo[k], found.hi[k]) == (min(values), max(values))
        ball = op.ball(flint.arb(ends[0, k]).union(flint.arb(ends[1, k])))
        assert all(ball.contains(flint.arb(float(v))) for v in values)


def test_what_is_no_number_stays_none():
    assert np.isnan(OPERATORS["lut2_8"].numpy(np.array([np.nan]), np.array([1.0]))).all()
    assert np.isnan(OPERATORS[STEPS].numpy(np.array([np.nan]))).all()
    assert not OPERATORS["lut2_8"].ball(flint.arb("nan"), flint.arb(1)).is_finite()
    assert not OPERATORS[STEPS].ball(flint.arb("nan")).is_finite()


@pytest.mark.parametrize(
    "name",
    ["lut", "lut0_1", "lut2_10", "lut2_08", "lut17_0", "lut6_8", "lut2_G", "steps_", "steps_1_2",
     "steps_0_1_5_1_6", "steps_0_2_5_1_6", "steps_0d0", "steps_2d4", "stepsize", "luthien"],
)  # fmt: skip
def test_names_that_are_no_tables(name):
    assert not is_family(name)
    assert name not in OPERATORS
    assert OPERATORS.get(name) is None
    with pytest.raises(KeyError):
        OPERATORS[name]


def test_names_hold_all_of_a_table():
    assert bits_of(bits_name(3, 0x96)) == (3, 0x96)
    assert steps_of(STEPS) == (F(0), EDGES)


def test_text_reads_back_in_the_second_reader():
    names = {n: var(n) for n in "abx"}
    e = make("lut2_6", var("a"), var("b")) + const(F(3, 4)) * make(STEPS, var("x"))

    assert read(show(e), names) is e
