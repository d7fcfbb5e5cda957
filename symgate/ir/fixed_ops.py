"""The fixed-point operators. Adding one means adding one entry to ``OPS`` in this file, and nothing
else.

``Op.fn`` is the meaning, written once on raw integers; it runs on ints, NumPy arrays, `Interval`
and Amaranth values. ``Op.spec`` states the same in real numbers, independently, so that a wrong
meaning cannot agree with itself; the test matrix compares the two, the C++ under the vendor's
headers and the RTL on every small input.
"""

from __future__ import annotations

import math
import operator
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

from symgate.ir.domains import Interval, lookup, mux
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
from symgate.ir.types import FixedType, Overflow, Rounding, pow2

#: Delay of one LUT level and of one carry chain in ns, UltraScale+ -2 with one routed hop
#: (docs/decisions/0003).
LUT_NS, CARRY_NS, CARRY_BIT_NS = 0.35, 0.45, 0.004


def same(attr: Attr, *fracs: int) -> int:
    """The binary point that all operands share; raise TypeError where they differ."""
    if len(set(fracs)) != 1:
        raise TypeError(
            f"operands have binary points {fracs}, which must be equal; align them with shl() first"
        )
    return fracs[0]


def corners(fn: Callable[..., int], attr: Attr, ranges: Sequence[Interval]) -> Interval:
    """The exact image of a function that is monotone in its only operand."""
    (x,) = ranges
    return Interval.hull(fn(x.lo, *attr), fn(x.hi, *attr))


def carry_delay(t: FixedType, *_: Any) -> float:
    """One carry chain as wide as the result, ns."""
    return CARRY_NS + CARRY_BIT_NS * t.width


def no_delay(*_: Any) -> float:
    """Wires only."""
    return 0.0


def no_luts(*_: Any) -> float:
    """Wires only."""
    return 0.0


@dataclass(frozen=True)
class Op:
    """Everything the compiler knows about one fixed-point operator.

    ``cpp`` is a C++ expression: ``{0}`` is operand 0 as ``ap_fixed``, ``{i0}`` its raw bits as
    ``ap_int``, ``{u0}`` the same without sign, ``{t}`` the result type, ``{w}`` its width, ``{a0}``
    the first attribute, ``{table}`` the array of the first attribute, ``{cast}`` the ``ap_fixed``
    that the attributes ``width``, ``signed`` and ``mode`` describe, ``{wide}`` operand 0 with at
    least as many bits as the attribute ``drop`` says, or the bit ``hi``. With ``bits`` the
    expression gives the raw bits of the result, else its value.
    """

    name: str
    fn: Callable[..., Any]
    spec: Callable[..., Fraction]  # (attr, types, *operand values) -> real result
    cpp: str
    interval: Callable[[Attr, Sequence[Interval], Types], Interval]
    frac: Callable[..., int] = same  # (attr, *operand fracs) -> binary point of the result
    bits: bool = False
    arity: int = 2
    attrs: tuple[str, ...] = ()
    commutative: bool = False
    luts: Callable[[FixedType, Types, Attr], float] = (
        no_luts  # (result, operands, attributes) -> LUT6
    )
    delay: Callable[[FixedType, Types, Attr], float] = no_delay  # the same -> ns
    check: Callable[[Attr, Types], str | None] = lambda attr, types: (
        None
    )  # what is wrong with the operands


# ------------------------------------------------------------------ bits, tables, products


def _slice_interval(attr: Attr, ranges: Sequence[Interval], types: Types) -> Interval:
    hi, lo = attr
    mask = (1 << (hi - lo + 1)) - 1
    first, last = ranges[0].lo >> lo, ranges[0].hi >> lo
    whole = first >> (hi - lo + 1) != last >> (hi - lo + 1)
    return Interval(0, mask) if whole else Interval(first & mask, last & mask)


def _bits_of(x: Fraction, t: FixedType) -> int:
    return int(x / t.ulp) % (1 << t.width)


def _slice_spec(attr: Attr, types: Types, x: Fraction) -> Fraction:
    hi, lo = attr
    text = format(int(x / types[0].ulp) % (1 << (hi + 1)), f"0{hi + 1}b")
    return int(text[: hi + 1 - lo], 2) * pow2(lo - types[0].frac)


def _table_index(x: Any, values: tuple[int, ...]) -> Any:
    return x & (len(values) - 1)


def _table_interval(attr: Attr, ranges: Sequence[Interval], types: Types) -> Interval:
    values, x = attr[0], ranges[0]
    size = len(values)
    if x.hi - x.lo + 1 >= size:
        return Interval.hull(*values)
    first, last = x.lo % size, x.hi % size
    return Interval.hull(
        *(values[first : last + 1] if first <= last else values[first:] + values[: last + 1])
    )


def _table_check(attr: Attr, types: Types) -> str | None:
    if len(attr[0]) == 1 << types[0].width:
        return None
    return f"the table has {len(attr[0])} entries but its index has {types[0].width} bits; give {1 << types[0].width}"


def table_luts(t: FixedType, types: Types, attr: Attr) -> float:
    """LUT6 of a table as plain logic: equal and constant output columns are shared, two 5-input
    ones fit one LUT6_2.
    """
    columns = {tuple((v >> i) & 1 for v in attr[0]) for i in range(t.width)}
    live = sum(1 for c in columns if len(set(c)) > 1)
    k = types[0].width
    return live / 2 if k <= 5 else live * 2.0 ** (k - 6)


def table_delay(t: FixedType, types: Types, attr: Attr) -> float:
    """LUT levels and the F7/F8/F9 muxes that join them, ns."""
    return LUT_NS * max(1.0, (types[0].width - 3) / 3)


def _invert_fn(x: Any) -> Any:
    return -1 - x  # not ~x: Amaranth keeps that unsigned


def _booth_fn(a: Any, d: Any) -> Any:
    digit = (d & 1) + ((d >> 1) & 1) - ((d >> 2) & 1) * 2
    return digit * a


def _booth_spec(attr: Attr, types: Types, a: Fraction, d: Fraction) -> Fraction:
    digits = (0, 1, 1, 2, -2, -1, -1, 0)
    return a * digits[_bits_of(d, types[1])] * 2 * types[1].ulp


def _booth_interval(attr: Attr, ranges: Sequence[Interval], types: Types) -> Interval:
    digits = (0, 1, 1, 2, -2, -1, -1, 0)[ranges[1].lo : ranges[1].hi + 1]
    return Interval.hull(*(p for v in digits for p in (v * ranges[0].lo, v * ranges[0].hi)))


def _booth_cut_fn(a: Any, d: Any, drop: int) -> Any:
    size = mux((d == 3) | (d == 4), a << 1, mux((d == 0) | (d == 7), 0, a)) >> drop
    return mux((d > 3) & (d < 7), _invert_fn(size), size)


def _booth_cut_spec(attr: Attr, types: Types, a: Fraction, d: Fraction) -> Fraction:
    digit = (0, 1, 1, 2, -2, -1, -1, 0)[_bits_of(d, types[1])]
    size = math.floor(abs(digit) * a / types[0].ulp * pow2(-attr[0]))
    return (-size - 1 if digit < 0 else size) * pow2(attr[0]) * types[0].ulp * 2 * types[1].ulp


def _booth_cut_interval(attr: Attr, ranges: Sequence[Interval], types: Types) -> Interval:
    codes = range(ranges[1].lo, ranges[1].hi + 1)
    return Interval.hull(
        *(_booth_cut_fn(a, d, attr[0]) for d in codes for a in (ranges[0].lo, ranges[0].hi))
    )


def _square_interval(attr: Attr, ranges: Sequence[Interval], types: Types) -> Interval:
    x = ranges[0]
    return Interval(0 if 0 in x else min(x.lo**2, x.hi**2), max(x.lo**2, x.hi**2))


def _abs_interval(attr: Attr, ranges: Sequence[Interval], types: Types) -> Interval:
    x = ranges[0]
    return Interval(max(x.lo, -x.hi, 0), max(-x.lo, x.hi))


def _compare_interval(possible: Callable[[Interval, Interval], tuple[bool, bool]]) -> Any:
    """The rule of a comparison, from whether it can be true and whether it can be false."""

    def rule(attr: Attr, ranges: Sequence[Interval], types: Types) -> Interval:
        can_be_true, can_be_false = possible(*ranges)
        return Interval(0 if can_be_false else 1, 1 if can_be_true else 0)

    return rule


def _select_interval(attr: Attr, ranges: Sequence[Interval], types: Types) -> Interval:
    condition, *arms = ranges
    possible = (arms[0] if condition.hi else arms[1], arms[1] if not condition.lo else arms[0])
    return Interval.hull(*(v for arm in possible for v in (arm.lo, arm.hi)))


def _count_check(attr: Attr, types: Types) -> str | None:
    return f"the shift is {attr[0]}, but must not be negative" if attr[0] < 0 else None


def _slice_check(attr: Attr, types: Types) -> str | None:
    return (
        None
        if attr[0] >= attr[1] >= 0
        else f"bits {attr[0]} down to {attr[1]} are none; give hi >= lo >= 0"
    )


def _concat_check(attr: Attr, types: Types) -> str | None:
    if not types[1].signed and types[1].width <= attr[0]:
        return None
    return f"the low part is {types[1]}, but must be unsigned with at most {attr[0]} bits"


def _booth_check(attr: Attr, types: Types) -> str | None:
    if not types[1].signed and types[1].width <= 3:
        return None
    return f"the digit is {types[1]}, but must be a slice of 3 bits"


def _width_check(attr: Attr, types: Types) -> str | None:
    if attr[0] >= 1 and attr[1] in (0, 1):
        return None
    return f"cannot bring a value into {attr[0]} bits, signed={attr[1]}; give width >= 1, signed 0 or 1"


def _saturate_check(attr: Attr, types: Types) -> str | None:
    known = [str(m) for m in Overflow if m is not Overflow.WRAP]
    return (
        _width_check(attr, types)
        if attr[2] in known
        else f"'{attr[2]}' is none of {', '.join(known)}"
    )


def _round_check(attr: Attr, types: Types) -> str | None:
    if attr[1] not in list(Rounding):
        return f"'{attr[1]}' is none of {', '.join(Rounding)}"
    return (
        f"cannot drop {attr[0]} bits; give a number that is not negative" if attr[0] < 0 else None
    )


def _bit_check(attr: Attr, types: Types) -> str | None:
    wide = [str(t) for t in types if t.signed or t.width != 1]
    return f"operands must be single unsigned bits, not {', '.join(wide)}" if wide else None


#: Operands of the multiplier of a DSP48E2, signed, and the fewest bits of a product that synthesis
#: gives to it.
DSP_WIDE, DSP_NARROW, DSP_LEAST = 27, 18, 9
#: A DSP48E2 without its registers, and from its input registers to that behind its multiplier, ns
#: (DS923, rounded).
DSP_NS, DSP_MULTIPLIER_NS = 2.5, 1.5


def slices(a: FixedType, b: FixedType) -> int:
    """DSP48E2 slices of a product, as Yosys and Vivado cut it; 0 where it is so small that they
    take LUTs.
    """
    narrow, wide = sorted((a.width + (not a.signed), b.width + (not b.signed)))
    if a.width + b.width < DSP_LEAST or narrow < 2:
        return 0
    tiles = [(math.ceil((x - 1) / (p - 1)), math.ceil((y - 1) / (q - 1))) for x, p, y, q in (
        (wide, DSP_WIDE, narrow, DSP_NARROW), (wide, DSP_NARROW, narrow, DSP_WIDE))]  # fmt: skip
    return min(x * y for x, y in tiles)


#: A block RAM: its address before the clock, its output after it without the output register, ns
#: (UG949, rounded).
BLOCK_SETUP_NS, BLOCK_NS = 0.5, 1.5


def blocks(k: int, width: int) -> int:
    """RAMB18 of a table of ``width`` bits by ``k`` address bits: 512 x 36, 1024 x 18 ... 16384 x 1
    (UG573).
    """
    deep = max(k, 9)
    per_block = max(1, 36 >> (deep - 9)) if deep <= 14 else 1
    return math.ceil(width / per_block) * (1 << max(0, deep - 14))


def _mul_luts(t: FixedType, types: Types, attr: Attr) -> float:
    if slices(types[0], types[-1]):
        return 0.0
    wide, narrow = sorted((types[0].width, types[-1].width), reverse=True)
    return math.ceil((narrow + 1) / 2) * (wide + 1)


def _mul_delay(t: FixedType, types: Types, attr: Attr) -> float:
    if slices(types[0], types[-1]):
        return DSP_NS
    rows = math.ceil((min(types[0].width, types[-1].width) + 1) / 2)
    return LUT_NS + math.ceil(math.log2(rows + 1)) * carry_delay(t)


def _sum_luts(t: FixedType, *_: Any) -> float:
    return t.width


def _add_luts(t: FixedType, types: Types, _: Attr) -> float:
    """Above an unsigned operand the carry chain needs no LUT: one bit and the carry are all it
    adds.
    """
    return min([t.width, *(u.width for u in types if not u.signed)])


def _half_luts(t: FixedType, *_: Any) -> float:
    return t.width / 2


def _one_level(*_: Any) -> float:
    return LUT_NS


_exact = [
    Op("add", operator.add, lambda attr, ts, x, y: x + y, "{0} + {1}", lambda attr, r, ts: r[0] + r[1],
       commutative=True, luts=_add_luts, delay=carry_delay),
    Op("sub", operator.sub, lambda attr, ts, x, y: x - y, "{0} - {1}", lambda attr, r, ts: r[0] - r[1],
       luts=_sum_luts, delay=carry_delay),
    Op("neg", operator.neg, lambda attr, ts, x: -x, "{t}(0) - {0}", lambda attr, r, ts: -r[0],
       arity=1, luts=_sum_luts, delay=carry_delay),
    Op("mul", operator.mul, lambda attr, ts, x, y: x * y, "{0} * {1}", lambda attr, r, ts: r[0] * r[1],
       frac=lambda attr, a, b: a + b, commutative=True, luts=_mul_luts, delay=_mul_delay),
    Op("square", lambda x: x * x, lambda attr, ts, x: x**2, "{0} * {0}", _square_interval,
       frac=lambda attr, a: 2 * a, arity=1, luts=lambda t, ts, a: 0.6 * _mul_luts(t, ts, a), delay=_mul_delay),
    Op("abs", lambda x: mux(x < 0, -x, x), lambda attr, ts, x: max(x, -x),
       "{0} < 0 ? {t}({t}(0) - {0}) : {t}({0})", _abs_interval, arity=1, luts=_sum_luts, delay=carry_delay),
    Op("min", lambda x, y: mux(x < y, x, y), lambda attr, ts, x, y: min(x, y),
       "{0} < {1} ? {t}({0}) : {t}({1})", lambda attr, r, ts: Interval(min(r[0].lo, r[1].lo), min(r[0].hi, r[1].hi)),
       commutative=True, luts=lambda t, *_: 1.5 * t.width, delay=lambda t, *_: carry_delay(t) + LUT_NS),
    Op("max", lambda x, y: mux(x < y, y, x), lambda attr, ts, x, y: max(x, y),
       "{0} < {1} ? {t}({1}) : {t}({0})", lambda attr, r, ts: Interval(max(r[0].lo, r[1].lo), max(r[0].hi, r[1].hi)),
       commutative=True, luts=lambda t, *_: 1.5 * t.width, delay=lambda t, *_: carry_delay(t) + LUT_NS),
    Op("booth", _booth_fn, _booth_spec, "ap_int<3>(({i1} & 1) + ({i1} >> 1 & 1) - ({i1} >> 2 & 1) * 2) * {i0}",
       _booth_interval, frac=lambda attr, a, d: a + d - 1, bits=True, luts=_sum_luts, delay=_one_level,
       check=_booth_check),
    Op("booth_cut", _booth_cut_fn, _booth_cut_spec,
       "ap_int<{w} + 2>({i1} > 3 && {i1} < 7 ? -1 : 0) ^ ap_int<{w} + 2>((ap_int<{w} + 3 + {a0}>({i0})"
       " * ({i1} == 3 || {i1} == 4 ? 2 : {i1} == 0 || {i1} == 7 ? 0 : 1)) >> {a0})", _booth_cut_interval,
       frac=lambda attr, a, d: a + d - 1 - attr[0], bits=True, attrs=("drop",), luts=_sum_luts, delay=_one_level,
       check=lambda attr, ts: _count_check(attr, ts) or _booth_check(attr, ts)),
]  # fmt: skip

_shape = [
    Op("shl", lambda x, n: x << n, lambda attr, ts, x: x, "{0}", lambda attr, r, ts: r[0] << attr[0],
       frac=lambda attr, a: a + attr[0], arity=1, attrs=("n",), check=_count_check),
    Op("scale", lambda x, n: x, lambda attr, ts, x: x * pow2(attr[0]), "{0}.range()", lambda attr, r, ts: r[0],
       frac=lambda attr, a: a - attr[0], bits=True, arity=1, attrs=("n",)),
    Op("invert", _invert_fn, lambda attr, ts, x: -x - ts[0].ulp, "~ap_int<{w}>({i0})", lambda attr, r, ts: ~r[0],
       bits=True, arity=1, luts=_half_luts, delay=_one_level),
    Op("slice", lambda x, hi, lo: (x >> lo) & ((1 << (hi - lo + 1)) - 1), _slice_spec,
       "{wide}.range({a0}, {a1})", _slice_interval,
       frac=lambda attr, a: a - attr[1], bits=True, arity=1, attrs=("hi", "lo"), check=_slice_check),
    Op("concat", lambda x, y, n: (x << n) + y, lambda attr, ts, x, y: x / ts[0].ulp * 2 ** attr[0] * ts[1].ulp + y,
       "(ap_int<{w} + 1>({i0}) << {a0}) + {i1}", lambda attr, r, ts: (r[0] << attr[0]) + r[1],
       frac=lambda attr, a, b: b, bits=True, attrs=("low_width",), check=_concat_check),
    Op("table", lambda x, values, frac: lookup(_table_index(x, values), values),
       lambda attr, ts, x: attr[0][_bits_of(x, ts[0])] * pow2(-attr[1]), "{table}[{u0}]", _table_interval,
       frac=lambda attr, a: int(attr[1]), bits=True, arity=1, attrs=("values", "frac"), check=_table_check,
       luts=table_luts, delay=table_delay),
    Op("rom", lambda x, values, frac: lookup(_table_index(x, values), values),
       lambda attr, ts, x: attr[0][_bits_of(x, ts[0])] * pow2(-attr[1]), "{table}[{u0}]", _table_interval,
       frac=lambda attr, a: int(attr[1]), bits=True, arity=1, attrs=("values", "frac"), check=_table_check,
       delay=lambda *_: BLOCK_SETUP_NS),
    Op("register", lambda x: x, lambda attr, ts, x: x, "{0}", lambda attr, r, ts: r[0], arity=1),
]  # fmt: skip

_lossy = [
    Op("round", round_raw, round_spec, "{cast}({wide})", lambda attr, r, ts: corners(round_raw, attr, r),
       frac=lambda attr, a: a - attr[0], arity=1, attrs=("drop", "mode"), check=_round_check,
       luts=lambda t, ts, a: 0 if a[1] == Rounding.TRN or not a[0] else t.width,
       delay=lambda t, ts, a: 0.0 if a[1] == Rounding.TRN or not a[0] else carry_delay(t)),
    Op("saturate", saturate_raw, saturate_spec, "{cast}({0})", saturate_interval, arity=1,
       attrs=("width", "signed", "mode"), luts=_sum_luts, delay=lambda *_: 2 * LUT_NS, check=_saturate_check),
    Op("wrap", wrap_raw, wrap_spec, "{cast}({0})", wrap_interval, arity=1, attrs=("width", "signed"),
       check=_width_check),
]  # fmt: skip

_logic = [
    Op("lt", lambda x, y: mux(x < y, 1, 0), lambda attr, ts, x, y: Fraction(x < y), "{0} < {1}",
       _compare_interval(lambda x, y: (x.lo < y.hi, x.hi >= y.lo)),
       frac=lambda attr, *f: same(attr, *f) * 0, luts=lambda t, ts, a: max(u.width for u in ts) / 2, delay=carry_delay),
    Op("le", lambda x, y: mux(y < x, 0, 1), lambda attr, ts, x, y: Fraction(x <= y), "{0} <= {1}",
       _compare_interval(lambda x, y: (x.lo <= y.hi, x.hi > y.lo)),
       frac=lambda attr, *f: same(attr, *f) * 0, luts=lambda t, ts, a: max(u.width for u in ts) / 2, delay=carry_delay),
    Op("eq", lambda x, y: mux(x == y, 1, 0), lambda attr, ts, x, y: Fraction(x == y), "{0} == {1}",
       _compare_interval(lambda x, y: (x.lo <= y.hi and y.lo <= x.hi, not x.lo == x.hi == y.lo == y.hi)),
       frac=lambda attr, *f: same(attr, *f) * 0, commutative=True,
       luts=lambda t, ts, a: max(u.width for u in ts) / 3, delay=carry_delay),
    Op("and", operator.and_, lambda attr, ts, x, y: Fraction(x != 0 and y != 0), "{i0} & {i1}",
       lambda attr, r, ts: Interval(r[0].lo & r[1].lo, r[0].hi & r[1].hi), frac=lambda attr, *f: 0, bits=True,
       commutative=True, luts=lambda *_: 0.5, delay=_one_level, check=_bit_check),
    Op("or", operator.or_, lambda attr, ts, x, y: Fraction(x != 0 or y != 0), "{i0} | {i1}",
       lambda attr, r, ts: Interval(r[0].lo | r[1].lo, r[0].hi | r[1].hi), frac=lambda attr, *f: 0, bits=True,
       commutative=True, luts=lambda *_: 0.5, delay=_one_level, check=_bit_check),
    Op("not", lambda x: x ^ 1, lambda attr, ts, x: Fraction(x == 0), "{i0} ^ 1",
       lambda attr, r, ts: Interval(1 - r[0].hi, 1 - r[0].lo), frac=lambda attr, *f: 0, bits=True, arity=1,
       luts=lambda *_: 0.5, delay=_one_level, check=_bit_check),
    Op("select", mux, lambda attr, ts, c, x, y: x if c else y, "{i0} != 0 ? {t}({1}) : {t}({2})",
       _select_interval, frac=lambda attr, c, *f: same(attr, *f), arity=3, luts=_half_luts, delay=_one_level,
       check=lambda attr, ts: _bit_check(attr, ts[:1])),
]  # fmt: skip

#: Every operator by name.
OPS: dict[str, Op] = {op.name: op for op in (*_exact, *_shape, *_lossy, *_logic)}
