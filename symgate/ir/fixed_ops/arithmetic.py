"""Entries that are exact: sums, products, Booth digits, and the smaller and larger of two values."""

from __future__ import annotations

import math
import operator
from collections.abc import Sequence
from fractions import Fraction
from typing import Any

from symgate.ir.domains import Interval, mux
from symgate.ir.fixed_ops.checks import booth_check, count_check
from symgate.ir.fixed_ops.costs import (
    add_luts,
    choice_luts,
    lut_per_bit,
    mul_luts,
    square_luts,
)
from symgate.ir.fixed_ops.delay_rules import (
    booth_loads,
    carry_delay,
    choice_delay,
    choice_loads,
    mul_delay,
    mul_loads,
    one_level,
    sign_loads,
)
from symgate.ir.fixed_ops.entry import Op, on_ranges, on_values
from symgate.ir.lossy import Attr, Types
from symgate.ir.types import FixedType, pow2

#: The digit that each three bits code, lowest bit at half weight.
_DIGITS = (0, 1, 1, 2, -2, -1, -1, 0)


def pattern(value: Fraction, t: FixedType) -> int:
    """The bits of a value as an unsigned number."""
    return int(value / t.ulp) % (1 << t.width)


def opposite(x: Any) -> Any:
    """``x`` with every bit inverted: ``-1 - x``, not ``~x``, which Amaranth keeps unsigned."""
    return -1 - x


def _square_range(x: Interval) -> Interval:
    ends = x.lo**2, x.hi**2
    return Interval(0 if 0 in x else min(ends), max(ends))


def _abs_range(x: Interval) -> Interval:
    return Interval(max(x.lo, -x.hi, 0), max(-x.lo, x.hi))


# A row of Booth's multiplication: a value times a digit of three bits.


def _booth(x: Any, bits: Any) -> Any:
    digit = (bits & 1) + ((bits >> 1) & 1) - ((bits >> 2) & 1) * 2
    return digit * x


def _booth_spec(attr: Attr, types: Types, x: Fraction, bits: Fraction) -> Fraction:
    return x * _DIGITS[pattern(bits, types[1])] * 2 * types[1].ulp


def _booth_range(x: Interval, bits: Interval) -> Interval:
    digits = _DIGITS[bits.lo : bits.hi + 1]
    return Interval.hull(*(digit * end for digit in digits for end in (x.lo, x.hi)))


def _booth_cut(x: Any, bits: Any, drop: int) -> Any:
    """The row without its low bits; a negative digit gives a one's complement."""
    none, twice = (bits == 0) | (bits == 7), (bits == 3) | (bits == 4)
    size = mux(twice, x << 1, mux(none, 0, x)) >> drop
    return mux((bits > 3) & (bits < 7), opposite(size), size)


def _booth_cut_spec(attr: Attr, types: Types, x: Fraction, bits: Fraction) -> Fraction:
    digit = _DIGITS[pattern(bits, types[1])]
    size = math.floor(abs(digit) * x / types[0].ulp * pow2(-attr[0]))
    found = -size - 1 if digit < 0 else size
    return found * pow2(attr[0]) * types[0].ulp * 2 * types[1].ulp


def _booth_cut_interval(attr: Attr, ranges: Sequence[Interval], types: Types) -> Interval:
    x, bits = ranges
    codes, (drop,) = range(bits.lo, bits.hi + 1), attr
    return Interval.hull(*(_booth_cut(end, code, drop) for code in codes for end in (x.lo, x.hi)))


ARITHMETIC = [
    Op(
        "add",
        fn=operator.add,
        spec=on_values(lambda x, y: x + y),
        cpp="{0} + {1}",
        interval=on_ranges(Interval.__add__),
        commutative=True,
        luts=add_luts,
        delay=carry_delay,
    ),
    Op(
        "sub",
        fn=operator.sub,
        spec=on_values(lambda x, y: x - y),
        cpp="{0} - {1}",
        interval=on_ranges(Interval.__sub__),
        luts=lut_per_bit,
        delay=carry_delay,
    ),
    Op(
        "neg",
        fn=operator.neg,
        spec=on_values(lambda x: -x),
        cpp="{t}(0) - {0}",
        interval=on_ranges(Interval.__neg__),
        arity=1,
        luts=lut_per_bit,
        delay=carry_delay,
    ),
    Op(
        "mul",
        fn=operator.mul,
        spec=on_values(lambda x, y: x * y),
        cpp="{0} * {1}",
        interval=on_ranges(Interval.__mul__),
        frac=lambda attr, x, y: x + y,
        commutative=True,
        luts=mul_luts,
        delay=mul_delay,
        loads=mul_loads,
    ),
    Op(
        "square",
        fn=lambda x: x * x,
        spec=on_values(lambda x: x**2),
        cpp="{0} * {0}",
        interval=on_ranges(_square_range),
        frac=lambda attr, x: 2 * x,
        arity=1,
        luts=square_luts,
        delay=mul_delay,
        loads=mul_loads,
    ),
    Op(
        "abs",
        fn=lambda x: mux(x < 0, -x, x),
        spec=on_values(lambda x: max(x, -x)),
        cpp="{0} < 0 ? {t}({t}(0) - {0}) : {t}({0})",
        interval=on_ranges(_abs_range),
        arity=1,
        luts=lut_per_bit,
        delay=carry_delay,
        loads=sign_loads,
    ),
    Op(
        "min",
        fn=lambda x, y: mux(x < y, x, y),
        spec=on_values(min),
        cpp="{0} < {1} ? {t0} : {t1}",
        interval=on_ranges(lambda x, y: Interval(min(x.lo, y.lo), min(x.hi, y.hi))),
        commutative=True,
        luts=choice_luts,
        delay=choice_delay,
        loads=choice_loads,
    ),
    Op(
        "max",
        fn=lambda x, y: mux(x < y, y, x),
        spec=on_values(max),
        cpp="{0} < {1} ? {t1} : {t0}",
        interval=on_ranges(lambda x, y: Interval(max(x.lo, y.lo), max(x.hi, y.hi))),
        commutative=True,
        luts=choice_luts,
        delay=choice_delay,
        loads=choice_loads,
    ),
    Op(
        "booth",
        fn=_booth,
        spec=_booth_spec,
        cpp="booth({s0}, {u1})",
        interval=on_ranges(_booth_range),
        frac=lambda attr, x, bits: x + bits - 1,
        bits=True,
        luts=lut_per_bit,
        delay=one_level,
        loads=booth_loads,
        check=booth_check,
    ),
    Op(
        "booth_cut",
        fn=_booth_cut,
        spec=_booth_cut_spec,
        cpp="booth_cut<{a0}>({s0}, {u1})",
        interval=_booth_cut_interval,
        frac=lambda attr, x, bits: x + bits - 1 - attr[0],
        bits=True,
        attrs=("drop",),
        luts=lut_per_bit,
        delay=one_level,
        loads=booth_loads,
        check=lambda attr, types: count_check(attr, types) or booth_check(attr, types),
    ),
]
