"""Entries that move bits, look them up, or take some away."""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction
from typing import Any

from symgate.ir.domains import Interval, lookup
from symgate.ir.fixed_ops.arithmetic import opposite, pattern
from symgate.ir.fixed_ops.checks import (
    concat_check,
    count_check,
    round_check,
    saturate_check,
    slice_check,
    table_check,
    width_check,
)
from symgate.ir.fixed_ops.costs import (
    half_lut_per_bit,
    lut_per_bit,
    round_luts,
    table_luts,
)
from symgate.ir.fixed_ops.delay_rules import (
    block_delay,
    concat_wires,
    one_level,
    round_delay,
    round_wires,
    same_wires,
    saturate_delay,
    shl_wires,
    sign_loads,
    slice_wires,
    table_delay,
    table_loads,
)
from symgate.ir.fixed_ops.entry import Op, corners, on_ranges, on_values
from symgate.ir.lossy import (
    Attr,
    Types,
    round_raw,
    round_spec,
    saturate_interval,
    saturate_raw,
    saturate_spec,
    wrap_interval,
    wrap_raw,
    wrap_spec,
)
from symgate.ir.types import pow2


def _slice(x: Any, high: int, low: int) -> Any:
    return (x >> low) & ((1 << (high - low + 1)) - 1)


def _slice_spec(attr: Attr, types: Types, x: Fraction) -> Fraction:
    high, low = attr
    text = format(int(x / types[0].ulp) % (1 << (high + 1)), f"0{high + 1}b")
    return int(text[: high + 1 - low], 2) * pow2(low - types[0].frac)


def _slice_interval(attr: Attr, ranges: Sequence[Interval], types: Types) -> Interval:
    high, low = attr
    size = high - low + 1
    mask = (1 << size) - 1
    first, last = ranges[0].lo >> low, ranges[0].hi >> low
    if first >> size != last >> size:
        return Interval(0, mask)
    return Interval(first & mask, last & mask)


def _concat_spec(attr: Attr, types: Types, x: Fraction, y: Fraction) -> Fraction:
    return x / types[0].ulp * pow2(attr[0]) * types[1].ulp + y


def _entry(x: Any, values: tuple[int, ...], frac: int) -> Any:
    return lookup(x & (len(values) - 1), values)


def _entry_spec(attr: Attr, types: Types, x: Fraction) -> Fraction:
    values, frac = attr
    return Fraction(values[pattern(x, types[0])]) * pow2(-frac)


def _entry_interval(attr: Attr, ranges: Sequence[Interval], types: Types) -> Interval:
    values, x = attr[0], ranges[0]
    size = len(values)
    if x.hi - x.lo + 1 >= size:
        return Interval.hull(*values)
    first, last = x.lo % size, x.hi % size
    if first <= last:
        return Interval.hull(*values[first : last + 1])
    return Interval.hull(*values[first:], *values[: last + 1])


MOVES = [
    Op(
        "shl",
        fn=lambda x, n: x << n,
        spec=on_values(lambda x: x),
        cpp="{0}",
        interval=lambda attr, ranges, types: ranges[0] << attr[0],
        frac=lambda attr, x: x + attr[0],
        arity=1,
        attrs=("n",),
        check=count_check,
        wires=shl_wires,
    ),
    Op(
        "scale",
        fn=lambda x, n: x,
        spec=lambda attr, types, x: x * pow2(attr[0]),
        cpp="{0}.range()",
        interval=on_ranges(lambda x: x),
        frac=lambda attr, x: x - attr[0],
        bits=True,
        arity=1,
        attrs=("n",),
        wires=same_wires,
    ),
    Op(
        "invert",
        fn=opposite,
        spec=lambda attr, types, x: -x - types[0].ulp,
        cpp="~ap_int<{w}>({i0})",
        interval=on_ranges(Interval.__invert__),
        bits=True,
        arity=1,
        luts=half_lut_per_bit,
        delay=one_level,
    ),
    Op(
        "slice",
        fn=_slice,
        spec=_slice_spec,
        cpp="{wide}.range({a0}, {a1})",
        interval=_slice_interval,
        frac=lambda attr, x: x - attr[1],
        bits=True,
        arity=1,
        attrs=("hi", "lo"),
        check=slice_check,
        wires=slice_wires,
    ),
    Op(
        "concat",
        fn=lambda x, y, n: (x << n) + y,
        spec=_concat_spec,
        cpp="(ap_int<{w} + 1>({i0}) << {a0}) + {i1}",
        interval=lambda attr, ranges, types: (ranges[0] << attr[0]) + ranges[1],
        frac=lambda attr, x, y: y,
        bits=True,
        attrs=("low_width",),
        check=concat_check,
        wires=concat_wires,
    ),
]

STORED = [
    Op(
        "table",
        fn=_entry,
        spec=_entry_spec,
        cpp="{table}[{u0}]",
        interval=_entry_interval,
        frac=lambda attr, x: int(attr[1]),
        bits=True,
        arity=1,
        attrs=("values", "frac"),
        check=table_check,
        luts=table_luts,
        delay=table_delay,
        loads=table_loads,
    ),
    Op(  # the same in block RAM
        "rom",
        fn=_entry,
        spec=_entry_spec,
        cpp="{table}[{u0}]",
        interval=_entry_interval,
        frac=lambda attr, x: int(attr[1]),
        bits=True,
        arity=1,
        attrs=("values", "frac"),
        check=table_check,
        delay=block_delay,
    ),
    Op(
        "register",
        fn=lambda x: x,
        spec=on_values(lambda x: x),
        cpp="{0}",
        interval=on_ranges(lambda x: x),
        arity=1,
    ),
]

LOSSY = [
    Op(
        "round",
        fn=round_raw,
        spec=round_spec,
        cpp="{cast}({wide})",
        interval=corners(round_raw),
        frac=lambda attr, x: x - attr[0],
        arity=1,
        attrs=("drop", "mode"),
        check=round_check,
        luts=round_luts,
        delay=round_delay,
        wires=round_wires,
    ),
    Op(
        "saturate",
        fn=saturate_raw,
        spec=saturate_spec,
        cpp="{cast}({0})",
        interval=saturate_interval,
        arity=1,
        attrs=("width", "signed", "mode"),
        luts=lut_per_bit,
        delay=saturate_delay,
        loads=sign_loads,
        check=saturate_check,
    ),
    Op(
        "wrap",
        fn=wrap_raw,
        spec=wrap_spec,
        cpp="{cast}({0})",
        interval=wrap_interval,
        arity=1,
        attrs=("width", "signed"),
        check=width_check,
        wires=same_wires,
    ),
]
