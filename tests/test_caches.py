"""What is remembered: the same results, within the limit, in one place."""

from __future__ import annotations

import ast
import subprocess
import sys
from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from symgate import caches
from symgate.caches import Caches, bytes_of, remembered, using
from symgate.ir.boxes import Box
from symgate.ir.expr import make, var
from symgate.ir.function import function

KB = 1024


def counting(function):
    """``function`` with a memory, and the list of arguments for which it was called."""
    calls = []

    @remembered
    def call(argument):
        calls.append(argument)
        return function(argument)

    return call, calls


def test_a_result_is_made_once():
    call, calls = counting(lambda n: [n])
    with using(Caches()):
        assert call(3) is call(3)
        assert call(4) == [4]
    assert calls == [3, 4]


def test_two_functions_share_no_results():
    double, _ = counting(lambda n: 2 * n)
    square, _ = counting(lambda n: n * n)
    with using(Caches()):
        assert [double(3), square(3), double(3)] == [6, 9, 6]


def test_an_error_is_not_remembered():
    call, calls = counting(lambda n: 1 // n)
    with using(Caches()):
        for _ in range(2):
            with pytest.raises(ZeroDivisionError):
                call(0)
    assert calls == [0, 0]


def test_what_is_dropped_is_made_again():
    call, calls = counting(lambda n: bytes(n))
    with using(Caches()) as held:
        call(9 * KB)
        assert held.held > 9 * KB
        held.drop()
        assert held.held == 0
        call(9 * KB)
    assert calls == [9 * KB, 9 * KB]


def test_the_block_uses_its_own_caches():
    call, calls = counting(lambda n: n)
    inner = Caches()
    call(1)
    with using(inner):
        assert caches.current() is inner
        call(1)
    assert caches.current() is not inner
    call(1)
    assert calls == [1, 1]


@given(st.lists(st.integers(0, 30), max_size=60), st.integers(4, 80))
def test_the_limit_holds_after_every_call(sizes, limit):
    call, _ = counting(lambda n: bytes(n * KB))
    with using(Caches(limit * KB)) as held:
        for size in sizes:
            assert len(call(size)) == size * KB
            assert held.held <= held.limit
            kept = [*held._young.results.items(), *held._old.results.items()]
            assert held.held == sum(map(bytes_of, kept))


def test_what_is_used_stays():
    call, calls = counting(lambda n: bytes(KB))
    with using(Caches(20 * KB)):
        for number in range(100):
            call(-1)
            call(number)
    assert calls.count(-1) == 1


def test_what_is_too_large_is_not_kept():
    call, calls = counting(lambda n: bytes(n))
    with using(Caches(10 * KB)) as held:
        call(1)
        before = held.held
        call(6 * KB)
        assert held.held == before
        call(1)
    assert calls == [1, 6 * KB]


@pytest.mark.parametrize(
    ("value", "least"),
    [
        (np.zeros(1000), 8000),
        ([np.zeros(1000), {"a": np.zeros(500)}], 12000),
        (np.zeros(1000)[:1], 8000),  # a view keeps alive what it shows
        (np.broadcast_to(np.zeros(10), (1000, 10)), 80),
        (Box(np.zeros(1000), np.ones(1000)), 16000),
        (Fraction(1 << 8000, 3), 1000),
        (1 << 8000, 1000),
        (var("x") + var("y"), 100),
    ],
)
def test_bytes_of_what_is_kept(value, least):
    assert least <= bytes_of(value) <= least + 3000


def test_what_is_met_twice_is_counted_once():
    array = np.zeros(1000)
    assert bytes_of([array, array]) < bytes_of([array]) + 100


def test_hulls_of_a_function_are_within_the_limit():
    """They were up to 170 MB for 512 functions."""
    t = Box(np.linspace(0, 1, 100), np.linspace(0.5, 2, 100))
    bodies = [function(lambda x, k=k: make("sin", x * Fraction(k, 7))) for k in range(1, 40)]
    with using(Caches(4 << 20)) as held:
        small = [f.interval(t) for f in bodies]
        assert 0 < held.held <= held.limit
    with using(Caches()):
        large = [f.interval(t) for f in bodies]
    for a, b in zip(small, large, strict=True):
        assert np.array_equal(a.lo, b.lo)
        assert np.array_equal(a.hi, b.hi)


def test_importing_fills_nothing():
    script = "import symgate.api\nfrom symgate import caches\nprint(caches.current().held)"
    run = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert int(run.stdout) < 64 * KB


def test_there_is_no_other_cache(root):
    """A cache of functools is held by nobody, and without an end where it is told no size."""
    found = []
    for path in sorted((root / "symgate").rglob("*.py")):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            names = [alias.name for alias in node.names] if isinstance(node, ast.ImportFrom) else []
            if {"cache", "lru_cache"}.intersection(names) and node.module == "functools":
                found.append(f"{path.relative_to(root)}:{node.lineno}")
            if isinstance(node, ast.Attribute) and node.attr in ("lru_cache",):
                found.append(f"{path.relative_to(root)}:{node.lineno}")
    assert found == []
