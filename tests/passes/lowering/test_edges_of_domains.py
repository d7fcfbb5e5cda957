"""Functions up to the edge of their domain: no input breaks the bound, at any width.

An address at which a function is infinite or undefined is free only where it cannot occur. Cells of
codes that share an address end where the codes end.
"""

from __future__ import annotations

from fractions import Fraction

import pytest

from symgate.passes.compiler import compile_design
from tests.hostile import design, port, worst

F = Fraction


def ulp(bits: int, integer: int) -> Fraction:
    return F(1, 2 ** (bits - integer))


#: By name: the expression, the integer bits of x, where its range starts and ends for a given ulp,
#: and a loose and a tight error.
EDGES = {
    "log": ("log(x)", 3, lambda u: (u, F(79, 10)), (1.0, 0.05)),
    "log2": ("log2(x)", 3, lambda u: (u, F(79, 10)), (1.0, 0.05)),
    "log10": ("log10(x)", 10, lambda u: (u, F(1000)), (0.3, 0.02)),
    "log of a difference": ("log(2 - x)", 2, lambda u: (F(0), 2 - u), (1.0, 0.05)),
    "log of a decimal": ("log(x + 0.3)", 1, lambda u: (-F(3, 10), F(1) - u), (1.0, 0.05)),
    "log1p": ("log1p(x)", 2, lambda u: (u - 1, F(19, 10)), (1.0, 0.05)),
    "sqrt": ("sqrt(x)", 3, lambda u: (F(0), F(79, 10)), (0.1, 2**-10)),
    "power": ("x^0.5", 3, lambda u: (F(0), F(79, 10)), (0.1, 2**-10)),
    "cbrt": ("cbrt(x)", 3, lambda u: (F(-4), F(39, 10)), (0.1, 2**-10)),
    "inverse": ("1/x", 3, lambda u: (F(1, 16), F(79, 10)), (1.0, 0.01)),
    "inverse below 0": ("1/x", 3, lambda u: (F(-39, 10), F(-1, 16)), (1.0, 0.01)),
    "inverse power": ("x^-1.5", 3, lambda u: (F(1, 16), F(79, 10)), (1.0, 0.05)),
    "asin": ("asin(x)", 2, lambda u: (F(-1), F(1)), (0.1, 2**-9)),
    "acos": ("acos(x)", 2, lambda u: (F(-1), F(1)), (0.1, 2**-9)),
    "atanh": ("atanh(x)", 2, lambda u: (u - 1, 1 - u), (0.5, 0.05)),
    "acosh": ("acosh(x)", 3, lambda u: (F(1), F(79, 10)), (0.1, 2**-9)),
    "tan": ("tan(x)", 2, lambda u: (-F(156, 100), F(156, 100)), (1.0, 0.1)),
    "sum": ("x + 0.5*log(x)", 3, lambda u: (u, F(79, 10)), (0.6, 0.01)),
    "difference": ("x - 0.5*log(x)", 3, lambda u: (u, F(79, 10)), (0.6, 0.01)),
    "product": ("x*log(x)", 3, lambda u: (u, F(79, 10)), (0.6, 0.01)),
}
CASES = [(n, k) for n in EDGES for k in (0, 1)]


def edge(name: str, tight: int, bits: int):
    text, integer, ends, errors = EDGES[name]
    lo, hi = ends(ulp(bits, integer))
    return design(text, [port("x", bits, integer, lo, hi)], errors[tight])


def check(d, rng) -> None:
    made = compile_design(d)
    bound = made.certificate.bounds[0].bound
    found = worst(made, rng)

    assert 0 < bound <= d.accuracy.max_error["y"]
    assert found.error <= bound, found


@pytest.mark.parametrize(("tight", "bits"), [(0, 17), pytest.param(1, 24, marks=pytest.mark.slow)])
@pytest.mark.parametrize("name", EDGES)
def test_no_code_breaks_the_bound(name, tight, bits, rng):
    check(edge(name, tight, bits), rng)


@pytest.mark.slow
@pytest.mark.parametrize("bits", [10, 14, 16, 18, 20, 22, 32, 40])
@pytest.mark.parametrize(("name", "tight"), CASES)
def test_no_code_breaks_the_bound_at_more_widths(name, tight, bits, rng):
    check(edge(name, tight, bits), rng)


PAIRS = {
    "sum": ("z*z + 0.1*log10(x)", 10, lambda u: (F(1, 100), F(1000)), 0.05),
    "product": ("z*log(x)", 3, lambda u: (u, F(79, 10)), 0.2),
    "quotient": ("z/x", 3, lambda u: (F(1, 8), F(79, 10)), 0.1),
    "inside": ("log(x*(z + 1.5))", 3, lambda u: (u, F(79, 10)), 0.5),
    "root": ("sqrt(x) - z*sqrt(8 - x)", 3, lambda u: (F(0), F(79, 10)), 0.05),
    "angle": ("asin(z)*log1p(x)", 2, lambda u: (u - 1, F(19, 10)), 0.5),
}


@pytest.mark.parametrize("bits", [18, *(pytest.param(n, marks=pytest.mark.slow) for n in (10, 32))])
@pytest.mark.parametrize("name", PAIRS)
def test_no_pair_of_codes_breaks_the_bound(name, bits, rng):
    text, integer, ends, error = PAIRS[name]
    x = port("x", bits, integer, *ends(ulp(bits, integer)))
    check(design(text, [x, port("z", 10, 1, F(-1), F(1))], error), rng)
