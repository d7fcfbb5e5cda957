"""Sums as tables of single bits: exact error intervals, over every input at small widths; and their
proof.
"""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction
from itertools import product

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from symgate.frontend.language.infix import parse
from symgate.ir.design import Accuracy, Design, Input, Target
from symgate.ir.fixed import Builder
from symgate.ir.types import FixedType
from symgate.passes.compiler import compile_design
from symgate.passes.hardware.cost import estimate
from symgate.passes.lowering.distributed import emit_tables, layout, tables, weight
from symgate.passes.lowering.sums import SumForm
from symgate.proof.recheck import recheck
from symgate.sim.numpy_model import simulate

constants = st.fractions(-20, 20, max_denominator=50).filter(bool)
formats = st.builds(FixedType, st.booleans(), st.integers(2, 5), st.integers(-1, 4))
sums = st.lists(st.tuples(constants, formats), min_size=1, max_size=3).map(tuple)


def every_sum(terms, frac, modulus, chain, start=0):
    """Hardware and exact sums for every combination of codes, in units of the last bit."""
    b = Builder()
    values = [b.input(f"x{i}", t) for i, (_, t) in enumerate(terms)]
    found = tables(terms, frac, modulus, chain)
    chains = emit_tables(b, found, values, frac, start, modulus)
    for k, node in enumerate(chains):
        b.output(f"y{k}", node)
    codes = np.array(list(product(*(range(t.lo, t.hi + 1) for _, t in terms))))
    out = simulate(b.build(), {f"x{i}": codes[:, i] for i in range(len(terms))}) if chains else {}
    exact = [
        sum(k * int(c) * t.ulp for c, (k, t) in zip(row, terms, strict=True)) * Fraction(2) ** frac
        for row in codes
    ]
    have = sum(out.values()) if out else np.zeros(len(codes), dtype=np.int64)
    return found, have.tolist(), exact


@settings(max_examples=60, deadline=None)
@given(sums, st.integers(-2, 8), st.sampled_from([2, 4, 8]))
def test_errors_are_the_exact_ends(terms, frac, chain):
    found, have, exact = every_sum(terms, frac, None, chain)
    off = [h + found.base - e for h, e in zip(have, exact, strict=True)]

    assert found.low <= min(off)
    assert max(off) <= found.high
    ties = sum(len(c) for c in found.entries) / 2  # a table each, where floats round the other way
    assert float(found.high - found.low) / 2 == pytest.approx(found.layout.half, abs=1e-6 + ties)


@settings(max_examples=40, deadline=None)
@given(sums, st.integers(0, 6), st.integers(2, 9), st.integers(0, 50))
def test_remainders_are_right_up_to_the_modulus(terms, frac, modulus, start):
    found, have, exact = every_sum(terms, frac, modulus, 8, start)
    whole, middle = 1 << modulus, (found.low + found.high) / 2
    for h, e in zip(have, exact, strict=True):
        start_ = start if found.entries else 0
        off = (h - start_ + found.base - e - middle + Fraction(whole, 2)) % whole - Fraction(
            whole, 2
        )
        assert abs(off) <= (found.high - found.low) / 2


def test_weights_of_a_signed_number_add_up_to_it():
    t = FixedType(True, 4, 2)
    weights = [weight(Fraction(3, 7), t, j, 5, None) for j in range(4)]
    for code in range(-8, 8):
        assert sum(w for j, w in enumerate(weights) if (code >> j) & 1) == Fraction(3, 7) * code * 8


def test_bits_too_small_to_matter_are_left_out():
    terms = ((Fraction(1, 3), FixedType(False, 12, 12)), (Fraction(5), FixedType(False, 12, 12)))
    lay = layout(terms, 6, None, 8)

    assert lay.dropped
    assert not {bit for c in lay.chains for row in c for bit in row} & set(lay.dropped)


def wide(count=24):
    """Many inputs with coefficients of all sizes, under a function."""
    terms = [
        f"{Fraction((37 * k) % 101 + 3, 50) * (-1) ** (k % 3 == 0)}*x{k}" for k in range(count)
    ]
    inputs = tuple(Input.of(f"x{k}", FixedType(False, 8, 8)) for k in range(count))
    e = parse(f"exp(-0.5*({' + '.join(terms)}))", None)
    return Design(
        "wide", inputs, (("y", e),), Accuracy(max_error={"y": Fraction(1, 8)}), Target(clock_ns=5.0)
    )


@pytest.mark.slow
def test_a_long_sum_is_spread_and_proved():
    firmware = compile_design(wide())
    sizes = [len(n.attr[0]) for n in firmware.graph.nodes if n.op == "table"]

    assert sum(s in (32, 64) for s in sizes) > 10  # tables of bits
    assert recheck(firmware).proved


def test_a_wrong_weight_is_not_proved():
    firmware = compile_design(wide(8))
    values = firmware.certificate.data["values"]
    for i, v in enumerate(values):
        if "x3" in v["expr"]:
            moved = {**v, "expr": v["expr"].replace("*x3", "*x3*65/64", 1)}
            data = {**firmware.certificate.data, "values": [*values[:i], moved, *values[i + 1 :]]}
            assert moved != v
            assert not recheck(
                replace(firmware, certificate=replace(firmware.certificate, data=data))
            ).proved
            return
    raise AssertionError("no value reads x3")


def test_many_odd_constants_are_spread_and_powers_of_two_are_not():
    t = FixedType(False, 8, 8)
    form = SumForm.cheapest(
        (*((Fraction(17 + 31 * k, 40), t) for k in range(20)), (Fraction(4), t)), 8, None, "lut"
    )

    assert len(form.spread) >= 18
    assert 20 not in form.spread


def test_estimate_is_near_that_of_the_graph():
    terms = tuple((Fraction(17 + 31 * k, 40), FixedType(False, 8, 8)) for k in range(8))
    b = Builder()
    found = tables(terms, 8, None, 100)
    (node,) = emit_tables(
        b, found, [b.input(f"x{i}", t) for i, (_, t) in enumerate(terms)], 8, 0, None
    )
    b.output("y", node)

    assert estimate(b.build()).lut == pytest.approx(found.layout.luts, rel=0.1)
