"""Rows that are alike are kept once: right at every code, and found where they are there."""

import numpy as np
import pytest

from symgate.ir.fixed import Builder, run
from symgate.ir.types import FixedType
from symgate.passes.approx import BIG, Spec
from symgate.passes.approx.front import check_windows
from symgate.passes.approx.plain import Plain
from symgate.passes.approx.saved import pack, unpack
from symgate.passes.approx.shared_rows import ShareRows


def exact(values, free=None):
    values = np.asarray(values)
    free = np.zeros(values.shape, bool) if free is None else free
    n = values.size.bit_length() - 1
    return Spec(n, False, np.where(free, -BIG, values), np.where(free, BIG, values))


def table(seed: int, kinds: int, shifts: int, free: float, width: int = 4, rows: int = 32):
    """Rows that are copies of a few, shifted right and moved; some entries do not matter."""
    rng = np.random.default_rng(seed)
    kept = rng.integers(0, 1 << 7, (kinds, 1 << width))
    which, shift = rng.integers(0, kinds, rows), rng.integers(0, shifts + 1, rows)
    values = (kept[which] >> shift[:, None]) + rng.integers(-40, 40, rows)[:, None]
    return values, rng.random(values.shape) < free


@pytest.mark.parametrize("seed", range(6))
@pytest.mark.parametrize(("shifts", "free"), [(0, 0.0), (2, 0.0), (0, 0.2), (2, 0.2)])
@pytest.mark.parametrize("across", [False, True])
def test_hardware_is_inside_the_windows_at_every_code(seed, shifts, free, across):
    values, loose = table(seed, 3, shifts, free)
    values, loose = (a.T if across else a for a in (values, loose))
    spec = exact(values.reshape(-1), loose.reshape(-1))
    found = [check_windows(spec, c) for c in ShareRows()(spec)]
    codes = np.arange(1 << spec.n)
    for candidate in unpack(pack(tuple(found))):
        b = Builder()
        b.output("y", candidate.lower(b, b.input("x", FixedType(False, spec.n, 0))))
        got = np.broadcast_to(run(b.build(), [codes])[0], codes.shape)
        assert np.array_equal(got, candidate.values())


@pytest.mark.parametrize("across", [False, True])
def test_rows_and_columns_that_are_alike_are_found(across):
    values, _ = table(0, 3, 2, 0.0, width=5, rows=64)
    spec = exact((values.T if across else values).reshape(-1))
    (plain,) = Plain()(spec)
    best = min(c.luts for c in ShareRows()(spec))
    assert best < plain.luts / 2


def test_noise_and_windows_with_slack_have_none():
    noise = np.random.default_rng(0).integers(0, 1 << 20, 512)
    assert not list(ShareRows()(exact(noise)))
    assert not list(ShareRows()(Spec(9, False, noise, noise + 1)))
