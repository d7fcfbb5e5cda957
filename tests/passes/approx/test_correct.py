"""Functions that are rounded to integers: a smooth one and a table of what it is off by."""

from __future__ import annotations

import numpy as np
import pytest

from symgate.ir.fixed import Builder, run
from symgate.ir.types import FixedType
from symgate.passes.approx import GENERATORS
from symgate.passes.approx.base import BIG, Spec
from symgate.passes.approx.correct import Correct
from symgate.passes.approx.front import front
from symgate.passes.approx.plain import Plain

(CORRECT,) = (g for g in GENERATORS if isinstance(g, Correct))
FUNCTIONS = {
    "root": lambda x: 16 * np.sqrt(x),
    "falling": lambda x: 700 * np.exp(-x / 200),
    "signed": lambda x: 300 * np.sin(x / 100),
}


def exact(f, bits=10):
    values = np.rint(f(np.arange(1 << bits))).astype(np.int64)
    return Spec(bits, False, values, values)


@pytest.mark.parametrize("name", FUNCTIONS)
def test_the_sum_is_the_function_at_every_code(name):
    spec = exact(FUNCTIONS[name])
    found = list(CORRECT(spec))

    assert found
    for candidate in found:
        assert np.array_equal(candidate.values(), spec.lo)
        builder = Builder()
        x = builder.input("x", FixedType(False, spec.n, 0))
        builder.output("y", candidate.lower(builder, x))
        codes = np.arange(1 << spec.n)
        assert np.array_equal(run(builder.build(), [codes])[0], spec.lo)


@pytest.mark.parametrize("name", FUNCTIONS)
def test_it_takes_fewer_luts_than_a_table(name):
    spec = exact(FUNCTIONS[name])
    (plain,) = front(spec, (Plain(),))

    assert min(c.luts for c in CORRECT(spec)) < 0.8 * plain.luts


def test_codes_that_do_not_matter_stay_free():
    spec = exact(FUNCTIONS["root"])
    free = np.arange(1 << spec.n) < 64
    partly = Spec(spec.n, False, np.where(free, -BIG, spec.lo), np.where(free, BIG, spec.hi))

    assert all(partly.allows(c.values()) for c in CORRECT(partly))


def test_wide_windows_need_no_correction():
    spec = exact(FUNCTIONS["root"])

    assert list(CORRECT(Spec(spec.n, False, spec.lo - 1, spec.hi + 1))) == []
