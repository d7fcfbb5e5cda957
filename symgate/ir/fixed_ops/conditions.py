"""Entries about single bits: comparisons, logic, and the choice by a bit."""

from __future__ import annotations

import operator
from collections.abc import Callable
from fractions import Fraction
from typing import Any

from symgate.ir.domains import Interval, mux
from symgate.ir.fixed_ops.checks import bit_check
from symgate.ir.fixed_ops.costs import (
    compare_luts,
    equal_luts,
    half_lut,
    half_lut_per_bit,
)
from symgate.ir.fixed_ops.delay_rules import (
    compare_delay,
    compare_loads,
    equal_delay,
    one_level,
    select_loads,
)
from symgate.ir.fixed_ops.entry import Op, on_ranges, on_values, same
from symgate.ir.lossy import Attr

Test = Callable[[Interval, Interval], bool]


def _whole(attr: Attr, *fracs: int) -> int:
    """Bits have no binary point."""
    return 0


def _of_aligned(attr: Attr, *fracs: int) -> int:
    """A bit about operands that share their binary point."""
    same(attr, *fracs)
    return 0


def _test_range(can_be_true: Test, can_be_false: Test) -> Callable[[Interval, Interval], Interval]:
    """The range of a comparison, from whether it can be true and whether it can be false."""

    def rule(x: Interval, y: Interval) -> Interval:
        return Interval(0 if can_be_false(x, y) else 1, 1 if can_be_true(x, y) else 0)

    return rule


def _overlap(x: Interval, y: Interval) -> bool:
    return x.lo <= y.hi and y.lo <= x.hi


def _differ(x: Interval, y: Interval) -> bool:
    return not x.lo == x.hi == y.lo == y.hi


def _chosen(condition: Interval, then: Interval, other: Interval) -> Interval:
    if not condition.hi:
        return other
    if condition.lo:
        return then
    return Interval.hull(then.lo, then.hi, other.lo, other.hi)


def _fraction(test: Callable[..., Any]) -> Callable[..., Fraction]:
    return on_values(lambda *values: Fraction(bool(test(*values))))


COMPARISONS = [
    Op(
        "lt",
        fn=lambda x, y: mux(x < y, 1, 0),
        spec=_fraction(operator.lt),
        cpp="{0} < {1}",
        interval=on_ranges(_test_range(lambda x, y: x.lo < y.hi, lambda x, y: x.hi >= y.lo)),
        frac=_of_aligned,
        luts=compare_luts,
        delay=compare_delay,
        loads=compare_loads,
    ),
    Op(
        "le",
        fn=lambda x, y: mux(y < x, 0, 1),
        spec=_fraction(operator.le),
        cpp="{0} <= {1}",
        interval=on_ranges(_test_range(lambda x, y: x.lo <= y.hi, lambda x, y: x.hi > y.lo)),
        frac=_of_aligned,
        luts=compare_luts,
        delay=compare_delay,
        loads=compare_loads,
    ),
    Op(
        "eq",
        fn=lambda x, y: mux(x == y, 1, 0),
        spec=_fraction(operator.eq),
        cpp="{0} == {1}",
        interval=on_ranges(_test_range(_overlap, _differ)),
        frac=_of_aligned,
        commutative=True,
        luts=equal_luts,
        delay=equal_delay,
        loads=compare_loads,
    ),
]

LOGIC = [
    Op(
        "and",
        fn=operator.and_,
        spec=_fraction(lambda x, y: x != 0 and y != 0),
        cpp="{i0} & {i1}",
        interval=on_ranges(lambda x, y: Interval(x.lo & y.lo, x.hi & y.hi)),
        frac=_whole,
        bits=True,
        commutative=True,
        luts=half_lut,
        delay=one_level,
        check=bit_check,
    ),
    Op(
        "or",
        fn=operator.or_,
        spec=_fraction(lambda x, y: x != 0 or y != 0),
        cpp="{i0} | {i1}",
        interval=on_ranges(lambda x, y: Interval(x.lo | y.lo, x.hi | y.hi)),
        frac=_whole,
        bits=True,
        commutative=True,
        luts=half_lut,
        delay=one_level,
        check=bit_check,
    ),
    Op(
        "not",
        fn=lambda x: x ^ 1,
        spec=_fraction(lambda x: x == 0),
        cpp="{i0} ^ 1",
        interval=on_ranges(lambda x: Interval(1 - x.hi, 1 - x.lo)),
        frac=_whole,
        bits=True,
        arity=1,
        luts=half_lut,
        delay=one_level,
        check=bit_check,
    ),
    Op(
        "select",
        fn=mux,
        spec=on_values(lambda condition, x, y: x if condition else y),
        cpp="{i0} != 0 ? {t1} : {t2}",
        interval=on_ranges(_chosen),
        frac=lambda attr, condition, *fracs: same(attr, *fracs),
        arity=3,
        luts=half_lut_per_bit,
        delay=one_level,
        loads=select_loads,
        check=lambda attr, types: bit_check(attr, types[:1]),
    ),
]
