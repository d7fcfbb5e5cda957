"""Values of balls as floats."""

from __future__ import annotations

import math

import flint
import pytest

from symgate.ir.exactly import ends


def ball(text: str) -> flint.arb:
    return flint.arb(text)


@pytest.mark.parametrize("sign", [1, -1])
def test_what_is_beyond_all_floats_is_rounded_outward(sign):
    """``exp(exp(30))`` has 10^13 binary digits in front of its point."""
    huge, tiny = sign * ball("30").exp().exp(), sign * (-ball("30").exp()).exp()
    largest, least = math.nextafter(math.inf, 0), math.ulp(0.0)
    assert ends(huge) == ((largest, math.inf) if sign > 0 else (-math.inf, -largest))
    assert ends(tiny) == ((0.0, least) if sign > 0 else (-least, 0.0))


@pytest.mark.parametrize("value", [0.0, 1.5, -3e300, 5e-324])
def test_floats_stay(value):
    assert ends(ball("0") + value) == (value, value)
