"""Observed errors are exact where it matters, and a bound that is too small is found even when it
is barely so.
"""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction

import numpy as np
import pytest

from symgate.ir.design import Design, Input
from symgate.ir.expr import const, make, var
from symgate.ir.firmware import Bound, Certificate
from symgate.ir.fixed import Builder, run
from symgate.ir.types import FixedType
from symgate.proof import observed as bounds
from symgate.sim import vectors


def observe(firmware, certificate=None):
    codes = vectors.make(firmware.design.inputs, 10_000, seed=1).columns
    outputs = run(firmware.graph, [codes[p.name] for p in firmware.graph.inputs])
    raw = {p.name: y for p, y in zip(firmware.graph.outputs, outputs, strict=True)}
    return bounds.observe(
        firmware.design, firmware.graph, certificate or firmware.certificate, codes, raw
    )


def certify(firmware, **changes):
    return Certificate(
        tuple(replace(b, bound=changes.get(b.output, b.bound)) for b in firmware.certificate.bounds)
    )


def test_true_bounds_hold(firmware):
    p, q = observe(firmware)

    assert (p.max, p.certified, p.target, p.violations, p.undecided, p.problem) == (
        2**-5,
        2**-5,
        0.125,
        0,
        0,
        None,
    )
    assert q.max == pytest.approx(1 / 3 - 5 / 16, rel=1e-15)
    assert q.rms == pytest.approx(1 / 3 - 5 / 16)


def test_worst_row_is_named(firmware):
    p, _ = observe(firmware)

    exact = Fraction(p.at["x"]) * Fraction(p.at["y"])
    assert abs(exact * 16 - round(exact * 16)) == Fraction(1, 2)


@pytest.mark.parametrize("relative", [0.5, 1 - 2**-40, 1 - 2**-52])
def test_bound_that_is_too_small_is_broken(firmware, golden, relative):
    (p, q) = observe(firmware, certify(firmware, p=2**-5 * relative))

    assert p.violations == 512  # rows whose product lies half way between two codes
    assert q.violations == 0
    if relative == 0.5:
        golden(p.problem + "\n")


def test_bound_between_float_neighbours_is_decided_by_balls(firmware):
    """1/3 - 5/16 is no float: the float below it is broken, the one above it holds, float64 alone
    cannot tell.
    """
    gap = Fraction(1, 3) - Fraction(5, 16)
    near = float(gap)
    below, above = (
        (near, np.nextafter(near, 1)) if Fraction(near) < gap else (np.nextafter(near, 0), near)
    )

    assert observe(firmware, certify(firmware, q=float(below)))[1].violations > 0
    assert observe(firmware, certify(firmware, q=float(above)))[1].problem is None


def test_cancellation_in_float64_neither_hides_nor_fakes_an_error():
    """float64 gives 0 for (x + 2^60) - 2^60 at small x, where the truth is x."""
    x = Input.of("x", FixedType(True, 12, 11))
    big = const(2**60)
    hidden = make("add", make("add", var("x"), big), const(-(2**60)))
    b = Builder()
    b.output("y", b.input("x", x.type, x.raw))
    design = Design("c", (x,), (("y", hidden),))
    codes = vectors.make(design.inputs, 0, seed=0).columns

    graph = b.build()
    (seen,) = bounds.observe(
        design, graph, Certificate((Bound("y", 0.0, None),)), codes, {"y": codes["x"]}
    )
    assert (seen.max, seen.violations) == (0.0, 0)

    shifted = {"y": codes["x"] + 1}
    (seen,) = bounds.observe(design, graph, Certificate((Bound("y", 0.0, None),)), codes, shifted)
    assert seen.max == 2**-11
    assert seen.violations > 0


def test_wide_ports_are_compared_exactly():
    x = Input.of("x", FixedType(True, 70, 60))
    b = Builder()
    b.output("y", b.input("x", x.type, x.raw))
    design = Design("w", (x,), (("y", var("x")),))
    codes = vectors.make(design.inputs, 200, seed=0).columns
    off = {"y": codes["x"] + 1}

    graph = b.build()
    good, bad = (
        bounds.observe(design, graph, Certificate((Bound("y", bound, None),)), codes, off)[0]
        for bound in (2.0**-60, 2.0**-61)
    )
    assert (good.violations, good.undecided) == (0, 0)
    assert (bad.violations, bad.max) == (200, 2.0**-60)


def test_clamped_operands_are_part_of_the_truth():
    """log(x) with domain = "clamp" is log(max(x, 2^-10)): firmware that gives log(2^-10) at x <= 0
    is right.
    """
    x = Input.of("x", FixedType(True, 4, 2))
    design = Design("l", (x,), (("y", make("log", var("x"))),), domain="clamp")
    values = [np.log(max(k / 4, 2**-10)) for k in range(-8, 8)]
    b = Builder()
    patterns = [values[k + 8] for k in [*range(8), *range(-8, 0)]]
    b.output("y", b.table(b.input("x", x.type, x.raw), [round(v * 2**20) for v in patterns], 20))
    codes = vectors.make(design.inputs, 0, seed=0).columns

    graph = b.build()
    (raw,) = run(graph, [codes["x"]])
    (seen,) = bounds.observe(
        design, graph, Certificate((Bound("y", 2.0**-20, None),)), codes, {"y": raw}
    )
    assert (seen.violations, seen.undecided) == (0, 0)
