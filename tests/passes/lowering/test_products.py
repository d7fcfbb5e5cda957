from fractions import Fraction
from itertools import pairwise, product

import numpy as np
import pytest

from symgate.ir.design import Input
from symgate.ir.expr import Program, const, make, var
from symgate.ir.fixed import run
from symgate.ir.types import FixedType
from symgate.passes.lowering import datapath_values, lower
from symgate.passes.lowering.constants import cheapest, digits, signed_digits
from symgate.passes.lowering.plan import Plan

FORMATS = [FixedType(s, w, f) for s, w, f in product((False, True), (3, 4, 5), (0, 2))]


@pytest.mark.parametrize("frac", [-1, 0, 1, 3, 4])
@pytest.mark.parametrize("second", FORMATS, ids=str)
@pytest.mark.parametrize("first", FORMATS, ids=str)
def test_cut_booth_rows_stay_within_their_local_error(first, second, frac):
    x, y = var("x"), var("y")
    e = make("mul", x, y)
    inputs = {n: Input.of(n, t) for n, t in (("x", first), ("y", second))}

    context, errors = lower(Program(("x", "y"), (("z", e),)), inputs, Plan({e: frac}, {}))
    context.builder.output("z", context.values[e].node)
    codes = [a.ravel() for a in np.meshgrid(*(np.arange(t.lo, t.hi + 1) for t in (first, second)))]
    graph = context.builder.build()
    (out,) = run(graph, codes)
    value = out * 2.0 ** -graph.outputs[0].type.frac + float(context.values[e].offset)
    difference = value - codes[0] * codes[1] * 2.0 ** -(first.frac + second.frac)

    bound = errors.get(e)
    assert bound is not None or np.all(difference == 0)
    assert bound is None or (bound.lo <= difference.min() and difference.max() <= bound.hi)


@pytest.mark.parametrize("mantissa", range(1, 300))
def test_signed_digits_add_up_and_are_never_adjacent(mantissa):
    found = signed_digits(mantissa)

    assert sum(sign << position for position, sign in found) == mantissa
    assert all(b[0] - a[0] >= 2 for a, b in pairwise(found))
    assert len(found) == digits(mantissa)


@pytest.mark.parametrize("window", [Fraction(1, 2**k) for k in (4, 7, 10)])
def test_no_constant_in_the_window_has_fewer_digits(window):
    value = Fraction(0.7853981)
    mantissa, shift = cheapest(value, window)

    assert abs(mantissa * Fraction(2) ** -shift - value) <= window
    candidates = ((m, s) for s in range(14) for m in range(1, 2 ** (s + 1)))
    assert digits(mantissa) == min(
        digits(m) for m, s in candidates if abs(Fraction(m, 2**s) - value) <= window
    )


def test_a_negative_product_of_three_is_lowered_by_what_reads_it():
    """Its operands are its own factors; the product without the sign is no value that anything
    reads.
    """
    a, b, c = (var(n) for n in "abc")
    total = make("add", a, b, c)
    root = make("mul", make("mul", const(-1), a, total), make("add", b, c))
    values = datapath_values([root])
    assert make("mul", a, total) not in values
    assert make("mul", const(-1), a, total) in values
