"""A function of one value becomes a function generator, exact by construction on integer windows."""

from __future__ import annotations

import math
from fractions import Fraction

import numpy as np
from numpy.typing import NDArray

from symgate.errors import AccuracyError
from symgate.ir.expr import Expr
from symgate.ir.exprtext import brief
from symgate.ir.fixed import Node
from symgate.passes.approx import AREA, BALANCED, LATENCY, Candidate, Spec, approximate
from symgate.passes.approx.plain import Plain
from symgate.passes.lowering.context import Context
from symgate.passes.lowering.floating import enclosed, points
from symgate.passes.lowering.plan import Value

Ints = NDArray[np.int64]
Floats = NDArray[np.float64]
#: Beyond every value of a generator: the window of an address that cannot occur.
BIG = np.int64(1) << 60
_MOST_CODES, _MOST_ADDRESS = 16, 24
_MOST_DRAFTED, _CLOSE = 1 << 13, 1e-9
#: What a function generator is chosen by, for each objective of a design.
OBJECTIVES = {"lut": AREA, "balanced": BALANCED, "latency": LATENCY}


def lower_function(c: Context, e: Expr) -> Value:
    """``fn(t)`` at the plan's address and fraction bits."""
    frac, unit = c.plan.frac[e], 2.0 ** c.plan.frac[e]
    node, lo, hi = _enclosed(c, e)
    t = c.builder.nodes[node].type
    live = np.isfinite(lo)
    eps = _tolerance(lo[live] * unit, hi[live] * unit, c.plan.share.get(e, 0.0))
    low = np.where(live, np.ceil(np.where(live, hi, 0) * unit - eps), -BIG).astype(np.int64)
    high = np.where(live, np.floor(np.where(live, lo, 0) * unit + eps), BIG).astype(np.int64)
    if c.draft and not e.value.boolean:
        out = _drafted(c, node, np.where(live, (low + high) // 2, 0))
        whole = not np.any(hi[live] > lo[live]) and not np.any(
            np.rint(lo[live] * unit) - lo[live] * unit
        )
        c.error(e, *(0, 0) if whole and eps < 1 else (-eps / unit, eps / unit))
    else:
        spec = Spec(t.width, t.signed, low, high)
        candidate = _in_block(spec, c.plan.blocks.get(e, 0)) or approximate(
            spec, OBJECTIVES[c.plan.objective]
        )
        c.luts[e] = candidate.luts
        values = candidate.values().astype(float) / unit
        c.error(e, float(np.min((values - hi)[live])), float(np.max((values - lo)[live])))
        out = candidate.lower(c.builder, node)
    return Value(c.builder.scale(out, c.builder.nodes[out].frac - frac))


def _tolerance(lo: Floats, hi: Floats, share: float) -> float:
    """How far an output may be from the middle of its values, in ulp: hardly, where all of them are
    whole.
    """
    off = float(
        max(np.max(np.abs(lo - np.rint(lo))), np.max(np.abs(hi - np.rint(hi))), np.max(hi - lo))
    )
    return (
        2 * off + _CLOSE
        if not share and off < _CLOSE
        else float(np.max(hi - lo)) / 2 + 0.5 + share + 1e-9
    )


def _in_block(spec: Spec, most: int) -> Candidate | None:
    """A table in at most so many block RAMs, where one may be."""
    found = Plain(memory=True)(spec) if most else ()
    return next((c for c in found if c.brams <= most), None)


def _drafted(c: Context, node: int, values: Ints) -> int:
    """A plain table; where that is large, something of the same range, since a draft is there for
    its errors.
    """
    if values.size <= _MOST_DRAFTED:
        return c.builder.table(node, values.tolist())
    t = c.builder.nodes[node].type
    return c.builder.table(
        c.builder.slice(node, t.width - 1, t.width - 1), [int(values.min()), int(values.max())]
    )


def _enclosed(c: Context, e: Expr) -> tuple[int, Floats, Floats]:
    """The address node of ``e`` and, per bit pattern, the values of the function there; NaN where
    it cannot occur.
    """
    arg, f = c.values[e.args[0]], e.value
    node = c.builder.nodes[arg.node]
    if (
        e in c.plan.floating
        and (found := enclosed(c, e, *_reachable(c, e.args[0], node))) is not None
    ):
        return found
    drop = 0 if e in c.plan.floating else max(0, node.frac - c.plan.address[e])
    address = c.builder.round(arg.node, drop)
    if f.period is not None:
        bits = c.plan.address[e] if drop else node.frac
        width = max(1, bits + int(math.log2(f.period)))  # a coarse argument may be a multiple of it
        if width < c.builder.nodes[address].type.width:
            address = c.builder.wrap(address, width, True)
            _check_address(e, width)
            half = 1 << (width - 1)
            if drop and width + drop > _MOST_CODES:
                return address, *_wide(
                    c, address, f.interval, np.arange(-half, half), node.frac - drop, arg.offset
                )
            codes = np.arange(-half << drop, half << drop)
            return address, *_cells(f.interval, codes, node.frac, arg.offset, drop, width)
    low, high = _reachable(c, e.args[0], node)
    _check_address(e, ((high - low) >> drop).bit_length())
    if high - low >= 1 << _MOST_CODES:
        codes = np.arange(low >> drop, (high >> drop) + 1)
        return address, *_wide(c, address, f.interval, codes, node.frac - drop, arg.offset)
    t = c.builder.nodes[address].type
    return address, *_cells(
        f.interval, np.arange(low, high + 1), node.frac, arg.offset, drop, t.width
    )


def _check_address(e: Expr, bits: int) -> None:
    if bits > _MOST_ADDRESS:
        what = f"a function of '{brief(e.args[0], 60)}' would need an address of {bits} bits"
        remedy = "state a larger max_error, or give the inputs more bits where a function jumps"
        raise AccuracyError(
            what, expected=f"at most {_MOST_ADDRESS} for the stated error", remedy=remedy
        )


def _reachable(c: Context, argument: Expr, node: Node) -> tuple[int, int]:
    """The codes that the argument can have: its real range and errors may allow fewer than the
    graph knows.
    """
    if argument in c.modulus:  # the node holds a remainder, the reach the number itself
        return node.range.lo, node.range.hi
    lo, hi = c.reach[argument].span
    unit, offset = 2.0**node.frac, float(c.values[argument].offset)
    low = max(node.range.lo, math.floor((lo - offset) * unit) - 1)
    high = min(node.range.hi, math.ceil((hi - offset) * unit) + 1)
    return (low, high) if low <= high else (node.range.lo, node.range.hi)


def _cells(
    image: object, codes: Ints, frac: int, offset: Fraction, drop: int, width: int
) -> tuple[Floats, Floats]:
    """Hull of the function over all argument codes that share an address."""
    box = image(points(codes, codes, frac, offset))  # type: ignore[operator]
    first = int(codes[0]) >> drop
    before, after = int(codes[0]) - (first << drop), -(int(codes[-1]) + 1) % (1 << drop)
    lo = (
        np.pad(np.broadcast_to(box.lo, codes.shape), (before, after), constant_values=np.inf)
        .reshape(-1, 1 << drop)
        .min(1)
    )
    hi = (
        np.pad(np.broadcast_to(box.hi, codes.shape), (before, after), constant_values=-np.inf)
        .reshape(-1, 1 << drop)
        .max(1)
    )
    out_lo, out_hi = np.full(1 << width, np.nan), np.full(1 << width, np.nan)
    index = (first + np.arange(lo.size)) & ((1 << width) - 1)
    out_lo[index], out_hi[index] = lo, hi
    return out_lo, out_hi


def _wide(
    c: Context, address: int, image: object, codes: Ints, frac: int, offset: Fraction
) -> tuple[Floats, Floats]:
    width = c.builder.nodes[address].type.width
    box = image(points(codes, codes + 1, frac, offset))  # type: ignore[operator]
    lo, hi = np.full(1 << width, np.nan), np.full(1 << width, np.nan)
    index = codes & ((1 << width) - 1)
    lo[index], hi[index] = box.lo, box.hi
    return lo, hi
