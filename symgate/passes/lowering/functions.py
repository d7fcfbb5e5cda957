"""A function of one value becomes a function generator, exact by construction on integer windows."""

from __future__ import annotations

import math
from dataclasses import dataclass
from fractions import Fraction

import numpy as np

from symgate.errors import AccuracyError
from symgate.ir.boxes import Box
from symgate.ir.expr import Expr
from symgate.ir.exprtext import brief
from symgate.ir.fixed import Node
from symgate.ir.types import FixedType
from symgate.passes.approx import AREA, BALANCED, LATENCY, Candidate, Spec, approximate
from symgate.passes.approx.plain import Plain
from symgate.passes.lowering.context import Context
from symgate.passes.lowering.floating import enclosed
from symgate.passes.lowering.images import (
    Argument,
    Bools,
    Floats,
    Image,
    Ints,
    first_open,
)
from symgate.passes.lowering.plan import Value
from symgate.passes.rewrite.exactness import is_floor
from symgate.passes.rewrite.fuse import inline

#: Beyond every value of a generator: the window of an address that cannot occur.
BIG = np.int64(1) << 60
#: Bits of an address, and of the codes of an argument, which 64-bit arithmetic holds.
_MOST_ADDRESS, _MOST_CODE = 24, 60
#: Bits of the largest code whose low bits are cut first; the proof of codes takes no more.
_WIDEST = 62
#: Values from which on a function is two tables, and the bits of the lower one.
_LONG_VALUE, _LOWER_BITS = 1 << 39, 20
_MOST_DRAFTED, _CLOSE = 1 << 13, 1e-9
#: What a function generator is chosen by, for each objective of a design.
OBJECTIVES = {"lut": AREA, "balanced": BALANCED, "latency": LATENCY}


@dataclass(frozen=True, eq=False)
class _Windows:
    """The outputs, in units of ``2**-frac``, that are allowed at each address with ``known`` values.

    ``low`` and ``high`` are the least and the largest value there, ``spread`` is how far an output
    may be from the middle between them, in units.
    """

    known: Bools
    low: Floats
    high: Floats
    spread: float
    limits: tuple[float, float] | None = None  # beyond which no output is, in units

    @staticmethod
    def of(
        seen: Image, unit: float, share: float, limits: tuple[Fraction, Fraction] | None = None
    ) -> _Windows:
        known = seen.bounded
        low, high = np.where(known, seen.low, 0.0) * unit, np.where(known, seen.high, 0.0) * unit
        spread = _tolerance(low[known], high[known], share)
        whole = None
        if limits is not None and all((end * int(unit)).denominator == 1 for end in limits):
            whole = float(limits[0]) * unit, float(limits[1]) * unit
        return _Windows(known, low, high, spread, whole)

    @staticmethod
    def nearest(seen: Image, unit: float) -> _Windows:
        """As `of`, no wider than the nearest integers need: of a table there is nothing to save."""
        known = seen.bounded
        low, high = np.where(known, seen.low, 0.0) * unit, np.where(known, seen.high, 0.0) * unit
        middle = np.rint((low + high) / 2)
        off = np.maximum(np.abs(low - middle), np.abs(high - middle))
        return _Windows(known, low, high, float(np.max(off, initial=0.0)))

    @property
    def ends(self) -> tuple[Ints, Ints]:
        """The smallest and the largest integer of each window."""
        least, most = np.ceil(self.high - self.spread), np.floor(self.low + self.spread)
        if self.limits is not None:
            first, last = self.limits
            least = np.where(self.low >= last, last, np.clip(least, first, last))
            most = np.where(self.high <= first, first, np.clip(most, first, last))
        return (
            np.where(self.known, _whole(least), -BIG),
            np.where(self.known, _whole(most), BIG),
        )

    @property
    def exact(self) -> bool:
        """Whether a table of the middle values has no error."""
        whole = np.array_equal(self.low, self.high) and np.array_equal(self.low, np.rint(self.low))
        return whole and self.spread < 1


def lower_function(c: Context, e: Expr) -> Value:
    """``fn(t)`` at the plan's address and fraction bits.

    Its value is free at codes that cannot occur, and only there. Raise `AccuracyError` where the
    function is infinite or undefined at a code that may occur; a draft has an infinite error there,
    so that the search tries a finer argument.
    """
    if is_floor(e):
        return _whole_part(c, e)
    seen = _image(c, e)
    unit = 2.0 ** c.plan.frac[e]
    windows = _Windows.of(seen, unit, c.plan.share.get(e, 0.0), c.plan.ends.get(e))
    return _lowered(c, e, seen, windows)


def _whole_part(c: Context, e: Expr) -> Value:
    """``floor(t)``: the bits before the binary point; an offset between two codes is the lower one."""
    b, t = c.builder, c.values[e.args[0]]
    frac = max(0, b.nodes[t.node].frac)
    steps = math.floor(t.offset * Fraction(2) ** frac)
    node = b.to_frac(t.node, frac)
    return Value(b.round(b.add(node, b.const(steps, frac)) if steps else node, frac))


def lower_table(c: Context, e: Expr, seen: Image) -> Value:
    """What is known at each address as it is, to the nearest number of the plan's fraction bits."""
    return _lowered(c, e, seen, _Windows.nearest(seen, 2.0 ** c.plan.frac[e]))


def _lowered(c: Context, e: Expr, seen: Image, windows: _Windows) -> Value:
    frac, unit = c.plan.frac[e], 2.0 ** c.plan.frac[e]
    complete = np.array_equal(windows.known, seen.occurs)
    if not complete and not c.draft:
        raise AccuracyError(**open_at(e, c.open[e]))
    if c.draft and not e.value.boolean:
        out, error = _drafted(c, seen.address, windows)
    else:
        out, error = _generated(c, e, seen.address, windows)
    if complete:
        c.error(e, error[0] / unit, error[1] / unit)
    else:
        c.error(e, -math.inf, math.inf)
    return Value(c.builder.scale(out, c.builder.nodes[out].frac - frac))


def open_at(e: Expr, value: Fraction) -> dict[str, str]:
    """What to say of a function that is not proved finite where its argument has ``value``."""
    argument = brief(inline(e.args[0]), 60)
    return {
        "what": f"'{brief(inline(e), 80)}' is infinite or undefined, or not proved finite, "
        f"where '{argument}' is {float(value):.9g}",
        "expected": "a finite value at every code that can occur",
        "remedy": "narrow the ranges of the inputs, or keep operands away from poles (max(x, 0.01))",
    }


def _drafted(c: Context, address: int, windows: _Windows) -> tuple[int, tuple[float, float]]:
    """A plain table and its error in units; where that is large, something of the same range, since
    a draft is there for its errors.
    """
    low, high = windows.ends
    values = np.where(windows.known, (low + high) // 2, 0)
    error = (0.0, 0.0) if windows.exact else (-windows.spread, windows.spread)
    if values.size <= _MOST_DRAFTED:
        return c.builder.table(address, values.tolist()), error
    top = c.builder.nodes[address].type.width - 1
    ends = [int(values.min()), int(values.max())]
    return c.builder.table(c.builder.slice(address, top, top), ends), error


def _generated(
    c: Context, e: Expr, address: int, windows: _Windows
) -> tuple[int, tuple[float, float]]:
    """A function generator, and its error in units."""
    t = c.builder.nodes[address].type
    low, high = windows.ends
    if max(np.max(low), -np.min(high)) >= _LONG_VALUE:
        return _long_table(c, e, address, windows)
    spec = Spec(t.width, t.signed, low, high)
    candidate = _in_block(spec, c.plan.blocks.get(e, 0)) or approximate(
        spec, OBJECTIVES[c.plan.objective], c.plan.quick
    )
    c.luts[e] = candidate.luts
    values = candidate.values().astype(float)
    least = np.min((values - windows.high)[windows.known], initial=0.0)
    most = np.max((values - windows.low)[windows.known], initial=0.0)
    return candidate.lower(c.builder, address), (float(least), float(most))


def _long_table(
    c: Context, e: Expr, address: int, windows: _Windows
) -> tuple[int, tuple[float, float]]:
    """Values that are too long for one generator as the plain tables of their upper and lower bits."""
    t = c.builder.nodes[address].type
    low, high = windows.ends
    values = np.where(windows.known, low + (high - low) // 2, 0)
    (upper,) = Plain()(_exactly(t, values >> _LOWER_BITS))
    (lower,) = Plain()(_exactly(t, values & ((1 << _LOWER_BITS) - 1)))
    c.luts[e] = upper.luts + lower.luts
    high_bits, low_bits = upper.lower(c.builder, address), lower.lower(c.builder, address)
    real = values.astype(float)
    least = np.min((real - windows.high)[windows.known], initial=0.0)
    most = np.max((real - windows.low)[windows.known], initial=0.0)
    return c.builder.concat(high_bits, low_bits, _LOWER_BITS), (float(least), float(most))


def _exactly(t: FixedType, values: Ints) -> Spec:
    return Spec(t.width, t.signed, values, values)


def _whole(values: Floats) -> Ints:
    """Floats that are whole numbers as such; none is beyond what a generator refuses."""
    return np.clip(values, -float(BIG), float(BIG)).astype(np.int64)


def _tolerance(lo: Floats, hi: Floats, share: float) -> float:
    """How far an output may be from the middle of its values, in ulp: hardly, where all of them are
    whole.
    """
    wide = float(np.max(hi - lo, initial=0.0))
    off = max(
        float(np.max(np.abs(lo - np.rint(lo)), initial=0.0)),
        float(np.max(np.abs(hi - np.rint(hi)), initial=0.0)),
        wide,
    )
    if not share and off < _CLOSE:
        return 2 * off + _CLOSE
    return wide / 2 + 0.5 + share + 1e-9


def _in_block(spec: Spec, most: int) -> Candidate | None:
    """A table in at most so many block RAMs, where one may be."""
    found = Plain(memory=True)(spec) if most else ()
    return next((c for c in found if c.brams <= most), None)


def _image(c: Context, e: Expr) -> Image:
    """The address of ``e`` and what it is there; remember where that is not finite."""
    argument, value = e.args[0], c.values[e.args[0]]
    node = c.builder.nodes[value.node]
    codes = _reachable(c, argument, node)
    seen, where = None, Argument(node.frac, value.offset)
    if e in c.plan.floating and not _beyond_codes(*codes):
        seen = enclosed(c, e, *codes)
    if seen is None:
        seen, where = _fixed(c, e, *codes)
    if not np.array_equal(seen.bounded, seen.occurs):
        at = np.flatnonzero(seen.occurs & ~seen.bounded)[0]
        first, last = int(seen.first[at]), int(seen.last[at])
        c.open[e] = where.real(first_open(e.value, where, first, last))
    return seen


def _beyond_codes(low: int, high: int) -> int:
    """Low bits without which codes are integers that NumPy computes with."""
    return max(0, max(high, ~low).bit_length() - _MOST_CODE)


def _fixed(c: Context, e: Expr, low: int, high: int) -> tuple[Image, Argument]:
    """The leading bits of an argument with the codes ``low`` to ``high`` as an address, and what the
    cells of codes count.
    """
    f, arg = e.value, c.values[e.args[0]]
    node = c.builder.nodes[arg.node]
    drop = 0 if e in c.plan.floating else max(0, node.frac - c.plan.address[e])
    address = c.builder.round(arg.node, drop)
    width = c.builder.nodes[address].type.width
    if f.period is not None:
        bits = c.plan.address[e] if drop else node.frac
        # a coarse argument may be a multiple of the period
        period = max(1, bits + int(math.log2(f.period)))
        if period < width:
            address, width = c.builder.wrap(address, period, True), period
            low, high = _codes(c.reach[e.args[0]], node.frac, arg.offset)
            if (high >> drop) - (low >> drop) + 1 >= 1 << width:
                half = 1 << (width + drop - 1)
                low, high = -half, half - 1
    bits = ((high >> drop) - (low >> drop)).bit_length()
    coarse = _beyond_codes(low, high)
    _check_address(e, bits, max(high, ~low), node.frac, _MOST_CODE if drop < coarse else _WIDEST)
    if width > _MOST_ADDRESS:  # few numbers far from 0: their low bits tell them apart
        width = max(1, bits)
        address = c.builder.wrap(address, width, low < 0)
    cells = np.arange(low >> drop, (high >> drop) + 1)
    argument = Argument(node.frac - coarse, arg.offset)
    # where codes are cut, the next one of those that are left bounds what a cell holds
    ends = ((cells + 1) << (drop - coarse)) - (not coarse)
    first, last = (
        np.maximum(cells << (drop - coarse), low >> coarse),
        np.minimum(ends, -(-high >> coarse)),
    )
    return Image.of(f, argument, first, last, cells & ((1 << width) - 1), width, address), argument


def _check_address(e: Expr, bits: int, largest: int, frac: int, most: int) -> None:
    if largest >> most:
        argument, size, unit = brief(inline(e.args[0]), 60), largest * 2.0**-frac, 2.0**-frac
        raise AccuracyError(
            f"'{brief(inline(e), 60)}' would need its argument '{argument}', "
            f"which reaches {size:.3g}, in steps of {unit:.3g}",
            expected=f"at most 2**{most} such steps",
            remedy="narrow the ranges of the inputs, keep operands away from poles "
            "(max(x, 0.01)), or give the inputs fewer bits",
        )
    if bits > _MOST_ADDRESS:
        what = f"a function of '{brief(e.args[0], 60)}' would need an address of {bits} bits"
        place = "narrow the ranges of the inputs where it is steep"
        if e.value.jumps:
            place = "give the inputs more bits where it jumps"
        remedy = f"state a larger max_error, or {place}"
        raise AccuracyError(
            what, expected=f"at most {_MOST_ADDRESS} for the stated error", remedy=remedy
        )


def _reachable(c: Context, argument: Expr, node: Node) -> tuple[int, int]:
    """The codes that the argument can have: its real range and errors may allow fewer than the
    graph knows.
    """
    if argument in c.modulus:  # the node holds a remainder, the reach the number itself
        return node.range.lo, node.range.hi
    low, high = _codes(c.reach[argument], node.frac, c.values[argument].offset)
    low, high = max(node.range.lo, low), min(node.range.hi, high)
    return (low, high) if low <= high else (node.range.lo, node.range.hi)


def _codes(reach: Box, frac: int, offset: Fraction) -> tuple[int, int]:
    """The first and the last code of numbers inside ``reach``."""
    lo, hi = reach.span
    unit = Fraction(2) ** frac
    low = math.ceil((Fraction(lo) - offset) * unit) if math.isfinite(lo) else -int(BIG)
    high = math.floor((Fraction(hi) - offset) * unit) if math.isfinite(hi) else int(BIG)
    return low, high
