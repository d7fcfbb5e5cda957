"""The audit of `tests.ir.test_interval_audit` for what is no entry of OPERATORS: methods of boxes,
numbers that are no floats, tables of functions, and integers.
"""

from __future__ import annotations

import random
from collections.abc import Callable
from fractions import Fraction
from typing import Any

import flint
import numpy as np
import pytest

from symgate.frontend.language.infix import parse
from symgate.ir.boxes import Box, magnitudes, power
from symgate.ir.domains import Interval
from symgate.ir.fixed_ops import OPS, Op
from symgate.ir.function import Function
from symgate.ir.operators import OPERATORS
from symgate.ir.types import FixedType, Overflow, Rounding
from tests.ir.audit import (
    FEW,
    LARGEST,
    Sample,
    any_float,
    box_around,
    ends,
    moved,
    outside,
    points_in,
    report,
    sample,
    sizes,
)

#: What a method computes, and the exact value.
METHODS: dict[str, tuple[Callable[..., Box], Callable[..., Any]]] = {
    "+": (Box.__add__, lambda x, y: x + y),
    "-": (Box.__sub__, lambda x, y: x - y),
    "*": (Box.__mul__, lambda x, y: x * y),
    "/": (Box.__truediv__, lambda x, y: x / y),
    "neg": (Box.__neg__, lambda x: -x),
    "reciprocal": (Box.reciprocal, lambda x: 1 / x),
    "magnitudes": (magnitudes, abs),
    "union, first": (Box.union, lambda x, y: x),
    "union, second": (Box.union, lambda x, y: y),
}
ARITY = {"neg": 1, "reciprocal": 1, "magnitudes": 1}
POWERS = (0, 1, 2, 3, 4, 5, 7, 8, 9, 16, 53, 54, 1023, 10**6)


@sizes
@pytest.mark.parametrize("name", METHODS)
def test_method_of_a_box(name, rows, rng):
    method, truth = METHODS[name]
    s = sample(rng, rows, ARITY.get(name, 2))
    defined = s.points[-1] != 0 if name in ("/", "reciprocal") else None
    report(outside(name, method(*s.boxes), truth, s, defined))


@sizes
def test_meet_of_boxes(rows, rng):
    s = sample(rng, rows, 2)
    first, second = s.boxes
    wider = first.union(second)
    report(outside("meet", first.meet(wider), lambda x: x, Sample((first,), s.points[:1])))


@sizes
@pytest.mark.parametrize("n", POWERS)
def test_whole_power(n, rows, rng):
    s = sample(rng, rows // len(POWERS), 1, [1.0, -1.0])
    report(outside(f"power {n}", power(s.boxes[0], n), lambda x: x**n, s))


def fractions(rng: np.random.Generator, rows: int) -> list[Fraction]:
    """Numbers next to floats and halfway between them, of any size, and short quotients."""
    base = ends(rng, rows)
    tiny = Fraction(1, 10**330)
    shifts = [0, tiny, -tiny, Fraction(1, 3), Fraction(10) ** 320]
    out = [Fraction(x) + shifts[k % len(shifts)] for k, x in enumerate(base.tolist())]
    near = moved(rng, base, 1)
    out += [
        (Fraction(x) + Fraction(y)) / 2 for x, y in zip(base.tolist(), near.tolist(), strict=True)
    ]
    numbers = rng.integers(-(10**6), 10**6, (rows, 2)).tolist()
    return out + [Fraction(a, abs(b) + 1) for a, b in numbers]


@sizes
def test_box_around_a_number(rows, rng):
    failures = []
    for x in fractions(rng, rows // 3):
        b = Box.around(x)
        lo, hi = float(b.lo), float(b.hi)
        above = lo == -np.inf or (lo < np.inf and Fraction(lo) <= x)
        below = hi == np.inf or (hi > -np.inf and x <= Fraction(hi))
        if not (above and below):
            failures.append(f"around({x}): [{lo!r}, {hi!r}]")
    report(failures)


@pytest.mark.parametrize("name", ["pi", "e"])
def test_a_constant_lies_between_two_floats(name):
    op = OPERATORS[name]
    b = op.interval()
    with flint.ctx.workprec(FEW):
        assert float(b.lo) < op.ball() < float(b.hi)
    assert np.nextafter(b.lo, np.inf) == b.hi


# Functions as tables of intervals


BODIES: dict[str, Callable[[Any], Any]] = {
    "sin(t)": lambda t: t.sin(),
    "exp(-t*t)": lambda t: (-t * t).exp(),
    "1/(t*t + 1/8)": lambda t: 1 / (t * t + flint.arb(1) / 8),
    "tanh(4*t)": lambda t: (4 * t).tanh(),
    "floor(3*t)": lambda t: (3 * t).floor(),
    "t**3 - t": lambda t: t**3 - t,
    "log(t*t + 1/64)": lambda t: (t * t + flint.arb(1) / 64).log(),
}
SPAN = 1000  # boxes that share one table


#: Ranges of tables whose cells are hard to place: far from 0, of few floats, of all floats.
SPANS = [
    (2.0**40, 2.0**40 + 1),
    (1e15, 1e15 + 2),
    (0.0, 5e-324),
    (0.0, 2.0**-1060),
    (1.0, 1.0 + 2.0**-50),
    (-LARGEST, LARGEST),
    (0.0, LARGEST),
]


def span_of(rng: np.random.Generator) -> tuple[float, float]:
    """The range of a table: of moderate size, hard, or between any floats."""
    kind = rng.integers(0, 10)
    if kind == 0:
        return SPANS[rng.integers(0, len(SPANS))]
    if kind == 1:
        lo, hi = np.sort(any_float(rng, 2)).tolist()
        return lo, hi
    centre, width = rng.uniform(-4, 4), 2.0 ** rng.uniform(-20, 3)
    return centre, centre + width


def boxes_within(rng: np.random.Generator, lo: float, hi: float) -> Sample:
    """Boxes of which many begin and end at cells of a table."""
    share = np.concatenate([rng.random(SPAN - 64), rng.integers(0, 2049, 64) / 2048])
    places = moved(rng, np.clip(lo * (1 - share) + hi * share, lo, hi))
    width = (hi / 2 - lo / 2) * 2.0 ** rng.uniform(-14, 0, SPAN)
    with np.errstate(over="ignore"):
        last = np.clip(places + width, lo, hi)
    box = box_around(rng, places, last)
    inside = Box(np.clip(box.lo, lo, hi), np.clip(box.hi, lo, hi))
    corner, *_, inner = points_in(rng, inside, np.full(SPAN, lo))
    twice = Box(np.tile(inside.lo, 2), np.tile(inside.hi, 2))
    return Sample((twice,), (np.concatenate([corner, inner]),))


@sizes
@pytest.mark.parametrize("body", BODIES)
def test_table_of_a_function(body, rows, rng):
    f = Function(parse(body, ["t"]))
    spans = [*SPANS, *(span_of(rng) for _ in range(rows // (2 * SPAN)))]
    for lo, hi in spans:
        s = boxes_within(rng, lo, hi)
        report(outside(body, f.interval(s.boxes[0]), BODIES[body], s))


# Integers


POINTS = 64  # of each box of integers


def whole(chance: random.Random) -> int:
    """A number of up to 80 bits, near 0 or near a power of two."""
    size = 1 << chance.randrange(80)
    return chance.choice([-1, 1]) * chance.choice(
        [chance.randrange(size), size, size - 1, size + 1]
    )


def range_of(chance: random.Random, width: int) -> tuple[FixedType, Interval]:
    """A format, and codes that it holds."""
    t = FixedType(chance.random() < 0.6, width, chance.randint(-3, 9))
    a, b = (min(max(whole(chance), t.lo), t.hi) for _ in range(2))
    return t, chance.choice([Interval.hull(a, b), Interval(a, a), Interval(t.lo, t.hi)])


def attributes(op: Op, first: FixedType, chance: random.Random) -> tuple[Any, ...]:
    choices: dict[str, Any] = {
        "n": chance.randint(0, 90),
        "drop": chance.randint(0, 90),
        "mode": str(chance.choice([*Rounding] if op.name == "round" else [*Overflow][1:])),
        "width": chance.randint(1, 90),
        "signed": chance.randint(0, 1),
        "hi": chance.randint(8, 90),
        "lo": chance.randint(0, 8),
        "low_width": chance.randint(1, 90),
        "values": tuple(whole(chance) for _ in range(1 << min(first.width, 6))),
        "frac": chance.randint(-2, 6),
    }
    return tuple(choices[name] for name in op.attrs)


def operands(op: Op, chance: random.Random) -> tuple[tuple[FixedType, ...], list[Interval]]:
    """Formats and ranges that fit the operator most of the time."""
    widths = [chance.randint(1, 80) for _ in range(op.arity)]
    if "values" in op.attrs:
        widths[0] = chance.randint(1, 6)
    drawn = [range_of(chance, w) for w in widths]
    if op.name.startswith("booth"):
        a, b = sorted((chance.randrange(8), chance.randrange(8)))
        drawn[1] = FixedType(False, 3, 0), Interval(a, b)
    if op.name in ("and", "or", "not", "select"):
        bits = op.arity if op.name != "select" else 1
        drawn[:bits] = [
            (
                FixedType(False, 1, 0),
                chance.choice([Interval(0, 0), Interval(0, 1), Interval(1, 1)]),
            )
            for _ in range(bits)
        ]
    if op.name == "concat":
        a = abs(whole(chance)) % (1 << widths[1])
        drawn[1] = FixedType(False, widths[1], 0), Interval(0, a)
    return tuple(t for t, _ in drawn), [r for _, r in drawn]


@sizes
@pytest.mark.parametrize("op", OPS.values(), ids=lambda op: op.name)
def test_interval_of_integers(op, rows, rng):
    chance = random.Random(int(rng.integers(1 << 60)))
    compared, failures = 0, []
    while compared < rows:
        types, ranges = operands(op, chance)
        attr = attributes(op, types[0], chance)
        if op.check(attr, types) is not None:
            continue
        found = op.interval(attr, ranges, types)
        for _ in range(POINTS):
            point = [chance.choice([r.lo, r.hi, chance.randint(r.lo, r.hi)]) for r in ranges]
            value = int(op.fn(*point, *attr))
            compared += 1
            if value not in found:
                failures.append(f"{op.name}{attr} of {ranges} at {point}: {value}, not in {found}")
    report(failures)
