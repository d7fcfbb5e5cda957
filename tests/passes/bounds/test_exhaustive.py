"""Every input is tried against what the user wrote, and a claim that an input contradicts stops all."""

from __future__ import annotations

import math
from dataclasses import replace
from fractions import Fraction

import flint
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from typer.testing import CliRunner

from symgate.cli import app
from symgate.errors import BrokenPromise
from symgate.frontend.language.infix import parse
from symgate.ir.evaluate import balls, fraction_ball
from symgate.ir.exactly import around, distance, ends, value_at
from symgate.ir.fixed import Builder
from symgate.ir.function import Function
from symgate.ir.operators import OPERATORS
from symgate.passes.bounds.exhaustive import largest_errors
from symgate.passes.compiler import compile_design
from symgate.passes.lowering import functions
from symgate.passes.pipeline import datapath, normalised
from symgate.passes.widths.quantize import Quantize, targets
from tests.hostile import design, port

F = Fraction
numbers = st.fractions(-20, 20, max_denominator=400)
#: Expressions that stay rational, and some whose values are decided by comparisons of fractions.
TEXTS = [
    "x*z - x/7 + z^3",
    "1/(x*x + 0.3) + abs(z)",
    "where(0.1*x < 0.3, z, x)",
    "where(0.1*x == 0.3*z, 1, 0)",
    "floor(x/3) + ceil(z*0.7) + round(x)",
    "min(x, z, 0.25) + max(x, z) + relu(-x)",
    "mod(x, 0.7) + sign(z) + step(x - z)",
    "where(x > 1 and not z > 0.5, x^-2, sqrt(x*x + 1))",
    "exp(x/9)*sin(z) + log(x*x + 0.1)",
]


def ports():
    return {n: port(n, 5, 2, F(-1), F(31, 16)) for n in "xz"}


def rounded(text: str, frac: int):
    """A graph that gives a constant for every input: its errors are the values of the expression."""
    b = Builder()
    for p in ports().values():
        b.input(p.name, p.type, p.raw)
    b.output("y", b.const(3, frac))
    return b.build(), parse(text, ["x", "z"])


# ------------------------------------------------------------------ one point


@given(st.sampled_from(TEXTS), numbers, numbers, numbers)
def test_the_distance_of_a_point_holds_that_of_balls(text, x, z, y):
    e, point = parse(text, ["x", "z"]), {"x": x, "z": z}
    if text.endswith("x^-2, sqrt(x*x + 1))") and x == 0:
        return
    low, high = distance(e, point, y)

    with flint.ctx.workprec(400):
        value = balls([e], {n: fraction_ball(v) for n, v in point.items()})[e]
        gap = abs(value - fraction_ball(y))
    assert low <= high <= low * (1 + 1e-9) + 1e-300
    assert not gap.is_finite() or gap.overlaps(flint.arb(low).union(flint.arb(high)))


@pytest.mark.parametrize(
    ("text", "x", "value"),
    [
        ("where(0.1*x < 0.3, 1, 0)", 3, 0),
        ("where(0.1*x <= 0.3, 1, 0)", 3, 1),
        ("floor(x/0.3)", F(9, 10), 3),
        ("where(x/3 == 1/3, 1, 0)", 1, 1),
        ("where(x > 0, 1/x, 5)", 0, 5),
        ("round(x*2.5)", 1, 2),
        ("floor(sqrt(x))", F(4, 9), 0),
        ("sqrt(x)", F(4, 9), F(2, 3)),
        ("cbrt(-x)", F(8, 27), F(-2, 3)),
        ("exp2(x)", -3, F(1, 8)),
        ("log2(x) + log2(1/x)", F(1, 32), 0),
        ("log10(x)", 1000, 3),
        ("log2(x)", 1, 0),
    ],
)
def test_ties_are_decided_by_fractions(text, x, value):
    assert value_at(parse(text, ["x"]), {"x": F(x)}) == value


@given(st.fractions())
def test_floats_next_to_a_fraction(value):
    low, high = around(value)

    assert F(low) <= value <= F(high)
    assert low == high or math.nextafter(low, math.inf) == high
    with flint.ctx.workprec(90):
        first, last = ends(fraction_ball(value))
    assert first <= low
    assert high <= last


@given(st.floats(0.1, 9), st.floats(-3, 3))
def test_functions_of_fractions(t, k):
    f = Function(parse("floor(t*3) + log(t)", None))
    with flint.ctx.workprec(200):
        assert f.ball(flint.arb(t)).overlaps(
            value_at(parse("floor(x*3) + log(x)", ["x"]), {"x": F(t)})
        )


# ------------------------------------------------------------------ every input


@pytest.mark.parametrize("text", TEXTS[:1] + TEXTS[2:6] + TEXTS[8:])
def test_the_largest_error_is_that_of_every_input(text):
    graph, e = rounded(text, 2)
    found = largest_errors(graph, {"y": e}, ports(), {"y": math.inf})["y"]

    each = [
        distance(e, {"x": F(x, 8), "z": F(z, 8)}, F(3, 4))
        for x in range(-8, 16)
        for z in range(-8, 16)
    ]
    least, most = max(a for a, _ in each), max(b for _, b in each)
    assert found.least <= least * (1 + 1e-9)
    assert least <= found.most <= most * (1 + 2**-19) + 1e-300
    assert found.most <= found.least * (1 + 2**-19) + 1e-300


@pytest.mark.parametrize("text", TEXTS[:1] + TEXTS[2:6] + TEXTS[8:])
def test_a_claim_below_the_largest_error_is_contradicted_by_its_input(text):
    graph, e = rounded(text, 2)
    largest = largest_errors(graph, {"y": e}, ports(), {"y": math.inf})["y"]

    with pytest.raises(BrokenPromise) as raised:
        largest_errors(graph, {"y": e}, ports(), {"y": largest.least * (1 - 1e-6)})
    codes = [
        int(part.split("code ")[1].rstrip(")")) for part in str(raised.value.where).split(", ")
    ]
    low, _ = distance(e, dict(zip("xz", (F(c, 8) for c in codes), strict=True)), F(3, 4))
    assert low > largest.least * (1 - 1e-6)


def test_a_broken_promise_says_where(golden):
    graph, e = rounded("x*z", 2)

    with pytest.raises(BrokenPromise) as raised:
        largest_errors(graph, {"y": e}, ports(), {"y": 0.5})
    golden(str(raised.value))


@pytest.mark.parametrize(
    "text",
    [
        "where(0.1*x < 0.3*z, x, z)",
        "where(x/3 <= z/3, 0.5, 0)",
        "floor(x*0.3/0.3)",
        "(x + 0.1) - 0.1",
    ],
)
def test_what_intervals_cannot_decide_is_no_false_alarm(text):
    made = compile_design(design(text, list(ports().values()), F(1, 1 << 20)))

    assert made.certificate.bounds[0].bound <= 2**-20


# ------------------------------------------------------------------ planted faults


def planted(text="log(x)", error=1.0):
    return design(text, [port("x", 10, 3, F(1, 128), F(15, 2))], error)


def test_a_wrong_rewriting_is_contradicted():
    d, other = planted(), planted("log(x) + 2^-6*x", 0.02)
    step = Quantize(d.inputs, targets(other), meant=dict(other.outputs))

    with pytest.raises(BrokenPromise):
        step(datapath(d, normalised(d)))


@pytest.fixture
def free_window(monkeypatch):
    """The first code of each function counts as one that cannot occur."""

    def image(c, e, plain=functions._image):
        seen = plain(c, e)
        last = seen.last.copy()
        last[np.argmin(np.where(seen.occurs, seen.first, np.iinfo(np.int64).max))] = -1
        return replace(seen, last=last, first=np.maximum(seen.first, 0))

    monkeypatch.setattr(functions, "_image", image)


def test_a_free_window_that_occurs_is_contradicted(free_window):
    with pytest.raises(BrokenPromise):
        compile_design(planted())


def test_a_wrong_interval_is_contradicted(monkeypatch):
    def shifted(x, rule=OPERATORS["log"].interval):
        return rule(x) + type(x).exact(0.25)

    wrong = replace(OPERATORS["log"], interval=shifted)
    monkeypatch.setitem(OPERATORS, "log", wrong)

    with pytest.raises(BrokenPromise):
        compile_design(planted())


def test_nothing_is_written(free_window, tmp_path):
    file, folder = tmp_path / "d.toml", tmp_path / "out"
    file.write_text(
        '[inputs]\nx = { format = "ufixed<10,3>", range = ["2^-7", 7.5] }\n'
        '[outputs]\ny = "log(x)"\n[accuracy]\nmax_error = 1.0\n'
    )
    done = CliRunner().invoke(app, ["compile", str(file), "-o", str(folder)])

    assert done.exit_code == 1
    assert "more than its certified bound" in done.output
    assert "report this" in done.output
    assert list(tmp_path.iterdir()) == [file]
