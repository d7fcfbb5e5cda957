"""Boxes and points that are hard for interval arithmetic, and the check of an enclosure at each.

A `Sample` has one row per comparison: a box of each operand, and one point inside each box. Ends
are drawn from all floats: near 0 and of moderate size, any bit pattern, subnormal, signed zeros,
the largest, whole and half numbers, the operator's own special values, each also some units in the
last place away. Boxes are points, some units wide, narrow, wide, or open to infinity. Points are
ends of their boxes, uniform inside, a special value inside, or one unit away from an end.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import flint
import numpy as np
import pytest
from numpy.typing import NDArray

from symgate.ir.boxes import Box

Floats = NDArray[np.float64]
Bits = NDArray[np.bool_]
Fold = Callable[[Floats], Floats]
Inner = Callable[[np.random.Generator, Box], Floats]
LARGEST, SMALLEST, TINY = 1.7976931348623157e308, 2.0**-1022, 2.0**-1074
#: Values that are special for arithmetic itself; the square of 2^600, the cube of 2^341 overflow.
COMMON = [0.0, -0.0, 0.5, 1.0, -1.0, 2.0, 1.5, LARGEST, -LARGEST, SMALLEST, TINY, -TINY, 2.0**53]
COMMON += [2.0**600, -(2.0**600), -(2.0**341), 2.0**-600]
#: Bits of the truth: first few, then so many that sums of the largest and the smallest are exact.
FEW, MANY = 160, 2200
#: Comparisons of one box; half of them are at its ends.
PER_BOX = 4
QUICK, WHOLE = 20_000, 1_000_000
#: A quick part for every run, and the whole audit.
sizes = pytest.mark.parametrize("rows", [QUICK, pytest.param(WHOLE, marks=pytest.mark.slow)])


@dataclass(frozen=True)
class Sample:
    """Boxes of the operands and a point in each, one row per comparison."""

    boxes: tuple[Box, ...]
    points: tuple[Floats, ...]


# Drawing


def moved(rng: np.random.Generator, x: Floats, most: int = 3) -> Floats:
    """``x`` up to ``most`` units in the last place away."""
    steps = rng.integers(-most, most + 1, x.shape)
    side = np.where(steps < 0, -np.inf, np.inf)
    out = x.copy()
    with np.errstate(over="ignore", under="ignore"):
        for k in range(1, most + 1):
            out = np.where(np.abs(steps) >= k, np.nextafter(out, side), out)
    return np.clip(out, -LARGEST, LARGEST)


def any_float(rng: np.random.Generator, count: int) -> Floats:
    """Finite floats of any bit pattern."""
    found = rng.integers(0, 1 << 64, count, dtype=np.uint64).view(np.float64)
    return np.where(np.isfinite(found), found, 1.0)


def ends(rng: np.random.Generator, count: int, special: Sequence[float] = ()) -> Floats:
    """Numbers for the ends of boxes; a quarter of them at ``special`` values or near them."""
    sign = rng.choice([-1.0, 1.0], count)
    own = [*COMMON, *special, *special, *special]
    kinds = [
        rng.uniform(-8, 8, count),
        rng.uniform(-8, 8, count),
        rng.uniform(-800, 800, count),
        sign * 2.0 ** rng.uniform(-60, 60, count),
        sign * 2.0 ** rng.uniform(-1074, 1023, count),
        any_float(rng, count),
        sign * rng.integers(1, 1 << 52, count) * TINY,
        moved(rng, rng.integers(-64, 65, count) / 2.0, 2),
        moved(rng, sign * np.floor(2.0 ** rng.uniform(0, 54, count)) / 2, 1),
        rng.choice(own, count),
        moved(rng, rng.choice(own, count)),
        moved(rng, rng.choice(own, count), 40),
    ]
    return np.choose(rng.integers(0, len(kinds), count), kinds)


def box_around(rng: np.random.Generator, a: Floats, other: Floats) -> Box:
    """Boxes with one end at ``a``, of all widths; the widest reach to ``other``."""
    count = len(a)
    with np.errstate(over="ignore"):
        relative = np.clip(a * (1 + 2.0 ** rng.uniform(-52, 1, count)), -LARGEST, LARGEST)
        absolute = a + 2.0 ** rng.uniform(-30, 8, count)
    second = [a, a, moved(rng, a), moved(rng, a, 20), relative, absolute, absolute, other, other]
    b = np.choose(rng.integers(0, len(second), count), second)
    lo, hi = np.minimum(a, b), np.maximum(a, b)
    open_ = rng.random(count)
    return Box(np.where(open_ < 0.01, -np.inf, lo), np.where(open_ > 0.99, np.inf, hi))


def points_in(rng: np.random.Generator, box: Box, inner: Floats) -> list[Floats]:
    """`PER_BOX` points of each box: two ends, one inside, and ``inner`` or one close to an end."""
    lo, hi = np.clip(box.lo, -LARGEST, LARGEST), np.clip(box.hi, -LARGEST, LARGEST)
    share = rng.random(lo.shape)
    between = np.clip(lo * (1 - share) + hi * share, lo, hi)
    near = np.where(rng.random(lo.shape) < 0.5, np.nextafter(lo, hi), np.nextafter(hi, lo))
    found = (lo <= inner) & (inner <= hi)
    corners = [np.where(rng.random(lo.shape) < 0.5, lo, hi) for _ in range(2)]
    return [*corners, between, np.where(found, inner, near)]


def related(rng: np.random.Generator, x: Floats, to: Box) -> Floats:
    """``x``, a sixth of it replaced by ends of ``to``, a sixth by numbers that divide these."""
    kind = rng.integers(0, 6, x.shape)
    end = np.clip(np.where(rng.random(x.shape) < 0.5, to.lo, to.hi), -LARGEST, LARGEST)
    divisor = moved(rng, end / rng.integers(1, 1000, x.shape), 1)
    return np.where(kind == 0, moved(rng, end), np.where(kind == 1, divisor, x))


def sample(
    rng: np.random.Generator,
    rows: int,
    arity: int,
    special: Sequence[float] = (),
    folds: Sequence[Fold | None] = (),
    inner: Inner | None = None,
) -> Sample:
    """About ``rows`` rows of ``arity`` operands.

    ``folds`` bring most numbers into the domain of an operand; ``inner`` gives points that matter
    inside a box.
    """
    count = -(-rows // PER_BOX)
    boxes: list[Box] = []
    points: list[list[Floats]] = []
    for k in range(arity):
        first, second = ends(rng, count, special), ends(rng, count, special)
        if boxes:
            first = related(rng, first, boxes[0])
        if k < len(folds) and (fold := folds[k]) is not None:
            inside = rng.random(count) < 0.9
            with np.errstate(all="ignore"):
                first = np.where(inside, fold(first), first)
                second = np.where(inside, fold(second), second)
        box = box_around(rng, first, second)
        middle = rng.choice([*COMMON, *special], count) if inner is None else inner(rng, box)
        boxes.append(box)
        points.append(points_in(rng, box, middle))
    repeated = tuple(Box(np.tile(b.lo, PER_BOX), np.tile(b.hi, PER_BOX)) for b in boxes)
    return Sample(repeated, tuple(np.concatenate(p) for p in points))


# Checking


def outside(
    name: str, found: Any, truth: Callable[..., Any], s: Sample, defined: Bits | None = None
) -> list[str]:
    """The rows whose exact value is proved to lie outside the enclosure ``found``, as messages.

    ``found`` has ends ``lo`` and ``hi``; ``truth`` takes python-flint balls without radius. A value
    that `MANY` bits do not separate from an end counts as inside; one that is larger than balls can
    hold must be in an enclosure that is open. No interval at all (NaN, +inf below, -inf above) is a
    failure, also where nothing is ``defined``.
    """
    size = len(s.points[0])
    lo, hi = (np.broadcast_to(side, size) for side in (found.lo, found.hi))
    wrong = ~(lo <= hi) | (lo == np.inf) | (hi == -np.inf)
    rows = np.arange(size) if defined is None else np.flatnonzero(defined & ~wrong)
    columns = (values[rows].tolist() for values in (lo, hi, *s.points))
    bad = set(np.flatnonzero(wrong).tolist())
    with flint.ctx.workprec(FEW):
        for row, low, high, *point in zip(rows.tolist(), *columns, strict=True):
            value = truth(*map(flint.arb, point))
            if not (low <= value and value <= high) and missed(low, high, truth, point):
                bad.add(row)
    return [message(name, lo, hi, truth, s, row) for row in sorted(bad)]


def missed(low: float, high: float, truth: Callable[..., Any], point: Sequence[float]) -> bool:
    """Whether the exact value at ``point`` is proved to lie below ``low`` or above ``high``."""
    with flint.ctx.workprec(MANY):
        value = truth(*map(flint.arb, point))
        if value.is_finite():
            return bool(value < low or value > high)
    return low > -math.inf and high < math.inf


def message(
    name: str, lo: Floats, hi: Floats, truth: Callable[..., Any], s: Sample, row: int
) -> str:
    """The operator, its operands, the point, the exact value there, and the enclosure."""
    point = [float(values[row]) for values in s.points]
    spans = ", ".join(f"[{end(b.lo, row)!r}, {end(b.hi, row)!r}]" for b in s.boxes)
    with flint.ctx.workprec(FEW):
        exact = truth(*map(flint.arb, point)).str(30, radius=False)
    return (
        f"{name}({spans}) at {point}: {exact}, enclosed by [{float(lo[row])!r}, {float(hi[row])!r}]"
    )


def end(side: Floats, row: int) -> float:
    """One end of a box that may be the same in every row."""
    return float(side.flat[row if side.size > 1 else 0])


def report(failures: Iterator[str] | Sequence[str]) -> None:
    """Fail with the first few messages."""
    found = list(failures)
    assert not found, "\n".join([f"{len(found)} values outside, such as", *found[:12]])
