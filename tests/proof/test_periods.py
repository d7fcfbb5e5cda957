"""Who can tell a value from its remainder."""

from __future__ import annotations

from fractions import Fraction

import pytest

from symgate.ir.expr import var
from symgate.proof.periods import unmoved
from symgate.proof.reading import read

V = {n: var(n) for n in ("v", "w", "x")}


@pytest.mark.parametrize(
    ("text", "modulus", "own", "expected"),
    [
        ("sin(v*(0.25*pi))", 8, 0, True),
        ("sin(v*(0.25*pi))", 4, 0, False),
        ("0.5*sin(2*(v*(0.25*pi)) + 1.02) - x", 4, 0, True),
        ("sin(1.67622*(v*(25000/83811*pi)))", 4, 0, True),
        ("sin(1.67622*(v*(25000/83811*pi)))", 2, 0, False),
        ("cos(v*pi) * w", 2, 0, True),
        ("tan(v*pi)", 1, 0, True),
        ("sin(-(pi/4)*v)", 8, 0, True),
        ("v + w*x", 8, 8, True),
        ("v + w*x", 8, 4, True),
        ("v + w*x", 4, 8, False),
        ("0.5*v", 8, 4, True),
        ("0.5*v", 8, 8, False),
        ("v*w", 8, 8, False),
        ("v", 8, 0, False),
        ("w", 8, 0, True),
        ("v - v", 8, 0, True),
        ("sin(v)", 8, 0, False),
        ("sin(3.14159265*v)", 2, 0, False),
        ("sin(v*pi) + floor(v)", 2, 0, False),
        ("max(sin(v*pi), w)", 2, 0, True),
        ("sin(v*pi*w)", 2, 0, False),
        ("sin(v*(2*pi)**-1*pi*pi)", 4, 0, True),
    ],
)
def test_unmoved(text, modulus, own, expected):
    assert unmoved(read(text, V), "v", Fraction(modulus), Fraction(own)) is expected
