"""Functions of more than six bits are selected by the variables that leave the fewest LUTs."""

from __future__ import annotations

from itertools import combinations, product

from hypothesis import given, settings
from hypothesis import strategies as st

from symgate.backends.xilinx import wide
from symgate.backends.xilinx.net import LUT_INPUTS


@st.composite
def functions(draw):
    """The number of variables, and the values of a function of them of which many parts are alike."""
    n = draw(st.integers(LUT_INPUTS + 1, 8))
    few = draw(st.lists(st.integers(0, 2**32 - 1), min_size=1, max_size=4))
    words = draw(st.lists(st.sampled_from(few), min_size=1 << n - 5, max_size=1 << n - 5))
    return n, [word >> k & 1 for word in words for k in range(32)]


def left(values, n, chosen):
    """The functions that are left of the other variables, as tuples of their values."""
    others = [k for k in range(n) if k not in chosen]
    for fixed in product((0, 1), repeat=len(chosen)):
        base = sum(bit << k for bit, k in zip(fixed, chosen, strict=True))
        inner = product((0, 1), repeat=len(others))
        yield tuple(values[base + sum(b << k for b, k in zip(x, others, strict=True))] for x in inner)


def cost(values, n, chosen):
    """LUTs, where a function and its opposite share one and a wire takes none; then functions."""
    found = set(left(values, n, chosen))
    inputs = list(zip(*product((0, 1), repeat=LUT_INPUTS), strict=True))
    wires = {(0,) * (1 << LUT_INPUTS), *inputs}
    kinds = {min(f, tuple(1 - v for v in f)) for f in found}
    opposites = {tuple(1 - v for v in f) for f in wires}
    return len(kinds - wires - opposites), len(found)


@settings(max_examples=25)
@given(functions())
def test_the_variables_that_leave_the_fewest_luts_are_chosen(function):
    n, values = function
    table = sum(value << k for k, value in enumerate(values))

    chosen = wide._selects(table, n)

    choices = combinations(range(n), n - LUT_INPUTS)
    assert cost(values, n, chosen) == min(cost(values, n, c) for c in choices)
