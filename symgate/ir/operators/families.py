"""Families of operators: tables of bits and of steps, one operator for each content.

The contents stand in the name, so that a node, its text and its meaning are one thing everywhere:

- ``lut6_8000000000000000(b0, ..., b5)`` is bit ``b0 + 2 b1 + ... + 32 b5`` of the hexadecimal
  number, where an operand counts as 1 unless it is 0. There are 1 to `MOST_ADDRESS` operands.
- ``steps_0_1_5_3d2_m7(x)`` is 0 below 1, 5 from 1 on, and -7 from 3/2 on: a first value, then
  pairs of a place and the value from there on, with ``m`` for minus and ``d`` for a fraction bar.
"""

from __future__ import annotations

import re
from bisect import bisect_left
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from fractions import Fraction
from functools import partial
from itertools import pairwise
from typing import Any

import numpy as np

from symgate.caches import remembered
from symgate.ir import meanings as m
from symgate.ir.boxes import Box, float_above, float_below, nearest
from symgate.ir.operators.entry import Operator

#: Bits of the address of a table of bits.
MOST_ADDRESS = 16
_BITS = re.compile(r"lut(\d{1,2})_([0-9a-f]+)")
_STEPS = re.compile(r"steps_m?\d+(d\d+)?(_m?\d+(d\d+)?_m?\d+(d\d+)?)*")
_MOST_UNKNOWN = 10  # bits of an address whose entries are looked at one by one
Edges = tuple[tuple[Fraction, Fraction], ...]


def bits_name(count: int, contents: int) -> str:
    """The table of bits of ``count`` operands whose entry k is bit k of ``contents``."""
    return f"lut{count}_{contents:0{max(1, (1 << count) // 4)}x}"


def steps_name(first: Fraction, edges: Edges) -> str:
    """The function that is ``first``, and from each place of ``edges`` on the value beside it."""
    numbers = [first, *(number for edge in edges for number in edge)]
    return "_".join(["steps", *map(_word, numbers)])


def is_family(name: str) -> bool:
    """Whether ``name`` is a table with its contents."""
    return member(name) is not None


def bits_of(name: str) -> tuple[int, int] | None:
    """The operands and the contents of a table of bits; None for another operator."""
    match = _BITS.fullmatch(name) if name.startswith("lut") else None
    if match is None:
        return None
    count, contents = int(match[1]), int(match[2], 16)
    known = 1 <= count <= MOST_ADDRESS and not contents >> (1 << count)
    return (count, contents) if known and bits_name(count, contents) == name else None


@remembered
def steps_of(name: str) -> tuple[Fraction, Edges] | None:
    """The first value and the edges of a table of steps; None for another operator."""
    if not name.startswith("steps_") or not _STEPS.fullmatch(name):
        return None
    try:
        first, *rest = (_number(word) for word in name.split("_")[1:])
    except ZeroDivisionError:
        return None
    edges = tuple(zip(rest[::2], rest[1::2], strict=True))
    rises = all(a < b for (a, _), (b, _) in pairwise(edges))
    return (first, edges) if rises and steps_name(first, edges) == name else None


def step_at(first: Fraction, edges: Edges, x: Fraction) -> Fraction:
    """The value of a table of steps at ``x``, exactly."""
    low, high = 0, len(edges)
    while low < high:
        middle = (low + high) // 2
        low, high = (middle + 1, high) if edges[middle][0] <= x else (low, middle)
    return edges[low - 1][1] if low else first


def _word(value: Fraction) -> str:
    sign = "m" if value < 0 else ""
    bar = f"d{value.denominator}" if value.denominator > 1 else ""
    return f"{sign}{abs(value.numerator)}{bar}"


def _number(word: str) -> Fraction:
    size = Fraction(word.lstrip("m").replace("d", "/"))
    return -size if word.startswith("m") else size


def member(name: str) -> Operator | None:
    """The operator of this name, where it is a table with its contents."""
    if not name.startswith(("lut", "steps_")):
        return None
    return _member(name)


@remembered
def _member(name: str) -> Operator | None:
    bits, steps = bits_of(name), steps_of(name)
    if bits is not None:
        return _table_of_bits(name, *bits)
    return None if steps is None else _table_of_steps(name, *steps)


class Operators(dict[str, Operator]):
    """The table of operators by name: its entries, and any member of a family that is asked for."""

    def __missing__(self, name: str) -> Operator:
        found = member(name)
        if found is None:
            raise KeyError(name)
        return found

    def __contains__(self, name: object) -> bool:
        return super().__contains__(name) or (isinstance(name, str) and is_family(name))

    def get(self, name: str, default: Any = None) -> Any:
        """The operator of this name, ``default`` where there is none."""
        return self[name] if name in self else default  # noqa: SIM401 - `dict.get` makes none


# ------------------------------------------------------------------ tables of bits


def _table_of_bits(name: str, count: int, contents: int) -> Operator:
    packed = contents.to_bytes(max(1, (1 << count) // 8), "little")
    entries = np.unpackbits(np.frombuffer(packed, np.uint8), bitorder="little")
    values = entries[: 1 << count].astype(float)
    return Operator(
        name=name,
        arity=count,
        numpy=partial(_bits_numpy, values),
        ball=partial(_bits_ball, contents),
        interval=partial(_bits_interval, values),
        derivative=None,
        boolean=True,
    )


def _bits_numpy(values: Any, *operands: Any) -> Any:
    index = sum((np.asarray(b) != 0).astype(np.int64) << k for k, b in enumerate(operands))
    undefined = sum(np.asarray(b, float) * 0 for b in operands)  # a number that is none stays none
    return values[index] + np.where(np.isnan(undefined), np.nan, 0.0)


def _bits_ball(contents: int, *operands: Any) -> Any:
    """An exact bit, or a ball around 0 and 1 where the operands do not decide it."""
    if not all(b.is_finite() for b in operands):
        return m.arb("nan")
    possible = [contents]
    for k in reversed(range(len(operands))):
        low = (1 << (1 << k)) - 1
        zero, other = operands[k].contains(0), not operands[k].is_zero()
        halves = [p & low for p in possible if zero] + [p >> (1 << k) for p in possible if other]
        possible = list(dict.fromkeys(halves))
    seen = {entry & 1 for entry in possible}
    return m.arb(next(iter(seen))) if len(seen) == 1 else m.arb(0).union(m.arb(1))


def _bits_interval(values: Any, *operands: Box) -> Box:
    shape = np.broadcast_shapes(*(np.shape(b.lo) for b in operands))
    zero = [np.broadcast_to((b.lo <= 0) & (b.hi >= 0), shape) for b in operands]
    other = [np.broadcast_to((b.lo != 0) | (b.hi != 0), shape) for b in operands]
    open_ = [bool(np.any(a & b)) for a, b in zip(zero, other, strict=True)]
    if sum(open_) > _MOST_UNKNOWN or all(np.all(a & b) for a, b in zip(zero, other, strict=True)):
        return Box(np.full(shape, values.min()), np.full(shape, values.max()))
    low = high = values.reshape(-1, *(1,) * len(shape))
    for k in reversed(range(len(operands))):
        half = low.shape[0] // 2
        low = np.minimum(
            np.where(zero[k], low[:half], np.inf), np.where(other[k], low[half:], np.inf)
        )
        high = np.maximum(
            np.where(zero[k], high[:half], -np.inf), np.where(other[k], high[half:], -np.inf)
        )
    return Box(low[0], high[0])


# ------------------------------------------------------------------ tables of steps


@dataclass(frozen=True, eq=False)
class _Hulls:
    """The least and the largest of runs of values, by runs of powers of two."""

    runs: Sequence[Any]
    of: Callable[..., Any]

    @staticmethod
    def made(values: Any, of: Callable[..., Any]) -> _Hulls:
        runs, width = [values], 1
        while 2 * width <= len(values):
            runs.append(of(runs[-1][:-width], runs[-1][width:]))
            width *= 2
        return _Hulls(runs, of)

    def over(self, first: Any, last: Any) -> Any:
        """That of the values ``first`` to ``last``."""
        level = np.frexp((last - first + 1).astype(float))[1] - 1
        out = np.empty(first.shape)
        for k in np.unique(level):
            at = level == k
            out[at] = self.of(self.runs[k][first[at]], self.runs[k][last[at] - (1 << int(k)) + 1])
        return out


def _table_of_steps(name: str, first: Fraction, edges: Edges) -> Operator:
    values = [first, *(value for _, value in edges)]
    # a float is below an edge exactly where it is below the least float that is not
    places = np.array([float_above(place) for place, _ in edges])
    return Operator(
        name=name,
        arity=1,
        numpy=partial(_steps_numpy, places, np.array([nearest(v) for v in values])),
        ball=partial(_steps_ball, first, edges),
        interval=partial(
            _steps_interval,
            places,
            _Hulls.made(np.array([float_below(v) for v in values]), np.minimum),
            _Hulls.made(np.array([float_above(v) for v in values]), np.maximum),
        ),
        derivative=None,
    )


def _steps_numpy(places: Any, values: Any, x: Any) -> Any:
    x = np.asarray(x, float)
    found = values[np.searchsorted(places, x, side="right")]
    return np.where(np.isnan(x), np.nan, found)


def _steps_ball(first: Fraction, edges: Edges, x: Any) -> Any:
    """The value between two edges, or a ball around all values that ``x`` may have."""
    if not x.is_finite():
        return m.arb("nan")

    def is_from(k: int) -> bool:  # certainly from edge k on
        place = edges[k][0]
        return bool(x * place.denominator >= place.numerator)

    def is_below(k: int) -> bool:  # certainly below edge k
        place = edges[k][0]
        return bool(x * place.denominator < place.numerator)

    # edges rise: those that are reached for certain are the first ones, those missed the last ones
    low = bisect_left(range(len(edges)), True, key=lambda k: not is_from(k))
    high = bisect_left(range(len(edges)), True, key=is_below)
    found = None
    reached = [value for _, value in edges[max(low - 1, 0) : high]]
    for value in dict.fromkeys(reached if low else [first, *reached]):
        ball = m.arb(value.numerator) / value.denominator
        found = ball if found is None else found.union(ball)
    return found


def _steps_interval(places: Any, least: _Hulls, most: _Hulls, x: Box) -> Box:
    shape = np.broadcast_shapes(np.shape(x.lo), np.shape(x.hi))
    ends = (np.atleast_1d(np.broadcast_to(side, shape)) for side in (x.lo, x.hi))
    first, last = (np.searchsorted(places, end, side="right") for end in ends)
    found = (hulls.over(first, last).reshape(shape) for hulls in (least, most))
    return Box(*found)
