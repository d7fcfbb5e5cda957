"""Function generators: inside the windows at every code, the graph gives the same, and the best one
is chosen.
"""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from symgate.errors import AccuracyError, InputError
from symgate.ir.fixed import Builder, run
from symgate.ir.types import FixedType
from symgate.passes.approx import (
    AREA,
    BIG,
    GENERATORS,
    LATENCY,
    Objective,
    Spec,
    approximate,
    pareto,
)
from symgate.passes.approx.base import Bound
from symgate.passes.approx.cache import Fronts
from symgate.passes.approx.fields import Address, Low
from symgate.passes.approx.fit import Windows
from symgate.passes.approx.fold import MIRROR, REPEAT, Fold
from symgate.passes.approx.front import front
from symgate.passes.approx.linear import Linear
from symgate.passes.approx.octaves import Octaves
from symgate.passes.approx.one_curve import OneCurve
from symgate.passes.approx.plain import Plain
from symgate.passes.approx.quadratic import SquareProduct
from symgate.passes.approx.rows import Rows
from symgate.passes.approx.table_sums import sign_offset
from symgate.passes.approx.trim import trim
from symgate.passes.approx.uneven import UnevenSquare

FUNCTIONS = {
    "sin": lambda x: np.sin(np.pi / 2 * x),
    "exp": lambda x: np.exp(-8 * x),
    "log2": lambda x: np.log2(1 + np.abs(x)),
    "tanh": lambda x: np.tanh(4 * x),
    "gauss": lambda x: np.exp(-((4 * x) ** 2)),
    "parabola": lambda x: 4 * x * (1 - x),
    "wave": lambda x: np.sin(2 * np.pi * x),
}


def spec_of(f, n, m, signed=False):
    """Faithful windows (one ulp) of ``f`` on [0, 1), or on [-1, 1)."""
    x = np.arange(1 << n)
    raw = np.where(x >> (n - 1), x - (1 << n), x) * 2 if signed else x
    y = f(raw / (1 << n)) * ((1 << m) - 1)
    return Spec(n, signed, np.floor(y).astype(np.int64), np.ceil(y).astype(np.int64))


def random_spec(seed, n, signed=False, width=6, free=0.2, smooth=True):
    """Windows around a random walk or around noise, some of them without limits."""
    rng = np.random.default_rng(seed)
    y = (
        np.cumsum(rng.integers(-2, 3, 1 << n))
        if smooth
        else rng.integers(-1 << width, 1 << width, 1 << n)
    )
    lo, hi = y - rng.integers(0, 3, y.size), y + rng.integers(0, 3, y.size)
    loose = rng.random(y.size) < free
    return Spec(n, signed, np.where(loose, -BIG, lo), np.where(loose, BIG, hi))


def lowered(candidate, spec):
    """What the graph of ``candidate`` gives for every bit pattern."""
    b = Builder()
    b.output("y", candidate.lower(b, b.input("x", FixedType(spec.signed, spec.n, 3))))
    codes = np.arange(1 << spec.n)
    raw = np.where(codes >> (spec.n - 1), codes - (1 << spec.n), codes) if spec.signed else codes
    graph = b.build()
    assert graph.outputs[0].type.frac == 0
    return np.broadcast_to(run(graph, [raw])[0], codes.shape)


def label(generator):
    return repr(generator).split("inner")[0]


def check(generator, spec):
    found = list(generator(spec))
    for c in found:
        assert spec.allows(c.values()), c.name
        assert np.array_equal(lowered(c, spec), c.values()), c.name
        assert c.luts >= 0
        assert c.delay > 0
        assert c.name
    return found


@pytest.mark.parametrize("f", FUNCTIONS)
@pytest.mark.parametrize("generator", GENERATORS, ids=label)
def test_functions_stay_in_their_windows(generator, f):
    check(generator, spec_of(FUNCTIONS[f], 8, 8))


@pytest.mark.parametrize("generator", GENERATORS, ids=label)
def test_more_output_bits_than_input_bits(generator):
    check(generator, spec_of(FUNCTIONS["log2"], 7, 10))


@pytest.mark.parametrize("generator", GENERATORS, ids=label)
@settings(max_examples=12, deadline=None)
@given(
    seed=st.integers(0, 2**32 - 1),
    n=st.integers(1, 7),
    smooth=st.booleans(),
    free=st.sampled_from([0, 0.3, 0.9]),
)
def test_random_windows_are_never_left(generator, seed, n, smooth, free):
    check(generator, random_spec(seed, n, smooth=smooth, free=free))


@pytest.mark.parametrize("generator", GENERATORS, ids=label)
@settings(max_examples=8, deadline=None)
@given(seed=st.integers(0, 2**32 - 1), n=st.integers(4, 8))
def test_monotone_windows_are_never_left(generator, seed, n):
    rng = np.random.default_rng(seed)
    y = np.cumsum(rng.integers(0, 4, 1 << n)) * int(rng.choice([-1, 1]))
    check(generator, Spec(n, False, y - 1, y + 1))


def ends_free(seed, n, signed, first, size):
    """A ramp that only matters at ``size`` codes from ``first`` on, and saturates within them."""
    y = np.clip(np.arange(1 << n) - first - size // 2, -20, 20) * (1 + seed % 3)
    place = np.arange(1 << n)
    loose = (place < first) | (place >= first + size)
    lo, hi = np.where(loose, -BIG, y), np.where(loose, BIG, y + 1)
    return Spec(n, signed, *(np.roll(w, 1 << (n - 1)) if signed else w for w in (lo, hi)))


@settings(max_examples=60, deadline=None)
@given(st.integers(0, 5), st.integers(2, 9), st.booleans(), st.data())
def test_peeling_keeps_to_the_windows(seed, n, signed, data):
    first = data.draw(st.integers(0, (1 << n) - 1))
    spec = ends_free(seed, n, signed, first, data.draw(st.integers(1, (1 << n) - first)))
    (c,) = Fronts((Plain(),), wide=3).find(spec)
    assert spec.allows(c.values())
    assert np.array_equal(lowered(c, spec), c.values())


def test_wide_functions_lose_what_does_not_matter():
    x = (
        np.arange(-(1 << 17), 1 << 17) / 512
    )  # exp(-x) from 0.04 to 125, as a product of formats makes it
    y, live = np.exp(-np.maximum(x, 0)) * 2048, (x > 0.04) & (x < 125)
    lo, hi = np.where(live, np.floor(y - 0.5), -BIG), np.where(live, np.ceil(y + 0.5), BIG)
    spec = Spec(18, True, np.roll(lo, 1 << 17), np.roll(hi, 1 << 17))
    best = approximate(spec)
    assert best.luts < 100
    assert np.array_equal(lowered(best, spec), best.values())


@pytest.mark.parametrize("inverted", [False, True])
@pytest.mark.parametrize(
    "f", [lambda x: 500 / (1 + x), lambda x: 30 * np.sqrt(x), lambda x: 90 * np.log2(x + 1)]
)
def test_octaves_shorten_what_is_steep_at_one_end(f, inverted):
    y = f(np.arange(1 << 12) / 64)
    y = y[::-1] if inverted else y
    assert check(Octaves((Plain(),)), Spec(12, False, np.floor(y - 0.5), np.ceil(y + 0.5)))


@pytest.mark.parametrize(
    ("f", "n", "most"),
    [
        (lambda x: 64 * np.sqrt(x), 12, 120),
        (lambda x: 256 * np.cbrt(x), 12, 130),
        (lambda x: 500 * np.log(x + (x == 0)), 12, 90),
        (lambda x: -250_000 / (x + (x == 0)), 12, 200),
        (lambda x: 40 * np.sqrt((1 << 10) - 1 - x), 10, 100),
    ],
    ids=["square root", "cube root", "logarithm", "negative inverse", "from the other end"],
)
def test_octaves_that_are_alike_share_one_table(f, n, most):
    y = f(np.arange(1 << n).astype(float))
    spec = Spec(n, False, np.ceil(y - 0.99), np.floor(y + 0.99))
    best = approximate(spec)
    assert best.name.startswith("float")
    assert "(rows" in best.name
    assert best.luts <= most
    assert spec.allows(best.values())
    assert np.array_equal(lowered(best, spec), best.values())


@pytest.mark.parametrize("generator", GENERATORS, ids=label)
def test_all_codes_free(generator):
    free = np.full(64, BIG)
    check(generator, Spec(6, False, -free, free))


def test_each_generator_finds_something():
    specs = [spec_of(f, 9, 9) for f in FUNCTIONS.values()]
    specs += [spec_of(lambda x: np.tanh(9 * x), 8, 8), spec_of(lambda x: x + 0.02 * x * x, 8, 8)]
    specs += [spec_of(lambda x: np.tanh(4 * x - 2), 8, 8), spec_of(lambda x: x * 0.01, 8, 8)]
    specs += [
        spec_of(lambda x: np.exp(-3 * (2 * x - 1) ** 2), 9, 8),
        spec_of(FUNCTIONS["exp"], 11, 11),
    ]
    specs += [spec_of(lambda x: 1 / (1 + 64 * x), 11, 9), spec_of(np.sqrt, 10, 10)]
    rounded = np.rint(16 * np.sqrt(np.arange(1 << 10)))
    specs.append(Spec(10, False, rounded, rounded))
    for generator in GENERATORS:
        assert any(True for spec in specs for _ in generator(spec)), label(generator)


def test_noise_has_no_smooth_form():
    rng = np.random.default_rng(3)
    y = rng.integers(0, 1 << 8, 1 << 8)
    spec = Spec(8, False, y, y)
    small = [c for g in GENERATORS for c in g(spec) if c.luts < 20 and not c.brams]
    assert small == []


def test_a_function_without_a_design_is_refused(monkeypatch):
    monkeypatch.setattr("symgate.passes.approx._SMALLEST", lambda spec: ())
    with pytest.raises(
        AccuracyError, match=r"^error: no hardware computes a function of 2 bits this exactly\n"
    ):
        approximate(Spec(2, False, [0, 0, 5, 0], [0, 0, 5, 0]))


def test_wrong_windows_are_refused():
    with pytest.raises(
        InputError,
        match=r"^error: windows of shape \(3,\) and \(4,\) do not describe a function of 2 bits\n",
    ):
        Spec(2, False, np.zeros(3), np.zeros(4))
    with pytest.raises(InputError, match=r"^error: the window at code 2 is empty\n"):
        Spec(2, False, [0, 0, 5, 0], [0, 0, 4, 0])
    with pytest.raises(InputError, match=r"^error: a function has values of 2\*\*40 or more units"):
        Spec(1, False, [0, BIG], [0, BIG + 1])


@pytest.fixture(autouse=True)
def _cache(tmp_path, monkeypatch):
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))


@pytest.mark.parametrize("f", FUNCTIONS)
def test_signed_inputs(f):
    spec = spec_of(FUNCTIONS[f], 8, 7, signed=True)
    for c in pareto(spec):
        assert spec.allows(c.values()), c.name
        assert np.array_equal(lowered(c, spec), c.values()), c.name


def test_nothing_on_the_front_is_beaten():
    found = pareto(spec_of(FUNCTIONS["sin"], 9, 9))
    for c in found:
        assert not any(
            o is not c
            and o.luts <= c.luts
            and o.delay <= c.delay
            and o.brams <= c.brams
            and o.dsps <= c.dsps
            for o in found
        )


def test_objectives():
    spec = spec_of(FUNCTIONS["sin"], 10, 10)
    small, fast = approximate(spec, AREA), approximate(spec, LATENCY)
    assert small.luts < fast.luts
    assert small.delay > fast.delay
    assert approximate(spec, Objective(bram=0.0)).brams == 1


@pytest.mark.parametrize("f", FUNCTIONS)
def test_what_is_looked_for_below_a_bound_is_the_smallest_of_all(f):
    spec = spec_of(FUNCTIONS[f], 9, 9)
    best = min(pareto(spec), key=AREA.cost)
    assert (approximate(spec).luts, approximate(spec).dsps) == (best.luts, best.dsps)


def test_no_design_is_looked_for_where_nothing_may_be_left():
    assert front(spec_of(FUNCTIONS["sin"], 6, 6), GENERATORS, Bound(0)) == ()


def test_a_whole_period_is_folded_twice():
    """A half wave and the symmetry of a quarter, about the middle between two codes."""
    y = np.sin(2 * np.pi * (np.arange(1 << 9) + 0.5) / (1 << 9)) * 255
    spec = Spec(9, False, np.floor(y - 0.25).astype(np.int64), np.ceil(y + 0.25).astype(np.int64))
    (quarter,) = Fold(REPEAT, (Fold(MIRROR, (Plain(),)),))(spec)
    (whole,) = Plain()(spec)
    assert quarter.name == "repeat-(mirror(plain))"
    assert quarter.luts < whole.luts / 2
    assert np.array_equal(lowered(quarter, spec), quarter.values())


def test_small_designs_stay_small():
    """Model figures, which follow Yosys within about a third (benchmarks/functions.py measures)."""
    for f, most in (("sin", 30), ("log2", 30), ("tanh", 36), ("exp", 45)):
        assert approximate(spec_of(FUNCTIONS[f], 10, 10)).luts <= most, f


@pytest.mark.slow
@pytest.mark.parametrize("signed", [False, True])
def test_codes_that_go_on_from_the_last_to_the_first_are_counted_from_their_first(signed):
    """As the argument of an exponential that is at most 0 but for its error: without that, a plain
    table is all.
    """
    n, first = 16, -20_000
    y = np.exp(np.arange(first, 3) / 4000) * 500
    lo, hi = np.full(1 << n, -BIG), np.full(1 << n, BIG)
    at = np.arange(first, 3) % (1 << n)
    lo[at], hi[at] = np.floor(y), np.ceil(y)
    spec = Spec(n, signed, lo, hi)
    found = approximate(spec)

    assert found.luts < 200
    assert np.array_equal(lowered(found, spec), found.values())
    assert spec.allows(found.values())


@pytest.mark.parametrize(
    ("f", "n", "frac"),
    [(lambda x: 116 * np.cbrt(x / 100), 15, 10), (lambda x: 20 * np.log(x), 16, 7)],
    ids=["cube root", "logarithm"],
)
def test_steep_starts_have_segments_of_their_own(f, n, frac):
    """From 1 to 100, segments of one length are too long near 1, or too many."""
    x = np.arange(1 << n) / 2.0 ** (n - 7)
    used = (x >= 1) & (x <= 100)
    exact = np.where(used, f(np.where(used, x, 1.0)), 0.0) * 2.0**frac
    low = np.where(used, np.ceil(exact - 1.9), -BIG).astype(np.int64)
    high = np.where(used, np.floor(exact + 1.9), BIG).astype(np.int64)
    spec = Spec(n, False, low, high)

    equal = min((found.luts for found in SquareProduct()(spec)), default=np.inf)
    best = min(UnevenSquare()(spec), key=lambda found: found.luts)
    values = best.values()
    assert np.all((values >= low) & (values <= high))
    assert best.luts < min(equal, 250)


@pytest.mark.parametrize("f", ["exp", "sin", "tanh", "log2"])
def test_segments_of_one_curve_stay_in_their_windows(f):
    spec = spec_of(FUNCTIONS[f], 10, 10)
    check(OneCurve((Plain(),), min_bits=5), spec)


def test_exponentials_are_one_curve():
    spec = spec_of(FUNCTIONS["exp"], 12, 12)
    curve = min(check(OneCurve((Plain(),)), spec), key=AREA.cost)
    others = front(spec, (SquareProduct(), Linear()))
    assert curve.luts < min(c.luts for c in others)


@settings(max_examples=15, deadline=None)
@given(seed=st.integers(0, 2**32 - 1), n=st.integers(5, 8), free=st.sampled_from([0, 0.3]))
def test_one_curve_never_leaves_random_windows(seed, n, free):
    rng = np.random.default_rng(seed)
    y = np.exp(-rng.uniform(0.5, 9) * np.arange(1 << n) / (1 << n)) * rng.integers(10, 400)
    lo, hi = np.floor(y).astype(np.int64) - rng.integers(0, 2), np.ceil(y).astype(np.int64)
    loose = rng.random(y.size) < free
    spec = Spec(n, False, np.where(loose, -BIG, lo), np.where(loose, BIG, hi))
    check(OneCurve((Plain(),), min_bits=5), spec)


@pytest.mark.parametrize("f", ["sin", "tanh", "log2"])
def test_what_is_trimmed_stays_in_its_windows(f):
    spec, found = spec_of(FUNCTIONS[f], 10, 10), []
    for c in (*SquareProduct(min_bits=9)(spec), *Linear()(spec)):
        shorter = trim(c, Windows(spec))
        assert spec.allows(shorter.values())
        assert np.array_equal(lowered(shorter, spec), shorter.values())
        assert shorter.luts <= c.luts
        found.append(c.luts - shorter.luts)
    assert max(found) > 0


def test_rows_that_are_cut_lose_at_most_one_unit_downward():
    n, size = 8, 5
    address, field = Address(n, 3), Low(n, size)
    slope = np.array([-37, -5, 0, 1, 9, 20, 33, 61])
    exact = Rows(address, slope, field, 0)
    for drop in range(1, 5):
        for trims in ((), (1, 0, 2)):
            rows = Rows(address, slope, field, drop, trims)
            moved = sum(1 << (max(0, 2 * i - drop) + rows.trim(i)) for i in range(rows.count))
            offset = (sign_offset([rows]) - sign_offset([exact]) / 2**drop) / 2
            lost = exact.values() / 2**drop + offset - rows.values()
            assert lost.max() - lost.min() <= moved
